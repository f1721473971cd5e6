"""The shapes of requests to rewrite texts."""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from glossator.domain.rewriting.languages import valid_language
from glossator.domain.rewriting.wish import Level
from glossator.web.bodies import Body, ExactText, between

DEFAULT_LANGUAGE: Final = "ur"
MOST_TEXTS: Final = 50
MOST_CHARACTERS: Final = 8000
BATCH_BYTES: Final = 5 * 2**20
"""Holds the largest batch however it is written: a character takes 12 bytes at most, as two escapes of JSON."""


def _language(tag: str) -> str:
    found = valid_language(tag)
    if found is None:
        raise ValueError("must be a language's BCP 47 tag, such as ur or pt-BR")
    return found


def _none_as_default(value: object) -> object:
    return DEFAULT_LANGUAGE if value is None else value


LanguageTag = Annotated[str, AfterValidator(_language), BeforeValidator(_none_as_default)]
PageText = Annotated[ExactText, between(0, MOST_CHARACTERS)]
PageTexts = Annotated[list[PageText], Field(max_length=MOST_TEXTS)]


class TranslateBody(Body):
    text: PageText
    target_language: LanguageTag = DEFAULT_LANGUAGE


class TranslateBatchBody(Body):
    texts: PageTexts
    target_language: LanguageTag = DEFAULT_LANGUAGE


class AdjustBody(Body):
    text: PageText
    target_level: Level


class AdjustBatchBody(Body):
    texts: PageTexts
    target_level: Level
