import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.compare import compare, differences, mcnemar, result
from eval.html import comparison, report
from eval.measures import by_style, interval, measure, risk_coverage, summary, worst
from eval.runs import Setup
from tests.eval.conftest import a_case, a_record

SETUP = Setup("町", "0", None, "2026-11-23", "版", "model", {}, {})
CASES = [a_case(str(n), "A") for n in range(8)] + [a_case("8"), a_case("9")]


def run(answers: str):
    """Rows of ten questions: c correct, w wrong, - abstained. The last two have no answer."""
    texts = {"c": "400円", "w": "300円", "-": ""}
    records = [
        a_record(str(n), texts[letter], "A", "A", confidence=1 - n / 10) for n, letter in enumerate(answers)
    ]  # fmt: skip
    return measure(CASES, records)


def test_what_got_better_and_what_got_worse():
    found = compare(run("cccw--ww--"), run("cw-c-cwww-"))
    assert [pair.after.case.id for pair in found.worse] == ["1", "2", "8"]
    assert [pair.after.case.id for pair in found.better] == ["3", "5"]
    assert mcnemar(found.pairs) == {"gained": 2, "lost": 3, "p": 1.0}
    told = result(found)
    assert told["worse"][0] == {"id": "1", "question": "いくら", "before": "correct", "after": "wrong"}
    assert told["before"]["correct"] == 3 and told["after"]["wrong"] == 4


def test_mcnemar_agrees_with_the_binomial_table():
    lost = compare(run("cccccccc--"), run("cc--------"))
    assert mcnemar(lost.pairs) == {"gained": 0, "lost": 6, "p": round(2 / 2**6, 4)}
    assert mcnemar(compare(run("cccccccc--"), run("cccccccc--")).pairs) == {"gained": 0, "lost": 0, "p": 1.0}


def test_differences_are_of_pairs():
    rows = differences(compare(run("cccccccc--"), run("cccc------")).pairs)
    assert rows["answer_rate"]["difference"] == -0.5
    # the standard error of a half of eight is .177
    assert rows["answer_rate"]["low"] == pytest.approx(-0.85, abs=0.08)
    assert rows["answer_rate"]["high"] == pytest.approx(-0.15, abs=0.08)
    assert rows["source_hit@1"]["difference"] == 0.0
    assert rows["source_hit@1"]["high"] == interval(0, 8)["high"] == -rows["source_hit@1"]["low"]


def test_a_measure_that_does_not_apply_has_no_difference():
    rows = differences(compare(run("----------"), run("----------")).pairs)
    assert set(rows["answer_accuracy"].values()) == {None}
    rows = differences(compare(run("----------"), run("c---------")).pairs)
    assert rows["answer_accuracy"]["after"] == 1.0 and rows["answer_accuracy"]["difference"] is None
    assert differences(())["answer_rate"]["difference"] is None


def test_only_the_same_questions_are_compared():
    other = [replace(row, case=replace(row.case, question="別の問い")) for row in run("cccccccc--")[1:2]]
    found = compare(run("cccccccc--")[:3], [*run("cccccccc--")[2:5], *other])
    assert [pair.after.case.id for pair in found.pairs] == ["2"]
    assert (found.only_before, found.only_after, found.changed) == (("0",), ("3", "4"), ("1",))


def test_the_risk_coverage_curve_by_hand():
    assert risk_coverage(run("cwc-------")) == [(0.1, 0.0), (0.2, 0.5), (0.3, pytest.approx(1 / 3))]
    same = [replace(row, record=replace(row.record, confidence=0.5)) for row in run("cwc-------")]
    assert risk_coverage(same) == [(0.3, pytest.approx(1 / 3))] and risk_coverage(run("----------")) == []


def test_the_worst_come_first():
    assert [row.case.id for row in worst(run("-cw-w---w-"))] == ["2", "4", "8", "0", "3", "5", "6", "7"]


HOSTILE = '<script>alert(1)</script>"><img src=http://attacker.example/a.png onerror=alert(1)>$\\frac{1}$'


class Tags(HTMLParser):
    """The elements of a page, and what they point to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.links += [value for name, value in attrs if name.startswith("on") or name.endswith(("src", "href"))]


def test_pages_are_whole_and_hold_nothing_that_runs():
    cases = [replace(case, question=HOSTILE, style=HOSTILE, history=(HOSTILE,)) for case in CASES]
    records = [
        replace(row.record, text=HOSTILE, citations=tuple(replace(c, title=HOSTILE, quote=HOSTILE) for c in row.record.citations))
        for row in run("cccww---ww")
    ]  # fmt: skip
    rows, before = measure(cases, records), measure(cases, [row.record for row in run("cccccccc--")])
    setup = replace(SETUP, set=HOSTILE)
    one = report(setup, rows, {**summary(rows), "styles": by_style(rows)})
    two = comparison(setup, setup, compare(before, rows))
    for page in (one, two):
        tags = Tags()
        tags.feed(page)
        assert {"html", "svg", "table", "details"} <= tags.names and not {
            "script",
            "img",
            "iframe",
            "link",
        } & tags.names
        assert all(re.fullmatch(r"#\w+", link) for link in tags.links), "only to definitions within the drawing"
        assert "&lt;script&gt;" in page and "<script" not in page
        assert "誤答率" in page and page.count("95%区間") > 10
        assert not re.search(r"url\((?!#)", page)
    assert two.count("<summary>") == 10, "every question got worse"


def test_the_commands(evaluate, a_set: Path, town: Path, tmp_path: Path):
    runs = []
    for _ in range(2):
        _, out, _ = evaluate("run", a_set, "--data", town, "--out", tmp_path / "runs", "--json")
        runs.append(json.loads(out)["run"])
    assert len(set(runs)) == 2
    status, out, _ = evaluate("report", runs[0], "--html", tmp_path / "report.html")
    assert (
        status == 0
        and "回答率" in out
        and "うまくいかなかった問い（0問）" in (tmp_path / "report.html").read_text(encoding="utf-8")
    )
    status, out, _ = evaluate("compare", *runs, "--html", tmp_path / "compare.html", "--json")
    told = json.loads(out)
    assert status == 0 and told["worse"] == told["better"] == [] and told["mcnemar"]["p"] == 1.0
    status, out, _ = evaluate("compare", *runs)
    assert status == 0 and "悪くなった問い 0" in out and (tmp_path / "compare.html").stat().st_size > 5_000
    status, _, err = evaluate("report", runs[0], "--html", a_set / "report.html")
    assert status == 1 and "書き込めません" in err
    status, _, err = evaluate("compare", runs[0], tmp_path)
    assert status == 1 and "測定の記録ではありません" in err
