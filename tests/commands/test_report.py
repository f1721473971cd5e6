"""`glossator report`: what it prints, and where it reads."""

from typing import Any, Final

import pytest

from glossator.commands.report import ask_server, format_report
from glossator.commands.server.local_server import LocalServer
from glossator.domain.errors import Unavailable
from glossator.kernel.settings.secret import Secret
from tests.production import Production
from tests.servers.app_server import serving_app
from tests.web.apps import ADMIN_KEY, Parts
from tests.web.test_report import ReportParts

GROUP: Final = {"declined": 0, "ungrounded": 0, "rated_down": 0, "nearest": None, "last_asked": "2026-01-31T12:00:00Z"}
WHOLE: Final[dict[str, Any]] = {
    "days": 30,
    "answers": {"generated": 1200, "extractive": 3, "declined": 61, "ungrounded": 9},
    "votes": {"up": 88, "down": 17, "reasons": {"incorrect": 6, "not_what_i_asked": 4}},
    "usd": 0.9132,
    "questions": 14,
    "groups": [
        {**GROUP, "count": 13, "declined": 11, "rated_down": 2, "nearest": "Running", "examples": ["On k8s?", "Helm?"]},
        {**GROUP, "count": 1, "ungrounded": 1, "examples": ["Ask [e-mail]?"]},
    ],
    "more_groups": 2,
    "gaps": [{"section": "Running", "declined": 20, "ungrounded": 1, "rated_down": 0}],
    "cited": [{"section": "Nodes", "count": 1234}],
    "kept": {"anonymous": False, "retention_days": 30},
}
PRINTED: Final = """\
1,264 answers in the last 30 days for 0.9132 USD: 61 not in the book, 9 not supported by it
votes: 88 up, 17 down (incorrect 6, not what i asked 4)

What readers asked and the book did not answer (14 questions)
  13 questions, 11 not in the book, 2 rated down; nearest section: Running
      On k8s?
      Helm?
  1 question, 1 not supported by it; nearest section: none
      Ask [e-mail]?
  and 2 more groups
  Questions without an account are only counted below; REPORT__ANONYMOUS=true keeps their text, masked.

Sections next to what was not answered (all readers)
  Running: 20 not in the book, 1 not supported by it

Most cited sections
    1,234  Nodes"""


def server(url: str) -> LocalServer:
    return LocalServer(1, url, Secret(ADMIN_KEY))


def test_a_report_is_printed_for_people() -> None:
    assert "\n".join(format_report(WHOLE)) == PRINTED


async def test_a_running_server_reports() -> None:
    async with serving_app(ReportParts().app()) as url:
        assert (await ask_server(server(url), 3))["days"] == 3


async def test_a_server_without_a_database_has_a_clear_reason() -> None:
    async with serving_app(Parts().app()) as url:
        with pytest.raises(Unavailable, match="no listed plugin provides a database"):
            await ask_server(server(url), 3)


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
async def test_without_a_server_the_database_is_read(production: Production) -> None:
    done = await production.runs("report", "--days", "1")
    without = await production.runs("report", PLUGINS="openai,qdrant")

    assert (done.code, done.errors) == (0, "")
    assert done.output.startswith("0 answers today for 0.0000 USD")
    assert "  nothing yet\n" in done.output
    assert (without.code, without.output) == (78, "")
    assert "no plugin provides Database" in without.errors
