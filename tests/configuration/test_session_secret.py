from pathlib import Path

import pytest

from glossator.configuration.session_secret import FILE, load_or_create_secret
from glossator.kernel.errors import SettingsInvalid


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    made = load_or_create_secret(tmp_path / "data" / "deeper")

    assert len(made) >= 32
    assert load_or_create_secret(tmp_path / "data" / "deeper") == made
    assert load_or_create_secret(tmp_path / "elsewhere") != made


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    load_or_create_secret(tmp_path)

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_used_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsInvalid, match="DATA_PATH: the session secret cannot be kept there"):
        load_or_create_secret(tmp_path / "file")


def test_a_damaged_file_is_not_used(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("short")

    with pytest.raises(SettingsInvalid, match="is damaged"):
        load_or_create_secret(tmp_path)
