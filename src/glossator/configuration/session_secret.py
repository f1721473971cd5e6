"""The secret that signs sessions on a machine whose owner set none: made once, kept in the data folder."""

import os
import secrets
from pathlib import Path
from typing import Final

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.secret import Secret

FILE: Final = "better_auth_secret"
BYTES: Final = 32


def load_or_create_secret(folder: Path) -> Secret:
    """Readable by its owner only (0600). Raises SettingsInvalid when the folder cannot be used."""
    path = folder / FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(BYTES))
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            [
                "DATA_PATH: the session secret cannot be kept there - choose a folder that you may write, or set "
                "BETTER_AUTH_SECRET"
            ]
        ) from None
    if len(text) < BYTES:
        raise SettingsInvalid([f"DATA_PATH: {FILE} in it is damaged - remove that file, which signs everyone out"])
    return Secret(text)


def load_secret(folder: Path) -> Secret | None:
    """The same without making one, for commands that only look."""
    try:
        there = (folder / FILE).exists()
    except OSError:
        there = True  # reading it tells what is wrong
    return load_or_create_secret(folder) if there else None


def _write_once(path: Path, text: str) -> None:
    """The first of two processes wins."""
    try:
        with open(path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
    except FileExistsError:
        return
