"""Sign-up data, later changes, and the limits of passwords, names and profile texts."""

from dataclasses import dataclass, field
from typing import Final, TypedDict

from glossator.domain.accounts.account import is_text
from glossator.domain.accounts.encryption import PREFIX
from glossator.domain.accounts.errors import FieldRefused, PasswordRefused, PasswordTooLong, PasswordTooShort

MIN_PASSWORD_LENGTH: Final = 8  # in UTF-16 units
MAX_PASSWORD_LENGTH: Final = 128
MAX_NAME_BYTES: Final = 352  # encrypted, they fit into the 512 characters of users.name
MAX_PROFICIENCY_BYTES: Final = 50
MAX_IMAGE_BYTES: Final = 2048
MAX_PROFILE_TEXT_BYTES: Final = 4000
DEFAULT_PROFICIENCY: Final = "pro"


def check_new_password(password: str) -> None:
    """Raises PasswordTooShort, PasswordTooLong, PasswordRefused."""
    check_password(password)
    if _utf16_units(password) < MIN_PASSWORD_LENGTH:
        raise PasswordTooShort


def check_password(password: str) -> None:
    """Checks an existing password, which may be short. Raises PasswordTooLong, PasswordRefused."""
    if not is_text(password):
        raise PasswordRefused
    if _utf16_units(password) > MAX_PASSWORD_LENGTH:
        raise PasswordTooLong


def check_name(name: str) -> None:
    """Raises FieldRefused."""
    check_field("name", name, max_bytes=MAX_NAME_BYTES)


def check_proficiency(proficiency: str) -> None:
    """Raises FieldRefused."""
    check_field("proficiency", proficiency, max_bytes=MAX_PROFICIENCY_BYTES)
    if not proficiency:
        raise FieldRefused("proficiency", "must not be empty")


def check_field(field: str, text: str, *, max_bytes: int) -> None:
    """`max_bytes` counts UTF-8 bytes. Raises FieldRefused."""
    if not is_text(text):
        raise FieldRefused(field, "must be text")
    if text.startswith(PREFIX):
        raise FieldRefused(field, f"must not begin with {PREFIX}")
    if len(text.encode()) > max_bytes:
        raise FieldRefused(field, f"must not be longer than {max_bytes} bytes")


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Registration:
    email: str = field(repr=False)
    name: str = field(repr=False)
    password: str = field(repr=False)
    proficiency: str = DEFAULT_PROFICIENCY
    image: str | None = None
    remember: bool = True


class AccountChanges(TypedDict, total=False):
    """Missing keys keep their value; an `image` of None removes it."""

    name: str
    image: str | None
    proficiency: str


class ProfileChanges(TypedDict, total=False):
    """Missing keys keep their value."""

    technical_background: str
    hardware_access: str
    learning_goals: str


def check_changes(changes: AccountChanges) -> None:
    """Raises FieldRefused."""
    if "name" in changes:
        check_name(changes["name"])
    if "proficiency" in changes:
        check_proficiency(changes["proficiency"])
    check_field("image", changes.get("image") or "", max_bytes=MAX_IMAGE_BYTES)


def check_profile(changes: ProfileChanges) -> None:
    """Raises FieldRefused."""
    for name, text in changes.items():
        check_field(name, str(text), max_bytes=MAX_PROFILE_TEXT_BYTES)
