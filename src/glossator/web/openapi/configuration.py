"""The shape of `/config`, which grows with what pages need to know."""

from typing import Literal

from glossator.domain.rewriting.request import Level
from glossator.web.chat.stream_events import CapData
from glossator.web.openapi.operation import Shape, Time


class BookFacts(Shape):
    """`loaded` is null while the index is unavailable."""

    title: str | None
    url: str
    loaded: bool | None


class Auth(Shape):
    mode: Literal["off", "optional", "required"]
    sign_up: Literal["open", "closed"]
    forgotten_password: str | None


class RewritingFacts(Shape):
    """`code` and `detail` are null where pages can be rewritten."""

    possible: bool
    code: str | None
    detail: str | None
    languages: Literal["any"] | list[str]
    default_language: str
    levels: list[Level]
    levels_as_written: list[Level]


class Rate(Shape):
    """Named as in a 429 reply: how many requests or texts, in how many seconds."""

    limit: str
    scope: Literal["network", "account"]
    amount: int
    seconds: int
    counts: Literal["requests", "texts"]


class LimitFacts(Shape):
    """Lengths are in characters."""

    body_bytes: int
    query: int
    selected_text: int
    feedback_comment: int
    history_entries: int
    history_entry: int
    rewriting_batch_bytes: int
    rewriting_texts: int
    rewriting_text: int
    rewriting_new_texts_a_day: int
    rewriting_day_ends: Time
    rates: list[Rate]


class BudgetFacts(Shape):
    """The caps of the asking reader that are used up."""

    spent: list[CapData]


class FeedbackFacts(Shape):
    kept: bool


class Kept(Shape):
    """A kind of data that is stored, for so many days; null: until it is deleted."""

    what: str
    days: int | None
    detail: str


class ConfigReply(Shape):
    """What a page may know. `origin_allowed` is about the page that asks; `question_hosts` receive each question."""

    service: Literal["glossator"]
    version: str
    origin_allowed: bool | None
    book: BookFacts
    answers: Literal["generated", "extractive"]
    question_hosts: list[str]
    support_url: str | None
    auth: Auth
    feedback: FeedbackFacts
    rewriting: RewritingFacts
    limits: LimitFacts
    budget: BudgetFacts
    kept: list[Kept]
