"""The edition that waits for a second person: what it changes is shown before it is published."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ingest import editions
from ingest.build import ingest
from rag.config import PublishSettings, Settings
from rag.edition import DataFolder

QUESTION = "住民票の写しの手数料はいくらですか"


def page() -> None:
    from ui.parts.shelf import draw_waiting

    draw_waiting()


def told(drawn: AppTest) -> str:
    return "\n".join(element.proto.body for element in drawn.get("html"))


@pytest.fixture
def careful(settings: Settings, put, embedder, tmp_path: Path, monkeypatch) -> Settings:
    """A fee of 300, published, and one of 400 that waits; whoever asks knows of 300."""
    case = {
        "id": "1", "question": QUESTION, "answerable": True, "facts": ["300円"], "as_of": None, "department": None, "style": "職員",
        "sources": [{"path": "市民課/手数料.md", "quote": "300円"}],
    }  # fmt: skip
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps(case, ensure_ascii=False) + "\n", encoding="utf-8")
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通300円とする。\n")
    ingest(settings, embedder)
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通400円とする。\n")
    strict = settings.model_copy(update={"publish": PublishSettings(approval="required", gate=file)})
    assert ingest(strict, embedder).waiting
    monkeypatch.setattr("ui.parts.shelf.settings", lambda: strict)
    monkeypatch.setattr("ui.parts.shelf.embedder", lambda: embedder)
    return strict


def test_the_second_person_sees_which_answers_change_and_publishes(careful: Settings, monkeypatch):
    data = DataFolder(careful.data)
    waiting = data.waiting()
    drawn = AppTest.from_function(page, default_timeout=60).run()
    assert "公開を待っている版があります" in told(drawn) and "変更1" in told(drawn) and "400円" not in told(drawn)
    drawn.button(key="waiting-look").click().run()
    assert "300円とする" in told(drawn) and "400円とする" in told(drawn) and "× 悪くなる" in told(drawn)
    drawn.button(key="approve").click().run()
    assert "別の人" in told(drawn) and data.waiting() == waiting, "not by the one who took it in"
    monkeypatch.setattr(editions, "user", lambda: "second")
    drawn.button(key="approve").click().run()
    assert not drawn.exception and data.current() == waiting and data.waiting() is None
    assert "公開を待っている" not in told(drawn)


def test_without_a_waiting_edition_nothing_is_drawn(settings: Settings, put, embedder, monkeypatch):
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通300円とする。\n")
    ingest(settings, embedder)
    monkeypatch.setattr("ui.parts.shelf.settings", lambda: settings)
    assert told(AppTest.from_function(page, default_timeout=60).run()) == ""


def test_a_waiting_edition_of_the_same_files_says_so(careful: Settings, put, embedder):
    data = DataFolder(careful.data)
    editions.publish(data, data.waiting().name)
    assert ingest(careful, embedder, rebuild=True, accept="試し").waiting
    drawn = AppTest.from_function(page, default_timeout=60).run()
    assert "に取り込み、ファイルの変更なし）" in told(drawn)
