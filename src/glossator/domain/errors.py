"""Domain errors, one class for each reaction a caller can have.

DomainError
├── Unavailable      a service is unavailable: retry later, or continue without it
│   └── Overloaded   too many of our own calls wait, so nothing was done
├── BookEmpty        nothing has been ingested yet
├── BookMismatch     the served build was made with another embedding model: rebuild
├── NeedsModel       the feature needs a generating model and none is configured: hide it
├── NotFound         it does not exist, or it belongs to another account
├── AlreadyExists    a unique value is taken: choose another
├── Busy             the same work is already running: wait for it
└── Refused          the request is harmful or contradictory: change it
    ├── UploadRefused, UploadDamaged, UploadTooLarge

Messages are our own sentences and safe to show; they never contain an upstream's text.
"""


class DomainError(Exception):
    """The root; catch a subclass."""


class Unavailable(DomainError):
    """`service` is the name of a plugin; the same call may succeed after `retry_after` seconds."""

    def __init__(self, service: str, reason: str, retry_after: int = 5) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.retry_after = retry_after


class Overloaded(Unavailable):
    """The queue of the service is full or the wait timed out; nothing was done, and the service is not the reason."""

    def __init__(self, retry_after: int, service: str = "queue") -> None:
        super().__init__(service, "too many requests are waiting for the same work", retry_after)


class BookEmpty(DomainError):
    """No build is served, or it has no passages."""


class BookMismatch(DomainError):
    """The served build was made with another embedding model or dimension."""


class NeedsModel(DomainError):
    """The configured model can only quote the book."""

    def __init__(self) -> None:
        super().__init__("this needs a generating model - set OPENAI_API_KEY or OPENAI_BASE_URL")


class NotFound(DomainError):
    """The page, job, account or message does not exist for this caller."""


class AlreadyExists(DomainError):
    """Another account has this e-mail."""


class Busy(DomainError):
    """Only one ingest can run at a time."""


class JobRunning(Busy):
    """The ingest job `job_id` is running."""

    def __init__(self, job_id: str) -> None:
        super().__init__("an ingest is already running - wait until it ends")
        self.job_id = job_id


class Refused(DomainError):
    """Nothing was changed; the message says what to do instead."""


class UploadRefused(Refused):
    """The upload contains a file that is not allowed; the message names it. Nothing was changed."""


class UploadDamaged(Refused):
    """The upload cannot be read."""


class UploadTooLarge(Refused):
    """The upload or its unpacked content is larger than the limit."""
