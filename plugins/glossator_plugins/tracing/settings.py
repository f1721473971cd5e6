"""The settings of the tracing plugin, under OpenTelemetry's own names.

The SDK reads more variables, but only from the environment of the process and not from `.env`:
OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED, OTEL_PROPAGATORS, OTEL_BSP_* such as OTEL_BSP_SCHEDULE_DELAY, the limits
OTEL_SPAN_*, and of OTEL_EXPORTER_OTLP_*: COMPRESSION, CERTIFICATE, CLIENT_CERTIFICATE, CLIENT_KEY.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, Setting, Settings, SettingType
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, URL, choice, number, optional, validated

GRPC_PORT: Final = 4317
LOCAL_COLLECTOR: Final = "http://localhost:4318"
SUPPORTED_PROTOCOL: Final = "http/protobuf"


def validate_protocol(protocol: str) -> None:
    if protocol != SUPPORTED_PROTOCOL:
        raise BadValue(
            f"must be {SUPPORTED_PROTOCOL}, which collectors accept on port 4318: grpc and http/json are not supported"
        )


def validate_headers(headers: Secret) -> None:
    for entry in headers.reveal().split(","):
        name, equals, _ = entry.strip().partition("=")
        if entry.strip() and not (name.strip() and equals):
            raise BadValue("must be comma-separated name=value pairs")


def validate_endpoint(url: str) -> None:
    if urlsplit(url).port == GRPC_PORT:
        raise BadValue("must not have port 4317, which is for grpc - use the collector's port for http, usually 4318")


def refuse_timeout(_: str) -> None:
    raise BadValue("is not supported - set TRACING__TIMEOUT, in seconds, instead")


HEADER_LIST: Final[SettingType[Secret]] = validated(SECRET, validate_headers)

COLLECTOR: Final = validated(URL, validate_endpoint)
UNSUPPORTED: Final = optional(validated(TEXT, refuse_timeout))

ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    optional(COLLECTOR),
    "URL of the OTLP/HTTP collector, without `/v1/traces`; enables tracing",
)
TRACES_ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    optional(COLLECTOR),
    "Whole URL for traces, with its path, instead of OTEL_EXPORTER_OTLP_ENDPOINT; enables tracing",
)
TRACES_EXPORTER: Final = Setting(
    "OTEL_TRACES_EXPORTER",
    optional(choice("otlp", "console", "none")),
    f"Exporter of traces; otlp alone uses {LOCAL_COLLECTOR}; console and none send nothing to a collector",
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
PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    validated(TEXT, validate_protocol),
    "Protocol of the exporter; grpc is not supported",
    default=SUPPORTED_PROTOCOL,
)
TRACES_PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    validated(TEXT, validate_protocol),
    "Protocol for traces; grpc is not supported",
    default=SUPPORTED_PROTOCOL,
)
OTLP_TIMEOUT: Final = Setting("OTEL_EXPORTER_OTLP_TIMEOUT", UNSUPPORTED, "Not supported; set TRACING__TIMEOUT")
TRACES_TIMEOUT: Final = Setting("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", UNSUPPORTED, "Not supported; set TRACING__TIMEOUT")
SERVICE_NAME: Final = Setting("OTEL_SERVICE_NAME", TEXT, "Name of this service in traces", default="glossator")
METRICS_EXPORTER: Final = Setting(
    "OTEL_METRICS_EXPORTER",
    choice("otlp", "none"),
    "Exporter of metrics; none: only `/metrics` has them",
    default="otlp",
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
    SAMPLER,
    SAMPLER_RATIO,
    TIMEOUT,
    FLUSH_TIMEOUT,
    CONTENT,
)


def traces_url(settings: Settings) -> str | None:
    """Where spans are sent; None for no collector."""
    exporter = settings[TRACES_EXPORTER]
    if exporter in ("console", "none"):
        return None
    if settings[TRACES_ENDPOINT]:
        return settings[TRACES_ENDPOINT]
    collector = settings[ENDPOINT] or (LOCAL_COLLECTOR if exporter == "otlp" else None)
    return f"{collector}/v1/traces" if collector else None


def writes_to_console(settings: Settings) -> bool:
    return settings[CONSOLE] or settings[TRACES_EXPORTER] == "console"
