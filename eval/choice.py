"""Four-choice questions with a context (lawqa and the like) as cases, and their contexts as documents to be taken in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.cases import Case, Source, as_lines
from eval.foreign import Files, broken, lines_of, load, short_hash, text_at
from ingest.readers.decode import decode
from ingest.readers.guard import check_file
from rag.text import normalise, sentences

STYLE = "四択"
_KEYS = {
    "question": ("question", "問題文", "質問", "問題"),
    "choices": ("choices", "選択肢", "options"),
    "answer": ("answer", "output", "正解", "答え", "label"),
    "context": ("context", "コンテキスト", "条文", "passage"),
}
_SINGLE = [("choice0", "choice1", "choice2", "choice3"), ("A", "B", "C", "D"), ("a", "b", "c", "d"), ("選択肢1", "選択肢2", "選択肢3", "選択肢4")]  # fmt: skip
_LINE = re.compile(r"^\s*[(（]?([a-dA-D1-4ア-エａ-ｄＡ-Ｄ１-４])[)）.．、:：\s]\s*(.+)$")
_LABELS = {**dict(zip("abcd", range(4), strict=True)), **dict(zip("1234", range(4), strict=True)), **dict(zip("アイウエ", range(4), strict=True))}  # fmt: skip


def read_choice(file: Path) -> tuple[Files, dict[str, int]]:
    """Cases whose fact is the right choice's text, with a document for every context. Raises UnreadableDocument."""
    folder = f"documents/{STYLE}"
    documents: dict[str, str] = {}
    cases: dict[str, Case] = {}
    copies = 0
    for place, row in _rows(file):
        question, context = _text(file, row, "question", place), _text(file, row, "context", place)
        choices = _choices(file, row, place)
        right = choices[_answer(file, row, choices, place)]
        name = f"{short_hash(context)}.txt"
        documents[f"{folder}/{name}"] = context
        asked = "\n".join([question, *(f"{label} {text}" for label, text in zip("abcd", choices, strict=True))])
        start, end = sentences(context)[0]
        case = Case(
            id=f"C-{short_hash(asked + context)}",
            question=asked,
            answerable=True,
            sources=(Source(f"{STYLE}/{name}", context[start:end]),),
            facts=(right.replace("|", "｜"),),  # a bar separates alternatives
            as_of=None,
            department=None,
            style=STYLE,
        )
        copies += case.id in cases
        cases[case.id] = case
    if not cases:
        raise broken(file, "全体", "問題が一つもありません")
    files = {"cases.jsonl": [as_lines(list(cases.values()))], **{name: [text] for name, text in documents.items()}}
    return files, {"cases": len(cases), "documents": len(documents), "copies": copies}


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The questions of a JSON, JSON Lines or CSV file, each with its place."""
    check_file(file)
    ending = file.suffix.lower()
    if ending == ".csv":
        table = csv.reader(io.StringIO(decode(file.read_bytes()).text.lstrip("\ufeff"), newline=""))
        head: list[str] = []
        try:
            for number, cells in enumerate(table, start=1):
                if not head:
                    head = [cell.strip() for cell in cells]
                elif any(cells):
                    yield f"{number}行目", dict(zip(head, cells, strict=False))
        except csv.Error as error:
            raise broken(file, f"{table.line_num}行目", "CSV として読めません") from error
    elif ending == ".jsonl":
        yield from lines_of(file)
    else:
        content = load(file)
        if isinstance(content, dict):
            content = next((content[key] for key in ("samples", "data", "questions") if key in content), None)
        if not isinstance(content, list):
            raise broken(file, "全体", "問題の並び（[…]、または samples・data・questions）がありません")
        yield from ((f"{number}問目", row) for number, row in enumerate(content, start=1))


def _value(row: Any, key: str) -> Any:
    return next((row[name] for name in _KEYS[key] if name in row), None) if isinstance(row, dict) else None


def _text(file: Path, row: Any, key: str, place: str) -> str:
    return text_at(file, {_KEYS[key][1]: _value(row, key)}, _KEYS[key][1], place).strip()


def _choices(file: Path, row: dict[str, Any], place: str) -> list[str]:
    """Four texts: a list, four lines with labels, {"a": …}, or four columns."""
    value = _value(row, "choices")
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    elif isinstance(value, str):
        value = [found[2] for text in value.splitlines() if (found := _LINE.match(text))]
    elif value is None:
        names = next((names for names in _SINGLE if all(name in row for name in names)), ())
        value = [row[name] for name in names]
    if not isinstance(value, list) or len(value) != 4:
        raise broken(file, place, "選択肢が四つありません")
    return [text_at(file, {"選択肢": choice}, "選択肢", place).strip() for choice in value]


def _answer(file: Path, row: dict[str, Any], choices: list[str], place: str) -> int:
    """Which choice is right: a number counts from 0; a label is a–d, 1–4 or ア–エ; or it is the choice's own text."""
    value = _value(row, "answer")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 4:
        return value
    label = normalise(value).lower().strip("().") if isinstance(value, str) else ""
    texts = [normalise(choice).lower() for choice in choices]
    if texts.count(label) == 1:
        return texts.index(label)
    if label in _LABELS:
        return _LABELS[label]
    raise broken(file, place, f"正解「{value}」が、どの選択肢か分かりません")
