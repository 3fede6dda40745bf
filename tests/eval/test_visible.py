"""What a person may be shown of a run."""

from hypothesis import given
from hypothesis import strategies as st

from eval import export, html
from eval.compare import compare
from eval.measures import measure, summary
from eval.runs import Setup, begin, result
from eval.visible import HIDDEN, shown, shown_pairs
from tests.conftest import DAY
from tests.eval.conftest import a_case, a_record

SECRET, OPEN = "秘密の額は777円", "手数料は500円"  # which is wrong, and so is told of
CASES = [a_case("1", "A", facts=("777円",)), a_case("2", "B"), a_case("3", "A", facts=("777円",)), a_case("4")]
RECORDS = [a_record("1", SECRET, "A"), a_record("2", OPEN, "B"), a_record("3"), a_record("4", SECRET, "A")]
SETUP = Setup("自分の課", "0", None, DAY.isoformat(), "e", "m", {}, {})


def only_b(path: str) -> bool:
    return path == "B"


def test_words_of_a_document_that_may_not_be_seen_are_in_no_export(tmp_path):
    rows, folder = measure(CASES, RECORDS), begin(tmp_path, SETUP, CASES)
    seen = shown(rows, only_b)
    page = html.report(SETUP, seen, result(SETUP, rows, folder))
    for text in (page, export.as_csv(export.COLUMNS, export.replies(seen)).decode()):
        assert "777" not in text and "秘密" not in text and HIDDEN in text
        assert "500円" in text
    assert "777" in html.report(SETUP, rows, result(SETUP, rows, folder))


def test_figures_are_of_all_questions_whoever_looks():
    rows = measure(CASES, RECORDS)
    assert summary(shown(rows, only_b)) == summary(rows)
    assert shown(rows, lambda _: True) == rows


def test_a_pair_is_hidden_on_both_sides():
    before = measure(CASES[:1], [a_record("1", "この資料による777円", "A")])
    after = measure(CASES[:1], [a_record("1", "B による888円", "B")])
    found = compare(before, after)
    assert len(found.worse) == 1
    closed = shown_pairs(found, only_b)  # the right answer stands in A
    page = html.comparison(SETUP, SETUP, closed)
    assert "777円" not in page and "888円" not in page
    assert len(closed.worse) == 1, "that it got worse is no secret"
    assert HIDDEN in export.as_csv(export.CHANGES, export.changes(closed.worse)).decode()


@given(st.text(alphabet="=+-@＝＋－＠\t\r\n1あ ", max_size=6))
def test_no_cell_is_a_formula(text: str):
    cell = export.as_csv(("a",), [[text]]).decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"')
    assert not cell.startswith(tuple("=+-@＝＋－＠\t\n"))
