"""Finds shell options and variables in sentences, and texts that are commands as a whole.

The visible text of a page has no backticks, so a command is recognized by its words: a known program, followed by words
that would not continue a sentence, and no word that only sentences contain.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile

from glossator.domain.rewriting.masking.layout import BLOCK_START
from glossator.domain.rewriting.masking.pieces import MaskedPiece, PieceKind

OPTION = re.compile(r"(?<![^\s(\[\"'/|])(?:--[A-Za-z][A-Za-z0-9-]+(?:=[^\s,;)\]\"']+)?|-[A-Za-z](?![\w-]))")
CLOSING_DASH = re.compile(r"[^\W_]--(?![\w-])")
VARIABLE = re.compile(r"\$(?:[A-Z_][A-Z0-9_]+|\{[A-Za-z_][A-Za-z0-9_]*\})")
REMAPPING = re.compile(r"(?<!\S)[A-Za-z_]\w*:=[^\s,;]+")

QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
SEPARATOR = re.compile(r"\s(?:&&|\|\|?)\s|\\\n|\n|;\s")
PREFIX = re.compile(r"\$|sudo|[A-Z_][A-Z0-9_]*=\S+")
FLAG = re.compile(r"--?[A-Za-z][A-Za-z0-9_-]*(?:=\S+)?")
NON_WORD = re.compile(
    r"\.{1,2}|\.{1,2}/\S*|\.[A-Za-z]\S*|[~/]\S*|(?=\S*[A-Za-z])\S*(?:\S[._=$*]|:=|://)\S+|\$\w+|&|>{1,2}|<x>"
)
NAME = re.compile(r"[a-z0-9][a-z0-9_@/+-]*")
WORDS = {
    "commands that take names": "install uninstall add remove run launch exec",
    "parts of commands": "list echo info hz pub call show up down origin main master upstream HEAD",
    "sentences": "a an the and or of to in on at by for from with without as is are was were be been it its this that"
    " these those there has have had can will would should must may might do does did not no you your we our i he she"
    " they them all how why what when where which who if then than so but into over after before while because about"
    " and/or fails failed failing works worked explained needs takes copies makes supports uses using used vs",
}
NAME_COMMANDS, COMMAND_WORDS, SENTENCE_WORDS = (frozenset(words.split()) for words in WORDS.values())
PROGRAMS_BY_SUBCOMMANDS = {
    "install uninstall list freeze show download": "pip pip3 pipx",
    "install add run build sync lock": "uv poetry",
    "install create activate update env": "conda mamba",
    "install ci run start test init build publish add": "npm yarn pnpm npx",
    "clone init status add commit push pull fetch checkout switch merge rebase log diff branch stash submodule": "git",
    "build run pull push compose ps images exec up down": "docker docker-compose podman",
    "install update upgrade remove init": "apt apt-get brew dnf yum rosdep",
    "run launch topic node service action param bag pkg interface doctor": "ros2",
    "build test": "colcon",
    "build run test new add": "cargo",
    "build mod install": "go",
    "install clean": "make",
    "apply get describe logs": "kubectl",
    "start stop restart enable status": "systemctl",
    "": "python python3 node bash sh source cd mkdir rm cp mv ls cat chmod chown curl wget tar ssh scp export echo"
    " touch unzip nano grep cmake catkin_make gazebo gz",
}
PROGRAMS = {
    name: frozenset(words.split()) for words, names in PROGRAMS_BY_SUBCOMMANDS.items() for name in names.split()
}


def whole_commands(text: str) -> Iterator[MaskedPiece]:
    """Yields the whole text or nothing; excludes a leading heading or list mark."""
    mark = BLOCK_START.match(text)
    start = mark.end() if mark else 0
    if text[start:].strip() and is_command(text[start:]):
        yield MaskedPiece(start, len(text), PieceKind.CODE)


def is_command(text: str) -> bool:
    """Whether every part is a command; quoted arguments may contain anything."""
    commands = [part.split() for part in SEPARATOR.split(QUOTED.sub("<x>", text.strip()))]
    return all(is_single_command(list(dropwhile(PREFIX.fullmatch, words))) for words in commands if words)


def is_single_command(words: Sequence[str]) -> bool:
    if len(words) < 2 or SENTENCE_WORDS & {word.strip("\"'()").lower() for word in words}:
        return False
    program, first, *others = words
    if program not in PROGRAMS or (words[-1][-1] in ".,:;!?" and not NON_WORD.fullmatch(words[-1])):
        return False
    known = first in PROGRAMS[program]
    if not (known or FLAG.fullmatch(first) or NON_WORD.fullmatch(first)):
        return False
    takes_names = known and first in NAME_COMMANDS
    return all(
        is_argument(word, before, takes_names=takes_names) for before, word in zip(words[1:], others, strict=False)
    )


def is_argument(word: str, before: str, *, takes_names: bool) -> bool:
    """A name follows an option, or appears where the command takes names."""
    if FLAG.fullmatch(word) or NON_WORD.fullmatch(word) or word in COMMAND_WORDS:
        return True
    return (takes_names or FLAG.fullmatch(before) is not None) and NAME.fullmatch(word) is not None


def options(text: str) -> Iterator[MaskedPiece]:
    """Finds `--option`, `-o` and `name:=value`; two hyphens may also be dashes around a parenthesis in a sentence."""
    dashes = CLOSING_DASH.search(text) is not None
    for pattern in (OPTION, REMAPPING):
        for match in pattern.finditer(text):
            if not (dashes and match.group().startswith("--")):
                yield MaskedPiece(
                    match.start(), match.start() + len(match.group().rstrip(".!?:-")), PieceKind.IDENTIFIER
                )


def variables(text: str) -> Iterator[MaskedPiece]:
    for match in VARIABLE.finditer(text):
        yield MaskedPiece(*match.span(), PieceKind.IDENTIFIER)
