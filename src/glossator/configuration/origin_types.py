"""The setting types of origins: the comma-separated CORS_ALLOWED_ORIGINS and the table `origins` of settings.toml."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from glossator.configuration.origins import ENTRY_KEYS, Origin, origin_warning, parse_origin
from glossator.kernel.settings.setting import BadValue, SettingType


@dataclass(frozen=True)
class OriginList:
    """White space and empty entries are ignored; each invalid entry is reported by its position."""

    secret: bool = False

    def parse(self, text: str) -> tuple[Origin, ...]:
        return self.accept(text.split(","))

    def accept(self, value: object) -> tuple[Origin, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
            raise BadValue("must be a list of texts")
        return _parse_all([entry.strip() for entry in value if entry.strip()], parse_origin)

    def warning(self, value: object) -> str | None:
        return _join_warnings(value)


@dataclass(frozen=True)
class OriginTable:
    """`origins = [{ origin_url = "https://...", enabled = false }]`; `enabled` is true by default."""

    secret: bool = False

    def parse(self, text: str) -> tuple[Origin, ...]:
        if text:
            raise BadValue("is a table of settings.toml; list origins in CORS_ALLOWED_ORIGINS")
        return ()

    def accept(self, value: object) -> tuple[Origin, ...]:
        if not isinstance(value, list | tuple):
            raise BadValue("must be a list of tables")
        return _parse_all(value, _parse_entry)

    def warning(self, value: object) -> str | None:
        return _join_warnings(value)


def _parse_entry(entry: object) -> Origin:
    url = entry.get("origin_url") if isinstance(entry, dict) else None
    enabled = entry.get("enabled", True) if isinstance(entry, dict) else None
    if (
        not isinstance(entry, dict)
        or not isinstance(url, str)
        or not isinstance(enabled, bool)
        or entry.keys() - ENTRY_KEYS
    ):
        raise BadValue("must be { origin_url = text, enabled = true or false }")
    return Origin(parse_origin(url.strip()).origin_url, enabled)


def _parse_all(entries: Iterable[object], parse: Callable[..., Origin]) -> tuple[Origin, ...]:
    found: dict[str, Origin] = {}
    errors: list[str] = []
    for position, entry in enumerate(entries, start=1):
        try:
            origin = parse(entry)
        except BadValue as error:
            errors.append(f"entry {position} {error}")
        else:
            found[origin.origin_url] = origin
    if errors:
        raise BadValue("; ".join(errors))
    return tuple(found.values())


def _join_warnings(value: object) -> str | None:
    origins = value if isinstance(value, tuple) else ()
    warnings = [origin_warning(origin) for origin in origins if isinstance(origin, Origin)]
    return "; ".join(text for text in warnings if text) or None


ORIGIN_LIST: Final[SettingType[tuple[Origin, ...]]] = OriginList()
ORIGIN_TABLE: Final[SettingType[tuple[Origin, ...]]] = OriginTable()
