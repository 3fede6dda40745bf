import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eval import runs
from eval.cases import read_cases, read_set
from eval.runs import is_measured, measuring, read_run
from rag.config import PROJECT
from rag.errors import UnreadableDocument

FIGURE = {"value", "low", "high"}
SHARES = {
    "answer_rate", "wrong_rate", "answer_accuracy", "source_hit@1", "source_hit@5", "mrr", "passage_mrr", "ndcg@10", "citation_precision",
    "citation_recall", "refusal_precision", "refusal_recall",
}  # fmt: skip
PLAIN = {"set", "cases", "answered", "correct", "wrong", "abstained", "stale_citations", "seconds"}


def test_a_run_is_printed_and_kept(evaluate, a_set: Path, town: Path, tmp_path: Path):
    status, out, err = evaluate("run", a_set, "--data", town, "--out", tmp_path / "runs", "--json")
    result = json.loads(out)
    assert status == 0 and not err
    assert set(result) >= PLAIN | SHARES | {"styles", "run"} and all(set(result[name]) == FIGURE for name in SHARES)
    assert set(result["seconds"]) == {"p50", "p95"} and result["set"] == "town" and result["cases"] == 4
    assert result["source_hit@1"]["value"] == 1.0 and result["stale_citations"] == 0
    assert result["correct"] + result["wrong"] + result["abstained"] == 4 and set(result["styles"]) == {"職員"}
    folder = Path(result["run"])
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert set(about) == {
        "set", "set_sha256", "half", "day", "edition", "fingerprint", "configuration", "versions",
    }  # fmt: skip
    assert about["configuration"]["embedder"] == "built-in" and about["versions"]["python"].startswith("3.11")
    setup, rows = read_run(folder)
    assert setup.set == "town" and [row.case for row in rows] == list(read_cases(a_set))
    then = rows[1].record
    assert then.asked.isoformat() == "2026-03-31" and then.hits[0] == "市民課/旧.csv"
    assert (
        then.cited == {"市民課/旧.csv"}
        and "300円" in then.text
        and then.quoted[0]
        and then.kind == "answer"
        and then.seconds > 0
    )


def test_people_see_no_answer_rate_without_the_wrong_ones(evaluate, a_set: Path, town: Path, tmp_path: Path):
    status, out, err = evaluate("run", a_set, "--data", town, "--out", tmp_path / "runs")
    assert "--resume" in err, "whoever has to stop it knows how to go on"
    assert "途中で止まった" not in out
    assert status == 0 and out.index("回答率") < out.index("誤答率") and "誤 " in out.splitlines()[1]


def test_halves_and_a_folder_of_sets(evaluate, a_set: Path, town: Path, tmp_path: Path):
    count = {}
    for half in ("dev", "test"):
        _, out, _ = evaluate("run", a_set.parent, "--data", town, "--out", tmp_path / "runs", "--half", half, "--json")
        count[half] = json.loads(out)["cases"]
    assert sum(count.values()) == 4 and count["dev"] == sum(case.half == "dev" for case in read_cases(a_set))


def test_several_sets_are_one(a_set: Path):
    assert read_set(a_set, a_set.parent) == read_set(a_set)


def test_a_configuration_is_used(evaluate, a_set: Path, town: Path, tmp_path: Path):
    file = tmp_path / "hikitsugi.toml"
    file.write_text("max_question_chars = 50\nno_such_key = 1\n", encoding="utf-8")
    status, _, err = evaluate("run", a_set, "--data", town, "--config", file)
    assert status == 2 and "no_such_key" in err


def test_a_question_that_is_refused_is_an_abstention(evaluate, a_set: Path, town: Path, tmp_path: Path):
    row = json.loads(a_set.read_text(encoding="utf-8").splitlines()[0]) | {"id": "long", "question": "あ" * 2_000}
    a_set.write_text(json.dumps(row) + "\n", encoding="utf-8")
    status, out, _ = evaluate("run", a_set, "--data", town, "--out", tmp_path / "runs", "--json")
    result = json.loads(out)
    (row,) = read_run(Path(result["run"]))[1]
    assert status == 0 and result["abstained"] == 1 and row.record.kind == "invalid" and "長すぎます" in row.record.text


