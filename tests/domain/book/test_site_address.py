"""SITE_URL, the base in the site's configuration, and what is reported about the two."""

import pytest

from glossator.domain.book.site_address import address_note, links_base
from glossator.domain.book.sources.site_base import SiteBase

DOCS = SiteBase("docs", "mkdocs.yml says site_url /docs/")


@pytest.mark.parametrize(
    ("base_url", "base", "used"),
    [
        ("https://a.example/", "docs", "https://a.example/docs/"),
        ("https://a.example/", "", "https://a.example/"),
        ("https://a.example/x/", "docs", "https://a.example/x/"),
        ("/read/", "docs", "/read/"),
    ],
)
def test_base_of_the_configuration_is_used_for_a_host_without_a_path(base_url: str, base: str, used: str) -> None:
    assert links_base(base_url, base) == used


def test_base_from_the_configuration_is_reported() -> None:
    assert str(address_note("https://a.example", DOCS)) == (
        "SITE_URL has no path, but mkdocs.yml says site_url /docs/: links use https://a.example/docs/"
    )


def test_another_path_in_site_url_is_a_conflict_that_names_both() -> None:
    note = address_note("https://a.example/x", DOCS)

    assert note is not None
    assert (note.kind, note.message) == (
        "conflict",
        "SITE_URL has the path /x/, but mkdocs.yml says site_url /docs/: links use https://a.example/x/",
    )


@pytest.mark.parametrize(
    ("site_url", "base"), [("", DOCS), ("https://a.example/docs", DOCS), ("https://a.example/x", None)]
)
def test_nothing_is_reported_without_a_difference(site_url: str, base: SiteBase | None) -> None:
    assert address_note(site_url, base) is None
