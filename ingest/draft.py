"""A draft edition: vectors taken over from the current one, new texts embedded, catalog and word index written, verified."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ingest import chunking
from rag.domain import Chunk, DocumentInfo, Reading
from rag.edition import CATALOG, TERMS, VECTORS, sync_folder
from rag.edition.catalog import (
    Catalog,
    Changes,
    IndexedChunk,
    IndexedDocument,
    Meta,
    UnitKind,
    stored_units,
    write_catalog,
)
from rag.edition.meanings import FILE as MEANINGS
from rag.edition.meanings import Meanings, write_meanings
from rag.edition.terms import Terms, TokenisedChunk, write_terms
from rag.edition.vectors import BATCH, KINDS, Vectors
from rag.embedding import Embedder, Matrix, Vector
from rag.errors import DamagedEdition

log = logging.getLogger("hikitsugi.ingest")

EMBED_AT_ONCE = 256
_SAMPLE, _TIES = 25, 20
_GRAPH_DECAY = 0.2
"""Share of deleted units at which the graph is built anew: deletions and insertions wear an HNSW graph out."""


class VectorDraft:
    """The vectors of a draft. Texts that a kept edition has embedded with the same model are not embedded again.

    Embedding goes on in threads of its own while the next texts are being read and split.
    """

    def __init__(self, folder: Path, current: Path | None, donors: Iterable[Path], embedder: Embedder) -> None:
        """``current``: vectors to begin with; ``donors``: vectors of other editions by the same model."""
        if current:
            shutil.copytree(current, folder)
        else:
            folder.mkdir()
        self._folder = folder
        self._embedder = embedder
        self._vectors = Vectors(folder)
        self._current = current
        self._donors = tuple(donors)
        self._opened: dict[Path, Vectors] = {}
        self._noted: dict[UnitKind, set[str]] = {kind: set() for kind in KINDS}
        self._pending: dict[UnitKind, dict[str, str]] = {kind: {} for kind in KINDS}
        self._gathered: dict[UnitKind, list[tuple[Sequence[str], Matrix]]] = {kind: [] for kind in KINDS}
        self._added: dict[UnitKind, list[str]] = {kind: [] for kind in KINDS}
        self._strays: dict[UnitKind, list[str]] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="embedding")  # one embeds while the other writes
        self._writing = threading.Lock()
        self._portions: list[tuple[Future[None], int]] = []

    def index(self, chunks: Iterable[Chunk]) -> tuple[IndexedChunk, ...]:
        """Tokenise the chunks, and begin to embed their units as soon as there are enough of them."""
        indexed = []
        for chunk in chunks:
            if chunk.document.sensitivity > self._embedder.max_sensitivity:  # the last gate; plans are checked before
                raise ValueError(f"{chunk.document.path} must not be given to this embedding model")
            entry, units = chunking.index(chunk)
            indexed.append(entry)
            texts: dict[UnitKind, dict[str, str]] = {"head": units.head, "body": units.body}
            for kind in KINDS:
                self._pending[kind] |= {u: text for u, text in texts[kind].items() if u not in self._noted[kind]}
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
        with ThreadPoolExecutor(len(KINDS)) as threads:  # the first writing of a kind reads its graph
            list(threads.map(self._write, KINDS))

    def finish(self, orphans: Mapping[UnitKind, Sequence[str]]) -> None:
        """Drop the units that no chunk refers to any more, and release the folder."""
        for kind in KINDS:
            gone = set(orphans[kind])
            self._strays[kind] = [unit for unit in self._vectors.strays(kind) if unit not in gone]
            if gone and len(gone) > _GRAPH_DECAY * self._vectors.count(kind):
                self._rebuild(kind, self._vectors.ids(kind) - gone)
                self._strays[kind] = []
            else:
                self._vectors.delete(kind, orphans[kind])
            self._added[kind] = [unit for unit in self._added[kind] if unit not in gone]
        self.close()

    def name_strays(self) -> None:
        """Open the finished folder as others will, and name the units that the graph does not reach.

        Only then is it known: units that are added later can cut off earlier ones, and Chroma builds the newest part of the
        graph anew when it opens a folder.
        """
        self._vectors = Vectors(self._folder)

        def lost(kind: UnitKind) -> list[str]:
            self._vectors.count(kind)  # reads the graph, which takes a second or more and is needed to verify
            return _unreachable(self._vectors, kind, self._added[kind])

        with ThreadPoolExecutor(len(KINDS)) as threads:
            found = dict(zip(KINDS, threads.map(lost, KINDS), strict=True))
        self._vectors.set_strays({kind: self._strays[kind] + found[kind] for kind in KINDS})

    @property
    def opened(self) -> Vectors:
        """The index; once its strays are named as others will open it. Opening 100,000 chunks again takes seconds."""
        return self._vectors

    def write_meanings(self, terms: Path) -> None:
        """Embed the words of a word index that no kept edition has embedded with the same model."""
        if self._embedder.word_floor is not None:
            kept = [*([self._current] if self._current else []), *self._donors]
            write_meanings(terms, self._embedder, [vectors.parent / TERMS for vectors in kept])

    def close(self) -> None:
        """Stop embedding and release the folder."""
        self._threads.shutdown(cancel_futures=True)
        for vectors in (self._vectors, *self._opened.values()):
            vectors.close()
        self._opened = {}

    def _begin(self, kind: UnitKind) -> None:
        waiting = list(self._pending[kind].items())
        self._pending[kind] = {}
        self._noted[kind] |= {unit for unit, _ in waiting}
        for start in range(0, len(waiting), EMBED_AT_ONCE):
            portion = dict(waiting[start : start + EMBED_AT_ONCE])
            self._portions.append((self._threads.submit(self._embed, kind, portion), len(portion)))

    def _embed(self, kind: UnitKind, texts: dict[str, str]) -> None:
        # What is there is asked of the catalogs: Chroma would read its whole graph first.
        there = stored_units(self._current.parent / CATALOG, kind, list(texts)) if self._current else set()
        missing = sorted(set(texts) - there)
        with self._writing:
            for ids, vectors in self._given(kind, missing) if missing else ():
                self._add(kind, ids, vectors)
                missing = [unit for unit in missing if unit not in set(ids)]
        if missing:
            vectors = self._embedder.passages([texts[unit] for unit in missing])
            with self._writing:
                self._add(kind, missing, vectors)

    def _given(self, kind: UnitKind, wanted: Sequence[str]) -> Iterator[tuple[list[str], Matrix]]:
        """What the donors have of the wanted units, each once. A donor that is damaged has nothing."""
        rest = set(wanted)
        for donor in self._donors:
            asked = sorted(stored_units(donor.parent / CATALOG, kind, sorted(rest)))
            if not asked or not (donor / "chroma.sqlite3").is_file():  # Chroma would create one there
                continue
            with _damage_is_named(donor):
                vectors = self._opened.get(donor) or self._opened.setdefault(donor, Vectors(donor))
                portions = list(vectors.get(kind, asked))
                rest -= {unit for ids, _ in portions for unit in ids}
                yield from portions

    def _add(self, kind: UnitKind, ids: Sequence[str], vectors: Matrix) -> None:
        """Gather units for a call of the index, which costs more the more units are there already."""
        if len(ids):
            self._gathered[kind].append((ids, vectors))
            if sum(len(portion) for portion, _ in self._gathered[kind]) >= BATCH:
                self._write(kind)

    def _write(self, kind: UnitKind) -> None:
        """Give the index what is gathered."""
        if self._gathered[kind]:
            ids = [unit for portion, _ in self._gathered[kind] for unit in portion]
            self._vectors.add(kind, ids, np.concatenate([vectors for _, vectors in self._gathered[kind]]))
            self._added[kind] += ids
            self._gathered[kind] = []

    def _rebuild(self, kind: UnitKind, wanted: set[str]) -> None:
        portions = list(self._vectors.get(kind, sorted(wanted)))
        self._vectors.clear(kind)
        self._added[kind] = []
        for ids, vectors in portions:
            self._add(kind, ids, vectors)
        self._write(kind)


@contextmanager
def _damage_is_named(donor: object) -> Iterator[None]:
    """A damaged donor costs embedding its texts again, no more."""
    try:
        yield
    except Exception:
        log.warning("no vectors can be taken over from %s", donor, exc_info=True)


def _unreachable(vectors: Vectors, kind: UnitKind, units: list[str]) -> list[str]:
    """Those of the units that the graph does not reach; on every core, since this takes as long as adding them."""

    def lost(portion: tuple[list[str], Matrix]) -> list[str]:
        return vectors.unreachable(kind, *portion)

    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="strays") as threads:
        return [unit for found in threads.map(lost, vectors.get(kind, units)) for unit in found]


def write_edition(
    folder: Path, meta: Meta, documents: Iterable[tuple[DocumentInfo, Reading]], embedder: Embedder
) -> int:
    """A whole edition of documents that are already read, in a new ``folder``; returns the number of chunks."""
    folder.mkdir(parents=True)
    vectors = VectorDraft(folder / VECTORS, None, (), embedder)
    indexed = tuple(
        IndexedDocument(info, reading.format, reading.pages, (), vectors.index(chunking.split(info, reading.sections)))
        for info, reading in documents
    )
    vectors.embed()
    chunks = write_indexes(folder, meta, Changes(added=indexed), vectors, None)
    vectors.close()
    return chunks


def write_indexes(draft: Path, meta: Meta, changes: Changes, vectors: VectorDraft, current: Path | None) -> int:
    """Write catalog and word index and finish the vectors; ``current`` is the edition that is changed. Chunks in all.

    The graphs are not in memory while the word index is made, and the chunks no longer when the graphs are read again: of
    100,000 chunks each takes hundreds of megabytes.
    """
    written = write_catalog(draft / CATALOG, meta, changes, current / CATALOG if current else None)
    vectors.finish(written.orphans)
    chunks = (TokenisedChunk(position, c.head_tokens, c.body_tokens) for position, c in written.added)
    before = current / TERMS if current else None
    write_terms(draft / TERMS, chunks, before, written.removed)
    vectors.write_meanings(draft / TERMS)
    del changes, written, chunks
    vectors.name_strays()
    return Terms(draft / TERMS).chunks


def verify(edition: Path, *, thorough: bool = False, opened: Vectors | None = None) -> None:
    """Catalog, vectors (``opened`` if they are) and words must agree. Raises DamagedEdition with what does not.

    ``thorough`` compares unit by unit and lets every unit look for itself; otherwise numbers and a sample are compared.
    """
    catalog = Catalog(edition / CATALOG)
    vectors = opened or Vectors(edition / VECTORS)
    try:
        faults = list(_faults(catalog, vectors, Terms(edition / TERMS), thorough=thorough))
        if (edition / TERMS / MEANINGS).exists() and not _complete(edition / TERMS):
            faults.append("言葉の意味")
    finally:
        if not opened:
            vectors.close()
        catalog.close()
    if faults:
        raise DamagedEdition(
            f"版「{edition.name}」の索引が一致しません（{'、'.join(faults)}）。",
            "python -m ingest --rebuild を実行して作り直してください。",
        )


def _complete(terms: Path) -> bool:
    try:
        return Meanings(terms).complete
    except (OSError, ValueError, EOFError):
        return False


def _faults(catalog: Catalog, vectors: Vectors, terms: Terms, *, thorough: bool) -> Iterator[str]:
    counts = catalog.counts()
    if terms.chunks != counts["chunks"]:
        yield f"言葉の索引 {terms.chunks:,}/{counts['chunks']:,}"
    with ThreadPoolExecutor(len(KINDS)) as threads:
        for found in threads.map(lambda kind: list(_faults_of(kind, counts[kind], catalog, vectors, thorough)), KINDS):
            yield from found


def _faults_of(kind: UnitKind, expected: int, catalog: Catalog, vectors: Vectors, thorough: bool) -> Iterator[str]:
    """What is wrong with the units of one kind."""
    wrong = len(catalog.units(kind) ^ vectors.ids(kind)) if thorough else abs(vectors.count(kind) - expected)
    if wrong:
        yield f"{kind} の過不足 {wrong:,}"
    units = sorted(catalog.units(kind)) if thorough else catalog.sample(kind, _SAMPLE)
    for ids, matrix in vectors.get(kind, units):
        if not np.isfinite(matrix).all():
            yield f"{kind} の値"
        own = dict(zip(ids, matrix, strict=True))
        doubtful = vectors.unreachable(kind, ids, matrix)  # all in one call; those beside the graph are among them
        lost = [unit for unit in doubtful if not _finds_itself(vectors, kind, unit, own[unit])]
        if lost:
            yield f"{kind} の見つからないもの {len(lost):,}"


def _finds_itself(vectors: Vectors, kind: UnitKind, unit: str, vector: Vector) -> bool:
    """Whether a search for a unit's own vector has it first, or only others with the very same vector."""
    ids, cosines = vectors.nearest(kind, vector, _TIES)
    best = cosines[0] - 1e-5
    return cosines[ids.index(unit)] >= best if unit in ids else len(ids) == _TIES and cosines[-1] >= best


def sync(folder: Path) -> None:
    """Write every file of the draft to the disk before the draft becomes an edition."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
    for directory in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        sync_folder(directory)
