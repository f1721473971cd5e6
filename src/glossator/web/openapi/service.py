"""Describes the routes about the service itself: its pages, its health, and what only the operator may do."""

from typing import Any, Final, Literal

from glossator.domain.answering.evaluation.evaluator import EvaluationCost, Trial
from glossator.domain.book.links import BookLinks
from glossator.web.http.bodies import Body
from glossator.web.openapi.answering import QUESTION
from glossator.web.openapi.configuration import ConfigReply
from glossator.web.openapi.operation import HTML, TEXT, Day, Id, Operation, Operations, Reply, Shape, Time
from glossator.web.operator import ReportQuery, UsageQuery
from glossator.web.request_bodies import ChatBody, QueryText

READING: Final = "Reading"
SERVICE: Final = "Service"
OPERATOR: Final = "Operator"
JAVASCRIPT: Final = "text/javascript"
NOT_LOADED: Final = {503: ("book_empty", "unavailable")}


class AskQuery(Body):
    q: QueryText | None = None


class ReadQuery(Body):
    """`ask`, with Markdown: the answer to this question instead of the page. `at`: the sentence to mark."""

    ask: QueryText | None = None
    at: str | None = None


class HomeReply(Shape):
    status: Literal["online"]
    service: Literal["glossator"]
    version: str


class HealthReply(Shape):
    status: Literal["healthy"]


class ServiceHealth(Shape):
    status: Literal["up", "down"]
    latency_ms: float | None
    breaker: str


class ReadyReply(Shape):
    """`passages` is null while the index does not answer."""

    status: Literal["ready", "not_ready"]
    services: dict[str, ServiceHealth]
    passages: int | None


class Circuit(Shape):
    state: Literal["closed", "open", "half_open"]
    failure_count: int
    failing_since: Time | None
    last_error: str | None
    running: int
    waiting: int


class Kind(Shape):
    count: int
    prompt_tokens: int
    completion_tokens: int
    embedding_tokens: int
    usd: float


class UsageDay(Shape):
    day: Day
    questions: int
    tokens: int
    usd: float
    kinds: dict[str, Kind]


class CapState(Shape):
    limit: str
    usd: float
    left_usd: float | None
    resets_at: Time


class UsageReply(Shape):
    days: list[UsageDay]
    caps: list[CapState]


class AnswerCounts(Shape):
    """Ungrounded ones are counted as generated or extractive too."""

    generated: int
    extractive: int
    declined: int
    ungrounded: int


class VoteCounts(Shape):
    """`reasons` are those of votes down."""

    up: int
    down: int
    reasons: dict[str, int]


class GapSection(Shape):
    """Answers that offered or cited the section and did not answer the question."""

    section: str
    declined: int
    ungrounded: int
    rated_down: int


class GroupReply(Shape):
    """Questions that ask the same, with at most three masked examples, and the section that comes closest to most."""

    count: int
    declined: int
    ungrounded: int
    rated_down: int
    nearest: str | None
    last_asked: Time
    examples: list[str]


class CitedSection(Shape):
    section: str
    count: int


class KeptForReport(Shape):
    """Whether the text of questions without an account is kept, and when everything kept is deleted."""

    anonymous: bool
    retention_days: int


class ReportReply(Shape):
    """`days` are at most those of the retention. `questions` are grouped: those whose text or conversation is kept."""

    days: int
    answers: AnswerCounts
    votes: VoteCounts
    usd: float
    questions: int
    groups: list[GroupReply]
    more_groups: int
    gaps: list[GapSection]
    cited: list[CitedSection]
    kept: KeptForReport


class StartedReply(Shape):
    job_id: Id


class JobReply(Shape):
    """Progress while the job runs, and its summary at the end."""

    job_id: Id
    state: Literal["queued", "running", "done", "failed"]
    pages: dict[str, Any]
    passages: dict[str, Any]
    embedded: int
    cost_usd: float | None
    errors: list[dict[str, Any]]


NO_PAGE: Final = {404: ("page_not_found",), 429: ("too_many_requests",), 503: ("book_empty", "overloaded")}
NO_FILE: Final = {404: ("not_found",)}
FILE: Final = Reply(None, media_type=JAVASCRIPT)
PAGE: Final = Reply(None, media_type=HTML)
READ: Final = (
    PAGE,
    Reply(None, media_type="text/markdown"),
    Reply(None, 302, HTML, "The published page."),
    Reply(None, 304, HTML, "It has not changed."),
)
HOME: Final = Reply(None, 303, HTML, "The page at `/`.")
FORM: Final = ("application/x-www-form-urlencoded",)

