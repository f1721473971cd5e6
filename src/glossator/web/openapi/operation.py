"""How one route is described: its bodies, its replies and the errors that are its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from glossator.web.http.bodies import Body

AccessLevel = Literal["public", "optional", "reader", "admin"]
"""Who may use a route: with `optional`, credentials may be missing."""
JSON: Final = "application/json"
HTML: Final = "text/html"
TEXT: Final = "text/plain"
EVENTS: Final = "text/event-stream"

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-01-01T00:00:00.123Z"])]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


def schema_name(model: type) -> str:
    """`Passage` for a class `PassageSchema`, which is not the `Passage` of the domain."""
    return model.__name__.removesuffix("Schema")


class Shape(BaseModel):
    """Base class of the replies that are described here; the routes build their JSON themselves."""

    model_config = ConfigDict(extra="ignore", model_title_generator=schema_name)


@dataclass(frozen=True)
class Reply:
    """`shape` is anything that pydantic can describe; None stands for text or for no content."""

    shape: Any = None
    status: int = 200
    media_type: str = JSON
    detail: str = "Success."


@dataclass(frozen=True)
class Operation:
    """A route of the API.

    - `body`, `query`: the models that validate the request; `form` lists the media types besides JSON
    - `example`: a valid body
    - `problems`: codes of errors that only this route has, by status
    """

    summary: str
    tag: str
    access: AccessLevel = "public"
    reply: Reply | tuple[Reply, ...] = Reply()
    body: type[Body] | None = None
    query: type[Body] | None = None
    example: Mapping[str, Any] | None = None
    body_is_optional: bool = False
    form: tuple[str, ...] = ()
    problems: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    detail: str = ""

    @property
    def replies(self) -> tuple[Reply, ...]:
        return self.reply if isinstance(self.reply, tuple) else (self.reply,)


Operations = dict[str, Operation]
"""By method and rule, such as `POST /chat`."""
