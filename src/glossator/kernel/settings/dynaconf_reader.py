"""dynaconf at work: it merges the file's tables with what our hook read, and runs the validators.

Its object does not leave this module, nor do its messages: they repeat values.
"""

import glob
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.environment import Environment, Read, environment_hook
from glossator.kernel.settings.file import SettingsFile
from glossator.kernel.settings.setting import BadValue, Setting, Value


def read_values(
    declared: Sequence[Setting[Any]], file: SettingsFile, table: str, environment: Environment
) -> tuple[dict[str, Value], dict[str, str]]:
    """The values by name, and by name what is wrong with the others."""
    faults: dict[str, str] = {}
    hooks = [_restoring(file.lost_defaults(declared, table)), environment_hook(declared, environment, faults)]
    accepted: dict[str, object] = {}
    _validate(_load(file, table, hooks), declared, accepted, faults)
    values: dict[str, Value] = {}
    for setting in declared:
        if setting.name in faults:
            continue
        try:
            values[setting.name] = _value(setting, accepted, file.origin(setting.name, table))
        except BadValue as fault:
            faults[setting.name] = str(fault)
    return values, faults | _missing(values)


def _restoring(lost: dict[str, object]) -> Callable[..., dict[str, object]]:
    def restore_lost_defaults(*_: object) -> dict[str, object]:
        return dict(lost)

    return restore_lost_defaults


def _load(file: SettingsFile, table: str, hooks: Sequence[Callable[..., dict[str, object]]]) -> Any:
    """Every option that an old name in the environment (`PROJECT_ROOT`) would set is given here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from dynaconf import Dynaconf  # noqa: PLC0415 - importing it reads the environment, which is checked first

            loaded = Dynaconf(
                settings_files=[glob.escape(str(file.path))],
                root_path=str(file.path.parent),
                environments=True,
                env=table,
                core_loaders=["TOML"],
                loaders=[],
                load_dotenv=False,
                fresh_vars=[],
                silent_errors=True,
                post_hooks=list(hooks),
            )
            loaded.configure()
    except Exception:  # noqa: BLE001 - whatever a template of the file raises, its text may repeat a value
        raise SettingsInvalid([f"{file.path.name}: a value that begins with @ cannot be evaluated"]) from None
    return loaded


def _validate(
    loaded: Any, declared: Sequence[Setting[Any]], accepted: dict[str, object], faults: dict[str, str]
) -> None:
    """Fills `accepted` with what was given: values of the kinds' own types, or Read ones."""
    from dynaconf import ValidationError, Validator  # noqa: PLC0415 - see _load

    names = {_key(setting): setting.name for setting in declared}
    for setting in declared:
        accept = _accepting(setting, accepted, faults)
        must_exist = True if setting.required and not setting.unless else None
        loaded.validators.register(Validator(_key(setting), must_exist=must_exist, condition=accept))
    try:
        loaded.validators.validate_all()
    except ValidationError as error:
        for validator, _ in error.details:
            faults.setdefault(names[validator.names[0]], "is required")
    except Exception:  # noqa: BLE001 - see _load
        raise SettingsInvalid(["settings file: a value that begins with @ cannot be evaluated"]) from None


def _accepting(setting: Setting[Any], accepted: dict[str, object], faults: dict[str, str]) -> Callable[[object], bool]:
    def accept(value: object) -> bool:
        try:
            accepted[setting.name] = value if isinstance(value, Read) else setting.type.accept(value)
        except BadValue as fault:
            faults.setdefault(setting.name, str(fault))
            return False
        return True

    return accept


def _value(setting: Setting[Any], accepted: dict[str, object], in_file: str | None) -> Value:
    value = accepted.get(setting.name)
    if isinstance(value, Read):
        return Value(setting, value.value, value.origin)
    if setting.name in accepted:
        return Value(setting, value, in_file or "default")
    if setting.default is not None:
        return Value(setting, setting.default, "default")
    try:
        return Value(setting, setting.type.parse(""), "default")
    except BadValue:
        raise BadValue("has no default in the settings file and is not set") from None


def _missing(values: dict[str, Value]) -> dict[str, str]:
    """Required settings that are blank, and have no other that stands in for them."""
    missing: dict[str, str] = {}
    for name, value in values.items():
        setting = value.setting
        other = values.get(setting.unless) if setting.unless else None
        if setting.required and value.value in (None, ()) and (other is None or other.value is None):
            missing[name] = f"is required unless {setting.unless} is set" if setting.unless else "is required"
    return missing


def _key(setting: Setting[Any]) -> str:
    return setting.name.replace("__", ".")
