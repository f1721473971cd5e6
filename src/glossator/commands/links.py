"""`glossator links`: compares the links of the book with the folder of the built site."""

import asyncio
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from glossator.commands.context import command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.links import BookLink, LinkReport, check_links, read_links
from glossator.domain.book.site_address import links_base
from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import open_book_services

SHOWN: Final = 10


@click.command()
@click.option(
    "--site",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the built site: what you publish.",
)
@click.option("--limit", type=click.IntRange(0), default=SHOWN, show_default=True, help="Number of broken links shown.")
@click.option("--json", "as_json", is_flag=True, help="Print the report with all broken links as JSON.")
def links(site: Path, limit: int, as_json: bool) -> None:
    """Check that every link of the book opens a page and an anchor of the built site.

    A link is where a citation of a passage leads. The folder is read as a web server would: /x opens x, x.html or
    x/index.html. An anchor is an id, or the name of an a element.

    Exits with 0 when every link is right, 1 when one is broken and 69 when no book is stored.
    """

    async def work() -> ExitCode:
        build, found, base = await _read_links()
        report = await asyncio.to_thread(check_links, found, site, base)
        click.echo(format_json(report_to_json(report, build)) if as_json else format_report(report, build, limit))
        return ExitCode.FAILED if report.broken else ExitCode.OK

    run_to_exit(work)


async def _read_links() -> tuple[Build, list[BookLink], str]:
    """The live build, its links, and the path that they are below."""
    configuration = command_configuration({"REBUILD": "true"})
    server = await find_data_owner(configuration)
    if server:
        raise Unavailable("server", f"the server at {server.url} uses the book - stop it and repeat the command")
    async with open_book_services(configuration) as services:
        build, found = await read_links(services.get(PassageIndex))
        options = services.get(BookOptions)
        base = build.base if options.own_reader else urlsplit(links_base(options.base_url, build.base)).path
        return build, found, base.strip("/")


def report_to_json(report: LinkReport, build: Build) -> dict[str, Any]:
    return {
        "title": build.title,
        "build": build.number,
        "passages": build.passages,
        "pages": len({link.page for link in report.links}),
        "links": len(report.links),
        "below": report.below,
        "broken_pages": report.number("page"),
        "broken_anchors": report.number("anchor"),
        "broken": [
            {
                "page": one.link.page,
                "url": one.link.url,
                "missing": one.missing,
                "passages": one.link.passages,
            }
            for one in report.broken
        ],
    }


def format_report(report: LinkReport, build: Build, limit: int) -> str:
    pages = len({link.page for link in report.links})
    right = len(report.links) - len(report.broken)
    book = f'"{build.title}", build {build.number}: {pages:,} pages, {build.passages:,} passages'
    lines = [
        f"{book}, {len(report.links):,} links",
        f"  right     {right:,}{f', below {report.below}/ in the folder' if report.below else ''}",
        f"  no page   {report.number('page'):,}",
        f"  no anchor {report.number('anchor'):,}",
    ]
    lines += [f"  {one.link.page}: /{one.link.url} - the {one.missing} does not exist" for one in report.broken[:limit]]
    if len(report.broken) > limit:
        lines.append(f"  ... and {len(report.broken) - limit:,} more; --json lists all")
    return "\n".join(lines)
