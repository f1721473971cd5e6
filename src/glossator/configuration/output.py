"""Settings as people may see them, with their origins: a secret is only `set` or `missing`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from glossator.configuration.origins import Origin
from glossator.kernel.settings.loading import WRONG
from glossator.kernel.settings.secret import MASK
from glossator.kernel.settings.setting import Value

SET_BY_OPERATOR: Final = ("command line", "environment", ".env")
LIST_WIDTH: Final = 80
URL: Final = re.compile(r"(https?://[^/?#\s]+)[/?#]\S+")


def value_to_json(value: Value) -> object:
    """The value as JSON."""
    if value.setting.type.secret:
        return "set" if value.value or value.origin.endswith(WRONG) else "missing"
    if isinstance(value.value, tuple | list):
        return [str(entry.origin_url) if isinstance(entry, Origin) else str(entry) for entry in value.value]
    return str(value.value) if isinstance(value.value, Path) else value.value


def format_value(value: Value) -> str:
    found = value_to_json(value)
    if isinstance(found, list):
        listed = ", ".join(found) or "none"
        return listed if len(listed) <= LIST_WIDTH else f"{len(found)} entries"
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None:
        return "-" if value.origin.endswith(WRONG) else "not set"
    return f"{found:g}" if isinstance(found, float) else str(found)


def is_set_by_operator(value: Value) -> bool:
    return value.origin.removesuffix(WRONG) in SET_BY_OPERATOR


def sort_values(values: Iterable[Value]) -> list[Value]:
    """Values set by the operator first, defaults last."""

    def sort_key(value: Value) -> tuple[int, str]:
        if is_set_by_operator(value):
            return 0, value.setting.name
        return (2 if value.origin == "default" else 1), value.setting.name

    return sorted(values, key=sort_key)


def logged_settings(values: Sequence[Value]) -> dict[str, dict[str, object]]:
    """Value and origin by name, for the log: what may contain an e-mail address is masked too."""
    return {
        value.setting.name: {"value": masked(value, value_to_json(value)), "origin": value.origin}
        for value in sort_values(values)
    }


def logged_line(values: Sequence[Value]) -> str:
    """What the operator set, on one line."""
    own = [value for value in sort_values(values) if is_set_by_operator(value)]
    listed = [f"{value.setting.name}={masked(value, format_value(value))} ({value.origin})" for value in own]
    others = f"{len(values) - len(own)} from the settings file and defaults"
    return "; ".join([", ".join(listed), others] if listed else [others])


def masked(value: Value, shown: object) -> object:
    """Of a URL only scheme and host: the rest may hold a key."""
    if "@" in str(value.value):
        return MASK
    return URL.sub(r"\1/...", shown) if isinstance(shown, str) else shown
