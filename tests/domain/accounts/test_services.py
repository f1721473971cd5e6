from glossator.domain.accounts.services import AccountOptions
from tests.options import CHEAP


def test_options_without_a_setting_have_the_documented_values() -> None:
    options = AccountOptions(open_to_new=True, legacy_tokens=True, argon2=CHEAP)

    assert options.most_sessions == 50
    assert (options.hashes_at_once, options.line, options.patience, options.refused_after) == (2, 200, 20.0, 0.4)
    assert options.remembered_for == 5.0
