"""Reads connection strings, and removes what the driver does not support.

The driver sends every unknown query key to the server as a run-time setting, and the server then refuses the
connection (Neon's `channel_binding`, Prisma's `pgbouncer`, libpq's `connect_timeout`).
"""

import ssl
import struct
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from glossator.kernel.plugin import Endpoint
from glossator.kernel.settings.url import is_host

SCHEMES: Final = ("postgres", "postgresql")
SUPPORTED_KEYS: Final = frozenset(
    {
        "host", "port", "dbname", "database", "user", "password", "passfile", "application_name", "options",
        "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib",
    }
)  # fmt: skip
EXAMPLE: Final = "postgresql://user:password@host/database"
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERIFYING_MODES: Final = ("verify-ca", "verify-full")
SYSTEM: Final = "system"
DEFAULT_PORT: Final = 5432
TLS_REQUEST: Final = struct.pack("!II", 8, 80877103)
"""The protocol's SSLRequest: its length and its code."""


def clean_dsn(dsn: str) -> str:
    """The connection string for the driver. Raises ValueError, whose text holds nothing of the string."""
    parts = split_dsn(dsn)
    keys = [(key, value) for key, value in parse_qsl(parts.query) if key in SUPPORTED_KEYS]
    if uses_system_certificates(dict(keys)):
        keys = [(key, value) for key, value in keys if key not in {"sslmode", "sslrootcert"}]
    return urlunsplit(parts._replace(query=urlencode(keys), fragment=""))


def system_tls(dsn: str) -> ssl.SSLContext | None:
    """A context with the system's certificate authorities, when the string verifies and names no file.

    The driver would look for a file in the home folder, which a container does not have.
    """
    keys = dict(parse_qsl(split_dsn(dsn).query))
    if not uses_system_certificates(keys):
        return None
    context = ssl.create_default_context()
    context.check_hostname = keys["sslmode"] == "verify-full"
    return context


def uses_system_certificates(keys: Mapping[str, str]) -> bool:
    return keys.get("sslmode") in VERIFYING_MODES and keys.get("sslrootcert", SYSTEM) == SYSTEM


def host_of(dsn: str) -> str:
    """Host and port, for messages."""
    parts = split_dsn(dsn)
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "")
    return f"{host}:{parts.port}" if parts.port else host


def postgres_endpoint(setting: str, dsn: str) -> Endpoint | None:
    """None for a Unix socket and for several hosts. `tls` is true when the string requires TLS."""
    parts = split_dsn(dsn)
    keys = dict(parse_qsl(parts.query))
    host, port = parts.hostname or keys.get("host", ""), str(parts.port or keys.get("port", DEFAULT_PORT))
    if not is_host(host) or not port.isdecimal():
        return None
    mode = keys.get("sslmode")
    return Endpoint(
        setting=setting,
        scheme="postgresql",
        host=host,
        port=int(port),
        tls=mode in {"require", *VERIFYING_MODES},
        tls_request=TLS_REQUEST,
        verify_certificate=mode in VERIFYING_MODES,
    )


def split_dsn(dsn: str) -> SplitResult:
    """Raises ValueError as `clean_dsn` does."""
    try:
        parts = urlsplit(dsn.strip())
    except ValueError:
        raise ValueError(f"must be a connection string: {EXAMPLE}") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(hint(dsn.strip()))
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(
            "must be a connection string with a valid port - in its password write / as %2F, # as %23, ? as %3F"
        ) from None
    mode = dict(parse_qsl(parts.query)).get("sslmode", "require")
    if mode not in SSL_MODES:
        raise ValueError(f"must be a connection string whose sslmode is one of: {', '.join(SSL_MODES)}")
    return parts


def hint(text: str) -> str:
    """A message for common mistakes."""
    if text.startswith("napi_"):
        return f"must be the connection string, not an API key: copy {EXAMPLE} from Connect in the Neon console"
    if text.startswith(tuple(f"{scheme}+" for scheme in SCHEMES)):
        return "must be a connection string that begins with postgresql://, without the driver's name"
    if text[:1] in {'"', "'"} or text.startswith("psql"):
        return "must be the connection string alone, without quotes and without psql before it"
    return "must be a connection string that begins with postgresql:// or postgres://"