OPERATIONS: Final[Operations] = {
    "GET /": Operation("The page of the book; JSON for programs", SERVICE, "public", (Reply(HomeReply), PAGE)),
    "GET /health": Operation("Whether the process serves", SERVICE, "public", Reply(HealthReply)),
    "GET /health/ready": Operation(
        "Whether questions can be answered", SERVICE, "public",
        (Reply(ReadyReply), Reply(ReadyReply, 503, detail="Questions cannot be answered.")),
    ),
    "GET /health/circuits": Operation(
        "The circuit breaker of each kind of call", SERVICE, "public", Reply(dict[str, Circuit])
    ),
    "GET /config": Operation("What a page may know about the service", SERVICE, "public", Reply(ConfigReply)),
    "GET /read/": Operation(
        "The first page of the book", READING, "public", READ, query=ReadQuery, problems=NO_PAGE,
    ),
    "GET /read/<path:url>": Operation(
        "A page of the book", READING, "public", READ, query=ReadQuery, problems=NO_PAGE,
        detail="As Markdown with `Accept: text/markdown` or `.md` at the end of the address. Readers of a book that is "
        "published elsewhere are sent there.",
    ),
    "GET /ask": Operation(
        "The answer to a question as a page", READING, "public", PAGE, query=AskQuery,
        problems={422: ("invalid_field",), 429: ("too_many_requests",), 503: ("book_empty", "overloaded")},
        detail="Answers with quotations, unless a reader opened the link.",
    ),
    "POST /ask": Operation(
        "The answer to a question as a page, for forms", READING, "optional", PAGE,
        form=FORM,
        problems={429: ("too_many_requests",), 503: ("book_empty", "overloaded")},
    ),
    "GET /sign-in": Operation(
        "The page to sign in, sign up and sign out", READING, "public", PAGE, problems={404: ("accounts_off",)}
    ),
    "POST /sign-in": Operation(
        "Sign in, for the form of that page", READING, "public", HOME, form=FORM,
        problems={401: ("invalid_email_or_password",), 404: ("accounts_off",), 429: ("too_many_failures",)},
    ),
    "POST /sign-up": Operation(
        "Create an account, for the form of that page", READING, "public", HOME, form=FORM,
        problems={
            400: ("invalid_email", "password_too_short", "password_too_long"), 403: ("sign_up_closed",),
            404: ("accounts_off",), 422: ("user_already_exists_use_another_email", "field_refused"),
        },
    ),
    "POST /sign-out": Operation(
        "Sign out, for the form of that page", READING, "optional", HOME, problems={404: ("accounts_off",)}
    ),
    "GET /robots.txt": Operation("What crawlers may read", SERVICE, "public", Reply(None, media_type=TEXT)),
    "GET /sitemap.xml": Operation(
        "The pages that search engines may list", READING, "public", Reply(None, media_type="application/xml"),
        problems=NOT_LOADED,
    ),
    "GET /llms.txt": Operation(
        "The contents of the book, for programs", READING, "public", Reply(None, media_type=TEXT), problems=NOT_LOADED,
    ),
    "GET /llms-<int:number>.txt": Operation(
        "A part of the contents of a long book", READING, "public", Reply(None, media_type=TEXT),
        problems={404: ("not_found",), **NOT_LOADED},
    ),
    "GET /llms-full.txt": Operation(
        "The whole book as one text", READING, "public", Reply(None, media_type=TEXT),
        problems={429: ("too_many_requests",), **NOT_LOADED},
    ),
    "GET /assets/<name>": Operation(
        "A file of the service's pages", SERVICE, "public", Reply(None, media_type="*/*"), problems=NO_FILE
    ),
    "GET /widget.js": Operation("The component `<glossator-chat>`", SERVICE, "public", FILE),
    "GET /widget-<name>": Operation(
        "A file of the component, by its hash", SERVICE, "public", (FILE, Reply(None, media_type=TEXT)),
        problems=NO_FILE,
    ),
    "GET /openapi.json": Operation(
        "This description", SERVICE, "public", Reply(dict[str, Any], media_type="application/json")
    ),
    "GET /docs": Operation("This description as a page", SERVICE, "public", PAGE),
    "POST /ingest": Operation(
        "Ingest uploaded pages, or the folder of the service", OPERATOR, "admin", Reply(StartedReply, 202),
        form=("multipart/form-data",),
        problems={
            400: ("upload_damaged",), 409: ("ingest_running",), 413: ("upload_too_large",),
            422: ("upload_refused", "refused", "invalid_field"),
        },
        detail="`replace=all` makes the upload the whole book; `plan`, `rebuild`, `rollback`, `allow_empty`, "
        "`keep_top` and `new_book` are set by `1`; `budget` is in US dollars.",
    ),
    "GET /ingest/<job_id>": Operation(
        "The progress or the result of an ingest", OPERATOR, "admin", Reply(JobReply), problems=NO_FILE
    ),
    "GET /links": Operation("The links of the served book", OPERATOR, "admin", Reply(BookLinks)),
    "GET /evaluate": Operation("What one question of an evaluation costs", OPERATOR, "admin", Reply(EvaluationCost)),
    "POST /evaluate": Operation(
        "Answer a question and report what was found", OPERATOR, "admin", Reply(Trial), body=ChatBody, example=QUESTION
    ),
    "GET /metrics": Operation(
        "What the service measures of itself, for Prometheus", OPERATOR, "admin", Reply(None, media_type=TEXT)
    ),
    "GET /report": Operation(
        "What readers asked and the book did not answer", OPERATOR, "admin", Reply(ReportReply), query=ReportQuery,
        problems={404: ("report_off",), 503: ("unavailable", "overloaded")},
        detail="E-mail addresses, phone numbers and long numbers in the examples are masked; names are not.",
    ),
    "GET /usage": Operation(
        "What was spent, and what is left", OPERATOR, "admin", Reply(UsageReply), query=UsageQuery
    ),
}  # fmt: skip
