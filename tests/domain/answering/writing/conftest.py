from collections.abc import Iterator

import pytest

from tests.markdown_renderers.renderers import Renderer, marked, with_commonmark, with_markdown_it


@pytest.fixture(scope="session")
def renderers() -> Iterator[dict[str, Renderer]]:
    with marked() as render:
        yield {"marked": render, "markdown-it": with_markdown_it, "commonmark": with_commonmark}
