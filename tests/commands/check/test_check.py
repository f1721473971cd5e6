"""Runs `glossator check` as a process against real servers and checks its output and exit codes."""

import json
from typing import Any, Final

import asyncpg
import pytest

from glossator.domain.accounts.encryption import KeyCipher
from glossator.storage.schema.existing_columns import TABLES
from tests.plugins.neon.services import PASSWORD
from tests.processes import Done, Workplace, free_port
from tests.production import SECRETS, Production
from tests.servers.openai_behaviour import UNAUTHORIZED

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

KEYS: Final = {
    "environment", "settings", "faults", "warnings", "space", "origins", "endpoints", "services", "exit_code",
}  # fmt: skip


async def run_check(production: Production, **variables: str) -> dict[str, Any]:
    return parse_report(await production.runs("check", "--json", **variables))


def parse_report(done: Done) -> dict[str, Any]:
    """The printed report; its exit code is that of the process."""
    printed: dict[str, Any] = json.loads(done.output)
    assert printed["exit_code"] == done.code
    return printed


def statuses(printed: dict[str, Any]) -> dict[str, str]:
    return {service["name"]: service["status"] for service in printed["services"]}


def findings(printed: dict[str, Any], name: str) -> dict[str, dict[str, str]]:
    service = next(service for service in printed["services"] if service["name"] == name)
    return {finding["step"]: finding for finding in service["findings"]}


def setting(printed: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in printed["settings"] if entry["name"] == name)


async def test_exit_code_is_zero_when_everything_works(production: Production) -> None:
    assert (await production.runs("ingest", "sample-book")).code == 0

    printed = await run_check(production)

    assert printed["exit_code"] == 0
    assert statuses(printed) == {"openai": "ok", "qdrant": "ok", "neon": "ok", "tracing": "ok"}
    assert [*findings(printed, "openai")] == ["tcp", "clock", "start", "embeddings", "answers", "budget", "quota"]
    assert findings(printed, "qdrant")["book"]["message"].startswith("collection claude-cli-db serves build 1: ")
    assert findings(printed, "qdrant")["dimension"]["message"] == "the book's vectors match the embedding model"
    assert findings(printed, "qdrant")["rules"]["status"] == "ok"
    assert findings(printed, "neon")["database"]["message"].startswith("PostgreSQL ")


async def test_the_caps_and_prices_are_named_and_an_unknown_price_is_a_warning(production: Production) -> None:
    known = findings(await run_check(production), "openai")
    unpriced = {"OPENAI__PROMPT_PRICE": "", "OPENAI_BASE_URL": "https://models.invalid", "OPENAI_MODEL": "mine"}
    unknown = findings(await run_check(production, **unpriced), "openai")

    assert known["budget"]["message"] == "$5.00 per day, $50.00 per month; $0.15 and $0.6 per million tokens"
    assert "price" not in known
    assert unknown["price"] == {
        "step": "price",
        "status": "warning",
        "message": "the price of mine is unknown, so it counts as the most expensive model",
        "fix": "set OPENAI__PROMPT_PRICE (USD per million tokens)",
    }


async def test_check_changes_nothing_at_any_service(production: Production) -> None:
    printed = await run_check(production)

    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    try:
        assert await connection.fetchval("SELECT to_regnamespace('glossator') IS NULL AND to_regclass('users') IS NULL")
    finally:
        await connection.close()
    assert "the next start applies what is missing" in findings(printed, "neon")["schema"]["message"]
    assert (await production.qdrant.client.get_collections()).collections == []
    assert findings(printed, "qdrant")["book"] == {
        "step": "book",
        "status": "warning",
        "message": "collection claude-cli-db has no book yet",
        "fix": "run glossator ingest PATH",
    }
    assert [request.path for request in production.openai.requests] == [
        "/", "/v1/models", "/v1/embeddings", "/v1/chat/completions",
    ]  # fmt: skip


async def test_failing_service_does_not_hide_later_ones(production: Production) -> None:
    production.openai.behaviour.failure = UNAUTHORIZED

    printed = await run_check(production, NEON_API_KEY=f"postgresql://me:{PASSWORD}@127.0.0.1:{free_port()}/book")

    assert printed["exit_code"] == 69
    assert statuses(printed) == {"openai": "failed", "qdrant": "skipped", "neon": "failed", "tracing": "ok"}
    assert findings(printed, "openai")["start"]["message"] == "the key was rejected (401)"
    assert findings(printed, "openai")["start"]["fix"] == "check OPENAI_API_KEY"
    assert findings(printed, "qdrant")["tcp"]["status"] == "ok"
    assert "Embedder" in findings(printed, "qdrant")["start"]["message"]
    assert findings(printed, "neon")["tcp"]["fix"] == "check NEON_API_KEY"


