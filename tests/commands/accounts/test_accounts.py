"""`glossator accounts`, next to a running server and without one."""

import json
import logging
import os
import pty
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from click.testing import CliRunner

from glossator.cli import main
from tests.forks import FORK_SERVER
from tests.processes import Done, Running, Workplace

PASSWORD: Final = "correct horse battery"
NEW_PASSWORD: Final = "a new horse battery"
ACTIONS: Final = ("show", "reset-password", "deactivate", "activate", "revoke")
CACHE_SECONDS: Final = 5.0


@pytest.fixture(scope="module")
def place_of_all(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace.made_in(tmp_path_factory.mktemp("accounts")).having(GLOSSATOR_ENV="embedded")


@pytest.fixture(scope="module")
def served(place_of_all: Workplace) -> Iterator[Running]:
    with place_of_all.starts("dev") as running:
        running.serves()
        yield running


@pytest.fixture
def client(served: Running) -> Iterator[httpx.Client]:
    with served.client() as opened:
        yield opened


def signed_up(client: httpx.Client, email: str) -> dict[str, Any]:
    client.cookies.clear()
    body = {"email": email, "password": PASSWORD, "name": "Ada Lovelace"}
    return dict(client.post("/api/auth/sign-up/email", json=body).raise_for_status().json())


def signs_in(client: httpx.Client, email: str, password: str = PASSWORD) -> int:
    client.cookies.clear()
    return client.post("/api/auth/sign-in/email", json={"email": email, "password": password}).status_code


def session_of(client: httpx.Client, token: str) -> Any:
    client.cookies.clear()
    return client.get("/api/auth/get-session", headers={"Authorization": f"Bearer {token}"}).json()


def accounts(place: Workplace, *arguments: str) -> Done:
    """Runs the command in this process, which is faster than a process for each call; stdin is not a terminal."""
    environment = {**place.variables, "PORT": str(place.port)}
    with chdir(place.folder):
        result = CliRunner().invoke(main, ["accounts", *arguments], env=environment, catch_exceptions=False)
    return Done(result.exit_code, result.stdout, result.stderr)


def test_list_shows_a_page_with_the_newest_first(place_of_all: Workplace, client: httpx.Client) -> None:
    for name in ("first", "second", "third"):
        signed_up(client, f"{name}@list.example")

    shown = accounts(place_of_all, "list", "--limit", "2")
    document = json.loads(accounts(place_of_all, "list", "--limit", "1", "--offset", "1", "--json").output)

    assert [line.split()[5] for line in shown.output.splitlines()[:2]] == ["third@list.example", "second@list.example"]
    assert shown.output.splitlines()[2].startswith("1 to 2 of ")
    assert [account["email"] for account in document["accounts"]] == ["second@list.example"]
    assert document["total"] >= 3


def test_show_prints_the_account_and_its_sessions_without_credentials(
    place_of_all: Workplace, client: httpx.Client
) -> None:
    token = signed_up(client, "ada@show.example")["token"]

    document = accounts(place_of_all, "show", "Ada@Show.example", "--json")
    text = accounts(place_of_all, "show", "ada@show.example").output

    shown = json.loads(document.output)
    assert (shown["email"], shown["active"], len(shown["sessions"])) == ("ada@show.example", True, 1)
    assert "Ada Lovelace" in text
    assert [secret for secret in (token, "$argon2") if secret in document.output + text] == []


def test_printed_request_sets_a_new_password_once_within_an_hour(place_of_all: Workplace, client: httpx.Client) -> None:
    signed_up(client, "ada@reset.example")

    reset = json.loads(accounts(place_of_all, "reset-password", "ada@reset.example", "--json").output)
    call = [part.replace("THE NEW PASSWORD", NEW_PASSWORD) for part in shlex.split(reset["call"])]
    first, second = (subprocess.run([*call, "-s"], capture_output=True, text=True, check=True) for _ in range(2))

    left = datetime.fromisoformat(reset["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=50) < left < timedelta(minutes=61)
    assert json.loads(first.stdout) == {"status": True}
    assert json.loads(second.stdout)["code"] == "INVALID_TOKEN"
    assert [signs_in(client, "ada@reset.example", word) for word in (PASSWORD, NEW_PASSWORD)] == [401, 200]


def test_reset_prints_its_expiry_and_a_hint_for_a_closed_account(place_of_all: Workplace, client: httpx.Client) -> None:
    signed_up(client, "ada@closed.example")
    accounts(place_of_all, "deactivate", "ada@closed.example")

    output = accounts(place_of_all, "reset-password", "ada@closed.example").output

    assert "/api/auth/reset-password" in output
    assert "UTC:" in output.splitlines()[0]
    assert "reopen it with `glossator accounts activate`" in output


def test_closed_account_is_refused_until_it_is_active_again(place_of_all: Workplace, client: httpx.Client) -> None:
    token = signed_up(client, "ada@state.example")["token"]

    closed = accounts(place_of_all, "deactivate", "ada@state.example")
    time.sleep(CACHE_SECONDS)
    while_closed = signs_in(client, "ada@state.example"), session_of(client, token)["code"]
    accounts(place_of_all, "activate", "ada@state.example")

    assert closed.output == "The account of ada@state.example is closed.\n"
    assert while_closed == (403, "ACCOUNT_INACTIVE")
    assert signs_in(client, "ada@state.example") == 200


def test_revoked_sessions_end_within_five_seconds(place_of_all: Workplace, client: httpx.Client) -> None:
    token = signed_up(client, "ada@revoke.example")["token"]
    assert session_of(client, token) is not None

    done = json.loads(accounts(place_of_all, "revoke", "ada@revoke.example", "--json").output)
    time.sleep(CACHE_SECONDS)

    assert (done["action"], done["account"]["email"]) == ("revoked", "ada@revoke.example")
    assert session_of(client, token) is None
    assert signs_in(client, "ada@revoke.example") == 200


def test_deleted_account_cannot_sign_in(place_of_all: Workplace, client: httpx.Client) -> None:
    signed_up(client, "ada@delete.example")

    done = accounts(place_of_all, "delete", "ada@delete.example", "--yes")

    assert (done.code, done.output) == (0, "The account of ada@delete.example and all its data have been deleted.\n")
    assert accounts(place_of_all, "show", "ada@delete.example").code == 1
    assert signs_in(client, "ada@delete.example") == 401


def test_delete_without_a_terminal_needs_yes(place_of_all: Workplace, client: httpx.Client) -> None:
    signed_up(client, "ada@unasked.example")

    done = accounts(place_of_all, "delete", "ada@unasked.example")

    assert (done.code, done.output) == (2, "")
    assert "pass --yes" in done.errors
    assert signs_in(client, "ada@unasked.example") == 200


@pytest.mark.parametrize(("answer", "code", "signing_in"), [("n", 1, 200), ("y", 0, 401)])
def test_delete_asks_on_a_terminal(
    place_of_all: Workplace, client: httpx.Client, tmp_path: Path, answer: str, code: int, signing_in: int
) -> None:
    email = f"ada@{answer}.example"
    signed_up(client, email)
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    output, errors = tmp_path / "output", tmp_path / "errors"
    for file in (output, errors):
        file.touch()
    environment = {"PATH": os.environ["PATH"], "HOME": str(place_of_all.folder), **place_of_all.variables}

    process = FORK_SERVER.start(
        "glossator", ["accounts", "delete", email], place_of_all.folder, environment,
        [output, errors, Path(os.ttyname(theirs))],
    )  # fmt: skip
    ended = process.wait(120)
    os.close(ours)
    os.close(theirs)

    assert ended == code
    assert f"Delete the account of {email}" in errors.read_text("utf-8")
    assert signs_in(client, email) == signing_in


@pytest.mark.parametrize("email", ["nobody@example.com", "no e-mail", "", "x" * 600 + "@example.com"])
def test_unknown_email_is_reported_in_one_line(place_of_all: Workplace, served: Running, email: str) -> None:
    done = accounts(place_of_all, "show", email)

    assert (done.code, done.output, done.told) == (1, "", [f"no account has the e-mail {email}"])


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_on_an_unknown_account_exits_with_one(
    place_of_all: Workplace, served: Running, action: str
) -> None:
    assert accounts(place_of_all, action, "nobody@example.com", "--json").code == 1


def test_emails_and_tokens_are_printed_and_not_logged(
    place_of_all: Workplace, served: Running, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    signed_up(client, "ada@silent.example")
    caplog.set_level(logging.DEBUG)

    runs = [
        accounts(place_of_all, *action, "ada@silent.example", "--json")
        for action in [*zip(ACTIONS), ("delete", "--yes")]
    ]

    assert [run.code for run in runs] == [0] * 6
    assert [run.errors for run in runs] == [""] * 6
    token = json.loads(runs[1].output)["token"]
    assert [word for word in ("ada@silent", token) if word in caplog.text + served.errors] == []


def test_without_a_server_the_command_opens_the_data_itself(place: Workplace) -> None:
    alone = place.having(GLOSSATOR_ENV="embedded")

    done = alone.runs("accounts", "list")

    assert (done.code, done.output) == (0, "There are no accounts.\n")
    assert alone.postgres is None


def test_without_a_database_there_are_no_accounts(place: Workplace) -> None:
    done = place.having(GLOSSATOR_ENV="embedded", PLUGINS="local_models,qdrant_edge").runs("accounts", "list")

    assert (done.code, done.told) == (78, ["PLUGINS: no plugin provides Database - add one that does"])
