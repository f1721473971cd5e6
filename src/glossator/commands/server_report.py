"""What a running server says of its services, for `glossator check` beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from glossator.commands.check_report import Finding, ServiceReport
from glossator.commands.local_server import LocalServer
from glossator.domain.ports import PassageIndex
from glossator.kernel.plugin import ServicePlugin

SECONDS: Final = 10.0


async def asked(server: LocalServer, plugins: Sequence[ServicePlugin]) -> list[ServiceReport]:
    """It checks every service now. Without an answer the listed plugins have failed, all for the same reason."""
    try:
        async with server.client(timeout=SECONDS) as client:
            answer: Mapping[str, Any] = (await client.get("/health/ready", params={"probe": "1"})).json()
            services: Mapping[str, Any] = answer["services"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        message = f"the running server at {server.url} (process {server.pid}) does not tell how its services are"
        finding = Finding("probe", "failed", message, "stop it, then check again")
        return [ServiceReport(plugin.name, (finding,)) for plugin in plugins]
    listed = [plugin.name for plugin in plugins if plugin.name in services]
    index = {plugin.name for plugin in plugins if PassageIndex in plugin.provides}
    return [
        ServiceReport(name, (probed(services[name], server), *([book(answer["passages"])] if name in index else [])))
        for name in [*listed, *(name for name in services if name not in listed)]
    ]


def probed(service: Mapping[str, Any], server: LocalServer) -> Finding:
    where = f"the running server at {server.url}"
    if service["status"] != "up":
        return Finding("probe", "failed", f"does not answer {where}", "look at that server's own lines")
    return Finding("probe", "ok", f"answers {where}")


def book(passages: int | None) -> Finding:
    if passages is None:
        return Finding("book", "failed", "the index does not say what it holds", "look at that server's own lines")
    if passages == 0:
        return Finding("book", "warning", "there is no book yet", "run glossator ingest PATH")
    return Finding("book", "ok", f"{passages:,} passages")
