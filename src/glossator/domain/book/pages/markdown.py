"""The one Markdown dialect of the book, for cutting pages into passages and for showing them.

CommonMark with tables, strike-through, `$` math, Python-Markdown's `!!!` and Docusaurus' `:::` admonitions and MDX.
Raw HTML is never HTML here: a line of tags alone is a `markup` token, which nobody indexes or shows; what stands
between tags is Markdown, as in MDX.
"""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from glossator.domain.book.pages.dialect import add_dialect
from glossator.domain.book.pages.formats import is_html

LONGEST_INLINE = 1000
"""A heading longer than this is no heading that anybody links to; it is not parsed for inline markup."""

FOREIGN_TO_HTML = (
    "unindent", "code", "admonition", "math_block", "comment", "tags", "module", "admonition_line", "reference",
    "lheading", "math_inline", "autolink", "html_inline", "entity",
)  # fmt: skip

Environment = dict[str, Any]


def book_markdown(path: str) -> MarkdownIt:
    """Cheap to make; it holds no state of a page. In .mdx files an indented line is no code.

    The Markdown of a page of HTML is our own, and all that looks like markup beyond that is its text.
    """
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
    markdown.use(admon_plugin).use(dollarmath_plugin, allow_space=False, allow_digits=False)
    markdown.use(add_dialect)
    if is_html(path):
        return markdown.disable(FOREIGN_TO_HTML)
    return markdown.disable("code") if path.lower().endswith(".mdx") else markdown


def block_tokens(markdown: MarkdownIt, body: str, env: Environment) -> list[Token]:
    """The block structure alone, which is linear in the size of the page; inline markup is left unparsed."""
    tokens: list[Token] = []
    markdown.block.parse(body, markdown, env, tokens)
    return tokens


def inline_text(markdown: MarkdownIt, content: str, env: Environment) -> str:
    """What a reader sees of a heading: no markup, no tags, the alternative text of images."""
    if len(content) > LONGEST_INLINE:
        return content
    return "".join(visible(child) for token in markdown.parseInline(content, env) for child in token.children or ())


def visible(token: Token) -> str:
    if token.type == "html_inline":
        return ""
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type == "image":
        return "".join(visible(child) for child in token.children or ())
    return token.content
