"""Our rules against sites that the generators built: `tools/generator_fixtures` makes `tests/data/generators`.

The sites of mdBook and GitHub are written by their documentation, which their files say.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from glossator.domain.book.pages.dialect.generators import GENERATORS, Dialect, GeneratorChoice
from glossator.domain.book.pages.front_matter import FrontMatter
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.sections import read_sections
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.sources.generator import choose_dialect
from glossator.domain.book.sources.site_config import Site, SiteConfig
from glossator.domain.book.sources.upload import UploadProject
from tests.places import GENERATOR_SITES

Fixture = Mapping[str, Any]
FIXTURES = sorted(GENERATOR_SITES.glob("*.json"))


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def fixture(request: pytest.FixtureRequest) -> Fixture:
    path: Path = request.param
    found: Fixture = json.loads(path.read_text(encoding="utf-8"))
    return found


def dialect_of(fixture: Fixture) -> Dialect:
    configs = tuple(SiteConfig(name, 0, text) for name, text in fixture["configs"].items())
    choice: GeneratorChoice = "auto" if configs else fixture["generator"]
    return choose_dialect(choice, Site((), configs), UploadProject({}))


def test_every_generator_is_compared() -> None:
    generators = {json.loads(path.read_text(encoding="utf-8"))["generator"] for path in FIXTURES}

    assert generators == set(GENERATORS)


def test_configuration_names_the_generator(fixture: Fixture) -> None:
    assert dialect_of(fixture).generator == fixture["generator"]


def test_headings_have_the_anchors_of_the_generator(fixture: Fixture) -> None:
    source = "# Top\n\n" + "\n\n".join(f"## {heading}\n\nText." for heading, _ in fixture["headings"])
    sections = read_sections(parse_page("page.md", source, dialect_of(fixture)))
    anchors = [section.headings[-1].anchor for section in sections if section.headings[-1].level == 2]

    made = [anchor for _, anchor in fixture["headings"]]

    assert list(zip(anchors, made, strict=True)) == list(zip(made, made, strict=True))


def test_pages_have_the_addresses_of_the_generator(fixture: Fixture) -> None:
    dialect = dialect_of(fixture)
    found = {path: page_url(path, FrontMatter(**fields), dialect) for path, fields, _ in fixture["pages"]}

    assert found == {path: address for path, _, address in fixture["pages"]}
