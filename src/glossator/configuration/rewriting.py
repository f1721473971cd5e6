"""The operator's settings about translating pages and adjusting their level."""

from typing import Any, Final

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, TEXT_LIST, integer, number, optional

REWRITING_ONLY_BOOK: Final = Setting(
    "REWRITING__ONLY_BOOK",
    optional(FLAG),
    "Whether only the book's own texts are rewritten. Unset: yes, unless the index was filled by another program",
)
REWRITING_TERMS: Final = Setting(
    "REWRITING__TERMS",
    TEXT_LIST,
    "Terms of the book that stay as they are in every language, with commas between. Names too (Isaac Sim): a text of"
    " such names alone that a model leaves in its script counts as not translated",
)
REWRITING_CONCURRENCY: Final = Setting(
    "REWRITING__CONCURRENCY", integer(1, 200), "Model calls at a time, for all readers together"
)
REWRITING_DEADLINE: Final = Setting(
    "REWRITING__DEADLINE",
    number(1, 600),
    "Seconds for a batch of texts; one longer than 2,000 characters has time in proportion",
)
REWRITING_DAILY: Final = Setting(
    "REWRITING__DAILY", integer(0, 1_000_000), "New texts a day that one client network may cause"
)
REWRITING_CACHE_MEGABYTES: Final = Setting(
    "REWRITING__CACHE_MEGABYTES", integer(1, 100_000), "Stored results; those unused for longest go first"
)

REWRITING_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    REWRITING_ONLY_BOOK,
    REWRITING_TERMS,
    REWRITING_CONCURRENCY,
    REWRITING_DEADLINE,
    REWRITING_DAILY,
    REWRITING_CACHE_MEGABYTES,
)
