"""Settings in the log: values with their origins, without secrets."""

import json

from glossator.configuration.core import ADMIN_API_KEY, PORT, SUPPORT_URL
from glossator.configuration.output import logged_line, logged_settings
from glossator.kernel.settings.secret import MASK, Secret
from glossator.kernel.settings.setting import Value

VALUES = (
    Value(PORT, 8080, "settings.toml [default]"),
    Value(ADMIN_API_KEY, Secret("planted-key"), "environment"),
    Value(SUPPORT_URL, "mailto:planted@example.com", ".env"),
)
URL = "https://model.example:8443/planted-key/v1?key=planted"


def test_the_log_names_every_setting_and_its_origin_and_masks_secrets_and_addresses() -> None:
    assert logged_settings(VALUES) == {
        "ADMIN_API_KEY": {"value": "set", "origin": "environment"},
        "SUPPORT_URL": {"value": MASK, "origin": ".env"},
        "PORT": {"value": 8080, "origin": "settings.toml [default]"},
    }
    json.dumps(logged_settings(VALUES))


def test_the_readable_line_has_what_the_operator_set() -> None:
    assert logged_line(VALUES) == (
        f"ADMIN_API_KEY=set (environment), SUPPORT_URL={MASK} (.env); 1 from the settings file and defaults"
    )


def test_of_a_url_only_scheme_and_host_are_logged() -> None:
    value = Value(SUPPORT_URL, URL, "environment")

    assert logged_settings([value])["SUPPORT_URL"]["value"] == "https://model.example:8443/..."
    assert logged_line([value]).startswith("SUPPORT_URL=https://model.example:8443/... (environment)")
