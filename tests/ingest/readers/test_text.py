"""Plain text, and the headings that administrative Japanese is written with."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.readers import clean, read
from ingest.readers.blocks import structural_rank


def test_headings_of_a_memo(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(
        "申し送り\n\n■ 対象\n80歳の人。\n届出が要る。\n\n■ 方法\n(1) 案内を送る\n(2) 届出を受ける\n".encode("cp932")
    )
    assert [(s.heading, s.text) for s in read(tmp_path / "a.txt").sections] == [
        ((), "申し送り"),
        (("■ 対象",), "80歳の人。\n届出が要る。"),
        (("■ 方法",), "(1) 案内を送る\n(2) 届出を受ける"),
    ]


def test_articles(tmp_path: Path) -> None:
    text = "第二章　休暇\n（年次休暇）\n第十二条の二　年次休暇は、二十日とする。\n"
    text += "２　第十二条第二項の規定は、準用する。\n第１３条（特別休暇）　別に定める。\n"
    (tmp_path / "a.txt").write_text(text)
    assert [(s.heading, s.text.split("\n")[0]) for s in read(tmp_path / "a.txt").sections] == [
        (("第二章　休暇", "第十二条の二（年次休暇）"), "第十二条の二　年次休暇は、二十日とする。"),
        (("第二章　休暇", "第１３条（特別休暇）"), "第１３条（特別休暇）　別に定める。"),
    ]


def test_wrapped_mail_text_is_joined(tmp_path: Path) -> None:
    text = "決算統計は毎年同じ時期に同じことをしますが、\nはじめの年は必ずつまずきます。\n・次に注意する。\n"
    (tmp_path / "a.txt").write_text(text)
    assert read(tmp_path / "a.txt").sections[0].text.split("\n") == [
        "決算統計は毎年同じ時期に同じことをしますが、はじめの年は必ずつまずきます。",
        "・次に注意する。",
    ]


@pytest.mark.parametrize(
    "line, rank",
    [
        ("第3章 休暇", 21),
        ("第三編　財務", 20),
        ("附　則", 21),
        ("附則（令和8年条例第3号）", 21),
        ("別表第1（第5条関係）", 21),
        ("第3章の規定による。", None),
        ("第1章 総則 ……………… 3", None),
        ("別表のとおりとする。", None),
        ("第二章　埋葬（第三条―第九条）", None),
    ],
)
def test_structural_rank(line: str, rank: int | None) -> None:
    assert structural_rank(line) == rank


def test_visible_keeps_what_is_written_and_drops_what_nobody_sees() -> None:
    assert clean.visible("３００円\u200b　　です\x00。") == "３００円　です。"
    assert clean.visible("住⺠票・市⾧") == "住民票・市長"
    assert clean.visible("葛\U000e0100城市") == "葛\U000e0100城市"
    assert clean.hides("a\U000e0041b")
    assert not clean.hides("葛\U000e0100城市")


@pytest.mark.parametrize(
    "before, after, joined",
    [
        ("交付し", "ます。", "交付します。"),
        ("see the", "page", "see the page"),
        ("https://example.jp/a/", "b.html", "https://example.jp/a/b.html"),
        ("電話 03", "（内線）", "電話 03（内線）"),
    ],
)
def test_join(before: str, after: str, joined: str) -> None:
    assert clean.join(before, after) == joined


def test_a_table_of_contents_makes_no_headings(tmp_path: Path) -> None:
    lines = [
        "目次",
        "第1章　総則（第1条・第2条）",
        "第2章　旅費（第3条）",
        "",
        "第1章　総則",
        "第1条　旅費を支給する。",
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    assert [s.heading for s in read(tmp_path / "a.txt").sections] == [(), ("第1章　総則", "第1条")]


def test_long_runs_of_spaces_take_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text((" " * 300_000 + "x\n") * 3, encoding="utf-8")
    started = time.process_time()
    read(tmp_path / "a.txt")
    assert time.process_time() - started < 5  # 45 billion steps where each space begins anew


def test_long_lists_with_tabs_take_no_time(tmp_path: Path) -> None:
    lines = [f"{n % 90 + 10}.\t項目の説明です。" for n in range(8000)]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    started = time.process_time()
    read(tmp_path / "a.txt")
    assert time.process_time() - started < 5  # 32 million lines where each begins the list anew


@pytest.mark.parametrize(
    "written",
    [
        "種類        金額      備考\n住民票      300円     1通につき\n戸籍謄本    450円     本籍地のみ\n",
        "種類\t金額\t備考\n住民票\t300円\t1通につき\n戸籍謄本\t450円\t本籍地のみ\n",
        "┌───┬──┬───┐\n│種類│金額│備考│\n├───┼──┼───┤\n│住民票│300円│1通につき│\n│戸籍謄本│450円│本籍地のみ│\n└───┴──┴───┘\n",
        "+--+--+--+\n|種類|金額|備考|\n+--+--+--+\n|住民票|300円|1通に|\n|||つき|\n+--+--+--+\n|戸籍謄本|450円|本籍地のみ|\n+--+--+--+\n",
    ],
)
def test_tables_keep_their_heads(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.txt").write_text(f"手数料\n\n{written}\n以上のとおり。\n", encoding="utf-8")
    before, one, other, after = read(tmp_path / "a.txt").sections
    assert (before.text, after.text) == ("手数料", "以上のとおり。")
    assert one.columns == other.columns == ("種類", "金額", "備考")
    assert [one.text, other.text] == ["住民票\t300円\t1通につき", "戸籍謄本\t450円\t本籍地のみ"]


@pytest.mark.parametrize(
    "written",
    [
        "１　日時  ５月１０日  午前\n２　場所  市役所      三階\n３　対象  市民        先着",
        "総則 .......  1\n申請 .......  3\n交付 .......  7",
        "(1)  一つ目  の  項目\n(2)  二つ目  の  項目\n(3)  三つ目  の  項目",
        "拝啓    時下\nますます  ご清栄のことと  お慶び  申し上げます。",
    ],
)
def test_what_stands_in_columns_by_chance_is_no_table(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.txt").write_text(written, encoding="utf-8")
    assert not any(section.columns for section in read(tmp_path / "a.txt").sections)


def test_a_page_break_ends_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("一頁目。\f二頁目。\n", encoding="utf-8")
    assert [s.text for s in read(tmp_path / "a.txt").sections] == ["一頁目。\n二頁目。"]
