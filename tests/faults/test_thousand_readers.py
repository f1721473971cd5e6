"""A thousand readers who stream their answers at the same time; `python -m bench chats` has the figures."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest

from bench.chats import CROWD
from bench.readers import Reading, arriving
from bench.site import running_site
from bench.upstreams import Delays

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

STREAM: Final = "/chat/stream"
MODEL: Final = Delays(chunk=0.25)
PATIENT: Final = {"OPENAI__CONCURRENCY": str(CROWD), "ANSWERING__DEADLINE": "600"}
"""On a busy machine an answer takes long, and that is no fault of the server."""
RUSH: Final = 200.0


def ends_of(readings: Sequence[Reading]) -> Counter[tuple[int, str, str]]:
    return Counter((one.status, list(one.events)[-1] if one.events else "", one.mode) for one in readings)


async def test_of_a_thousand_readers_in_a_rush_each_gets_a_start_or_a_refusal() -> None:
    async with running_site(MODEL, **PATIENT) as site:
        readings = await arriving(site.url, STREAM, CROWD, RUSH)

    print(ends_of(readings))  # noqa: T201 - a figure of a long test
    assert [one for one in readings if "start" not in one.events and not one.is_refused] == []
    assert [one for one in readings if one.blames_upstream] == []
