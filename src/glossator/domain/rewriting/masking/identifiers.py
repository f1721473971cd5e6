"""Identifiers of programs, numbers with their units, and the terms of a glossary."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from glossator.domain.rewriting.masking.layout import parentheses
from glossator.domain.rewriting.masking.pieces import LETTERS, Kind, Piece

WORD = re.compile(rf"[{LETTERS}]+(?:(?:\.|::)[{LETTERS}]+)*")
DECORATOR = re.compile(rf"(?<![{LETTERS}@.])@[A-Za-z_][A-Za-z0-9_-]+(?:[./][A-Za-z_][A-Za-z0-9_-]*)*")
COMMAND = re.compile(r"\\[A-Za-z]+")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
INNER_UNDERSCORE = re.compile(r"[A-Za-z0-9]_+[A-Za-z0-9]")
HUMPS = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{3}|[A-Za-z][0-9]|[0-9][A-Za-z]")
ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th|s)")
HYPHENATED = re.compile(rf"(?<![{LETTERS}-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![{LETTERS}-])")
INSTALLING = re.compile(r"\b(?:[Ii]nstall|[Uu]ninstall|[Pp]ackages?)[ \t]{1,3}\Z")
STARTING = re.compile(r"\b(?:[Rr]un|[Ll]aunch)[ \t]{1,3}\Z")
LONGEST_VERB = 14
LINKING = frozenset(
    ("a", "and", "as", "at", "by", "date", "for", "in", "is", "it", "of", "on", "or", "the", "time", "to", "use", "up",
     "with")
)  # fmt: skip
SPECIAL_NAMES = frozenset(
    ("all", "call", "class", "dict", "doc", "enter", "aenter", "exit", "aexit", "file", "init", "iter", "len", "main",
     "name", "new", "next", "repr", "setitem", "getitem", "slots", "str", "version")
)  # fmt: skip
NUMBER = re.compile(rf"(?<![{LETTERS}.])v?[0-9]+(?:[.,:][0-9]+)*")
SUFFIX = re.compile(rf"[A-Za-z][{LETTERS}]*")
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
LONGEST_FIRST = sorted(" ".join(UNITS.values()).split(), key=len, reverse=True)
UNIT = re.compile("[ \u00a0\u202f]?(?:" + "|".join(map(re.escape, LONGEST_FIRST)) + rf")(?![{LETTERS}])")
REFERENCE = re.compile(
    r"\b(?:appendix|case|chapter|class|day|equation|example|exercise|fig(?:ure|\.)|grade|grades|lesson|level|line"
    r"|listing|module|note|option|page|part|phase|question|room|section|stage|steps?|table|task|unit|version"
    r"|week)[ \t]{1,3}\Z",
    re.IGNORECASE,
)
"""In front of a number that names a thing: an "A" behind it is an article, or a part of the name."""
LONGEST_REFERENCE = 14
CURRENCIES = "$€£¥₹₨"
SIGNS = "+-\u2212±≈~"
TOKEN = re.compile(rf"[{LETTERS}]+|[^\W{LETTERS}]+|[^\w\s]")


def identifiers(text: str) -> Iterator[Piece]:
    partners = parentheses(text)
    position = 0
    for match in WORD.finditer(text):
        if match.start() < position:
            continue
        end = identifier_end(text, match, partners)
        if end is not None:
            position = end
            yield Piece(match.start() - (text[match.start() - 1 : match.start()] == "@"), end, Kind.IDENTIFIER)
    for pattern in (DECORATOR, COMMAND, ENTITY):
        for match in pattern.finditer(text):
            yield Piece(*match.span(), Kind.IDENTIFIER)


def identifier_end(text: str, word: re.Match[str], partners: dict[int, int]) -> int | None:
    """A word in front of `()` or of a quoted argument is a call, whatever it looks like."""
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
    return INNER_UNDERSCORE.search(bare) is not None or HUMPS.search(bare) is not None


def packages(text: str) -> Iterator[Piece]:
    """Of words with hyphens those that English would not make: `ros2-control-demos`, and `ros-humble-desktop` where
    it is installed. What is run may be an end-to-end test as well: there `ros2-control` needs its digit."""
    for match in HYPHENATED.finditer(text):
        place = max(match.start() - LONGEST_VERB, 0), match.start()
        installed = INSTALLING.search(text, *place) is not None
        started = STARTING.search(text, *place) is not None
        if is_package(match.group().split("-"), installed=installed, started=started):
            yield Piece(*match.span(), Kind.IDENTIFIER)


def is_package(parts: Sequence[str], *, installed: bool, started: bool) -> bool:
    mixed = any(part[0].isalpha() and HUMPS.search(part) for part in parts)
    if LINKING.intersection(parts):
        return mixed and len(parts) > 2
    return (mixed and (installed or started)) or ((mixed or installed) and len(parts) > 2)


def numbers(text: str) -> Iterator[Piece]:
    """Versions, amounts and every number of two digits or more; a single digit may turn into a word."""
    for match in NUMBER.finditer(text):
        start, end = before_number(text, match.start()), match.end()
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
            yield Piece(start, end, Kind.NUMBER)


def is_reference(text: str, start: int) -> bool:
    return REFERENCE.search(text, max(start - LONGEST_REFERENCE, 0), start) is not None


def before_number(text: str, start: int) -> int:
    """The currency or sign in front belongs to the number; a hyphen inside of a word does not."""
    before = text[start - 1 : start]
    if before and before in CURRENCIES:
        return start - 1
    if before and before in SIGNS and (start < 2 or text[start - 2].isspace() or text[start - 2] in "(["):
        return start - 1
    return start


@dataclass
class Branch:
    """One word of the terms that begin alike; `ends` is set where a term is complete."""

    following: dict[str, "Branch"] = field(default_factory=dict)
    ends: bool = False


class Glossary:
    """Terms as whole words. One written in small letters is found in any case, another only as it is written."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._exact, self._any_case = Branch(), Branch()
        for term in terms:
            branch = self._any_case if term == term.lower() else self._exact
            for word in TOKEN.findall(term):
                branch = branch.following.setdefault(word, Branch())
            branch.ends = True
        self._empty = not terms

    def pieces(self, text: str) -> Iterator[Piece]:
        tokens = [] if self._empty else list(TOKEN.finditer(text))
        words = [token.group() for token in tokens]
        lowered = [word.lower() for word in words]
        index = 0
        while index < len(tokens):
            length = max(longest(self._exact, words, index), longest(self._any_case, lowered, index))
            if length:
                yield Piece(tokens[index].start(), tokens[index + length - 1].end(), Kind.TERM)
            index += length or 1


def longest(branch: Branch, words: list[str], start: int) -> int:
    """How many words from here make the longest term; 0 for none."""
    found = 0
    for length, index in enumerate(range(start, len(words)), 1):
        following = branch.following.get(words[index])
        if following is None:
            break
        branch = following
        found = length if branch.ends else found
    return found
