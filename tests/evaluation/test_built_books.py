"""A book as its generator builds it: every link of a passage opens a page and an anchor of the built site.

`make test-long` downloads the source from PyPI and builds it with MkDocs in an environment of its own. It prints the
version, and skips the book if PyPI or the build is unavailable.
"""

import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
import yaml

from glossator.domain.book.links import BookLink, check_links
from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter

SOURCE: Final = "starlette"
MKDOCS: Final = ("mkdocs>=1.6,<2", "pymdown-extensions")
BACKENDS: Final = ("hatchling",)
SECONDS: Final = 300
CONFIG: Final = {
    "site_name": SOURCE,
    "site_url": "https://book.example/docs/",
    "markdown_extensions": [
        "attr_list", "admonition", "pymdownx.highlight", "pymdownx.superfences", "pymdownx.details",
        {"pymdownx.tabbed": {"alternate_style": True}},
    ],
}  # fmt: skip
"""Without the theme of the book and what it needs; anchors and addresses do not depend on it."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200), pytest.mark.xdist_group("mkdocs")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the book, and in `site` what MkDocs makes of it."""
    folder = tmp_path_factory.mktemp("mkdocs")
    python = folder / "environment" / "bin" / "python"
    pip = (str(python), "-m", "pip", "-q", "--disable-pip-version-check")
    try:
        run(sys.executable, "-m", "venv", "environment", folder=folder)
        run(*pip, "install", *MKDOCS, *BACKENDS, folder=folder)
        run(*pip, "download", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", SOURCE, folder=folder)
        (archive,) = folder.glob(f"{SOURCE}-*.tar.gz")
        project = unpack(archive)
        run(str(python), "-m", "mkdocs", "build", "--site-dir", "site", folder=project)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        pytest.skip(f"{SOURCE} cannot be built: {error}")
    print(f"read: {archive.name}")
    return project


def run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)


def unpack(archive: Path) -> Path:
    with tarfile.open(archive) as files:
        files.extractall(archive.parent, filter="data")
    project = archive.parent / archive.name.removesuffix(".tar.gz")
    (project / "mkdocs.yml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    return project


@pytest.mark.parametrize("docs", ["docs", "."])
def test_every_link_opens_a_page_and_an_anchor(project: Path, docs: str) -> None:
    splitter, pages = Splitter(Limits(1000)), read_pages(project / docs, "auto")
    passages = [one for page in pages if isinstance(page, Page) for one in splitter(page)]
    counts = Counter((passage.page, passage.url) for passage in passages)
    links = [BookLink(page, url, number) for (page, url), number in sorted(counts.items())]

    report = check_links(links, project / "site", "docs")

    print(f"{len(links)} links of {len(passages)} passages, {len(report.broken)} broken")
    assert len(links) > 100
    assert report.broken == ()
