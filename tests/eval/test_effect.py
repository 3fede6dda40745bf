"""The corpus-change gate: a document that makes answers wrong is not published unless somebody says why."""

import json
from pathlib import Path

import pytest

from eval.effect import corpus_check, effect
from eval.measures import measure
from ingest import editions
from ingest.build import ingest
from ingest.effect import AnswersGetWorse, lines
from rag.assistant import open_assistant
from rag.config import PublishSettings, Settings
from rag.domain import Viewer
from rag.edition import DataFolder
from rag.errors import InvalidSettings
from tests.conftest import DAY, asking
from tests.eval.conftest import a_case, a_record

THINGS = (
    "住民票の写し",
    "印鑑登録証明書",
    "戸籍謄本",
    "課税証明書",
    "納税証明書",
    "身分証明書",
    "転出証明書",
    "粗大ごみの処理",
)


def faq(fee: int) -> str:
    rows = (f"{thing}の手数料はいくらですか,{thing}の手数料は{fee + n}円です。" for n, thing in enumerate(THINGS))
    return "質問,回答\n" + "\n".join(rows) + "\n"


@pytest.fixture
def guarded(settings: Settings, put, tmp_path: Path) -> Settings:
    """Eight fees and a question about each."""
    put("市民課/手数料.csv", faq(300))
    rows = [
        {
            "id": str(n), "question": f"{thing}の手数料はいくら", "answerable": True, "facts": [f"{300 + n}円"],
            "sources": [{"path": "市民課/手数料.csv", "quote": f"{300 + n}円"}], "as_of": None, "department": None, "style": "職員",
        }
        for n, thing in enumerate(THINGS)
    ]  # fmt: skip
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return settings.model_copy(update={"publish": PublishSettings(gate=file)})


def publish(settings: Settings, embedder, accept: str | None = None):
    return ingest(settings, embedder, check=corpus_check(settings, embedder), accept=accept)


def test_wrong_amounts_are_stopped_and_published_only_with_a_reason(guarded: Settings, put, embedder):
    assert publish(guarded, embedder).effect is None, "there is nothing yet to compare with"
    put("市民課/手数料.csv", faq(900))
    with pytest.raises(AnswersGetWorse) as stopped:
        publish(guarded, embedder)
    found = stopped.value.effect
    assert found.cases == 8 and len(found.worse) >= 5 and "正しい答えが減る" in found.losses
    assert any("300円" in reply.before and "900円" in reply.after for reply in found.changed)
    assert any(line.startswith("［悪くなる］") for line in lines(found))
    data = DataFolder(guarded.data)
    assert "300円" in open_assistant(guarded, embedder).ask(asking("住民票の写しの手数料はいくら")).text
    assert not list(data.editions.glob(".draft-*"))
    with pytest.raises(AnswersGetWorse):
        publish(guarded, embedder, accept="  ")
    report = publish(guarded, embedder, accept="条例改正のため")
    assert report.published and report.effect and report.effect.losses
    assert editions.events(data)[0].note == "条例改正のため"
    assert "900円" in open_assistant(guarded, embedder).ask(asking("住民票の写しの手数料はいくら")).text


def test_a_document_that_harms_no_answer_is_published_without_a_note(guarded: Settings, put, embedder):
    publish(guarded, embedder)
    put("環境課/ごみ.md", "# ごみの出し方\n\n燃えるごみは火曜日と金曜日に出します。\n")
    report = publish(guarded, embedder, accept="理由は要らなかった")
    assert report.published and report.effect and not report.effect.losses
    assert editions.events(DataFolder(guarded.data))[0].note == ""


def test_with_approval_a_loss_is_not_even_put_forward(guarded: Settings, put, embedder):
    publish(guarded, embedder)
    strict = guarded.model_copy(update={"publish": PublishSettings(gate=guarded.publish.gate, approval="required")})
    put("市民課/手数料.csv", faq(900))
    with pytest.raises(AnswersGetWorse):
        publish(strict, embedder)
    assert DataFolder(strict.data).waiting() is None
    assert publish(strict, embedder, accept="改正").waiting
    assert editions.events(DataFolder(strict.data))[0].note == "改正"


def test_a_missing_set_is_said_before_any_work(guarded: Settings, embedder, tmp_path: Path):
    lost = guarded.model_copy(update={"publish": PublishSettings(gate=tmp_path / "none.jsonl")})
    with pytest.raises(InvalidSettings, match=r"none\.jsonl がありません"):
        publish(lost, embedder)


