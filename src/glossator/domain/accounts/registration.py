"""What a reader says of himself when he signs up, and later."""

from dataclasses import dataclass, field
from typing import Final, TypedDict

from glossator.domain.accounts.rules import (
    LONGEST_IMAGE,
    LONGEST_PROFILE_TEXT,
    check_field,
    check_name,
    check_proficiency,
)

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
