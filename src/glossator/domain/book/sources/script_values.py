"""Reads the strings in the objects of a JavaScript or TypeScript file, without running it.

A value is a string, or a constant that is one. Of anything that is computed only the first word is known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

TOKEN: Final = re.compile(
    r"""
    (?P<comment> //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*` )
    | (?P<name> [A-Za-z_$][\w$.]* )
    | (?P<mark> [^\s\w] )
    """,
    re.VERBOSE | re.DOTALL,
)
QUOTES: Final = frozenset("\"'`")
ENDS: Final = (["}"], [","])
OPENING: Final = {"{": "}", "[": "]", "(": ")"}
CONSTANT: Final = re.compile(
    r"""\b(?:const|let|var)\s+(?P<name>[\w$]+)[^=;\n]{0,80}=\s*(?P<value>"[^"\\\n]*"|'[^'\\\n]*'|`[^`\\$]*`)"""
)


@dataclass(frozen=True)
class Property:
    """`names` are those of the enclosing objects, calls and lists, outermost first; `owner` numbers the object.

    An object in a list that begins with a string (`["plugin", {...}]`) has that string as its name. `is_text` is off
    for a value that is no plain string.
    """

    names: tuple[str, ...]
    owner: int
    key: str
    value: str
    is_text: bool


@dataclass
class Container:
    name: str
    number: int
    first: str = ""
    """The string at its start."""


@dataclass
class ScriptReader:
    constants: dict[str, str]
    open: list[Container] = field(default_factory=list)
    found: list[Property] = field(default_factory=list)
    count: int = 0

    def read(self, tokens: Sequence[str]) -> None:
        for at, token in enumerate(tokens):
            before = tokens[at - 1] if at else ""
            if token in OPENING:
                self.count += 1
                self.open.append(Container(self._name(tokens, at), self.count))
            elif token in OPENING.values() and self.open:
                self.open.pop()
            elif self.open and before == "[" and token[0] in QUOTES:
                self.open[-1].first = unquote(token)
            elif self.open and before == ":" and at > 1:
                self._property(tokens[at - 2], token, is_whole=tokens[at + 1 : at + 2] in ENDS)
            elif self.open and before in {"{", ","} and tokens[at + 1 : at + 2] in ENDS:
                self._property(token, token, is_whole=True)  # {name} is short for {name: name}

    def _name(self, tokens: Sequence[str], at: int) -> str:
        if at > 1 and tokens[at - 1] == ":":
            return unquote(tokens[at - 2])
        if at and tokens[at] == "(":
            return tokens[at - 1]
        return self.open[-1].first if self.open else ""

    def _property(self, key: str, value: str, *, is_whole: bool) -> None:
        quoted = value[0] in QUOTES and "${" not in value
        text = unquote(value) if quoted else self.constants.get(value, value)
        names = tuple(one.name for one in self.open)
        is_text = is_whole and (quoted or value in self.constants)
        self.found.append(Property(names, self.open[-1].number, unquote(key), text, is_text))


def unquote(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[0] in QUOTES else token


def read_properties(text: str) -> list[Property]:
    tokens = [found[0] for found in TOKEN.finditer(text) if found.lastgroup != "comment"]
    reader = ScriptReader({found["name"]: unquote(found["value"]) for found in CONSTANT.finditer(text)})
    reader.read(tokens)
    return reader.found
