"""Validates language tags (BCP 47), returns the writing direction of a language, and holds the offered languages.

A tag must be well formed; the registry of languages is not consulted. A script that `LETTER_NAMES` lacks cannot be
checked in a result, so a tag with such a script is refused.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from glossator.domain.rewriting.languages.scripts import (
    LETTER_NAMES,
    MIXED_SCRIPTS,
    RIGHT_TO_LEFT,
    TAG,
    language_tables,
    scripts,
)

EXTENSIONS: Final = re.compile(r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?")
MAX_TAG_LENGTH: Final = 64
ENOCHIAN: Final = "i-enochian"
"""The only tag registered before BCP 47 that has no modern form."""
NO_LANGUAGE: Final = frozenset(["und", "mul", "mis", "zxx"])
PRIVATE_USE: Final = re.compile(r"q[a-t][a-z]")
ANY: Final = "*"
COMMON: Final = frozenset([
    "am", "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu", "ha", "hi", "hr",
    "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "ml", "mr", "ms", "nb", "nl", "pa", "pcm", "pl", "pt", "ro", "ru",
    "sk", "sl", "so", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "vi", "yo", "zh", "zu",
])  # fmt: skip
"""Canonical tags, which the tables would only confirm; those that are offered by default are among them."""


def valid_language(tag: str) -> str | None:
    """The tag in its canonical form, without extensions and private use subtags; None for a tag that is refused."""
    if tag in COMMON:
        return tag
    if tag.lower() == ENOCHIAN:
        return ENOCHIAN
    tag = language_tables().replacements.get(tag.lower(), tag)
    matched = TAG.match(tag) if len(tag) <= MAX_TAG_LENGTH and tag.isascii() else None
    if matched is None or not EXTENSIONS.fullmatch(tag, matched.end()):
        return None
    language, *others = matched.group().split("-")
    language = current_code(language.lower())
    script = (matched["script"] or "").title()
    if language in NO_LANGUAGE or PRIVATE_USE.fullmatch(language):
        return None
    if script and script not in LETTER_NAMES and script not in MIXED_SCRIPTS:
        return None
    return "-".join([language, *(canonical_subtag(other, matched) for other in others)])


def current_code(language: str) -> str:
    """The shortest current code of a language, such as `ur` for `urd`."""
    replacement = language_tables().replacements.get(language, language)
    return language if "-" in replacement else replacement


def canonical_subtag(subtag: str, tag: re.Match[str]) -> str:
    if subtag == tag["script"]:
        return subtag.title()
    return subtag.upper() if subtag == tag["region"] else subtag.lower()


def direction(language: str) -> Literal["rtl", "ltr"]:
    return "rtl" if scripts(language)[0] in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True)
class OfferedLanguages:
    """Canonical tags, or `*` for any language. An entry offers its variants too: `pt` offers `pt-BR`."""

    tags: tuple[str, ...] = (ANY,)

    @property
    def any(self) -> bool:
        return ANY in self.tags

    def __contains__(self, tag: str) -> bool:
        """Whether a canonical tag is offered, itself or as a variant: Egyptian Arabic is one of Arabic."""
        language, _, rest = tag.partition("-")
        names = {tag, f"{language_tables().macrolanguages.get(language, language)}{f'-{rest}' if rest else ''}"}
        return self.any or any(name == entry or name.startswith(f"{entry}-") for name in names for entry in self.tags)

    @property
    def reason(self) -> str:
        """Why another language is refused."""
        return f"is not offered here; choose one of: {', '.join(self.tags)}"
