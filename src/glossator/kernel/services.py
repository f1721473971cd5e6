"""What has been started, found by the type it provides; and one guard for each upstream."""

from collections.abc import Iterator
from typing import TypeVar, cast

from glossator.kernel.asgi import AppWrapper
from glossator.kernel.guard import Guard

T = TypeVar("T")


class Services:
    """Filled while the application starts, only read afterwards."""

    def __init__(self) -> None:
        self._provided: dict[type, object] = {}
        self._guards: dict[str, Guard] = {}
        self.wrappers: list[AppWrapper] = []

    def provide(self, kind: type[T], service: T) -> None:
        """Raises ValueError when the kind has a provider already."""
        if kind in self._provided:
            raise ValueError(f"{kind.__name__} has a provider already")
        self._provided[kind] = service

    def get(self, kind: type[T]) -> T:
        """Raises LookupError naming the type when nothing provides it."""
        try:
            return cast(T, self._provided[kind])
        except KeyError:
            raise LookupError(f"no running service provides {kind.__name__}") from None

    def __contains__(self, kind: type) -> bool:
        return kind in self._provided

    def guard(self, name: str) -> Guard:
        """The one place through which every call to this upstream runs."""
        return self._guards.setdefault(name, Guard(name))

    def guards(self) -> Iterator[Guard]:
        yield from self._guards.values()
