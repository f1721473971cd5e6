"""The texts of our pages, in the language of the book where `texts.toml` has it, and the book's own language."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import ceil
from typing import Any, Final, Literal

from markupsafe import Markup

from glossator.domain.answering.language import is_urdu, language_of
from glossator.domain.book.words import uses_latin_script
from glossator.web.http.errors.problem import Problem

DEFAULT: Final = "en"
PERSIAN_LETTERS: Final = frozenset("\u067e\u0686\u0698\u06af\u06cc")

Direction = Literal["rtl", "ltr"]
Texts = Mapping[str, Any]


@dataclass(frozen=True)
class PageLanguage:
    """`tag` is empty where the text does not show its language."""

    tag: str
    direction: Direction


@lru_cache(maxsize=1)
def dictionary() -> Mapping[str, Texts]:
    return tomllib.loads((files("glossator.web") / "pages" / "texts.toml").read_text(encoding="utf-8"))


def texts_for(language: PageLanguage) -> tuple[PageLanguage, Texts]:
    """The texts, with their own language."""
    known = dictionary()
    if language.tag in known:
        return language, known[language.tag]
    return PageLanguage(DEFAULT, "ltr"), known[DEFAULT]


def texts_in(tag: str) -> Texts:
    """Of the tag's language, or the default texts."""
    known = dictionary()
    return known.get(tag.partition("-")[0].lower(), known[DEFAULT])


@lru_cache(maxsize=1)
def problems() -> Mapping[str, Mapping[str, str]]:
    """In other languages than English, whose sentences are `MESSAGES`."""
    return tomllib.loads((files("glossator.web") / "pages" / "problems.toml").read_text(encoding="utf-8"))


def problem_sentence(problem: Problem, language: PageLanguage) -> str:
    """In the language of the page; its own English sentence where the language has none."""
    known = problems().get(language.tag, {})
    reached = problem.reached if problem.reached and problem.code == "too_many_requests" else None
    key = f"limit_{reached.scope}" if reached else problem.code
    if key not in known:
        english = Markup('<span lang="en" dir="ltr">{}</span>')
        return problem.detail if language.tag == DEFAULT else english.format(problem.detail)
    return known[key].format(minutes=ceil((problem.retry_after or 0) / 60))


def page_language(text: str) -> PageLanguage:
    """Of a text of some hundred characters."""
    if _is_right_to_left(text):
        return PageLanguage(_right_to_left_tag(text), "rtl")
    found = language_of(text) if uses_latin_script(text) else ""
    return PageLanguage(found, "ltr")


def _is_right_to_left(text: str) -> bool:
    """Whether most letters are."""
    directions = [unicodedata.bidirectional(character) for character in text]
    return sum(one in {"R", "AL"} for one in directions) > directions.count("L")


def _right_to_left_tag(text: str) -> str:
    letters = set(text)
    if is_urdu(text):
        return "ur"
    if any("\u0590" <= letter <= "\u05ff" for letter in letters):
        return "he"
    return "fa" if letters & PERSIAN_LETTERS else "ar"
