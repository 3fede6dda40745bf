"""The process in which files are read, one after the other: ``python -m ingest.readers.worker MEMORY``.

It takes a path a line (JSON) and answers in lines of JSON: {"pages": n}, perhaps {"seconds": n} (more time is needed),
then {"reading": …} or {"refused": […]}. It
ends when its parent does. JSON and not pickle, because a hostile file may have taken this process over.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ingest.readers import ocr, read
from rag.errors import UnreadableDocument

OUT_OF_MEMORY = (
    "このファイルの読み取りに必要なメモリが上限を超えました。",
    "ファイルを章ごとなどに分けるか、不要な画像・空の行や列を削除して置いてください。",
)


def main() -> None:
    """Serve requests from standard input until it is closed."""
    _limit(int(sys.argv[1]))
    gc.set_threshold(100_000, 20, 20)  # many small objects that live on: looking for cycles would cost a sixth
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    requests: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = requests.get()
        _answer(answers, request)


def _limit(memory: int) -> None:
    """Bound the address space, and write no core files. Windows has no such limits; there the time limit remains."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        hard = resource.getrlimit(kind)[1]
        limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(kind, (limit, limit))


def _listen(requests: queue.SimpleQueue[dict[str, str]]) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)  # the parent is gone; the main thread may be deep in a parser


def _answer(answers: BinaryIO, request: dict[str, str]) -> None:
    path = Path(request["path"])
    corpus = Path(request["corpus"]) if request.get("corpus") else None
    try:
        _send(answers, {"pages": _pages(path)})
        ocr.announce = lambda seconds: _send(answers, {"seconds": seconds})
        reply = json.dumps({"reading": asdict(read(path, corpus))})
    except UnreadableDocument as error:
        reply = json.dumps({"refused": [error.reason, error.remedy]})
    except (MemoryError, RecursionError):
        reply = json.dumps({"refused": OUT_OF_MEMORY})
    _send_line(answers, reply)


def _pages(path: Path) -> int:
    """How many pages the time limit should allow for."""
    if not path.is_file() or path.suffix.lower() not in ("", ".pdf"):
        return 0
    from ingest.readers.pdf import page_count

    return page_count(path)


def _send(answers: BinaryIO, message: dict[str, object]) -> None:
    _send_line(answers, json.dumps(message))


def _send_line(answers: BinaryIO, line: str) -> None:
    data = memoryview(line.encode("ascii", "surrogatepass") + b"\n")
    while data:
        data = data[answers.write(data) :]


if __name__ == "__main__":
    main()
