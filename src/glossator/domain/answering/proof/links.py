"""Addresses that open a page at a sentence, by a text fragment behind the anchor.

A browser that does not find the text falls back to the anchor. The directive never reaches a server or a script.
"""

from urllib.parse import quote

from glossator.domain.answering.proof.passage_text import PassageSentence
from glossator.domain.book.passages import Passage

MAX_WHOLE = 100  # characters; a longer sentence is named by its first and last words
EDGE_WORDS = 4


def sentence_url(url: str, sentence: PassageSentence, passage: Passage) -> str:
    """`url` may have an anchor already."""
    del passage
    words = sentence.text.split()
    if sentence.kind == "code" or not words:
        return url
    if len(sentence.text) <= MAX_WHOLE:
        text = _encoded(sentence.text)
    else:
        text = f"{_encoded(' '.join(words[:EDGE_WORDS]))},{_encoded(' '.join(words[-EDGE_WORDS:]))}"
    return f"{url}{'' if '#' in url else '#'}:~:text={text}"


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="replace").replace("-", "%2D")
