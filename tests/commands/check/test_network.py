"""Checks DNS, TCP and TLS against real sockets and certificates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.commands.check.findings import Finding
from glossator.commands.check.network import SPACE_RULE, ProbeSteps, probe_endpoint
from glossator.kernel.plugin import Endpoint, endpoint_of
from tests.processes import free_port
from tests.servers.http_server import Reply, Request, serving
from tests.servers.tls_server import Authority, tls_server

PLAIN = endpoint_of("TRANSLATOR_URL", "http://localhost:1")
POSTGRES = replace(PLAIN, scheme="postgresql", tls=True, tls_request=b"8 bytes!")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trusted by this machine."""
    made = Authority.made_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


async def run_steps(endpoint: Endpoint, *, on_space: bool = False) -> list[Finding]:
    steps = ProbeSteps()
    await probe_endpoint(endpoint, steps, on_space=on_space)
    return steps.findings


def statuses(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.step, finding.status) for finding in findings]


@asynccontextmanager
async def https(authority: Authority, host: str = "localhost", days: float = 60) -> AsyncIterator[Endpoint]:
    async with tls_server(authority.context(host, days)) as port:
        yield replace(PLAIN, scheme="https", port=port, tls=True)


async def test_unknown_host_names_its_setting_and_skips_the_rest() -> None:
    endpoint = replace(PLAIN, host="no-such-cluster.invalid", tls=True, not_found_hint="clusters fall asleep")

    first, *others = await run_steps(endpoint)

    assert first == Finding(
        "dns", "failed", "host no-such-cluster.invalid not found", "check TRANSLATOR_URL; clusters fall asleep"
    )
    assert others == [Finding(step, "skipped", "skipped because dns failed") for step in ("tcp", "tls")]


async def test_closed_port_is_a_failure() -> None:
    port = free_port()

    assert (await run_steps(replace(PLAIN, port=port)))[-1] == Finding(
        "tcp", "failed", f"port {port} of localhost does not accept connections", "check TRANSLATOR_URL"
    )


async def test_closed_port_on_a_space_names_the_allowed_ports() -> None:
    endpoint = replace(PLAIN, port=free_port())

    assert (await run_steps(endpoint, on_space=True))[-1].fix == f"check TRANSLATOR_URL; {SPACE_RULE}"


async def test_failure_of_a_fixed_address_suggests_checking_the_network() -> None:
    assert (await run_steps(replace(PLAIN, setting="", port=free_port())))[-1].fix.startswith("check that the network")


async def test_ip_address_needs_no_dns_step() -> None:
    assert statuses(await run_steps(replace(PLAIN, host="127.0.0.1", port=free_port()))) == [("tcp", "failed")]


async def test_valid_certificate_reports_its_expiry(authority: Authority) -> None:
    async with https(authority) as endpoint:
        findings = await run_steps(endpoint)

    assert statuses(findings) == [("dns", "ok"), ("tcp", "ok"), ("tls", "ok")]
    assert findings[-1].message.startswith("the certificate is valid until 20")


@pytest.mark.parametrize(("days", "ending"), [(5.5, "in 5 days"), (1.5, "in 1 day")])
async def test_certificate_that_expires_soon_is_a_warning(authority: Authority, days: float, ending: str) -> None:
    async with https(authority, days=days) as endpoint:
        finding = (await run_steps(endpoint))[-1]

    assert (finding.status, finding.message[-len(ending) :]) == ("warning", ending)


@pytest.mark.parametrize(
    ("host", "days", "why"), [("other", 60, "is for another host"), ("localhost", -1, "has expired")]
)
async def test_bad_certificate_is_a_failure(authority: Authority, host: str, days: float, why: str) -> None:
    async with https(authority, host, days) as endpoint:
        finding = (await run_steps(endpoint))[-1]

    assert finding == Finding("tls", "failed", f"the certificate of localhost {why}", "check TRANSLATOR_URL")


async def test_certificate_of_an_unknown_authority_is_a_failure(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority.made_in(tmp_path / "other").file))

    async with https(authority) as endpoint:
        findings = await run_steps(endpoint), await run_steps(replace(endpoint, verify_certificate=False))

    assert [found[-1].status for found in findings] == ["failed", "warning"]


async def test_port_without_tls_is_a_failure(authority: Authority) -> None:
    async def answer(_: Request, reply: Reply) -> None:
        await reply.send_json(200, {})

    async with serving(answer) as port:
        finding = (await run_steps(replace(PLAIN, host="127.0.0.1", port=port, tls=True)))[-1]

    assert finding.message == f"port {port} of 127.0.0.1 does not speak TLS"


async def test_tls_after_a_request(authority: Authority) -> None:
    async with tls_server(authority.context("localhost", 60), tls_answer=b"S") as port:
        assert (await run_steps(replace(POSTGRES, port=port)))[-1].status == "ok"


async def test_server_that_refuses_tls_is_a_failure(authority: Authority) -> None:
    async with tls_server(authority.context("localhost", 60), tls_answer=b"N") as port:
        finding = (await run_steps(replace(POSTGRES, port=port)))[-1]

    assert finding == Finding("tls", "failed", "the server does not support TLS", "check TRANSLATOR_URL")


async def test_nothing_is_checked_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    assert statuses(await run_steps(replace(PLAIN, scheme="https", host="no-such.invalid"))) == [("proxy", "ok")]
    assert statuses(await run_steps(replace(POSTGRES, host="no-such.invalid")))[0] == ("dns", "failed")


async def test_unexpected_error_is_reported_by_class_only() -> None:
    async def broken() -> Finding:
        raise LookupError("secret text of the server")

    steps = ProbeSteps()
    await steps.run("first", broken)

    assert steps.findings == [Finding("first", "failed", "the check failed (LookupError)")]


async def test_steps_share_one_timeout() -> None:
    async def hang() -> Finding:
        await asyncio.sleep(3600)
        raise AssertionError

    steps = ProbeSteps(seconds=0.1)
    await steps.run("first", hang)
    await steps.run("second", hang)

    assert steps.findings == [
        Finding("first", "failed", "timed out: all steps of a service share 0.1 s"),
        Finding("second", "skipped", "skipped because first failed"),
    ]