async def test_book_of_another_embedding_model_suggests_a_rebuild(production: Production) -> None:
    assert (await production.runs("ingest", "sample-book")).code == 0

    printed = await run_check(production, OPENAI_EMBEDDING_MODEL="text-embedding-3-large")

    start = findings(printed, "qdrant")["start"]
    assert (printed["exit_code"], start["status"]) == (69, "failed")
    assert "1536" in start["message"]
    assert "3072" in start["message"]
    assert "glossator ingest --rebuild" in start["fix"]


async def test_wrong_encryption_key_fails_with_a_fix(production: Production) -> None:
    key, other = KeyCipher("a key that is long enough"), "another key, long enough"
    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    try:
        await connection.execute(TABLES[0].definition)
        sql = "INSERT INTO users (id, email, email_hash, password_hash) VALUES ('1', $1, '1', 'hash')"
        await connection.execute(sql, key.encrypt("ada@example.com"))

        unset, wrong = await run_check(production), await run_check(production, DATA_ENCRYPTION_KEY=other)
        right = await run_check(production, DATA_ENCRYPTION_KEY="a key that is long enough")
        both = await run_check(
            production, DATA_ENCRYPTION_KEY=other, DATA_ENCRYPTION_KEY_PREVIOUS="a key that is long enough"
        )
        assert await connection.fetchval("SELECT to_regnamespace('glossator') IS NULL")
    finally:
        await connection.close()

    found = [findings(printed, "neon")["encryption"] for printed in (unset, wrong, right, both)]
    assert [printed["exit_code"] for printed in (unset, wrong, right, both)] == [69, 69, 0, 0]
    assert [finding["status"] for finding in found] == ["failed", "failed", "ok", "warning"]
    assert found[0]["fix"] == "set DATA_ENCRYPTION_KEY to the key they were encrypted with"
    assert "DATA_ENCRYPTION_KEY is another key" in found[1]["message"]
    assert found[2]["message"].endswith(f"DATA_ENCRYPTION_KEY (key {key.key_id})")
    assert found[3]["fix"] == "run glossator encrypt --rotate"


async def test_stored_active_key_decides(production: Production) -> None:
    key = "a key that is long enough"
    assert (await production.runs("encrypt", DATA_ENCRYPTION_KEY=key)).code == 0

    wrong, right = await run_check(production), await run_check(production, DATA_ENCRYPTION_KEY=key)

    assert findings(wrong, "neon")["encryption"]["message"].endswith(
        f"encrypted (key {KeyCipher(key).key_id}), and no key is set"
    )
    assert findings(right, "neon")["encryption"]["status"] == "ok"
    assert [printed["exit_code"] for printed in (wrong, right)] == [69, 0]


