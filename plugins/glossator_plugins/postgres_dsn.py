"""Connection strings as providers hand them out, made fit for the driver.

The driver sends every query key that it does not know to the server as a setting, and the server refuses the
connection (Neon's `channel_binding`, Prisma's `pgbouncer`, libpq's `connect_timeout`). So only known keys stay.
"""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SCHEMES: Final = ("postgres", "postgresql")
KNOWN: Final = frozenset(
    {
        "host", "port", "dbname", "database", "user", "password", "passfile", "application_name", "options",
        "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib",
    }
)  # fmt: skip


def clean_dsn(dsn: str) -> str:
    """Raises ValueError, whose text holds nothing of the string, when it is no connection string."""
    try:
        parts = urlsplit(dsn.strip())
    except ValueError:
        raise ValueError("must be a connection string: postgresql://user:password@host/database") from None
    if parts.scheme not in SCHEMES:
        raise ValueError("must be a connection string that begins with postgresql:// or postgres://")
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key in KNOWN]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))
