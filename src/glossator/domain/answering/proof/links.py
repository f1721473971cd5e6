"""Addresses that open a page at a sentence: a text fragment (`:~:text=`) behind the anchor.

- A browser that does not find the text opens the anchor. The directive never reaches a server or a script.
- The first match on the page is marked. Text that is short, or that the passage has twice, gets the words before or
  after it as context. The whole page is not read for this.
- The built-in reader also marks the sentence itself, for browsers without text fragments: `?at=PASSAGE_ID.NUMBER`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final
from urllib.parse import quote

from glossator.domain.answering.proof.passage_sentences import PassageSentence, one_line, passage_sentences
from glossator.domain.book.ingest.book_options import READER_URL
from glossator.domain.book.passages import Passage

MAX_WHOLE: Final = 100  # characters; of a longer text only the first and the last words are named
MIN_START: Final = 50  # characters of these first words
MIN_END: Final = 20
MIN_LONGEST: Final = 30
SPECIFIC: Final = 60  # characters; a shorter text gets context
MIN_CONTEXT: Final = 16
MAX_CONTEXT: Final = 60
# Words end at a space. Chinese and Japanese have none, but browsers also split them at punctuation.
_MARKS: Final = "\u3001\u3002\uff0c\uff1a\uff1b\uff1f\uff01\u300d\u300f\uff09"
_WORD: Final = re.compile(rf"[^ {_MARKS}]*[{_MARKS}]+ *|[^ {_MARKS}]+ *| +")


def sentence_url(base_url: str, passage: Passage, sentence: PassageSentence) -> str:
    """The address of the passage alone for code, which pages decorate in ways that a fragment does not match."""
    listed = list(passage_sentences(passage))
    if len(passage.text) > passage.end - passage.start:
        # A later part of a table begins with the table's header, which is not next to its rows on the page.
        listed[0] = replace(listed[0], parts=())
    directive = text_directive(sentence, listed)
    if not directive:
        return base_url + passage.url
    page, _, anchor = passage.url.partition("#")
    at = f"?at={passage.id}.{sentence.number}" if base_url == READER_URL else ""
    return f"{base_url}{page}{at}#{anchor}:~:text={directive}"


def text_directive(sentence: PassageSentence, listed: Sequence[PassageSentence]) -> str:
    """`[prefix-,]start[,end][,-suffix]`, percent-encoded; empty for code. `listed` are the passage's sentences."""
    if sentence.kind == "code" or not sentence.parts:
        return ""
    start, end = _start_and_end(sentence.parts)
    before, after = _context(sentence, listed, start, end)
    if end and len(start) < MIN_START and not before:
        (start, end), after = _start_and_end(_from_longest(sentence.parts)), ""
    texts = [_encoded(text) for text in (start, end) if text]
    prefix = [f"{_encoded(before)}-"] if before else []
    suffix = [f"-{_encoded(after)}"] if after else []
    return ",".join(prefix + texts + suffix)


def _start_and_end(parts: Sequence[str]) -> tuple[str, str]:
    """The whole text and no end, if it is one short part; else words that begin and words that end it."""
    first, whole = parts[0], " ".join(parts)
    if len(parts) == 1 and len(first) <= MAX_WHOLE:
        return first, ""
    start = _first_words(first, MIN_START)
    rest = whole[len(start) :]
    last = parts[-1] if len(parts) > 1 else rest
    ends = (_last_words(last, length) for length in range(MIN_END, len(last) + MIN_END, MIN_END))
    end = next((end for end in ends if rest.find(end) == len(rest) - len(end)), _last_words(last, MIN_END))
    return (start, end) if end.strip(" ") else (first, "")


def _from_longest(parts: Sequence[str]) -> Sequence[str]:
    """The longest part; also those after it, if it is long enough to begin a range."""
    longest = max(range(len(parts)), key=lambda at: len(parts[at]))
    return parts[longest:] if len(parts[longest]) >= MIN_LONGEST else parts[longest : longest + 1]


def _context(sentence: PassageSentence, listed: Sequence[PassageSentence], start: str, end: str) -> tuple[str, str]:
    """The words before and after the sentence: both if the passage has its text twice, one if the text is short."""
    texts = [one.text.casefold().count(start.casefold()) for one in listed]
    if sum(texts) > 1 or (end and sentence.text.count(end) > 1):
        return _words_before(sentence, listed, MAX_CONTEXT), _words_after(sentence, listed, MAX_CONTEXT)
    if len(start) >= SPECIFIC:
        return "", ""
    before, after = _words_before(sentence, listed, MIN_CONTEXT), _words_after(sentence, listed, MIN_CONTEXT)
    if before and (end or not after or not _is_first_in_block(sentence, listed)):
        return before, ""
    return ("", after) if after and _has_more_in_block(sentence, listed) else (before, "" if before else after)


def _is_first_in_block(sentence: PassageSentence, listed: Sequence[PassageSentence]) -> bool:
    return sentence.number == 0 or listed[sentence.number - 1].block != sentence.block


def _has_more_in_block(sentence: PassageSentence, listed: Sequence[PassageSentence]) -> bool:
    return sentence.number + 1 < len(listed) and listed[sentence.number + 1].block == sentence.block


def _words_before(sentence: PassageSentence, listed: Sequence[PassageSentence], length: int) -> str:
    """Nothing where the page has something else between the sentences."""
    one = listed[sentence.number - 1] if sentence.number else None
    if one is None or not one.parts or sentence.block - one.block > 1:
        return ""
    touches = _ends_with_part(one) and _starts_with_part(sentence)
    return _last_words(one.parts[-1], length) if touches else ""


def _words_after(sentence: PassageSentence, listed: Sequence[PassageSentence], length: int) -> str:
    one = listed[sentence.number + 1] if sentence.number + 1 < len(listed) else None
    if one is None or not one.parts or one.block - sentence.block > 1:
        return ""
    touches = _ends_with_part(sentence) and _starts_with_part(one)
    return _first_words(one.parts[0], length) if touches else ""


def _starts_with_part(sentence: PassageSentence) -> bool:
    return sentence.text.startswith(one_line(sentence.parts[0]))


def _ends_with_part(sentence: PassageSentence) -> bool:
    return sentence.text.endswith(one_line(sentence.parts[-1]))


def _first_words(text: str, length: int) -> str:
    """At least so many characters, if the text has them."""
    words = _WORD.findall(text)
    ends = accumulate(map(len, words))
    return text[: next((end for end in ends if end >= length), len(text))].strip(" ")


def _last_words(text: str, length: int) -> str:
    words = _WORD.findall(text)
    sizes = accumulate(map(len, reversed(words)))
    return text[-next((size for size in sizes if size >= length), len(text)) :].strip(" ")


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="replace").replace("-", "%2D")
