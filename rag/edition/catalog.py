"""The catalog of an edition: documents, chunks and their tokens, in SQLite. The only module that knows sqlite3.

A catalog is derived from the one before it: a copy, from which documents are taken and to which documents are added, in
one transaction. A chunk's ``position`` (0, 1, 2 …; those of removed chunks are given to new ones) is its place in the word
index. Its *units* are the short texts that were embedded for
it: one head (question, or title and headings) and some bodies (groups of sentences). Units are named by the hash of their
text, so that equal texts are embedded once and a document that moves or changes its metadata is not embedded again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rag.domain import (
    Chunk,
    DocumentInfo,
    DocumentRecord,
    Kind,
    Library,
    ReadingWarning,
    Refusal,
    Sensitivity,
    Validity,
)
from rag.errors import DamagedEdition
from rag.text import is_asked

SCHEMA = 2
"""Raise it when the tables change: an edition of another schema is rebuilt, never guessed at."""

UnitKind = Literal["head", "body"]
_PARAMETERS = 500
"""Of one statement; SQLite has a limit."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, path TEXT UNIQUE NOT NULL, sha256 TEXT NOT NULL,
    title TEXT NOT NULL, department TEXT NOT NULL, sensitivity INTEGER NOT NULL, audience TEXT NOT NULL,
    valid_from TEXT, valid_until TEXT, contact TEXT, supersedes TEXT, source TEXT, licence TEXT, review_by TEXT,
    format TEXT NOT NULL, pages INTEGER, warnings TEXT NOT NULL
);
CREATE TABLE chunk (
    position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, document INTEGER NOT NULL REFERENCES document(number),
    text TEXT NOT NULL, page INTEGER, heading TEXT NOT NULL, kind TEXT NOT NULL, columns TEXT NOT NULL, question TEXT,
    row INTEGER, page_label TEXT, ocr INTEGER NOT NULL, head_tokens TEXT NOT NULL, body_tokens TEXT NOT NULL
);
CREATE TABLE unit (id TEXT NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL REFERENCES chunk(position));
CREATE TABLE refusal (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT NOT NULL);
CREATE INDEX chunk_document ON chunk(document);
CREATE INDEX unit_id ON unit(kind, id);
CREATE INDEX unit_position ON unit(position);
"""
_INSERT_DOCUMENT = "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_CHUNK = "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DESCRIBE = """
UPDATE document SET id = ?, path = ?, sha256 = ?, title = ?, department = ?, sensitivity = ?, audience = ?, valid_from = ?,
    valid_until = ?, contact = ?, supersedes = ?, source = ?, licence = ?, review_by = ? WHERE number = ?
"""


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk with all that the indexes need of it."""

    chunk: Chunk
    head_tokens: tuple[str, ...]
    body_tokens: tuple[str, ...]
    head_unit: str
    body_units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document as it enters an edition."""

    document: DocumentInfo
    format: str
    pages: int | None
    warnings: tuple[ReadingWarning, ...]
    chunks: tuple[IndexedChunk, ...]


@dataclass(frozen=True, slots=True)
class Meta:
    """What an edition says about itself. ``recipe``: versions of what made it; ``changes``: JSON, for the history."""

    edition: str
    published: str
    fingerprint: str
    dimensions: int
    recipe: str
    author: str = ""
    changes: str = "{}"


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A refusal with the content it was about, so that an unchanged file is not read again."""

    refusal: Refusal
    sha256: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What distinguishes a catalog from the one before it.

    ``removed``: ids of documents to take out, also of those that are put in anew; ``described``: documents whose row
    changes and whose chunks stay (same id and title); ``added``: documents with all their chunks.
    """

    removed: frozenset[str] = frozenset()
    described: tuple[DocumentInfo, ...] = ()
    added: tuple[IndexedDocument, ...] = ()
    refused: tuple[RefusedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a catalog: positions that were given up, what now stands where, units that nothing needs any more."""

    removed: tuple[int, ...]
    added: tuple[tuple[int, IndexedChunk], ...]
    orphans: dict[UnitKind, list[str]]


