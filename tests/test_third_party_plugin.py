"""A plugin that came with a distribution of its own starts when it is named, without any change in ours."""

import signal

from tests.processes import Workplace


def test_it_starts_with_its_own_settings_and_stops_with_the_others(place: Workplace, third_party: str) -> None:
    stamped = place.having(PLUGINS="local_models,qdrant_edge,stamp", PYTHONPATH=third_party)

    with stamped.having(STAMP_KEY="very-secret", STAMP__SIZE="7").starts("serve", fresh=True) as running:
        running.serves()
        with running.client() as client:
            ready = client.get("/health/ready").json()
        running.signalled(signal.SIGTERM)
        done = running.ended()

    assert "stamp: opened with a key of 11 letters and size 7" in done.errors
    assert "stamp: closed" in done.errors
    assert ready["services"]["stamp"]["status"] == "up"
    assert "very-secret" not in done.errors
    assert done.code == 0


def test_its_section_in_the_settings_file_counts(place: Workplace, third_party: str) -> None:
    with place.folder.joinpath("settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[production.stamp]\nsize = 5\n")
    stamped = place.having(PLUGINS="local_models,qdrant_edge,stamp", PYTHONPATH=third_party, STAMP_KEY="secret")

    with stamped.starts("serve") as running:
        running.says("size 5")


def test_its_rules_are_checked_together_with_ours(place: Workplace, third_party: str) -> None:
    stamped = place.having(PLUGINS="local_models,qdrant_edge,stamp", PYTHONPATH=third_party)

    done = stamped.having(STAMP__SIZE="12", LOG__LEVEL="LOUD").runs("serve")

    assert done.code == 78
    assert {line.partition(":")[0] for line in done.told} == {"STAMP_KEY", "STAMP__SIZE", "LOG__LEVEL"}


def test_one_that_is_not_named_is_not_started(place: Workplace, third_party: str) -> None:
    with place.having(PLUGINS="local_models,qdrant_edge", PYTHONPATH=third_party).starts("serve") as running:
        running.serves()

    assert "stamp" not in running.errors


def test_one_that_is_not_installed_is_reported_with_those_that_are(place: Workplace) -> None:
    done = place.having(PLUGINS="local_models,qdrant_edge,stamp").runs("serve")

    assert done.code == 78
    assert "there is no plugin 'stamp' - installed are: " in done.told[0]


ADA = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse"}


def test_accounts_work_over_a_third_party_database(place: Workplace, third_party: str, empty_database_dsn: str) -> None:
    with_records = place.having(PLUGINS="local_models,qdrant_edge,records", PYTHONPATH=third_party)
    settings = {"RECORDS_DSN": empty_database_dsn, "BETTER_AUTH_SECRET": "secret of the tests, long enough"}

    with with_records.having(**settings).starts("serve") as running:
        running.serves()
        with running.client() as client:
            issued = client.post("/api/auth/sign-up/email", json=ADA).raise_for_status().json()
            bearer = {"Authorization": f"Bearer {issued['token']}"}
            session = client.get("/api/auth/get-session", headers=bearer).raise_for_status().json()
            auth = client.get("/config").raise_for_status().json()["auth"]

    assert session["user"]["email"] == ADA["email"]
    assert auth["mode"] == "optional"


def test_a_third_party_database_needs_the_session_secret(place: Workplace, third_party: str) -> None:
    with_records = place.having(PLUGINS="local_models,qdrant_edge,records", PYTHONPATH=third_party, RECORDS_DSN="any")

    done = with_records.runs("serve")

    assert done.code == 78
    assert [line.partition(":")[0] for line in done.told] == ["BETTER_AUTH_SECRET"]
