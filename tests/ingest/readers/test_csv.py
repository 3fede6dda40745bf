"""CSV in every Japanese encoding, as a FAQ or as rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import read
from ingest.readers.decode import decode
from rag.domain import Kind
from rag.errors import UnreadableDocument

FAQ = "番号,カテゴリ,質問,回答,担当係\r\n1,証明,住民票の手数料はいくらですか。,１通３００円です。,市民係\r\n"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp", "utf-8", "utf-8-sig", "utf-16"])
def test_a_faq_in_every_encoding(tmp_path: Path, codec: str) -> None:
    (tmp_path / "a.csv").write_bytes(FAQ.encode(codec))
    (section,) = read(tmp_path / "a.csv").sections
    assert (section.kind, section.question, section.row) == (Kind.FAQ, "住民票の手数料はいくらですか。", 2)
    assert section.text == "１通３００円です。" and section.columns == ("担当係：市民係",)
    assert section.heading == ("証明",)


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_short_texts_are_told_apart(codec: str) -> None:
    for words in ("番号,氏名\n1,高橋\n", "質問,回答\n", "ごみ\n", "住民票", "村村村、", "村村"):
        assert decode(words.encode(codec)).text == words


@given(st.text(alphabet="あいうえおかきくけこ市町村区民税課手続届出証明１２３、。ー", min_size=4))
def test_any_japanese_sentence_survives_both_encodings(words: str) -> None:
    assert decode(words.encode("cp932")).text == words
    assert decode(words.encode("euc_jp")).text == words


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_cut_off_character_is_named(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "a.csv").write_bytes("質問,回答\nごみの日は,火曜日です".encode("cp932")[:-1] + end)
    reading = read(tmp_path / "a.csv")
    assert reading.sections[0].text == "火曜日で"
    assert [w.code for w in reading.warnings] == ["truncated"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_newlines(tmp_path: Path, delimiter: str, newline: str) -> None:
    rows = [["品目", "区分", "備考"], ["空きびん", "資源", "洗う"], ["古紙", "資源", ""]]
    (tmp_path / "a.csv").write_bytes(newline.join(delimiter.join(row) for row in rows).encode())
    sections = read(tmp_path / "a.csv").sections
    assert [(s.kind, s.text, s.columns, s.row) for s in sections] == [
        (Kind.ROW, "空きびん\t資源\t洗う", ("品目", "区分", "備考"), 2),
        (Kind.ROW, "古紙\t資源\t", ("品目", "区分", "備考"), 3),
    ]


def test_a_newline_in_quotes_stays_in_its_cell(tmp_path: Path) -> None:
    text = '質問,回答\r\n"持ち物は\n何ですか","次のとおり\n・水\n・薬 ""常備"""\r\n'
    (tmp_path / "a.csv").write_bytes(text.encode("cp932"))
    (section,) = read(tmp_path / "a.csv").sections
    assert section.question == "持ち物は何ですか"
    assert section.text == '次のとおり\n・水\n・薬 "常備"'


def test_rows_of_another_width_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名称,住所,電話\nA,B,C\nD,E\n")
    reading = read(tmp_path / "a.csv")
    assert [w.code for w in reading.warnings] == ["ragged-rows"]
    assert reading.sections[1].text == "D\tE\t"


def test_tag_characters_are_left_out_and_named(tmp_path: Path) -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "ignore")
    (tmp_path / "a.csv").write_text(f"質問,回答\n手数料は,300円です{hidden}\n")
    reading = read(tmp_path / "a.csv")
    assert reading.sections[0].text == "300円です"
    assert [w.code for w in reading.warnings] == ["hidden-text"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.txt", "a.md", "a.html"]))
def test_no_bytes_break_the_readers_of_text(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    try:
        reading = read(path)
    except UnreadableDocument:
        return
    assert all(not s.columns or len(s.columns) == len(s.text.split("\t")) for s in reading.sections)


def test_titles_stand_above_the_heads_and_notes_below(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",,\n避難所一覧,,\n名称,住所,\n中央小,中央1,\n※土足厳禁,,\n", encoding="utf-8")
    row, note = read(tmp_path / "a.csv").sections
    assert (row.heading, row.columns, row.text, row.row) == (("避難所一覧",), ("名称", "住所"), "中央小\t中央1", 4)
    assert (note.kind, note.text) == (Kind.PROSE, "※土足厳禁")


def test_a_faq_below_a_title_is_one_and_its_columns_count(tmp_path: Path) -> None:
    from ingest.faq_columns import read_columns

    (tmp_path / "a.csv").write_text(
        "よくある質問,,\n質問,回答,公開範囲\n手数料は,300円です。,市民課\n", encoding="utf-8"
    )
    (section,) = read(tmp_path / "a.csv").sections
    assert (section.question, section.heading) == ("手数料は", ("よくある質問",))
    assert read_columns(tmp_path / "a.csv").audience == frozenset({"市民課"})


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_names_the_delimiter_is_none_of_the_table(tmp_path: Path, first: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"{first}\r\n課;電話\r\n市民課;0123,45\r\n".encode("cp932"))
    (row,) = read(tmp_path / "a.csv").sections
    assert (row.columns, row.text, row.row) == (("課", "電話"), "市民課\t0123,45", 3)


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('項目,説明\n高さ,"5 m\n幅,"3, 4"\n奥行,2 m\n', encoding="utf-8")
    reading = read(tmp_path / "a.csv")
    assert [s.text for s in reading.sections] == ['高さ\t"5 m', "幅\t3, 4", "奥行\t2 m"]
    assert [w.code for w in reading.warnings] == ["open-quote"]


def test_years_are_heads(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("年度,2024,2025\n人口,100,99\n", encoding="utf-8")
    (row,) = read(tmp_path / "a.csv").sections
    assert (row.columns, row.text) == (("年度", "2024", "2025"), "人口\t100\t99")


def test_a_head_row_with_an_empty_corner_is_no_title(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",金額\n住民票,300円\n戸籍謄本,450円\n", encoding="utf-8")
    sections = read(tmp_path / "a.csv").sections
    assert [(s.columns, s.text) for s in sections] == [
        (("", "金額"), "住民票\t300円"),
        (("", "金額"), "戸籍謄本\t450円"),
    ]


def test_all_texts_above_the_heads_of_a_faq_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "よくある質問,令和8年度版,\n注意,市民課が作成,\n質問,回答,\n手数料は,300円,\n", encoding="utf-8"
    )
    note, section = read(tmp_path / "a.csv").sections
    assert (note.text, note.row) == ("注意 市民課が作成", 2)
    assert (section.question, section.heading) == ("手数料は", ("よくある質問 令和8年度版",))
