"""The answers of the fake OpenAI server: vectors computed from words, and quotations of the first passage."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Messages = Sequence[dict[str, str]]

WORD: Final = re.compile(r"\w{4,}")
STEM: Final = 5
HEADING_WEIGHT: Final = 3.0
HASHES: Final = 8
FIRST_PASSAGE: Final = re.compile(r"^\[1\] [^\n]*\n(?P<text>.+?)(?=\n\n\[2\] |\n=== |\Z)", re.MULTILINE | re.DOTALL)
SENTENCE: Final = re.compile(r"\s*(?P<sentence>.{10,400}?[.!?:])(\s|\Z)", re.DOTALL)
LAST_QUESTION: Final = re.compile(r"^=== \w+ last question\n(?P<question>.+?)\n=== ", re.MULTILINE | re.DOTALL)


def vector(text: str, dimension: int) -> npt.NDArray[np.float32]:
    """A unit vector: the more words two texts share, the higher their cosine. The first line counts most."""
    first, _, rest = text.partition("\n")
    weights: defaultdict[str, float] = defaultdict(float)
    for line, weight in ((first, HEADING_WEIGHT), (rest, 1.0)):
        for word in WORD.findall(line.lower()) or line.split():
            weights[word[:STEM]] += weight
    result = np.zeros(dimension, dtype=np.float32)
    for word, weight in weights.items():
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=4 * HASHES).digest()
        for value in np.frombuffer(digest, dtype="<u4"):
            result[int(value >> 1) % dimension] += weight if value & 1 else -weight
    length = float(np.linalg.norm(result))
    return result / np.float32(length) if length else np.full(dimension, dimension**-0.5, dtype=np.float32)


def quote_first_passage(messages: Messages) -> str:
    """The first sentence of passage [1] with its number. A question to condense is returned unchanged."""
    prompt = messages[-1]["content"]
    if passage := FIRST_PASSAGE.search(prompt):
        text = passage["text"].strip()
        sentence = SENTENCE.match(text)
        return f"{sentence['sentence'] if sentence else text[:400]} [1]"
    if condense := LAST_QUESTION.search(prompt):
        return condense["question"].strip()
    return "NOT_IN_BOOK: The passages do not say."


def pieces(text: str, count: int) -> list[str]:
    """At most `count` pieces of about the same length, none of them empty."""
    size = max(1, -(-len(text) // count))
    return [text[start : start + size] for start in range(0, len(text), size)]


def tokens(text: str) -> int:
    return -(-len(text) // 4)
