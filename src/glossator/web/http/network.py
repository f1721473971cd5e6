"""The address of the client behind the trusted proxies.

Each proxy appends the address of its caller to X-Forwarded-For. A client can forge everything to the left of that.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from quart import request

from glossator.domain.accounts.account import UNKNOWN_NETWORK
from glossator.web.http.context import WebOptions, services

Address = IPv4Address | IPv6Address

MAX_ENTRIES: Final = 32
MAX_ENTRY_LENGTH: Final = 64
NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip
"""Addresses that are not reachable over the internet. Those for documentation count as public."""


def client_network() -> str:
    """The client's address; for IPv6 its /64 network, since one client usually owns all of it.

    Clients whose address is not known share UNKNOWN_NETWORK.
    """
    return network_of(_client_address())


def client_address() -> str:
    """Empty when unknown."""
    address = _client_address()
    return "" if address is None else str(address)


def network_of(address: Address | None) -> str:
    if address is None:
        return UNKNOWN_NETWORK
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def parse_address(text: str) -> Address | None:
    """Accepts a port, brackets, quotes and a zone. Unwraps IPv4 addresses from dual-stack sockets."""
    if len(text) > MAX_ENTRY_LENGTH:
        return None
    host = text.strip(' \t"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def is_public(address: Address) -> bool:
    return not any(address in network for network in NOT_PUBLIC)


def _client_address() -> Address | None:
    """None where only the address of a proxy is known."""
    hops, peer = services().get(WebOptions).trusted_hops, parse_address(request.remote_addr or "")
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    entries = forwarded.rsplit(",", MAX_ENTRIES)[-MAX_ENTRIES:]
    peer_is_public = peer is not None and is_public(peer)
    if hops == "auto" and not peer_is_public:
        found = _right_most_public(entries)
        return peer if found is None and not forwarded else found
    if hops != "auto" and 0 < hops <= len(entries) and entries[-hops].strip():
        return parse_address(entries[-hops])
    return peer if peer_is_public or not forwarded else None


def _right_most_public(entries: list[str]) -> Address | None:
    """Private addresses are those of inner proxies. The search ends at an entry that cannot be read."""
    for entry in reversed(entries):
        address = parse_address(entry)
        if address is None or is_public(address):
            return address
    return None
