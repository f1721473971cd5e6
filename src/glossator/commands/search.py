"""`glossator search`: the passages that retrieval finds for a question, without an answer."""

from typing import Any, Final

import click
import httpx

from glossator.commands.context import command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.commands.server.local_server import LocalServer
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.site_address import links_base
from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ExitCode
from glossator.web.search import passage_to_json
from glossator.wiring.partial import open_book_services

Passages = list[dict[str, Any]]
MAX_TEXT_LENGTH: Final = 240


def search(question: str, limit: int, as_json: bool) -> None:
    async def work() -> ExitCode:
        passages = await _search(question, limit)
        click.echo(format_json({"passages": passages}) if as_json else _format_passages(passages))
        return ExitCode.OK

    run_to_exit(work)


async def _search(question: str, limit: int) -> Passages:
    configuration = command_configuration()
    server = await find_data_owner(configuration)
    if server:
        return await _search_remotely(server, question, limit)
    async with open_book_services(configuration) as services:
        found = await services.get(Retriever).retrieve(question, limit=limit)
        base_url = links_base(services.get(BookOptions).base_url, found.base)
    return [passage_to_json(hit, base_url) for hit in found.hits]


async def _search_remotely(server: LocalServer, question: str, limit: int) -> Passages:
    async with server.reader_client() as client:
        try:
            answer = (await client.post("/search", json={"query": question, "limit": limit})).json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("server", f"{server.url} does not respond") from None
    if "passages" not in answer:
        raise Unavailable("server", answer["detail"])
    return list(answer["passages"])


def _format_passages(passages: Passages) -> str:
    texts = [_format_passage(number, passage) for number, passage in enumerate(passages, start=1)]
    return "\n\n".join(texts) or "No passages found."


def _format_passage(number: int, passage: dict[str, Any]) -> str:
    title, heading = passage["title"], passage["heading"]
    label = title if heading in ("", title) else f"{title} > {heading}"
    text = " ".join(passage["text"].split())
    excerpt = text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}..."
    return f"{number}. {label}  ({passage['score']:.2f})\n   {passage['url']}\n   {excerpt}"
