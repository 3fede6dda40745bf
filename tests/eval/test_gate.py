import functools
import json
import random
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval import gate
from eval.cases import read_cases, read_set
from eval.measures import measure
from eval.runs import ask
from rag.assistant import open_assistant
from rag.config import PROJECT, Settings
from rag.domain import Answer, NotFound, Sensitivity, Viewer
from rag.errors import InvalidSettings
from tests.eval.conftest import a_case, a_record

pytestmark = pytest.mark.slow

CASES = read_cases(gate.SET)


def kept(good: str, seen: str = "") -> gate.Baseline:
    """A baseline of as many questions: c correct, w wrong, - abstained; + source first, . not."""
    names = {"c": "correct", "w": "wrong", "-": "abstained"}
    seen = seen or "+" * len(good)
    questions = {
        str(n): {
            "outcome": names[letter],
            "right": letter == "c",
            "hit@1": mark == "+",
            "passage_rr": 1.0 if mark == "+" else 0.5,
            "stale": 0,
        }
        for n, (letter, mark) in enumerate(zip(good, seen, strict=True))
    }
    return gate.Baseline("", date(2026, 11, 1), "", questions)


def rows(good: str, seen: str = "", until: date | None = None):
    texts = {"c": "400円", "w": "300円", "-": ""}
    cases = [a_case(str(n), "A") for n in range(len(good))]
    seen = seen or "+" * len(good)
    records = [
        a_record(str(n), texts[letter], "A", "A" if mark == "+" else "BA", until=until, quoted=(mark == "+", True))
        for n, (letter, mark) in enumerate(zip(good, seen, strict=True))
    ]
    return measure(cases, records)


@pytest.mark.parametrize(
    ("before", "after", "failed"),
    [
        ("cccccccccc", "cccccccccc", set()),
        ("cccccccccc", "cccccc----", set()),  # 4 of 4: p = .0625
        ("cccccccccc", "ccccc-----", {"right"}),  # 5 of 5: p = .03125
        ("cccccccc--", "-------ccc", set()),  # 7 lost, 2 won: p = .09
        ("cccccccc--", "-------cc-", {"right"}),  # 7 lost, 1 won: p = .035
        ("ccccc-----", "cccccwwwww", {"not_wrong"}),  # a guess for each that was rightly left open
        ("wwwwwwwwww", "cccccccccc", set()),
    ],
)
def test_the_rule(before: str, after: str, failed: set[str]):
    checks = gate.judge(kept(before), rows(after))
    assert {name for name, check in checks.items() if not check.passed} == failed


def test_lost_sources_and_stale_citations_fail_by_themselves():
    checks = gate.judge(kept("c" * 6), rows("c" * 6, "....." + "+"))
    assert {name for name, check in checks.items() if not check.passed} == {"source_hit@1", "passage_mrr"}
    checks = gate.judge(kept("c"), rows("c", until=date(2026, 11, 23)))
    assert {name for name, check in checks.items() if not check.passed} == {"not_stale"}
    told = gate.result(kept("c"), rows("c", until=date(2026, 11, 23)))
    assert not told["passed"] and [row["id"] for row in told["lost"]] == ["0"]


def test_the_questions_are_picked_by_the_rule(sound):
    cases = read_cases(gate.SET.with_name("mirai.jsonl"))
    by_id = {case.id: case for case in cases}
    assert len(CASES) == 30 and all(by_id[case.id] == case and case.half == "dev" for case in CASES)
    assert sum(case.answerable for case in CASES) == gate.ANSWERABLE
    known = gate.read_baseline(gate.BASELINE).questions
    correct = {id_ for id_ in known if known[id_]["outcome"] == "correct"}
    documents = [record.document for record in sound.library(Viewer("eval", None, Sensitivity.CONFIDENTIAL)).documents]
    versions = {d.supersedes for d in documents} | {d.path for d in documents if d.supersedes or d.validity.end}
    assert gate.pick(cases, correct, versions) == CASES, (
        "as long as the baseline's right answers are those of the day of picking"
    )
    dated = {case.id for case in cases if case.half == "dev" and case.as_of and case.id in correct}
    assert dated and dated <= {case.id for case in CASES}


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path):
    written = gate.baseline(CASES, rows("cw-", "+.+"), date(2026, 11, 1), "model")
    (tmp_path / "b.json").write_text(gate.as_json(written), encoding="utf-8")
    assert gate.read_baseline(tmp_path / "b.json") == written
    for broken in (
        "",
        "[]",
        '{"set_sha256": "", "day": "x"}',
        '{"set_sha256": "", "day": "2026-11-01", "questions": {"a": {}}}',
    ):
        (tmp_path / "b.json").write_text(broken, encoding="utf-8")
        with pytest.raises(InvalidSettings, match="基準"):
            gate.read_baseline(tmp_path / "b.json")


