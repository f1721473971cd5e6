"""What a trace says of a statement."""

import pytest

from glossator_plugins.postgres.statements import operation_of


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("SELECT id FROM account WHERE email = 'ada@example.com'", "SELECT account"),
        ("\n  select a.id from account a join session s on true", "SELECT account session"),
        ("INSERT INTO glossator.jobs (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = $1", "INSERT glossator.jobs"),
        ("UPDATE ONLY account SET name = $1", "UPDATE account"),
        ("DELETE FROM session WHERE token = $1", "DELETE session"),
        ("SELECT id FROM jobs FOR UPDATE SKIP LOCKED", "SELECT jobs"),
        ("SELECT id FROM jobs WHERE state IS DISTINCT FROM $1", "SELECT jobs"),
        ("WITH old AS (DELETE FROM jobs RETURNING id) SELECT id FROM old", "DELETE jobs SELECT old"),
        ("SELECT glossator.spend($1, $2)", "SELECT glossator.spend"),
        ("SELECT 1 -- FROM nowhere", "SELECT"),
        ("CREATE INDEX x ON y (z)", "CREATE"),
        ("", "UNKNOWN"),
    ],
)
def test_a_statement_is_summed_up_by_its_verbs_and_tables(sql: str, summary: str) -> None:
    assert operation_of(sql).name == operation_of(sql).attributes["db.query.summary"] == summary


def test_a_long_statement_has_a_short_summary() -> None:
    assert len(operation_of("SELECT 1 " + " ".join(f"JOIN table_{n}" for n in range(100))).name) <= 255
