"""The contract of a service that wraps the whole ASGI app; it does not depend on the web framework."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, runtime_checkable

# Servers and frameworks have different types for scope, receive and send.
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

ROUTE: Final = "glossator.route"
"""Key in the scope's `state`: the URL rule that the request matched, set before its route runs."""


@runtime_checkable
class AppWrapper(Protocol):
    """A service that is ASGI middleware."""

    def wrap(self, app: Asgi) -> Asgi: ...
