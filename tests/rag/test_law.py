"""Citations within an ordinance: 条, 項 and 号 from the headings and the numbers in the text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import chunking
from ingest.readers import read
from rag.config import PROJECT
from rag.domain import Chunk, DocumentInfo, Kind
from rag.law import anchor, headings
from rag.text import sentences

DOCUMENT = DocumentInfo("1", "職員旅費規程", "総務課/職員旅費規程.pdf", "0", "総務課")
TAXI = (
    "第12条　その他の交通費は、実費とする。\n2　タクシーは、次の場合に限り利用することができる。\n(1)　交通機関がないとき。\n"
    "(2)　深夜であるとき。\n3　自家用車は、25円を支給する。ただし、燃料費を含む。"
)


def chunk(text: str, *heading: str, kind: Kind = Kind.PROSE) -> Chunk:
    return Chunk("c", DOCUMENT, text, 3, heading, kind)


def cited(one: Chunk, quote: str) -> str | None:
    start = one.text.index(quote)
    return anchor(one, (start, start + len(quote)))


@pytest.mark.parametrize(
    "quote, said",
    [
        ("その他の交通費は、実費とする。", "第12条第1項"),
        ("2　タクシーは、次の場合に限り", "第12条第2項"),
        ("深夜であるとき。", "第12条第2項第2号"),
        ("ただし、燃料費を含む。", "第12条第3項"),
        ("(1)　交通機関がないとき。\n(2)　深夜であるとき。", "第12条第2項"),
        ("実費とする。\n2　タクシーは", "第12条"),
    ],
)
def test_a_quotation_is_cited_by_paragraph_and_item(quote: str, said: str) -> None:
    assert cited(chunk(TAXI, "第3章 旅費の種目", "第12条（その他の交通費）"), quote) == said


def test_the_heading_shows_it_and_keeps_its_caption() -> None:
    one = chunk(TAXI, "第3章 旅費の種目", "第12条（その他の交通費）")
    start = one.text.index("25円")
    assert headings(one, (start, start + 3)) == ("第3章 旅費の種目", "第12条第3項（その他の交通費）")
    assert headings(one) == one.heading
    assert headings(chunk("手数料は400円です。", "窓口")) == ("窓口",)


@pytest.mark.parametrize(
    "text, heading, quote, said",
    [
        (
            "支給しない。\n3　超過は、認めない。",
            "第13条（宿泊費）",
            "支給しない。",
            "第13条第2項",
        ),  # goes on from the page before
        ("3　超過は、認めない。", "第13条の2", "認めない", "第13条の2第3項"),
        ("２　タクシーは、認めない。", "第１２条（交通費）", "認めない", "第12条第2項"),
        ("第7条　次に掲げる事項とする。\n(1)　場所\n(2)　日時", "第7条（公告）", "日時", "第7条第2号"),
        (
            "第十二条　実費とする。\n２　次のとおりとする。\n一　宿泊\n二　日当",
            "第十二条（旅費）",
            "日当",
            "第十二条第二項第二号",
        ),
        ("第5条（出張）\n1　実費とする。\n2　日当は、支給しない。", "第5条（出張）", "実費", "第5条第1項"),
        (
            "（施行期日）\n1　四月から施行する。\n（経過措置）\n2　なお従前の例による。",
            "附則",
            "（経過措置）",
            "附則第2項",
        ),
        ("この規則は、四月から施行する。", "附則（令和5年規則第9号）", "四月", "附則（令和5年規則第9号）"),
    ],
)
def test_articles_as_they_are_written(text: str, heading: str, quote: str, said: str) -> None:
    assert cited(chunk(text, "第1章 総則", heading), quote) == said


@pytest.mark.parametrize(
    "text, quote",
    [
        (
            "第5条　次に掲げるものとする。\n1　住民票の写しとする。\n2　印鑑証明書とする。",
            "印鑑",
        ),  # a list without brackets
        ("第5条　次に掲げる場合とする。\n2　転入するとき。\n3　転出するとき。", "転出"),
        ("3　住民票の写し\n4　戸籍謄本", "戸籍"),
        ("第5条　実費とする。\n2　日当は、支給しない。\n5　宿泊費は、支給する。", "宿泊費"),
        ("(3)　深夜であるとき。\n(4)　早朝であるとき。", "早朝"),  # of which paragraph?
        ("交通費の残りである。", "残り"),
    ],
)
def test_less_is_said_where_the_numbers_may_be_others(text: str, quote: str) -> None:
    assert cited(chunk(text, "第5条（手当）"), quote) == "第5条"


def test_what_is_no_running_text_of_an_article_has_no_anchor() -> None:
    assert anchor(chunk("宿泊費\t400円", "第5条", kind=Kind.ROW)) is None
    assert anchor(chunk("2　記入する。", "第5条", "1 手順")) is None
    assert anchor(chunk("2　記入する。")) is None


ITEMS = st.integers(0, 4)


@given(st.lists(ITEMS, min_size=1, max_size=6), st.integers(1, 99), st.booleans())
def test_every_part_of_an_article_is_cited_as_it_was_numbered(items: list[int], article: int, kanji: bool) -> None:
    parts = [("", f"第{article}条　旅費は、次のとおりとする。")]
    for paragraph, count in enumerate(items, start=1):
        above = f"第{paragraph}項" if len(items) > 1 else ""
        parts += [(above, f"{paragraph}　手当は、これを支給する。")] if paragraph > 1 else []
        parts[0] = ((above if paragraph == 1 else parts[0][0]), parts[0][1])
        marks = [f"{'一二三四'[n]}　" if kanji else f"({n + 1})　" for n in range(count)]
        parts += [(f"{above}第{n + 1}号", f"{mark}深夜であるとき。") for n, mark in enumerate(marks)]
    one = chunk("\n".join(text for _, text in parts), f"第{article}条（旅費）")
    at = 0
    for said, text in parts:
        assert anchor(one, (at, at + len(text))) == f"第{article}条{said}"
        at += len(text) + 1


@given(st.text(alphabet="第1２条3項(（)） \u3000\n。一二附則旅費とき", max_size=60), st.data())
def test_any_text_is_cited_within_its_article(text: str, data: st.DataObject) -> None:
    one = chunk(text, "第1条（旅費）")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    said = anchor(one, (start, end))
    assert said is not None and said.startswith("第1条")
    assert headings(one, (start, end)) == (f"{said}（旅費）",)


@pytest.mark.parametrize(
    "path, quote, said",
    [
        ("総務課/職員旅費規程.pdf", "深夜又は早朝で公共交通機関が運行していないとき。", "第12条第2項第2号"),
        ("総務課/職員旅費規程.pdf", "1kmにつき25円を支給する", "第12条第3項"),
        ("総務課/職員旅費規程.pdf", "近隣の宿泊施設2か所以上の料金を確認した資料", "第13条第4項"),
        ("総務課/職員旅費規程.pdf", "なお従前の例による。", "附則第3項"),
        ("財政課/みらい市契約事務規則.pdf", "予定価格が10万円未満の契約をするとき。", "第16条第2項第2号"),
        ("財政課/みらい市契約事務規則.pdf", "契約金額の100分の20に相当する額の損害賠償金", "第36条第2項"),
    ],
)
def test_the_ordinances_of_the_sample_municipality(path: str, quote: str, said: str) -> None:
    chunks = chunking.split(DOCUMENT, read(Path(PROJECT / "corpora" / path)).sections)
    found = [cited(one, quote) for one in chunks if quote in one.text]
    assert found == [said]


def test_every_sentence_of_an_ordinance_is_cited_in_the_order_of_the_text() -> None:
    sections = read(PROJECT / "corpora/財政課/みらい市契約事務規則.pdf").sections
    chunks = [one for one in chunking.split(DOCUMENT, sections) if (anchor(one) or "").startswith("第16条")]
    said = [anchor(one, span) for one in chunks for span in sentences(one.text)]
    paragraphs = ["第16条第1項", *["第16条第2項"] * 5, *["第16条第3項"] * 4]
    assert [one[: len("第16条第n項")] for one in said if one] == paragraphs
