"""The cluster that the settings name: where it is, and what there is to know before it is called."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from glossator.kernel.settings.url import is_loopback

SPACE_PORTS: Final = (80, 443, 8080)
"""What a Hugging Face Space may call."""
SUSPENDED: Final = (
    "free clusters are suspended after 1 week without use and deleted after 4: open the Qdrant Cloud console"
)


@dataclass(frozen=True)
class Cluster:
    """`url` as the operator wrote it: without user info and query, with or without a port."""

    url: str
    on_space: bool = False
    has_key: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The client would take 6333 for every address without one, and Qdrant Cloud also serves 443."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 6333)

    @property
    def origin(self) -> str:
        """What may be shown of the address."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def warning(self) -> str:
        """Empty when a Space lets calls to this port out, or when we do not run on one."""
        if not self.on_space or self.port in SPACE_PORTS or is_loopback(self.host):
            return ""
        return f"a Space may call only the ports 80, 443 and 8080, not {self.port}: write https://{self.host}"
