"""Tables of published pages: cells that span rows or columns are repeated, so that each row keeps its meaning."""

import re
from collections.abc import Callable, Mapping, Sequence

from selectolax.lexbor import LexborNode

from glossator.domain.book.pages.front_matter import BadPage

MAX_SPAN = 100
MAX_ROWS = 50_000
NUMBER = re.compile(r"[0-9]{1,6}")


def table_rows(table: LexborNode, read_cell: Callable[[LexborNode], str]) -> list[list[str]]:
    """The rows that have text, all with the same number of cells. Several rows of headers are joined to one.

    Raises BadPage for a table with more rows than a page has lines.
    """
    rows: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}
    headers = 0
    for row in table.css("tr"):
        cells = spanned_cells(row, spans, read_cell)
        if any(cells):
            headers += len(rows) == headers and is_header(row)
            rows.append(cells)
        if len(rows) > MAX_ROWS:
            raise BadPage(f"has a table of more than {MAX_ROWS} rows")
    width = max(map(len, rows), default=0)
    rows = [cells + [""] * (width - len(cells)) for cells in rows]
    return [joined(rows[:headers]), *rows[headers:]] if 1 < headers < len(rows) else rows


def spanned_cells(
    row: LexborNode, spans: dict[int, tuple[int, str]], read_cell: Callable[[LexborNode], str]
) -> list[str]:
    """The cells of the row. `spans` has the rows that a cell still spans, and its text, by column."""
    cells: list[str] = []
    for node in row.css("td, th"):
        attributes = node.attributes
        if not attributes and not spans:  # most cells
            cells.append(read_cell(node))
            continue
        fill_spanned(cells, spans)
        text, down = read_cell(node), span(attributes, "rowspan")
        for _ in range(min(span(attributes, "colspan"), max(1, MAX_SPAN - len(cells)))):
            if down > 1:
                spans[len(cells)] = (down - 1, text)
            cells.append(text)
    fill_spanned(cells, spans)
    return cells


def fill_spanned(cells: list[str], spans: dict[int, tuple[int, str]]) -> None:
    while len(cells) in spans:
        rows, text = spans.pop(len(cells))
        if rows > 1:
            spans[len(cells)] = (rows - 1, text)
        cells.append(text)


def span(attributes: Mapping[str, str | None], name: str) -> int:
    found = NUMBER.fullmatch((attributes.get(name) or "1").strip())
    return max(1, int(found[0])) if found else 1


def is_header(row: LexborNode) -> bool:
    return row.parent is not None and row.parent.tag == "thead"


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """One row: the different texts of each column."""
    return [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True)]
