"""What a started service says of itself, asked through its port.

What a running server says of its services, for `glossator check` beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from glossator.commands.check.report import Finding, ServiceReport, finding_of
from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.database import Database
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.settings.setting import Settings
from glossator.storage.accounts.active_key import key_evidence_unmigrated, matching_key
from glossator.storage.accounts.encrypted_fields import FieldCipher
from glossator.storage.schema.migrations import inspect_schema


def accepted(plugin: ServicePlugin, settings: Settings) -> str:
    """A server without a route that asks for the key has not accepted it, so no more is said than is known."""
    keys = [setting.name for setting in plugin.settings if setting.type.secret and settings[setting]]
    return f"answers, and does not refuse {' and '.join(keys)}" if keys else "answers"


async def embeddings(embedder: Embedder) -> Finding:
    try:
        dimension = embedder.dimension
    except ServiceError as fault:
        return finding_of("embeddings", str(fault))
    if dimension == 0:
        return Finding("embeddings", "warning", "there is no embedding model, the book is searched by words alone")
    return Finding("embeddings", "ok", f"{embedder.model}, {dimension} dimensions")


async def answers(model: ChatModel) -> Finding:
    return Finding("answers", "ok", f"written by {model.chat_model}" if model.generates else "quoted from the book")


async def book(index: PassageIndex, name: str) -> Finding:
    try:
        live = await index.live()
    except Unavailable as fault:
        return finding_of("book", fault.reason)
    where = f"collection {name}" if name else "the index"
    if live is None:
        return Finding("book", "warning", f"{where} has no book yet", "run glossator ingest PATH")
    return Finding("book", "ok", f'{where} serves {_shown(live)}: "{live.title}", {_size(live)}')


def _shown(build: Build) -> str:
    return f"build {build.number}" if build.number else "what another program stored, read-only"


def _size(build: Build) -> str:
    return f"{build.pages:,} pages, {build.passages:,} passages" if build.number else f"{build.passages:,} passages"


async def fit(index: PassageIndex, embedder: Embedder) -> Finding:
    """Whether the book's vectors can be compared with a question's."""
    try:
        live = await index.live()
        dimension = embedder.dimension
    except Unavailable as fault:
        return finding_of("dimension", fault.reason)
    except ServiceError as fault:
        return finding_of("dimension", str(fault))
    if live is None:
        return Finding("dimension", "ok", "there are no vectors yet, so any embedding model fits")
    if live.dimension != dimension:
        message = f"the book has vectors of {live.dimension} dimensions, the embedding model {dimension}"
        return Finding("dimension", "failed", message, "run glossator ingest --rebuild, or set the former model")
    return Finding("dimension", "ok", f"{live.dimension}, as the embedding model has")


async def database(database: Database) -> Finding:
    try:
        version = await database.fetchval("SHOW server_version")
        name = await database.fetchval("SELECT current_database()")
    except Unavailable as fault:
        return finding_of("database", fault.reason)
    return Finding("database", "ok", f"PostgreSQL {version.split()[0]}, database {name}")


async def schema(database: Database) -> Finding:
    """How far the tables are, and whether a start may make what they lack."""
    try:
        state = await inspect_schema(database)
    except Unavailable as fault:
        return finding_of("schema", fault.reason)
    except ServiceError as fault:
        return finding_of("schema", str(fault))
    newer = f", and {state.newer} of a newer version" if state.newer else ""
    message = f"{state.applied} of {state.applied + state.pending} migrations are applied{newer}"
    tables = f"; {state.absent} tables of accounts and conversations are absent" if state.absent else ""
    later = "; the next start makes what is lacking" if state.pending or state.absent else ""
    if state.unindexed:
        slow = "; tables of the existing deployment lack an index"
        return Finding("schema", "warning", f"{message}{tables}{later}{slow}", f"run: {' '.join(state.unindexed)}")
    return Finding("schema", "ok", f"{message}{tables}{later}")


async def encryption(database: Database, cipher: FieldCipher) -> Finding:
    """Whether the keys of the settings are those of the database."""
    try:
        key = matching_key(await key_evidence_unmigrated(database), cipher)
    except Unavailable as fault:
        return finding_of("encryption", fault.reason)
    except ServiceError as fault:
        return finding_of("encryption", str(fault))
    if key is None:
        later = ", and will be from now on" if cipher.key_id else ""
        return Finding("encryption", "ok", f"names and e-mails are not encrypted{later}")
    if key.key_id != cipher.key_id:
        message = f"names and e-mails are still encrypted with DATA_ENCRYPTION_KEY_PREVIOUS (key {key.key_id})"
        return Finding("encryption", "warning", message, "run glossator encrypt --rotate")
    return Finding("encryption", "ok", f"names and e-mails are encrypted with DATA_ENCRYPTION_KEY (key {key.key_id})")


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
        ServiceReport(
            name, (probed(services[name], server), *([served_book(answer["passages"])] if name in index else []))
        )
        for name in [*listed, *(name for name in services if name not in listed)]
    ]


def probed(service: Mapping[str, Any], server: LocalServer) -> Finding:
    where = f"the running server at {server.url}"
    if service["status"] != "up":
        return Finding("probe", "failed", f"does not answer {where}", "look at that server's own lines")
    return Finding("probe", "ok", f"answers {where}")


def served_book(passages: int | None) -> Finding:
    if passages is None:
        return Finding("book", "failed", "the index does not say what it holds", "look at that server's own lines")
    if passages == 0:
        return Finding("book", "warning", "there is no book yet", "run glossator ingest PATH")
    return Finding("book", "ok", f"{passages:,} passages")
