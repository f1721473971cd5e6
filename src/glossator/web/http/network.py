"""Who is calling, as far as the operator's proxies can be trusted."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from quart import request

from glossator.web.http.context import WebOptions, services


def client_network() -> str:
    """The caller's address; an IPv6 one as its /64, since a single caller owns all of it."""
    return network_of(_client_address())


def network_of(address: str) -> str:
    try:
        parsed = _parsed(address)
    except ValueError:
        return "unknown"
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{parsed}/64", strict=False))


def client_address() -> str:
    """Empty when it is not known."""
    try:
        return str(_parsed(_client_address()))
    except ValueError:
        return ""


def _parsed(address: str) -> IPv4Address | IPv6Address:
    """A socket for both kinds writes IPv4 addresses as a part of IPv6, where they would all be one network."""
    parsed = ip_address(address)
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _client_address() -> str:
    """Behind n trusted proxies the n-th entry of X-Forwarded-For from the right; the rest can be made up."""
    hops = services().get(WebOptions).trusted_hops
    forwarded = [entry.strip() for entry in ",".join(request.headers.getlist("X-Forwarded-For")).split(",")]
    if hops and len(forwarded) >= hops and forwarded[-hops]:
        return forwarded[-hops]
    return request.remote_addr or ""
