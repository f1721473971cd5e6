"""The settings of the openai plugin."""

from typing import Any, Final

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, URL, integer, number, optional

DEFAULT_URL: Final = "https://api.openai.com/v1"

API_KEY: Final = Setting(
    "OPENAI_API_KEY",
    optional(SECRET),
    "API key of OpenAI; optional for the server of OPENAI_BASE_URL",
    required=True,
    unless="OPENAI_BASE_URL",
)
BASE_URL: Final = Setting("OPENAI_BASE_URL", optional(URL), "URL of an OpenAI-compatible server; unset: OpenAI")
MODEL: Final = Setting("OPENAI_MODEL", TEXT, "Model that writes the answers")
EMBEDDING_MODEL: Final = Setting(
    "OPENAI_EMBEDDING_MODEL", TEXT, "Embedding model; a change needs `glossator ingest --rebuild`"
)
EMBEDDING_DIMENSION: Final = Setting(
    "OPENAI__EMBEDDING_DIMENSION",
    optional(integer(1, 65536)),
    "Dimension of the vectors, for models that support it; unset: the dimension of the model",
)
TIMEOUT: Final = Setting(
    "OPENAI__TIMEOUT",
    number(0.1, 600),
    "Timeout in seconds until the first token, between tokens (at most 10), and of the embedding of a question",
)
MAX_RETRIES: Final = Setting("OPENAI__MAX_RETRIES", integer(0, 10), "Retries after a transient failure")
CONCURRENCY: Final = Setting(
    "OPENAI__CONCURRENCY", integer(1, 10_000), "Maximum number of answers, and of embedding calls, at the same time"
)
QUEUE: Final = Setting(
    "OPENAI__QUEUE", integer(0, 10_000), "Maximum number of calls of each kind that wait; further ones are refused"
)
STREAM_USAGE: Final = Setting(
    "OPENAI__STREAM_USAGE", FLAG, "Request token counts in streams; some compatible servers reject this"
)
LEGACY_MAX_TOKENS: Final = Setting(
    "OPENAI__LEGACY_MAX_TOKENS",
    FLAG,
    "Send max_tokens instead of max_completion_tokens, for servers that support only that",
)
SEND_TEMPERATURE: Final = Setting("OPENAI__SEND_TEMPERATURE", FLAG, "Send the temperature; reasoning models reject it")
JSON_ANSWERS: Final = Setting(
    "OPENAI__JSON_ANSWERS", FLAG, "Request answers as JSON, sentence by sentence; tried with one call at the start"
)
PROMPT_PRICE: Final = Setting(
    "OPENAI__PROMPT_PRICE",
    optional(number(0, 10000)),
    "USD per million prompt tokens of OPENAI_MODEL; unset: its known price, or 0 for a server on this machine",
)
COMPLETION_PRICE: Final = Setting(
    "OPENAI__COMPLETION_PRICE",
    optional(number(0, 10000)),
    "USD per million completion tokens of OPENAI_MODEL; unset: its known price, or 0 for a server on this machine",
)
EMBEDDING_PRICE: Final = Setting(
    "OPENAI__EMBEDDING_PRICE",
    optional(number(0, 10000)),
    "USD per million tokens of OPENAI_EMBEDDING_MODEL; unset: its known price, or 0 for a server on this machine",
)
EVIDENCE_NONE: Final = Setting(
    "OPENAI__EVIDENCE_NONE",
    number(0, 1),
    "Cosine similarity below which a passage is not about the question (not measured)",
)
EVIDENCE_WEAK: Final = Setting(
    "OPENAI__EVIDENCE_WEAK", number(0, 1), "Cosine similarity below which a passage is weak evidence (not measured)"
)

SETTINGS: Final[tuple[Setting[Any], ...]] = (
    API_KEY,
    BASE_URL,
    MODEL,
    EMBEDDING_MODEL,
    EMBEDDING_DIMENSION,
    TIMEOUT,
    MAX_RETRIES,
    CONCURRENCY,
    QUEUE,
    STREAM_USAGE,
    LEGACY_MAX_TOKENS,
    SEND_TEMPERATURE,
    JSON_ANSWERS,
    PROMPT_PRICE,
    COMPLETION_PRICE,
    EMBEDDING_PRICE,
    EVIDENCE_NONE,
    EVIDENCE_WEAK,
)
