"""Every sample of docs/api-samples.md runs against a server and prints what the document shows."""

import os
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.clients.workspace import NodeWorkspace
from tests.documents.blocks import Block, assert_same_shape, blocks_of
from tests.documents.conftest import Documented

COMMENTS: Final = {"bash": "#", "js": "//", "python": "#"}
SAMPLES: Final = [block for block in blocks_of("api-samples.md") if "export SERVER" not in block.text]


def samples(language: str) -> list[Block]:
    return [sample for sample in SAMPLES if sample.language == language]


def section(sample: Block) -> str:
    return sample.section.lower()


def shown_by(sample: Block) -> list[str]:
    """The comments at the end of a sample."""
    mark = f"{COMMENTS[sample.language]} "
    lines = list(sample.lines)
    first = next(at for at in range(len(lines), 0, -1) if not lines[at - 1].startswith(mark))
    return [line.removeprefix(mark) for line in lines[first:]]


def test_each_of_ten_routes_has_a_sample_in_each_language() -> None:
    sections = list(dict.fromkeys(sample.section for sample in SAMPLES))

    assert len(sections) == 10
    assert [(sample.section, sample.language) for sample in SAMPLES] == [
        (name, language) for name in sections for language in COMMENTS
    ]
    assert all(map(shown_by, SAMPLES))


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.parametrize("sample", samples("bash"), ids=section)
def test_samples_for_curl_run(sample: Block, documented: Documented, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", sample.text], cwd=tmp_path, env={**os.environ, **documented.variables},
        capture_output=True, text=True, check=False, timeout=150,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert_same_shape(shown_by(sample), done.stdout)


@pytest.mark.parametrize("sample", samples("js"), ids=section)
def test_samples_for_javascript_run(sample: Block, documented: Documented, workspace: NodeWorkspace) -> None:
    printed = workspace.runs_node("--input-type=module", "--eval", sample.text, **documented.variables)

    assert_same_shape(shown_by(sample), printed)


@pytest.mark.parametrize("sample", samples("python"), ids=section)
def test_samples_for_python_run(
    sample: Block,
    documented: Documented,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in documented.variables.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "sample.py").write_text(sample.text, "utf-8")

    runpy.run_path(str(tmp_path / "sample.py"))

    assert_same_shape(shown_by(sample), capsys.readouterr().out)