def test_the_command_stops_with_a_status_of_its_own(
    guarded: Settings, put, embedder, tmp_path: Path, monkeypatch, capfd, as_program
):
    publish(guarded, embedder)
    put("市民課/手数料.csv", faq(900))
    config = tmp_path / "hikitsugi.toml"
    config.write_text(f'[publish]\ngate = "{guarded.publish.gate}"\n', encoding="utf-8")

    monkeypatch.setenv("HIKITSUGI_CONFIG", str(config))

    def run(*options: str) -> tuple[int, str, str]:
        return as_program("ingest", guarded.corpus, "--data", guarded.data, *options), *capfd.readouterr()

    status, out, err = run()
    assert status == 3 and "［悪くなる］" in out and "--accept" in err
    assert "Traceback" not in err
    status, out, _ = run("--accept", "条例改正", "--json")
    assert status == 0 and json.loads(out)["effect"]["losses"]


def test_a_published_edition_that_cannot_be_asked_any_more_does_not_stop_its_successor(
    guarded: Settings, embedder, monkeypatch
):
    """Another model, another form of the program, a lost folder: to publish anew is the remedy."""
    publish(guarded, embedder)
    monkeypatch.setattr(embedder, "fingerprint", "another@1")
    report = publish(guarded, embedder)
    assert report.published and report.effect is None
    DataFolder(guarded.data).pointer.write_text("lost\n", encoding="utf-8")
    report = publish(guarded, embedder)
    assert report.published and report.effect is None


def test_a_broken_set_is_said_before_any_work(guarded: Settings, embedder):
    assert guarded.publish.gate
    guarded.publish.gate.write_text('{"id": "1"}\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"own\.jsonl の1行目"):
        publish(guarded, embedder)
    assert not guarded.data.exists()


def test_what_was_stopped_is_not_embedded_again(guarded: Settings, put, embedder, monkeypatch):
    publish(guarded, embedder)
    put("市民課/手数料.csv", faq(900))
    with pytest.raises(AnswersGetWorse):
        publish(guarded, embedder)
    texts: list[str] = []
    passages = embedder.passages
    monkeypatch.setattr(embedder, "passages", lambda asked: texts.extend(asked) or passages(asked))
    assert publish(guarded, embedder, accept="改正").published
    assert [text for text in texts if "円です" in text] == [], "what is embedded are words of the questions alone"
    data = DataFolder(guarded.data)
    assert [folder.name for folder in data.editions.iterdir() if folder.name.startswith(".")] == []


def test_going_back_is_not_checked(guarded: Settings, put, embedder):
    first = publish(guarded, embedder).edition
    put("市民課/手数料.csv", faq(900))
    publish(guarded, embedder, accept="改正")
    put("市民課/手数料.csv", faq(300))
    publish(guarded, embedder)
    assert editions.rollback(DataFolder(guarded.data), first) == first


def test_what_waited_is_checked_when_it_need_not_wait_any_more(guarded: Settings, put, embedder):
    publish(guarded, embedder)
    unguarded = guarded.model_copy(update={"publish": PublishSettings(approval="required")})
    put("市民課/手数料.csv", faq(900))
    assert publish(unguarded, embedder).waiting
    with pytest.raises(AnswersGetWorse):
        publish(guarded, embedder)
    assert "300円" in open_assistant(guarded, embedder).ask(asking("住民票の写しの手数料はいくら")).text
    assert publish(guarded, embedder, accept="改正").published
    assert editions.events(DataFolder(guarded.data))[0].note == "改正"


def test_replies_from_documents_that_a_person_may_not_see_are_not_shown(guarded: Settings, put, embedder):
    put("市民課/手数料.csv.meta.toml", "sensitivity = 3\n")
    publish(guarded, embedder)
    put("市民課/手数料.csv", faq(900))
    check = corpus_check(guarded, embedder, Viewer())
    with pytest.raises(AnswersGetWorse) as stopped:
        ingest(guarded, embedder, check=check)
    told = "\n".join(lines(stopped.value.effect))
    assert "見られない資料" in told and "300円" not in told and "900円" not in told


def test_a_change_behind_what_is_shown_is_a_change():
    case = a_case("1", "A", facts=("400円",))
    before, after = (measure([case], [a_record("1", f"400円{'あ' * 300}{end}", "A")]) for end in ("い", "う"))
    assert [reply.better for reply in effect([case], before, after, DAY).changed] == [0]
    assert effect([case], before, before, DAY).changed == ()
