"""The Hugging Face Space that the process runs on, as described by the platform's variables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import TEXT, optional, validated
from glossator.kernel.settings.url import is_host

SpaceStatus = Literal["building", "running", "error", "stopped"]
Presence = Literal["set", "missing"]


def _validate_host(text: str | None) -> None:
    if text and not is_host(text):
        raise BadValue("must be a host name, as set by the platform")


SPACE_ID: Final = Setting("SPACE_ID", optional(TEXT), "owner/name, set by the platform")
SPACE_HOST: Final = Setting(
    "SPACE_HOST", validated(optional(TEXT), _validate_host), "Host name of the Space, set by the platform"
)
SPACE_AUTHOR_NAME: Final = Setting("SPACE_AUTHOR_NAME", optional(TEXT), "Owner of the Space, set by the platform")
SPACE_REPO_NAME: Final = Setting("SPACE_REPO_NAME", optional(TEXT), "Name of the Space, set by the platform")
SPACE_SETTINGS: Final = (SPACE_ID, SPACE_HOST, SPACE_AUTHOR_NAME, SPACE_REPO_NAME)


@dataclass(frozen=True)
class Space:
    """`status` is `building` until all services have started; `secrets` says which secrets are set."""

    space_url: str | None
    space_name: str
    username: str
    secrets: Mapping[str, Presence]
    status: SpaceStatus = "building"
    sdk_type: Literal["docker"] = "docker"

    def with_status(self, status: SpaceStatus) -> "Space":
        return replace(self, status=status)


def space_of(settings: Settings) -> Space | None:
    """Return None outside a Space."""
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
