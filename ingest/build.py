"""Bring the published edition up to date with the corpus: draft, apply, verify, publish. The current edition is not touched."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ingest import chunking
from ingest.metadata import SourceFile
from ingest.plan import Plan, diff, scan
from ingest.readers import VERSION as READER_VERSION
from rag.config import Settings
from rag.domain import DocumentInfo, Reading, Refusal
from rag.edition import CATALOG, VECTORS, DataFolder, sync_folder
from rag.edition.catalog import SCHEMA, Catalog, IndexedDocument, Meta, RefusedFile
from rag.embedding import Embedder
from rag.errors import DamagedEdition, HikitsugiError, IngestionBusy, InvalidSettings, StorageFull

if TYPE_CHECKING:
    from ingest import draft as drafting

CHUNKER_VERSION = 1
RECIPE = f"schema {SCHEMA}, readers {READER_VERSION}, chunks {CHUNKER_VERSION}"
"""What made an edition's chunks. When it changes, every file is read again."""

_DRAFT = ".draft-"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the step (読み取り …), how many of how many, and what is being worked on."""

    step: str
    done: int
    total: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. ``published`` is False when there was nothing to change."""

    edition: str
    published: bool
    plan: Plan
    refused: tuple[Refusal, ...]
    chunks: int
    seconds: dict[str, float]


