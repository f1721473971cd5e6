"""The web framework's app as we use it."""

from typing import Any

from quart import Quart
from quart.typing import ResponseReturnValue

from glossator.kernel.draining import Draining
from glossator.web.http.context import services
from glossator.web.http.problem import Problem


class WebApp(Quart):
    """A request that is not answered when the process has to stop gets a problem; the server would only cut it off."""

    def __init__(self) -> None:
        super().__init__("glossator", static_folder=None)

    async def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        """The framework's versions that we support pass contexts of different types."""
        try:
            async with services().get(Draining).answering() as limit:
                return await super().dispatch_request(*args, **kwargs)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Problem(503, "shutting_down", retry_after=5) from None