def write_catalog(path: Path, meta: Meta, changes: Changes, before: Path | None = None) -> Written:
    """Write the catalog that ``before`` (None: an empty one) becomes by ``changes``, in one transaction."""
    if before:
        shutil.copyfile(before, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;" + ("" if before else _TABLES))
        db.execute("BEGIN")
        db.execute("DELETE FROM meta")
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("schema", str(SCHEMA)), *_meta_rows(meta)])
        removed, units = _remove(db, changes.removed)
        for document in changes.described:
            (number,) = db.execute("SELECT number FROM document WHERE id = ?", (document.id,)).fetchone()
            db.execute(_DESCRIBE, (*_description(document), number))
        added = _add(db, changes.added, sorted(removed))
        db.execute("DELETE FROM refusal")
        db.executemany(
            "INSERT INTO refusal VALUES (?, ?, ?, ?)",
            [(r.refusal.path, r.sha256, r.refusal.reason, r.refusal.remedy) for r in changes.refused],
        )
        orphans: dict[UnitKind, list[str]] = {"head": [], "body": []}
        for unit, kind in units:
            if not db.execute("SELECT 1 FROM unit WHERE id = ? AND kind = ?", (unit, kind)).fetchone():
                orphans[kind].append(unit)
        db.execute("COMMIT")
    return Written(tuple(removed), tuple(added), orphans)


def _remove(db: sqlite3.Connection, ids: frozenset[str]) -> tuple[list[int], list[tuple[str, UnitKind]]]:
    """Take documents out; their chunks' positions and units."""
    positions: list[int] = []
    units: set[tuple[str, UnitKind]] = set()
    for id_ in ids:
        (number,) = db.execute("SELECT number FROM document WHERE id = ?", (id_,)).fetchone()
        positions += [
            position for (position,) in db.execute("SELECT position FROM chunk WHERE document = ?", (number,))
        ]
        units |= set(
            db.execute("SELECT unit.id, unit.kind FROM unit JOIN chunk USING (position) WHERE document = ?", (number,))
        )
        db.execute("DELETE FROM unit WHERE position IN (SELECT position FROM chunk WHERE document = ?)", (number,))
        db.execute("DELETE FROM chunk WHERE document = ?", (number,))
        db.execute("DELETE FROM document WHERE number = ?", (number,))
    return positions, sorted(units)


def _add(
    db: sqlite3.Connection, documents: Iterable[IndexedDocument], free: list[int]
) -> list[tuple[int, IndexedChunk]]:
    """Put documents in, at the free positions first."""
    (newest,) = db.execute("SELECT coalesce(max(number), -1) FROM document").fetchone()
    (last,) = db.execute("SELECT coalesce(max(position), -1) FROM chunk").fetchone()
    places = chain(free, count(max([last, *free]) + 1))
    added = []
    for number, indexed in enumerate(documents, start=newest + 1):
        db.execute(_INSERT_DOCUMENT, _document_row(number, indexed))
        for chunk, position in zip(indexed.chunks, places, strict=False):
            db.execute(_INSERT_CHUNK, _chunk_row(position, number, chunk))
            units = [(chunk.head_unit, "head"), *((unit, "body") for unit in chunk.body_units)]
            db.executemany("INSERT INTO unit VALUES (?, ?, ?)", [(*unit, position) for unit in units])
            added.append((position, chunk))
    return added


def stored_fingerprint(path: Path) -> str | None:
    """The model of an edition, also of one with another schema; None if there is no telling."""
    if not path.is_file():
        return None
    try:
        with closing(_read_only(path)) as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'fingerprint'").fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(row[0]) if row else None


def stored_originals(path: Path) -> set[tuple[str, str]]:
    """Hash and path of every document, also of an edition with another schema. Raises DamagedEdition."""
    try:
        with closing(_read_only(path)) as db:
            return {(str(sha256), str(place)) for sha256, place in db.execute("SELECT sha256, path FROM document")}
    except sqlite3.DatabaseError as error:
        raise _damaged(path) from error


def stored_units(path: Path, kind: UnitKind, units: Sequence[str]) -> set[str]:
    """Which of these units an edition has, also one with another schema; all of them if there is no telling."""
    try:
        with closing(_read_only(path)) as db:
            rows = _select(db, "SELECT DISTINCT id FROM unit WHERE kind = ? AND id IN", units, kind)
            return {unit for (unit,) in rows}
    except sqlite3.DatabaseError:
        return set(units)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