class Faulty:
    """An assistant with one fault: it does to the question, the hits or the reply what it should not."""

    def __init__(self, sound, fault: str) -> None:
        self.sound, self.fault, self.edition = sound, fault, sound.edition
        self.random = random.Random(0)

    def warm(self) -> None:
        self.sound.warm()

    def understood(self, question):
        return self.sound.understood(question)

    def search(self, question):
        if self.fault == "old edition":
            question = replace(question, as_of=date(question.as_of.year - 1, 6, 1))
        hits = self.sound.search(question)
        return tuple(self.random.sample(hits, len(hits))) if self.fault == "shuffled hits" else hits

    def reply(self, question, hits):
        if self.fault == "old edition":
            question = replace(question, as_of=date(question.as_of.year - 1, 6, 1))
        reply = self.sound.reply(question, hits)
        if not isinstance(reply, Answer):
            return reply
        if self.fault == "wrong amount":
            said = tuple(replace(s, text=re.sub(r"[0-9一二三四五六七八九十]+", "77", s.text)) for s in reply.sentences)
            return replace(reply, sentences=said)
        if self.fault == "dropped citation":
            (last, *_), sentence = reply.citations[::-1], reply.sentences[0]
            return replace(
                reply,
                citations=(replace(last, chunk=foreign(last.chunk)),),
                sentences=(replace(sentence, citations=(1,)),),
            )
        if self.fault == "says nothing":
            return NotFound(hits[:3])
        return reply


def foreign(chunk):
    """The same words under another document's name: what is left when the right citation is lost."""
    return replace(chunk, document=replace(chunk.document, path="総務課/無関係.txt"))


class Remembering:
    """An assistant that looks a question up and answers it once, however many faults are planted behind it."""

    def __init__(self, one) -> None:
        self.edition, self.warm, self.library = one.edition, one.warm, one.library
        self.understood, self.search = functools.cache(one.understood), functools.cache(one.search)
        self._one, self._replies = one, {}

    def reply(self, question, hits):
        key = question, tuple(hit.chunk.id for hit in hits)
        if key not in self._replies:
            self._replies[key] = self._one.reply(question, hits)
        return self._replies[key]


@pytest.fixture(scope="module")
def sound(mirai: Path, embedder):
    return Remembering(open_assistant(Settings(data=mirai), embedder))


def judged(assistant):
    before = gate.read_baseline(gate.BASELINE)
    gate.check_set(before, CASES)
    return gate.result(before, measure(CASES, tuple(ask(assistant, CASES, before.day))))


def test_the_gate_is_passed_by_the_product_as_it_is(sound):
    told = judged(sound)
    assert told["passed"], told["lost"]


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("shuffled hits", "passage_mrr"),
        ("dropped citation", "right"),
        ("wrong amount", "right"),
        ("says nothing", "right"),
        ("old edition", "not_stale"),
        ("old edition", "right"),
    ],
)
def test_a_planted_fault_turns_the_gate_red(sound, fault: str, check: str):
    told = judged(Faulty(sound, fault))
    assert not told["passed"] and not told["checks"][check]["passed"]
    assert {row["id"] for row in told["lost"]} >= set(told["checks"][check]["lost"]) != set()


def test_the_command(evaluate, mirai: Path, town: Path, a_set: Path, tmp_path: Path):
    status, out, _ = evaluate("gate", "--data", mirai, "--json")
    assert status == 0 and set(json.loads(out)) == {"passed", "cases", "checks", "lost"}
    status, out, _ = evaluate("gate", "--data", town)  # an edition of other documents
    assert status == 1 and "不合格" in out and "A-" in out
    own = ("gate", "--set", a_set, "--baseline", tmp_path / "own.json", "--data", town)
    status, _, err = evaluate(*own)
    assert status == 2 and "--write" in err
    (tmp_path / "own.json").write_text("broken", encoding="utf-8")
    assert evaluate(*own)[0] == 2 and evaluate(*own, "--write", "--as-of", "2026-11-23")[0] == 0
    assert evaluate(*own, "--write")[0] == 0
    assert gate.read_baseline(tmp_path / "own.json").day == date(2026, 11, 23), "the day stays unless another is given"
    status, out, _ = evaluate(*own)
    assert status == 0 and "合格です。" in out
    a_set.write_text(a_set.read_text(encoding="utf-8").replace("五百円", "501円"), encoding="utf-8")
    status, _, err = evaluate(*own)
    assert status == 2 and "別の内容" in err


def test_the_sets_of_the_project_agree_with_each_other():
    assert {case.id for case in read_set(PROJECT / "eval" / "sets")} >= {case.id for case in CASES}
