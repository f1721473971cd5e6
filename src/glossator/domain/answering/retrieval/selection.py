"""Finds the passage that a reader's selected text comes from."""

import re
from collections.abc import Sequence
from typing import Final

from glossator.domain.book.index import Hit
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import different_words

COMPARED_CHARACTERS: Final = 400
SIMILAR: Final = 85.0  # of 100, rapidfuzz's partial ratio
MIN_CHARACTERS: Final = 12
_ABOUT: Final = """
    explain describe summarise summarize rephrase simplify clarify mean meaning passage paragraph text selection section
    sentence sentences one two three words simple short briefly please give again example part
"""
ABOUT_SELECTION: Final = different_words(_ABOUT)
_MARKS: Final = re.compile(r"[`*_\\#>|]+|\[([^\]]*)\]\([^)]*\)")


def plain(text: str) -> str:
    """As the page shows it: without the marks of Markdown, white space as single spaces."""
    return " ".join(_MARKS.sub(r"\1", text).split())


def locate(selected: str, hits: Sequence[Hit]) -> Passage | None:
    """The passage that holds the selected text, exactly or nearly."""
    wanted = plain(selected)[:COMPARED_CHARACTERS]
    if not wanted:
        return None
    for hit in hits:
        if wanted in plain(hit.passage.text):
            return hit.passage
    if len(wanted) < MIN_CHARACTERS:
        return None
    from rapidfuzz import fuzz  # noqa: PLC0415 - loaded with the vocabulary

    scored = [(fuzz.partial_ratio(wanted, plain(hit.passage.text)), hit.passage) for hit in hits]
    score, passage = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return passage if score >= SIMILAR else None


def is_about_selection(question: str) -> bool:
    """Whether the question only asks to explain or shorten what is selected."""
    return different_words(question) <= ABOUT_SELECTION
