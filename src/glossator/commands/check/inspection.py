"""Checks every listed service in order through its plugin, and continues after a failure.

- Nothing is written: no collection, migration or data folder is created. The report says what a start would create.
- A service whose requirements did not start is skipped after its network check.
- The app works without a service that provides nothing or only measures, so its network problems are only warnings.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from glossator.commands.check import services as checks
from glossator.commands.check.capacity import check_connections, check_money, check_quota
from glossator.commands.check.findings import Finding, ServiceReport, parse_finding
from glossator.commands.check.network import ProbeSteps, probe_endpoint
from glossator.commands.check.site import check_site
from glossator.configuration.core import REPLICAS, Configuration
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ServiceError
from glossator.kernel.metrics import Telemetry
from glossator.kernel.plugin import DEFAULT_PORTS, Describable, Description, ServicePlugin
from glossator.kernel.registry import Registry
from glossator.kernel.settings.setting import Settings
from glossator.wiring.accounts import server_cipher
from glossator.wiring.book import book_splitter
from glossator.wiring.budget import budget_caps
from glossator.wiring.registry import full_registry

Notify = Callable[[ServiceReport], None]

NO_DESCRIPTION: Final = Description()


async def inspect(configuration: Configuration, notify: Notify) -> list[ServiceReport]:
    """Calls `notify` with each report as soon as it is complete."""
    reports: list[ServiceReport] = []
    registry = full_registry(configuration)
    async with AsyncExitStack() as stack:
        for plugin in discover(configuration.plugins):
            steps = ProbeSteps()
            await Inspection(plugin, configuration, registry, steps).run(stack)
            reports.append(ServiceReport(plugin.name, tuple(steps.findings)))
            notify(reports[-1])
        services = registry.services
        index = services.get(PassageIndex) if PassageIndex in services else None
        site = await check_site(configuration, index)
        if site:
            reports.append(site)
            notify(site)
    return reports


class Inspection:
    """Checks one plugin."""

    def __init__(
        self, plugin: ServicePlugin, configuration: Configuration, registry: Registry, steps: ProbeSteps
    ) -> None:
        self._plugin = plugin
        self._configuration = configuration
        self._settings: Settings = configuration.settings
        self._on_space = configuration.space is not None
        self._has_database = configuration.accounts
        self._registry = registry
        self._steps = steps
        self._described = plugin.describe(configuration.settings) if isinstance(plugin, Describable) else NO_DESCRIPTION

    async def run(self, stack: AsyncExitStack) -> None:
        await self._probe_network()
        self._steps.findings += [parse_finding("price", text, "warning") for text in self._described.warnings]
        reason_skipped = self._reason_skipped()
        if reason_skipped:
            self._steps.findings.append(Finding("start", "skipped", reason_skipped))
            return
        await self._steps.run("start", partial(self._start, stack))
        if not self._steps.failed_step:
            for step, check in self._service_checks():
                await self._steps.run(step, check)

    async def _probe_network(self) -> None:
        for endpoint in self._described.endpoints:
            await probe_endpoint(endpoint, self._steps, on_space=self._on_space)
            if endpoint.scheme in DEFAULT_PORTS and self._is_needed:
                await self._steps.run("clock", partial(checks.check_server_clock, endpoint))
        if not self._is_needed:
            self._steps.findings[:] = [as_warning(finding) for finding in self._steps.findings]

    @property
    def _is_needed(self) -> bool:
        """The app works without a plugin that only measures or traces."""
        return any(kind is not Telemetry for kind in self._plugin.provides)

    def _reason_skipped(self) -> str:
        """Why the service is not started; blank when it is."""
        missing = [kind.__name__ for kind in self._plugin.requires if kind not in self._registry.services]
        if missing:
            return f"skipped: it requires {' and '.join(missing)}, which did not start"
        folder = self._described.folder
        if folder is not None and is_missing(folder):
            return f"{folder} does not exist yet; the first start creates it"
        return ""

    async def _start(self, stack: AsyncExitStack) -> Finding:
        try:
            await self._registry.start(self._plugin, stack, self._steps.remaining)
        except ServiceError as error:
            return parse_finding("start", str(error))
        responds = bool(self._described.endpoints) and self._is_needed
        return Finding("start", "ok", checks.describe_response(self._plugin, self._settings) if responds else "started")

    def _service_checks(self) -> list[tuple[str, Callable[[], Awaitable[Finding]]]]:
        services = self._registry.services
        found: list[tuple[type, str, Callable[[], Awaitable[Finding]]]] = [
            (Embedder, "embeddings", lambda: checks.check_embeddings(services.get(Embedder))),
            (ChatModel, "answers", lambda: checks.check_answers(services.get(ChatModel))),
            (
                ChatModel,
                "budget",
                lambda: checks.check_budget(
                    services.get(ChatModel), budget_caps(self._settings), shared=self._has_database
                ),
            ),
            (PassageIndex, "book", lambda: checks.check_book(services.get(PassageIndex), self._described.name)),
            (
                PassageIndex,
                "dimension",
                lambda: checks.check_dimension(services.get(PassageIndex), services.get(Embedder)),
            ),
            (
                PassageIndex,
                "rules",
                lambda: checks.check_rules(services.get(PassageIndex), book_splitter(self._settings).version),
            ),
            (Database, "database", lambda: checks.check_database(services.get(Database))),
            (Database, "schema", lambda: checks.check_schema(services.get(Database))),
            (Database, "encryption", self._encryption),
            (Database, "clock", lambda: checks.check_database_clock(services.get(Database))),
            (Database, "connections", self._connections),
            (Database, "money", lambda: check_money(services.get(Database), self._configuration)),
        ]
        provided = self._registry.provided_by(self._plugin)
        return [*((step, check) for kind, step, check in found if kind in provided), *self._quota(provided)]

    def _quota(self, provided: Sequence[type]) -> Iterator[tuple[str, Callable[[], Awaitable[Finding]]]]:
        """Only for models that cost money."""
        services = self._registry.services
        model = services.get(ChatModel) if ChatModel in provided else None
        embedder = services.get(Embedder) if Embedder in provided else None
        if (model and any(model.usd_per_million_chat_tokens)) or (embedder and embedder.usd_per_million_tokens):
            yield "quota", lambda: check_quota(embedder, model)

    async def _connections(self) -> Finding:
        database = self._registry.services.get(Database)
        return await check_connections(database, self._described, self._settings[REPLICAS])

    async def _encryption(self) -> Finding:
        cipher = await asyncio.to_thread(server_cipher, self._settings)
        return await checks.check_encryption(self._registry.services.get(Database), cipher)


def is_missing(folder: Path) -> bool:
    """An unreadable folder counts as present, so that the start reports the problem."""
    try:
        return not folder.exists()
    except OSError:
        return False


def as_warning(finding: Finding) -> Finding:
    return finding if finding.status == "ok" else replace(finding, status="warning")
