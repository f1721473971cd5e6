"""Makes English questions from headings, without a model. A heading that no rule fits gives none.

- "How long a passage is" is turned around, "When a start fails" is what happens then, and "Adding a plugin" is how.
- A noun is asked for only with the article that the heading has, or a sentence of its section: "A node is a process".
- Words that say nothing without their page, such as "it" or "this", give no question.
"""

import re
from collections.abc import Iterator
from typing import Final

from glossator.domain.answering.suggestions.english import (
    AFTER_VERB,
    DEPENDENT,
    DETERMINERS,
    GERUNDS,
    IMPERATIVES,
    MASS,
    NO_OBJECTS,
    NO_SUBJECTS,
    NOUNS,
    PREPOSITIONS,
    is_plural,
)

MIN_WORDS: Final = 3
MIN_SAID: Final = 2
MAX_LENGTH: Final = 110
_DEPENDENT: Final = re.compile(rf"[\"\u201c]|\bwhat about\b|\b(?:{'|'.join(DEPENDENT)})\b", re.IGNORECASE)
_ASKS: Final = re.compile(r"[?\uff1f\u061f]$")
_ASKING: Final = r"(?:What|How|Why|When|Where|Which|Who)"
_AUXILIARY: Final = "is|are|was|were|can|should|must|will"
_INVERTED: Final = re.compile(
    rf"(?P<ask>How (?:long|many|much|often|far|big|large|fast)|What|Why|How|Where|When)"
    rf" (?P<subject>(?!(?:{_AUXILIARY}|to|you|I)\b)(?:[\w'`-]+ ){{0,4}}?[\w'`-]+) (?P<verb>{_AUXILIARY})\b(?P<rest>.*)"
)
_WORKS: Final = re.compile(r"How (?P<subject>(?:[\w'`.-]+ ){0,4}[\w'`.-]+) (?P<verb>works?|behaves?)\b(?P<rest>.*)")
_YOU: Final = re.compile(
    r"(?P<ask>What|How|Why|When|Where) you (?P<verb>(?!are\b|can\b|should\b|need\b)[a-z]+)\b(?P<rest>.*)"
)
_TO: Final = re.compile(r"(?P<ask>How|When|Where|What) to (?P<rest>.+)")
_TO_FORMS: Final = {"How": "How do I", "When": "When should I", "Where": "Where can I", "What": "What should I"}
_ORDERED: Final = re.compile(rf"{_ASKING} (?:{_AUXILIARY}|does|do)\b.+")
_CLAUSE: Final = re.compile(
    r"When (?P<clause>(?:a|an|the|your|no|several|one) [\w'` -]+ (?:is|are|was|were|cannot|\w+s)\b.*)"
)
_IDENTIFIER: Final = re.compile(r"[A-Z]\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}[a-z]\w*")
_PLAIN_NOUN: Final = re.compile(
    r"(?P<head>(?:An?|The) [a-z][\w'-]*(?: (?!of\b)[\w'-]+){0,2})(?P<rest> of (?:the |a |an )?[\w'-]+)?"
)
_NO_NOUN: Final = re.compile(
    rf"\b(?:{_AUXILIARY}|has|have|does|do|not|two|three|four|your|own|and|or|that)\b|\w+ed$|\b(?:in|on|for|with|without)\b",
    re.IGNORECASE,
)
_DEFINES: Final = (
    r"(?:^|[.!?]\s+|\n\s*)(?:(?P<article>An?) )?{noun} "
    r"(?:(?P<verb>is) (?:an?|the|one|how|what|any)\b|(?P<verbs>are) (?!\w+(?:ed|en|ing|ly|t)\b|the same\b))"
)
_TITLE: Final = re.compile(r"(?![a-z]+ing\b)[A-Za-z][a-z]+(?: [a-z-]+){0,2}", re.IGNORECASE)
_MASS_ENDS: Final = re.compile(r"(?:[dklnrtz]ing|[aiu]tion|sion|ance|ence|[a-z]ity|ism|ware|ics|ology)$")
_NO_SUBJECTS: Final = re.compile(rf"\b(?:{'|'.join(NO_SUBJECTS)})\b", re.IGNORECASE)
_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_NUMBERING: Final = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|(?:Step|Chapter|Part) \d+[:.]?)\s+")


def question_of(heading: str, text: str) -> str:
    """The question that a section with this heading and text answers; "" if no rule fits."""
    heading = _NUMBERING.sub("", heading.replace("\u2019", "'").strip(" #:.\u2026"))
    found = next(_questions(heading, text), "") if heading else ""
    usable = found and len(found) <= MAX_LENGTH and len(found.split()) >= MIN_WORDS and not _DEPENDENT.search(found)
    return found if usable else ""


def question_about(title: str, text: str) -> str:
    """The question about the subject of a whole page, if its title names one: in the plural, a mass noun, or a noun
    with "the" as the text has it."""
    first = title.partition(" ")[0].lower()
    if _PLAIN_NOUN.fullmatch(title) and first == "the" and not _NO_NOUN.search(title):
        return f"What does the book say about {_lowered(title)}?"
    if not _TITLE.fullmatch(title) or _NO_SUBJECTS.search(title) or _DEPENDENT.search(title) or first in IMPERATIVES:
        return ""
    subject = _as_in_text(title, text, first=True)
    if is_plural(title) or _MASS_ENDS.search(title):
        return f"What does the book say about {subject}?"
    said = len(re.findall(rf"\b[Tt]he {re.escape(subject)}\b", _CODE.sub(" ", text)))
    return f"What does the book say about the {subject}?" if said >= MIN_SAID else ""


