"""Whether an answer begins with words about itself: "Sure! Here is the translation:"."""

import re

OPENING = re.compile(
    r"\W{0,3}(?:sure|certainly|of course|okay|absolutely|gladly|here(?:'s|\u2019s| is| are| you go)"
    r"|(?:the |my )?(?:translation|translated|rewritten|adjusted|simplified|rewriting)\b)[^\n:\uff1a]{0,100}[:\uff1a]",
    re.IGNORECASE,
)
COLONS = (":", "\uff1a")
MARKS = "*_ \t\r"
WORD = re.compile(r"\w+")
LONGEST = 120
MOST_SHARED = 0.25


def has_preface(source: str, result: str) -> bool:
    """A usual phrase, or one line more that ends in a colon and says little of what the source says."""
    lines, own_lines = lines_of(result), lines_of(source)
    if not lines or not own_lines:
        return False
    if OPENING.match(lines[0]) and not OPENING.match(own_lines[0]):
        return True
    added = len(lines) > len(own_lines) and ends_in_colon(lines[0]) and not ends_in_colon(own_lines[0])
    return added and says_little_of(lines[0], source)


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def says_little_of(line: str, source: str) -> bool:
    words, own_words = words_of(line), words_of(source)
    return len(words & own_words) <= len(words) * MOST_SHARED


def words_of(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))


def ends_in_colon(line: str) -> bool:
    return len(line) <= LONGEST and line.rstrip(MARKS).endswith(COLONS)