class _Clock:
    """Seconds spent in each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - begin

    def total(self) -> dict[str, float]:
        return {**self.seconds, "total": time.perf_counter() - self._started}


def ingest(
    settings: Settings,
    embedder: Embedder,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    wait: float = 60.0,
) -> Report:
    """Publish an edition that holds what the corpus holds now, or nothing if that is the current one.

    Raises IngestionBusy if another run holds the data folder for longer than ``wait`` seconds, StorageFull if the disk
    is full, InvalidSettings if there is no corpus. Whatever happens, the current edition still answers.
    """
    if not settings.corpus.is_dir():
        raise InvalidSettings(f"資料フォルダ「{settings.corpus}」がありません。", "フォルダの場所を確かめてください。")
    data = DataFolder(settings.data)
    clock = _Clock()
    with _storage_errors(settings.data):
        for folder in (data.editions, data.files):
            folder.mkdir(parents=True, exist_ok=True)
        with _publishing_right(data, wait):
            _remove_drafts(data)
            report = _update(settings, data, embedder, clock, progress)
    return replace(report, seconds=clock.total())


def _update(
    settings: Settings, data: DataFolder, embedder: Embedder, clock: _Clock, progress: Callable[[Progress], None]
) -> Report:
    current = _current_catalog(data)
    with clock("plan"):
        reread = current is None or current.meta.recipe != RECIPE
        plan = diff(scan(settings.corpus), current, reread=reread)
    same_model = current is not None and current.meta.fingerprint == embedder.fingerprint
    if current and same_model and not reread and plan.empty and set(plan.refused) == set(current.refused()):
        refused = tuple(r.refusal for r in plan.refused)
        return Report(current.meta.edition, False, plan, refused, current.counts()["chunks"], {})
    published = datetime.now(UTC).astimezone()
    name = f"{published:%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"
    meta = Meta(name, published.isoformat(timespec="seconds"), embedder.fingerprint, embedder.dimensions, RECIPE)
    report = _publish(data, meta, current, plan, embedder, clock, progress)
    _collect_garbage(data, settings.keep_editions)
    return report


def _publish(
    data: DataFolder,
    meta: Meta,
    current: Catalog | None,
    plan: Plan,
    embedder: Embedder,
    clock: _Clock,
    progress: Callable[[Progress], None],
) -> Report:
    """Build a draft, verify it, make it an edition and point to it."""
    from ingest import draft as drafting  # chromadb: a second that a run without changes does not pay

    draft = data.editions / f"{_DRAFT}{meta.edition}"
    draft.mkdir()
    same_model = current is not None and current.meta.fingerprint == meta.fingerprint
    before = data.editions / current.meta.edition / VECTORS if current and same_model else None
    vectors = drafting.VectorDraft(draft / VECTORS, before, embedder)
    try:
        kept = [_keep(current, document, old, vectors, same_model) for document, old in plan.keep if current]
        read, refused = _read(data, plan, current, vectors, clock, progress)
        with clock("embed"):
            vectors.embed(lambda done, total: progress(Progress("埋め込み", done, total)))
        documents = sorted(kept + read, key=lambda indexed: indexed.document.path)
        with clock("index"):
            progress(Progress("索引の作成", 0, 1))
            vectors.finish(drafting.referenced_units(documents))
            chunks = drafting.write_indexes(draft, meta, documents, refused)
        with clock("verify"):
            progress(Progress("検査", 0, 1))
            drafting.verify(draft)
            drafting.sync(draft)
        draft.rename(data.editions / meta.edition)
        sync_folder(data.editions)
        data.point_to(meta.edition)
    except BaseException:
        vectors.close()
        shutil.rmtree(draft, ignore_errors=True)
        raise
    refusals = tuple(r.refusal for r in refused)
    return Report(meta.edition, True, plan.without({r.path for r in refusals}), refusals, chunks, {})


def _keep(
    catalog: Catalog, document: DocumentInfo, before: DocumentInfo, vectors: drafting.VectorDraft, same_model: bool
) -> IndexedDocument:
    """A document whose text is taken over from the current edition."""
    indexed = catalog.indexed(before)
    if document == before and same_model:
        return indexed
    chunks = [chunking.redescribe(c.chunk, document) for c in indexed.chunks]
    return replace(indexed, document=document, chunks=vectors.index(chunks))


def _read(
    data: DataFolder,
    plan: Plan,
    current: Catalog | None,
    vectors: drafting.VectorDraft,
    clock: _Clock,
    progress: Callable[[Progress], None],
) -> tuple[list[IndexedDocument], list[RefusedFile]]:
    """Read the files that are new or changed, from the copies that will be shown beside the citations."""
    from ingest.readers.isolation import read_many

    documents: list[IndexedDocument] = []
    refused = list(plan.refused)
    old = {document.path: document for document in current.documents} if current else {}

    def refuse(document: DocumentInfo, reason: str, remedy: str) -> None:
        before = old.get(document.path)
        if current and before:
            kept = replace(document, sha256=before.sha256)  # its metadata applies, whatever became of its file
            documents.append(_keep(current, kept, before, vectors, current.meta.fingerprint == vectors.fingerprint))
            remedy += "それまでは、前に取り込んだ内容で回答を続けます。"
        refused.append(RefusedFile(Refusal(document.path, reason, remedy), document.sha256))

    with clock("read"):
        copies: dict[Path, list[DocumentInfo]] = {}
        for document, source in plan.read:
            if _keep_original(data, document, source):
                copies.setdefault(data.original(document), []).append(document)
            else:
                refuse(document, "取り込みの途中でファイルが書き換えられました。", "もう一度取り込んでください。")
        done = 0
        for copy, reading in read_many(list(copies)):
            for document in copies[copy]:
                done += 1
                progress(Progress("読み取り", done, len(plan.read), document.path))
                if isinstance(reading, Reading):
                    chunks = vectors.index(chunking.split(document, reading.sections))
                    documents.append(IndexedDocument(document, reading.format, reading.pages, reading.warnings, chunks))
                else:
                    refuse(document, reading.reason, reading.remedy)
    return documents, refused


def _keep_original(data: DataFolder, document: DocumentInfo, source: SourceFile) -> bool:
    """Copy a file beside the editions, named by its content. False if it is no longer what was planned."""
    target = data.original(document)
    if target.is_file():
        return True
    partial = target.with_suffix(".part")
    shutil.copyfile(source.file, partial)
    with partial.open("rb+") as stream:
        same = hashlib.file_digest(stream, "sha256").hexdigest() == document.sha256
        os.fsync(stream.fileno())
    if same:
        partial.replace(target)
    else:
        partial.unlink()
    return same


def _current_catalog(data: DataFolder) -> Catalog | None:
    """The catalog of the current edition; None if there is none that this program can read, so that it is rebuilt."""
    try:
        folder = data.current()
        return Catalog(folder / CATALOG) if folder else None
    except DamagedEdition:
        return None


def _remove_drafts(data: DataFolder) -> None:
    """What a killed run left behind."""
    for draft in data.editions.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft)
    for partial in data.files.glob("*.part"):
        partial.unlink()


def _collect_garbage(data: DataFolder, keep: int) -> None:
    """Remove the editions before the last ``keep`` and the originals that no kept edition refers to."""
    names = sorted(folder.name for folder in data.editions.iterdir() if not folder.name.startswith("."))
    for name in names[:-keep]:
        shutil.rmtree(data.editions / name)
    referenced: set[Path] = set()
    for name in names[-keep:]:
        try:
            catalog = Catalog(data.editions / name / CATALOG)
        except DamagedEdition:
            return  # what it refers to is unknown: rather keep too much
        referenced |= {data.original(document) for document in catalog.documents}
        catalog.close()
    for file in data.files.iterdir():
        if file not in referenced:
            file.unlink()


@contextmanager
def _publishing_right(data: DataFolder, wait: float) -> Iterator[None]:
    """One process at a time publishes; the kernel gives the right back when that process dies."""
    holder = data.lock.with_suffix(".holder")
    lock = FileLock(data.lock)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        who = holder.read_text(encoding="utf-8") if holder.is_file() else "不明"
        raise IngestionBusy(
            f"別の取り込みが実行中です（{who}）。", "終わるまで待ってから、もう一度実行してください。"
        ) from error
    try:
        now = datetime.now(UTC).astimezone()
        holder.write_text(
            f"{socket.gethostname()}、プロセス {os.getpid()}、{now:%m月%d日 %H時%M分} 開始", encoding="utf-8"
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    """Say in words that the disk is full or may not be written, whichever library noticed it."""
    try:
        yield
    except HikitsugiError:
        raise
    except Exception as error:  # Chroma reports a full disk as an error of its own that names no cause
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise StorageFull(
                f"「{error.filename}」に書き込めません。", "フォルダの権限を確かめてください。"
            ) from error
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        full |= isinstance(error, sqlite3.Error) and "full" in str(error)
        if full or _free(folder) < 16 << 20:
            raise StorageFull(
                f"ディスクの空きが足りません（{folder}）。公開中の資料はそのまま使えます。",
                "空きを増やしてから、もう一度取り込んでください。",
            ) from error
        raise


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free if folder.exists() else 1 << 62
