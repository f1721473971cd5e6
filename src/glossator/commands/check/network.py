"""Checks DNS, TCP and TLS of a server, without speaking its protocol.

- The steps of a service share one timeout. After a failed step the later ones are `skipped`, each with a finding.
- Behind a proxy, DNS and TLS are the proxy's task, so they are not checked.
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

import httpx

from glossator.commands.check.findings import Finding
from glossator.kernel.plugin import Endpoint
from glossator.kernel.settings.url import proxy_for

SERVICE_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 0.5
EXPIRES_SOON_DAYS: Final = 14
TLS_ACCEPTED: Final = b"S"
SPACE_PORTS: Final = frozenset({80, 443, 8080})
SPACE_RULE: Final = "a Space can connect only to ports 80, 443 and 8080"
NETWORK: Final = "that the network of this machine allows outgoing connections"
CERTIFICATE_ERRORS: Final = {
    10: "has expired",
    18: "is self-signed",
    19: "was signed by an unknown authority",
    20: "was signed by an unknown authority",
    62: "is for another host",
}
"""Messages by OpenSSL's verification error code (X509_V_ERR_*)."""

Check = Callable[[], Awaitable[Finding]]


class ProbeSteps:
    """Runs the steps of one service within a shared timeout, in seconds, and collects the findings."""

    def __init__(self, seconds: float = SERVICE_SECONDS) -> None:
        self.findings: list[Finding] = []
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds

    @property
    def remaining(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @property
    def failed_step(self) -> str:
        """The name of the first failed step; blank when none failed."""
        return next((finding.step for finding in self.findings if finding.status == "failed"), "")

    async def run(self, step: str, check: Check) -> None:
        """Skips the step when an earlier one failed."""
        if self.failed_step:
            self.findings.append(Finding(step, "skipped", f"skipped because {self.failed_step} failed"))
            return
        try:
            async with asyncio.timeout(self.remaining):
                self.findings.append(await check())
        except TimeoutError:
            self.findings.append(
                Finding(step, "failed", f"timed out: all steps of a service share {self._seconds:g} s")
            )
        except Exception as error:  # noqa: BLE001 - an error in one service must not hide the others
            self.findings.append(Finding(step, "failed", f"the check failed ({type(error).__name__})"))


async def probe_endpoint(endpoint: Endpoint, steps: ProbeSteps, *, on_space: bool) -> None:
    """Runs the steps `dns`, `tcp` and, for TLS endpoints, `tls`."""
    if is_proxied(endpoint):
        message = f"{endpoint.host} is reached through a proxy, so DNS, TCP and TLS are not checked"
        steps.findings.append(Finding("proxy", "ok", message))
        return
    if not is_address(endpoint.host):
        await steps.run("dns", partial(resolve_host, endpoint))
    await steps.run("tcp", partial(connect_port, endpoint, on_space=on_space))
    if endpoint.tls:
        await steps.run("tls", partial(check_certificate, endpoint))


def is_proxied(endpoint: Endpoint) -> bool:
    return endpoint.scheme in {"http", "https"} and bool(proxy_for(endpoint.scheme, endpoint.host))


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def resolve_host(endpoint: Endpoint) -> Finding:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return failure("dns", f"host {endpoint.host} not found", endpoint, endpoint.not_found_hint)
    addresses = len({entry[4][0] for entry in found})
    return Finding("dns", "ok", f"{endpoint.host} has {addresses} address{'es' if addresses > 1 else ''}")


async def connect_port(endpoint: Endpoint, *, on_space: bool) -> Finding:
    hint = endpoint.unreachable_hint or (SPACE_RULE if on_space and endpoint.port not in SPACE_PORTS else "")
    try:
        async with open_connection(endpoint):
            return Finding("tcp", "ok", f"port {endpoint.port} accepts connections")
    except TimeoutError:
        return failure(
            "tcp",
            f"port {endpoint.port} of {endpoint.host} does not answer within {CONNECT_SECONDS:g} s",
            endpoint,
            hint,
        )
    except OSError:
        return failure("tcp", f"port {endpoint.port} of {endpoint.host} does not accept connections", endpoint, hint)


async def check_certificate(endpoint: Endpoint) -> Finding:
    context = httpx.create_ssl_context()
    try:
        async with open_connection(endpoint) as (reader, writer):
            if endpoint.tls_request:
                writer.write(endpoint.tls_request)
                if await reader.read(1) != TLS_ACCEPTED:
                    return failure("tls", "the server does not support TLS", endpoint)
            await writer.start_tls(context, server_hostname=endpoint.host, ssl_handshake_timeout=CONNECT_SECONDS)
            return check_expiry(writer.get_extra_info("peercert")["notAfter"])
    except ssl.SSLCertVerificationError as error:
        return untrusted_certificate(endpoint, CERTIFICATE_ERRORS.get(error.verify_code, "cannot be verified"))
    except (OSError, ValueError):
        return failure("tls", f"port {endpoint.port} of {endpoint.host} does not speak TLS", endpoint)


def check_expiry(ends: str) -> Finding:
    """`ends` has the format of certificates: `Jan  5 09:34:43 2027 GMT`."""
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    days = (end - datetime.now(UTC)).days
    if days < EXPIRES_SOON_DAYS:
        message = f"the certificate expires on {end:%Y-%m-%d}, in {days} day{'' if days == 1 else 's'}"
        return Finding("tls", "warning", message, "renew it, or ask the operator of that server")
    return Finding("tls", "ok", f"the certificate is valid until {end:%Y-%m-%d}")


def untrusted_certificate(endpoint: Endpoint, reason: str) -> Finding:
    message = f"the certificate of {endpoint.host} {reason}"
    if not endpoint.verify_certificate:
        return Finding("tls", "warning", f"{message}; the connection is still encrypted")
    return failure("tls", message, endpoint)


def failure(step: str, message: str, endpoint: Endpoint, hint: str = "") -> Finding:
    fix = f"check {endpoint.setting or NETWORK}"
    return Finding(step, "failed", message, f"{fix}; {hint}" if hint else fix)


@asynccontextmanager
async def open_connection(endpoint: Endpoint) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await writer.wait_closed()
