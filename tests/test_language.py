"""Texts for readers, operators and contributors use none of the words and phrases that are not plain English.

Classes and types have names of their own. A phrase is matched as whole words, in any case and across line breaks.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import click
import pytest

from glossator.cli import main
from tests.places import ROOT
from tools.settings_table import all_settings

AVOIDED: Final = (
    r"stands? (?:in|under|behind|there)", r"(?:is|are) not to be had", r"(?:can|could)(?: ?not)? be had",
    "whoever", "whomever", r"mend(?:s|ed|ing)?", "anew", "parted by", "told", r"bears?", "somebody", "somebody's",
    "the operator's hand", r"he|his|him|himself", "in passing", r"repetitions (?:of|included)", "least level",
    "lanes of", r"longest (?:answer|passage)", "forgets it", "leaves nothing written", "headers are true", "knocks",
    r"(?:is|are) meant", "there is nothing here", "this is no", "takes no new", r"ha(?:s|ve) no place in",
    "nobody can be asked", "the way is not looked at", "could not be made", r"(?:is|are) waited for",
    r"(?:un)?seal(?:s|ed|er|ing)?", "in force", "of the house", "floors of", r"lamps?", "good-bye", "thereof",
    "hindrance",
)  # fmt: skip
PATTERN: Final = re.compile(rf"(?<![-\w])(?:{'|'.join(AVOIDED)})\b".replace(" ", r"\s+"), re.IGNORECASE)
DOCUMENTS: Final = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "settings.toml", ".env.example", "Makefile",
    "Dockerfile", ".ci/run", "bench/README.md", "pyproject.toml",
)  # fmt: skip
FOLDERS: Final = (
    "deploy/*",
    "docs/*.md",
    "examples/*/*.js",
    "plugins/**/*.toml",
    "sample-book/*.md",
    "src/**/prompts/*.md",
    "src/**/*.toml",
    "src/glossator/web/pages/*.html",
    "src/glossator/web/pages/*.js",
    "clients/*/src/**/*.ts",
)


def paths(*patterns: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern))


TYPE_NAME: Final = re.compile(r"_?[A-Z]\w*[a-z]\w*")
MODULES: Final = paths("src/**/*.py", "plugins/**/*.py")
WORD_LISTS: Final = paths(
    "src/glossator/domain/book/words.py",
    "src/glossator/domain/answering/suggestions/english.py",
    "src/glossator/domain/rewriting/masking/command_lines.py",
)
"""Their strings are lists of English words, pronouns too."""


@dataclass(frozen=True)
class Text:
    place: str
    words: str

    @property
    def avoided(self) -> list[str]:
        return [f"{self.place}: {match[0]!r}" for match in PATTERN.finditer(self.words)]


def avoided_in(texts: Iterable[Text]) -> list[str]:
    return [found for text in texts for found in text.avoided]


def helps(command: click.Command, name: str = "glossator", parent: click.Context | None = None) -> Iterator[Text]:
    with command.make_context(name, [], parent, resilient_parsing=True) as context:
        yield Text(context.command_path, command.get_help(context))
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                child = command.get_command(context, below)
                assert child is not None
                yield from helps(child, below, context)


def strings(module: str) -> Iterator[Text]:
    """Everything that has two words and is no docstring: messages, log formats, help texts."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield Text(f"{module}:{node.lineno}", node.value if " " in node.value.strip() else "")


def prose(module: str) -> Iterator[Text]:
    """Docstrings and comments."""
    source = (ROOT / module).read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Text(f"{module}:{node.lineno}", node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(f"{module}:{token.start[0]}", token.string)


def names_in(module: str) -> Iterator[str]:
    """Of its classes and its names for types."""
    for node in ast.parse((ROOT / module).read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name) and TYPE_NAME.fullmatch(target.id))


def test_no_two_classes_or_types_have_the_same_name() -> None:
    counts = Counter(name for module in MODULES for name in names_in(module))

    assert [name for name, count in counts.items() if count > 1] == []


def test_every_document_is_plain_english() -> None:
    names = [*DOCUMENTS, *paths(*FOLDERS)]

    assert avoided_in(Text(name, (ROOT / name).read_text("utf-8")) for name in names) == []


def test_the_help_of_every_command_is_plain_english() -> None:
    assert avoided_in(helps(main)) == []


def test_the_help_of_every_setting_is_plain_english() -> None:
    assert avoided_in(Text(setting.name, setting.help) for setting in all_settings()) == []


def test_messages_and_log_lines_are_plain_english() -> None:
    modules = [module for module in MODULES if module not in WORD_LISTS]

    assert avoided_in(text for module in modules for text in strings(module)) == []


def test_docstrings_and_comments_are_plain_english() -> None:
    assert avoided_in(text for module in MODULES for text in prose(module)) == []


@pytest.mark.parametrize("text", ["He pays", "what stands\n  in the file", "is not to be had", "bears", "Mended"])
def test_an_avoided_phrase_is_found(text: str) -> None:
    assert Text("here", text).avoided


@pytest.mark.parametrize(
    "text", ["the theme of this", "a standalone server", "it stands for BM25", "recommended", "amend"]
)
def test_a_plain_word_is_not_mistaken_for_one(text: str) -> None:
    assert Text("here", text).avoided == []
