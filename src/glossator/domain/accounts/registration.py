"""What a reader says of himself when he signs up, and later.

What a password, a name and a profile text may be.
"""

from dataclasses import dataclass, field
from typing import Final, TypedDict

from glossator.domain.accounts.emails import is_text
from glossator.domain.accounts.encryption import PREFIX
from glossator.domain.accounts.errors import FieldRefused, PasswordRefused, PasswordTooLong, PasswordTooShort

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128
LONGEST_NAME: Final = 352  # bytes that fit, sealed, into the 512 characters of users.name
LONGEST_PROFICIENCY: Final = 50
LONGEST_IMAGE: Final = 2048
LONGEST_PROFILE_TEXT: Final = 4000


def check_new_password(password: str) -> None:
    """Raises PasswordTooShort, PasswordTooLong, PasswordRefused."""
    check_password(password)
    if _utf16_units(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort


def check_password(password: str) -> None:
    """The rule for one that was set long ago: it may be short."""
    if not is_text(password):
        raise PasswordRefused
    if _utf16_units(password) > LONGEST_PASSWORD:
        raise PasswordTooLong


def check_name(name: str) -> None:
    """Raises FieldRefused."""
    check_field("name", name, most=LONGEST_NAME)


def check_proficiency(proficiency: str) -> None:
    """Raises FieldRefused."""
    check_field("proficiency", proficiency, most=LONGEST_PROFICIENCY)
    if not proficiency:
        raise FieldRefused("proficiency", "must not be empty")


def check_field(field: str, text: str, *, most: int) -> None:
    """`most` is in UTF-8 bytes. Raises FieldRefused."""
    if not is_text(text):
        raise FieldRefused(field, "must be text")
    if text.startswith(PREFIX):
        raise FieldRefused(field, f"must not begin with {PREFIX}")
    if len(text.encode()) > most:
        raise FieldRefused(field, f"must not be longer than {most} bytes")


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


DEFAULT_PROFICIENCY: Final = "pro"


@dataclass(frozen=True)
class Registration:
    """What somebody signs up with."""

    email: str = field(repr=False)
    name: str = field(repr=False)
    password: str = field(repr=False)
    proficiency: str = DEFAULT_PROFICIENCY
    image: str | None = None
    remember: bool = True


class AccountChanges(TypedDict, total=False):
    """What is absent stays; an `image` of None is removed."""

    name: str
    image: str | None
    proficiency: str


class ProfileChanges(TypedDict, total=False):
    """What is absent stays."""

    technical_background: str
    hardware_access: str
    learning_goals: str


def check_changes(changes: AccountChanges) -> None:
    if "name" in changes:
        check_name(changes["name"])
    if "proficiency" in changes:
        check_proficiency(changes["proficiency"])
    check_field("image", changes.get("image") or "", most=LONGEST_IMAGE)


def check_profile(changes: ProfileChanges) -> None:
    """Raises FieldRefused."""
    for name, text in changes.items():
        check_field(name, str(text), most=LONGEST_PROFILE_TEXT)
