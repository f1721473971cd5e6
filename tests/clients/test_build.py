"""The component's committed files are what the sources build, wherever they are built."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from pathspec import GitIgnoreSpec

from tests.clients.workspace import CLIENTS, NodeWorkspace
from tests.places import ROOT

BUILT: Final = ROOT / "src" / "glossator" / "web" / "built"
LOCKS: Final = (CLIENTS / "package-lock.json", *sorted((ROOT / "examples").glob("*/package-lock.json")))


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_building_again_gives_the_committed_files(workspace: NodeWorkspace, tmp_path: Path) -> None:
    workspace.runs_node("build.mjs", str(tmp_path))

    built, committed = contents(tmp_path), contents(BUILT)
    assert built.keys() == committed.keys()
    changed = [name for name in built if built[name] != committed[name]]
    assert changed == [], "run `make widget` and commit its files"


def test_the_sources_have_no_type_errors(workspace: NodeWorkspace) -> None:
    assert workspace.runs_script("check") == ""


def test_importing_the_script_needs_no_browser(workspace: NodeWorkspace) -> None:
    script = f"await import({json.dumps((BUILT / 'widget.js').as_uri())}); console.log('imported')"

    assert workspace.runs_node("--input-type=module", "--eval", script) == "imported\n"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_lock_files_have_hashes_and_no_addresses(lock: Path) -> None:
    packages = json.loads(lock.read_text("utf-8"))["packages"]

    assert [path for path, package in packages.items() if "://" in package.get("resolved", "")] == []
    installed = [path for path, package in packages.items() if "node_modules/" in path and "link" not in package]
    assert [path for path in installed if "integrity" not in packages[path]] == []


@pytest.mark.parametrize(
    "package", [CLIENTS, CLIENTS / "javascript", CLIENTS / "widget"], ids=lambda folder: folder.name
)
def test_every_package_is_pinned_to_one_version(package: Path) -> None:
    described = json.loads((package / "package.json").read_text("utf-8"))
    versions = {**described.get("dependencies", {}), **described.get("devDependencies", {})}

    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_no_built_file_is_left_out_of_the_wheel() -> None:
    """Hatchling leaves out what .gitignore names."""
    ignored = GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text("utf-8").splitlines())

    assert [name for name in contents(BUILT) if ignored.match_file((BUILT / name).relative_to(ROOT))] == []
