"""What is promised about the image without building it: its Dockerfile, what is sent to the builder, its libraries."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from glossator.configuration import core as conf
from glossator.configuration.server import SERVER_HOST
from tests.docker_context import Line, context, is_sent, read_ignore
from tests.dockerfiles import Dockerfile, read_dockerfile
from tests.operators import Operator
from tests.places import ROOT
from tests.processes import free_port
from tests.servers.http_server import Reply, Request, serving

VARIANTS: Final = {"production": {}, "unset on a Space": {"EXTRAS": ""}, "demo": {"EXTRAS": "embedded"}}
PACKAGED: Final = {".py", ".sql", ".md", ".html", ".css", ".js", ".svg", ".json", ".txt"}
UNSENT: Final = (
    ".env", ".env.local", ".env.production", "src/.env", "src/glossator/.env.local", "plugins/.env", "sample-book/.env",
    ".git/config", "src/.git/config", ".glossator/better_auth_secret", "src/.glossator/server.json", "id_rsa",
    ".venv/bin/python", "plugins/.venv/pyvenv.cfg", "settings.local.toml", "docs/notes.md", "bench/start.py",
    "tests/test_image.py", "src/glossator/tests/test_x.py", "src/glossator/__pycache__/cli.cpython-311.pyc",
    "src/glossator/old.pyc", "src/glossator.egg-info/PKG-INFO", ".mypy_cache/x", "src/.ruff_cache/x",
    ".hypothesis/examples/x", "deploy/space.yml", "dump.sql",
)  # fmt: skip


@pytest.fixture(params=VARIANTS)
def dockerfile(request: pytest.FixtureRequest) -> Dockerfile:
    return read_dockerfile(ROOT / "Dockerfile", VARIANTS[request.param])


@pytest.fixture
def production() -> Dockerfile:
    return read_dockerfile(ROOT / "Dockerfile", {})


@pytest.fixture
def demo() -> Dockerfile:
    return read_dockerfile(ROOT / "Dockerfile", VARIANTS["demo"])


def test_every_stage_stands_on_the_slim_image_or_on_an_earlier_stage(dockerfile: Dockerfile) -> None:
    known = {"python:3.13-slim"}
    for stage in dockerfile.stages:
        assert stage.base in known
        known.add(stage.name)


def test_what_is_used_to_build_stays_in_its_own_stage(dockerfile: Dockerfile) -> None:
    programs = [word.rest for word in dockerfile.image if word.word == "RUN"]
    assert not [program for program in programs if re.search(r"\b(pip|apt|apt-get|gcc)\b", program)]
    assert [word.operands for word in dockerfile.image if "from" in word.flags] == [["/opt/glossator"] * 2]


def test_libraries_are_installed_by_hash_and_never_compiled(dockerfile: Dockerfile) -> None:
    installs = [word.rest for word in dockerfile.used if word.word == "RUN" and "-r requirements" in word.rest]
    assert len(installs) == 2
    for flag in ("--require-hashes", "--no-deps", "--only-binary :all:"):
        assert all(flag in install for install in installs)


def test_our_own_wheel_is_made_without_asking_an_index(dockerfile: Dockerfile) -> None:
    (made,) = [word.rest for word in dockerfile.used if "pip wheel" in word.rest]
    assert made.count("--no-index") == made.count("--no-deps") == 2
    assert "--no-build-isolation" in made


def test_the_process_is_a_named_user_with_uid_1000(dockerfile: Dockerfile) -> None:
    words = [word.word for word in dockerfile.image]
    added = [word.rest for word in dockerfile.image if "useradd" in word.rest]
    assert len(added) == 1
    assert "--uid 1000 glossator" in added[0]
    assert [word.rest for word in dockerfile.image if word.word == "USER"] == ["glossator"]
    assert words.index("USER") < words.index("CMD")


def test_files_go_to_the_working_directory_of_that_user(dockerfile: Dockerfile) -> None:
    words = [word.word for word in dockerfile.image]
    copies = [word for word in dockerfile.image if word.word == "COPY" and "from" not in word.flags]
    assert words.index("WORKDIR") < words.index("COPY")
    assert "settings.toml" in dockerfile.sent_files
    assert {copy.flags["chown"] for copy in copies} == {"glossator:glossator"}


def test_the_command_is_our_own_entry_in_exec_form(dockerfile: Dockerfile) -> None:
    assert dockerfile.last("CMD").exec_form == ["python", "-m", "glossator", "serve"]
    assert not [word for word in dockerfile.image if word.word in {"ENTRYPOINT", "STOPSIGNAL", "VOLUME"}]


def test_what_is_written_goes_to_tmp(dockerfile: Dockerfile) -> None:
    assert dockerfile.environment["DATA_PATH"].startswith("/tmp/")
    assert dockerfile.environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_no_secret_is_given_to_the_build(dockerfile: Dockerfile) -> None:
    names = {*dockerfile.environment, *(word.rest for word in dockerfile.used if word.word == "ARG")}
    assert not [name for name in names if re.search(r"KEY|SECRET|TOKEN|PASSWORD", name)]


def test_the_space_finds_the_port_of_the_image(production: Dockerfile) -> None:
    front_matter = yaml.safe_load((ROOT / "README.md").read_text("utf-8").split("---")[1])
    assert front_matter["sdk"] == "docker"
    assert str(front_matter["app_port"]) == production.environment["PORT"] == production.last("EXPOSE").rest == "7860"


def health_check(dockerfile: Dockerfile, port: int) -> int:
    """Its exit code, beside a proxy that would not find us."""
    arguments = dockerfile.last("HEALTHCHECK").exec_form[1:]
    variables = {"PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run([sys.executable, *arguments], env=variables, capture_output=True, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_health_check_follows_the_port(production: Dockerfile, status: int, code: int) -> None:
    asked: list[tuple[str, str]] = []

    async def answer(request: Request, reply: Reply) -> None:
        asked.append((request.method, request.path))
        await reply.send_json(status, {})

    async with serving(answer) as port:
        assert await asyncio.to_thread(health_check, production, port) == code
    assert asked == [("GET", "/health")]


def test_the_health_check_fails_when_nothing_listens(production: Dockerfile) -> None:
    assert health_check(production, free_port()) == 1


def test_the_demo_needs_no_secret(demo: Dockerfile, operator: Operator, tmp_path: Path) -> None:
    operator.use_bundled_file()
    operator.set_env(demo.environment | {"DATA_PATH": str(tmp_path / "data")})
    settings = conf.load().settings
    assert (settings[SERVER_HOST], settings[conf.PORT]) == ("0.0.0.0", 7860)
    assert {str(settings[conf.DOCS_PATH]), "requirements.lock"} < demo.sent_files


def test_the_production_image_listens_on_every_network(production: Dockerfile) -> None:
    assert production.environment["SERVER__HOST"] == "0.0.0.0"
    assert "GLOSSATOR_ENV" not in production.environment
    assert "requirements-image.lock" in production.sent_files


def ignore_lines() -> list[Line]:
    return read_ignore((ROOT / ".dockerignore").read_text("utf-8"))


def test_no_secret_cache_or_test_is_sent_to_the_builder(tmp_path: Path) -> None:
    for name in (*UNSENT, "src/glossator/app.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("planted", "utf-8")
    assert context(tmp_path, ignore_lines()) == {"src/glossator/app.py"}


def test_everything_that_is_copied_is_sent(dockerfile: Dockerfile) -> None:
    lines = ignore_lines()
    for source in dockerfile.sent_files:
        place = ROOT / source
        assert place.exists()
        files = [place] if place.is_file() else [file for file in place.rglob("*.*") if file.suffix in PACKAGED]
        assert files
        assert [file for file in files if not is_sent(file.relative_to(ROOT).as_posix(), lines)] == []


@pytest.mark.parametrize(
    ("pattern", "path", "sent"),
    [
        (".env*", "src/.env", True),
        ("**/.env*", "src/.env", False),
        ("**/.env*", ".env.local", False),
        ("*\n!src", "src/a/b.py", True),
        ("*\n!src", "other/b.py", False),
        ("docs", "docs/a.md", False),
        ("docs", "src/docs/a.md", True),
        ("docs/", "docs/a.md", False),
        ("src/*.py", "src/a/b.py", True),
        ("# *", "a", True),
        ("a?c", "abc", False),
        ("**/*.py[co]", "x/y.pyc", False),
        ("*", "Dockerfile", True),
    ],
)
def test_ignored_paths_are_read_as_docker_reads_them(pattern: str, path: str, sent: bool) -> None:
    assert is_sent(path, read_ignore(pattern)) is sent


def test_the_workflow_mirrors_the_repository_to_a_docker_space() -> None:
    text = (ROOT / "deploy" / "space.yml").read_text("utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    (sync,) = [step for step in job["steps"] if step["uses"].startswith("huggingface/hub-sync@")]
    assert sync["with"]["space_sdk"] == "docker"
    assert sync["with"]["hf_token"] == "${{ secrets.HF_TOKEN }}"
