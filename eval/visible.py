"""What of a run a person may be shown: the questions, and replies and expectations from documents that this person may see.

Sets are asked with the rights of every department, so that figures are of all questions; the words of a restricted document
must not reach through them whoever may not open it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from eval.compare import Comparison, Pair
from eval.measures import Row

HIDDEN = "（このパソコンでは見られない資料による答え）"

MaySee = Callable[[str], bool]
"""Whether a person may see the document at this path."""


def shown(rows: Iterable[Row], may_see: MaySee) -> tuple[Row, ...]:
    """These rows, measured as they were, without the words that may not be seen."""
    return tuple(row if _open(row, may_see) else _closed(row) for row in rows)


def shown_pairs(found: Comparison, may_see: MaySee) -> Comparison:
    """A comparison without the words that may not be seen. A pair is closed on both sides: one would tell of the other."""
    pairs = (
        pair
        if _open(pair.before, may_see) and _open(pair.after, may_see)
        else Pair(_closed(pair.before), _closed(pair.after))
        for pair in found.pairs
    )
    return replace(found, pairs=tuple(pairs))


def _open(row: Row, may_see: MaySee) -> bool:
    return all(map(may_see, row.case.gold | row.record.cited))


def _closed(row: Row) -> Row:
    case = replace(row.case, sources=(), facts=(HIDDEN,) if row.case.answerable else ())
    record = replace(row.record, text=HIDDEN if row.answered else row.record.text, citations=(), hits=(), quoted=())
    return replace(row, case=case, record=record)
