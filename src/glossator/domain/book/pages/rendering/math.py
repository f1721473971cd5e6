"""Formulas as MathML, which browsers show without a script and without a style.

The library returns a tree whose texts have character references, and it accepts any attribute from an author. Only the
attributes of `ATTRIBUTES` are kept, and every text is escaped when the tree is written.
"""

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MAX_FORMULA: Final = 2_000
MAX_FORMULAS: Final = 20_000
"""Characters of one formula, and of all formulas of a text; longer ones are shown as they are written. A thousand
characters take 25 ms."""
ATTRIBUTES: Final = frozenset(
    {
        "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle",
        "fence", "form", "frame", "height", "linethickness", "lspace", "mathsize", "mathvariant", "maxsize", "minsize",
        "movablelimits", "notation", "rowalign", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator",
        "stretchy", "symmetric", "voffset", "width",
    }
)  # fmt: skip
_MACRO: Final = re.compile(r"\\(?:def|let|newcommand|renewcommand|providecommand|DeclareMathOperator)(?![A-Za-z])")
"""A few of them can make a text of any length."""


def use_formulas(markdown: MarkdownIt) -> None:
    """Makes this renderer, which must be used for one text only, write MathML for `$` formulas."""
    left = [MAX_FORMULAS]

    def write(_: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: EnvType) -> str:
        token = tokens[at]
        left[0] -= len(token.content)
        convert = formula_html if left[0] >= 0 else source_html
        return convert(token.content, block=token.block)

    for kind in ("math_inline", "math_block", "math_block_label"):
        markdown.add_render_rule(kind, write)


def formula_html(source: str, *, block: bool) -> str:
    """As MathML; as code where it is too long or cannot be read."""
    source = source.strip("$ \n")
    if len(source) > MAX_FORMULA or _MACRO.search(source):
        return source_html(source, block=block)
    try:
        tree = _tree(source, block=block)
    except Exception:  # noqa: BLE001 - the library raises its own, IndexError, KeyError and RecursionError
        return source_html(source, block=block)
    return f"{tree}\n" if block else tree


def source_html(source: str, *, block: bool) -> str:
    text = escape(source.strip("$\n"), quote=False) + "\n" * block
    code = f'<code class="language-math">{text}</code>'
    return f"<pre>{code}</pre>\n" if block else code


def _tree(source: str, *, block: bool) -> str:
    from xml.etree.ElementTree import tostring  # noqa: PLC0415 - few answers have a formula

    from latex2mathml.converter import convert_to_element  # noqa: PLC0415 - reads its symbols for 100 ms

    math = convert_to_element(source, display="block" if block else "inline")
    for element in math.iter():
        element.text = unescape(element.text or "")
        element.tail = unescape(element.tail or "")
        for name in [name for name in element.attrib if name not in ATTRIBUTES]:
            del element.attrib[name]
    if block:
        math.set("tabindex", "0")  # a formula wider than the page is scrolled by keyboard too
    return tostring(math, encoding="unicode", short_empty_elements=False)
