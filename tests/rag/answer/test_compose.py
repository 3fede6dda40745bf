"""What is quoted together, from passages that are already judged."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag.answer.compose import STATEMENTS, compose
from rag.answer.judge import Passage
from rag.domain import Chunk, Confidence, DocumentInfo, Kind
from rag.text import sentences

SURE = Confidence("stated", 1.0)
RULES = DocumentInfo("d", "減免取扱要綱", "税務課/要綱.docx", "0", "税務課")
LIST = (
    "第7条　申請者は、次の各号に掲げる書類を添えなければならない。\n(1)　罹災証明書\n(2)　離職票\n(3)　診断書\n(4)　在所証明書\n"
    "2　申請は、納期限までに行う。ただし、市長が認めたときは、この限りでない。"
)
ARTICLE = Chunk("7", RULES, LIST, heading=("第7条（申請）",))


def judged(chunk: Chunk, best: str, score: float = 0.8, **more: float) -> list[Passage]:
    """The passages of a chunk, of which the one that begins with ``best`` is better than the others."""
    spans = sentences(chunk.text) if chunk.kind is not Kind.ROW else [(0, len(chunk.text.rstrip()))]
    found = [
        Passage(chunk, span, 0.5, 0.5, 0.5, score - 0.1 * (not chunk.text[span[0] :].startswith(best)), **more)
        for span in spans
    ]
    return sorted(found, key=lambda passage: -passage.score)


def lines(*found: list[Passage]) -> list[str]:
    every = sorted((p for passages in found for p in passages), key=lambda passage: -passage.score)
    return [sentence.text for sentence in compose(every, (), SURE).sentences]


def test_an_item_is_quoted_with_what_leads_to_the_list():
    said = lines(judged(ARTICLE, "(4)"))
    assert said[0].startswith("第7条") and "(4)　在所証明書" in said


def test_what_leads_to_a_list_is_quoted_with_items():
    said = lines(judged(ARTICLE, "第7条"))
    assert said[0].startswith("第7条") and said[1].startswith("(1)") and len(said) <= STATEMENTS


def test_an_exception_is_quoted_after_what_it_restricts():
    said = lines(judged(ARTICLE, "2"))
    assert said.index("ただし、市長が認めたときは、この限りでない。") == said.index("2　申請は、納期限までに行う。") + 1


def test_a_second_source_is_quoted_only_if_it_is_next_to_equal():
    near, far = (Chunk(name, RULES, f"手数料は{name}00円です。", kind=Kind.PROSE) for name in "23")
    first = Chunk("1", RULES, "手数料は100円です。")
    assert lines(judged(first, "手"), judged(near, "手", 0.79)) == ["手数料は100円です。", "手数料は200円です。"]
    assert lines(judged(first, "手"), judged(far, "手", 0.7)) == ["手数料は100円です。"]


def test_the_second_of_two_things_is_settled_by_the_source_that_says_it():
    first = Chunk("1", RULES, "引継書は3日前までに作る。")
    others = [Chunk("2", RULES, "引継書の様式は別にある。"), Chunk("3", RULES, "権限は翌開庁日までに消す。")]
    found = [
        *judged(first, "引", rest=0.2),
        *judged(others[0], "引", 0.7, rest=0.3),
        *judged(others[1], "権", 0.5, rest=0.6),
    ]
    assert lines(found) == ["引継書は3日前までに作る。", "権限は翌開庁日までに消す。"]


def test_an_item_of_several_sentences_is_quoted_whole_and_alone():
    text = "・酒に酔って騒ぐ人がいるとき。別室に誘導する。警察に連絡する。\n・場所を奪い合うとき。先着順とはしない。"
    chunk = Chunk("1", RULES, text)
    item = Passage(chunk, (0, text.index("\n")), 0.5, 0.5, 0.5, 0.9, parts=(0.5, 0.1, 0.1))
    other = Passage(chunk, (text.index("\n") + 1, len(text)), 0.5, 0.5, 0.5, 0.8, parts=(0.5, 0.1))
    assert lines([item, other]) == ["・酒に酔って騒ぐ人がいるとき。", "別室に誘導する。", "警察に連絡する。"]


def test_what_is_asked_for_comes_first_with_what_restricts_it():
    chunk = Chunk("1", RULES, "戸籍の種類を説明する。謄本は1通450円とする。ただし、公用は無料とする。除籍は別にある。")
    a, b, c, d = sentences(chunk.text)
    fits = {a: 0.0, b: 1.0, c: 1.0, d: 0.0}
    found = [Passage(chunk, span, 0.5, 0.5, fits[span], 0.9 if span == b else 0.8) for span in (b, a, c, d)]
    assert lines(found) == [
        "謄本は1通450円とする。",
        "ただし、公用は無料とする。",
        "戸籍の種類を説明する。",
        "除籍は別にある。",
    ]
    same = [Passage(chunk, span, 0.5, 0.5, 0.5, 0.9 if span == b else 0.8) for span in (b, a, c, d)]
    assert lines(same)[0] == "戸籍の種類を説明する。"


def test_a_row_whose_last_cell_is_empty_is_read_with_its_heads():
    row = Chunk("1", RULES, "山手\t火・金\t", kind=Kind.ROW, columns=("地区", "燃やすごみ", "備考"))
    assert lines(judged(row, "山")) == ["地区: 山手、燃やすごみ: 火・金"]


def test_what_the_best_passage_refers_to_is_shown():
    article = Chunk("4", RULES, "所得割額は、別表第2により減免する。", heading=("第4条",))
    rows = [
        Chunk(name, RULES, f"{name}00万円以下\t{name}割", heading=("別表第2",), kind=Kind.ROW, columns=("所得", "割合"))
        for name in "35"
    ]
    found = [*judged(article, "所"), *judged(rows[0], "3", 0.2), *judged(rows[1], "5", 0.3)]
    assert lines(found) == ["所得割額は、別表第2により減免する。", "所得: 500万円以下、割合: 5割"]


def table(*rows: tuple[str, float], heading: str = "4　納期") -> list[Passage]:
    """The rows of one table in its order, each with what tells it from the others; retrieval found the last one first."""
    found = []
    for place, (text, apart) in enumerate(rows):
        chunk = Chunk(text, RULES, text, heading=(heading,), kind=Kind.ROW, columns=("期別", "納期限"))
        found.append(Passage(chunk, (0, len(text)), 0.5, 0.5, 0.5, 0.7 + place / 100 + apart, apart=apart, place=place))
    return sorted(found, key=lambda passage: -passage.score)


def test_rows_that_the_question_does_not_tell_apart_are_all_quoted_in_their_order():
    alike = [(f"第{number}期\t{number}月末日", 0.1) for number in (4, 7, 12, 2)]
    assert lines(table(*alike)) == [f"期別: 第{n}期、納期限: {n}月末日" for n in (4, 7, 12, 2)]
    said = lines(table(*alike, ("随時\t翌月末日", 0.1)))
    assert said[0] == "期別: 随時、納期限: 翌月末日" and len(said) == 2, "five are more than an answer holds"
    assert lines(table(("第1期\t4月末日", 0.2), *alike[1:]))[0] == "期別: 第1期、納期限: 4月末日"


def test_rows_of_another_table_and_rows_twice_are_not_quoted():
    best = judged(Chunk("b", RULES, "転出届\t無料", kind=Kind.ROW, columns=("届", "料")), "転", 0.95)
    others = table(("印鑑登録\t200円", 0.1), ("証明書\t300円", 0.1))
    assert lines(best, others)[0] == "届: 転出届、料: 無料", (
        "the table is that of a passage which is the best no longer"
    )
    lead = Chunk("1", RULES, "様式は、次のとおりである。", heading=("第5条",))
    assert all("印鑑" not in line for line in lines(judged(lead, "様式", 0.95), others))
    twice = table(("第1期\t4月末日", 0.1), ("第1期\t4月末日", 0.1), ("第2期\t7月末日", 0.1))
    assert lines(twice) == ["期別: 第1期、納期限: 4月末日", "期別: 第2期、納期限: 7月末日"]


def test_what_leads_to_a_table_is_quoted_with_its_rows():
    lead = Chunk("1", RULES, "所得による制限はない。月額は、次のとおりである。", heading=("4　納期",))
    rows = table(("3歳未満\t15,000円", 0.1), ("3歳以上\t10,000円", 0.1))
    said = lines(judged(lead, "月額", 0.95), rows)
    assert said == [
        "所得による制限はない。",
        "月額は、次のとおりである。",
        "期別: 3歳未満、納期限: 15,000円",
        "期別: 3歳以上、納期限: 10,000円",
    ]
    many = table(*[(f"{age}歳\t{age}円", 0.1) for age in range(6)])
    assert len(lines(judged(lead, "月額", 0.95), many)) == 2, "which of six is meant is open"


def test_the_sentence_that_says_most_is_among_those_quoted_of_a_long_answer():
    text = "毎年度の申請が要ります。係へお持ちください。電子申請もできます。所得が目安です。額には反映されません。"
    chunk = Chunk("1", RULES, text, kind=Kind.FAQ, question="毎年出しますか")
    whole = Passage(chunk, (0, len(text)), 0.5, 0.5, 0.5, 0.9, parts=(0.6, 0.5, 0.5, 0.5, 0.5))
    assert lines([whole])[0] == "毎年度の申請が要ります。"


texts = st.lists(
    st.sampled_from(
        ["第1条　次の各号による。", "(1)　甲", "2　乙。", "ただし、丙。", "丁は丁である。", "なお、戊。", "己\n庚"]
    ),
    min_size=1,
    max_size=8,
).map("\n".join)


@given(st.lists(st.tuples(texts, st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4), st.data())
def test_an_answer_is_short_and_says_nothing_twice(chunks: list[tuple[str, float, float]], data: st.DataObject):
    found: list[Passage] = []
    for number, (text, score, rest) in enumerate(chunks):
        chunk = Chunk(str(number), RULES, text)
        found += judged(chunk, data.draw(st.sampled_from(text)), score, rest=rest)
    found.sort(key=lambda passage: -passage.score)
    answer = compose(found, (), SURE)
    assert 1 <= len(answer.sentences) <= STATEMENTS
    assert any(c.chunk.id == found[0].chunk.id and found[0].quote in c.quote for c in answer.citations)
    spans = sorted((c.chunk.id, *c.span) for c in answer.citations)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(spans))
