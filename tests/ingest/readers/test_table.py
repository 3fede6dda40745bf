"""Heads, bands and page breaks of tables."""

from __future__ import annotations

import pytest

from ingest.readers.table import Cell, Grid, Table, head_rows, mended, plain, rows
from rag.domain import Kind


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in row] for row in grid]


@pytest.mark.parametrize(
    "cells, count",
    [
        ([["区分", "金額", "備考"], ["A", "1円", ""]], 1),
        ([["住所", "中央1-1"], ["氏名", "山田"]], 0),
        ([["項目", "内容"], ["所在地", "中央1-1"]], 1),
        ([["A", "100", "200"], ["B", "300", "400"]], 0),
        ([["手続きは窓口で行います。", "x", "y"], ["A", "B", "C"]], 0),
        ([["区分", "金額", "備考"]], 0),
    ],
)
def test_head_rows(cells: list[list[str]], count: int) -> None:
    assert head_rows(plain(cells)) == count


def test_heads_that_reach_down_without_being_split() -> None:
    down = [Cell(words, 0, c, 2, 1) for c, words in enumerate(["地区", "町名", "備考"])]
    grid = (
        (*down, Cell("資源物", 0, 3)),
        (*down, Cell("月2回", 1, 3)),
        tuple(Cell(words, 2, c) for c, words in enumerate(["東", "旭", "", "木"])),
    )
    (row,) = rows(Table(grid), ())
    assert (row.columns, row.text) == (("地区", "町名", "備考", "資源物／月2回"), "東\t旭\t\t木")


def test_a_row_that_is_one_cell_heads_the_rows_below_it() -> None:
    band = Cell("あ行", 1, 0, 1, 3)
    grid = (*plain([["品目", "区分", "備考"]]), (band, band, band), *plain([["アイロン", "小型家電", ""]]))
    (row,) = rows(Table(grid, head=1), ("早見表",))
    assert (row.heading, row.kind, row.text) == (("早見表", "あ行"), Kind.ROW, "アイロン\t小型家電\t")


def test_a_row_that_the_page_break_cut_is_mended() -> None:
    upper, lower = mended(
        plain([["係", "内線", "税以外の諸証"]]), plain([["", "", "明、審査"], ["戸籍係", "2140", "戸籍"]])
    )
    assert texts(upper) == [["係", "内線", "税以外の諸証明、審査"]]
    assert texts(lower) == [["戸籍係", "2140", "戸籍"]]


def test_a_merged_cell_that_goes_on_is_filled() -> None:
    upper, lower = mended(
        plain([["地震", "震度5強", "全て"]]), plain([["", "震度5弱", "一部"], ["津波", "警報", "港町"]])
    )
    assert texts(upper) == [["地震", "震度5強", "全て"]]
    assert texts(lower) == [["地震", "震度5弱", "一部"], ["津波", "警報", "港町"]]


def test_every_row_has_as_many_cells_as_columns() -> None:
    for section in rows(Table(plain([["a", "b", "c"], ["1"], ["2", "3", "4"]])), ()):
        assert len(section.columns) == len(section.text.split("\t")) == 3


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        ([["使用料"] * 3, ["区分", "午前", "午後"], ["和室", "大", "小"]], 0),  # no figures, and one word of three
        ([["使用料"] * 3, ["施設", "午前", "午後"], ["和室", "100円", "200円"]], 2),
        ([["第1会場"] * 3, ["和室", "東館", "大きい"], ["洋室", "西館", "小さい"]], 0),
        ([["年度", "2024", "2025"], ["人口", "100", "99"]], 1),
        ([["届出日", "令和　年　月　日", "届出人"], ["住所", "", "氏名"]], 0),
    ],
)
def test_heads_below_a_title_of_years_and_of_forms(cells: list[list[str]], count: int) -> None:
    grid = tuple(
        tuple(Cell(words, r, 0, 1, 3) if len(set(row)) == 1 else Cell(words, r, c) for c, words in enumerate(row))
        for r, row in enumerate(cells)
    )
    assert head_rows(grid) == count
