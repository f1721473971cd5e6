from datetime import UTC, datetime

import pytest

from glossator.kernel.registry import RunningService
from tests.kernel.plugins import TranslatorService
from tests.web.apps import ADMIN_KEY, ORIGIN, Parts


async def test_health_calls_no_service() -> None:
    translator = TranslatorService(broken=True)

    reply = await Parts(started=[RunningService("translator", translator, True, 60)]).app().test_client().get("/health")

    assert (reply.status_code, await reply.get_json(), translator.checks) == (200, {"status": "healthy"}, 0)


@pytest.mark.parametrize(("broken", "required", "status"), [(False, True, 200), (True, True, 503), (True, False, 200)])
async def test_ready_means_that_every_required_service_is_up(broken: bool, required: bool, status: int) -> None:
    parts = Parts(started=[RunningService("translator", TranslatorService(broken=broken), required, 60)])

    reply = await parts.app().test_client().get("/health/ready")
    body = await reply.get_json()

    assert reply.status_code == status
    assert body["passages"] == 3
    assert body["services"]["translator"]["status"] == ("down" if broken else "up")
    assert body["services"]["translator"]["breaker"] == "closed"


async def test_circuits_report_state_and_failures() -> None:
    client = Parts(started=[RunningService("translator", TranslatorService(broken=True), True, 60)]).app().test_client()
    await client.get("/health/ready")

    body = await (await client.get("/health/circuits")).get_json()

    assert datetime.fromisoformat(body["translator"].pop("failing_since")) <= datetime.now(UTC)
    assert body == {
        "translator": {
            "state": "closed",
            "failure_count": 1,
            "last_error": "ServiceError",
            "running": 0,
            "waiting": 0,
        }
    }


async def test_a_probe_with_the_admin_key_checks_now() -> None:
    translator = TranslatorService()
    client = Parts(started=[RunningService("translator", translator, True, 60)]).app().test_client()
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}

    await client.get("/health/ready?probe=1", headers=headers)
    await client.get("/health/ready?probe=1", headers=headers)

    assert translator.checks == 2


@pytest.mark.parametrize(
    ("key", "status"), [(f"Bearer {ADMIN_KEY}", 200), ("Bearer wrong", 404), ("", 404)], ids=["right", "wrong", "none"]
)
async def test_probe_results_are_not_readable_from_other_origins(key: str, status: int) -> None:
    headers = {"Origin": ORIGIN, "Authorization": key}

    reply = await Parts().app().test_client().get("/health/ready?probe=1", headers=headers)

    assert reply.status_code == status
    assert [name for name, _ in reply.headers if name.startswith("Access-Control-")] == []


async def test_readiness_is_readable_from_allowed_origins() -> None:
    reply = await Parts().app().test_client().get("/health/ready", headers={"Origin": ORIGIN})

    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_after_ten_wrong_admin_keys_only_the_right_one_passes() -> None:
    client = Parts().app().test_client()
    statuses = [
        (await client.get("/health/ready?probe=1", headers={"Authorization": "Bearer wrong"})).status_code
        for _ in range(11)
    ]

    wrong = await client.get("/evaluate", headers={"Authorization": "Bearer wrong"})
    right = await client.get("/health/ready?probe=1", headers={"Authorization": f"Bearer {ADMIN_KEY}"})

    assert statuses == [404] * 10 + [429]
    assert wrong.status_code == 429
    assert 0 < int(wrong.headers["Retry-After"]) <= 60
    assert right.status_code == 200


async def test_the_root_is_json_for_programs_and_a_page_for_browsers() -> None:
    client = Parts().app().test_client()

    program = await client.get("/")
    browser = await client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    head = await client.head("/")

    assert await program.get_json() == {"status": "online", "service": "glossator", "version": "1.2.3"}
    assert '<form class="ask"' in await browser.get_data(as_text=True)
    assert "default-src 'none'" in browser.headers["Content-Security-Policy"]
    assert browser.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert head.status_code == 200
