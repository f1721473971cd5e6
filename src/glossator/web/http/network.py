"""The address of the client behind the trusted proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from quart import request

from glossator.web.http.context import WebOptions, services


def client_network() -> str:
    """The client's address; for IPv6 its /64 network, since one client usually owns all of it."""
    return network_of(_forwarded_address())


def network_of(address: str) -> str:
    try:
        parsed = _parse_address(address)
    except ValueError:
        return "unknown"
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{parsed}/64", strict=False))


def client_address() -> str:
    """Empty when unknown."""
    try:
        return str(_parse_address(_forwarded_address()))
    except ValueError:
        return ""


def _parse_address(address: str) -> IPv4Address | IPv6Address:
    """Unwraps IPv4 addresses from dual-stack sockets, which would otherwise all share one IPv6 network."""
    parsed = ip_address(address)
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _forwarded_address() -> str:
    """Behind n trusted proxies: the n-th entry of X-Forwarded-For from the right, since clients can forge the rest."""
    hops = services().get(WebOptions).trusted_hops
    forwarded = [entry.strip() for entry in ",".join(request.headers.getlist("X-Forwarded-For")).split(",")]
    if hops and len(forwarded) >= hops and forwarded[-hops]:
        return forwarded[-hops]
    return request.remote_addr or ""
