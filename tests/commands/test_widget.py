"""`glossator widget`: writes the component's files and prints the lines that embed them."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glossator.cli import main
from glossator.web.widget import read_component


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["widget", *arguments], prog_name="glossator")


def test_the_written_files_are_those_that_the_backend_serves(tmp_path: Path) -> None:
    result = run(str(tmp_path / "static" / "glossator"), "--backend", "https://book.example/")

    component = read_component()
    written = {file.name: file.read_bytes() for file in (tmp_path / "static" / "glossator").iterdir()}
    assert result.exit_code == 0
    assert written.pop("widget.js") == component.script.data
    others = {address: file.data for address, file in component.files.items() if file is not component.script}
    assert written == others
    assert result.stdout.endswith(
        '<script src="/glossator/widget.js" defer></script>\n'
        '<glossator-chat backend="https://book.example"></glossator-chat>\n'
    )


def test_writing_again_replaces_the_files_and_leaves_others_alone(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text("old", "utf-8")
    (tmp_path / "widget-code-old.js").write_text("of a page that is still open", "utf-8")

    assert run(str(tmp_path)).exit_code == 0

    assert (tmp_path / "widget.js").read_bytes() == read_component().script.data
    assert (tmp_path / "widget-code-old.js").exists()


def test_without_a_folder_the_line_proves_the_script_of_the_backend() -> None:
    result = run("--backend", "https://book.example")

    digest = base64.b64encode(hashlib.sha384(read_component().script.data).digest()).decode()
    found = re.search(r'src="https://book\.example/(widget-[0-9a-f]{16}\.js)" integrity="(.*?)"', result.stdout)
    assert found is not None
    assert found[1] in read_component().files
    assert found[2] == f"sha384-{digest}"


def test_json_lists_every_written_file(tmp_path: Path) -> None:
    report = json.loads(run(str(tmp_path), "--json").stdout)

    assert {file["name"]: file["bytes"] for file in report["files"]} == {
        file.name: file.stat().st_size for file in tmp_path.iterdir()
    }
    assert report["out"] == str(tmp_path)
    assert len(report["lines"]) == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = run(str(tmp_path / "file" / "out"))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {tmp_path}/file/out cannot be written: Not a directory - choose another folder\n"


@pytest.mark.parametrize(
    ("backend", "reason"),
    [("book.example", "must begin with https:// or http://."), ('https://a"b', "must be a URL"), ("", "must be a URL")],
)
def test_an_invalid_backend_is_wrong_usage(tmp_path: Path, backend: str, reason: str) -> None:
    result = run(str(tmp_path / "out"), "--backend", backend)

    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert reason in result.stderr


def test_a_file_in_place_of_the_folder_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert run(str(tmp_path / "file")).exit_code == 2
