import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import read_cases
from eval.tables import read_table
from rag.errors import UnreadableDocument

HEAD = ["番号", "質問", "正答に含む語", "資料", "引用", "時点", "所管課", "種別", "回答可", "前の質問", "備考"]
ROWS = [
    ["A-1", "手数料は？", "400円|四百円\n1通", "市民課/新.csv\n市民課/新.pdf", "1通400円\n１通、400円", "令和8年4月1日", "市民課", "口語", "可", "住民票について\n郵送で", "確認済"],
    ["A-2", "明日の天気は？", "", "", "", "", "", "職員", "不可", "", ""],
]  # fmt: skip


def write(file: Path, rows: list[list[str]], encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    file.write_bytes(stream.getvalue().encode(encoding))
    return file


def workbook(file: Path, rows: list[list[object]], title: str = "問い") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.create_sheet("メモ").append(["覚え書き"])
    book.save(file)
    return file


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp932", ","), ("euc_jp", "\t")])
def test_csv_as_staff_write_it(tmp_path: Path, encoding: str, delimiter: str):
    found = read_table(write(tmp_path / "問い.csv", [HEAD, *ROWS], encoding, delimiter))
    first, second = found.cases
    assert (first.id, first.question, first.answerable, first.department, first.style) == (
        "A-1", "手数料は？", True, "市民課", "口語",
    )  # fmt: skip
    assert first.facts == ("400円|四百円", "1通") and first.as_of == date(2026, 4, 1)
    assert [(s.path, s.quote) for s in first.sources] == [
        ("市民課/新.csv", "1通400円"),
        ("市民課/新.pdf", "１通、400円"),
    ]
    assert first.history == ("住民票について", "郵送で")
    assert not second.answerable and second.sources == () and found.unused == ("「備考」の列",)


def test_excel_with_a_title_above_dates_and_other_sheets(tmp_path: Path):
    rows = [["評価用の問い"], [], HEAD, [*ROWS[0][:5], date(2026, 4, 1), *ROWS[0][6:]], ROWS[1]]
    found = read_table(workbook(tmp_path / "問い.xlsx", rows))
    assert found.cases == read_table(write(tmp_path / "問い.csv", [HEAD, *ROWS])).cases
    assert found.unused == ("「備考」の列", "シート「メモ」")


def test_a_cell_merged_over_rows_is_said_of_each(tmp_path: Path):
    head = ["No.", "質 問", "正　解", "資料名", "引用文", "基準日", "担当課（係）", "備考"]
    asked = ["400円", "市民課/新.csv", "1通400円"]
    rows = [
        ["令和8年度　評価用の問い"], [], head, [1, "窓口の手数料は？", *asked, "R8.4.1", "市民課"], [],
        [2, "郵送の手数料は？", "400円", None, "1通400円"], [3, "出張所の手数料は？", *asked],
    ]  # fmt: skip
    file = workbook(tmp_path / "問い.xlsx", rows)
    book = openpyxl.load_workbook(file)
    for merged in ("A1:H1", "D4:D6", "F4:F6", "G4:G6"):
        book.active.merge_cells(merged)
    book.save(file)
    one, two, three = read_table(file).cases
    assert (one.department, one.as_of) == (two.department, two.as_of) == ("市民課", date(2026, 4, 1))
    assert one.sources == two.sources and three.department is three.as_of is None
    book.active.merge_cells("B6:B7")
    book.save(file)
    with pytest.raises(UnreadableDocument, match="7行目: 質問がありません"):
        read_table(file)


def test_english_names_and_what_may_be_left_out(tmp_path: Path):
    rows = [
        ["question", "facts", "path", "quote"],
        ["いくら", "千円", "a.csv", "1,000円\n1000円"],
        ["天気", "", "", ""],
    ]
    one, two = read_table(write(tmp_path / "a.csv", rows)).cases
    assert one.answerable and len(one.sources) == 2 and {s.path for s in one.sources} == {"a.csv"}
    assert not two.answerable and one.id != two.id
    again, _ = read_table(write(tmp_path / "b.csv", [rows[0], rows[2], rows[1]])).cases[::-1]
    assert again.id == one.id, "an id that was made up does not depend on the order"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["A-1", "手数料は？", "400円", "a.csv\nb.csv", "400円"], "数が合いません"),
        (["A-1", "", "400円", "a.csv", "400円"], "質問がありません"),
        (["A-1", "手数料は？", "", "a.csv", "400円"], "正答に含む語が要ります"),
        (["A-1", "手数料は？", "400円", "a.csv", "400円", "令和8年13月1日"], "日付として読めません"),
        (
            ["A-1", "手数料は？", "400円", "a.csv", "400円", "令和8年4月1日から令和9年3月31日まで"],
            "日付として読めません",
        ),
        (["A-1", "手数料は？", "400円", "a.csv", "400円", "", "", "", "たぶん"], "可か不可"),
        (["A-1", "手数料は？", "400円", "a.csv", "400円", "", "", "", "不可"], "回答不可"),
    ],
)
def test_a_row_at_fault_is_named(tmp_path: Path, row: list[str], says: str):
    with pytest.raises(UnreadableDocument, match=f"(?s)3行目: .*{says}"):
        read_table(write(tmp_path / "a.csv", [HEAD, ROWS[1], row]))


@pytest.mark.parametrize(
    "day",
    [
        "令和８年４月１日",
        "R8.4.1",
        "R8/4/1",
        "2026/4/1",
        "令和8年4月1日現在",
        "2026年4月1日（水）",
        "2026-04-01 00:00:00",
    ],
)
def test_a_day_as_offices_write_it(tmp_path: Path, day: str):
    (case,) = read_table(write(tmp_path / "a.csv", [HEAD, ["A-1", "手数料は？", "400円", "a.csv", "400円", day]])).cases
    assert case.as_of == date(2026, 4, 1)


def test_all_rows_at_fault_are_named_and_equal_numbers_too(tmp_path: Path):
    with pytest.raises(UnreadableDocument, match=r"(?s)2行目.*4行目: 番号「A-2」が3行目と同じ"):
        read_table(write(tmp_path / "a.csv", [HEAD, ["A-9", "問い", "語"], ROWS[1], ROWS[1]]))


@pytest.mark.parametrize("rows", [[], [["回答"], ["はい"]], [HEAD], [[*HEAD, "問い"], ROWS[0]]])
def test_a_table_of_something_else_is_refused(tmp_path: Path, rows: list[list[str]]):
    with pytest.raises(UnreadableDocument):
        read_table(write(tmp_path / "a.csv", rows))


@given(st.binary(min_size=1, max_size=300), st.sampled_from([".csv", ".xlsx"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data: bytes, ending: str):
    file = tmp_path_factory.mktemp("any") / f"a{ending}"
    file.write_bytes(data)
    with pytest.raises(UnreadableDocument):
        read_table(file)


def test_the_command(evaluate, tmp_path: Path):
    file, to = write(tmp_path / "問い.csv", [HEAD, *ROWS]), tmp_path / "sets" / "問い.jsonl"
    status, out, _ = evaluate("cases", file, "--to", to)
    assert status == 0 and "2問" in out and "備考" in out
    assert read_cases(to) == read_table(file).cases
    status, _, err = evaluate("cases", file, "--to", to)
    assert status == 2 and "既にあります" in err
    assert evaluate("cases", file, "--to", to, "--force")[0] == 0
    assert evaluate("cases", tmp_path / "none.csv", "--to", to)[0] == 2
