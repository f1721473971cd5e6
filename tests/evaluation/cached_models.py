"""The local models as an Embedder with two caches: the vectors of `make test` in the repository, others outside of it.

A vector is found by the hash of the model's weights, the name of the space with its version, and the hash of the text;
a missing one is computed. After a change to the models' own code, which their own tests cover, delete both caches. To
write the one of the repository again: delete both, run the tests of this folder, then run this module.
"""

import fcntl
import hashlib
import os
import sqlite3
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from glossator.domain.ports.embedder import Embedded, EmbeddingSpace, Purpose, Vectors
from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_models.model_files import E5, MINILM, use_one_blas_thread
from glossator_plugins.local_models.models import E5_SPACE, MINILM_SPACE, load_models
from glossator_plugins.local_models.plugin import LocalModels
from tests.places import ROOT

WEIGHTS: Final = {MINILM_SPACE.name: MINILM.sha256, E5_SPACE.name: E5.sha256}
LOCK_SECONDS: Final = 120.0
SHIPPED: Final = ROOT / "tests" / "data" / "vectors.npz"
"""To compute these takes two CPU minutes. They are rounded to 16 bits, which changes a cosine by less than 0.0001."""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "glossator-tests"


class CachedModels:
    """An Embedder. Models are loaded when the first vector is missing."""

    usd_per_million_tokens = 0.0
    spaces = (MINILM_SPACE, E5_SPACE)

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._shipped = shipped_vectors()
        self._models: LocalModels | None = None

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        wanted = [space for space in self.spaces if spaces is None or space.name in spaces]
        return Embedded({space.name: await self._rows(space, texts, purpose) for space in wanted}, 0)

    async def _rows(self, space: EmbeddingSpace, texts: Sequence[str], purpose: Purpose) -> Vectors:
        keys = {text: _key(space, text, purpose) for text in dict.fromkeys(texts)}
        found = self._stored(keys)
        missing = [text for text in keys if text not in found]
        if missing:
            vectors = (await self._loaded().embed(missing, purpose, [space.name])).vectors[space.name]
            found |= dict(zip(missing, vectors, strict=True))
            rows = [(keys[text], found[text].astype(np.float32).tobytes()) for text in missing]
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        return np.stack([found[text] for text in texts])

    def _stored(self, keys: dict[str, str]) -> dict[str, Vectors]:
        found = {text: self._shipped[key] for text, key in keys.items() if key in self._shipped}
        query = "SELECT vector FROM vectors WHERE key = ?"
        rows = {
            text: self._database.execute(query, (key,)).fetchone() for text, key in keys.items() if text not in found
        }
        return found | {text: np.frombuffer(row[0], dtype=np.float32) for text, row in rows.items() if row}

    def _loaded(self) -> LocalModels:
        if self._models is None:
            use_one_blas_thread()
            models, missing = load_models(sys.path)
            assert not missing, "the evaluation needs both models: run `make test`, which installs them"
            self._models = LocalModels(models, Guard("local_models"))
        return self._models


@contextmanager
def open_models() -> Iterator[CachedModels]:
    """Several processes can use the cache at the same time."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "vectors.sqlite", timeout=LOCK_SECONDS)
    try:
        database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        yield CachedModels(database)
    finally:
        database.close()


def shipped_vectors() -> dict[str, Vectors]:
    if not SHIPPED.is_file():
        return {}
    with np.load(SHIPPED) as file:
        keys = [bytes(key).hex() for key in file["keys"]]
        return dict(zip(keys, file["vectors"].astype(np.float32), strict=True))


def ship() -> None:
    """Writes the vectors of the cache folder into the repository."""
    with closing(sqlite3.connect(cache_folder() / "vectors.sqlite")) as database:
        rows = database.execute("SELECT key, vector FROM vectors ORDER BY key").fetchall()
    keys = np.array([list(bytes.fromhex(key)) for key, _ in rows], dtype=np.uint8)
    vectors = np.stack([np.frombuffer(vector, dtype=np.float32) for _, vector in rows]).astype(np.float16)
    np.savez(SHIPPED, keys=keys, vectors=vectors)


def _key(space: EmbeddingSpace, text: str, purpose: Purpose) -> str:
    kind = "passage" if purpose == "book" else purpose
    name = f"{WEIGHTS[space.name]} {space.model} {kind}\n{text}"
    return hashlib.sha256(name.encode()).hexdigest()


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """So that two workers of pytest do not compute the same vectors."""
    path = cache_folder() / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    ship()
