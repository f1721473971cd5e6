"""The started services by type, and one guard for each upstream and kind of call."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, Protocol, TypeVar, cast, runtime_checkable

from glossator.kernel.deferred import load, place_of
from glossator.kernel.guards.guard import Guard, GuardOptions
from glossator.kernel.spans import Spans

T = TypeVar("T")
# Servers and frameworks have different types for scope, receive and send.
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

ROUTE: Final = "glossator.route"
"""Key in the scope's `state`: the URL rule that the request matched, set before its route runs."""


@runtime_checkable
class AppWrapper(Protocol):
    """A service that is ASGI middleware."""

    def wrap(self, app: Asgi) -> Asgi: ...


class Services:
    """Filled during the start. Afterwards only a service that is provided for later is made, when it is asked for."""

    def __init__(self) -> None:
        self._provided: dict[type, object] = {}
        self._later: dict[str, tuple[str, tuple[object, ...]]] = {}
        self._guards: dict[str, Guard] = {}
        self.wrappers: list[AppWrapper] = []
        self.spans = Spans()

    def provide(self, provided: type[T], service: T) -> None:
        """Raises ValueError when the type already has a provider."""
        if provided in self._provided:
            raise ValueError(f"{provided.__name__} already has a provider")
        self._provided[provided] = service

    def provide_later(self, place: str, maker: str, *given: object) -> None:
        """As `provide`, for a type that is not loaded yet; both are places, as in `kernel.deferred`.

        The maker is called with the services and what is `given`, when the type is first asked for.
        """
        self._later[place] = maker, given

    def get(self, provided: type[T]) -> T:
        """Raises LookupError with the name of the type when no service provides it."""
        if provided not in self._provided and place_of(provided) in self._later:
            maker, given = self._later[place_of(provided)]
            self._provided[provided] = load(maker)(self, *given)
        try:
            return cast(T, self._provided[provided])
        except KeyError:
            raise LookupError(f"no running service provides {provided.__name__}") from None

    def __contains__(self, provided: type) -> bool:
        return provided in self._provided or place_of(provided) in self._later

    def guard(self, name: str, options: GuardOptions | None = None) -> Guard:
        """The guard of an upstream, or of one kind of call (`openai.chat`). Every such call goes through it.

        The first caller, the plugin, sets the options.
        """
        if name not in self._guards:
            self._guards[name] = Guard(name, options, self.spans)
        return self._guards[name]

    def guards_of(self, plugin: str) -> list[Guard]:
        """The guards of all kinds of calls of a plugin."""
        return [guard for name, guard in self._guards.items() if name.partition(".")[0] == plugin]

    def guards(self) -> Iterator[Guard]:
        yield from list(self._guards.values())
