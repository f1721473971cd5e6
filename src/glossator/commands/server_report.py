"""What a running server says of its services, for `glossator check` beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from glossator.commands.check_report import Finding, ServiceReport
from glossator.commands.local_server import LocalServer

SECONDS: Final = 10.0


async def asked(server: LocalServer, plugins: Sequence[str]) -> list[ServiceReport]:
    """It checks every service now. Without an answer the listed plugins have failed, all for the same reason."""
    try:
        async with server.client(timeout=SECONDS) as client:
            reply = await client.get("/health/ready", params={"probe": "1"})
            answer: Mapping[str, Any] = reply.json()
            services: Mapping[str, Any] = answer["services"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        message = f"the running server at {server.url} (process {server.pid}) does not tell how its services are"
        finding = Finding("probe", "failed", message, "stop it, then check again")
        return [ServiceReport(name, (finding,)) for name in plugins]
    return [*(probed(name, service, server) for name, service in services.items()), of_book(answer.get("passages"))]


def probed(name: str, service: Mapping[str, Any], server: LocalServer) -> ServiceReport:
    where = f"the running server at {server.url}"
    if service["status"] != "up":
        return ServiceReport(
            name, (Finding("probe", "failed", f"does not answer {where}", "look at that server's own lines"),)
        )
    return ServiceReport(name, (Finding("probe", "ok", f"answers {where}, in {service['latency_ms']:g} ms"),))


def of_book(passages: int | None) -> ServiceReport:
    if passages is None:
        finding = Finding("book", "failed", "the index does not say what it holds")
    elif passages == 0:
        finding = Finding("book", "warning", "there is no book yet", "run glossator ingest PATH")
    else:
        finding = Finding("book", "ok", f"{passages:,} passages")
    return ServiceReport("book", (finding,))
