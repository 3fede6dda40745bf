"""Bring the published edition up to date with the corpus: draft, apply, verify, publish. The current edition is not touched."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import chunking, editions
from ingest.clearance import refusal, withhold
from ingest.effect import AnswersGetWorse, Check, Effect, Gate
from ingest.hashes import Hashes
from ingest.metadata import SourceFile, narrower
from ingest.plan import Plan, diff, scan
from ingest.progress import Progress
from ingest.readers import VERSION as READER_VERSION
from ingest.readers import ocr
from ingest.storage import storage_errors
from rag.config import Settings
from rag.domain import DocumentInfo, Fault, Reading, Refusal, Sensitivity
from rag.edition import CATALOG, VECTORS, DataFolder, sync_folder
from rag.edition.catalog import (
    SCHEMA,
    Catalog,
    Changes,
    IndexedDocument,
    Meta,
    RefusedFile,
    stored_fingerprint,
)
from rag.embedding import Embedder
from rag.errors import DamagedEdition, InvalidSettings
from rag.succession import faults

if TYPE_CHECKING:
    from ingest import draft as drafting

CHUNKER_VERSION = 3

_DRAFT, _STOPPED = ".draft-", ".stopped-"
_CHANGED = "取り込みの途中でファイルが書き換えられたか、開けなくなりました。"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. ``published`` is False when there was nothing to change, or when the edition ``waiting``s."""

    edition: str
    published: bool
    plan: Plan
    refused: tuple[Refusal, ...]
    chunks: int
    seconds: dict[str, float]
    waiting: bool = False
    """Whether the edition waits for a second person."""
    effect: Effect | None = None
    """What the edition does to the answers, where that was asked."""
    unchecked: str = ""
    """Why that is not known although it was asked, for people."""
    faults: tuple[Fault, ...] = ()
    """Documents whose ``supersedes`` has no effect."""


def recipe() -> str:
    """What makes an edition's chunks. When it changes, every file is read again: also scans, once Tesseract is there."""
    recognition = "+".join(ocr.used()) or "none"
    return f"schema {SCHEMA}, readers {READER_VERSION}, chunks {CHUNKER_VERSION}, ocr {recognition}"


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
    rebuild: bool = False,
    check: Check | None = None,
    accept: str | None = None,
) -> Report:
    """Publish an edition that holds what the corpus holds now, or nothing if that is the current one.

    ``rebuild`` reads every file again and builds every index from nothing, though texts that are embedded stay so.
    ``check`` compares the draft with the published edition; where it finds a loss, nothing is published unless a reason to
    ``accept`` it is given, which goes into the history. Raises AnswersGetWorse then,
    IngestionBusy if another run holds the data folder for longer than ``wait`` seconds, StorageFull if the disk
    is full, InvalidSettings if there is no corpus. Whatever happens, the current edition still answers.
    """
    if not settings.corpus.is_dir():
        raise InvalidSettings(f"資料フォルダ「{settings.corpus}」がありません。", "フォルダの場所を確かめてください。")
    data = DataFolder(settings.data)
    if data.root.resolve().is_relative_to(settings.corpus.resolve()):
        raise InvalidSettings(
            f"版と原本を置くフォルダ「{data.root}」が資料フォルダの中にあります。版そのものが資料として読まれてしまいます。",
            "資料フォルダの外のフォルダを指定してください（--data か HIKITSUGI_DATA）。",
        )
    clock = _Clock()
    with storage_errors(settings.data):
        for folder in (data.editions, data.files):
            folder.mkdir(parents=True, exist_ok=True)
        with editions.publishing_right(data, wait):
            _remove_drafts(data)
            gate = Gate(check, (accept or "").strip())
            report = _update(settings, data, embedder, clock, progress, gate, rebuild=rebuild)
    documents = [document for document, _ in (*report.plan.read, *report.plan.keep)]
    wrong = faults(documents, {refusal.path for refusal in report.refused})
    return replace(report, seconds=clock.total(), faults=wrong)


