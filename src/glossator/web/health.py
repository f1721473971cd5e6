"""Liveness, readiness and the state of the circuit breakers."""

from datetime import timedelta
from typing import Any

from quart import Blueprint, Response, jsonify, request

from glossator.domain.book.index import PassageIndex
from glossator.domain.clock import now
from glossator.domain.errors import Unavailable
from glossator.kernel.guards.guard import Guard
from glossator.kernel.readiness import Readiness
from glossator.web.auth.admin import require_admin
from glossator.web.http.context import services
from glossator.web.http.json import format_time

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("")
async def health() -> Response:
    """Liveness: the process serves. Calls no service."""
    return jsonify({"status": "healthy"})


@bp.get("/ready")
async def ready() -> tuple[Response, int]:
    probe = request.args.get("probe") == "1"
    if probe:
        await require_admin()
    report = await services().get(Readiness).report(probe=probe)
    checks: dict[str, Any] = {
        health.name: {
            "status": "up" if health.ok else "down",
            "latency_ms": health.latency_ms,
            "breaker": health.breaker,
        }
        for health in report
    }
    passages = await _passages()
    down = any(health.required and not health.ok for health in report)
    status = "not_ready" if down or passages is None else "ready"
    return jsonify({"status": status, "services": checks, "passages": passages}), 200 if status == "ready" else 503


async def _passages() -> int | None:
    """None when the index does not answer."""
    try:
        live = await services().get(PassageIndex).live()
    except Unavailable:
        return None
    return live.passages if live else 0


@bp.get("/circuits")
async def circuits() -> Response:
    return jsonify({guard.name: _circuit(guard) for guard in services().guards()})


def _circuit(guard: Guard) -> dict[str, Any]:
    failing = guard.failing_seconds
    return {
        "state": guard.state,
        "failure_count": guard.failure_count,
        "failing_since": None if failing is None else format_time(now() - timedelta(seconds=failing)),
        "last_error": guard.last_error,
        "running": guard.running,
        "waiting": guard.waiting,
    }
