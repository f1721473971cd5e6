"""`glossator links`: compares the links of the book with the folder of the built site."""

import asyncio
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import httpx
from pydantic import TypeAdapter

from glossator.commands.context import command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.links import BookLinks, LinkReport, check_links, read_links
from glossator.domain.errors import BookEmpty, Unavailable
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import open_book_services


def links(site: Path, limit: int, as_json: bool) -> None:
    async def work() -> ExitCode:
        book = await read_book_links()
        report = await asyncio.to_thread(check_links, book.links, site, book.base)
        click.echo(format_json(report_to_json(book, report)) if as_json else format_report(book, report, limit))
        return ExitCode.FAILED if report.broken else ExitCode.OK

    run_to_exit(work)


async def read_book_links() -> BookLinks:
    """From the running server that owns the data, if there is one. Raises BookEmpty and Unavailable."""
    configuration = command_configuration({"REBUILD": "true"})
    server = await find_data_owner(configuration)
    if server:
        return await read_remotely(server)
    async with open_book_services(configuration) as services:
        return await read_links(services.get(PassageIndex), services.get(BookOptions).base_url)


async def read_remotely(server: LocalServer) -> BookLinks:
    try:
        async with server.client() as client:
            response = await client.get("/links")
        answer = response.json()
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and answer.get("code") == "book_empty":
            raise BookEmpty(answer["detail"])
        return TypeAdapter(BookLinks).validate_python(answer)
    except (httpx.HTTPError, ValueError, AttributeError):
        raise Unavailable("server", f"{server.url} does not list its links - start it again") from None


def report_to_json(book: BookLinks, report: LinkReport) -> dict[str, Any]:
    return {
        "title": book.title,
        "build": book.build,
        "pages": book.pages,
        "passages": book.passages,
        "links": len(book.links),
        "below": report.below,
        "broken_pages": report.number("page"),
        "broken_anchors": report.number("anchor"),
        "broken": [asdict(one.link) | {"missing": one.missing} for one in report.broken],
    }


def format_report(book: BookLinks, report: LinkReport, limit: int) -> str:
    right = len(book.links) - len(report.broken)
    counts = f"{book.pages:,} pages, {book.passages:,} passages, {len(book.links):,} links"
    lines = [
        f'"{book.title}", build {book.build}: {counts}',
        f"  right      {right:,}{f', below {report.below}/ in the folder' if report.below else ''}",
        f"  no page    {report.number('page'):,}",
        f"  no anchor  {report.number('anchor'):,}",
    ]
    lines += [f"  {one.link.page}: /{one.link.url} - the {one.missing} does not exist" for one in report.broken[:limit]]
    if len(report.broken) > limit:
        lines.append(f"  ... and {len(report.broken) - limit:,} more; --json lists all")
    return "\n".join(lines)
