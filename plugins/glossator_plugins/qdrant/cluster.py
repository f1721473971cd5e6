"""The configured cluster: its address, and hints for errors."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from glossator.kernel.settings.url import is_loopback, proxy_for

SPACE_PORTS: Final = (80, 443, 8080)
"""The outgoing ports of a Hugging Face Space."""
SUSPENDED: Final = (
    "free clusters are suspended after 1 week without use and deleted after 4: open the Qdrant Cloud console"
)


@dataclass(frozen=True)
class QdrantCluster:
    """`url` as configured: without user info and query, with or without a port."""

    url: str
    on_space: bool = False
    has_key: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The client would use 6333 for every address without a port, but Qdrant Cloud also serves 443."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 6333)

    @property
    def uses_tls(self) -> bool:
        return urlsplit(self.url).scheme != "http"

    @property
    def proxy(self) -> str:
        return proxy_for(urlsplit(self.url).scheme, self.host)

    @property
    def origin(self) -> str:
        """The address for messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def warning(self) -> str:
        """Empty outside a Space, and for a port that a Space can reach."""
        if not self.on_space or self.port in SPACE_PORTS or is_loopback(self.host):
            return ""
        return f"a Space can only call ports 80, 443 and 8080, not {self.port}: use https://{self.host}"
