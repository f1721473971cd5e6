"""What is nobody's difference between two texts: white space and anchors around the words, and kinds of line ends."""

from dataclasses import dataclass

INVISIBLE = "\u200b\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Core:
    """The words of a text, their lines ended by "\\n"; a text that mixes kinds of line ends keeps them."""

    whole: str
    text: str
    start: int
    end: int
    line_end: str

    def around(self, rewritten: str) -> str:
        """A core that did not change gives the whole as it was, byte for byte."""
        if rewritten == self.text:
            return self.whole
        return self.whole[: self.start] + rewritten.replace("\n", self.line_end) + self.whole[self.end :]


def core_of(whole: str) -> Core:
    start, end = trimmed(whole)
    text = whole[start:end]
    line_end = line_end_of(text)
    return Core(whole, text.replace(line_end, "\n"), start, end, line_end)


def line_end_of(text: str) -> str:
    both, returns, feeds = text.count("\r\n"), text.count("\r"), text.count("\n")
    if both and both == returns == feeds:
        return "\r\n"
    return "\r" if returns and not feeds else "\n"


def trimmed(text: str) -> tuple[int, int]:
    start, end = 0, len(text)
    while start < end and is_edge(text[start]):
        start += 1
    while end > start and is_edge(text[end - 1]):
        end -= 1
    return start, end


def is_edge(character: str) -> bool:
    return character.isspace() or character in INVISIBLE
