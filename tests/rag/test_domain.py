from datetime import date

import pytest

from rag.domain import (
    Answer,
    Chunk,
    Citation,
    Confidence,
    DocumentInfo,
    Sensitivity,
    Sentence,
    Validity,
    Viewer,
)

DOCUMENT = DocumentInfo("d", "手引き", "市民課/手引き.txt", "0" * 64, "市民課")
CHUNK = Chunk("c", DOCUMENT, "手数料は400円です。")


def test_a_citation_must_quote_its_chunk():
    assert Citation(CHUNK, "400円", (4, 8)).quote == "400円"
    for quote, span in (("300円", (4, 8)), ("400円", (3, 7)), ("", (0, 0))):
        with pytest.raises(ValueError):
            Citation(CHUNK, quote, span)


def test_an_answer_needs_a_citation_for_every_sentence():
    citation = Citation(CHUNK, "400円", (4, 8))
    sure = Confidence("stated", 0.9)
    assert Answer((Sentence("400円", (1,)),), (citation,), sure).text == "400円"
    for sentences in ((), (Sentence("400円", ()),), (Sentence("400円", (2,)),)):
        with pytest.raises(ValueError):
            Answer(sentences, (citation,), sure)


def test_validity_is_half_open():
    validity = Validity(date(2026, 4, 1), date(2027, 4, 1))
    days = (date(2026, 3, 31), date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1))
    assert [validity.covers(day) for day in days] == [False, True, True, False]
    with pytest.raises(ValueError):
        Validity(date(2026, 4, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("audience", "sensitivity", "department", "clearance", "allowed"),
    [
        ({"全庁"}, 1, None, 1, True),
        ({"全庁"}, 2, "市民課", 1, False),
        ({"福祉課"}, 1, None, 3, False),
        ({"福祉課"}, 3, "福祉課", 3, True),
        ({"福祉課"}, 3, "福祉課", 2, False),
        ({"福祉課"}, 3, "市民課", 3, False),
        (set(), 1, None, 3, False),
    ],
)
def test_permission_needs_audience_and_clearance(audience, sensitivity, department, clearance, allowed):
    document = DocumentInfo("d", "t", "p", "0", "福祉課", Sensitivity(sensitivity), frozenset(audience))
    assert Viewer("u", department, Sensitivity(clearance)).may_see(document) is allowed
