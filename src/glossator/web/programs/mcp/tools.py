"""The tools: each is described by the model that validates its arguments and by the shape of its result."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from glossator.domain.answering.answer import AnsweringOptions
from glossator.domain.answering.question import Answer, Mode, Reason, Retrieval
from glossator.domain.book.index import Hit
from glossator.domain.book.site_address import links_base
from glossator.kernel.logs import REQUEST_ID
from glossator.web.auth.current_reader import payer_of
from glossator.web.chat.chat import remembering
from glossator.web.chat.stream_events import ReplyModel
from glossator.web.feedback import rate
from glossator.web.http.bodies import Body, validate
from glossator.web.http.context import services
from glossator.web.http.limits import CHAT, FEEDBACK, SEARCH, count_request
from glossator.web.http.pages import absolute, own_address
from glossator.web.metrics import ask
from glossator.web.programs.access import program_reader, question_of
from glossator.web.programs.documents import (
    PART_BYTES,
    Cursor,
    Document,
    beginning,
    cursor_at,
    document_of,
    known_page,
    passage_id,
    position_of,
)
from glossator.web.request_bodies import FeedbackBody, QueryText
from glossator.web.search import find_passages

MAX_RESULTS: Final = 20
MAX_FOUND: Final = 25
"""Of one search, in all its results. Always so many, so that a cursor goes on in the same order."""


class SearchArguments(Body):
    query: Annotated[QueryText, Field(description="What to look for: a question or keywords, in any language.")]
    limit: Annotated[int, Field(ge=1, le=MAX_RESULTS, description="How many passages to return.")] = 6
    page: Annotated[str | None, Field(description="Search only this page: its address, as in a result.")] = None
    cursor: Cursor | None = None


class PassageResult(ReplyModel):
    """`id` is for `fetch`."""

    id: str
    title: str
    url: str
    text: str
    score: float


class SearchResult(ReplyModel):
    """`next_cursor` is there if more passages were found."""

    results: list[PassageResult]
    retrieval: Retrieval
    next_cursor: str | None


class FetchArguments(Body):
    id: Annotated[str, Field(min_length=1, max_length=2000, description="An id of `search`, or a page's address.")]
    cursor: Cursor | None = None


class AskArguments(Body):
    question: Annotated[QueryText, Field(description="A question about the book, in any language.")]


class CitationResult(ReplyModel):
    n: int
    title: str
    heading: str
    url: str
    quote: str


class AskResult(ReplyModel):
    """`[n]` in the answer is a citation. `grounding` is the share of its sentences that the book supports."""

    answer: str
    mode: Mode
    reason: Reason | None
    grounding: float | None
    citations: list[CitationResult]
    request_id: str


class FeedbackResult(ReplyModel):
    stored: bool


async def search(arguments: SearchArguments) -> dict[str, Any]:
    count_request(SEARCH)
    payer = payer_of(await program_reader())
    page = None if arguments.page is None else (await known_page(arguments.page)).path
    found = await find_passages(services(), arguments.query, MAX_FOUND, payer, page=page)
    asked = f"{page} {arguments.query}"
    start = position_of(arguments.cursor, asked, len(found.hits))
    base = links_base(services().get(AnsweringOptions).base_url, found.base)
    results = fitting(_found(hit, base) for hit in found.hits[start : start + arguments.limit])
    end = start + len(results)
    following = cursor_at(end, asked) if end < len(found.hits) else None
    return SearchResult(results=results, retrieval=found.method, next_cursor=following).model_dump()


def _found(hit: Hit, base: str) -> PassageResult:
    return PassageResult(
        id=passage_id(hit.passage),
        title=" > ".join(hit.passage.headings) or hit.passage.page,
        url=absolute(own_address(), base + hit.passage.url),
        text=beginning(hit.passage.text, PART_BYTES // 2),
        score=round(hit.score, 4),
    )


def fitting(results: Iterable[PassageResult]) -> list[PassageResult]:
    """As many as fit into one result, and the first in any case."""
    taken: list[PassageResult] = []
    room = PART_BYTES
    for result in results:
        room -= len(result.model_dump_json().encode(errors="replace"))
        if taken and room < 0:
            break
        taken.append(result)
    return taken


async def fetch(arguments: FetchArguments) -> dict[str, Any]:
    await program_reader()
    return asdict(await document_of(arguments.id, arguments.cursor))


async def ask_book(arguments: AskArguments) -> dict[str, Any]:
    count_request(CHAT)
    question = question_of(await program_reader(), arguments.question)
    answer = await ask(question)
    remembering(question, None)(answer)
    return AskResult(
        answer=answer.response,
        mode=answer.mode,
        reason=answer.reason,
        grounding=answer.grounding.score,
        citations=_sections(answer),
        request_id=REQUEST_ID.get(),
    ).model_dump()


def _sections(answer: Answer) -> list[CitationResult]:
    return [
        CitationResult(
            n=one.n, title=one.title, heading=one.heading, quote=one.quote, url=absolute(own_address(), one.url)
        )
        for one in answer.citations
    ]  # fmt: skip


async def submit_feedback(arguments: FeedbackBody) -> dict[str, Any]:
    count_request(FEEDBACK)
    await rate(arguments)
    return {"stored": True}


@dataclass(frozen=True)
class Tool:
    title: str
    description: str
    arguments: type[Body]
    result: type[Any]
    call: Callable[[Any], Awaitable[dict[str, Any]]]
    reads_only: bool = True

    async def run(self, arguments: object) -> dict[str, Any]:
        """Raises Problem, also for invalid arguments, and what the services raise."""
        return await self.call(validate(self.arguments, arguments))


TOOLS: Final[Mapping[str, Tool]] = {
    "search": Tool(
        "Search the book",
        "Returns the passages of the book that fit best, with the address of each.",
        SearchArguments, SearchResult, search,
    ),
    "fetch": Tool(
        "Read a passage or a page",
        "Returns a passage or a whole page of the book as Markdown, a long page in parts.",
        FetchArguments, Document, fetch,
    ),
    "ask": Tool(
        "Ask the book",
        "Returns an answer from the book alone, with the sections that prove it. Says so if the book has no answer.",
        AskArguments, AskResult, ask_book,
    ),
    "submit_feedback": Tool(
        "Rate an answer",
        "Stores whether an answer of `ask` was good, by its request_id. A rating of null withdraws it.",
        FeedbackBody, FeedbackResult, submit_feedback, reads_only=False,
    ),
}  # fmt: skip


@cache
def described_tools() -> list[dict[str, Any]]:
    """In a fixed order, so that a client's cache of its prompt stays valid."""
    return [
        {
            "name": name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": TypeAdapter(tool.arguments).json_schema(),
            "outputSchema": TypeAdapter(tool.result).json_schema(mode="serialization"),
            "annotations": {
                "title": tool.title,
                "readOnlyHint": tool.reads_only,
                "destructiveHint": False,
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }
        for name, tool in TOOLS.items()
    ]
