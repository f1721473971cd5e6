"""Settings of accounts, and the generated secret that signs sessions when none is set."""

import os
import secrets
from pathlib import Path
from typing import Any, Final, Literal

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import FLAG, TEXT, choice, integer

SIGNING_KEY_FILE: Final = "better_auth_secret"
SIGNING_KEY_BYTES: Final = 32
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


def load_or_create_secret(folder: Path) -> Secret:
    """Created once, and only its owner can read it (0600). Raises SettingsInvalid when the folder cannot be used."""
    path = folder / SIGNING_KEY_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_new(path, secrets.token_urlsafe(SIGNING_KEY_BYTES))
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            ["DATA_PATH: cannot store the session secret there - choose a writable folder or set BETTER_AUTH_SECRET"]
        ) from None
    if len(text) < SIGNING_KEY_BYTES:
        raise SettingsInvalid(
            [f"DATA_PATH: the file {SIGNING_KEY_FILE} in it is damaged - remove it, which signs everyone out"]
        )
    return Secret(text)


def load_secret(folder: Path) -> Secret | None:
    """Return the existing secret, for commands that change nothing."""
    try:
        exists = (folder / SIGNING_KEY_FILE).exists()
    except OSError:
        exists = True  # reading the file reports the error
    return load_or_create_secret(folder) if exists else None


def _write_new(path: Path, text: str) -> None:
    """Keep the file of another process that wrote it first."""
    try:
        with open(path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
    except FileExistsError:
        return
