"""References within a document: 別表第2, 前条, 第7条; and those to other laws, which are left alone."""

from dataclasses import replace

import pytest

from rag.answer.references import leads_to_table, referred, table_of, targets
from rag.domain import Chunk, DocumentInfo, Kind

RULES = DocumentInfo("d", "減免取扱要綱", "税務課/要綱.docx", "0", "税務課")
ARTICLE = Chunk("7", RULES, "", heading=("第2章 減免", "第7条（申請）"))


@pytest.mark.parametrize(
    ("quote", "meant"),
    [
        ("別表第２により減免する。", [("別表", 2, 0)]),
        ("別表に定める額とする。", [("別表", 0, 0)]),
        ("前条の申請は、第九条の決定を妨げない。", [("条", 6, 0), ("条", 9, 0)]),
        ("第3条の2に該当する者", [("条", 3, 2)]),
        ("法第59条の規定により", []),
        ("地方税法第6条及び同第7条", []),
        ("第7条第2項の申請", []),
    ],
)
def test_what_a_quotation_refers_to(quote: str, meant: list[tuple[str, int, int]]):
    assert list(targets(ARTICLE, quote)) == meant


def test_a_target_stands_under_its_heading_in_the_same_document():
    row = replace(ARTICLE, id="r", heading=("別表第2（第4条関係）減免の割合",), kind=Kind.ROW, columns=("所得", "割合"))
    elsewhere = replace(row, id="e", document=replace(RULES, id="other"))
    other_table = replace(row, id="o", heading=("別表第20",))
    assert referred(("別表", 2, 0), ARTICLE, [ARTICLE, row, elsewhere, other_table]) == [row]


def test_the_rows_of_a_table_by_one_of_them_or_by_what_leads_to_it():
    lead, other = (Chunk(text, RULES, text) for text in ("納期限は次のとおりである。", "督促状を送る。"))
    rows = [Chunk(text, RULES, text, kind=Kind.ROW, columns=("期", "日")) for text in ("第1期\t4月", "第2期\t7月")]
    further = Chunk("further", RULES, "延滞金\t年2.4％", kind=Kind.ROW, columns=("名", "割合"))
    document = [lead, *rows, further, other]
    assert table_of(rows[1], document) == table_of(lead, document) == rows
    assert table_of(further, document) == [further] and table_of(other, document) == []
    assert table_of(replace(rows[0], id="of another edition"), document) == []
    assert leads_to_table(lead) and not leads_to_table(other) and not leads_to_table(rows[0])
