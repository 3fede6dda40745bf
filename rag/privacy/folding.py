"""One width and one hyphen for all that is compared, without losing where it stood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_CLUSTER = re.compile("(?s).[\u3099\u309a\uff9e\uff9f]?")  # a half-width ﾞ belongs to the character before it
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−⁃", "-"))
_LONG_VOWEL = re.compile(r"(?<=\d)ー(?=\d)")  # 090ー1234ー5678


def fold(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` in NFKC without invisible characters, and for each of its characters the span it comes from."""
    parts: list[str] = []
    origin: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        part = _fold(match.group())
        parts.append(part)
        origin += [match.span()] * len(part)
    return _LONG_VOWEL.sub("-", "".join(parts)), origin


def _fold(cluster: str) -> str:
    if cluster.isascii():
        return cluster
    category = unicodedata.category(cluster[0])
    if category == "Cs":  # half of a surrogate pair: the tokenizer refuses it
        return "\ufffd"
    return "" if category == "Cf" else unicodedata.normalize("NFKC", cluster).translate(_HYPHENS)


def without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with 〓, which no rule takes for a part of anything, in the place of ``spans`` (in order, apart)."""
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], "〓" * (end - start)]
        done = end
    return "".join([*parts, text[done:]])