def _update(
    settings: Settings,
    data: DataFolder,
    embedder: Embedder,
    clock: _Clock,
    progress: Callable[[Progress], None],
    gate: Gate,
    *,
    rebuild: bool,
) -> Report:
    """Build on the edition that waits for approval, if there is one, else on the published one."""
    base, current = _readable_edition(data)
    try:
        with clock("plan"):
            reread = rebuild or current is None or current.meta.recipe != recipe()
            hashes = Hashes(None if rebuild else data.root / "hashes.json")
            plan = diff(scan(settings.corpus, hashes), current, reread=reread)
            plan = withhold(plan, embedder.max_sensitivity)
            hashes.save()
        same_model = current is not None and current.meta.fingerprint == embedder.fingerprint
        if current and same_model and not reread and plan.empty and set(plan.refused) == set(current.refused()):
            refused = tuple(r.refusal for r in plan.refused)
            waits = base == data.waiting()
            if waits and not _needs_approval(settings):  # it was put forward before that was given up
                assert base
                verdict = gate.judge(data, base, embedder.fingerprint, progress)
                editions.publish(data, current.meta.edition, verdict.reason)
                told = verdict.effect, verdict.unchecked
                return Report(base.name, True, plan, refused, current.counts()["chunks"], {}, False, *told)
            return Report(current.meta.edition, False, plan, refused, current.counts()["chunks"], {}, waits)
        now = datetime.now(UTC).astimezone()
        meta = Meta(
            editions.next_name(data, now),
            now.isoformat(timespec="seconds"),
            embedder.fingerprint,
            embedder.dimensions,
            recipe(),
            editions.user(),
        )
        derived = None if reread else base
        report = _publish(settings, data, meta, derived, current, plan, embedder, clock, progress, gate)
    finally:
        if current:
            current.close()
    with clock("tidy"):
        _remove(data.editions, _STOPPED)  # its vectors are in the new edition
        editions.collect_garbage(data, settings.keep_editions)
    return report


def _readable_edition(data: DataFolder) -> tuple[Path, Catalog] | tuple[None, None]:
    """The edition to build on; none if there is none that this program can read, so that all is built anew."""
    try:
        folder = data.waiting() or data.current()
        return (folder, Catalog(folder / CATALOG)) if folder else (None, None)
    except DamagedEdition:
        return None, None


def _publish(
    settings: Settings,
    data: DataFolder,
    meta: Meta,
    derived: Path | None,
    current: Catalog | None,
    plan: Plan,
    embedder: Embedder,
    clock: _Clock,
    progress: Callable[[Progress], None],
    gate: Gate,
) -> Report:
    """Build a draft (from the edition ``derived``, or from nothing), verify it, make it an edition and point to it."""
    from ingest import draft as drafting  # chromadb: a second that a run without changes does not pay

    draft = data.editions / f"{_DRAFT}{meta.edition}"
    draft.mkdir()
    same_model = current is not None and current.meta.fingerprint == meta.fingerprint
    folders = [*editions.folders(data), *data.editions.glob(f"{_STOPPED}*")]
    donors = [folder / VECTORS for folder in folders if _same_model(folder, meta.fingerprint)]
    before = derived / VECTORS if derived and same_model else None
    try:
        with clock("copy"):
            vectors = drafting.VectorDraft(draft / VECTORS, before, (d for d in donors if d != before), embedder)
    except BaseException:  # most often the disk is full: half a copy must not keep it so
        shutil.rmtree(draft, ignore_errors=True)
        raise
    assembly = _Assembly(current, vectors, derived is not None, same_model)
    try:
        for document, old in plan.keep:
            assembly.keep(document, old)
        refused = _read(data, plan, assembly, embedder.max_sensitivity, clock, progress)
        assembly.remove(plan.removed)
        carried_out = plan.without({r.refusal.path for r in refused})
        with clock("embed"):
            vectors.embed(lambda done, total: progress(Progress("埋め込み", done, total)))
        with clock("index"):
            progress(Progress("索引の作成", 0, 1))
            described = replace(meta, changes=editions.describe(carried_out))
            chunks = drafting.write_indexes(draft, described, assembly.changes(refused), vectors, derived)
        with clock("verify"):
            progress(Progress("検査", 0, 1))
            drafting.verify(draft, opened=vectors.opened)
            vectors.close()
        with clock("check"):
            verdict = gate.judge(data, draft, meta.fingerprint, progress)
        with clock("verify"):
            drafting.sync(draft)
        draft.rename(data.editions / meta.edition)
        sync_folder(data.editions)
        waits = _needs_approval(settings)
        (editions.submit if waits else editions.publish)(data, meta.edition, verdict.reason)
    except AnswersGetWorse:
        _set_aside(data, draft)
        raise
    except BaseException:
        vectors.close()
        shutil.rmtree(draft, ignore_errors=True)
        raise
    told = verdict.effect, verdict.unchecked
    return Report(meta.edition, not waits, carried_out, tuple(r.refusal for r in refused), chunks, {}, waits, *told)


def _needs_approval(settings: Settings) -> bool:
    return settings.publish.approval == "required"


def _same_model(folder: Path, fingerprint: str) -> bool:
    return stored_fingerprint(folder / CATALOG) == fingerprint


