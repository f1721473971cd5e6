"""Who knocks, before it is known who he is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Where a request comes from; `network` is what failures are counted by."""

    network: str
    ip_address: str = ""
    user_agent: str = ""
