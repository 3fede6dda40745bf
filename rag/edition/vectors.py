"""The vector index of an edition: two Chroma collections, heads and bodies. The only module that knows chromadb.

An edition's folder is written by one process, closed, and only then opened for queries: two processes that write one
folder corrupt it silently. Units are stored by id and vector alone; what they stand for is the catalog's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.config import Settings

from rag.edition.catalog import UnitKind
from rag.embedding import Matrix, Vector

KINDS: tuple[UnitKind, ...] = ("head", "body")
_SAME = 1e-6
"""Cosine distance below which two vectors are one."""
BATCH = 2_000
"""Units of a call. Chroma refuses more than 5,461, and with few each it writes the whole graph after every few."""

# Recall@10 against exact search over 6,895 groups of sentences of two Japanese collections: .998, as with twice these
# values, which build and query a third slower; .995 with 100 / 200 / 16. Chroma's defaults lose 3 % of random vectors
# altogether (they do not find themselves); what these lose becomes a stray.
# Chroma writes a graph to the disk at the end of a call that makes it a hundred changes or more since the last time; what came
# later, whoever opens the folder inserts anew, in .6 ms each on one core. Its own thousand cost every reader a second.
_HNSW: dict[str, Any] = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 300,
    "max_neighbors": 32,
    "sync_threshold": 100,
}


class Vectors:
    """The vector index in ``folder``, created when it is not there. Call ``close`` before the folder is moved or copied."""

    def __init__(self, folder: Path) -> None:
        self._client: Any = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
        self._collections = {kind: self._open(kind) for kind in KINDS}
        self._counts: dict[UnitKind, int] = {}
        self._strays_file = folder / "strays.json"
        self._strays = {kind: self._load(kind, ids) for kind, ids in self._stray_ids().items()}

    def close(self) -> None:
        """Write everything out and release the folder."""
        self._client.close()

    def _open(self, kind: UnitKind) -> chromadb.Collection:
        # Without embedding_function=None Chroma would try to download a model.
        configuration = {"hnsw": _HNSW}
        opened: chromadb.Collection = self._client.get_or_create_collection(
            kind, embedding_function=None, configuration=configuration
        )
        return opened

    def clear(self, kind: UnitKind) -> None:
        """Begin this collection anew."""
        self._counts.pop(kind, None)
        self._client.delete_collection(kind)
        self._collections[kind] = self._open(kind)

    def count(self, kind: UnitKind) -> int:
        """Number of units. Remembered, because Chroma takes as long to count as to search a small collection."""
        if kind not in self._counts:
            self._counts[kind] = self._collections[kind].count()
        return self._counts[kind]

    def ids(self, kind: UnitKind) -> set[str]:
        return set(self._collections[kind].get(include=[])["ids"])

    def add(self, kind: UnitKind, ids: Sequence[str], vectors: Matrix) -> None:
        """Add units that are not there yet. Chroma ignores an id that it already has without a word."""
        self._counts.pop(kind, None)
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            self._collections[kind].add(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, kind: UnitKind, ids: Sequence[str]) -> None:
        self._counts.pop(kind, None)
        for start in range(0, len(ids), BATCH):
            self._collections[kind].delete(ids=list(ids[start : start + BATCH]))

    def get(self, kind: UnitKind, ids: Sequence[str]) -> Iterator[tuple[list[str], Matrix]]:
        """The vectors of these units, in portions; the order within a portion is Chroma's."""
        for start in range(0, len(ids), BATCH):
            got = self._collections[kind].get(ids=list(ids[start : start + BATCH]), include=["embeddings"])
            yield got["ids"], np.asarray(got["embeddings"], np.float32)

    def nearest(self, kind: UnitKind, vector: Vector, count: int) -> tuple[list[str], npt.NDArray[np.float32]]:
        """Ids and cosines of the ``count`` units nearest to ``vector``, best first (fewer if there are fewer)."""
        count = min(count, self.count(kind))
        if count == 0:
            return [], np.empty(0, np.float32)
        found = self._collections[kind].query(query_embeddings=vector[None, :], n_results=count, include=["distances"])
        cosines = dict(zip(found["ids"][0], 1 - np.asarray((found["distances"] or [[]])[0], np.float32), strict=True))
        if kind in self._strays and self._strays[kind][0]:
            ids, vectors = self._strays[kind]
            cosines |= dict(zip(ids, vectors @ vector, strict=True))
        best = sorted(cosines, key=lambda unit: -cosines[unit])[:count]
        return best, np.fromiter((cosines[unit] for unit in best), np.float32)

    def strays(self, kind: UnitKind) -> list[str]:
        """The units of this kind that the graph does not reach."""
        return list(self._strays.get(kind, ([], None))[0])

    def set_strays(self, strays: dict[UnitKind, list[str]]) -> None:
        """Name the units that the graph does not reach; every query compares them one by one."""
        self._strays_file.write_text(json.dumps(strays), encoding="utf-8")
        self._strays = {kind: self._load(kind, ids) for kind, ids in strays.items()}

    def _stray_ids(self) -> dict[UnitKind, list[str]]:
        if not self._strays_file.is_file():
            return {}
        stored = json.loads(self._strays_file.read_text(encoding="utf-8"))
        return {kind: stored[kind] for kind in KINDS if stored.get(kind)}

    def _load(self, kind: UnitKind, ids: list[str]) -> tuple[list[str], Matrix]:
        portions = [portion for portion in self.get(kind, ids) if portion[0]]
        if not portions:
            return [], np.empty((0, 0), np.float32)
        return [unit for names, _ in portions for unit in names], np.concatenate([m for _, m in portions])

    def unreachable(self, kind: UnitKind, ids: Sequence[str], vectors: Matrix) -> list[str]:
        """Which of these units a search for their own vector does not find, except among many with the same vector."""
        lost: list[str] = []
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            found = self._collections[kind].query(
                query_embeddings=vectors[part], n_results=min(10, self.count(kind)), include=["distances"]
            )
            for unit, neighbours, distances in zip(ids[part], found["ids"], found["distances"] or [], strict=True):
                if unit not in neighbours and distances[-1] > _SAME:
                    lost.append(unit)
        return lost
