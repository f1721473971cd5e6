"""How a service may stand around the whole app, without knowing the web framework."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, runtime_checkable

# Servers and frameworks each have their own types for scope, receive and send.
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

ROUTE: Final = "glossator.route"
"""Key in a scope's `state`: the rule that a request's path matched, left there before its route runs."""


@runtime_checkable
class AppWrapper(Protocol):
    """A service that sees every request."""

    def wrap(self, app: Asgi) -> Asgi: ...
