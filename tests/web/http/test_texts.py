"""The texts of our pages and the language of a book."""

from collections.abc import Iterator
from typing import Any

import pytest

from glossator.web.http.texts import PageLanguage, dictionary, page_language, texts_for


def keys(texts: Any, before: str = "") -> Iterator[str]:
    for name, value in texts.items():
        yield from keys(value, f"{before}{name}.") if isinstance(value, dict) else [f"{before}{name}"]


def test_every_language_has_the_same_texts() -> None:
    first, *others = (sorted(keys(texts)) for texts in dictionary().values())

    assert others
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How an answer is found in a book", PageLanguage("en", "ltr")),
        ("Wie man eine Antwort in dem Buch findet", PageLanguage("de", "ltr")),
        ("", PageLanguage("", "ltr")),
        ("کتاب میں جواب کیسے ملتا ہے", PageLanguage("ur", "rtl")),
        ("ROS 2 کے بارے میں ایک کتاب", PageLanguage("ur", "rtl")),
        ("كيف تجد الجواب في الكتاب", PageLanguage("ar", "rtl")),
        ("چگونه پاسخ پیدا می‌شود", PageLanguage("fa", "rtl")),
        ("איך מוצאים תשובה בספר", PageLanguage("he", "rtl")),
        ("Как найти ответ в книге", PageLanguage("", "ltr")),
    ],
)
def test_the_language_of_a_text_is_recognised(text: str, language: PageLanguage) -> None:
    assert page_language(text) == language


@pytest.mark.parametrize(("tag", "used"), [("ur", "ur"), ("en", "en"), ("de", "en"), ("ar", "en"), ("", "en")])
def test_the_texts_are_english_where_the_language_of_the_book_has_none(tag: str, used: str) -> None:
    assert texts_for(PageLanguage(tag, "rtl"))[0].tag == used
