"""Names of files: which cannot be taken in, and which were meant for something that they do not say."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection

from ingest.metadata import COLLECTION, SIDECAR, is_sidecar

# An editor that hides endings saves collection.toml as collection.toml.txt; copies are called collection (1).toml; other
# systems know no difference between capitals. Whoever wrote it thinks that the restriction in it applies.
_COLLECTION = re.compile(r"collection\b.*\.toml")
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that show the letters after them in another order: a name that reads otherwise than it is."""


def fault(name: str) -> tuple[str, str] | None:
    """Why a file or folder of this name cannot be taken in, and what to do; None if it can."""
    if any("\ud800" <= character <= "\udfff" for character in name):  # how Python reads bytes that are no UTF-8
        return (
            "名前の文字コードが UTF-8 ではありません（Shift_JIS のまま展開された ZIP など）。",
            "名前を付け直してください。",
        )
    if any(unicodedata.category(character) == "Cc" or character in _OVERRIDES for character in name):
        return "名前に、改行などの目に見えない制御文字が入っています。", "その文字を除いた名前に変えてください。"
    return None


def shown(path: str) -> str:
    """A path as it can be printed and stored: what cannot be is written as in a program, or as Shift_JIS if it is that."""
    parts = [_decoded(part) for part in path.split("/")]
    return "".join(c.encode("unicode_escape").decode() if fault(c) else c for c in "/".join(parts))


def _decoded(name: str) -> str:
    if not any("\ud800" <= character <= "\udfff" for character in name):
        return name
    try:
        return os.fsencode(name).decode("cp932")
    except UnicodeDecodeError:
        return name.encode("utf-8", "backslashreplace").decode()


def misnamed(name: str, others: Collection[str] = ()) -> str | None:
    """What a file was meant to be called if it looks like a ``collection.toml`` or a sidecar and is none; else None.

    ``others``: names in the same folder, to find the document that a sidecar was meant for.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if name == COLLECTION or is_sidecar(name):
        return None
    if _COLLECTION.match(plain):
        return COLLECTION
    at = plain.find(SIDECAR)
    if at < 0:
        return None
    target = plain[:at]
    exact = [other for other in others if unicodedata.normalize("NFKC", other).casefold() == target]
    return (exact[0] if exact else target) + SIDECAR
