from glossator.domain.accounts.services import AccountRules


def test_the_rules_are_the_promised_ones() -> None:
    rules = AccountRules()

    assert (rules.open_to_new, rules.legacy_tokens, rules.most_sessions) == (True, True, 50)
    assert (rules.argon2.memory, rules.argon2.time, rules.argon2.parallelism) == (19456, 2, 1)
    assert (rules.hashes_at_once, rules.line, rules.patience, rules.refused_after) == (2, 200, 20.0, 0.4)
    assert rules.remembered_for == 5.0
