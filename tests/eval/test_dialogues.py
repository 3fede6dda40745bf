"""Follow-ups and changes of subject, counted apart."""

import json
from dataclasses import replace

from eval.cases import read_cases
from eval.dialogues import dialogues
from rag.assistant import open_assistant
from rag.config import Settings
from tests.conftest import DAY


def test_a_follow_up_and_a_change_of_subject_are_counted_apart(town, a_set):
    one = open_assistant(Settings(data=town))
    fee, _, bulky, _ = read_cases(a_set)
    later = replace(bulky, id="later", question="それはいくらですか", history=("粗大ごみを出したい",))
    found = dialogues(one, [fee, bulky, later], DAY)
    assert found["questions"] == {"followups": 1, "changes": 2}
    assert found["followups"]["value"] == 1.0 and found["alone_right"]["value"] == 1.0
    assert 0 <= found["changes"]["value"] <= 1 and found["changes_right"]["value"] <= 1
    assert dialogues(one, [later], DAY)["changes"]["value"] is None, "nothing to change to"


def test_a_follow_up_answered_from_another_document_counts_as_not_right(town, a_set):
    bulky = read_cases(a_set)[2]
    later = replace(bulky, question="いくらですか", history=("住民票の写しが欲しい",))
    assert dialogues(open_assistant(Settings(data=town)), [later], DAY)["followups"]["value"] == 0.0


def test_the_command_says_it_for_people_and_machines(town, a_set, evaluate):
    code, out, err = evaluate("dialogues", a_set, "--as-of", DAY.isoformat(), "--data", town, "--json")
    assert (code, err) == (0, "") and json.loads(out)["questions"]["changes"] >= 2
    code, out, _ = evaluate("dialogues", a_set, "--as-of", DAY.isoformat(), "--data", town)
    assert code == 0 and "話題の変わった質問" in out
