import pytest

from glossator.domain.book.pages.dialect.generators import Dialect, Generator
from glossator.domain.book.pages.dialect.line_marks import read_line_marks


def read(text: str, generator: Generator = "docusaurus") -> str:
    return "\n".join(line for line in read_line_marks(text.split("\n"), Dialect(generator)) if line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> [!NOTE]\n> Text.", "> **Note**\n>\n> Text."),
        ("> > [!tip]- Own *title*\n> > Text.", "> > **Own *title***\n> >\n> > Text."),
        ("# Title\n{: #an-id .x }", "# Title {#an-id}"),
        ("* TOC\n{:toc}\nText.", "Text."),
        ("Text.\n{ .class key=value }", "Text."),
        ("{a: 1}", "{a: 1}"),
        ("```{note} Title\nText.\n```", ":::note[Title]\nText.\n:::"),
        ("````{tip}\n```js\n{: .x }\n```\n````", ":::tip\n```js\n{: .x }\n```\n:::"),
        (":::{tab-item} One\n:sync: a\nText.\n:::", ":::label{#}\nOne\nText.\n:::end"),
        ("```{toctree}\na\n```\nText.", "Text."),
        ("```{code-block} python\n:linenos:\nx = 1\n```", "```python\nx = 1\n```"),
        ("```{unknown} x\nText.\n```", "```{unknown} x\nText.\n```"),
        ("```{note}\nNever closed.", ":::note\nNever closed.\n:::"),
        (
            "::: code-group\n```js [a.js]\nx\n```\n```js\ny\n```\n:::",
            ":::label{#}\na.js\n```js [a.js]\nx\n```\n:::end\n```js\ny\n```",
        ),
        ("```\n> [!NOTE]\n{: .x }\n```", "```\n> [!NOTE]\n{: .x }\n```"),
    ],
)  # fmt: skip
def test_marks_of_lines_become_common_markup(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("generator", "text", "expected"),
    [
        ("sphinx", "% A comment\nText.", "Text."),
        ("github", "% A line with {doc}`x`.", "% A line with {doc}`x`."),
        ("vitepress", "A {{ site.x }} and `{{ y }}`.", "A  and `{{ y }}`."),
        ("mkdocs", "A {{ x }}.", "A {{ x }}."),
        ("mkdocs", "[A](b){ .c } and **d**{ #e }.", "[A](b) and **d**."),
        ("sphinx", r"$\sum_{t=0}^n x_{.5} [b]{a=1}$", r"$\sum_{t=0}^n x_{.5} [b]{a=1}$"),
        ("jekyll", "[A](b){:c='d'} and $x_{i=0}$.", "[A](b) and $x_{i=0}$."),
        ("mkdocs", "## :octicons-file-16:{ .lg } `a:material-x:b`", "## `a:material-x:b`"),
    ],
)  # fmt: skip
def test_other_marks_depend_on_the_generator(generator: Generator, text: str, expected: str) -> None:
    assert read(text, generator) == expected
