"""The Hugging Face Space that we run on, as its variables describe it.

Where Glossator runs and who may call it from a browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import TEXT, optional, validated
from glossator.kernel.settings.url import is_host

Status = Literal["building", "running", "error", "stopped"]
Presence = Literal["set", "missing"]


def _host_name(text: str | None) -> None:
    if text and not is_host(text):
        raise BadValue("must be a host name, as the platform sets it")


SPACE_ID: Final = Setting("SPACE_ID", optional(TEXT), "owner/name, set by the platform")
SPACE_HOST: Final = Setting(
    "SPACE_HOST", validated(optional(TEXT), _host_name), "Host name of the Space, set by the platform"
)
SPACE_AUTHOR_NAME: Final = Setting("SPACE_AUTHOR_NAME", optional(TEXT), "Owner of the Space, set by the platform")
SPACE_REPO_NAME: Final = Setting("SPACE_REPO_NAME", optional(TEXT), "Name of the Space, set by the platform")
SPACE_SETTINGS: Final = (SPACE_ID, SPACE_HOST, SPACE_AUTHOR_NAME, SPACE_REPO_NAME)


@dataclass(frozen=True)
class Space:
    """`building` until the registry is up; `secrets` tells of each one only whether it is set."""

    space_url: str | None
    space_name: str
    username: str
    secrets: Mapping[str, Presence]
    status: Status = "building"
    sdk_type: Literal["docker"] = "docker"

    def with_status(self, status: Status) -> "Space":
        return replace(self, status=status)


def space_of(settings: Settings) -> Space | None:
    """None when we do not run on a Space."""
    identity, host = settings[SPACE_ID], settings[SPACE_HOST]
    if not identity and not host:
        return None
    owner, _, name = (identity or "").partition("/")
    return Space(
        space_url=f"https://{host.lower()}" if host else None,
        space_name=settings[SPACE_REPO_NAME] or name,
        username=settings[SPACE_AUTHOR_NAME] or owner,
        secrets={v.setting.name: "set" if v.value else "missing" for v in settings if v.setting.type.secret},
    )