def asked_in(heading: str) -> str:
    """The heading itself, in any language, if it is a whole question."""
    heading = " ".join(heading.split())
    long_enough = len(heading.split()) >= MIN_WORDS or (not heading.isascii() and len(heading) > 2 * MIN_WORDS)
    usable = _ASKS.search(heading) and long_enough and len(heading) <= MAX_LENGTH and not _DEPENDENT.search(heading)
    return heading if usable else ""


def _questions(heading: str, text: str) -> Iterator[str]:
    """The first one counts."""
    if _ASKS.search(heading):
        yield asked_in(heading)
        return
    if re.match(rf"{_ASKING}\b", heading):
        yield from _turned(heading)
        return
    yield from _how(heading, text)
    yield from _what(heading, text)


def _turned(heading: str) -> Iterator[str]:
    """From a heading that begins like a question."""
    if found := _TO.fullmatch(heading):
        yield f"{_TO_FORMS[found['ask']]} {found['rest']}?"
    elif found := _CLAUSE.fullmatch(heading):
        yield f"What happens when {found['clause']}?"
    elif _ORDERED.fullmatch(heading):
        yield f"{heading}?"
    elif found := _YOU.fullmatch(heading):
        yield f"{found['ask']} do I {found['verb']}{found['rest']}?".replace(" your ", " my ")
    elif found := _WORKS.fullmatch(heading):
        auxiliary = "does" if found["verb"].endswith("s") else "do"
        yield f"How {auxiliary} {_lowered(found['subject'])} {found['verb'].removesuffix('s')}{found['rest']}?"
    elif (found := _INVERTED.fullmatch(heading)) and _has_subject(found):
        yield f"{found['ask']} {found['verb']} {found['subject']}{found['rest']}?"


def _has_subject(found: re.Match[str]) -> bool:
    """Not in "What issues are known", which asks for the issues."""
    return found["ask"] != "What" or found["subject"].partition(" ")[0].lower() in DETERMINERS


def _how(heading: str, text: str) -> Iterator[str]:
    """From a gerund or an imperative with an object that is whole: with its article, or in the plural."""
    first, *rest = heading.split()
    if first.lower() in GERUNDS:
        verb = GERUNDS[first.lower()]
        if len(rest) > 2 and rest[0] in {"or", "and"} and rest[1].lower() in GERUNDS:
            verb, rest = f"{verb} {rest[0]} {GERUNDS[rest[1].lower()]}", rest[2:]
    else:
        verb = first.lower() if first.lower() in IMPERATIVES else ""
    if verb and rest and _is_whole(rest, verb if first.lower() == verb else ""):
        yield f"How do I {verb} {_as_in_text(' '.join(rest), text)}?".replace(" your ", " my ")


def _is_whole(words: list[str], imperative: str) -> bool:
    """Whether "use plugins", "use the plugin" or "work with plugins" is said, not "use plugin"."""
    first = words[0].lower()
    if first in AFTER_VERB and imperative not in NOUNS:
        return (len(words) == 2 and words[1][:1].isupper()) or _is_whole(words[1:], "")
    if first in DETERMINERS:
        return len(words) > 1
    ends = [at for at, word in enumerate(words) if word.lower() in PREPOSITIONS]
    head = words[ends[0] - 1 if ends else -1]
    if imperative in NOUNS or head.lower() in NO_OBJECTS or ends[:1] == [0]:
        return False
    return is_plural(head) or head.lower() in MASS


def _what(heading: str, text: str) -> Iterator[str]:
    name = heading.strip("`")
    if _IDENTIFIER.fullmatch(name):
        yield f"What is {name}?"
    elif (found := _PLAIN_NOUN.fullmatch(heading)) and not _NO_NOUN.search(heading):
        verb = "are" if found["head"].startswith("The ") and is_plural(found["head"]) else "is"
        yield f"What {verb} {_lowered(heading)}?"
    elif found := _definition(name, text):
        article = f"{found['article'].lower()} " if found["article"] else ""
        yield f"What {found['verb'] or found['verbs']} {article}{_as_in_text(name, text, first=True)}?"


def _definition(noun: str, text: str) -> re.Match[str] | None:
    """The beginning of a sentence that says what the noun is."""
    pattern = re.compile(_DEFINES.format(noun=re.escape(noun)), re.IGNORECASE)
    return next((found for found in pattern.finditer(text) if found[0].lstrip(".!? \n")[:1].isupper()), None)


def _as_in_text(words: str, text: str, *, first: bool = False) -> str:
    """In small letters what the text writes so: "The Server" is "the server" there, but "Docker" is a name.

    The `first` word of a heading is large in any case.
    """
    prose = _CODE.sub(" ", text)

    def lowered(found: re.Match[str]) -> str:
        small = len(re.findall(rf"\b{found[0].lower()}\b", prose))
        inside = len(re.findall(rf"[a-z,] {found[0]}\b", prose))
        return found[0].lower() if small > inside or (first and found.start() == 0 and not inside) else found[0]

    return re.sub(r"\b[A-Z][a-z]+\b", lowered, words)


def _lowered(words: str) -> str:
    first, _, rest = words.partition(" ")
    return f"{first.lower() if first.lower() in DETERMINERS else first} {rest}".strip()
