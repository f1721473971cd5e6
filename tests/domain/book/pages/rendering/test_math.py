import pytest

from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.rendering.math import MAX_FORMULA, MAX_FORMULAS, formula_html
from glossator.domain.book.pages.rendering.render import render


def test_a_formula_becomes_mathml() -> None:
    html = formula_html(r"\frac{1}{2} \alpha", block=False)

    assert html.startswith('<math display="inline"><mrow><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>')
    assert "<mi>\u03b1</mi>" in html


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//evil.example)}{x}",
        r"\class{x}{y}",
        r"\color{red}{x}",
        r'\color{"onclick=alert(1)}x',
        "<script>alert(1)</script>",
    ],
)
def test_nothing_in_a_formula_is_executed_or_loaded(source: str) -> None:
    html = formula_html(source, block=False)

    assert "<math" in html
    assert not any(tag in html for tag in ("<img", "<script", "href=", "style=", "class=", "mathcolor", 'onclick="'))


@pytest.mark.parametrize(
    "source",
    [
        "x" * (MAX_FORMULA + 1),
        "{" * 1500,
        r"\sqrt" * 300,
        r"\frac{a",
        r"\def\a{xx}\a",
        r"\newcommand{\a}{b}\a",
        r"\begin{x",
    ],
)
def test_a_formula_that_cannot_be_read_is_shown_as_it_is_written(source: str) -> None:
    html = formula_html(source, block=True)

    assert html.count("<") == html.count(">")
    assert source[:20].replace("<", "&lt;") in html or "<math" in html


def test_a_page_of_formulas_is_converted_up_to_a_limit() -> None:
    formula = "x+" * 500 + "x"
    html = render(parse_page("a.md", "\n\n".join([f"${formula}$"] * 30))).html

    assert html.count("<math") == MAX_FORMULAS // len(formula)
    assert html.count('<code class="language-math">') == 30 - MAX_FORMULAS // len(formula)