class Catalog:
    """A published catalog, opened for reading only. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = _read_only(path)
            stored = dict(self._db.execute("SELECT key, value FROM meta"))
        except sqlite3.DatabaseError as error:
            raise _damaged(path) from error
        if stored.pop("schema", None) != str(SCHEMA):
            raise DamagedEdition(
                "この版は、今のプログラムと形式が異なります。", "python -m ingest で作り直してください。"
            )
        self.meta = Meta(
            stored["edition"], stored["published"], stored["fingerprint"], int(stored["dimensions"]), stored["recipe"],
            stored["author"], stored["changes"],
        )  # fmt: skip
        self._documents = {row[0]: row for row in self._db.execute("SELECT * FROM document ORDER BY path")}
        self.documents: tuple[DocumentInfo, ...] = tuple(map(_document, self._documents.values()))
        """In the order of their paths."""
        self._index = {number: index for index, number in enumerate(self._documents)}

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def chunk_documents(self) -> npt.NDArray[np.int32]:
        """For every position the index in ``documents`` of the document whose chunk stands there; -1 if none does."""
        rows = self._db.execute("SELECT position, document FROM chunk ORDER BY position").fetchall()
        found = np.full(rows[-1][0] + 1 if rows else 0, -1, np.int32)
        for position, number in rows:
            found[position] = self._index[number]
        return found

    def asking(self) -> npt.NDArray[np.bool_]:
        """For every position whether the chunk there stands under a question: its own, a heading or a title that is asked."""
        asked = [is_asked(document.title) for document in self.documents]
        rows = self._db.execute(
            "SELECT position, document, question IS NOT NULL, json_extract(heading, '$[#-1]') FROM chunk ORDER BY position"
        ).fetchall()
        found = np.zeros(rows[-1][0] + 1 if rows else 0, np.bool_)
        for position, number, question, heading in rows:
            found[position] = question or (is_asked(heading) if heading else asked[self._index[number]])
        return found

    def chunks(self, positions: Sequence[int]) -> tuple[Chunk, ...]:
        """The chunks at these positions, in the order asked for."""
        found = {
            row[0]: self._chunk(row) for row in _select(self._db, "SELECT * FROM chunk WHERE position IN", positions)
        }
        return tuple(found[p] for p in positions)

    def document_chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """All chunks of one document in the order of the text."""
        rows = self._db.execute(
            "SELECT chunk.* FROM chunk JOIN document ON number = document WHERE document.id = ? ORDER BY position",
            (document_id,),
        )
        return tuple(map(self._chunk, rows))

    def unit_positions(self, kind: UnitKind, units: Sequence[str]) -> dict[str, list[int]]:
        """For every unit the positions of the chunks that it stands for."""
        found: dict[str, list[int]] = {}
        rows = _select(self._db, "SELECT id, position FROM unit WHERE kind = ? AND id IN", units, kind)
        for unit, position in rows:
            found.setdefault(unit, []).append(position)
        return found

    def position_units(self, kind: UnitKind, positions: Sequence[int]) -> list[tuple[str, int]]:
        """The units of these chunks, each with its chunk's position."""
        # The plus keeps SQLite from the index of kinds: it would read half of all units instead of these few.
        return list(_select(self._db, "SELECT id, position FROM unit WHERE +kind = ? AND position IN", positions, kind))

    def chunk_units(self, chunks: Sequence[str]) -> dict[str, list[tuple[UnitKind, str]]]:
        """For every chunk, by id, the kinds and ids of the units that stand for it."""
        found: dict[str, list[tuple[UnitKind, str]]] = {chunk: [] for chunk in chunks}
        query = "SELECT chunk.id, unit.kind, unit.id FROM chunk JOIN unit USING (position) WHERE chunk.id IN"
        for chunk, kind, unit in _select(self._db, query, chunks):
            found[chunk].append((kind, unit))
        return found

    def units(self, kind: UnitKind) -> set[str]:
        """The ids of all units of this kind."""
        return {unit for (unit,) in self._db.execute("SELECT DISTINCT id FROM unit WHERE kind = ?", (kind,))}

    def sample(self, kind: UnitKind, most: int) -> list[str]:
        """Up to ``most`` units of this kind, the newest ones among them."""
        query = "SELECT DISTINCT id FROM unit WHERE kind = ? ORDER BY rowid DESC LIMIT ?"
        return [unit for (unit,) in self._db.execute(query, (kind, most))]

    def indexed(self, document: DocumentInfo) -> IndexedDocument:
        """A document of this catalog with all that another catalog needs of it."""
        number = next(n for n, row in self._documents.items() if row[1] == document.id)
        units: dict[int, tuple[list[str], list[str]]] = {}
        for unit, kind, position in self._db.execute(
            "SELECT unit.id, unit.kind, unit.position FROM unit JOIN chunk USING (position) WHERE document = ? ORDER BY unit.rowid",
            (number,),
        ):
            units.setdefault(position, ([], []))[kind == "body"].append(unit)
        rows = self._db.execute("SELECT * FROM chunk WHERE document = ? ORDER BY position", (number,))
        chunks = tuple(
            IndexedChunk(
                self._chunk(row),
                tuple(row[12].split()),
                tuple(row[13].split()),
                units[row[0]][0][0],
                tuple(units[row[0]][1]),
            )
            for row in rows
        )
        record = self._documents[number]
        return IndexedDocument(document, record[15], record[16], _warnings(record[17]), chunks)

    def library(self) -> Library:
        """What this edition holds and what it refused."""
        counts = dict(self._db.execute("SELECT document, count(*) FROM chunk GROUP BY document"))
        records = tuple(
            DocumentRecord(info, row[15], row[16], counts.get(number, 0), _warnings(row[17]))
            for (number, row), info in zip(self._documents.items(), self.documents, strict=True)
        )
        return Library(self.meta.edition, self.meta.published, records, tuple(r.refusal for r in self.refused()))

    def refused(self) -> tuple[RefusedFile, ...]:
        """The files that could not be taken in."""
        rows = self._db.execute("SELECT path, sha256, reason, remedy FROM refusal ORDER BY path")
        return tuple(RefusedFile(Refusal(path, reason, remedy), sha256) for path, sha256, reason, remedy in rows)

    def counts(self) -> dict[str, int]:
        """Number of chunks and of distinct head and body units: what the other indexes must agree with."""
        (chunks,) = self._db.execute("SELECT count(*) FROM chunk").fetchone()
        units = dict(self._db.execute("SELECT kind, count(DISTINCT id) FROM unit GROUP BY kind"))
        return {"chunks": chunks, "head": units.get("head", 0), "body": units.get("body", 0)}

    def _chunk(self, row: tuple[Any, ...]) -> Chunk:
        _, id_, document, text, page, heading, kind, columns, question, number, label, ocr, _, _ = row
        return Chunk(
            id_, self.documents[self._index[document]], text, page, tuple(json.loads(heading)), Kind(kind), tuple(json.loads(columns)),
            question, number, label, bool(ocr),
        )  # fmt: skip


