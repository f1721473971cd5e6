"""Client addresses and networks behind proxies."""

from dataclasses import dataclass, replace

import pytest

from glossator.web.http.context import WebOptions
from glossator.web.http.network import client_address, client_network, network_of
from tests.web.apps import Parts


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("192.0.2.1.5", "unknown"),
        ("a reader", "unknown"),
    ],
)
def test_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


@dataclass
class BehindProxies(Parts):
    hops: int = 1

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=self.hops)


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (1, "::ffff:198.51.100.7", ("198.51.100.7", "198.51.100.7")),
        (1, "203.0.113.9, 2001:db8::7", ("2001:db8::7", "2001:db8::/64")),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", ("198.51.100.7", "198.51.100.7")),
        (1, "nonsense", ("", "unknown")),
        (0, "198.51.100.7", ("192.0.2.9", "192.0.2.9")),
        (3, "198.51.100.7, 10.0.0.1", ("192.0.2.9", "192.0.2.9")),
    ],
)
async def test_only_entries_of_trusted_proxies_count(hops: int, forwarded: str, seen: tuple[str, str]) -> None:
    headers = {"X-Forwarded-For": forwarded, "Remote-Addr": "::ffff:192.0.2.9"}

    async with BehindProxies(hops=hops).app().test_request_context("/", headers=headers):
        assert (client_address(), client_network()) == seen
