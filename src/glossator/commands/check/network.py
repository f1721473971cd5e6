"""The way to a server, step by step: its name, its port, its certificate. Nothing of its protocol is spoken.

- The steps of a service share one time; a failed step makes the later ones `skipped`, each with its own finding.
- A client that goes through a proxy leaves names and certificates to it, so the way is not looked at then.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

from glossator.commands.check.report import Finding
from glossator.kernel.plugin import Endpoint

SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 0.5
EXPIRES_SOON_DAYS: Final = 14
TLS_AGREED: Final = b"S"
SPACE_PORTS: Final = frozenset({80, 443, 8080})
SPACE_RULE: Final = "a Space may call the ports 80, 443 and 8080 only"
NETWORK: Final = "the network of this machine: it must let calls out"
DISTRUST: Final = {
    10: "has expired",
    18: "is self-signed",
    19: "was signed by an authority that is not known here",
    20: "was signed by an authority that is not known here",
    62: "is for another host",
}
"""By OpenSSL's number of the verification error (X509_V_ERR_*)."""

Look = Callable[[], Awaitable[Finding]]


class Steps:
    """Collects the findings of one service within its time, in seconds."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.findings: list[Finding] = []
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds

    @property
    def remaining(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @property
    def failed(self) -> str:
        """The first step that failed; blank when none did."""
        return next((finding.step for finding in self.findings if finding.status == "failed"), "")

    async def take(self, step: str, look: Look) -> None:
        """`look` runs unless an earlier step failed."""
        if self.failed:
            self.findings.append(Finding(step, "skipped", f"not tried, since {self.failed} failed"))
            return
        try:
            async with asyncio.timeout(self.remaining):
                self.findings.append(await look())
        except TimeoutError:
            self.findings.append(Finding(step, "failed", f"not done within the {self._seconds:g} s of a service"))
        except Exception as error:  # noqa: BLE001 - one service's trouble must not hide the next service
            self.findings.append(Finding(step, "failed", f"cannot be looked at ({type(error).__name__})"))


async def walk(endpoint: Endpoint, steps: Steps, *, on_space: bool) -> None:
    """Takes the steps `dns`, `tcp` and, where the endpoint has it, `tls`."""
    if is_proxied(endpoint):
        message = f"{endpoint.host} is reached through the proxy of the environment, so the way is not looked at"
        steps.findings.append(Finding("proxy", "ok", message))
        return
    if not is_address(endpoint.host):
        await steps.take("dns", partial(find_host, endpoint))
    await steps.take("tcp", partial(reach_port, endpoint, on_space=on_space))
    if endpoint.tls:
        await steps.take("tls", partial(see_certificate, endpoint))


def is_proxied(endpoint: Endpoint) -> bool:
    """By the same variables, and their exceptions, as the HTTP clients go."""
    proxies = getproxies()
    return (
        endpoint.scheme in {"http", "https"}
        and bool(proxies.get(endpoint.scheme) or proxies.get("all"))
        and not proxy_bypass(endpoint.host)
    )


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def find_host(endpoint: Endpoint) -> Finding:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return failed("dns", f"the host {endpoint.host} is not found", endpoint, endpoint.not_found_hint)
    addresses = len({entry[4][0] for entry in found})
    return Finding("dns", "ok", f"{endpoint.host} has {addresses} address{'es' if addresses > 1 else ''}")


async def reach_port(endpoint: Endpoint, *, on_space: bool) -> Finding:
    hint = endpoint.unreachable_hint or (SPACE_RULE if on_space and endpoint.port not in SPACE_PORTS else "")
    try:
        async with connected(endpoint):
            return Finding("tcp", "ok", f"port {endpoint.port} takes connections")
    except TimeoutError:
        return failed(
            "tcp",
            f"port {endpoint.port} of {endpoint.host} does not answer within {CONNECT_SECONDS:g} s",
            endpoint,
            hint,
        )
    except OSError:
        return failed("tcp", f"port {endpoint.port} of {endpoint.host} takes no connection", endpoint, hint)


async def see_certificate(endpoint: Endpoint) -> Finding:
    context = httpx.create_ssl_context()
    try:
        async with connected(endpoint) as (reader, writer):
            if endpoint.tls_request:
                writer.write(endpoint.tls_request)
                if await reader.read(1) != TLS_AGREED:
                    return failed("tls", "the server does not want to encrypt", endpoint)
            await writer.start_tls(context, server_hostname=endpoint.host, ssl_handshake_timeout=CONNECT_SECONDS)
            return validity(writer.get_extra_info("peercert")["notAfter"])
    except ssl.SSLCertVerificationError as error:
        return distrusted(endpoint, DISTRUST.get(error.verify_code, "cannot be verified"))
    except (OSError, ValueError):
        return failed("tls", f"port {endpoint.port} of {endpoint.host} does not speak TLS", endpoint)


def validity(ends: str) -> Finding:
    """`ends` as certificates write it: `Jan  5 09:34:43 2027 GMT`."""
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    days = (end - datetime.now(UTC)).days
    if days < EXPIRES_SOON_DAYS:
        message = f"the certificate ends on {end:%Y-%m-%d}, in {days} day{'' if days == 1 else 's'}"
        return Finding("tls", "warning", message, "renew it, or ask who runs the server")
    return Finding("tls", "ok", f"the certificate is valid until {end:%Y-%m-%d}")


def distrusted(endpoint: Endpoint, why: str) -> Finding:
    message = f"the certificate of {endpoint.host} {why}"
    if not endpoint.verify_certificate:
        return Finding("tls", "warning", f"{message}; the connection is encrypted all the same")
    return failed("tls", message, endpoint)


def failed(step: str, message: str, endpoint: Endpoint, hint: str = "") -> Finding:
    fix = f"check {endpoint.setting or NETWORK}"
    return Finding(step, "failed", message, f"{fix}; {hint}" if hint else fix)


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await writer.wait_closed()
