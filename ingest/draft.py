"""A draft edition: vectors taken over from the current one, new texts embedded, catalog and word index written, verified."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ingest import chunking
from rag.domain import Chunk, DocumentInfo, Reading
from rag.edition import CATALOG, TERMS, VECTORS, sync_folder
from rag.edition.catalog import Catalog, IndexedChunk, IndexedDocument, Meta, RefusedFile, UnitKind, write_catalog
from rag.edition.terms import Terms, write_terms
from rag.edition.vectors import KINDS, Vectors
from rag.embedding import Embedder, Matrix
from rag.errors import DamagedEdition

EMBED_AT_ONCE = 256
_GRAPH_DECAY = 0.2
"""Share of deleted units at which the graph is built anew: deletions and insertions wear an HNSW graph out."""


class VectorDraft:
    """The vectors of a draft. Texts that the current edition has embedded already are not embedded again.

    Embedding goes on in threads of its own while the next texts are being read and split.
    """

    def __init__(self, folder: Path, current: Path | None, embedder: Embedder) -> None:
        if current:
            shutil.copytree(current, folder)
        else:
            folder.mkdir()
        self._embedder = embedder
        self._vectors = Vectors(folder)
        self._known: dict[UnitKind, set[str]] = {kind: self._vectors.ids(kind) for kind in KINDS}
        self._pending: dict[UnitKind, dict[str, str]] = {kind: {} for kind in KINDS}
        self._strays: dict[UnitKind, list[str]] = {kind: self._vectors.strays(kind) for kind in KINDS}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="embedding")  # one embeds while the other writes
        self._writing = threading.Lock()
        self._portions: list[tuple[Future[None], int]] = []

    @property
    def fingerprint(self) -> str:
        """Of the model that these vectors are made with."""
        return self._embedder.fingerprint

    def index(self, chunks: Iterable[Chunk]) -> tuple[IndexedChunk, ...]:
        """Tokenise the chunks, and begin to embed their units as soon as there are enough that are not embedded yet."""
        indexed = []
        for chunk in chunks:
            entry, units = chunking.index(chunk)
            indexed.append(entry)
            texts: dict[UnitKind, dict[str, str]] = {"head": units.head, "body": units.body}
            for kind in KINDS:
                self._pending[kind] |= {u: text for u, text in texts[kind].items() if u not in self._known[kind]}
        for kind in KINDS:
            if len(self._pending[kind]) >= EMBED_AT_ONCE:
                self._begin(kind)
        return tuple(indexed)

    def embed(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> None:
        """Wait until every unit is embedded, ``progress(done, total)`` in between. Raises what embedding raised."""
        for kind in KINDS:
            self._begin(kind)
        done, total = 0, sum(size for _, size in self._portions)
        for portion, size in self._portions:
            portion.result()
            done += size
            progress(done, total)
        self._portions = []

    def finish(self, referenced: dict[UnitKind, set[str]]) -> None:
        """Drop the units that no chunk refers to any more, and close the folder."""
        for kind in KINDS:
            obsolete = self._known[kind] - referenced[kind]
            if len(obsolete) > _GRAPH_DECAY * max(len(self._known[kind]), 1):
                self._rebuild(kind, referenced[kind])
            else:
                self._vectors.delete(kind, sorted(obsolete))
            self._strays[kind] = [unit for unit in self._strays[kind] if unit in referenced[kind]]
        self._vectors.set_strays(self._strays)
        self.close()

    def close(self) -> None:
        """Stop embedding and release the folder."""
        self._threads.shutdown(cancel_futures=True)
        self._vectors.close()

    def _begin(self, kind: UnitKind) -> None:
        waiting = list(self._pending[kind].items())
        self._pending[kind] = {}
        self._known[kind] |= {unit for unit, _ in waiting}
        for start in range(0, len(waiting), EMBED_AT_ONCE):
            portion = waiting[start : start + EMBED_AT_ONCE]
            self._portions.append((self._threads.submit(self._embed, kind, portion), len(portion)))

    def _embed(self, kind: UnitKind, portion: Sequence[tuple[str, str]]) -> None:
        vectors = self._embedder.passages([text for _, text in portion])
        with self._writing:
            self._add(kind, [unit for unit, _ in portion], vectors)

    def _add(self, kind: UnitKind, ids: Sequence[str], vectors: Matrix) -> None:
        self._vectors.add(kind, ids, vectors)
        self._strays[kind] += self._vectors.unreachable(kind, ids, vectors)

    def _rebuild(self, kind: UnitKind, wanted: set[str]) -> None:
        portions = list(self._vectors.get(kind, sorted(wanted)))
        self._vectors.clear(kind)
        self._strays[kind] = []
        for ids, vectors in portions:
            self._add(kind, ids, vectors)


def write_edition(
    folder: Path, meta: Meta, documents: Iterable[tuple[DocumentInfo, Reading]], embedder: Embedder
) -> int:
    """A whole edition of documents that are already read, in a new ``folder``; returns the number of chunks."""
    folder.mkdir(parents=True)
    vectors = VectorDraft(folder / VECTORS, None, embedder)
    indexed = [
        IndexedDocument(info, reading.format, reading.pages, (), vectors.index(chunking.split(info, reading.sections)))
        for info, reading in documents
    ]
    vectors.embed()
    vectors.finish(referenced_units(indexed))
    return write_indexes(folder, meta, indexed, ())


def write_indexes(draft: Path, meta: Meta, documents: Sequence[IndexedDocument], refused: Iterable[RefusedFile]) -> int:
    """Write catalog and word index; returns the number of chunks."""
    chunks = write_catalog(draft / CATALOG, meta, documents, refused)
    catalog = Catalog(draft / CATALOG)
    write_terms(draft / TERMS, catalog.tokens())
    catalog.close()
    return chunks


def referenced_units(documents: Iterable[IndexedDocument]) -> dict[UnitKind, set[str]]:
    """The units that an edition of these documents needs."""
    chunks = [chunk for document in documents for chunk in document.chunks]
    return {"head": {c.head_unit for c in chunks}, "body": {unit for c in chunks for unit in c.body_units}}


def verify(edition: Path) -> None:
    """Catalog, vectors and words must agree unit by unit. Raises DamagedEdition."""
    catalog = Catalog(edition / CATALOG)
    vectors = Vectors(edition / VECTORS)
    try:
        terms = Terms(edition / TERMS).chunks
        faults = [f"{kind}: {n}" for kind in KINDS if (n := len(catalog.units(kind) ^ vectors.ids(kind)))]
        if terms != (chunks := catalog.counts()["chunks"]):
            faults.append(f"words: {terms} / {chunks}")
        if any(not np.isfinite(m).all() for kind in KINDS for _, m in vectors.get(kind, _sample(catalog.units(kind)))):
            faults.append("vectors")
    finally:
        vectors.close()
        catalog.close()
    if faults:
        raise DamagedEdition(
            f"版「{edition.name}」の索引が一致しません（{'、'.join(faults)}）。",
            "python -m ingest をもう一度実行してください。",
        )


def sync(folder: Path) -> None:
    """Write every file of the draft to the disk before the draft becomes an edition."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
    for directory in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        sync_folder(directory)


def _sample(units: set[str]) -> list[str]:
    return sorted(units)[:: max(len(units) // 100, 1)]
