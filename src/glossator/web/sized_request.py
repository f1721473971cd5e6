"""How large a body may be, by its route; the framework knows one limit for all."""

from collections.abc import Mapping
from typing import Any, Final

from quart import Request

from glossator.web.rewriting_bodies import BATCH_BYTES
from glossator.web.uploads import UPLOAD_BYTES, UPLOAD_PATH

LARGER: Final[Mapping[str, int]] = {
    UPLOAD_PATH: UPLOAD_BYTES,
    "/translate/batch": BATCH_BYTES,
    "/adjust-content/batch": BATCH_BYTES,
}


class SizedRequest(Request):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.method == "POST" and self.path in LARGER:
            self.body = self.body_class(self.content_length, LARGER[self.path])
