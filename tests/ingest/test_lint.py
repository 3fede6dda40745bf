"""What is said of a corpus before it is published."""

from datetime import date

import pytest

from ingest.lint import Finding, lint, suggest_start

DAY = date(2026, 11, 23)


def codes(findings: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(finding.path, finding.code, finding.severity) for finding in findings}


def test_what_is_wrong_forgotten_and_suggested(put, settings):
    put("市民課/規程.md", "# 手数料規程\n\nこの規程は、令和8年4月1日から施行する。\n")
    put("市民課/写し.md", "# 手数料規程\n\nこの規程は、令和8年4月1日から施行する。\n")
    put("税務課/輪1.md", "一つ目\n")
    put("税務課/輪2.md", "二つ目\n")
    put("税務課/空.txt", b"")
    put("税務課/期限.txt", "見直す。")
    put(
        "税務課/collection.toml",
        '[[document]]\nfile = "輪1.md"\nsupersedes = "輪2.md"\nvalid_from = 2026-01-01\n'
        '[[document]]\nfile = "輪2.md"\nsupersedes = "輪1.md"\nvalid_from = 2026-02-01\n'
        '[[document]]\nfile = "期限.txt"\nreview_by = 2026-01-01\naudience = ["税無課"]\nsupersedes = "なし.txt"\n'
        '[[document]]\nfile = "ない.txt"\n',
    )
    report = lint(settings.corpus, DAY)
    assert codes(report.findings) >= {
        ("市民課/規程.md", "valid-from", "suggestion"),
        ("市民課/規程.md", "title", "suggestion"),
        ("市民課/規程.md", "duplicate", "warning"),
        ("市民課/写し.md", "duplicate", "warning"),
        ("市民課/collection.toml", "no-collection", "warning"),
        ("税務課/輪1.md", "superseded-circle", "error"),
        ("税務課/空.txt", "refused", "error"),
        ("税務課/期限.txt", "review-overdue", "warning"),
        ("税務課/期限.txt", "audience-unknown", "warning"),
        ("税務課/期限.txt", "superseded-missing", "error"),
        ("税務課/ない.txt", "metadata", "error"),
    }
    assert report.files == 6 and report.errors >= 4
    assert all(finding.message.endswith("。") for finding in report.findings)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("この規程は、令和８年４月１日から施行する。", date(2026, 4, 1)),
        ("この規則は、平成三十一年四月一日から施行する。", date(2019, 4, 1)),
        ("令和元年10月1日施行", date(2019, 10, 1)),
        ("施行日：2026年10月1日", date(2026, 10, 1)),
        ("昭和五十年一月一日から適用する。平成二年四月一日から施行する。", date(1990, 4, 1)),
        ("令和8年13月1日から施行する。", None),
        ("令和8年4月1日に会議を開いた。", None),
        ("公布の日から施行する。", None),
    ],
)
def test_a_day_of_taking_force_is_suggested(text: str, day: date | None):
    found = suggest_start([text])
    assert (found[0] if found else None) == day
