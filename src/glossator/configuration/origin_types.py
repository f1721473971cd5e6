"""How origins are read: from the comma list CORS_ALLOWED_ORIGINS and from the table `origins` of settings.toml."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from glossator.configuration.origins import ENTRY_KEYS, Origin, origin_warning, read_origin
from glossator.kernel.settings.setting import BadValue, SettingType


@dataclass(frozen=True)
class OriginList:
    """Blanks and empty entries are ignored; every faulty entry is named by its place in the list."""

    secret: bool = False

    def parse(self, text: str) -> tuple[Origin, ...]:
        return self.accept(text.split(","))

    def accept(self, value: object) -> tuple[Origin, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
            raise BadValue("must be a list of texts")
        return _all_or_faults([entry.strip() for entry in value if entry.strip()], read_origin)

    def warning(self, value: object) -> str | None:
        return _warnings(value)


@dataclass(frozen=True)
class OriginTable:
    """`origins = [{ origin_url = "https://...", enabled = false }]`; `enabled` may be left out."""

    secret: bool = False

    def parse(self, text: str) -> tuple[Origin, ...]:
        if text:
            raise BadValue("is a table of settings.toml, list origins in CORS_ALLOWED_ORIGINS")
        return ()

    def accept(self, value: object) -> tuple[Origin, ...]:
        if not isinstance(value, list | tuple):
            raise BadValue("must be a list of tables")
        return _all_or_faults(value, _read_entry)

    def warning(self, value: object) -> str | None:
        return _warnings(value)


def _read_entry(entry: object) -> Origin:
    url = entry.get("origin_url") if isinstance(entry, dict) else None
    enabled = entry.get("enabled", True) if isinstance(entry, dict) else None
    if (
        not isinstance(entry, dict)
        or not isinstance(url, str)
        or not isinstance(enabled, bool)
        or entry.keys() - ENTRY_KEYS
    ):
        raise BadValue("must be { origin_url = text, enabled = true or false }")
    return Origin(read_origin(url.strip()).origin_url, enabled)


def _all_or_faults(entries: Iterable[object], read: Callable[..., Origin]) -> tuple[Origin, ...]:
    found: dict[str, Origin] = {}
    faults: list[str] = []
    for place, entry in enumerate(entries, start=1):
        try:
            origin = read(entry)
        except BadValue as fault:
            faults.append(f"entry {place} {fault}")
        else:
            found[origin.origin_url] = origin
    if faults:
        raise BadValue("; ".join(faults))
    return tuple(found.values())


def _warnings(value: object) -> str | None:
    origins = value if isinstance(value, tuple) else ()
    warnings = [origin_warning(origin) for origin in origins if isinstance(origin, Origin)]
    return "; ".join(text for text in warnings if text) or None


ORIGIN_LIST: Final[SettingType[tuple[Origin, ...]]] = OriginList()
ORIGIN_TABLE: Final[SettingType[tuple[Origin, ...]]] = OriginTable()
