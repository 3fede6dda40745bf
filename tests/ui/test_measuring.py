"""Measuring on the page: a run that goes on, and sets from tables."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from eval import runs


def told(drawn: AppTest) -> str:
    return "\n".join(element.proto.body for element in drawn.get("html"))


def going_on(folder) -> None:
    from eval import runs
    from ui.parts.measuring import draw_going_on

    draw_going_on(folder, runs.read_setup(folder), 2, 1)


def test_a_run_that_is_measured_now_is_not_offered_again(tmp_path: Path):
    about = dict.fromkeys(("set_sha256", "half", "edition", "fingerprint"), "") | {"set": "窓口", "day": "2026-11-01"}
    (tmp_path / runs.RUN).write_text(json.dumps(about | {"configuration": {}, "versions": {}}), encoding="utf-8")
    drawn = AppTest.from_function(going_on, args=(tmp_path,), default_timeout=60)
    with runs.measuring(tmp_path):
        drawn.run()
        assert "測定中です。3問のうち、初めの2問" in told(drawn) and "止まった" not in told(drawn)
        assert not drawn.button
    drawn.run()
    assert "途中で止まった測定です" in told(drawn) and [button.key for button in drawn.button] == ["measure-on"]
