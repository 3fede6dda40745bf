import json
from pathlib import Path

import pytest

from eval.privacy import Marked, measure, read_marked
from rag.errors import UnreadableDocument
from rag.privacy import Kind


def test_figures_agree_with_those_computed_by_hand():
    rows = [
        Marked("1", "携帯は090-2468-1357です", ((Kind.PHONE, (3, 16)),), ()),
        Marked("2", "携帯は090-2468-1357です", ((Kind.PHONE, (0, 16)),), ()),  # found in part
        Marked("3", "番号は24681357です", ((Kind.BANK_ACCOUNT, (3, 11)),), ()),  # not to be known from the text
        Marked("4", "私の090-2468-1357", (), ()),
        Marked("5", "私の090-2468-1357", (), ((2, 15),)),
    ]
    result = measure(rows)
    assert result["kinds"]["電話番号"] == {"marked": 2, "found": 4, "recall": 0.5, "exact": 0.5, "precision": 0.5}
    assert result["kinds"]["口座番号"] == {"marked": 1, "found": 0, "recall": 0.0, "exact": 0.0, "precision": None}
    assert (result["recall"], result["precision"]) == (round(1 / 3, 4), 0.5)
    assert (result["without_personal_data"], result["masked_without_personal_data"]) == (2, 2)
    assert (result["public"], result["public_masked"]) == (1, 1)


@pytest.mark.parametrize(
    "span",
    [
        {"start": 0, "end": 9, "type": "PHONE", "mask": True},
        {"start": 0, "end": 1, "type": "HOROSCOPE", "mask": True},
        {"start": 0, "end": 1},
    ],
)
def test_a_wrong_mark_is_refused_with_its_line(tmp_path: Path, span):
    file = tmp_path / "marked.jsonl"
    file.write_text("\n" + json.dumps({"id": "1", "text": "あ", "spans": [span]}), encoding="utf-8")
    with pytest.raises(UnreadableDocument, match="2行目"):
        read_marked(file)
