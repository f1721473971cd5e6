"""The README's recipes for extending Glossator work as written, each with at most five edits.

A recipe is a numbered list. An item begins with the path of a file; its Python block is a new file, and the context
lines of a diff block say where its changes go. The edits are applied to a copy of the tree, which then runs on its own.
"""

import json
import re
import shutil
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from tests.places import ROOT
from tests.processes import Done, Running, Workplace, free_port

COPIED: Final = ("src", "plugins", "settings.toml", "pyproject.toml", "tests/web/all_routes/route_table.py")
KINDS: Final = ("plugin", "route", "setting", "page format")
TABLE: Final = "length,period\n1 metre,2 seconds\n4 metres,4 seconds: a longer pendulum swings slower\n"


@dataclass(frozen=True)
class Edit:
    path: str
    blocks: tuple[tuple[str, str], ...]

    def apply(self, root: Path) -> None:
        target = root / self.path
        for language, block in self.blocks:
            if language == "python":
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block, "utf-8")
            else:
                target.write_text(patched(target.read_text("utf-8"), block), "utf-8")


def edits(kind: str) -> list[Edit]:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = re.split(r"\n#+ ", readme.partition(f"### Add a {kind}\n")[2])[0]
    return [edit_of(item) for item in re.split(r"(?m)^\d+\. ", section)[1:]]


def edit_of(item: str) -> Edit:
    path = re.search(r"`([^`]+)`", item.partition("\n")[0])
    blocks = re.findall(r"(?s)   ```(python|diff)\n(.*?)\n   ```", item)
    return Edit(path[1] if path else "", tuple((language, textwrap.dedent(f"{block}\n")) for language, block in blocks))


def patched(text: str, diff: str) -> str:
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -").rstrip("\n")
    after = "".join(line[1:] for line in lines if line[0] in " +").rstrip("\n")
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A copy of the tree with the edits of all recipes."""
    root = tmp_path_factory.mktemp("extended")
    place = Workplace.made_in(root)
    for name in COPIED:
        copy(name, root)
    for edit in (edit for kind in KINDS for edit in edits(kind)):
        edit.apply(root)
    write_metadata(root)
    (place.book / "pendulum.csv").write_text(TABLE, "utf-8")
    path = ":".join(str(root / part) for part in ("src", "plugins", "metadata"))
    return place.having(PYTHONPATH=path, PLUGINS="local_models,qdrant_edge,reranker")


def copy(name: str, root: Path) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    if (ROOT / name).is_dir():
        shutil.copytree(ROOT / name, root / name)
    else:
        shutil.copy(ROOT / name, root / name)


def write_metadata(root: Path) -> None:
    """What an installation writes: the entry points of pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["glossator.plugins"].items())
    folder = root / "metadata" / f"glossator-{project['version']}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: glossator\nVersion: {project['version']}\n", "utf-8"
    )
    (folder / "entry_points.txt").write_text(f"[glossator.plugins]\n{points}", "utf-8")


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def reranking_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def running(place: Workplace) -> Iterator[Running]:
    with reranking_server() as url, place.having(RERANKER__URL=url).starts("dev", fresh=True) as process:
        process.is_loaded()
        yield process


def checked(place: Workplace, **variables: str) -> Done:
    return place.having(GLOSSATOR_ENV="embedded", **variables).runs("check", "--json", fresh=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_has_at_most_five_edits(kind: str) -> None:
    assert 1 < len(edits(kind)) <= 5
    assert any(edit.blocks for edit in edits(kind))


def test_the_plugin_starts(running: Running) -> None:
    with running.client() as client:
        services = client.get("/health/ready").json()["services"]

    assert services["reranker"]["status"] == "up"


def test_a_plugin_whose_check_fails_is_not_started(place: Workplace) -> None:
    unreachable = place.having(GLOSSATOR_ENV="embedded", RERANKER__URL="http://127.0.0.1:1")

    done = unreachable.having(PORT=str(free_port()), DATA_PATH="elsewhere").runs("serve", fresh=True)

    assert done.code == 69
    assert "reranker: the reranking server does not respond - check RERANKER__URL" in done.errors


def test_the_route_answers(running: Running) -> None:
    with running.client() as client:
        book = client.get("/book").json()

    assert (book["title"], book["pages"]) == ("sample-book", 3)


def test_the_page_format_is_ingested(running: Running) -> None:
    best = running.search("How does the length of a pendulum change its period?")[0]

    assert (best["heading"], best["url"]) == ("Pendulum", "/read/pendulum")


def test_the_default_of_the_setting_is_read(place: Workplace) -> None:
    settings = {row["name"]: row["value"] for row in json.loads(checked(place).output)["settings"]}

    assert settings["CLEANUP__HOURS"] == 6.0


def test_the_setting_is_validated(place: Workplace) -> None:
    done = checked(place, CLEANUP__HOURS="0")

    assert done.code == 78
    assert "CLEANUP__HOURS" in done.output
