"""The generated secret that signs sessions when none is set: created once and stored in the data folder."""

import os
import secrets
from pathlib import Path
from typing import Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.secret import Secret

FILE: Final = "better_auth_secret"
BYTES: Final = 32


def load_or_create_secret(folder: Path) -> Secret:
    """Only the owner can read the file (0600). Raises SettingsInvalid when the folder cannot be used."""
    path = folder / FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_new(path, secrets.token_urlsafe(BYTES))
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            ["DATA_PATH: cannot store the session secret there - choose a writable folder or set BETTER_AUTH_SECRET"]
        ) from None
    if len(text) < BYTES:
        raise SettingsInvalid([f"DATA_PATH: the file {FILE} in it is damaged - remove it, which signs everyone out"])
    return Secret(text)


def load_secret(folder: Path) -> Secret | None:
    """Return the existing secret, for commands that change nothing."""
    try:
        exists = (folder / FILE).exists()
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
