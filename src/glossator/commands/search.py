"""`glossator search`: what retrieval finds for a question, without any answer."""

from typing import Any, Final

import click
import httpx

from glossator.commands.context import command_configuration, owner_of_data
from glossator.commands.runner import json_text, run_to_exit
from glossator.commands.server.local_server import LocalServer
from glossator.domain.answering.retriever import Retriever
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ExitCode
from glossator.web.search import passage_to_json
from glossator.wiring.partial import open_book_services

Passages = list[dict[str, Any]]
SHOWN_CHARACTERS: Final = 240


@click.command()
@click.argument("question")
@click.option("-k", "limit", type=click.IntRange(1, 20), default=5, show_default=True, help="How many passages.")
@click.option("--json", "as_json", is_flag=True, help="Print the passages as one JSON document.")
def search(question: str, limit: int, as_json: bool) -> None:
    """Show the passages that are found for QUESTION, best first."""

    async def work() -> ExitCode:
        passages = await _search(question, limit)
        click.echo(json_text({"passages": passages}) if as_json else _text(passages))
        return ExitCode.OK

    run_to_exit(work)


async def _search(question: str, limit: int) -> Passages:
    configuration = command_configuration()
    server = await owner_of_data(configuration)
    if server:
        return await _ask(server, question, limit)
    async with open_book_services(configuration) as services:
        found = await services.get(Retriever).retrieve(question, limit=limit)
        base_url = services.get(BookOptions).base_url
    return [passage_to_json(hit, base_url) for hit in found.hits]


async def _ask(server: LocalServer, question: str, limit: int) -> Passages:
    async with server.reading_client() as client:
        try:
            answer = (await client.post("/search", json={"query": question, "limit": limit})).json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("server", f"{server.url} does not answer") from None
    if "passages" not in answer:
        raise Unavailable("server", answer["detail"])
    return list(answer["passages"])


def _text(passages: Passages) -> str:
    return "\n\n".join(_shown(number, passage) for number, passage in enumerate(passages, start=1)) or "Nothing found."


def _shown(number: int, passage: dict[str, Any]) -> str:
    title, heading = passage["title"], passage["heading"]
    label = title if heading in ("", title) else f"{title} > {heading}"
    text = " ".join(passage["text"].split())
    cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
    return f"{number}. {label}  ({passage['score']:.2f})\n   {passage['url']}\n   {cut}"
