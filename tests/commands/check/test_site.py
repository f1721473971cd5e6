"""The check of the published book, against a local site: what is missing fails, what prevents the check only warns."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from glossator.commands.check.findings import Finding
from glossator.commands.check.published_page import MAX_BYTES, MAX_REDIRECTS, check_link
from glossator.commands.check.site import check_site
from glossator.commands.server.local_server import LocalServer
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.kernel.settings.secret import Secret
from tests.commands.check.test_check import findings, parse_report
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex
from tests.processes import Workplace
from tests.servers.http_server import Dropped, Reply, Request, serving

PAGE: Final = b"<h1 id='first'>A</h1><a name='old'></a><h2 id='user-content-rendered'>B</h2><h2 id='caf\xc3\xa9'>C</h2>"
STATUSES: Final = {"/gone": 410, "/private": 403, "/broken": 500, "/missing": 404, "/docs/missing/": 404}
REDIRECTS: Final = {
    "/guide": "/guide/", "/loop": "/loop", "/away": "http://127.0.0.2:9/", "/ftp": "ftp://127.0.0.1/x",
    "/invalid": "http://[",
}  # fmt: skip


async def site(request: Request, reply: Reply) -> None:
    path = request.path
    if path == "/dropped":
        raise Dropped
    kind = "text/plain" if path == "/plain" else "text/html; charset=utf-8"
    body = PAGE + b" " * MAX_BYTES if path == "/large" else b"<div>" * 2000 if path == "/deep" else PAGE
    headers = {"content-type": kind, "content-length": str(len(body))}
    if path in REDIRECTS:
        await reply.start(301, headers | {"location": REDIRECTS[path]})
    else:
        await reply.start(STATUSES.get(path, 200), headers)
    await reply.write(body)
    await reply.end()


async def checked(link: str) -> dict[str, Finding]:
    async with serving(site) as port:
        return {finding.step: finding for finding in await check_link(f"http://127.0.0.1:{port}{link}")}


@pytest.mark.parametrize("link", ["/docs/a#first", "/guide#first", "/a#old", "/a#rendered", "/a#caf%C3%A9", "/a"])
async def test_existing_page_and_anchor_are_right(link: str) -> None:
    assert {finding.status for finding in (await checked(link)).values()} == {"ok"}


@pytest.mark.parametrize("link", ["/missing#first", "/gone"])
async def test_missing_page_fails_and_its_anchor_is_not_sought(link: str) -> None:
    found = await checked(link)

    assert [(step, finding.status) for step, finding in found.items()] == [("page", "failed")]
    assert "does not exist (4" in found["page"].message
    assert "SITE_URL" in found["page"].fix


async def test_missing_anchor_fails() -> None:
    found = await checked("/a#nowhere")

    assert (found["page"].status, found["anchor"].status) == ("ok", "failed")
    assert found["anchor"].message.startswith("#nowhere is not in http://127.0.0.1:")


@pytest.mark.parametrize(
    ("link", "step", "message"),
    [
        ("/private", "page", "answers with status 403"),
        ("/broken", "page", "answers with status 500"),
        ("/dropped", "page", "cannot be opened"),
        ("/loop", "page", f"redirects more than {MAX_REDIRECTS} times"),
        ("/away", "page", "redirects to another host"),
        ("/ftp", "page", "redirects to another host"),
        ("/invalid", "page", "redirects to an invalid address"),
        ("/plain#first", "anchor", "cannot be read as HTML"),
        ("/deep#first", "anchor", "cannot be read as HTML"),
        ("/large#nowhere", "anchor", "is not in the first 4 MiB"),
    ],
)
async def test_what_prevents_the_check_is_a_warning(link: str, step: str, message: str) -> None:
    finding = (await checked(link))[step]

    assert (finding.status, message in finding.message) == ("warning", True)
    assert "127.0.0.2" not in finding.message


def configuration(folder: Path, site_url: str) -> Configuration:
    options = {"SITE_URL": site_url, "DOCS_PATH": str(folder / "docs"), "DATA_PATH": str(folder / "data")}
    return conf.load(options, environment=conf.EMBEDDED, dotenv=folder / ".env")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\n## First\n\nText.\n")
    (tmp_path / "mkdocs.yml").write_text("site_url: https://book.example/docs/")
    return tmp_path


async def steps_of(configuration: Configuration, index: MemoryIndex | None) -> Mapping[str, Finding]:
    report = await check_site(configuration, index)
    assert report is not None
    return {finding.step: finding for finding in report.findings}


async def test_link_of_the_folder_is_opened_below_the_base_before_the_first_ingest(book: Path) -> None:
    async with serving(site) as port:
        found = await steps_of(configuration(book, f"http://127.0.0.1:{port}"), None)

    assert [finding.status for finding in found.values()] == ["ok", "ok", "ok"]
    assert found["address"].message.endswith(f"says site_url /docs/: links use http://127.0.0.1:{port}/docs/")
    assert found["page"].message == f"http://127.0.0.1:{port}/docs/a/ exists"


async def test_link_of_the_index_is_opened(book: Path) -> None:
    index = library()
    async with serving(site) as port:
        found = await steps_of(configuration(book, f"http://127.0.0.1:{port}"), index)
        index.stored[1].build = replace(index.stored[1].build, base="docs")
        again = await steps_of(configuration(book, f"http://127.0.0.1:{port}"), index)

    assert (found["address"].status, found["address"].fix) == ("warning", "run glossator ingest")
    assert (found["page"].message, again["page"].message) == (
        f"http://127.0.0.1:{port}/words exists",
        f"http://127.0.0.1:{port}/docs/words exists",
    )
    assert (again["address"].status, again["anchor"].status) == ("ok", "failed")


async def test_another_path_in_site_url_is_a_warning(book: Path) -> None:
    async with serving(site) as port:
        found = await steps_of(configuration(book, f"http://127.0.0.1:{port}/manual"), None)

    assert found["address"].status == "warning"
    assert "SITE_URL has the path /manual/, but mkdocs.yml says site_url /docs/" in found["address"].message
    assert found["page"].message.endswith("/manual/a/ exists")


async def test_book_that_is_not_published_has_no_site(book: Path) -> None:
    assert await check_site(conf.load({"DATA_PATH": str(book)}, environment=conf.EMBEDDED), None) is None


async def test_missing_page_fails_the_command(book: Path, tmp_path: Path) -> None:
    place = Workplace.made_in(tmp_path)
    (book / "docs" / "a.md").rename(book / "docs" / "missing.md")
    async with serving(site) as port:
        settings = {
            "GLOSSATOR_ENV": "embedded",
            "DOCS_PATH": str(book / "docs"),
            "SITE_URL": f"http://127.0.0.1:{port}/",
        }
        printed = parse_report(await asyncio.to_thread(place.having(**settings).runs, "check", "--json"))

    assert printed["exit_code"] == 69
    assert findings(printed, "site")["page"]["status"] == "failed"


async def test_link_of_the_running_server_is_opened(book: Path) -> None:
    async with serving(site) as port:
        address = f"http://127.0.0.1:{port}"

        async def server(request: Request, reply: Reply) -> None:
            passages = [{"url": f"{address}/docs/b"}, {"url": f"{address}/docs/a#first"}]
            await reply.send_json(200, {"book": {"title": "A"}, "passages": passages})

        async with serving(server) as own:
            running = LocalServer(1, f"http://127.0.0.1:{own}", Secret("key"))
            report = await check_site(configuration(book, address), None, running)

    assert report is not None
    assert [finding.message for finding in report.findings[1:]] == [f"{address}/docs/a exists", "#first is in the page"]
