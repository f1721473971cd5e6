"""Spans: what the tracing plugin records of each call to an upstream and of each step of a request.

Without that plugin nothing is recorded, and nothing of OpenTelemetry is loaded. The parent of a call's span is the span
that is active when the call starts. A call's span is never active itself, so a stream can end in another task.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias

Attribute: TypeAlias = str | int | float | Sequence[str]

NO_HEADERS: Final[Mapping[str, str]] = {}
TRACE_HEADERS: Final[ContextVar[Mapping[str, str]]] = ContextVar("trace_headers", default=NO_HEADERS)
"""The headers that carry the trace to the upstream of the current attempt."""


@dataclass(frozen=True)
class TracedOperation:
    """What is known of a call before it starts. Nothing here comes from a reader."""

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


class Span:
    """Records nothing. The tracing plugin has the spans that record."""

    records_content: bool = False
    """Whether questions and answers may be recorded."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that carry the trace to the upstream."""
        return NO_HEADERS

    def set(self, name: str, value: Attribute) -> None:
        pass

    def child(self, operation: TracedOperation) -> "Span":
        """A part of the call, such as a statement of a transaction."""
        return self

    def fail(self, error: BaseException) -> None:
        """Records the class of an error that does not leave the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


NO_SPAN: Final = Span()


class Tracer(Protocol):
    def start(self, operation: TracedOperation) -> Span:
        """A call to an upstream, which ends with the block."""
        ...

    def step(self, name: str) -> AbstractContextManager[object]:
        """A step of our own; the calls in its block are its children."""
        ...


class Spans:
    """Where every guard and every step finds the tracer; a plugin sets it."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None

    def start(self, operation: TracedOperation) -> Span:
        return NO_SPAN if self.tracer is None else self.tracer.start(operation)

    def step(self, name: str) -> AbstractContextManager[object]:
        return nullcontext() if self.tracer is None else self.tracer.step(name)
