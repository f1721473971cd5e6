"""The folder of an embedded index: one folder per build, and a file `live` with the number of the served build.

- A complete build's folder is named after its number; an incomplete one has another name.
- One process owns the folder. The lock is released when the process ends, even after a crash.
- Nothing here is thread-safe, and each call blocks: the index calls it from a single thread.
- The engine's optimiser never runs: it holds the interpreter lock for seconds (80 s at 50,000 passages), and a full
  scan of 50,000 passages takes 7 ms. A rebuild reclaims the space of deleted passages.
- Files are sparse and grow as they are written. On a full disk a write ends the process, so each one asks for space.
"""

import fcntl
import os
import shutil
from pathlib import Path
from typing import Final

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    Memory,
    Modifier,
    PayloadSchemaType,
    Point,
    UpdateOperation,
)

from glossator.domain.book.index import Build
from glossator.domain.errors import Unavailable
from glossator.kernel.disk_space import MEGABYTE, missing_space
from glossator.kernel.errors import ServiceError
from glossator_plugins.passage_points.generations import COUNTED_FIELDS
from glossator_plugins.passage_points.points import (
    BM25,
    BUILD_ID,
    FILTERED_FIELDS,
    BuildIsLive,
    build_of,
    build_payload,
)

LIVE: Final = "live"
RESERVE: Final = 32 * MEGABYTE
"""Free space that stays for other writers. On a disk in memory (tmpfs) an empty build takes 9 MB and loading one 21 MB;
on others almost nothing. A write of 32 passages takes 0.3 MB."""


class EdgeFolder:
    """Open from the constructor until `close`. Raises ServiceError if another process owns it or the disk is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shards: dict[int, EdgeShard] = {}
        self._builds: dict[int, Build] = {}
        if missing := missing_space(path, RESERVE):
            raise ServiceError(missing)
        path.mkdir(parents=True, exist_ok=True)
        self._lock = (path / "lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise ServiceError(
                f"the index in {path} is in use by another process - stop it, or set DATA_PATH to another folder"
            ) from None

    def require_space(self, size: int = 0) -> None:
        """Raises Unavailable if a write of `size` bytes would use the reserve."""
        if missing := missing_space(self.path, RESERVE + size):
            raise Unavailable("qdrant_edge", missing)

    def live(self) -> int | None:
        """Not cached, so that a manual change of the file is noticed at once."""
        try:
            return int((self.path / LIVE).read_text("ascii"))
        except FileNotFoundError:
            return None

    def numbers(self) -> list[int]:
        return sorted(int(child.name) for child in self.path.iterdir() if child.name.isdecimal())

    def shard(self, number: int) -> EdgeShard:
        if number not in self._shards:
            self.require_space()
            self._shards[number] = EdgeShard.load(str(self.path / str(number)))
        return self._shards[number]

    def build(self, number: int) -> Build:
        if number not in self._builds:
            (record,) = self.shard(number).retrieve([BUILD_ID], with_payload=True, with_vector=False)
            self._builds[number] = build_of(record.payload or {})
        return self._builds[number]

    def add(self, build: Build) -> None:
        """Creates an empty build and replaces one with the same number. Raises BuildIsLive."""
        new = self.path / f"{build.number}.new"
        self.remove(build.number)
        shutil.rmtree(new, ignore_errors=True)
        shard = EdgeShard.create(str(new), _config(build))
        for field in FILTERED_FIELDS:
            shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Keyword))
        for field in COUNTED_FIELDS:
            shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Integer))
        _write(shard, build)
        shard.close()
        new.rename(self.path / str(build.number))

    def save(self, build: Build) -> None:
        shard = self.shard(build.number)
        _write(shard, build)
        shard.flush()
        self._builds[build.number] = build

    def activate(self, number: int) -> None:
        self.shard(number).flush()
        new = self.path / f"{LIVE}.new"
        with new.open("w", encoding="ascii") as file:
            file.write(str(number))
            file.flush()
            os.fsync(file.fileno())  # or a power failure could leave an empty file
        new.replace(self.path / LIVE)

    def remove(self, number: int) -> None:
        """Raises BuildIsLive."""
        if number == self.live():
            raise BuildIsLive(number)
        self._builds.pop(number, None)
        shard = self._shards.pop(number, None)
        if shard is not None:
            shard.close()
        folder, removed = self.path / str(number), self.path / f"{number}.removed"
        shutil.rmtree(removed, ignore_errors=True)
        if folder.exists():
            folder.rename(removed)
            shutil.rmtree(removed)

    def close(self) -> None:
        for shard in self._shards.values():
            shard.close()
        self._shards.clear()
        self._lock.close()


def _config(build: Build) -> EdgeConfig:
    """Cold: the system reads vectors when they are used. Else loading reads, and in memory allocates, whole files."""
    vectors = {
        space.name: EdgeVectorParams(space.dimension, Distance.Cosine, memory=Memory.Cold) for space in build.spaces
    }
    return EdgeConfig(vectors=vectors or None, sparse_vectors={BM25: EdgeSparseVectorParams(modifier=Modifier.Idf)})


def _write(shard: EdgeShard, build: Build) -> None:
    shard.update(UpdateOperation.upsert_points([Point(BUILD_ID, {}, build_payload(build))]))
