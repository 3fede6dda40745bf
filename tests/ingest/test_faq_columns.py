"""The columns of a FAQ that say who may see it and when it is in force."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.days import read_day
from ingest.faq_columns import read_columns
from ingest.metadata import Collection, DocumentEntry, SourceFile, describe
from ingest.readers import read
from rag.assistant import Assistant
from rag.domain import EVERYONE, Sensitivity, Viewer
from rag.errors import InvalidMetadata, UnreadableDocument
from tests.conftest import asking


def faq(folder: Path, heads: str, *cells: str, codec: str = "utf-8") -> Path:
    file = folder / "FAQ.csv"
    rows = [f"質問{n}です,回答{n}です,{said}" for n, said in enumerate(cells)]
    file.write_bytes("\r\n".join([f"質問,回答,{heads}", *rows]).encode(codec))
    return file


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
def test_what_all_rows_say_is_said_of_the_document(tmp_path: Path, codec: str):
    row = "令和8年4月1日,2027/3/31,市民課、税務課,２,内線2110"
    found = read_columns(faq(tmp_path, "施行日,廃止日,公開範囲,機密性,担当", row, row, codec=codec))
    assert (found.valid_from, found.valid_until) == (date(2026, 4, 1), date(2027, 3, 31))
    assert (found.audience, found.sensitivity) == (frozenset({"市民課", "税務課"}), 2)
    assert found.contact == "内線2110"
    assert {section.columns for section in read(tmp_path / "FAQ.csv").sections} == {("担当：内線2110",)}


def test_english_keys_and_brackets(tmp_path: Path):
    found = read_columns(faq(tmp_path, "Valid_From,公開範囲（課）", "2026-04-01,市民課"))
    assert (found.valid_from, found.audience) == (date(2026, 4, 1), frozenset({"市民課"}))


@pytest.mark.parametrize("head", ["施行日", "廃止日", "公開範囲", "機密性"])
@pytest.mark.parametrize("other", ["", "2026-05-01"])
def test_rows_that_disagree_in_what_decides_are_refused(tmp_path: Path, head: str, other: str):
    with pytest.raises(InvalidMetadata, match=rf"FAQ\.csv は行によって「{head}」が違います（3行目") as refused:
        read_columns(faq(tmp_path, head, "2026-04-01", other, "2026-04-01"))
    assert "分けて" in refused.value.remedy


def test_rows_that_disagree_in_what_is_useful_stay_as_they_are(tmp_path: Path):
    file = faq(tmp_path, "担当,見直し期限", "内線1,来年", "内線2,来年")
    assert read_columns(file) == DocumentEntry()
    assert [section.columns for section in read(file).sections] == [
        ("担当：内線1", "見直し期限：来年"),
        ("担当：内線2", "見直し期限：来年"),
    ]


@pytest.mark.parametrize(("head", "value"), [("施行日", "来年"), ("廃止日", "2026-02-30"), ("機密性", "高")])
def test_what_cannot_be_understood_is_refused(tmp_path: Path, head: str, value: str):
    with pytest.raises(InvalidMetadata, match=f"「{head}」.*「{value}」"):
        read_columns(faq(tmp_path, head, value))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.csv",
            "台帳,機密性,公開範囲\n住民,3,市民課\n公園,1,全庁\n".encode(),
        ),  # a list of things with their own 機密性
        ("a.csv", "質問,回答,公開範囲\n".encode()),
        ("a.csv", "質問,回答,公開範囲\nいくらか,400円,\n".encode()),
        ("a.csv", b""),
        ("a.csv", "質問,回答,公開範囲\n".encode() + b"\x81\xff\xfe" * 9),
        ("a.txt", "質問,回答,公開範囲\nいくらか,400円,市民課\n".encode()),
    ],
)
def test_other_tables_say_nothing(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    assert read_columns(tmp_path / name) == DocumentEntry()


def test_a_remark_below_the_rows_is_no_row(tmp_path: Path):
    file = faq(tmp_path, "公開範囲", "市民課")
    file.write_bytes(file.read_bytes() + "\r\n,,※ここまで".encode())
    assert read_columns(file).audience == frozenset({"市民課"})


@pytest.mark.parametrize(
    "above",
    ["よくある質問,令和8年度版,\n", "".join(f"作成の手順{n}\n" for n in range(12)), "説" * 30_000 + "\n"],
    ids=["two cells", "twelve lines", "90 kB"],
)
def test_whatever_stands_above_the_heads_the_audience_counts(tmp_path: Path, above: str):
    (tmp_path / "a.csv").write_text(f"{above}質問,回答,公開範囲\n手数料は,300円,市民課\n", encoding="utf-8")
    assert read_columns(tmp_path / "a.csv").audience == frozenset({"市民課"})


@pytest.mark.parametrize(
    "text",
    ["お尋ね,回答,公開範囲\n手数料は,300円,市民課\n", "手順\n" * 60 + "質問,回答,公開範囲\n手数料は,300円,市民課\n"],
)
def test_an_audience_below_heads_that_are_not_recognised_is_refused(tmp_path: Path, text: str):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidMetadata, match=r"a\.csv の \d+ 行目に「公開範囲」の列") as refused:
        read_columns(tmp_path / "a.csv")
    assert "「質問」「回答」" in refused.value.remedy


AUDIENCES = st.frozensets(st.sampled_from([EVERYONE, "市民課", "税務課", "福祉課"]), min_size=1)
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
LEVELS = st.integers(1, 3)


@given(
    st.builds(Collection, sensitivity=LEVELS, audience=AUDIENCES),
    st.tuples(st.none() | LEVELS, st.none() | AUDIENCES, DAYS, DAYS),
    st.tuples(st.none() | LEVELS, st.none() | AUDIENCES, DAYS, DAYS),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_columns_never_show_a_document_to_more_people_or_for_longer(collection, own, columns, day):
    source = SourceFile("市民課/FAQ.csv", Path("FAQ.csv"), "0")

    def entry(level, audience, start, end):
        said = {"sensitivity": level, "audience": audience, "valid_from": start, "valid_until": end}
        return DocumentEntry(**{key: value for key, value in said.items() if value is not None})

    try:
        entries = [entry(*own), entry(*columns)]
        with_columns = describe(source, collection, *entries)
    except (ValueError, InvalidMetadata):
        return  # refused: nobody sees it
    without, alone = (describe(source, collection, one) for one in entries)
    assert with_columns.validity.covers(day) == (without.validity.covers(day) and alone.validity.covers(day))
    for department in ("市民課", "税務課", "福祉課", None):
        for clearance in Sensitivity:
            viewer = Viewer(department=department, clearance=clearance)
            said = columns[1] is None or EVERYONE in columns[1] or department in columns[1]
            assert viewer.may_see(with_columns) == (viewer.may_see(without) and said and clearance >= (columns[0] or 1))


def test_columns_give_way_to_what_is_written_nearer(tmp_path: Path):
    collection = Collection(contact="内線1")
    found = describe(
        SourceFile("市民課/FAQ.csv", tmp_path / "FAQ.csv", "0"),
        collection,
        DocumentEntry(licence="CC0 1.0"),
        DocumentEntry(contact="内線2", licence="CC BY 4.0", department="税務課"),
    )
    assert (found.contact, found.licence, found.department) == ("内線1", "CC0 1.0", "税務課")


def test_an_audience_that_contradicts_the_collection_is_refused(tmp_path: Path):
    source = SourceFile("市民課/FAQ.csv", tmp_path / "FAQ.csv", "0")
    with pytest.raises(InvalidMetadata, match="食い違って"):
        describe(
            source, Collection(audience=frozenset({"市民課"})), None, DocumentEntry(audience=frozenset({"税務課"}))
        )


def found_by(assistant: Assistant, department: str) -> list[str]:
    question = asking("住民票の手数料", viewer=Viewer(department=department))
    return [hit.chunk.text for hit in assistant.search(question)]


def test_a_restricted_faq_is_found_by_those_who_may_see_it_alone(put, sync, assistant):
    rows = "質問,回答,公開範囲\n住民票の手数料は,400円です,{}\n印鑑証明の手数料は,350円です,{}\n"
    put("市民課/FAQ.csv", rows.format("市民課", "市民課"))
    assert not sync().refused
    assert found_by(assistant(), "市民課") and not found_by(assistant(), "税務課")
    put("市民課/FAQ.csv", rows.format("市民課", "全庁"))
    assert [refusal.path for refusal in sync().refused] == ["市民課/FAQ.csv"]
    assert found_by(assistant(), "市民課") and not found_by(assistant(), "税務課")
    put("市民課/FAQ.csv", rows.format("全庁", "全庁"))
    assert not sync().refused
    assert found_by(assistant(), "税務課")
    assert not sync().published


@pytest.mark.parametrize(("value", "kept"), [("市民課", False), ("全庁", True), ("", True)])
def test_in_other_formats_rows_may_not_be_restricted_by_a_column(tmp_path: Path, value: str, kept: bool):
    book = openpyxl.Workbook()
    for row in (
        ["番号", "質問", "回答", "公開範囲"],
        [1, "手数料は", "400円です", value],
        [2, "届出は", "14日以内です", ""],
    ):
        book.active.append(row)
    book.save(tmp_path / "FAQ.xlsx")
    if kept:
        assert read(tmp_path / "FAQ.xlsx").sections
    else:
        with pytest.raises(UnreadableDocument, match="「公開範囲」の列") as refused:
            read(tmp_path / "FAQ.xlsx")
        assert "CSV" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年５月１日", date(2019, 5, 1)),
        ("2026.4.1", date(2026, 4, 1)),
        ("2026-04-01 00:00:00", date(2026, 4, 1)),
        ("2026年4月1日", date(2026, 4, 1)),
        ("2026/4-1", None),
        ("令和8年4月", None),
        ("2026-13-01", None),
    ],
)
def test_days_as_they_are_written(text: str, day: date | None):
    assert read_day(text) == day


@given(st.dates(date(1989, 1, 8)))
def test_every_day_is_read_back(day: date):
    assert read_day(day.isoformat()) == read_day(f"{day.year:04}年{day.month}月{day.day}日") == day
