"""Figures as text for people. An answer rate never stands without the share of wrong answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import typer

NAMES = {
    "answer_rate": "回答率（答えのある問い）",
    "wrong_rate": "誤答率（回答したもの）",
    "answer_accuracy": "正答率（回答したもの）",
    "source_hit@1": "根拠が1件目にある",
    "source_hit@5": "根拠が5件目までにある",
    "mrr": "MRR",
    "ndcg@10": "nDCG@10",
    "citation_precision": "引用の適合率",
    "citation_recall": "引用の再現率",
    "refusal_precision": "控えの適合率",
    "refusal_recall": "控えの再現率",
}
OUTCOMES = {"correct": "正答", "wrong": "誤答", "abstained": "控え"}


def figures(result: dict[str, Any]) -> list[str]:
    """The lines that describe a run or a part of it."""
    seconds = result["seconds"]
    return [
        counts(result),
        *(f"  {pad(label, 26)}{share(result[name])}" for name, label in NAMES.items()),
        f"  {pad('失効した資料の引用', 26)}{result['stale_citations']} 件",
        f"  {pad('一問の時間', 26)}中央値 {seconds_of(seconds['p50'])}、95% {seconds_of(seconds['p95'])}",
    ]


def counts(result: dict[str, Any]) -> str:
    """「116問 回答 60（正 45、誤 15） 控え 56」"""
    return f"{result['cases']}問 回答 {result['answered']}（正 {result['correct']}、誤 {result['wrong']}） 控え {result['abstained']}"


def styles(result: dict[str, Any]) -> list[str]:
    """A line for every style of question."""
    return [f"  {pad(style, 12)}{counts(part)}" for style, part in result["styles"].items()]


def follow(records: Iterable[object], total: int, hidden: bool) -> None:
    """Go through what takes time, with a bar on standard error unless it is hidden or nobody sits there."""
    with typer.progressbar(records, length=total, label="測定中", file=sys.stderr, hidden=hidden) as bar:
        for _ in bar:
            pass


def share(figure: dict[str, float | None]) -> str:
    """「0.750 （95%区間 0.650–0.840）」"""
    if figure["value"] is None:
        return "―（当てはまる問いがない）"
    return f"{figure['value']:.3f} （95%区間 {figure['low']:.3f}–{figure['high']:.3f}）"


def seconds_of(value: float | None) -> str:
    """Seconds, to the millisecond."""
    return "―" if value is None else f"{value:.3f} 秒"


def pad(text: str, width: int) -> str:
    """``text`` and as many spaces as fill ``width`` columns of a terminal, where a Japanese character takes two."""
    return text + " " * max(0, width - sum(2 if ord(character) > 0xFF else 1 for character in text))
