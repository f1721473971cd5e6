"""The settings of the tracing plugin, under OpenTelemetry's own names.

The SDK reads more variables, but only from the environment of the process and not from `.env`:
OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED, OTEL_PROPAGATORS, OTEL_BSP_* such as OTEL_BSP_SCHEDULE_DELAY, the limits
OTEL_SPAN_*, OTEL_METRIC_EXPORT_INTERVAL, and of OTEL_EXPORTER_OTLP_*: COMPRESSION, CERTIFICATE, CLIENT_CERTIFICATE,
CLIENT_KEY, INSECURE.
"""

from dataclasses import dataclass
from typing import Any, Final

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, Setting, Settings, SettingType
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, URL, choice, number, optional, validated

HTTP: Final = "http/protobuf"


def validate_headers(headers: Secret) -> None:
    for entry in headers.reveal().split(","):
        name, equals, _ = entry.strip().partition("=")
        if entry.strip() and not (name.strip() and equals):
            raise BadValue("must be comma-separated name=value pairs")


def refuse_timeout(_: str) -> None:
    raise BadValue("is not supported - set TRACING__TIMEOUT, in seconds, instead")


HEADER_LIST: Final[SettingType[Secret]] = validated(SECRET, validate_headers)

UNSUPPORTED: Final = optional(validated(TEXT, refuse_timeout))

ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    optional(URL),
    "URL of the OTLP collector, without `/v1/traces`; port 4317 is for grpc; enables tracing",
)
TRACES_ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    optional(URL),
    "Whole URL for traces, with its path, instead of OTEL_EXPORTER_OTLP_ENDPOINT; enables tracing",
)
TRACES_EXPORTER: Final = Setting(
    "OTEL_TRACES_EXPORTER",
    optional(choice("otlp", "console", "none")),
    "Exporter of traces; otlp alone uses localhost; console and none send nothing to a collector",
)
CONSOLE: Final = Setting("OTEL_CONSOLE_EXPORT", FLAG, "Write spans to standard output, one per line; enables tracing")
HEADERS: Final = Setting(
    "OTEL_EXPORTER_OTLP_HEADERS",
    optional(HEADER_LIST),
    "Headers for the collector, such as its key: comma-separated name=value pairs",
)
TRACES_HEADERS: Final = Setting(
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    optional(HEADER_LIST),
    "Headers for traces, instead of OTEL_EXPORTER_OTLP_HEADERS",
)
PROTOCOLS: Final = optional(choice(HTTP, "grpc"))
PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    PROTOCOLS,
    f"{HTTP}, or grpc, which needs the extra `grpc`; unset: grpc for port 4317, else {HTTP}",
)
TRACES_PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", PROTOCOLS, "Protocol for traces, instead of OTEL_EXPORTER_OTLP_PROTOCOL"
)
OTLP_TIMEOUT: Final = Setting("OTEL_EXPORTER_OTLP_TIMEOUT", UNSUPPORTED, "Not supported; set TRACING__TIMEOUT")
TRACES_TIMEOUT: Final = Setting("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", UNSUPPORTED, "Not supported; set TRACING__TIMEOUT")
SERVICE_NAME: Final = Setting("OTEL_SERVICE_NAME", TEXT, "Name of this service in traces", default="glossator")
METRICS_EXPORTER: Final = Setting(
    "OTEL_METRICS_EXPORTER",
    optional(choice("otlp", "none")),
    "Exporter of metrics; otlp alone uses localhost; none: only `/metrics` has them",
)
METRICS_ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    optional(URL),
    "Whole URL for metrics, with its path, instead of OTEL_EXPORTER_OTLP_ENDPOINT",
)
METRICS_HEADERS: Final = Setting(
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    optional(HEADER_LIST),
    "Headers for metrics, instead of OTEL_EXPORTER_OTLP_HEADERS",
)
METRICS_PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", PROTOCOLS, "Protocol for metrics, instead of OTEL_EXPORTER_OTLP_PROTOCOL"
)
METRICS_TIMEOUT: Final = Setting(
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", UNSUPPORTED, "Not supported; set TRACING__TIMEOUT"
)
SAMPLER: Final = Setting(
    "OTEL_TRACES_SAMPLER",
    choice(
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
        "always_on",
        "always_off",
        "traceidratio",
    ),
    "Sampler of traces; a parentbased sampler follows the decision of the caller",
    default="parentbased_always_on",
)
SAMPLER_RATIO: Final = Setting(
    "OTEL_TRACES_SAMPLER_ARG", number(0, 1), "Ratio of traced requests for a traceidratio sampler", default=1.0
)
TIMEOUT: Final = Setting("TRACING__TIMEOUT", number(0.1, 60), "Timeout of an export in seconds, including retries")
FLUSH_TIMEOUT: Final = Setting(
    "TRACING__FLUSH_TIMEOUT", number(0, 10), "Seconds to export the last spans when the process stops"
)
CONTENT: Final = Setting(
    "TRACING__CONTENT", FLAG, "Record questions and answers in traces, which then hold what readers wrote"
)

SETTINGS: Final[tuple[Setting[Any], ...]] = (
    ENDPOINT,
    TRACES_ENDPOINT,
    TRACES_EXPORTER,
    CONSOLE,
    HEADERS,
    TRACES_HEADERS,
    PROTOCOL,
    TRACES_PROTOCOL,
    OTLP_TIMEOUT,
    TRACES_TIMEOUT,
    SERVICE_NAME,
    METRICS_EXPORTER,
    METRICS_ENDPOINT,
    METRICS_HEADERS,
    METRICS_PROTOCOL,
    METRICS_TIMEOUT,
    SAMPLER,
    SAMPLER_RATIO,
    TIMEOUT,
    FLUSH_TIMEOUT,
    CONTENT,
)


@dataclass(frozen=True)
class Signal:
    """The settings of traces or of metrics alone."""

    name: str
    exporter: Setting[Any]
    endpoint: Setting[str | None]
    headers: Setting[Secret | None]
    protocol: Setting[Any]


TRACES: Final = Signal("traces", TRACES_EXPORTER, TRACES_ENDPOINT, TRACES_HEADERS, TRACES_PROTOCOL)
METRICS: Final = Signal("metrics", METRICS_EXPORTER, METRICS_ENDPOINT, METRICS_HEADERS, METRICS_PROTOCOL)


def writes_to_console(settings: Settings) -> bool:
    return settings[CONSOLE] or settings[TRACES_EXPORTER] == "console"
