"""What can go wrong in the domain, one class for each reaction a caller can have.

DomainError
├── Unavailable      a service does not answer now: try later, or go on without it
├── BookEmpty        nothing has been ingested yet
├── BookMismatch     the served build does not fit the embedding model: rebuild
├── NeedsModel       this takes a model that writes, and there is none: hide what asks for it
├── NotFound         there is no such thing, or it is not the caller's
├── AlreadyExists    another one has what must be unique: choose another
├── Overloaded       too many wait for the same work: come back after `retry_after` seconds
├── Busy             the same work is being done already: wait for it
└── Refused          what was asked would do harm or makes no sense as it stands: ask otherwise

Every message is a sentence of ours: it may be shown, and never holds an upstream's own text.
"""


class DomainError(Exception):
    """The root; catch a subclass."""


class Unavailable(DomainError):
    """`service` (a plugin's name) could not do its work; the same call may succeed later."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason


class BookEmpty(DomainError):
    """No build is served, or the served one holds no passage."""


class BookMismatch(DomainError):
    """The served build was made with another embedding model or dimension."""


class NeedsModel(DomainError):
    """The model that runs here only quotes the book."""

    def __init__(self) -> None:
        super().__init__("a model that writes is needed for this - set OPENAI_API_KEY or OPENAI_BASE_URL")


class NotFound(DomainError):
    """There is no such page, job or message for this caller."""


class AlreadyExists(DomainError):
    """An account has this e-mail."""


class Overloaded(DomainError):
    """The waiting line is full, or the wait was too long; nothing was done. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many are waiting for the same work")
        self.retry_after = retry_after


class Busy(DomainError):
    """One ingest runs at a time."""


class JobRunning(Busy):
    """An ingest job is under way; `job_id` names it."""

    def __init__(self, job_id: str) -> None:
        super().__init__("an ingest is running already - wait until it ends")
        self.job_id = job_id


class Refused(DomainError):
    """Nothing was changed; the message says what to do instead."""
