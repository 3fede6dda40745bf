"""Tables for spreadsheets: texts of questions and documents stay text and never become formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from eval.compare import Pair
from eval.measures import Row

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # spreadsheets in Japanese take the wide signs too
COLUMNS = ("番号", "結果", "質問", "答え", "正しい答えに含まれること", "根拠の資料", "確かさ", "引用した資料")
CHANGES = ("番号", "変化", "質問", "前の結果", "前の答え", "後の結果", "後の答え")
_OUTCOMES = {"correct": "正答", "wrong": "誤答", "abstained": "控え"}


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV that Excel opens in Japanese (UTF-8 with its mark). A cell that would be a formula begins with an apostrophe."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def replies(rows: Iterable[Row]) -> list[list[str]]:
    """Every question of a run with its reply, under ``COLUMNS``."""
    return [
        [
            row.case.id,
            _OUTCOMES[row.outcome],
            row.case.question,
            row.record.text or "（資料に見当たらない）",
            "、".join(fact.replace("|", "又は") for fact in row.case.facts)
            if row.case.answerable
            else "（資料に答えはない）",
            "、".join(sorted(row.case.gold)),
            f"{row.record.confidence:.2f}",
            "、".join(sorted(row.record.cited)),
        ]
        for row in rows
    ]


def changes(pairs: Iterable[Pair]) -> list[list[str]]:
    """The questions of two runs that got better or worse, under ``CHANGES``."""
    return [
        [
            pair.after.case.id,
            "良くなった" if pair.change > 0 else "悪くなった",
            pair.after.case.question,
            *(
                said
                for row in (pair.before, pair.after)
                for said in (_OUTCOMES[row.outcome], row.record.text or "（資料に見当たらない）")
            ),
        ]
        for pair in pairs
    ]
