"""Finds all pieces of a text that a model must not change.

Each finder reads the text once, from left to right, looks ends up in tables and never repeats a failed search. So the
cost is linear in the length of the text, whatever it contains.
"""

from collections.abc import Callable, Iterator, Sequence

from glossator.domain.rewriting.masking.addresses import emails, paths, urls
from glossator.domain.rewriting.masking.code import code_spans, fenced_code, indented_code
from glossator.domain.rewriting.masking.command_lines import options, variables, whole_commands
from glossator.domain.rewriting.masking.formulas import formulas
from glossator.domain.rewriting.masking.identifiers import Glossary, identifiers, numbers, packages
from glossator.domain.rewriting.masking.javascript import modules
from glossator.domain.rewriting.masking.links import links
from glossator.domain.rewriting.masking.markup import block_marks, comments, expressions, tags
from glossator.domain.rewriting.masking.pieces import Piece, cover, lookalikes, merge_overlapping

MARKS: tuple[Callable[[str], Iterator[Piece]], ...] = (
    whole_commands, fenced_code, modules, indented_code, code_spans, formulas, variables, comments, block_marks, tags,
    expressions, links, urls, emails, options, paths, lookalikes,
)  # fmt: skip
WORDS: tuple[Callable[[str], Iterator[Piece]], ...] = (packages, numbers, identifiers)


def find_pieces(text: str, terms: Sequence[str] = ()) -> list[Piece]:
    """In text order; no piece is inside another."""
    found: list[Piece] = []
    for finder in (*MARKS, Glossary(terms).pieces, *WORDS):
        pieces = list(finder(text))
        text = cover(text, pieces)
        found += pieces
    return merge_overlapping(found)