def _select(db: sqlite3.Connection, query: str, values: Sequence[Any], *before: Any) -> Iterator[tuple[Any, ...]]:
    """``query (v1, v2 …)`` in portions, because SQLite limits the number of parameters."""
    for start in range(0, len(values), _PARAMETERS):
        portion = values[start : start + _PARAMETERS]
        yield from db.execute(f"{query} ({_marks(len(portion))})", (*before, *portion))


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _damaged(path: Path) -> DamagedEdition:
    return DamagedEdition(
        f"版「{path.parent.name}」の目録が壊れています。", "python -m ingest で作り直すか、控えから戻してください。"
    )


def _meta_rows(meta: Meta) -> list[tuple[str, str]]:
    return [(name, str(getattr(meta, name))) for name in Meta.__slots__]


def _document_row(number: int, indexed: IndexedDocument) -> tuple[Any, ...]:
    warnings = json.dumps([[w.code, w.message, w.page] for w in indexed.warnings], ensure_ascii=False)
    return (number, *_description(indexed.document), indexed.format, indexed.pages, warnings)


def _description(d: DocumentInfo) -> tuple[Any, ...]:
    return (
        d.id, d.path, d.sha256, d.title, d.department, int(d.sensitivity),
        json.dumps(sorted(d.audience), ensure_ascii=False), _iso(d.validity.start), _iso(d.validity.end), d.contact,
        d.supersedes, d.source, d.licence, _iso(d.review_by),
    )  # fmt: skip


def _document(row: tuple[Any, ...]) -> DocumentInfo:
    (_, id_, path, sha256, title, department, sensitivity, audience, start, end, contact, supersedes, source, licence,
     review_by, _, _, _) = row  # fmt: skip
    return DocumentInfo(
        id_, title, path, sha256, department, Sensitivity(sensitivity), frozenset(json.loads(audience)),
        Validity(_date(start), _date(end)), contact, supersedes, source, licence, _date(review_by),
    )  # fmt: skip


def _chunk_row(position: int, document: int, indexed: IndexedChunk) -> tuple[Any, ...]:
    c = indexed.chunk
    return (
        position, c.id, document, c.text, c.page, json.dumps(c.heading, ensure_ascii=False), c.kind.value,
        json.dumps(c.columns, ensure_ascii=False), c.question, c.row, c.page_label, c.ocr,
        " ".join(indexed.head_tokens), " ".join(indexed.body_tokens),
    )  # fmt: skip


def _warnings(stored: str) -> tuple[ReadingWarning, ...]:
    return tuple(ReadingWarning(*fields) for fields in json.loads(stored))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
