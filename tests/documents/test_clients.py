"""The blocks of docs/clients.md that need nothing but the test tools run against a server."""

import os
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.documents.blocks import Block, blocks_of
from tests.documents.conftest import Documented

ADDRESS: Final = "http://127.0.0.1:8080"
BLOCKS: Final = blocks_of("clients.md")
ELSEWHERE: Final = ("langchain_openai", "llama_index")
PROGRAMS: Final = [
    block for block in BLOCKS if block.language == "python" and not any(name in block.text for name in ELSEWHERE)
]
COMMANDS: Final = [one for one in BLOCKS if one.text.startswith("curl")]


def here(block: Block, documented: Documented) -> str:
    assert ADDRESS in block.text
    return block.text.replace(ADDRESS, documented.running.url)


def test_the_document_has_a_block_for_each_kind_of_client() -> None:
    languages = [block.language for block in BLOCKS]

    assert (len(PROGRAMS), len(COMMANDS)) == (2, 2)
    assert languages.count("json") == 2
    assert languages.count("yaml") == 1


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.section.lower())
def test_programs_print_an_answer(
    block: Block, documented: Documented, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "program.py").write_text(here(block, documented), "utf-8")

    runpy.run_path(str(tmp_path / "program.py"))

    assert "[1]" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.section.lower())
def test_commands_print_the_book(block: Block, documented: Documented) -> None:
    for command in here(block, documented).replace("\\\n", "").splitlines():
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.replace("curl -s", "curl -sSf")],
            env={**os.environ, **documented.variables}, capture_output=True, text=True, check=False, timeout=150,
        )  # fmt: skip

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
