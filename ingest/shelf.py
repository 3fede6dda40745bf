"""Putting documents into the corpus and taking them out, for those who do not use its folders themselves."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from ingest.metadata import SIDECAR
from ingest.plan import is_document
from rag.errors import InvalidMetadata

_LONGEST_NAME = 200  # bytes; file systems allow 255, and the sidecar's ending has to fit

Value = str | int | date | list[str]


def target(corpus: Path, department: str, name: str, *, replace: bool = False) -> Path:
    """Where a document of this name would stand. Raises InvalidMetadata for a name that cannot be one, and if there is a
    document of this name already and ``replace`` is not said.
    """
    file = corpus / _checked(department, "課の名前") / _checked(name, "ファイル名")
    if not is_document(file.name):
        raise InvalidMetadata(f"「{name}」は資料として扱わない名前です。", "別の名前に変えてください。")
    if file.exists() and not replace:
        raise InvalidMetadata(
            f"{file.parent.name} に「{file.name}」がすでにあります。", "差し替えるか、別の名前で置いてください。"
        )
    return file


def place(
    corpus: Path, department: str, name: str, content: bytes, entry: Mapping[str, Value], *, replace: bool = False
) -> str:
    """Write a document and what is known of it (a sidecar) into the folder of a department; its path in the corpus.

    ``entry`` has the keys of a ``[[document]]``. Raises as ``target`` does. The file appears whole or not at all.
    """
    file = target(corpus, department, name, replace=replace)
    file.parent.mkdir(parents=True, exist_ok=True)
    sidecar = file.with_name(file.name + SIDECAR)
    if entry:
        # The sidecar first: a restricted document must not stand there for a moment without its restriction.
        _write(sidecar, toml(entry).encode())
    else:
        sidecar.unlink(missing_ok=True)
    _write(file, content)
    return f"{file.parent.name}/{file.name}"


def remove(corpus: Path, removed: Path, path: str) -> Path:
    """Take a document out of the corpus; it goes with its sidecar into a dated folder of ``removed``, whose path is given."""
    file = corpus / PurePosixPath(path)
    if not file.resolve().is_relative_to(corpus.resolve()) or not file.is_file():
        raise InvalidMetadata(f"「{path}」は資料フォルダにありません。", "画面を読み込み直してください。")
    kept = removed / f"{datetime.now():%Y%m%d-%H%M%S-%f}" / PurePosixPath(path)
    kept.parent.mkdir(parents=True)
    shutil.move(file, kept)
    sidecar = file.with_name(file.name + SIDECAR)
    if sidecar.is_file():
        shutil.move(sidecar, kept.with_name(kept.name + SIDECAR))
    return kept


def toml(entry: Mapping[str, Value]) -> str:
    """An entry as TOML. A string of JSON is one of TOML.

    >>> toml({"title": "手引き", "sensitivity": 2})
    'title = "手引き"\\nsensitivity = 2\\n'
    """
    return "".join(f"{key} = {_value(value)}\n" for key, value in entry.items())


def _value(value: Value) -> str:
    return (
        value.isoformat()
        if isinstance(value, date)
        else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    )


def _checked(name: str, what: str) -> str:
    """A name of one file or folder. Raises InvalidMetadata for anything that leads elsewhere."""
    normal = unicodedata.normalize("NFC", name).strip()
    wrong = any(c in '/\\:*?"<>|' or unicodedata.category(c).startswith("C") for c in normal)
    if not normal or wrong or normal.startswith((".", "~$")) or len(normal.encode()) > _LONGEST_NAME:
        raise InvalidMetadata(
            f"{what}「{name[:40]}」は使えません。", '記号（/ \\ : * ? " < > |）を除き、60文字ほどまでにしてください。'
        )
    return normal


def _write(file: Path, content: bytes) -> None:
    partial = file.with_name(f".{os.urandom(4).hex()}.part")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
