"""Vectors of a few chunks, compared one by one: what a question to one department asks for.

An HNSW graph knows no filters. Where one chunk in twenty may answer, a search of the graph has to look at twenty times as
many neighbours; comparing the few with the question takes a millisecond. They are read once for each filter and kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rag.edition.catalog import Catalog, UnitKind
    from rag.edition.vectors import Vectors
    from rag.embedding import Matrix, Vector

_KEPT = 8
"""Subsets that are remembered; at 512 dimensions one of 10,000 units takes 20 MB."""


@dataclass(frozen=True, slots=True)
class Subset:
    """The vector of every unit of some chunks (a row each), and the position of the chunk that each row stands for."""

    positions: npt.NDArray[np.int64]
    matrix: Matrix

    def nearest(self, vector: Vector, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Positions and cosines of the ``count`` nearest chunks, each by the best of its units, best first."""
        if not len(self.positions):
            return self.positions, np.empty(0, np.float32)
        cosines = self.matrix @ vector
        order = np.lexsort((self.positions, -cosines))
        _, first = np.unique(self.positions[order], return_index=True)
        best = order[np.sort(first)][:count]
        return self.positions[best], cosines[best]


class Subsets:
    """The subsets of an edition that were asked for lately. Safe to use from several threads."""

    def __init__(self, catalog: Catalog, vectors: Vectors) -> None:
        self._catalog, self._vectors = catalog, vectors
        self._known: OrderedDict[tuple[UnitKind, bytes], Subset] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, kind: UnitKind, visible: npt.NDArray[np.bool_]) -> Subset:
        """The units of this kind of the chunks at the positions where ``visible`` is true."""
        key = (kind, np.packbits(visible).tobytes())
        with self._lock:
            if key not in self._known:
                self._known[key] = self._read(kind, np.flatnonzero(visible).tolist())
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return self._known[key]

    def _read(self, kind: UnitKind, positions: list[int]) -> Subset:
        units = self._catalog.position_units(kind, positions)
        found = {
            unit: vector
            for ids, matrix in self._vectors.get(kind, sorted({unit for unit, _ in units}))
            for unit, vector in zip(ids, matrix, strict=True)
        }
        pairs = [(position, found[unit]) for unit, position in units]
        if not pairs:
            return Subset(np.empty(0, np.int64), np.empty((0, 0), np.float32))
        return Subset(np.array([position for position, _ in pairs], np.int64), np.stack([v for _, v in pairs]))
