"""Content hashes of files that are remembered as long as size, time and place of a file stay, as git does."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

_RACY = 2_000_000_000
"""Nanoseconds: a file that was changed so shortly before it was hashed may change again without a new time."""


class Hashes:
    """``Hashes(None)`` remembers nothing. A file that cannot be used is as good as none."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, object] = {}
        self._seen: dict[str, list[int | str]] = {}
        if file and file.is_file():
            try:
                stored = json.loads(file.read_text(encoding="utf-8"))
                self._known = stored if isinstance(stored, dict) else {}
            except (ValueError, OSError):
                self._known = {}

    def sha256(self, file: Path) -> str:
        """The hash of the file's content. Raises OSError."""
        status = file.stat()
        state: list[int | str] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self._known.get(str(file), [])
        if isinstance(known, list) and known[:4] == state and len(known) == 5:
            digest = str(known[4])
        else:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY:
            self._seen[str(file)] = [*state, digest]
        return digest

    def save(self) -> None:
        """Remember what was seen, and forget the rest."""
        if self._file and self._seen != self._known:
            partial = self._file.with_name(f"{self._file.name}.part")
            partial.write_text(json.dumps(self._seen), encoding="utf-8")
            partial.replace(self._file)
