from hypothesis import given
from hypothesis import strategies as st

from ingest import chunking
from rag.domain import DocumentInfo, Kind, Section

DOCUMENT = DocumentInfo("d", "手引き", "市民課/手引き.txt", "0" * 64, "市民課")
TEXT = st.text(alphabet=st.sampled_from("あい漢字。！\n 0"), min_size=0, max_size=3000)


@given(TEXT)
def test_every_character_of_running_text_is_in_a_chunk_of_at_most_800(text: str):
    chunks = chunking.split(DOCUMENT, [Section(text, page=3, heading=("第1章",))])
    position = 0
    for chunk in chunks:
        assert len(chunk.text) <= chunking.MOST
        begin = text.find(chunk.text, max(position - chunking.MOST, 0))
        assert begin >= 0 and not text[position:begin].strip(), "a stretch of the text is in no chunk"
        position = max(position, begin + len(chunk.text))
    assert not text[position:].strip()
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_chunks_do_not_cross_headings_or_pages():
    sections = [
        Section("甲。", 1, ("第1条",)),
        Section("乙。", 1, ("第1条",)),
        Section("丙。", 1, ("第2条",)),
        Section("丁。", 2, ("第2条",)),
    ]
    assert [c.text for c in chunking.split(DOCUMENT, sections)] == ["甲。\n乙。", "丙。", "丁。"]


def test_a_row_and_an_faq_stay_whole():
    row = Section("住民票\t400円", kind=Kind.ROW, columns=("種別", "手数料"), row=2)
    faq = Section("あ。" * 900, kind=Kind.FAQ, question="手数料は？", row=3)
    chunks = chunking.split(DOCUMENT, [row, row, faq])
    assert [c.text for c in chunks] == [row.text, row.text, faq.text]
    assert len({c.id for c in chunks}) == 3


def test_what_is_embedded_of_a_row_carries_the_heads_and_of_an_faq_the_question():
    row, faq = chunking.split(
        DOCUMENT,
        [
            Section("住民票\t400円", heading=("別表第1",), kind=Kind.ROW, columns=("種別", "手数料")),
            Section("400円です。", kind=Kind.FAQ, question="住民票はいくら？"),
        ],
    )
    assert chunking.body_texts(row) == ["種別: 住民票、手数料: 400円"]
    assert chunking.head_text(row) == "手引き 別表第1"
    assert chunking.head_text(faq) == "住民票はいくら?"


def test_an_unchanged_passage_keeps_its_id():
    before = chunking.split(DOCUMENT, [Section("甲。", 1), Section("乙。", 2)])
    after = chunking.split(DOCUMENT, [Section("新。", 1), Section("甲。", 2), Section("乙。", 3)])
    assert {c.text: c.id for c in before}.items() <= {c.text: c.id for c in after}.items()
