"""Connection strings as providers hand them out, made fit for the driver.

The driver sends every query key that it does not know to the server as a setting, and the server refuses the
connection (Neon's `channel_binding`, Prisma's `pgbouncer`, libpq's `connect_timeout`). So only known keys stay.
"""

import ssl
import struct
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from glossator.kernel.plugin import Endpoint
from glossator.kernel.settings.url import is_host

SCHEMES: Final = ("postgres", "postgresql")
KNOWN: Final = frozenset(
    {
        "host", "port", "dbname", "database", "user", "password", "passfile", "application_name", "options",
        "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib",
    }
)  # fmt: skip
EXAMPLE: Final = "postgresql://user:password@host/database"
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERIFYING: Final = ("verify-ca", "verify-full")
SYSTEM: Final = "system"
USUAL_PORT: Final = 5432
TLS_REQUEST: Final = struct.pack("!II", 8, 80877103)
"""The protocol's SSLRequest: its length and its code."""


def clean_dsn(dsn: str) -> str:
    """Raises ValueError, whose text holds nothing of the string, when it is no connection string."""
    parts = split(dsn)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key in KNOWN]
    if trusts_machine(dict(kept)):
        kept = [(key, value) for key, value in kept if key not in {"sslmode", "sslrootcert"}]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def trusted_tls(dsn: str) -> ssl.SSLContext | None:
    """For a string that wants the certificate verified and names no file: the machine's own authorities.

    The driver would look for one in the home folder, which a container does not have.
    """
    keys = dict(parse_qsl(split(dsn).query))
    if not trusts_machine(keys):
        return None
    context = ssl.create_default_context()
    context.check_hostname = keys["sslmode"] == "verify-full"
    return context


def trusts_machine(keys: Mapping[str, str]) -> bool:
    return keys.get("sslmode") in VERIFYING and keys.get("sslrootcert", SYSTEM) == SYSTEM


def host_of(dsn: str) -> str:
    """Host and port as they may be shown."""
    parts = split(dsn)
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "")
    return f"{host}:{parts.port}" if parts.port else host


def endpoint_of(setting: str, dsn: str) -> Endpoint | None:
    """None for a socket in the file system, and for several hosts. TLS is asked for when the string insists on it."""
    parts = split(dsn)
    keys = dict(parse_qsl(parts.query))
    host, port = parts.hostname or keys.get("host", ""), str(parts.port or keys.get("port", USUAL_PORT))
    if not is_host(host) or not port.isdecimal():
        return None
    mode = keys.get("sslmode")
    return Endpoint(
        setting=setting,
        scheme="postgresql",
        host=host,
        port=int(port),
        tls=mode in {"require", *VERIFYING},
        tls_request=TLS_REQUEST,
        verify_certificate=mode in VERIFYING,
    )


def split(dsn: str) -> SplitResult:
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
    """What was probably given instead of a connection string."""
    if text.startswith("napi_"):
        return f"must be the connection string, not an API key: copy {EXAMPLE} from Connect in the Neon console"
    if text.startswith(tuple(f"{scheme}+" for scheme in SCHEMES)):
        return "must be a connection string that begins with postgresql://, without the driver's name"
    if text[:1] in {'"', "'"} or text.startswith("psql"):
        return "must be the bare connection string, without quotes and without psql before it"
    return "must be a connection string that begins with postgresql:// or postgres://"
