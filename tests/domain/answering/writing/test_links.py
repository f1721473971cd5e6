import pytest

from glossator.domain.answering.writing.inline import is_book_page
from tests.domain.answering.writing.writers import SITE


@pytest.mark.parametrize(
    ("target", "base_url"),
    [
        ("/read/page", "/read/"),
        ("/read/page.html?at=7#part", "/read/"),
        ("/read/%D9%85#%D9%85", "/read/"),
        ("#part", "/read/"),
        ("page", "/read/"),
        ("./deep/page#part", "/read/"),
        ("page#a:b", "/read/"),
        ("https://book.example/docs/", SITE),
        ("https://book.example/docs/page#part", SITE),
    ],
)
def test_page_of_the_book_is_kept(target: str, base_url: str) -> None:
    assert is_book_page(target, base_url)


@pytest.mark.parametrize("base_url", ["/read/", SITE])
@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "HTTPS://EVIL.EXAMPLE/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/admin",
        "/readme",
        "?x=1",
        "../up",
        "/read/../admin",
        "/read/x/..",
        "/read/%2e%2E/admin",
        "/read/%2F%2Fevil.example",
        "/read/%5cevil.example",
        "/read/%0d%0aX",
        "/read/\tx",
        "\tjavascript:alert(1)",
        "java\nscript:alert(1)",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "mailto:me@evil.example",
        "ftp:x",
        "page:x",
        "/read/a b",
        "/read/(x)",
        "/read/%zz",
        "https://book.example.evil.example/docs/",
        "https://book.example@evil.example/docs/",
        "https://book.example/docs/../admin",
        "https://book.example/docs",
        "/read/\u202epage",
    ],
)
def test_any_other_target_is_not(target: str, base_url: str) -> None:
    assert not is_book_page(target, base_url)
