"""Levers taken out and put in on a collection of three documents."""

import json
from pathlib import Path

import pytest

from eval.ablate import LEVERS, PLAIN, Task, ablate, as_markdown, collection_tasks, paired, removals, report
from eval.plots import differences
from rag.ranking import RANKING


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = [("1", "住民票の写し", "窓口では400円です。"), ("2", "ごみの日", "火曜です。"), ("3", "", "犬の登録。")]
    queries = [("a", "住民票はいくらですか"), ("b", "犬を飼い始めた"), ("c", "燃えるごみはいつ")]
    files = {
        "corpus.jsonl": [{"_id": i, "title": t, "text": x} for i, t, x in documents],
        "queries.jsonl": [{"_id": i, "text": t} for i, t in queries],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("q\td\ts\na\t1\t1\nb\t3\t1\nc\t2\t1\n", encoding="utf-8")
    return tmp_path


def test_every_lever_changes_something_of_the_ranking():
    assert len({RANKING, PLAIN} | {lever.removed for lever in LEVERS}) == len(LEVERS) + 2
    assert all(lever.alone not in (PLAIN, RANKING) for lever in LEVERS)


def test_every_system_is_measured_on_the_same_questions(folder: Path, embedder):
    with collection_tasks(folder, embedder) as tasks:
        lines = ablate(tasks)
    assert [task.name for task in tasks] == [folder.name]
    assert lines[0].system == "the product" and lines[0].mean["value"] == 1.0
    assert len(lines) == 2 + len(LEVERS) + sum(lever.alone is not None for lever in LEVERS)
    table = as_markdown(tasks, lines).splitlines()
    assert len(table) == 2 + len(lines) and all(row.count("|") == 4 for row in table)
    assert "3 questions" in report(tasks, lines)
    assert differences(removals(tasks, lines)).startswith("<svg")


def test_a_lever_that_is_worth_something_is_seen():
    """A task that only the share of the question said can do: without it, every question is lost."""
    task = Task("t", "", lambda rankings: [[1.0 if ranking.said else 0.0] * 10 for ranking in rankings])
    lines = {line.system: line for line in ablate([task])}
    assert lines["without: share of the question said"].difference == {"value": -1.0, "low": -1.0, "high": -1.0}
    assert lines["plain with: … by the dictionary"].difference["value"] == 0.0
    assert lines["plain hybrid"].mean["value"] == 0.0


def test_differences_are_paired():
    found = paired([0.0, 0.5, 1.0], [0.5, 1.0, 1.0])
    assert found["value"] == pytest.approx(1 / 3, abs=1e-3) and 0 <= found["low"] <= found["high"] <= 0.5
