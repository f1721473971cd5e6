"""Looks at every listed service in order, through its own plugin, and goes on after a failure.

- Nothing is written: no collection, migration or data folder is made. What a start would make is told instead.
- A service that needs one which did not start is skipped, after its way over the network was looked at.
- A service that provides nothing may be away while the others work: its network is only warned about.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from glossator.app import build_registry
from glossator.commands.check import services as details
from glossator.commands.check.network import Steps, walk
from glossator.commands.check.report import Finding, ServiceReport, finding_of
from glossator.configuration.core import Configuration
from glossator.domain.book.index import PassageIndex
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import Describable, Description, ServicePlugin
from glossator.kernel.registry import Registry
from glossator.kernel.settings.setting import Settings
from glossator.wiring.accounts import server_cipher

Tell = Callable[[ServiceReport], None]

NOTHING_KNOWN: Final = Description()


async def inspect(configuration: Configuration, tell: Tell) -> list[ServiceReport]:
    """Tells each report as soon as it is there."""
    reports: list[ServiceReport] = []
    registry = build_registry(configuration)
    async with AsyncExitStack() as stack:
        for plugin in discover(configuration.plugins):
            steps = Steps()
            await Inspection(plugin, configuration, registry, steps).run(stack)
            reports.append(ServiceReport(plugin.name, tuple(steps.findings)))
            tell(reports[-1])
    return reports


class Inspection:
    """One plugin's."""

    def __init__(self, plugin: ServicePlugin, configuration: Configuration, registry: Registry, steps: Steps) -> None:
        self._plugin = plugin
        self._settings: Settings = configuration.settings
        self._on_space = configuration.space is not None
        self._registry = registry
        self._steps = steps
        self._described = plugin.describe(configuration.settings) if isinstance(plugin, Describable) else NOTHING_KNOWN

    async def run(self, stack: AsyncExitStack) -> None:
        await self._walk()
        reason_skipped = self._reason_skipped()
        if reason_skipped:
            self._steps.findings.append(Finding("start", "skipped", reason_skipped))
            return
        await self._steps.take("start", partial(self._start, stack))
        if not self._steps.failed:
            for step, look in self._details():
                await self._steps.take(step, look)

    async def _walk(self) -> None:
        for endpoint in self._described.endpoints:
            await walk(endpoint, self._steps, on_space=self._on_space)
        if not self._plugin.provides:
            self._steps.findings[:] = [as_warning(finding) for finding in self._steps.findings]

    def _reason_skipped(self) -> str:
        """Why it is not started here; blank when it is."""
        lacking = [kind.__name__ for kind in self._plugin.requires if kind not in self._registry.services]
        if lacking:
            return f"not tried: it needs {' and '.join(lacking)}, and the service that provides that did not start"
        folder = self._described.folder
        if folder is not None and is_absent(folder):
            return f"there is no data in {folder} yet, the first start makes it"
        return ""

    async def _start(self, stack: AsyncExitStack) -> Finding:
        try:
            await self._registry.start(self._plugin, stack, self._steps.remaining)
        except ServiceError as fault:
            return finding_of("start", str(fault))
        answers = bool(self._described.endpoints and self._plugin.provides)
        return Finding("start", "ok", details.accepted(self._plugin, self._settings) if answers else "started")

    def _details(self) -> list[tuple[str, Callable[[], Awaitable[Finding]]]]:
        services = self._registry.services
        looks: list[tuple[type, str, Callable[[], Awaitable[Finding]]]] = [
            (Embedder, "embeddings", lambda: details.embeddings(services.get(Embedder))),
            (ChatModel, "answers", lambda: details.answers(services.get(ChatModel))),
            (PassageIndex, "book", lambda: details.book(services.get(PassageIndex), self._described.name)),
            (PassageIndex, "dimension", lambda: details.fit(services.get(PassageIndex), services.get(Embedder))),
            (Database, "database", lambda: details.database(services.get(Database))),
            (Database, "schema", lambda: details.schema(services.get(Database))),
            (Database, "encryption", self._encryption),
        ]
        provided = self._registry.provided_by(self._plugin)
        return [(step, look) for kind, step, look in looks if kind in provided]

    async def _encryption(self) -> Finding:
        cipher = await asyncio.to_thread(server_cipher, self._settings)
        return await details.encryption(self._registry.services.get(Database), cipher)


def is_absent(folder: Path) -> bool:
    """A folder that may not be looked at counts as there: the start tells what is wrong."""
    try:
        return not folder.exists()
    except OSError:
        return False


def as_warning(finding: Finding) -> Finding:
    return finding if finding.status == "ok" else replace(finding, status="warning")
