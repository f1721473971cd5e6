"""Writes the mean vector of the sample book's passages, which the plugin `local_models` subtracts from E5's vectors.

Never the mean of the served book: that makes questions about it look like questions about anything.
Run it with `python -m tools.e5_mean` when the model or its prefixes change; the sample book may change without it.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator_plugins.local_models.model_files import E5
from glossator_plugins.local_models.models import MEAN_FILE, e5

ROOT: Final = Path(__file__).parent.parent
TARGET: Final = ROOT / "plugins" / "glossator_plugins" / "local_models" / MEAN_FILE


async def main() -> None:
    paths = E5.find(sys.path)
    if paths is None:
        sys.exit(f"{E5.distribution} is not installed")
    model = e5(*paths, mean=None)
    splitter = Splitter("docusaurus", Limits(1000))
    pages = [page for page in read_pages(ROOT / "sample-book", "docusaurus") if isinstance(page, Page)]
    texts = [passage.indexed_text for page in pages for passage in splitter(page)]
    vectors, _ = await model.embed(texts, "passage", asyncio.Semaphore(1))
    TARGET.write_text("\n".join(f"{number:.6f}" for number in vectors.mean(axis=0)) + "\n", encoding="ascii")


if __name__ == "__main__":
    asyncio.run(main())