async def test_missing_trace_collector_is_only_a_warning(production: Production) -> None:
    printed = await run_check(production, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")

    assert printed["exit_code"] == 0
    assert findings(printed, "tracing")["tcp"]["status"] == "warning"


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"]])
async def test_no_secret_is_printed_when_a_server_fails(production: Production, arguments: list[str]) -> None:
    production.openai.behaviour.failure = UNAUTHORIZED

    done = await production.runs(*arguments)

    assert [secret for secret in SECRETS if secret in done.output + done.errors] == []
    assert done.errors == ""


async def test_wrong_database_password_is_reported_but_not_printed(production: Production) -> None:
    done = await production.runs("check", NEON_API_KEY=production.dsn.replace(PASSWORD, "another-secret"))

    assert done.code == 69
    assert "authentication failed" in done.output
    assert "another-secret" not in done.output + done.errors


def test_every_invalid_setting_is_reported_with_a_fix(place: Workplace) -> None:
    printed = parse_report(place.having(PORT="80", QDRANT_API_KEY="").runs("check", "--json"))

    assert set(printed) == KEYS
    assert printed["exit_code"] == 78
    faults = {fault["setting"]: fault for fault in printed["faults"]}
    assert {"PORT", "OPENAI_API_KEY", "QDRANT_URL", "NEON_API_KEY", "BETTER_AUTH_SECRET"} == set(faults)
    assert all(fault["message"] and fault["fix"] for fault in printed["faults"])
    assert statuses(printed) == dict.fromkeys(("openai", "qdrant", "neon", "tracing"), "skipped")


def test_settings_are_listed_with_their_origins_despite_errors(place: Workplace) -> None:
    (place.folder / ".env").write_text("OPENAI_API_KEY=sk-from-the-file\nLOG__LEVEL=ERROR\n", "utf-8")

    printed = parse_report(place.having(BETTER_AUTH_SECRET="short").runs("check", "--json"))

    assert setting(printed, "OPENAI_API_KEY") == {"name": "OPENAI_API_KEY", "value": "set", "origin": ".env"}
    assert setting(printed, "LOG__LEVEL") == {"name": "LOG__LEVEL", "value": "ERROR", "origin": ".env"}
    assert setting(printed, "SERVER__HOST")["origin"] == "settings.toml [production]"
    assert setting(printed, "BETTER_AUTH_SECRET")["origin"] == "environment (wrong)"
    assert setting(printed, "QDRANT_URL") == {"name": "QDRANT_URL", "value": None, "origin": "default"}


def test_unreadable_settings_file_is_an_error(place: Workplace) -> None:
    (place.folder / "settings.toml").write_text("[default", "utf-8")

    done = place.runs("check")

    assert done.code == 78
    assert "settings.toml: is not valid TOML" in done.output


def test_unreadable_env_file_is_an_error(place: Workplace) -> None:
    (place.folder / ".env").write_bytes(b"OPENAI_API_KEY=\xff")

    printed = parse_report(place.runs("check", "--json"))

    assert (printed["exit_code"], printed["faults"][0]["setting"]) == (78, ".env")


def test_missing_port_of_the_listed_plugins_is_an_error(place: Workplace) -> None:
    printed = parse_report(place.having(PLUGINS="local_models", GLOSSATOR_ENV="embedded").runs("check", "--json"))

    assert printed["exit_code"] == 78
    assert "PassageIndex" in printed["faults"][0]["message"]


def test_report_describes_the_space_and_its_endpoints(place: Workplace) -> None:
    on_space = place.having(
        GLOSSATOR_ENV="embedded", SPACE_ID="ada/book", SPACE_HOST="ada-book.hf.space", ADMIN_API_KEY="a" * 24
    )

    printed = parse_report(on_space.runs("check", "--json"))

    space = printed["space"]
    assert (space["space_url"], space["username"], space["space_name"]) == ("https://ada-book.hf.space", "ada", "book")
    assert (space["sdk_type"], space["status"]) == ("docker", "stopped")
    assert (space["secrets"]["ADMIN_API_KEY"], space["secrets"]["DATA_ENCRYPTION_KEY"]) == ("set", "missing")
    assert "https://ada-book.hf.space" in printed["origins"]["allowed"]
    assert printed["origins"]["trusted"] == printed["origins"]["allowed"]
    assert printed["endpoints"]["base_url"] == "https://ada-book.hf.space"
    assert {"methods": ["POST"], "path": "/chat"} in printed["endpoints"]["routes"]


def test_errors_on_a_space_are_reported_with_its_secrets(place: Workplace) -> None:
    on_space = place.having(SPACE_ID="ada/book", SPACE_HOST="ada-book.hf.space", BETTER_AUTH_SECRET="short")

    printed = parse_report(on_space.runs("check", "--json"))

    assert printed["space"]["status"] == "error"
    assert printed["space"]["secrets"]["BETTER_AUTH_SECRET"] == "set"
    assert printed["space"]["secrets"]["NEON_API_KEY"] == "missing"
    assert "Space's settings" in printed["faults"][0]["fix"]


def test_embedded_without_data_succeeds_and_creates_nothing(place: Workplace) -> None:
    before = sorted(place.folder.iterdir())

    printed = parse_report(place.having(GLOSSATOR_ENV="embedded").runs("check", "--json"))

    assert printed["exit_code"] == 0
    assert statuses(printed)["local_models"] == "ok"
    assert (statuses(printed)["qdrant_edge"], statuses(printed)["local_postgres"]) == ("skipped", "skipped")
    assert [path for path in sorted(place.folder.iterdir()) if not path.name.startswith("process-")] == before


def test_running_server_that_owns_the_data_is_queried(served: Workplace) -> None:
    printed = parse_report(served.runs("check", "--json"))

    assert (printed["environment"], printed["exit_code"]) == ("embedded", 0)
    assert {service["findings"][0]["step"] for service in printed["services"]} == {"probe"}
    assert findings(printed, "qdrant_edge")["book"]["message"] == "2 passages"


def test_running_server_with_another_site_url_is_a_warning(served: Workplace) -> None:
    printed = parse_report(served.having(SITE_URL="https://book.example").runs("check", "--json"))

    assert (printed["exit_code"], statuses(printed)["site"]) == (0, "warning")
    assert findings(printed, "site")["page"]["message"] == "the running server has another SITE_URL"


def test_text_output_is_plain_and_has_no_colours_in_a_pipe(served: Workplace) -> None:
    done = served.runs("check")

    lines = done.output.splitlines()
    assert "  not running on a Space" in lines
    assert f"Endpoints of http://localhost:{served.port}" in lines
    assert f"  ok       probe       responds to the running server at http://localhost:{served.port}" in lines
    assert lines[-1] == "Everything is ready."
    assert "\x1b" not in done.output
