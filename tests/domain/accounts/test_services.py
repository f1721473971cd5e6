from glossator.domain.accounts.services import AccountOptions


def test_the_rules_are_the_promised_ones() -> None:
    options = AccountOptions()

    assert (options.open_to_new, options.legacy_tokens, options.most_sessions) == (True, True, 50)
    assert (options.argon2.memory, options.argon2.time, options.argon2.parallelism) == (19456, 2, 1)
    assert (options.hashes_at_once, options.line, options.patience, options.refused_after) == (2, 200, 20.0, 0.4)
    assert options.remembered_for == 5.0
