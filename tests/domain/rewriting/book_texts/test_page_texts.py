"""The texts that are rewritten in advance are those that a reader's browser sends."""

from collections.abc import Callable
from typing import Final

import pytest

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.budget.caps import Payer
from glossator.domain.ports.chat_model import Prompt
from glossator.domain.rewriting.book_texts.page_texts import book_texts, page_texts
from glossator.domain.rewriting.request import RewriteRequest, adjustment, translation
from glossator.domain.rewriting.warm_up import WarmUp
from tests.domain.rewriting.browser import inner_texts
from tests.domain.rewriting.models import WORD, RewritingModel, Setup, plainer, quoted_text
from tests.places import STARLETTE_DOCS

PAGE: Final = """---
title: Topics
---
# Topics {#topics}

A *node* publishes `messages`
on a [topic](https://ros.org/a_(b)) &amp; others.
Two spaces endTWO
a line, so does<br/>a tag.

- One item
- Another item
  over two lines

  - a nested one
1. A numbered one

| Name | What it is |
|------|------------|
| `pub` | *It* publishes |

> A quoted text with ![an image](image.png) in it.

<div class="note">

Between tags stands a text.

</div>

```python
code = "is no text"
```

LONG
"""
LONG: Final = "A paragraph with *emphasis* and `code` that goes on and on. " * 30


def wordy(prompt: Prompt) -> str:
    """A correct translation that is never too short."""
    return WORD.sub("ترجمانی", quoted_text(prompt))


def page_of(source: str, path: str = "page.md") -> Page:
    return parse_page(path, source)


def test_page_texts_match_those_of_a_browser() -> None:
    source = PAGE.replace("LONG", LONG).replace("TWO", "  ")

    texts = list(page_texts(page_of(source)))

    assert len(texts) == 13
    assert sorted(text.removesuffix("\u200b") for text in inner_texts(source)) == sorted(texts)


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("A text.\n\n## A title {#an-id}", ["Page", "A text.", "A title"]),
        ("A text.\n\n## A title {/* #an-id */}", ["Page", "A text.", "A title"]),
        ("---\ntitle: Of the front matter\n---\nA text.", ["Of the front matter", "A text."]),
        (":::note[A title]\n\nA text.\n\n:::", ["Page", "A title", "A text."]),
        (":::tip A title {.class}\n\nA text.\n\n:::", ["Page", "A title", "A text."]),
        ('!!! note "A title"\n    A text.', ["Page", "A title", "A text."]),
        ("A text <!-- nobody sees --> goes on {/* nor this */} here.", ["Page", "A text goes on here."]),
        ("- [x] A task\n- [link] alone", ["Page", "A task", "[link] alone"]),
        ("It costs $5, and $E = mc^2$ is a formula.", ["Page", "It costs $5, and $E = mc^2$ is a formula."]),
        ("![An image](image.png)", ["Page"]),
    ],
)
def test_site_specific_marks_are_rendered(source: str, texts: list[str]) -> None:
    assert [text for text in page_texts(page_of(source)) if text] == texts


def test_heading_ids_are_text_for_generators_without_them() -> None:
    assert "A title {#an-id}" in list(page_texts(parse_page("a.md", "## A title {#an-id}", Dialect("github"))))


def test_texts_are_unique_and_within_the_length_limit() -> None:
    pages = [page_of("A text.\n\nA text.\n\n" + "word " * 1700), page_of("A text.\n")]

    assert book_texts(pages) == ["Page", "A text."]


@pytest.mark.skipif(not STARLETTE_DOCS.is_dir(), reason=f"the real book is not there: {STARLETTE_DOCS}")
@pytest.mark.parametrize(
    ("wanted", "rewrite", "every"),
    [(translation("ur"), wordy, 2), (adjustment("beginner"), plainer, 4)],
    ids=["ur", "beginner"],
)
async def test_a_real_book_rewritten_in_advance_needs_no_model_calls(
    wanted: RewriteRequest, rewrite: Callable[[Prompt], str], every: int
) -> None:
    setup = Setup(RewritingModel(rewrite=rewrite))
    service = setup.rewriting()
    warm_up = WarmUp(service, (1.0, 1.0))
    pages = [page for page in read_pages(STARLETTE_DOCS, "github") if isinstance(page, Page)][::every]

    done = await warm_up.run(await warm_up.plan(book_texts(pages), wanted), wanted, lambda _: None)
    calls = len(setup.model.calls)
    sent = [text for page in pages for text in inner_texts(page.source)]
    await service.rewrite(sent, wanted, payer=Payer("192.0.2.1"))

    assert len(sent) > 100
    assert done.failed == ()
    assert [prompt.user for prompt in setup.model.calls[calls:]] == []
