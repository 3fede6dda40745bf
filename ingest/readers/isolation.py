"""Reading in another process, with a limit of time and memory: whatever a file does to its parser, we go on.

Workers are started afresh (never forked from a parent with threads and models), reused for many files, and replaced
when one crashes or runs over its time.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rag.domain import Kind, Reading, ReadingWarning, Section
from rag.errors import UnreadableDocument

GIBI = 1024**3
SECONDS, SECONDS_A_PAGE = 30.0, 1.0
_MOST_EXTRA = 36_000.0
"""Seconds that OCR may take besides, for one file."""
_FILES_A_WORKER = 50
_STARTING = 3.0
"""Seconds that a new worker may take to start, beside those for its first file."""
_ROOT = Path(__file__).resolve().parents[2]
_TRY_AGAIN = "ファイルを開いて保存し直すか、章ごとなどに分けて置いてください。"


class _Ended(Exception):
    """The worker has closed its output."""


class _Worker:
    """One reading process and the thread that collects its answers."""

    def __init__(self, memory: int) -> None:
        self.files = 0
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "ingest.readers.worker", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self.process.stdout:
                self._answers.put(line)
        self._answers.put(None)

    def read(self, path: Path, corpus: Path | None, seconds: float | None) -> Reading:
        """Read one file. Raises UnreadableDocument; TimeoutError or _Ended if this worker is of no more use."""
        assert self.process.stdin is not None
        request = {"path": str(path.absolute()), "corpus": str(corpus.absolute()) if corpus else ""}
        deadline = time.monotonic() + (SECONDS if seconds is None else seconds) + (0 if self.files else _STARTING)
        self.files += 1
        extra = _MOST_EXTRA
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _Ended from error
        while True:
            answer = self._next(deadline)
            if "pages" in answer:
                deadline += 0 if seconds is not None else SECONDS_A_PAGE * int(answer["pages"])
            elif "seconds" in answer:
                granted = min(float(answer["seconds"]), extra) if seconds is None else 0.0
                extra -= granted  # a worker that a hostile file has taken over asks for ever
                deadline += granted
            elif "refused" in answer:
                raise UnreadableDocument(*map(str, answer["refused"]))
            else:
                return _reading(answer["reading"])

    def _next(self, deadline: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            raise _Ended
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process and everything that it started."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()


class _Desk:
    """A place where files are read one after the other, by one worker at a time."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._worker: _Worker | None = None

    def read(self, path: Path, corpus: Path | None, seconds: float | None) -> Reading:
        """Read one file, replacing the worker if the file breaks it."""
        if self._worker and self._worker.files >= _FILES_A_WORKER:
            self.close()
        self._worker = self._worker or _Worker(self._memory)
        try:
            return self._worker.read(path, corpus, seconds)
        except TimeoutError as error:
            self.close()
            raise UnreadableDocument("このファイルの読み取りが制限時間内に終わりませんでした。", _TRY_AGAIN) from error
        except (_Ended, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            self.close()
            raise UnreadableDocument(
                "このファイルの読み取り中に、読み取り用のプログラムが異常終了しました(壊れているか、大きすぎます)。",
                _TRY_AGAIN,
            ) from error
        except BaseException as error:
            if not isinstance(error, UnreadableDocument):
                self.close()
            raise

    def close(self) -> None:
        """Stop the worker, if there is one."""
        worker, self._worker = self._worker, None
        if worker:
            worker.stop()


def read_isolated(
    path: Path, *, seconds: float | None = None, memory: int = GIBI, corpus: Path | None = None
) -> Reading:
    """``ingest.readers.read`` in a process of its own. ``seconds`` None: 30 and one more a page; ``memory`` in bytes.

    Raises UnreadableDocument, also when the process crashes or runs out of time or memory.
    """
    desk = _Desk(memory)
    try:
        return desk.read(path, corpus, seconds)
    finally:
        desk.close()


def read_many(
    paths: Iterable[Path],
    workers: int | None = None,
    *,
    seconds: float | None = None,
    memory: int = GIBI,
    corpus: Path | None = None,
) -> Iterator[tuple[Path, Reading | UnreadableDocument]]:
    """Read many files on several processes (default: one a core, at most four), in the order of ``paths``."""
    count = workers or min(4, os.cpu_count() or 1)
    desks = [_Desk(memory) for _ in range(count)]
    idle: queue.SimpleQueue[_Desk] = queue.SimpleQueue()
    for desk in desks:
        idle.put(desk)

    def work(path: Path) -> Reading | UnreadableDocument:
        desk = idle.get()
        try:
            return desk.read(path, corpus, seconds)
        except UnreadableDocument as error:
            return error
        finally:
            idle.put(desk)

    pool = ThreadPoolExecutor(count, thread_name_prefix="reader")
    waiting: deque[tuple[Path, Future[Reading | UnreadableDocument]]] = deque()
    try:
        for path in paths:
            waiting.append((path, pool.submit(work, path)))
            if len(waiting) > 4 * count:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for desk in desks:
            desk.close()
        pool.shutdown(wait=True)


def _reading(data: dict[str, Any]) -> Reading:
    """A Reading from its JSON form."""
    return Reading(
        format=data["format"],
        sections=tuple(_section(section) for section in data["sections"]),
        warnings=tuple(ReadingWarning(**warning) for warning in data["warnings"]),
        pages=data["pages"],
        title=data["title"],
    )


def _section(data: dict[str, Any]) -> Section:
    return Section(
        **{**data, "heading": tuple(data["heading"]), "columns": tuple(data["columns"]), "kind": Kind(data["kind"])}
    )
