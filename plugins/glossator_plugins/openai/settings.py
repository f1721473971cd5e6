"""The settings of the openai plugin."""

from typing import Any, Final

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, URL, integer, number, optional

DEFAULT_URL: Final = "https://api.openai.com/v1"

API_KEY: Final = Setting(
    "OPENAI_API_KEY",
    optional(SECRET),
    "Key of the OpenAI account; a server named by OPENAI_BASE_URL may need none",
    required=True,
    unless="OPENAI_BASE_URL",
)
BASE_URL: Final = Setting("OPENAI_BASE_URL", optional(URL), "Any OpenAI-compatible server; blank: OpenAI itself")
MODEL: Final = Setting("OPENAI_MODEL", TEXT, "Writes the answers")
EMBEDDING_MODEL: Final = Setting("OPENAI_EMBEDDING_MODEL", TEXT, "Makes the vectors; another one needs a rebuild")
EMBEDDING_DIMENSION: Final = Setting(
    "OPENAI__EMBEDDING_DIMENSION",
    optional(integer(1, 65536)),
    "Length of the vectors asked for, of a model that can shorten them; blank: the model's own",
)
TIMEOUT: Final = Setting(
    "OPENAI__TIMEOUT",
    number(0.1, 600),
    "Seconds until an answer's first word, between two words, and for a question's embedding",
)
MAX_RETRIES: Final = Setting("OPENAI__MAX_RETRIES", integer(0, 10), "Repetitions of a call that failed in passing")
STREAM_USAGE: Final = Setting(
    "OPENAI__STREAM_USAGE", FLAG, "Asks for token counts in streams; some compatible servers refuse it"
)
LEGACY_MAX_TOKENS: Final = Setting(
    "OPENAI__LEGACY_MAX_TOKENS",
    FLAG,
    "Sends max_tokens instead of max_completion_tokens, for servers that know only it",
)
SEND_TEMPERATURE: Final = Setting(
    "OPENAI__SEND_TEMPERATURE", FLAG, "Sends the temperature; reasoning models refuse any but their own"
)
PROMPT_PRICE: Final = Setting("OPENAI__PROMPT_PRICE", number(0, 10000), "USD for a million prompt tokens")
COMPLETION_PRICE: Final = Setting("OPENAI__COMPLETION_PRICE", number(0, 10000), "USD for a million answer tokens")
EMBEDDING_PRICE: Final = Setting("OPENAI__EMBEDDING_PRICE", number(0, 10000), "USD for a million embedded tokens")
EVIDENCE_NONE: Final = Setting(
    "OPENAI__EVIDENCE_NONE", number(0, 1), "Cosine below which no passage is about the question (not measured)"
)
EVIDENCE_WEAK: Final = Setting(
    "OPENAI__EVIDENCE_WEAK", number(0, 1), "Cosine below which a passage may not be about the question (not measured)"
)

SETTINGS: Final[tuple[Setting[Any], ...]] = (
    API_KEY,
    BASE_URL,
    MODEL,
    EMBEDDING_MODEL,
    EMBEDDING_DIMENSION,
    TIMEOUT,
    MAX_RETRIES,
    STREAM_USAGE,
    LEGACY_MAX_TOKENS,
    SEND_TEMPERATURE,
    PROMPT_PRICE,
    COMPLETION_PRICE,
    EMBEDDING_PRICE,
    EVIDENCE_NONE,
    EVIDENCE_WEAK,
)
