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


def test_a_word_that_no_found_passage_has_speaks_against_an_answer(tmp_path, embedder):
    one = open_assistant(build(tmp_path, embedder, {"市民課/a.md": FEE, "市民課/b.md": MOVE}), embedder)

    def of(text: str) -> dict[str, float]:
        question = asking(text, date(2026, 11, 1))
        hits = one.search(question)
        found = one.evidence(question, hits, one.passages(question, hits))
        return dict(zip(FEATURES, found.values, strict=True))

    known, unknown = of("住民票の写しの手数料はいくらですか"), of("旅券の写しの手数料はいくらですか")
    assert known["missing"] == 0 and unknown["missing"] == 1
    assert known["place"] == 1 and 0 < known["margin"] <= 0.3
    assert known["words"] > unknown["words"]
