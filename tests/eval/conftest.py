"""A small town with one fee that rose, questions about it, and replies made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import rag.assistant
from eval.cases import Case, Source
from eval.records import Cited, Record
from ingest.build import ingest
from rag.config import PROJECT, Settings
from tests.conftest import DAY, build

OLD = "質問,回答\n住民票の写しの手数料はいくらですか,住民票の写しは1通300円です。\n"
FILES = {
    "市民課/旧.csv": OLD,
    "市民課/新.csv": OLD.replace("300円", "400円"),
    "市民課/collection.toml": '[[document]]\nfile = "新.csv"\nvalid_from = 2026-04-01\nsupersedes = "旧.csv"\n',
    "環境課/ごみ.csv": "質問,回答\n粗大ごみの手数料はいくらですか,粗大ごみは1点500円です。\n燃えるごみの日はいつですか,火曜日です。\n",
}
QUESTIONS = [
    ("fee", "住民票の写しの手数料はいくらですか", "市民課/新.csv", "1通400円", "400円", None),
    ("fee-then", "住民票の写しの手数料はいくらですか", "市民課/旧.csv", "1通300円", "300円", "2026-03-31"),
    ("bulky", "粗大ごみの手数料はいくらですか", "環境課/ごみ.csv", "1点500円", "五百円", None),
    ("weather", "明日の天気を教えてください", None, None, None, None),
]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, embedder) -> Path:
    """A data folder with one edition."""
    return build(tmp_path_factory.mktemp("town"), embedder, FILES).data


@pytest.fixture(scope="session")
def mirai(tmp_path_factory: pytest.TempPathFactory, embedder) -> Path:
    """A data folder with the sample municipality, taken in once for all tests; it takes half a minute."""
    data = tmp_path_factory.mktemp("mirai") / "var"
    ingest(Settings(data=data, corpus=PROJECT / "corpora"), embedder)
    return data


@pytest.fixture
def a_set(tmp_path: Path) -> Path:
    """A set of four questions about the town."""
    rows = [
        {
            "id": id_, "question": question, "answerable": bool(path), "facts": [fact] if fact else [],
            "sources": [{"path": path, "quote": quote}] if path else [], "as_of": day, "department": None, "style": "職員",
        }
        for id_, question, path, quote, fact, day in QUESTIONS
    ]  # fmt: skip
    file = tmp_path / "town.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def a_case(
    id_: str, *gold: str, facts: tuple[str, ...] = ("400円",), question: str = "いくら", style: str = ""
) -> Case:
    """A case; without gold it is unanswerable."""
    sources = tuple(Source(path, "言葉") for path in gold)
    return Case(id_, question, bool(gold), sources, facts if gold else (), None, None, style)


def a_record(
    id_: str, text: str = "", cited: str = "", hits: str = "", *, kind: str = "answer", until: date | None = None,
    seconds: float = 0.1, quoted: tuple[bool, ...] = (), confidence: float = 0.5,
) -> Record:  # fmt: skip
    """A reply; ``cited`` and ``hits`` are the letters of documents."""
    citations = tuple(Cited(path, path, None, "言葉", None, until) for path in cited)
    return Record(
        id_,
        DAY,
        kind if text else "not_found",
        text,
        citations,
        "stated",
        confidence,
        tuple(hits),
        tuple(quoted),
        seconds,
        "e",
    )


@pytest.fixture
def evaluate(monkeypatch, capfd, as_program) -> Callable[..., tuple[int, str, str]]:
    """Run ``python -m eval …`` in this process: exit status, output, errors."""
    monkeypatch.setenv("HIKITSUGI_CONFIG", "")  # so that what --config sets ends with the test
    monkeypatch.delenv("HIKITSUGI_CONFIG")
    monkeypatch.setattr("rag.embedding.open_embedder", rag.assistant.open_embedder)  # which loads a model once

    def command(*arguments: object) -> tuple[int, str, str]:
        status = as_program("eval", *arguments)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return command
