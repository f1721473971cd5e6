"""Finds program identifiers, numbers with their units, and glossary terms."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from glossator.domain.rewriting.masking.layout import parentheses
from glossator.domain.rewriting.masking.pieces import WORD_CHARACTERS, MaskedPiece, PieceKind

WORD = re.compile(rf"[{WORD_CHARACTERS}]+(?:(?:\.|::)[{WORD_CHARACTERS}]+)*")
DECORATOR = re.compile(rf"(?<![{WORD_CHARACTERS}@.])@[A-Za-z_][A-Za-z0-9_-]+(?:[./][A-Za-z_][A-Za-z0-9_-]*)*")
COMMAND = re.compile(r"\\[A-Za-z]+")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
INNER_UNDERSCORE = re.compile(r"[A-Za-z0-9]_+[A-Za-z0-9]")
CAMEL_CASE_OR_DIGIT = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{3}|[A-Za-z][0-9]|[0-9][A-Za-z]")
ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th|s)")
HYPHENATED = re.compile(rf"(?<![{WORD_CHARACTERS}-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![{WORD_CHARACTERS}-])")
AFTER_INSTALL = re.compile(r"\b(?:[Ii]nstall|[Uu]ninstall|[Pp]ackages?)[ \t]{1,3}\Z")
AFTER_RUN = re.compile(r"\b(?:[Rr]un|[Ll]aunch)[ \t]{1,3}\Z")
MAX_VERB_LENGTH = 14
LINKING_WORDS = frozenset(
    ("a", "and", "as", "at", "by", "date", "for", "in", "is", "it", "of", "on", "or", "the", "time", "to", "use", "up",
     "with")
)  # fmt: skip
SPECIAL_NAMES = frozenset(
    ("all", "call", "class", "dict", "doc", "enter", "aenter", "exit", "aexit", "file", "init", "iter", "len", "main",
     "name", "new", "next", "repr", "setitem", "getitem", "slots", "str", "version")
)  # fmt: skip
NUMBER = re.compile(rf"(?<![{WORD_CHARACTERS}.])v?[0-9]+(?:[.,:][0-9]+)*")
SUFFIX = re.compile(rf"[A-Za-z][{WORD_CHARACTERS}]*")
UNITS = {
    "shares and angles": "% ‰ ° deg rad mrad µrad",
    "time": "ps ns µs μs ms s min h",
    "rates": "Hz kHz MHz GHz THz bps kbps Mbps Gbps Tbps kbit/s Mbit/s Gbit/s kB/s MB/s GB/s TB/s MT/s GT/s fps FPS rpm"
    " RPM baud ppm",
    "speeds": "m/s m/s² m/s^2 cm/s mm/s km/s km/h kph mph ft/s rad/s rad/s² deg/s °/s rev/s",
    "data": "bit kbit Mbit Gbit B kB KB MB GB TB PB KiB MiB GiB TiB",
    "computing": "FLOPS MFLOPS GFLOPS TFLOPS PFLOPS TOPS GOPS MIPS",
    "mechanics and cameras": "DOF DoF dof MP Mpx px/s",
    "type": "px em rem pt dpi ppi",
    "lengths, areas, volumes": "nm µm μm mm cm m km cm² m² m³ km² mm² cm³ mm³ ft yd sq.ft mL ml dL L",
    "masses and forces": "µg mg g kg lb lbs oz mN N kN Nm mNm N·m kg·cm kg·m² kgf lbf N/m N/mm Pa hPa kPa MPa GPa bar"
    " mbar psi g/cm³ kg/m³",
    "electricity": "V mV µV kV VAC VDC VA kVA A mA µA μA Ah mAh Ω mΩ kΩ MΩ pF nF µF μF mF nH µH μH mH mT µT dBi",
    "energy": "W µW mW kW MW GW Wh kWh MWh mJ J kJ MJ cal kcal eV keV hp",
    "temperature, light, sound": "°C °F K lm lx cd dB dBm mol",
    "money": "USD EUR GBP PKR INR Rs",
}
LONGEST_UNITS_FIRST = sorted(" ".join(UNITS.values()).split(), key=len, reverse=True)
UNIT = re.compile("[ \u00a0\u202f]?(?:" + "|".join(map(re.escape, LONGEST_UNITS_FIRST)) + rf")(?![{WORD_CHARACTERS}])")
REFERENCE = re.compile(
    r"\b(?:appendix|case|chapter|class|day|equation|example|exercise|fig(?:ure|\.)|grade|grades|lesson|level|line"
    r"|listing|module|note|option|page|part|phase|question|room|section|stage|steps?|table|task|unit|version"
    r"|week)[ \t]{1,3}\Z",
    re.IGNORECASE,
)
"""Words before a number that names something: an "A" after it is an article or part of the name, not amperes."""
MAX_REFERENCE_LENGTH = 14
CURRENCIES = "$€£¥₹₨"
SIGNS = "+-\u2212±≈~"
TOKEN = re.compile(rf"[{WORD_CHARACTERS}]+|[^\W{WORD_CHARACTERS}]+|[^\w\s]")


def identifiers(text: str) -> Iterator[MaskedPiece]:
    partners = parentheses(text)
    position = 0
    for match in WORD.finditer(text):
        if match.start() < position:
            continue
        end = identifier_end(text, match, partners)
        if end is not None:
            position = end
            yield MaskedPiece(
                match.start() - (text[match.start() - 1 : match.start()] == "@"), end, PieceKind.IDENTIFIER
            )
    for pattern in (DECORATOR, COMMAND, ENTITY):
        for match in pattern.finditer(text):
            yield MaskedPiece(*match.span(), PieceKind.IDENTIFIER)


def identifier_end(text: str, word: re.Match[str], partners: dict[int, int]) -> int | None:
    """Any word before `()` or before a quoted argument is a call."""
    end = word.end()
    is_name = is_identifier(word.group())
    arguments = text[end : end + 2]
    called = arguments == "()" or (arguments[:1] == "(" and (is_name or arguments[1:] in ('"', "'")))
    if called and end in partners and word.group().isascii():
        return partners[end] + 1
    return end if is_name else None


def is_identifier(word: str) -> bool:
    if not word.isascii() or ORDINAL.fullmatch(word):
        return False
    if "::" in word:
        return True
    bare = word.strip("_")
    parts = bare.split(".")
    if len(parts) > 1:
        return any(len(part) > 2 for part in parts) and not bare.replace(".", "").isdigit()
    if word.startswith("__") and word.endswith("__") and bare in SPECIAL_NAMES:
        return True
    return INNER_UNDERSCORE.search(bare) is not None or CAMEL_CASE_OR_DIGIT.search(bare) is not None


def packages(text: str) -> Iterator[MaskedPiece]:
    """Hyphenated words that are not English: `ros2-control-demos`, and `ros-humble-desktop` after "install". After
    "run" a name needs a digit, as in `ros2-control`, because an end-to-end test is run too."""
    for match in HYPHENATED.finditer(text):
        span = max(match.start() - MAX_VERB_LENGTH, 0), match.start()
        installed = AFTER_INSTALL.search(text, *span) is not None
        started = AFTER_RUN.search(text, *span) is not None
        if is_package(match.group().split("-"), installed=installed, started=started):
            yield MaskedPiece(*match.span(), PieceKind.IDENTIFIER)


def is_package(parts: Sequence[str], *, installed: bool, started: bool) -> bool:
    mixed = any(part[0].isalpha() and CAMEL_CASE_OR_DIGIT.search(part) for part in parts)
    if LINKING_WORDS.intersection(parts):
        return mixed and len(parts) > 2
    return (mixed and (installed or started)) or ((mixed or installed) and len(parts) > 2)


def numbers(text: str) -> Iterator[MaskedPiece]:
    """Versions, amounts and all numbers of two or more digits; a single digit may become a word."""
    for match in NUMBER.finditer(text):
        start, end = number_start(text, match.start()), match.end()
        unit = UNIT.match(text, end)
        if unit and unit.group().strip() == "A" and is_reference(text, start):
            unit = None
        suffix = SUFFIX.match(text, end)
        if unit:
            end = unit.end()
        elif suffix:
            end = suffix.end()
            if ORDINAL.fullmatch(text, match.start(), end):
                continue
        if end - start > 1:
            yield MaskedPiece(start, end, PieceKind.NUMBER)


def is_reference(text: str, start: int) -> bool:
    return REFERENCE.search(text, max(start - MAX_REFERENCE_LENGTH, 0), start) is not None


def number_start(text: str, start: int) -> int:
    """Includes a currency or sign before the number, but not a hyphen inside a word."""
    before = text[start - 1 : start]
    if before and before in CURRENCIES:
        return start - 1
    if before and before in SIGNS and (start < 2 or text[start - 2].isspace() or text[start - 2] in "(["):
        return start - 1
    return start


@dataclass
class TrieNode:
    """One word of terms that share their beginning; `is_term` marks the end of a term."""

    children: dict[str, "TrieNode"] = field(default_factory=dict)
    is_term: bool = False


class Glossary:
    """Matches terms as whole words: lower-case terms in any case, other terms exactly."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._exact, self._any_case = TrieNode(), TrieNode()
        for term in terms:
            node = self._any_case if term == term.lower() else self._exact
            for word in TOKEN.findall(term):
                node = node.children.setdefault(word, TrieNode())
            node.is_term = True
        self._empty = not terms

    def pieces(self, text: str) -> Iterator[MaskedPiece]:
        tokens = [] if self._empty else list(TOKEN.finditer(text))
        words = [token.group() for token in tokens]
        lowered = [word.lower() for word in words]
        index = 0
        while index < len(tokens):
            length = max(match_length(self._exact, words, index), match_length(self._any_case, lowered, index))
            if length:
                yield MaskedPiece(tokens[index].start(), tokens[index + length - 1].end(), PieceKind.TERM)
            index += length or 1


def match_length(node: TrieNode, words: list[str], start: int) -> int:
    """The number of words in the longest term that starts here; 0 if there is none."""
    found = 0
    for length, index in enumerate(range(start, len(words)), 1):
        child = node.children.get(words[index])
        if child is None:
            break
        node = child
        found = length if node.is_term else found
    return found