class _Assembly:
    """The changes that make the next catalog from the current one (``derived``), or all of it from nothing."""

    def __init__(self, current: Catalog | None, vectors: drafting.VectorDraft, derived: bool, same_model: bool) -> None:
        self.old = {document.path: document for document in current.documents} if current else {}
        self._current = current
        self._vectors = vectors
        self._derived = derived
        self._embedded = derived and same_model
        self._removed: set[str] = set()
        self._described: list[DocumentInfo] = []
        self._added: list[IndexedDocument] = []

    def keep(self, document: DocumentInfo, old: DocumentInfo) -> None:
        """A document whose text is taken over from the current edition, perhaps at another place or under another title."""
        assert self._current
        stays = self._derived and (document.id, document.title) == (old.id, old.title)
        if stays and self._embedded:
            self._described += [document] if document != old else []
            return
        indexed = self._current.indexed(old)
        chunks = self._vectors.index(chunking.redescribe([c.chunk for c in indexed.chunks], document))
        if stays:
            self._described += [document] if document != old else []
        else:
            self._removed |= {old.id} if self._derived else set()
            self._added.append(replace(indexed, document=document, chunks=chunks))

    def put(self, document: DocumentInfo, reading: Reading) -> None:
        """A document that was read."""
        before = self.old.get(document.path)
        self._removed |= {before.id} if before and self._derived else set()
        chunks = self._vectors.index(chunking.split(document, reading.sections))
        self._added.append(IndexedDocument(document, reading.format, reading.pages, reading.warnings, chunks))

    def remove(self, paths: Iterable[str]) -> None:
        """Documents that are no longer in the corpus."""
        self._removed |= {self.old[path].id for path in paths} if self._derived else set()

    def changes(self, refused: list[RefusedFile]) -> Changes:
        """All of it, handed over."""
        added = sorted(self._added, key=lambda indexed: indexed.document.path)
        self._added = []  # they take hundreds of megabytes, and are needed only until they are written
        return Changes(frozenset(self._removed), tuple(self._described), tuple(added), tuple(refused))


def _read(
    data: DataFolder,
    plan: Plan,
    assembly: _Assembly,
    most: Sensitivity,
    clock: _Clock,
    progress: Callable[[Progress], None],
) -> list[RefusedFile]:
    """Read the files that are new or changed, from the copies that will be shown beside the citations."""
    from ingest.readers.isolation import read_many

    refused = list(plan.refused)

    def refuse(document: DocumentInfo, reason: str, remedy: str) -> None:
        before = assembly.old.get(document.path)
        if before:
            # Its metadata applies all the same, but what is said in a file that cannot be read may be missing from it.
            kept = narrower(replace(document, sha256=before.sha256), before)
            if kept.sensitivity > most:
                assembly.remove([before.path])
                refused.append(refusal(kept, most))
                return
            assembly.keep(kept, before)
            remedy += "それまでは、前に取り込んだ内容で回答を続けます。"
        refused.append(RefusedFile(Refusal(document.path, reason, remedy), document.sha256))

    with clock("read"):
        copies: dict[Path, list[DocumentInfo]] = {}
        for document, source in plan.read:
            if _keep_original(data, document, source):
                copies.setdefault(data.original(document), []).append(document)
            else:
                refuse(document, _CHANGED, "もう一度取り込んでください。")
        done = 0
        for copy, reading in read_many(list(copies)):
            for document in copies[copy]:
                done += 1
                progress(Progress("読み取り", done, len(plan.read), document.path))
                if isinstance(reading, Reading):
                    assembly.put(document, reading)
                else:
                    refuse(document, reading.reason, reading.remedy)
    return refused


def _keep_original(data: DataFolder, document: DocumentInfo, source: SourceFile) -> bool:
    """Copy a file beside the editions, named by its content. False if it is no longer what was planned."""
    target = data.original(document)
    if target.is_file():
        return True
    partial = target.with_suffix(".part")
    try:
        original = source.file.open("rb")
    except OSError:
        return False  # taken away or locked since it was looked at
    digest = hashlib.sha256()
    with original, partial.open("wb") as stream:
        while block := original.read(1 << 20):
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    same = digest.hexdigest() == document.sha256
    if same:
        partial.replace(target)
    else:
        partial.unlink()
    return same


def _set_aside(data: DataFolder, draft: Path) -> None:
    """Keep a draft that was stopped for its vectors: whoever accepts it, or mends a document, waits for no embedding again."""
    _remove(data.editions, _STOPPED)
    draft.rename(draft.with_name(draft.name.replace(_DRAFT, _STOPPED, 1)))


def _remove(folder: Path, prefix: str) -> None:
    for found in folder.glob(f"{prefix}*"):
        shutil.rmtree(found)


def _remove_drafts(data: DataFolder) -> None:
    """What a killed run left behind."""
    _remove(data.editions, _DRAFT)
    for partial in data.files.glob("*.part"):
        partial.unlink()
