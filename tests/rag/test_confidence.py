"""Which calibration decides, and what is said where one is not used."""

import json

import pytest

from rag.answer import confidence
from rag.answer.confidence import FILE, Model, Rule, judge, load_rule, shipped
from rag.answer.evidence import FEATURES, VERSION, Evidence
from rag.domain import Confidence
from rag.edition.catalog import Meta

META = Meta("e", "", "model-1", 4, "recipe-1")
MODEL = Model((1.0,) * len(FEATURES), -1.0, 0.6, 0.8)
STORED = {**confidence.as_json(MODEL), "fingerprint": "model-1", "recipe": "recipe-1", "version": VERSION}


def stored(folder, **changes):
    (folder / FILE).write_text(json.dumps(STORED | changes), encoding="utf-8")
    return load_rule(folder, META)


def test_without_a_calibration_the_product_s_own_decides(tmp_path):
    assert load_rule(tmp_path, META) == Rule(shipped())


def test_a_calibration_of_this_edition_s_model_and_recipe_decides(tmp_path):
    assert stored(tmp_path) == Rule(MODEL, own=True)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fingerprint": "model-2"}, "埋め込みモデル"),
        ({"recipe": "recipe-2"}, "資料の読み取り方"),
        ({"version": VERSION + 1}, "確かさの求め方"),
        ({"weights": {}}, "読めない"),
        ({"weights": None}, "読めない"),
        ({"intercept": float("nan")}, "読めない"),
        ({"inferred": "高い"}, "読めない"),
    ],
)
def test_any_other_is_not_used_and_that_is_said(tmp_path, changes, named):
    rule = stored(tmp_path, **changes)
    assert rule.model == shipped() and not rule.own
    assert rule.note and named in rule.note and "eval calibrate" in rule.note


@pytest.mark.parametrize("content", ["", "[]", "{", "null", "\x00"])
def test_a_broken_file_is_not_used_and_that_is_said(tmp_path, content):
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    rule = load_rule(tmp_path, META)
    assert rule.model == shipped() and rule.note and "読めない" in rule.note


def test_labels_follow_the_thresholds_and_the_conditions():
    sure, likely, unlikely = ((x, *(0.0,) * (len(FEATURES) - 1)) for x in (3.0, 1.5, 0.0))
    assert judge(Evidence(sure, True), MODEL).label == "stated"
    assert judge(Evidence(sure, False), MODEL).label == "inferred"
    assert judge(Evidence(likely, True), MODEL).label == "inferred"
    assert judge(Evidence(unlikely, True), MODEL).label == "none"
    assert judge(None, MODEL) == Confidence("none", 0.0)
    never = Model(MODEL.weights, MODEL.intercept, MODEL.inferred, None)
    assert judge(Evidence(sure, True), never).label == "inferred"
