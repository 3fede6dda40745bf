"""The published state: who may change it, what it was, going back, a second person's approval, and tidying up."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ingest.plan import Plan
from ingest.storage import storage_errors
from rag.domain import DocumentInfo
from rag.edition import CATALOG, DataFolder
from rag.edition.catalog import Catalog, stored_originals
from rag.errors import DamagedEdition, IngestionBusy, NoEdition, NotApproved

_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """An edition that is kept. ``changes``: the paths that it added, changed, moved, removed against the one before."""

    edition: str
    made: str
    author: str
    documents: int
    chunks: int
    changes: dict[str, list[str]]
    state: Literal["current", "waiting", "kept", "unapproved"]
    """``unapproved`` was put forward and never published: it is no state to go back to."""


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody made an edition the published one, or put one forward. ``at`` is ISO 8601 with zone.

    ``note``: why it was published although answers got worse.
    """

    at: str
    event: str
    edition: str
    user: str
    note: str = ""


def history(data: DataFolder) -> tuple[EditionRecord, ...]:
    """The kept editions that this program can read, newest first."""
    current, waiting = _pointed(data.current), _pointed(data.waiting)
    unapproved = _unapproved(data)
    records = []
    for folder in reversed(folders(data)):
        try:
            catalog = Catalog(folder / CATALOG)
        except DamagedEdition:
            continue  # of an earlier form of the program; it is neither shown nor gone back to
        meta, counts = catalog.meta, catalog.counts()
        state: Literal["current", "waiting", "kept", "unapproved"] = "kept"
        if folder == current:
            state = "current"
        elif folder == waiting:
            state = "waiting"
        elif meta.edition in unapproved:
            state = "unapproved"
        records.append(
            EditionRecord(
                meta.edition, meta.published, meta.author, len(catalog.documents), counts["chunks"],
                json.loads(meta.changes), state,
            )
        )  # fmt: skip
        catalog.close()
    return tuple(records)


def _pointed(pointer: Callable[[], Path | None]) -> Path | None:
    """What a pointer names; None if that is lost, so that there is a way back from it."""
    try:
        return pointer()
    except DamagedEdition:
        return None


def _unapproved(data: DataFolder) -> set[str]:
    put_forward = {event.edition for event in events(data) if event.event == "submitted"}
    return put_forward - {event.edition for event in events(data) if event.event != "submitted"}


def events(data: DataFolder) -> tuple[Event, ...]:
    """Who published what, newest first."""
    if not data.history.is_file():
        return ()
    found = []
    for line in data.history.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(Event(**json.loads(line)))
        except (ValueError, TypeError):
            continue  # a line that a power cut left half written
    return tuple(reversed(found))


def publish(data: DataFolder, edition: str, note: str = "") -> None:
    """Make this edition the published one. What waited is in it, or is superseded by it."""
    data.point_to(edition)
    data.withdraw()
    record(data, "published", edition, note)


def submit(data: DataFolder, edition: str, note: str = "") -> None:
    """Let this edition wait for a second person. Written down first: nobody may go back to what was never approved."""
    record(data, "submitted", edition, note)
    data.submit(edition)


def rollback(data: DataFolder, edition: str | None = None, wait: float = 60.0) -> str:
    """Publish an earlier edition again (None: the one before the current one); its name. Nothing is embedded or read.

    Raises NoEdition if there is no such edition that was published once, IngestionBusy while an ingestion runs.
    """
    with storage_errors(data.root), publishing_right(data, wait):
        records = [record for record in history(data) if record.state in ("current", "kept")]
        names = [record.edition for record in records]
        now = next((n for n, record in enumerate(records) if record.state == "current"), -1)
        target = edition or next(iter(names[now + 1 :]), None)
        if target not in names:
            raise NoEdition(
                f"戻せる版「{target}」はありません。" if target else "前の版がありません。",
                "python -m ingest history で、公開されたことのある版を確かめてください。",
            )
        data.point_to(target)
        record(data, "rolled back", target)
    return target


