"""Uses a local backend with programs of others: OpenAI's JavaScript client, the MCP Inspector, MCP's scenarios for
servers and `afdocs`, the checker of documentation for programs.

Run it with `make examples`. It prints each step and ends at the first one that fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click

from tests.places import ROOT
from tests.processes import SAMPLE_BOOK, Workplace

CLIENTS: Final = ROOT / "examples" / "clients"
BIN: Final = CLIENTS / "node_modules" / ".bin"
NODE: Final = CLIENTS / "node_modules" / "node" / "bin"
QUESTION: Final = "What do the constants k1 and b do?"
SCENARIOS: Final = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")
"""The scenarios that need no tool, resource or prompt of a test server."""
SHOWN: Final = 200


def main() -> None:
    pages = {page.name: page.read_text("utf-8") for page in SAMPLE_BOOK.glob("*.md")}
    with tempfile.TemporaryDirectory() as folder:
        install()
        with Workplace.made_in(Path(folder), pages).starts("dev", fresh=True) as backend:
            backend.is_loaded()
            report(f"the backend serves the sample book at {backend.url}")
            ask(backend.url)
            inspect(backend.url)
            conform(backend.url)
            check(backend.url)


def install() -> None:
    if not NODE.exists():
        run("npm", "ci", "--loglevel=error")
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


def check(backend: str) -> None:
    command = (str(BIN / "afdocs"), "check", f"{backend}/", "--max-links", "100", "--quiet", "--format", "scorecard")
    printed = run(*command)
    score = next(line.strip() for line in printed.splitlines() if "Overall Score" in line)
    if "100 / 100" not in score:
        sys.exit(f"afdocs found something to improve:\n{printed}")
    report(f"afdocs: {score}")


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