def test_a_killed_run_is_resumed(a_set: Path, town: Path, tmp_path: Path, evaluate):
    rows = [json.loads(line) for line in a_set.read_text(encoding="utf-8").splitlines()]
    many = [{**row, "id": f"{row['id']}-{n}"} for n in range(60) for row in rows]
    a_set.write_text("".join(json.dumps(row) + "\n" for row in many), encoding="utf-8")
    words = [sys.executable, "-m", "eval", "run", a_set, "--data", town, "--out", tmp_path / "runs", "--json"]
    process = subprocess.Popen([*map(str, words)], cwd=PROJECT, stdout=subprocess.PIPE)
    try:
        while not (started := list(tmp_path.glob("runs/*/replies.jsonl"))) or started[0].stat().st_size < 3_000:
            assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    (replies,) = started
    begun = replies.read_bytes()[:-7]  # and the last line is torn
    replies.write_bytes(begun)
    whole = begun.count(b"\n")
    assert 0 < whole < 240
    status, out, _ = evaluate("report", replies.parent, "--html", tmp_path / "page.html")
    assert status == 0 and f"240問のうち、初めの{whole}問だけ" in out
    assert f"240問のうち、初めの{whole}問だけ" in (tmp_path / "page.html").read_text(encoding="utf-8")
    arguments = ("run", a_set, "--data", town, "--resume", replies.parent, "--json")
    status, out, _ = evaluate(*arguments)
    assert status == 0 and json.loads(out)["cases"] == 240 and json.loads(out)["unasked"] == 0
    lines = replies.read_bytes().splitlines(keepends=True)
    assert begun.startswith(lines[0]) and [json.loads(line)["id"] for line in lines] == [row["id"] for row in many]
    a_set.write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    status, _, err = evaluate(*arguments)
    assert status == 2 and "評価セットの内容" in err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "a"', "1行目"),
        ('{"id": "a", "question": "q"}', "answerable"),
        ('{"id": "a", "question": "", "answerable": true, "sources": [], "facts": []}', "文字列"),
        ('{"id": "a", "question": "q", "answerable": "no", "sources": [], "facts": []}', "true か false"),
        ('{"id": "a", "question": "q", "answerable": true, "sources": [], "facts": "400円"}', "並び"),
        ('{"id": "a", "question": "q", "answerable": true, "sources": [], "facts": [], "as_of": "昨日"}', "昨日"),
        ("[1]", "1行目"),
        ("[" * 100_000, "1行目"),
    ],
)
def test_a_broken_set_is_named_with_its_line(tmp_path: Path, line: str, says: str):
    file = tmp_path / "set.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UnreadableDocument, match=says):
        read_cases(file)


def test_two_cases_of_one_id_are_refused_and_copies_count_once(a_set: Path, tmp_path_factory):
    copy = a_set.with_name("copy.jsonl")
    copy.write_bytes(a_set.read_bytes())
    assert len(read_set(a_set.parent)) == 4
    copy.write_text(a_set.read_text(encoding="utf-8").replace("粗大ごみの", "大きなごみの"), encoding="utf-8")
    with pytest.raises(UnreadableDocument, match="bulky"):
        read_set(a_set.parent)
    with pytest.raises(UnreadableDocument, match="問いがありません"):
        read_set(tmp_path_factory.mktemp("empty"))


def test_history_goes_with_a_case_and_may_be_missing(a_set: Path):
    row = json.loads(a_set.read_text(encoding="utf-8").splitlines()[0])
    a_set.write_text(json.dumps(row | {"history": ["住民票について"]}) + "\n", encoding="utf-8")
    assert read_cases(a_set)[0].history == ("住民票について",)
    a_set.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert read_cases(a_set)[0].history == ()


def test_what_is_no_run_is_named(tmp_path: Path):
    with pytest.raises(UnreadableDocument, match="測定の記録ではありません"):
        read_run(tmp_path)


def test_a_run_that_goes_on_is_called_so_and_not_begun_twice(evaluate, a_set: Path, town: Path, tmp_path: Path):
    asking = ("run", a_set, "--data", town)
    folder = Path(json.loads(evaluate(*asking, "--out", tmp_path / "runs", "--json")[1])["run"])
    replies = folder / "replies.jsonl"
    whole = replies.read_bytes()
    first = whole[: whole.index(b"\n") + 1]
    replies.write_bytes(first + b'{"id": "half')  # the other one is just writing
    with measuring(folder):
        assert is_measured(folder)
        status, _, err = evaluate(*asking, "--resume", folder, "--json")
        assert status == 1 and "この測定は今も続いています。\n終わるのを待ってください。" in err
        assert replies.read_bytes() == first + b'{"id": "half', "what the other one writes is not touched"
        assert evaluate("report", folder)[1].splitlines()[1].startswith("測定中の記録です。4問のうち、初めの1問だけ")
        assert json.loads(evaluate("report", folder, "--json")[1])["running"]
    assert not is_measured(folder)
    assert "途中で止まった記録です。" in evaluate("report", folder)[1]
    assert evaluate(*asking, "--resume", folder, "--json")[0] == 0
    assert replies.read_bytes().count(b"\n") == 4 and not is_measured(folder)


def test_a_new_run_is_held_while_it_asks(evaluate, a_set: Path, town: Path, tmp_path: Path, monkeypatch):
    held = []
    begin, ask = runs.begin, runs.ask
    monkeypatch.setattr(runs, "begin", lambda *given: held.append(begin(*given)) or held[0])
    monkeypatch.setattr(runs, "ask", lambda *given: held.append(is_measured(held[0])) or ask(*given))
    assert evaluate("run", a_set, "--data", town, "--out", tmp_path / "runs", "--json")[0] == 0
    assert held[1:] == [True]


def test_no_lock_is_left_where_no_run_is(tmp_path: Path):
    with pytest.raises(UnreadableDocument), measuring(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