def approve(data: DataFolder, wait: float = 60.0) -> str:
    """Publish the edition that waits; its name. Raises NoEdition, and NotApproved to the person who made it."""
    with storage_errors(data.root), publishing_right(data, wait):
        waiting = next((r for r in history(data) if r.state == "waiting"), None)
        if waiting is None:
            raise NoEdition("公開を待っている版はありません。", "python -m ingest で資料を取り込んでください。")
        if waiting.author == user():
            raise NotApproved(
                f"この版は、取り込んだ人（{waiting.author}）とは別の人が公開します。",
                "内容を確かめる人が、その人の利用者名で python -m ingest publish を実行してください。",
            )
        record(data, "approved", waiting.edition)
        data.point_to(waiting.edition)
        data.withdraw()
    return waiting.edition


def damaged_originals(data: DataFolder, edition: Path) -> list[str]:
    """Paths of the documents whose kept original is missing or is not what was read."""
    catalog = Catalog(edition / CATALOG)
    found = [d.path for d in catalog.documents if _sha256(data.original(d)) != d.sha256]
    catalog.close()
    return found


def _sha256(file: Path) -> str | None:
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def documents(edition: Path) -> tuple[DocumentInfo, ...]:
    """The documents of a kept edition; none if this program cannot read it."""
    try:
        catalog = Catalog(edition / CATALOG)
    except DamagedEdition:
        return ()
    found = tuple(catalog.documents)
    catalog.close()
    return found


def describe(plan: Plan) -> str:
    """What a run changed, for the history."""
    lists = {"added": plan.added, "changed": plan.changed, "moved": plan.moved, "removed": plan.removed}
    return json.dumps(lists, ensure_ascii=False)


def record(data: DataFolder, event: str, edition: str, note: str = "") -> None:
    """Write down who changed the published state."""
    now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    with data.history.open("a", encoding="utf-8") as stream:
        stream.write("" if _ends_whole(data.history) else "\n")
        stream.write(json.dumps(asdict(Event(now, event, edition, user(), note)), ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _ends_whole(file: Path) -> bool:
    """Whether the last line is complete: what is added to one that a power cut left half written is lost with it."""
    with file.open("rb") as stream:
        return stream.seek(0, os.SEEK_END) == 0 or (stream.seek(-1, os.SEEK_END) >= 0 and stream.read() == b"\n")


def next_name(data: DataFolder, now: datetime) -> str:
    """A name for a new edition. Names sort by time, and behind those there are, even if the clock was set back meanwhile."""
    for folder in reversed(folders(data)):
        try:
            latest = datetime.strptime(folder.name[:22], _STAMP).replace(tzinfo=now.tzinfo)
        except ValueError:
            continue  # not one of ours
        now = max(now, latest + timedelta(microseconds=1))
        break
    return f"{now:{_STAMP}}-{os.urandom(2).hex()}"


def user() -> str:
    """Who runs this program, as the operating system knows it (not as the environment says: that is anyone's to set)."""
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number without a name
        return str(os.getuid())


def folders(data: DataFolder) -> list[Path]:
    """The kept editions, oldest first."""
    if not data.editions.is_dir():
        return []
    return sorted(folder for folder in data.editions.iterdir() if not folder.name.startswith("."))


def collect_garbage(data: DataFolder, keep: int) -> None:
    """Remove all but the last ``keep`` editions, the published and the waiting one, and originals that none of them cites."""
    everything = folders(data)
    kept = {*everything[-keep:], _pointed(data.current), _pointed(data.waiting)}
    for folder in everything:
        if folder not in kept:
            shutil.rmtree(folder)
    cited: set[tuple[str, str]] = set()
    for folder in everything:
        if folder in kept:
            try:
                cited |= stored_originals(folder / CATALOG)
            except DamagedEdition:
                return  # what it refers to is unknown: rather keep too much
    kept_files = {data.kept(*original).name for original in cited}
    for file in data.files.iterdir():
        if file.name not in kept_files:
            file.unlink()


@contextmanager
def publishing_right(data: DataFolder, wait: float) -> Iterator[None]:
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
