"""`glossator llms`: writes the book into a built site, as the files that programs read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from glossator.commands.context import command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.configuration.core import SITE_URL
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.links import place_of, read_links
from glossator.domain.book.llms import BookIndex, in_whole_book, markdown_file, markdown_name, with_index
from glossator.domain.book.overview import Overview, Overviews
from glossator.domain.book.pages.standalone import standalone_markdown
from glossator.domain.book.site_address import links_base
from glossator.domain.ports.workers import AnyThread
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import open_book_services

FULL: Final = "llms-full.txt"
NOTE: Final = "Every page is here as Markdown. {base}llms-full.txt has the whole book in one file."


@dataclass
class Written:
    """`kept` are files of the site itself, which were not replaced."""

    folder: Path
    pages: int = 0
    kept: int = 0
    files: int = 0

    def put(self, name: str, text: str, index: str) -> None:
        """Raises ClickException."""
        file = self.folder / name
        try:
            if file.exists() and name.endswith(".md") and not file.read_text("utf-8").startswith(with_index("", index)):
                self.kept += 1
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            self.files += 1
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file} cannot be written: {error} - check the folder") from None


def llms(build_dir: Path, as_json: bool) -> None:
    root = build_dir.resolve()

    async def work() -> ExitCode:
        written = await write_book(root)
        click.echo(format_json(report_to_json(written)) if as_json else format_report(written))
        return ExitCode.OK

    run_to_exit(work)


async def write_book(root: Path) -> Written:
    """`root` is a whole path. Raises ClickException, BookEmpty and Unavailable."""
    configuration = command_configuration({"REBUILD": "true"})
    if configuration.settings[SITE_URL] is None:
        raise click.ClickException("SITE_URL is not set - set it to the address of the published site")
    server = await find_data_owner(configuration)
    if server:
        raise click.ClickException(f"the server at {server.url} uses the data - stop it, and run this command again")
    async with open_book_services(configuration) as services:
        options, index = services.get(BookOptions), services.get(PassageIndex)
        book = await read_links(index, options.base_url)
        overview = await Overviews(index, AnyThread()).now()
        base = links_base(options.base_url, overview.build.base if overview.build else "")
        written = Written(root / place_of(book.links, root, book.base))
        await _write(written, index, overview, base)
    return written


async def _write(written: Written, index: PassageIndex, overview: Overview, base: str) -> None:
    files = BookIndex(
        title=overview.build.title if overview.build else "Book",
        cover=overview.cover,
        notes=[NOTE.format(base=base)],
        contents=overview.contents,
        page=lambda url: f"{base}{markdown_name(url)}",
        part=lambda number: f"{base}llms-{number}.txt",
    ).files()
    listed = f"{base}llms.txt"
    for number, text in enumerate(files):
        written.put(f"llms-{number}.txt" if number else "llms.txt", text, listed)
    whole: list[str] = []
    async for url, text in _pages(index, overview, base):
        written.pages += 1
        written.put(markdown_file(url), with_index(text, listed), listed)
        whole.append(in_whole_book(text, base + url))
    written.put(FULL, "".join(whole), listed)


async def _pages(index: PassageIndex, overview: Overview, base: str) -> AsyncIterator[tuple[str, str]]:
    urls = overview.contents.urls
    for entry in overview.contents.pages:
        page = await index.page(entry.url)
        if page is not None:
            yield page.url, await AnyThread().run(partial(standalone_markdown, page, base, urls, images=True))


def report_to_json(written: Written) -> dict[str, Any]:
    return {"folder": str(written.folder), "pages": written.pages, "written": written.files, "kept": written.kept}


def format_report(written: Written) -> str:
    kept = f", {written.kept:,} Markdown files of the site kept" if written.kept else ""
    return f"{written.folder}: {written.files:,} files written for {written.pages:,} pages{kept}"
