from pathlib import Path

import pytest

from glossator.configuration.accounts import SIGNING_KEY_FILE, load_or_create_secret
from glossator.kernel.errors import SettingsInvalid


def test_it_is_generated_once_and_stored(tmp_path: Path) -> None:
    generated = load_or_create_secret(tmp_path / "data" / "deeper")

    assert len(generated) >= 32
    assert load_or_create_secret(tmp_path / "data" / "deeper") == generated
    assert load_or_create_secret(tmp_path / "elsewhere") != generated


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    load_or_create_secret(tmp_path)

    assert (tmp_path / SIGNING_KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_an_unusable_folder_is_a_settings_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsInvalid, match="DATA_PATH: cannot store the session secret there"):
        load_or_create_secret(tmp_path / "file")


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / SIGNING_KEY_FILE).write_text("short")

    with pytest.raises(SettingsInvalid, match="is damaged"):
        load_or_create_secret(tmp_path)
