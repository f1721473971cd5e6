"""The texts of our pages and the language of a book."""

from collections.abc import Iterator
from typing import Any

import pytest

from glossator.web.http.errors.problem import MESSAGES
from glossator.web.http.texts import PageLanguage, dictionary, page_language, problems, texts_for

NOT_ON_PAGES = {
    "invalid_json", "conversation_not_found", "feedback_off", "answer_not_found", "invalid_callback_url",
    "email_can_not_be_updated", "no_fields_to_update", "session_not_fresh", "session_expired", "reset_token_refused",
    "reset_password_disabled", "target_too_long", "headers_too_large", "needs_model", "upload_too_large",
    "upload_refused", "upload_damaged", "refused", "ingest_running", "report_off",
}  # fmt: skip
"""Codes of routes that no page of ours leads to."""
LIMITS = {"limit_network", "limit_account", "limit_site"}


def keys(texts: Any, before: str = "") -> Iterator[str]:
    for name, value in texts.items():
        yield from keys(value, f"{before}{name}.") if isinstance(value, dict) else [f"{before}{name}"]


def test_every_language_has_the_same_texts() -> None:
    first, *others = (sorted(keys(texts)) for texts in dictionary().values())

    assert others
    assert all(other == first for other in others)


@pytest.mark.parametrize("language", [language for language in dictionary() if language != "en"])
def test_every_language_says_what_went_wrong(language: str) -> None:
    assert problems()[language].keys() == (MESSAGES.keys() - NOT_ON_PAGES) | LIMITS


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
