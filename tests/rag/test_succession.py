"""What is wrong with what documents supersede, and that people who run or look at an ingestion are told."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.lint import lint
from rag.domain import DocumentInfo, Validity, Viewer
from rag.succession import faults


def document(name: str, supersedes: str | None, start: date | None = date(2026, 4, 1)) -> DocumentInfo:
    return DocumentInfo(name, name, name, "0" * 64, "市民課", validity=Validity(start), supersedes=supersedes)


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([document("新", "旧"), document("旧", None)], []),
        ([document("新", "なし")], [("新", "superseded-missing")]),
        ([document("新", "読めない")], []),
        ([document("新", "旧", None), document("旧", None)], [("新", "superseded-open")]),
        ([document("甲", "乙"), document("乙", "甲")], [("乙", "superseded-circle"), ("甲", "superseded-circle")]),
        ([document("甲", "甲")], [("甲", "superseded-circle")]),
        (
            [document("丙", "甲"), document("甲", "乙"), document("乙", "甲")],
            [("乙", "superseded-circle"), ("甲", "superseded-circle")],
        ),
    ],
)
def test_what_has_no_effect_is_found(documents: list[DocumentInfo], expected: list[tuple[str, str]]) -> None:
    found = faults(documents, {"読めない"})
    assert [(fault.path, fault.code) for fault in found] == expected
    assert all(fault.reason.endswith("。") and fault.remedy.endswith("。") for fault in found)


@pytest.mark.parametrize(
    ("refused", "missing"),
    [
        ("市民課/旧.md", False),
        ("市民課/旧.md.meta.toml", False),
        ("市民課/旧.meta.toml", False),
        ("市民課/旧.md.meta.toml.txt", False),
        ("市民課/collection.toml", False),
        ("市民課", False),
        (".", False),
        ("税務課/collection.toml", True),
        ("collection.toml", True),
        ("市民課/旧.xlsx", True),
        ("市民課/旧い.md.meta.toml", True),
        ("市民課/旧", True),
    ],
)
def test_what_may_be_there_is_not_called_missing(refused: str, missing: bool) -> None:
    found = faults([document("市民課/新.md", "市民課/旧.md")], {refused})
    assert [fault.code for fault in found] == ["superseded-missing"] * missing


@pytest.mark.parametrize("broken", ["旧.md.meta.toml", "collection.toml"])
def test_a_slip_in_the_metadata_of_the_older_one_does_not_make_it_missing(
    put, sync, assistant, settings, broken: str
) -> None:
    put("市民課/旧.md", "# 旧い手引き\n\n手数料は、300円とする。\n")
    put(f"市民課/{broken}", "title = \n")
    put("総務課/新.md", "# 手引き\n\n手数料は、400円とする。\n")
    put("総務課/新.md.meta.toml", 'supersedes = "../市民課/旧.md"\nvalid_from = 2026-04-01\n')
    report = sync()
    assert [refusal.path for refusal in report.refused] == [f"市民課/{broken}"]
    assert report.faults == () == assistant().library(Viewer()).faults
    told = lint(settings.corpus, date(2026, 5, 1)).findings
    assert [finding.path for finding in told if finding.severity == "error"] == [f"市民課/{broken}"]


def test_a_run_says_it_as_long_as_it_lasts_and_so_does_the_library(put, sync, assistant, capsys) -> None:
    from ingest import __main__ as command

    put("市民課/手引き.md", "# 手引き\n\n手数料は、400円とする。\n")
    put("市民課/手引き.md.meta.toml", '改正履歴 = "旧.md"\n施行日 = 2026-04-01\naudience = ["税務課"]\n')
    for report in (sync(), sync()):
        assert [(fault.path, fault.code) for fault in report.faults] == [("市民課/手引き.md", "superseded-missing")]
        assert command._as_json(report)["faults"][0]["path"] == "市民課/手引き.md"
        command._print(report)
        assert "市民課/手引き.md\n  改正前の資料「市民課/旧.md」がありません。" in capsys.readouterr().err
    assert [fault.code for fault in assistant().library(Viewer()).faults] == ["superseded-missing"]
    put("市民課/旧.md", "# 旧い手引き\n\n手数料は、300円とする。\n")
    report = sync()
    assert report.faults == () and "faults" not in command._as_json(report)
    assert assistant().library(Viewer()).faults == ()
