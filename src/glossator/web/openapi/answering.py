"""Describes the routes that answer questions and search the book."""

from typing import Any, Final

from glossator.domain.answering.question import Retrieval
from glossator.web.chat.stream_events import AnswerData, StreamEvent, SuggestionData
from glossator.web.openapi.operation import EVENTS, Operation, Operations, Reply, Shape
from glossator.web.request_bodies import ChatBody, FeedbackBody, SearchBody
from glossator.web.suggestions import SuggestionsQuery

TAG: Final = "Asking"
QUESTION: Final = {"query": "What does BM25 count?"}


class SuggestionsReply(Shape):
    suggestions: list[SuggestionData]


class PassageSchema(Shape):
    passage_id: str
    title: str
    heading: str
    url: str
    text: str
    score: float


class SearchReply(Shape):
    """The best passage comes first."""

    passages: list[PassageSchema]
    retrieval: Retrieval


CHAT_PROBLEMS: Final = {
    403: ("sign_in_required",),
    404: ("conversation_not_found",),
    429: ("too_many_requests",),
    503: ("book_empty", "overloaded"),
}

OPERATIONS: Final[Operations] = {
    "POST /chat": Operation(
        "Ask the book", TAG, "optional", Reply(AnswerData), body=ChatBody, example=QUESTION, problems=CHAT_PROBLEMS,
        detail="With an account, the question and its answer are stored in a conversation.",
    ),
    "POST /chat/stream": Operation(
        "Ask the book, with the answer as a stream of events", TAG, "optional",
        Reply(StreamEvent, 200, EVENTS, "`start`, `sources`, `delta`..., then `final` or `error`."),
        body=ChatBody, example=QUESTION, problems=CHAT_PROBLEMS,
        detail="`/stream-schema.json` has the schema of each event. `final` has the object of `POST /chat`.",
    ),
    "GET /stream-schema.json": Operation(
        "The schema of the events of a stream", TAG, "public",
        Reply(dict[str, Any], media_type="application/schema+json"),
    ),
    "POST /search": Operation(
        "Search the book without an answer", TAG, "optional", Reply(SearchReply),
        body=SearchBody, example={**QUESTION, "limit": 3},
        problems={429: ("too_many_requests",), 503: ("book_empty", "overloaded")},
        detail="With `mode: words` only keywords are searched, also the beginning of the last word: nothing is paid.",
    ),
    "GET /suggestions": Operation(
        "Questions that the book answers", TAG, "public", Reply(SuggestionsReply), query=SuggestionsQuery,
        problems={503: ("unavailable",)}, detail="For the whole book, or for one `page`: its path or its URL.",
    ),
    "POST /feedback": Operation(
        "Rate an answer, or withdraw the vote", TAG, "optional", Reply(None, 204, detail="Stored."),
        body=FeedbackBody,
        example={"request_id": "0123456789abcdef0123456789abcdef", "rating": "down", "reason": "incorrect"},
        problems={
            401: ("unauthorized",), 404: ("answer_not_found", "feedback_off"), 429: ("too_many_requests",),
            503: ("unavailable",),
        },
        detail="By `message_id` for an answer of the own conversations; by `request_id` within 24 hours.",
    ),
}  # fmt: skip
