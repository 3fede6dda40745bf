"""Notice that the corpus has changed, once the changes have settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from rag.errors import InvalidSettings


def changes(corpus: Path, settle: float, stop: Event | None = None) -> Iterator[None]:
    """Yield at once, and then whenever something changed and nothing more for ``settle`` seconds, until ``stop``.

    Changes that come while the caller works are not lost: they are reported at the next step.
    """
    from watchfiles import watch

    if not corpus.is_dir():
        raise InvalidSettings(f"資料フォルダ「{corpus}」がありません。", "フォルダの場所を確かめてください。")
    # Of a large copy every file is a change; the longest time of gathering bounds how long the first has to wait.
    watcher = watch(
        corpus, step=int(settle * 1000), debounce=int(max(settle * 12, 60) * 1000), rust_timeout=1000,
        yield_on_timeout=True, stop_event=stop, watch_filter=None, raise_interrupt=False,
    )  # fmt: skip
    next(watcher, None)  # the watch has begun: what changes from here on is noticed
    yield
    for found in watcher:
        if found:
            yield
