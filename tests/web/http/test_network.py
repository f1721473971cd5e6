"""Client addresses and networks behind proxies."""

from dataclasses import dataclass, replace
from typing import Literal

import pytest

from glossator.web.http.context import WebOptions
from glossator.web.http.network import client_address, client_network, network_of, parse_address
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
    assert network_of(parse_address(address)) == network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1:8080", "192.0.2.1"),
        ("[2001:db8:1:2:3::]:443", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2:3::]"', "2001:db8:1:2::/64"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("_hidden", "unknown"),
        ("for=192.0.2.1", "unknown"),
        ("192.0.2.1, 192.0.2.2", "unknown"),
        ("0x7f.1", "unknown"),
        ("010.0.0.1", "unknown"),
        ("\u0661.2.3.4", "unknown"),
        ("1" * 100_000, "unknown"),
        ("[" * 60, "unknown"),
        ("::" * 30, "unknown"),
    ],
)
def test_network_of_an_entry_as_proxies_and_attackers_write_it(text: str, network: str) -> None:
    assert network_of(parse_address(text)) == network


@dataclass
class BehindProxies(Parts):
    hops: int | Literal["auto"] = 1

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=self.hops)

    async def seen(self, forwarded: str, peer: str) -> tuple[str, str]:
        """The client's address and network."""
        headers = {"Remote-Addr": peer} | ({"X-Forwarded-For": forwarded} if forwarded else {})
        async with self.app().test_request_context("/", headers=headers):
            return client_address(), client_network()


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (1, "::ffff:198.51.100.7", ("198.51.100.7", "198.51.100.7")),
        (1, "203.0.113.9, 2001:db8::7", ("2001:db8::7", "2001:db8::/64")),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", ("198.51.100.7", "198.51.100.7")),
        (1, "10.0.0.7", ("10.0.0.7", "10.0.0.7")),
        (1, "nonsense", ("", "unknown")),
        (0, "198.51.100.7", ("192.0.2.9", "192.0.2.9")),
        (3, "198.51.100.7, 10.0.0.1", ("192.0.2.9", "192.0.2.9")),
        ("auto", "198.51.100.7", ("192.0.2.9", "192.0.2.9")),
    ],
)
async def test_only_entries_of_trusted_proxies_count(
    hops: int | Literal["auto"], forwarded: str, seen: tuple[str, str]
) -> None:
    assert await BehindProxies(hops=hops).seen(forwarded, "::ffff:192.0.2.9") == seen


@pytest.mark.parametrize("peer", ["10.16.4.1", "127.0.0.1", "::1", "::ffff:172.17.0.1", "fd00::1", "100.64.0.1", ""])
@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("8.8.8.8, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.1, 172.16.0.1", "198.51.100.7"),
        ("8.8.8.8, [2001:db8::7]:443, 127.0.0.1", "2001:db8::/64"),
        ("8.8.8.8, unknown", "unknown"),
        ("8.8.8.8, ", "unknown"),
        ("8.8.8.8, _hidden, 10.0.0.1", "unknown"),
        ("10.0.0.1, 192.168.1.7", "unknown"),
        ("8.8.8.8," + "10.0.0.1," * 10_000 + "10.0.0.1", "unknown"),
        ("x" * 150_000, "unknown"),
    ],
)
async def test_auto_finds_the_right_most_public_address(forwarded: str, network: str, peer: str) -> None:
    assert (await BehindProxies(hops="auto").seen(forwarded, peer))[1] == network


@pytest.mark.parametrize("hops", [0, 1, "auto"])
async def test_a_private_client_without_a_proxy_has_its_own_network(hops: int | Literal["auto"]) -> None:
    assert await BehindProxies(hops=hops).seen("", "192.168.1.7") == ("192.168.1.7", "192.168.1.7")


@pytest.mark.parametrize(("hops", "forwarded"), [(0, "198.51.100.7"), (2, "198.51.100.7"), (11, "," * 100)])
async def test_clients_of_a_private_proxy_that_is_not_trusted_are_unknown(hops: int, forwarded: str) -> None:
    assert await BehindProxies(hops=hops).seen(forwarded, "10.0.0.1") == ("", "unknown")
