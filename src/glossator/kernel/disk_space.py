"""The free space of the disk that holds a folder.

The embedded services write to memory maps and sparse files: on a full disk the operating system ends the process with a
bus error, which no code can catch. So they ask for space before they write, and leave a reserve for other writers.
"""

import shutil
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1_000_000


def missing_space(folder: Path, needed: int) -> str:
    """A sentence if fewer than `needed` bytes are free, else "". A folder that does not exist yet is fine."""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free >= needed:
        return ""
    return (
        f"the disk of {folder} has too little space:"
        f" {free // MEGABYTE:,} MB are free, {-(-needed // MEGABYTE):,} MB are needed"
        " - free some space, or set DATA_PATH to a folder on another disk"
    )
