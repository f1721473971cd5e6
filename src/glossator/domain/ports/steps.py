"""Steps of a request or a job, which a trace shows; the kernel implements this port."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Steps(Protocol):
    def step(self, name: str) -> AbstractContextManager[object]:
        """The block is one step; the calls to models, the index and the database in it belong to it."""
        ...


class UntracedSteps:
    def step(self, name: str) -> AbstractContextManager[object]:
        return nullcontext()
