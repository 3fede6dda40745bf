"""What speaks for an answer means the same in a library of one document."""

from datetime import date

import pytest

from rag.answer.evidence import FEATURES
from rag.assistant import open_assistant
from rag.domain import Answer, NotFound
from tests.conftest import asking, build

FEE = "# 手数料\n\n住民票の写しの手数料は、1通400円とする。\n"
MOVE = "# 転入届\n\n転入届は、住み始めた日から14日以内に提出する。\n"


@pytest.mark.parametrize("files", [{"市民課/a.md": FEE}, {"市民課/a.md": FEE, "市民課/b.md": MOVE}])
def test_a_small_library_answers_what_it_says_and_nothing_else(tmp_path, embedder, files):
    one = open_assistant(build(tmp_path, embedder, files), embedder)
    said = one.ask(asking("住民票の写しの手数料はいくらですか"))
    assert isinstance(said, Answer) and "400円" in said.text
    assert isinstance(one.ask(asking("市長の給料はいくらですか")), NotFound)


def test_a_figure_that_others_hold_too_speaks_for_an_answer(tmp_path, embedder):
    faq = "質問,回答\n住民票の写しの手数料は,400円です。\n戸籍謄本の手数料は,450円です。\n"
    one = open_assistant(build(tmp_path, embedder, {"市民課/a.md": FEE, "市民課/f.csv": faq}), embedder)
    question = asking("住民票の写しの手数料はいくらですか", date(2026, 11, 1))
    hits = one.search(question)
    found = dict(zip(FEATURES, one.evidence(question, hits, one.passages(question, hits)).values, strict=True))
    assert found["agreed"] == 0.5 and found["place"] == 1 and 0 < found["margin"] <= 0.3
