"""Merges settings with dynaconf and runs its validators.

dynaconf merges the tables of the settings file and the values of the environment hook, evaluates the file's values that
begin with `@`, and validates everything. Each Setting yields its Validators. Neither dynaconf's object nor its messages
leave this module: the messages contain values. Three properties of dynaconf 3.3 shape the code:

- A `cast` or `condition` that raises ends the validation and loses the other errors, so ours record the error instead.
- A blank value counts as existing, so `condition` tests for it.
- A string that begins with `@` is executed, also as a default, so defaults are wrapped in a ParsedValue.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.environment import Environment, ParsedValue, environment_hook
from glossator.kernel.settings.file import SettingsFile, Table
from glossator.kernel.settings.setting import BadValue, Setting, Value

Hook = Callable[..., dict[str, object]]


def read_values(
    declared: Sequence[Setting[Any]], file: SettingsFile, table: str, environment: Environment
) -> tuple[dict[str, Value], dict[str, str]]:
    """Return the valid values by name, and an error message for each of the other settings."""
    errors: dict[str, str] = {}
    hooks = [*map(_layer_hook, file.layers(table)), environment_hook(declared, environment, errors)]
    try:
        loaded = _load(hooks, file.path.parent, table)
        _validate(loaded, declared, lambda name: file.origin(name, table) or "default", errors)
        found = {setting: loaded.get(_key(setting.name)) for setting in declared if setting.name not in errors}
    except Exception:  # noqa: BLE001 - the error of a template in the file may contain a value
        raise SettingsInvalid([f"{file.path.name}: a value that begins with @ cannot be evaluated"]) from None
    return {setting.name: Value(setting, read.value, read.origin) for setting, read in found.items()}, errors


def _layer_hook(table: Table) -> Hook:
    """A section of `[embedded]` adds to the same section of `[default]`; by default dynaconf would replace it."""

    def layer(*_: object) -> dict[str, object]:
        return {key: {**v, "dynaconf_merge": True} if isinstance(v, dict) else v for key, v in table.items()}

    return layer


def _load(hooks: Sequence[Hook], folder: Path, table: str) -> Any:
    """Passes every option that a legacy environment variable (`PROJECT_ROOT`) could otherwise set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from dynaconf import Dynaconf  # noqa: PLC0415 - the import reads the environment, which is checked first

        loaded = Dynaconf(
            settings_files=[],
            root_path=str(folder),
            environments=True,
            env=table,
            core_loaders=[],
            loaders=[],
            load_dotenv=False,
            fresh_vars=[],
            silent_errors=True,
            post_hooks=list(hooks),
        )
        loaded.configure()
    return loaded


def _validate(
    loaded: Any, declared: Sequence[Setting[Any]], origin: Callable[[str], str], errors: dict[str, str]
) -> None:
    from dynaconf import ValidationError  # noqa: PLC0415 - see _load

    settings = {_key(setting.name): setting for setting in declared}
    loaded.validators.register(*(_value_validator(setting, origin, errors) for setting in declared))
    loaded.validators.register(*(_unless_validator(setting) for setting in declared if setting.unless))
    try:
        loaded.validators.validate_all()
    except ValidationError as error:
        for validator, _ in error.details:
            setting = settings[validator.names[0]]
            errors.setdefault(setting.name, _reason_missing(setting))


def _value_validator(setting: Setting[Any], origin: Callable[[str], str], errors: dict[str, str]) -> Any:
    """Converts what the file defines into a ParsedValue; the environment hook has done so for variables."""
    from dynaconf import Validator  # noqa: PLC0415 - see _load

    def convert(value: object) -> ParsedValue | None:
        try:
            return value if isinstance(value, ParsedValue) else _accept(setting, value, origin)
        except BadValue as error:
            errors.setdefault(setting.name, str(error))
            return None

    def is_valid(value: ParsedValue | None) -> bool:
        return value is not None and not (_is_required(setting) and value.is_blank)

    default = _default(setting)
    presence = {"must_exist": True} if default is None else {"default": default}
    return Validator(_key(setting.name), cast=convert, condition=is_valid, **presence)


def _unless_validator(setting: Setting[Any]) -> Any:
    from dynaconf import Validator  # noqa: PLC0415 - see _load

    def is_blank(value: ParsedValue | None) -> bool:
        return value is None or value.is_blank

    def is_set(value: ParsedValue | None) -> bool:
        return not is_blank(value)

    other_is_blank = Validator(_key(setting.unless or ""), condition=is_blank)
    return Validator(_key(setting.name), must_exist=True, condition=is_set, when=other_is_blank)


def _accept(setting: Setting[Any], value: object, origin: Callable[[str], str]) -> ParsedValue:
    return ParsedValue(setting.type.accept(value), origin(setting.name))


def _is_required(setting: Setting[Any]) -> bool:
    return setting.required and not setting.unless


def _default(setting: Setting[Any]) -> ParsedValue | None:
    """Return None for a required setting, and for a type that accepts no blank value."""
    if setting.default is not None:
        return ParsedValue(setting.default, "default")
    if _is_required(setting):
        return None
    with suppress(BadValue):
        return ParsedValue(setting.type.parse(""), "default")
    return None


def _reason_missing(setting: Setting[Any]) -> str:
    if setting.unless:
        return f"is required unless {setting.unless} is set"
    return "is required" if setting.required else "has no default in the settings file and is not set"


def _key(name: str) -> str:
    return name.replace("__", ".")
