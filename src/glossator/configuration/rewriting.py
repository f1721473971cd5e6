"""Settings for translating pages and adjusting their reading level."""

from typing import Any, Final

from glossator.domain.rewriting.languages.tags import ANY, valid_language
from glossator.kernel.settings.setting import BadValue, Setting
from glossator.kernel.settings.types import FLAG, TEXT_LIST, integer, number, optional, validated


def _validate_languages(tags: tuple[str, ...]) -> None:
    wrong = [tag for tag in tags if tag != ANY and valid_language(tag) != tag]
    if wrong:
        raise BadValue("must be BCP 47 language tags in their usual form, such as ur or pt-BR, or * for any language")


REWRITING_ONLY_BOOK: Final = Setting(
    "REWRITING__ONLY_BOOK",
    optional(FLAG),
    "Rewrite only texts of the book; unset: yes, unless another program filled the index",
)
REWRITING_TERMS: Final = Setting(
    "REWRITING__TERMS",
    TEXT_LIST,
    "Comma-separated terms and names (such as Isaac Sim) that are not translated; a text that consists only of such"
    " names counts as not translated when the model leaves it in its script",
)
REWRITING_CONCURRENCY: Final = Setting(
    "REWRITING__CONCURRENCY", integer(1, 200), "Maximum number of concurrent model calls for all readers together"
)
REWRITING_DEADLINE: Final = Setting(
    "REWRITING__DEADLINE",
    number(1, 600),
    "Timeout of a batch in seconds; proportionally longer for a text of more than 2,000 characters",
)
REWRITING_DAILY: Final = Setting(
    "REWRITING__DAILY",
    integer(0, 1_000_000),
    "Maximum number of new texts per day and client network that may not be the book's own",
)
REWRITING_LANGUAGES: Final = Setting(
    "REWRITING__LANGUAGES",
    validated(TEXT_LIST, _validate_languages),
    "Languages that readers can have pages translated into, as BCP 47 tags; * for any language",
)
REWRITING_CACHE_MEGABYTES: Final = Setting(
    "REWRITING__CACHE_MEGABYTES",
    integer(1, 100_000),
    "Size of the cache in MB; least recently used results are evicted",
)

REWRITING_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    REWRITING_ONLY_BOOK,
    REWRITING_TERMS,
    REWRITING_CONCURRENCY,
    REWRITING_DEADLINE,
    REWRITING_DAILY,
    REWRITING_LANGUAGES,
    REWRITING_CACHE_MEGABYTES,
)
