"""Language tags (BCP 47): which are taken, and in what direction they are read.

The shape of a tag is checked, not whether somebody speaks it: the registry's thousands of languages are none of ours,
but a script that our table does not know cannot be checked in a result and is refused.
"""

import re
from typing import Literal

from glossator.domain.rewriting.language_codes import OLD_TAGS, TWO_LETTERS
from glossator.domain.rewriting.scripts import LETTERS, RIGHT_TO_LEFT, SEVERAL, TAG, scripts

ADDITIONS = re.compile(r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?")
LONGEST_TAG = 64
NO_LANGUAGE = frozenset(["und", "mul", "mis", "zxx"])
RENAMED = {"iw": "he", "in": "id", "ji": "yi"}
PRIVATE = re.compile(r"q[a-t][a-z]")


def valid_language(tag: str) -> str | None:
    """The tag as BCP 47 writes it, without extensions and private parts; None when it is none we could check."""
    if old := OLD_TAGS.get(tag.lower()):
        return old
    matched = TAG.match(tag) if len(tag) <= LONGEST_TAG and tag.isascii() else None
    if matched is None or not ADDITIONS.fullmatch(tag, matched.end()):
        return None
    language, *others = matched.group().split("-")
    script = (matched["script"] or "").title()
    language = shortest(language.lower())
    if language in NO_LANGUAGE or PRIVATE.fullmatch(language):
        return None
    if script and script not in LETTERS and script not in SEVERAL:
        return None
    return "-".join([language, *(written(other, matched) for other in others)])


def shortest(language: str) -> str:
    language = TWO_LETTERS.get(language, language)
    return RENAMED.get(language, language)


def written(subtag: str, tag: re.Match[str]) -> str:
    if subtag == tag["script"]:
        return subtag.title()
    return subtag.upper() if subtag == tag["region"] else subtag.lower()


def direction(language: str) -> Literal["rtl", "ltr"]:
    return "rtl" if scripts(language)[0] in RIGHT_TO_LEFT else "ltr"
