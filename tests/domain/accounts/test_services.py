from glossator.domain.accounts.services import AccountOptions
from tests.options import CHEAP


def test_options_without_settings_have_the_documented_values() -> None:
    options = AccountOptions(sign_up_open=True, legacy_tokens=True, argon2=CHEAP)

    assert options.max_sessions == 50
    assert (options.hash_workers, options.max_queue, options.max_wait, options.refusal_time) == (2, 200, 20.0, 0.4)
    assert options.session_cache_time == 5.0
