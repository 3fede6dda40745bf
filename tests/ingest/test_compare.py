"""新旧対照, paragraph by paragraph."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.compare import Paragraph, compare, paragraphs
from rag.domain import Kind, Section
from rag.text import compact

TEXTS = st.lists(st.text("手数料は三四百円とする第条0123", min_size=1, max_size=12), max_size=8)


def lines(*texts: str) -> tuple[Paragraph, ...]:
    return tuple(map(Paragraph, texts))


def test_a_changed_amount_is_marked_and_the_rest_is_the_same():
    old = lines("第1条 趣旨を定める。", "手数料は1通300円とする。", "この規程は公布の日から施行する。")
    new = lines("第1条　趣旨を定める。", "手数料は1通400円とする。", "この規程は公布の日から施行する。")
    same, changed, last = compare(old, new)
    assert (same.kind, changed.kind, last.kind) == ("same", "changed", "same")
    assert [changed.old.text[a:b] for a, b in changed.spans[0]] == ["3"]
    assert [changed.new.text[a:b] for a, b in changed.spans[1]] == ["4"]


def test_a_new_article_between_two_is_added():
    kinds = [
        c.kind
        for c in compare(lines("甲とする。", "乙とする。"), lines("甲とする。", "全く別の新しい定め", "乙とする。"))
    ]
    assert kinds == ["same", "added", "same"]


def test_rows_and_questions_are_paragraphs():
    sections = [
        Section("写し\t300円", kind=Kind.ROW, columns=("種別", "額")),
        Section("14日以内です。", kind=Kind.FAQ, question="期限は", page=2, heading=("届出",)),
    ]
    assert [p.text for p in paragraphs(sections)] == ["写し ｜ 300円", "問　期限は", "14日以内です。"]
    assert paragraphs(sections)[1].page == 2 and paragraphs(sections)[1].heading == ("届出",)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_put_together_again_from_the_changes(old, new):
    changes = compare(lines(*old), lines(*new))
    assert [c.old.text for c in changes if c.old] == old
    assert [c.new.text for c in changes if c.new] == new
    for change in changes:
        if change.kind == "same":
            assert compact(change.old.text) == compact(change.new.text)
        if change.kind == "changed":
            kept = [_without(p.text, s) for p, s in zip((change.old, change.new), change.spans, strict=True)]
            assert kept[0] == kept[1]


@given(TEXTS)
def test_a_document_compared_with_itself_has_no_changes(texts):
    assert {change.kind for change in compare(lines(*texts), lines(*texts))} <= {"same"}


def _without(text: str, spans) -> str:
    return "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in spans))


def test_documents_that_have_nothing_in_common_are_compared_in_no_time():
    old, new = lines(*(f"甲{i}" * 20 for i in range(3_000))), lines(*(f"乙{i}" * 20 for i in range(3_000)))
    changes = compare(old, new)
    assert [c.old for c in changes if c.old] == list(old) and [c.new for c in changes if c.new] == list(new)
