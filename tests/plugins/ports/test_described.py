"""The endpoints and folders that each plugin derives from its settings."""

from pathlib import Path
from typing import Any

import pytest

from glossator.kernel.plugin import Describable
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting, Settings
from glossator_plugins.local_postgres.plugin import LocalPostgresPlugin
from glossator_plugins.neon.plugin import API_KEY, CONNECTIONS, NeonPlugin
from glossator_plugins.openai import settings as openai_settings
from glossator_plugins.openai.plugin import OpenAIPlugin
from glossator_plugins.passage_points.points import COLLECTION
from glossator_plugins.qdrant import plugin as qdrant
from glossator_plugins.qdrant.plugin import QdrantPlugin
from glossator_plugins.qdrant_edge.plugin import DATA_PATH, QdrantEdgePlugin
from glossator_plugins.tracing import settings as tracing_settings
from glossator_plugins.tracing.plugin import TracingPlugin
from tests.plugins.openai.services import DEFAULTS as OPENAI


def endpoints(plugin: Describable, settings: Settings) -> list[tuple[str, str, int, bool]]:
    described = plugin.describe(settings).endpoints
    return [(endpoint.setting, endpoint.host, endpoint.port, endpoint.tls) for endpoint in described]


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        (None, ("", "api.openai.com", 443, True)),
        ("http://localhost:11434/v1", ("OPENAI_BASE_URL", "localhost", 11434, False)),
        ("https://models.example.com", ("OPENAI_BASE_URL", "models.example.com", 443, True)),
    ],
)
def test_openai(url: str | None, endpoint: tuple[str, str, int, bool]) -> None:
    assert endpoints(OpenAIPlugin(), Settings.of(OPENAI | {openai_settings.BASE_URL: url})) == [endpoint]


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://a.cloud.qdrant.io", ("QDRANT_URL", "a.cloud.qdrant.io", 443, True)),
        ("https://a.cloud.qdrant.io:6333", ("QDRANT_URL", "a.cloud.qdrant.io", 6333, True)),
        ("http://qdrant", ("QDRANT_URL", "qdrant", 6333, False)),
    ],
)
def test_qdrant(url: str, endpoint: tuple[str, str, int, bool]) -> None:
    settings = Settings.of({qdrant.URL: url, qdrant.SPACE_ID: None, qdrant.API_KEY: None, COLLECTION: "book"})

    assert endpoints(QdrantPlugin(), settings) == [endpoint]
    assert QdrantPlugin().describe(settings).name == "book"


@pytest.mark.parametrize(
    ("rest", "endpoint", "verify"),
    [
        ("ep-a.aws.neon.tech/db?sslmode=require", ("NEON_API_KEY", "ep-a.aws.neon.tech", 5432, True), False),
        ("ep-a.aws.neon.tech/db?sslmode=verify-full", ("NEON_API_KEY", "ep-a.aws.neon.tech", 5432, True), True),
        ("localhost:5433/db", ("NEON_API_KEY", "localhost", 5433, False), False),
        ("/db?host=localhost&port=5434", ("NEON_API_KEY", "localhost", 5434, False), False),
    ],
)
def test_neon(rest: str, endpoint: tuple[str, str, int, bool], verify: bool) -> None:
    settings = Settings.of({CONNECTIONS: 5, API_KEY: Secret(f"postgresql://me:secret@{rest}")})

    (found,) = NeonPlugin().describe(settings).endpoints
    assert endpoints(NeonPlugin(), settings) == [endpoint]
    assert found.verify_certificate is verify
    assert "secret" not in repr(found)


def test_database_on_a_unix_socket_has_no_endpoint() -> None:
    settings = Settings.of({CONNECTIONS: 5, API_KEY: Secret("postgresql:///db?host=/run/postgresql")})

    assert NeonPlugin().describe(settings).endpoints == ()


def test_tracing_has_an_endpoint_only_when_enabled() -> None:
    off = dict.fromkeys(tracing_settings.SETTINGS)

    assert endpoints(TracingPlugin(), Settings.of({**off, tracing_settings.ENDPOINT: None})) == []
    assert endpoints(TracingPlugin(), Settings.of({**off, tracing_settings.ENDPOINT: "http://localhost:4318"})) == [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost", 4318, False)
    ]
    own: dict[Setting[Any], object] = {**off, tracing_settings.METRICS_ENDPOINT: "http://localhost:4317"}
    assert endpoints(TracingPlugin(), Settings.of(own)) == [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "localhost", 4317, False)
    ]


@pytest.mark.parametrize(
    ("plugin", "folder"), [(QdrantEdgePlugin(), "index/book"), (LocalPostgresPlugin(), "postgres/cluster")]
)
def test_embedded_services_report_their_data_folder(plugin: Describable, folder: str) -> None:
    settings = Settings.of({DATA_PATH: Path("data"), COLLECTION: "book"})

    assert plugin.describe(settings).folder == Path("data") / folder
