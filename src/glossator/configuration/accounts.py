"""Settings of accounts."""

from typing import Any, Final, Literal

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, TEXT, choice, integer

SameSite = Literal["lax", "none"]

AUTH_COOKIE_SAMESITE: Final[Setting[SameSite]] = Setting(
    "AUTH__COOKIE_SAMESITE",
    choice("lax", "none"),
    "SameSite of session cookies: lax, or none (always Secure) for a frontend on another site",
)
AUTH_LEGACY_TOKENS: Final = Setting(
    "AUTH__LEGACY_TOKENS", FLAG, "Accept tokens of the existing deployment until they expire"
)
AUTH_SIGN_UP: Final[Setting[Literal["open", "closed"]]] = Setting(
    "AUTH__SIGN_UP", choice("open", "closed"), "Whether readers can sign up: open or closed"
)
AUTH_ANONYMOUS_CHAT: Final = Setting(
    "AUTH__ANONYMOUS_CHAT", FLAG, "Whether readers can ask questions without signing in"
)
AUTH_FORGOTTEN_PASSWORD: Final = Setting(
    "AUTH__FORGOTTEN_PASSWORD", TEXT, "Message shown when a reader asks for a password reset (no e-mail is sent)"
)
AUTH_ARGON2_MEMORY: Final = Setting("AUTH__ARGON2_MEMORY", integer(1024, 2**20), "Argon2 memory per hash in KiB")
AUTH_ARGON2_TIME: Final = Setting("AUTH__ARGON2_TIME", integer(1, 64), "Argon2 iterations")
AUTH_ARGON2_PARALLELISM: Final = Setting("AUTH__ARGON2_PARALLELISM", integer(1, 16), "Argon2 parallelism")

ACCOUNT_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    AUTH_COOKIE_SAMESITE,
    AUTH_LEGACY_TOKENS,
    AUTH_SIGN_UP,
    AUTH_ANONYMOUS_CHAT,
    AUTH_FORGOTTEN_PASSWORD,
    AUTH_ARGON2_MEMORY,
    AUTH_ARGON2_TIME,
    AUTH_ARGON2_PARALLELISM,
)
