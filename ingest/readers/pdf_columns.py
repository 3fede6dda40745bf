"""Two columns of running text that a program wrote line by line across both: their characters column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf_marks import Char

_GAP, _CLEAR, _INDENT = 1.2, 0.8, 1.3
"""In sizes of the type: what parts two columns, what stays free before the right one, how far its lines are indented."""
_PITCH = 2.2
_LEAST_PAIRS, _LEAST_IN_PART = 6, 3
_LONG, _MOST, _FULL = 10, 0.7, 0.6
"""Running text and no table: most lines of both columns have ten letters, and most of the left reach its edge."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters that follow each other on a line without a wide gap; ``indexes`` are their places on the page."""

    indexes: tuple[int, ...]
    left: float
    right: float
    base: float
    size: float


def by_column(chars: Sequence[Char], free: list[int]) -> list[int]:
    """The indexes ``free`` in an order in which two columns are read one after the other; unchanged where there are none."""
    pieces = list(_pieces(chars, free))
    edge = _right_column(pieces)
    if edge is None:
        return free
    result: list[_Piece] = []
    part: list[_Piece] = []
    for piece in [*pieces, None]:
        if piece and not _crosses(piece, edge) and _goes_on(part, piece):
            part.append(piece)
            continue
        result += _arranged(part, edge)
        part = [piece] if piece and not _crosses(piece, edge) else []
        result += [piece] if piece and _crosses(piece, edge) else []
    return [index for piece in result for index in piece.indexes]


def _pieces(chars: Sequence[Char], free: list[int]) -> Iterator[_Piece]:
    current: list[int] = []
    for index in free:
        before, char = chars[current[-1]] if current else None, chars[index]
        if before and (
            abs(before.base - char.base) > 0.6 * char.size
            or not -0.5 * char.size < char.left - before.right <= _GAP * char.size
        ):
            yield _piece(chars, current)
            current = []
        current.append(index)
    if current:
        yield _piece(chars, current)


def _piece(chars: Sequence[Char], indexes: list[int]) -> _Piece:
    first, last = chars[indexes[0]], chars[indexes[-1]]
    return _Piece(tuple(indexes), first.left, last.right, first.base, first.size)


def _right_column(pieces: list[_Piece]) -> float | None:
    """Where the right of two columns of running text begins, if lines of both follow each other in the file."""
    pairs = [(a, b) for a, b in pairwise(pieces) if _beside(a, b)]
    best: list[tuple[_Piece, _Piece]] = []
    for edge in {round(right.left, 1) for _, right in pairs}:
        found = [
            (a, b)
            for a, b in pairs
            if edge - 0.5 <= b.left <= edge + _INDENT * b.size and a.right <= edge - _CLEAR * a.size
        ]
        best = max(best, found, key=len)
    if len(best) < _LEAST_PAIRS:
        return None
    end = max(a.right for a, _ in best)
    long = sum(len(a.indexes) >= _LONG and len(b.indexes) >= _LONG for a, b in best)
    full = sum(a.right >= end - 1.5 * a.size for a, _ in best)
    if long < _MOST * len(best) or full < _FULL * len(best):
        return None
    return min(b.left for _, b in best)


def _beside(left: _Piece, right: _Piece) -> bool:
    return abs(left.base - right.base) <= 0.3 * left.size and right.left - left.right >= _GAP * left.size


def _crosses(piece: _Piece, edge: float) -> bool:
    return piece.left < edge - _CLEAR * piece.size and piece.right > edge - 0.2 * piece.size


def _goes_on(part: list[_Piece], piece: _Piece) -> bool:
    """Whether a piece stands on the line of the one before or on the next."""
    return not part or abs(part[-1].base - piece.base) <= _PITCH * max(piece.size, part[-1].size)


def _arranged(part: list[_Piece], edge: float) -> list[_Piece]:
    """The left column, then the right one; as it is where they hardly stand side by side."""
    if sum(_beside(a, b) for a, b in pairwise(part)) < _LEAST_IN_PART:
        return part
    return [p for p in part if p.right < edge] + [p for p in part if p.right >= edge]
