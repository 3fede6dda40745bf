"""What goes wrong with the disk below the data folder, in words."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import HikitsugiError, StorageFull


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Say in words that the disk is full or may not be written, whichever library noticed it."""
    try:
        yield
    except HikitsugiError:
        raise
    except Exception as error:  # Chroma reports a full disk as an error of its own that names no cause
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise StorageFull(
                f"「{error.filename or folder}」に書き込めません。", "フォルダの権限を確かめてください。"
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
