"""Where traces and metrics are sent, and by which protocol.

Each has OpenTelemetry's variables of its own, which win over the shared ones. Port 4317 is that of grpc.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from glossator.kernel.errors import ServiceError
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing import settings as names

GRPC: Final = "grpc"
GRPC_PORT: Final = 4317
GRPC_PACKAGE: Final = "opentelemetry.exporter.otlp.proto.grpc"
LOCAL_PORTS: Final = {GRPC: GRPC_PORT, names.HTTP: 4318}
NOT_INSTALLED: Final = (
    "OTLP over grpc needs the extra grpc - install glossator[grpc], or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf "
    "and the collector's port for it, usually 4318"
)


@dataclass(frozen=True)
class ExportTarget:
    """`setting` is the name of the one with the address."""

    url: str
    protocol: str
    setting: str
    headers: Secret | None = None

    @property
    def parsed_headers(self) -> dict[str, str] | None:
        from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415 - of the SDK's packages

        return dict(parse_env_headers(self.headers.reveal(), liberal=True)) if self.headers else None


def traces_target(settings: Settings) -> ExportTarget | None:
    """None for no collector."""
    return _target(settings, names.TRACES)


def metrics_target(settings: Settings) -> ExportTarget | None:
    return _target(settings, names.METRICS)


def _target(settings: Settings, signal: names.Signal) -> ExportTarget | None:
    exporter = settings[signal.exporter]
    if exporter in ("console", "none"):
        return None
    protocol = settings[signal.protocol] or settings[names.PROTOCOL]
    headers = settings[signal.headers] or settings[names.HEADERS]
    if own := settings[signal.endpoint]:
        return ExportTarget(own, protocol or protocol_of(own), signal.endpoint.name, headers)
    shared = settings[names.ENDPOINT]
    if not shared and exporter == "otlp":
        shared = f"http://localhost:{LOCAL_PORTS[protocol or names.HTTP]}"
    if not shared:
        return None
    protocol = protocol or protocol_of(shared)
    url = shared if protocol == GRPC else f"{shared}/v1/{signal.name}"
    return ExportTarget(url, protocol, names.ENDPOINT.name, headers)


def protocol_of(url: str) -> str:
    return GRPC if urlsplit(url).port == GRPC_PORT else names.HTTP


def require_packages(*targets: ExportTarget | None, find: Callable[[str], object] = find_spec) -> None:
    """Raises ServiceError if an extra is not installed."""
    if any(target and target.protocol == GRPC for target in targets) and find(GRPC_PACKAGE) is None:
        raise ServiceError(NOT_INSTALLED)
