"""Uses a local backend with programs of others: OpenAI's JavaScript client, the MCP Inspector, MCP's scenarios for
servers and `afdocs`, the checker of documentation for programs, with the built-in reader and with a published site.

Run it with `make examples`. It prints each step and ends at the first one that fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from tests.places import ROOT
from tests.processes import SAMPLE_BOOK, Workplace
from tests.servers.app_server import served_in_thread
from tests.servers.published_site import site_app
from tools.drive_example import SITE, build

CLIENTS: Final = ROOT / "examples" / "clients"
BIN: Final = CLIENTS / "node_modules" / ".bin"
NODE: Final = CLIENTS / "node_modules" / "node" / "bin"
QUESTION: Final = "What do the constants k1 and b do?"
SCENARIOS: Final = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")
"""The scenarios that need no tool, resource or prompt of a test server."""
REDIRECTS: Final = "redirect-behavior"
"""Warns of redirects to another host, which is where the published pages are."""
BEST: Final = 100
SHOWN: Final = 200


def main() -> None:
    install()
    with tempfile.TemporaryDirectory() as folder:
        use_reader(place_in(Path(folder)))
    with tempfile.TemporaryDirectory() as folder, served_in_thread(site_app(SITE / "build")) as site:
        use_site(place_in(Path(folder)).having(SITE_URL=site, SITE_GENERATOR="docusaurus"), site)


def place_in(folder: Path) -> Workplace:
    return Workplace.made_in(folder, {page.name: page.read_text("utf-8") for page in SAMPLE_BOOK.glob("*.md")})


def use_reader(place: Workplace) -> None:
    with place.starts("dev", fresh=True) as backend:
        backend.is_loaded()
        report(f"the backend serves the sample book at {backend.url}")
        ask(backend.url)
        inspect(backend.url)
        conform(backend.url)
        check(backend.url)


def use_site(place: Workplace, site: str) -> None:
    """The site has the files that `glossator llms` wrote, and the backend sends readers there."""
    with place.starts("dev", fresh=True) as backend:
        backend.is_loaded()
        build(backend.url, site)
    with place.starts("llms", str(SITE / "build"), fresh=True) as writing:
        report(writing.ended().output)
    check(site)
    with place.starts("dev", fresh=True) as backend:
        backend.is_loaded()
        check(backend.url, accepted=(REDIRECTS,))


def install() -> None:
    """As `npm ci`, which refuses the lock file while a registry lacks a package for another system."""
    if not NODE.exists():
        run("npm", "install", "--no-save", "--loglevel=error")
        report("installed the clients from the lock file")


def ask(backend: str) -> None:
    for line in run("node", "ask.js", backend, QUESTION).splitlines():
        report(f"OpenAI's client: {line}")


def inspect(backend: str) -> None:
    inspector = (str(BIN / "mcp-inspector"), "--cli", f"{backend}/mcp", "--transport", "http", "--method")
    tools = json.loads(run(*inspector, "tools/list"))["tools"]
    report(f"MCP Inspector: tools {', '.join(tool['name'] for tool in tools)}")
    called = json.loads(run(*inspector, "tools/call", "--tool-name", "ask", "--tool-arg", f"question={QUESTION}"))
    report(f"MCP Inspector: {called['structuredContent']['answer']}")


def conform(backend: str) -> None:
    for scenario in SCENARIOS:
        printed = run(str(BIN / "conformance"), "server", "--url", f"{backend}/mcp", "--scenario", scenario)
        passed = next(line for line in printed.splitlines() if line.startswith("Passed: "))
        if " 0 failed, 0 warnings" not in passed:
            sys.exit(f"MCP's scenario {scenario} failed:\n{printed}")
        report(f"MCP's scenario {scenario}: {passed}")


def check(address: str, accepted: Sequence[str] = ()) -> None:
    """All pages. A warning that is accepted may cost points."""
    command = (str(BIN / "afdocs"), "check", f"{address}/", "--max-links", "100", "--quiet")
    found = json.loads(run(*command, "--format", "json", "--score"))
    score, summary = found["scoring"]["overall"], found["summary"]
    warned = [one for one in found["results"] if one["status"] not in {"pass", "skip"}]
    if score < BEST and [one["id"] for one in warned] != list(accepted):
        sys.exit(f"afdocs found something to improve at {address}:\n{json.dumps(warned, indent=2)}")
    report(f"afdocs at {address}: {score} / {BEST}, {summary['pass']} checks of {summary['total']} passed")


def run(*command: str) -> str:
    variables = os.environ | {"PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(  # noqa: S603 - the commands above
        command, cwd=CLIENTS, env=variables, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def report(text: str) -> None:
    line = " ".join(text.split())
    click.echo(line if len(line) <= SHOWN else f"{line[:SHOWN]}...")


if __name__ == "__main__":
    main()
