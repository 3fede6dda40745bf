"""Measuring on the page: a run that goes on, and sets from tables."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eval import runs
from rag.errors import StorageFull
from ui import wording
from ui.parts import measuring


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


@dataclass(frozen=True)
class Uploaded:
    """What Streamlit hands over of a file."""

    file_id: str
    name: str = "窓口の問い.csv"

    def getvalue(self) -> bytes:
        return "番号,質問,資料\na,手数料はいくらですか,\nb,明日の天気は,\n".encode()


@pytest.fixture
def tables(settings, put, sync, tmp_path: Path, monkeypatch) -> list[str]:
    """A page with an uploaded table; what is read and looked over from here on."""
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通300円とする。\n")
    sync()
    done: list[str] = []
    read, lint = measuring.read_table, measuring.lint
    monkeypatch.setattr(measuring, "settings", lambda: settings)
    monkeypatch.setattr(measuring, "read_table", lambda file: done.append("read") or read(file))
    monkeypatch.setattr(measuring, "lint", lambda *given: done.append("lint") or lint(*given))
    uploaded = Uploaded(str(tmp_path))
    monkeypatch.setattr("streamlit.file_uploader", lambda *_, **__: uploaded)
    return done


def page() -> None:
    from ui.parts.measuring import draw_measuring

    draw_measuring()


def name(drawn: AppTest, given: str) -> AppTest:
    return drawn.text_input[0].set_value(given).run()


def test_typing_a_name_reads_the_table_once_for_an_edition(tables: list[str], put, sync):
    drawn = AppTest.from_function(page, default_timeout=60).run()
    assert "2問を読み取りました" in told(drawn)
    name(name(drawn, "甲"), "乙")
    assert tables == ["read", "lint"] and "2問を読み取りました" in told(drawn)
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通400円とする。\n")
    sync()
    drawn.run()
    assert tables == ["read", "lint", "lint"]


def test_a_set_of_the_product_keeps_its_name(tables: list[str], settings):
    drawn = name(AppTest.from_function(page, default_timeout=60).run(), "mirai")
    assert "「mirai」は、製品に付いている評価セットの名前です。別の名前" in told(drawn)
    assert drawn.button(key="set-keep").disabled
    name(drawn, "窓口")
    assert "製品に付いている" not in told(drawn) and not drawn.button(key="set-keep").disabled


def test_a_set_that_cannot_be_kept_is_explained_on_the_page(tables: list[str], settings, monkeypatch):
    def full(*_):
        raise StorageFull("x")

    drawn = AppTest.from_function(page, default_timeout=60).run()
    monkeypatch.setattr(measuring, "write", full)
    drawn.button(key="set-keep").click().run()
    assert wording.SET_NOT_KEPT.format(folder=settings.data / "sets") in told(drawn)
    assert not drawn.exception and drawn.text_input, "and what was typed is still there"
