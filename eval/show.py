"""Figures as text for people. An answer rate never stands without the share of wrong answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import typer

from eval.measures import Row, worst
from rag.text import normalise

T = TypeVar("T")
NAMES = {
    "answer_rate": "回答率（答えのある問い）",
    "wrong_rate": "誤答率（回答したもの）",
    "answer_accuracy": "正答率（回答したもの）",
    "source_hit@1": "根拠が1件目にある",
    "source_hit@5": "根拠が5件目までにある",
    "mrr": "MRR",
    "passage_mrr": "MRR（根拠の箇所）",
    "ndcg@10": "nDCG@10",
    "citation_precision": "引用の適合率",
    "citation_recall": "引用の再現率",
    "refusal_precision": "控えの適合率",
    "refusal_recall": "控えの再現率",
}
CHECKS = {
    "right": "正しい応答",
    "not_wrong": "誤答でない",
    "source_hit@1": NAMES["source_hit@1"],
    "passage_mrr": NAMES["passage_mrr"],
    "not_stale": "失効した資料を引かない",
}
PROMISES = {"given": "すべての回答", "stated": "「資料に明記」と表示する回答"}
OUTCOMES = {"correct": "正答", "wrong": "誤答", "abstained": "控え"}


def figures(result: dict[str, Any]) -> list[str]:
    """The lines that describe a run."""
    seconds = result["seconds"]
    return [
        *stopped(result),
        counts(result),
        *(f"  {pad(label, 26)}{share(result[name])}" for name, label in NAMES.items()),
        f"  {pad('失効した資料の引用', 26)}{result['stale_citations']} 件",
        f"  {pad('一問の時間', 26)}中央値 {seconds_of(seconds['p50'])}、95% {seconds_of(seconds['p95'])}",
    ]


def stopped(result: dict[str, Any]) -> list[str]:
    """A line that says so where a run was stopped or still goes on: its figures are of the first questions alone."""
    if not result.get("unasked"):
        return []
    asked = result["cases"]
    state = "測定中の記録です。" if result.get("running") else "途中で止まった記録です。"
    return [f"{state}{asked + result['unasked']}問のうち、初めの{asked}問だけの数値です。"]


def counts(result: dict[str, Any]) -> str:
    """「116問 回答 60（正 45、誤 15） 控え 56（うち聞き返し 2）」"""
    back = f"（うち聞き返し {result['asked_back']}）" if result["asked_back"] else ""
    return f"{result['cases']}問 回答 {result['answered']}（正 {result['correct']}、誤 {result['wrong']}） 控え {result['abstained']}{back}"


def styles(result: dict[str, Any]) -> list[str]:
    """A line for every style of question."""
    return [f"  {pad(style, 12)}{counts(part)}" for style, part in result["styles"].items()]


def calibrated(kept: dict[str, Any]) -> list[str]:
    """The lines that describe a calibration, from what is stored of it."""
    fitted, check = kept["fitted"], kept["realised"]
    lines = [f"{kept['set']}（{kept['day']} 時点、版 {kept['edition']}）"]
    for key, label in PROMISES.items():
        promise, found = fitted[key], check[key]
        lines.append(f"{label}: 誤答率 {promise['max_wrong']:.1%} 以下")
        if not promise["answered"]:
            lines.append("  この評価セットでは示せないため、「資料に明記」とは表示しません。")
            continue
        lines.append(
            f"  {pad('境を決めた半分', 18)}{fitted['questions']}問中 回答 {promise['answered']}、誤 {promise['wrong']}"
            f"（誤答率の上限 {promise['upper']:.1%}、回答率 {promise['answer_rate']:.1%}）"
        )
        lines.append(f"  {pad('確かめた半分', 18)}{check['questions']}問中 {realised_line(found)}")
    return lines


def realised_line(found: dict[str, Any]) -> str:
    """「回答 60、誤 1（誤答率 1.7%、95%区間 0.0%–8.9%、回答率 41.4%）」"""
    rate = found["wrong_rate"]
    if rate["value"] is None:
        return "回答 0"
    return (
        f"回答 {found['answered']}、誤 {found['wrong']}（誤答率 {rate['value']:.1%}、"
        f"95%区間 {rate['low']:.1%}–{rate['high']:.1%}、回答率 {found['answer_rate']:.1%}）"
    )


def collect(records: Iterable[T], total: int, hidden: bool) -> list[T]:
    """Go through what takes time, with a bar on standard error unless it is hidden."""
    with typer.progressbar(records, length=total, label="測定中", file=sys.stderr, hidden=hidden) as bar:
        return list(bar)


def share(figure: dict[str, float | None]) -> str:
    """「0.750 （95%区間 0.650–0.840）」"""
    if figure["value"] is None:
        return "―（当てはまる問いがない）"
    return f"{figure['value']:.3f} （95%区間 {figure['low']:.3f}–{figure['high']:.3f}）"


def change(row: dict[str, float | None]) -> str:
    """「+0.035 （95%区間 -0.010〜+0.080）」"""
    if row["difference"] is None:
        return "―"
    bounds = "" if row["low"] is None else f" （95%区間 {row['low']:+.3f}〜{row['high']:+.3f}）"
    return f"{row['difference']:+.3f}{bounds}"


def compared(result: dict[str, Any]) -> list[str]:
    """The lines that describe a comparison."""
    tested, moved = result["mcnemar"], {"worse": "悪くなった問い", "better": "良くなった問い"}
    left = {"only_before": "前だけ", "only_after": "後だけ", "changed": "内容が変わったもの"}
    lines = [
        f"前: {counts(result['before'])}",
        f"後: {counts(result['after'])}",
        f"比べた問い {result['cases']}（{'、'.join(f'{label} {len(result[key])}' for key, label in left.items())}）",
        f"正しい応答になったもの {tested['gained']}、正しい応答でなくなったもの {tested['lost']}、マクネマー検定（正確法） p = {tested['p']:.4f}",
        *(f"  {pad(label, 26)}{change(result['differences'][name])}" for name, label in NAMES.items()),
    ]
    for key, label in moved.items():
        lines += [f"{label} {len(result[key])}", *map(moved_line, result[key])]
    return lines


def questions(rows: Sequence[Row], most: int = 20) -> list[str]:
    """The questions that went worst."""
    failed = worst(rows)
    lines = [f"  {OUTCOMES[row.outcome]} {row.case.id} {one_line(row.case.question)}" for row in failed[:most]]
    rest = f"  ほか {len(failed) - most} 問（--html ですべて示します）"
    return [f"うまくいかなかった問い {len(failed)}", *lines, *([rest] if len(failed) > most else [])]


def gate_lines(result: dict[str, Any]) -> list[str]:
    """The lines that say whether the gate is passed, and by which questions not."""
    lines = [f"{result['cases']}問を基準と比べました。"]
    for name, check in result["checks"].items():
        state = "合格" if check["passed"] else "不合格"
        counted = f"失った問い {len(check['lost'])}、得た問い {len(check['won'])}、p = {check['p']:.4f}"
        lines.append(f"  {pad(CHECKS[name], 26)}{state}（{counted}）")
    for row in result["lost"]:
        lines.append(f"{moved_line(row)}（{'、'.join(CHECKS[name] for name in row['checks'])}）")
    return [*lines, "合格です。" if result["passed"] else "不合格です。偶然では説明できないほど悪くなっています。"]


def moved_line(row: dict[str, str]) -> str:
    """「A-001 正答 → 誤答 住民票の写しは…」"""
    return f"  {row['id']} {OUTCOMES[row['before']]} → {OUTCOMES[row['after']]} {one_line(row['question'])}"


def one_line(text: str, most: int = 60) -> str:
    """``text`` on one line of a terminal, without what a terminal would obey."""
    line = normalise(text)
    return line if len(line) <= most else line[:most] + "…"


def seconds_of(value: float | None) -> str:
    """Seconds, to the millisecond."""
    return "―" if value is None else f"{value:.3f} 秒"


def pad(text: str, width: int) -> str:
    """``text`` and as many spaces as fill ``width`` columns of a terminal, where a Japanese character takes two."""
    return text + " " * max(0, width - sum(2 if ord(character) > 0xFF else 1 for character in text))
