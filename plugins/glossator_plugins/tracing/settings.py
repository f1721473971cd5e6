"""The settings of the tracing plugin, under OpenTelemetry's own names.

The SDK reads more variables, but only from the environment of the process and not from `.env`:
OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED, OTEL_PROPAGATORS, OTEL_BSP_* such as OTEL_BSP_SCHEDULE_DELAY, the limits
OTEL_SPAN_*, and of OTEL_EXPORTER_OTLP_*: COMPRESSION, CERTIFICATE, CLIENT_CERTIFICATE, CLIENT_KEY.
"""

from typing import Any, Final

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, Setting, SettingType
from glossator.kernel.settings.types import FLAG, SECRET, TEXT, URL, choice, number, optional, validated

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


HEADER_LIST: Final[SettingType[Secret]] = validated(SECRET, validate_headers)

ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    optional(URL),
    "URL of the OTLP/HTTP collector, without `/v1/traces`; enables tracing",
)
CONSOLE: Final = Setting("OTEL_CONSOLE_EXPORT", FLAG, "Write spans to standard output, one per line; enables tracing")
HEADERS: Final = Setting(
    "OTEL_EXPORTER_OTLP_HEADERS",
    optional(HEADER_LIST),
    "Headers for the collector, such as its key: comma-separated name=value pairs",
)
PROTOCOL: Final = Setting(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    validated(TEXT, validate_protocol),
    "Protocol of the exporter; grpc is not supported",
    default=SUPPORTED_PROTOCOL,
)
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
    CONSOLE,
    HEADERS,
    PROTOCOL,
    SERVICE_NAME,
    METRICS_EXPORTER,
    SAMPLER,
    SAMPLER_RATIO,
    TIMEOUT,
    FLUSH_TIMEOUT,
    CONTENT,
)
