"""Embeddings from an endpoint that behaves, and from one that misbehaves in every way we know."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import rag.remote
from ingest.build import ingest
from ingest.draft import VectorDraft
from rag.assistant import Assistant, open_assistant
from rag.config import EmbedderSettings, Settings
from rag.domain import Answer, Chunk, DocumentInfo, NotFound, Sensitivity, Viewer
from rag.edition import DataFolder
from rag.embedding import BuiltInEmbedder, open_embedder
from rag.errors import EmbedderMismatch, EmbedderUnavailable
from rag.remote import RemoteEmbedder, on_this_machine
from tests.conftest import asking

FAQ = """質問,回答
住民票の写しの手数料はいくらですか。,窓口では1通400円です。コンビニエンスストアでは1通200円です。
転入届はいつまでに出せばよいですか。,新しい住所に住み始めた日から14日以内に届け出てください。
犬を飼い始めました。登録は必要ですか。,生後91日以上の犬は登録が必要です。登録手数料は3000円です。
"""
FEE = "住民票の写しの手数料はいくらですか"
SECRET = "窓口の暗証番号は、毎月1日に係長が変える。"


class Fake(ThreadingHTTPServer):
    """Speaks the protocol of OpenAI's embeddings as ``mode`` says, and remembers what it was sent."""

    daemon_threads = True
    mode = "answer"
    failures = 0
    """How many requests are refused before one is answered; 0: all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict] = []
        self.keys: list[str | None] = []
        self.embedder = BuiltInEmbedder()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def sent(self) -> list[str]:
        """Every text that was received."""
        return [text for request in self.requests for text in request["input"]]

    def handle_error(self, request, client_address) -> None:
        """A client that has left is what some modes are about."""


class Handler(BaseHTTPRequestHandler):
    server: Fake

    def do_POST(self) -> None:
        server = self.server
        server.requests.append(asked := json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        server.keys.append(self.headers["Authorization"])
        mode = "answer" if server.failures and len(server.requests) > server.failures else server.mode
        if mode == "close":
            return
        if mode.isdigit():
            self.send_response(int(mode))
            self.send_header("Location", server.url.replace("127.0.0.1", "localhost") + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if mode == "slow":
            time.sleep(2.5)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        body = b"<html>502</html>" if mode == "garbage" else json.dumps(self._answer(mode, asked["input"])).encode()
        if mode == "drip":
            for place in range(40):
                self.wfile.write(body[place : place + 1])
                self.wfile.flush()
                time.sleep(0.1)
        self.wfile.write(body[: len(body) // 2] if mode == "cut" else body)

    def _answer(self, mode: str, texts: list[str]) -> object:
        vectors: list = (3 * self.server.embedder.passages(texts)).tolist()
        match mode:
            case "shape":
                return {"data": [1, 2]}
            case "object":
                return ["x"]
            case "fewer":
                vectors = vectors[:-1]
            case "nan":
                vectors[0][5] = float("nan")
            case "null":
                vectors[0][5] = None
            case "zero":
                vectors[0] = [0.0] * len(vectors[0])
            case "ragged":
                vectors[0] = vectors[0][:7]
            case "text":
                vectors[0] = "0.1 0.2"
            case "shorter":
                vectors = [vector[:100] for vector in vectors]
        rows = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(vectors)]
        return {"object": "list", "data": rows[::-1], "model": "fake"}  # the order is in the index alone

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, embedder: BuiltInEmbedder) -> Iterator[Fake]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    server = Fake()
    server.embedder = embedder
    embedder.query("準備")  # loading the model is not part of an answer's time
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the endpoint for one on another machine."""
    monkeypatch.setattr(rag.remote, "on_this_machine", lambda _: False)


def remote(fake: Fake, **how: object) -> RemoteEmbedder:
    return RemoteEmbedder(EmbedderSettings(model="fake", base_url=fake.url, timeout=1, **how))


@pytest.fixture
def library(fake: Fake, settings: Settings, put) -> Settings:
    """A corpus of which an edition by the endpoint is published."""
    put("市民課/FAQ.csv", FAQ)
    configured = settings.model_copy(
        update={
            "embedder": EmbedderSettings(model="fake", base_url=fake.url, timeout=1),
            "viewer": Viewer(clearance=Sensitivity(3)),
        }
    )
    assert ingest(configured, open_embedder(configured.embedder)).published
    return configured


def opened(settings: Settings) -> Assistant:
    """An assistant as another process would have it."""
    return open_assistant(settings, open_embedder(settings.embedder))


def test_texts_are_sent_in_batches_with_prompts_and_come_back_in_order(fake: Fake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KEY_OF_TEST", "secret")
    embedder = remote(fake, batch_size=2, passage_prompt="文: ", query_prompt="問: ", api_key_env="KEY_OF_TEST")
    texts = ["ごみ", "税", "住民票", "犬", "福祉"]
    matrix = embedder.passages(texts)
    assert [len(request["input"]) for request in fake.requests] == [2, 2, 1]
    assert np.allclose(matrix, fake.embedder.passages([f"文: {text}" for text in texts]), atol=1e-3)
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5) and embedder.dimensions == 512
    embedder.query("ごみ")
    embedder.query("ごみ")
    assert fake.sent[-1] == "問: ごみ" and len(fake.requests) == 4  # asked once for the same question
    assert set(fake.keys) == {"Bearer secret"} and embedder.passages([]).shape == (0, 512)


def test_the_fingerprint_names_model_prompts_and_dimensions(fake: Fake):
    plain = remote(fake).fingerprint
    assert plain == remote(fake, batch_size=3).fingerprint and plain.endswith("-512")
    prompted = {remote(fake, query_prompt="q").fingerprint, remote(fake, passage_prompt="q").fingerprint}
    fake.mode = "shorter"
    assert len({plain, *prompted, remote(fake).fingerprint}) == 4


def test_fewer_dimensions_are_asked_for_and_checked(fake: Fake):
    fake.mode = "shorter"
    assert remote(fake, dimensions=100).passages(["ごみ"]).shape == (1, 100)
    assert fake.requests[-1]["dimensions"] == 100
    fake.mode = "answer"
    with pytest.raises(EmbedderUnavailable, match="次元"):
        remote(fake, dimensions=100).passages(["ごみ"])


FAULTS = {
    "429": "混み合って", "500": "500", "401": "認めません", "404": "404", "307": "307", "slow": "1秒以内", "drip": "1秒以内",
    "close": "接続", "cut": "読み取れ|途中", "garbage": "読み取れ", "shape": "読み取れ", "object": "読み取れ", "fewer": "読み取れ",
    "nan": "数でない", "null": "読み取れ", "zero": "すべて0", "ragged": "読み取れ", "text": "読み取れ",
}  # fmt: skip


@pytest.mark.parametrize("mode", FAULTS)
def test_whatever_goes_wrong_is_said(fake: Fake, mode: str):
    fake.mode = mode
    begin = time.monotonic()
    with pytest.raises(EmbedderUnavailable, match=FAULTS[mode]) as failed:
        remote(fake).passages(["ごみ", "税"])
    assert (
        time.monotonic() - begin < 4 and "[embedder]" in failed.value.remedy and fake.url[7:-3] in failed.value.reason
    )
    assert len(fake.requests) == (2 if mode in ("429", "500", "close") else 1)


def test_a_vector_of_another_length_is_noticed(fake: Fake):
    embedder = remote(fake)
    embedder.passages(["ごみ"])
    fake.mode = "shorter"
    with pytest.raises(EmbedderUnavailable, match="512のはずが100"):
        embedder.passages(["ごみ"])


@pytest.mark.parametrize("mode", ["429", "503", "close"])
def test_what_passes_is_tried_once_more(fake: Fake, mode: str):
    fake.mode, fake.failures = mode, 1
    assert remote(fake).passages(["ごみ"]).shape == (1, 512)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://[/v1", "http://", "http://user:pass@127.0.0.1:1/v1"])
def test_where_nobody_listens(url: str):
    with pytest.raises(EmbedderUnavailable) as failed:
        RemoteEmbedder(EmbedderSettings(model="fake", base_url=url, timeout=2)).passages(["ごみ"])
    assert "pass" not in str(failed.value)


def test_documents_are_taken_in_and_answer(library: Settings, fake: Fake):
    one = opened(library)
    reply = one.ask(asking(FEE))
    assert isinstance(reply, Answer) and "400円" in reply.text and reply.notices == ()
    assert one.search(asking("わんちゃんの手続き"))[0].chunk.question == "犬を飼い始めました。登録は必要ですか。"
    sent = len(fake.requests)
    assert not ingest(library, open_embedder(library.embedder)).published
    assert len(fake.requests) == sent + 1  # nothing but how long its vectors are


def test_while_it_fails_questions_are_answered_by_words_and_it_is_said(library: Settings, fake: Fake):
    one = opened(library)
    one.warm()
    fake.mode = "slow"
    begin = time.monotonic()
    found = one.search(asking(FEE))
    assert found[0].chunk.question == "住民票の写しの手数料はいくらですか。" and found[0].meaning == 0
    assert "1秒以内" in found.notices[0] and "言葉だけ" in found.notices[0]
    reply = one.reply(asking(FEE), found)
    assert isinstance(reply, Answer | NotFound) and reply.notices == found.notices
    one.ask(asking("転入届の期限"))  # and nobody waits again
    assert time.monotonic() - begin < 4
    # the reply is less sure than with the model
    fake.mode = "answer"
    assert reply.confidence.value < opened(library).ask(asking(FEE)).confidence.value


def test_a_reply_needs_nothing_that_the_search_did_not_need(library: Settings, fake: Fake):
    one = opened(library)
    found = one.search(asking(FEE))
    fake.requests.clear()
    fake.mode = "500"
    reply = one.reply(asking(FEE), found)
    assert isinstance(reply, Answer) and "400円" in reply.text and reply.notices == ()
    assert not fake.requests


def test_it_is_asked_again_after_a_rest(library: Settings, fake: Fake, monkeypatch: pytest.MonkeyPatch):
    one = opened(library)
    one.warm()
    fake.mode = "500"
    assert one.search(asking(FEE)).notices
    fake.mode = "answer"
    assert one.search(asking(FEE)).notices
    monkeypatch.setattr(rag.remote, "_REST", 0)
    assert not one.search(asking(FEE)).notices


@pytest.mark.parametrize("mode", ["500", "nan", "slow", "garbage"])
def test_a_failure_while_documents_are_taken_in_loses_nothing(library: Settings, fake: Fake, put, mode: str):
    before = DataFolder(library.data).current()
    embedder = open_embedder(library.embedder)
    assert embedder.dimensions
    put("環境課/ごみ.md", "# ごみ\n\n燃えるごみは火曜日と金曜日に集めます。\n")
    fake.mode = mode
    with pytest.raises(EmbedderUnavailable, match="埋め込みのサーバ"):
        ingest(library, embedder)
    assert DataFolder(library.data).current() == before
    assert [folder.name for folder in DataFolder(library.data).editions.iterdir()] == [before.name]
    fake.mode = "answer"
    assert isinstance(opened(library).ask(asking(FEE)), Answer)
    assert ingest(library, open_embedder(library.embedder)).published


def test_another_model_behind_the_same_name_is_noticed_by_its_dimensions(library: Settings, fake: Fake):
    fake.mode = "shorter"
    with pytest.raises(EmbedderMismatch):
        opened(library).search(asking(FEE))


@pytest.mark.usefixtures("elsewhere")
def test_a_document_above_the_permitted_sensitivity_is_refused_and_never_sent(library: Settings, fake: Fake, put):
    put("市民課/内部.md", f"# 内部手順\n\n{SECRET}\n")
    put("市民課/collection.toml", '[[document]]\nfile = "内部.md"\nsensitivity = 2\n')
    fake.requests.clear()
    report = ingest(library, open_embedder(library.embedder))
    assert [r.path for r in report.refused] == ["市民課/内部.md"] and "機密性2" in report.refused[0].reason
    assert not any("暗証番号" in text or "内部手順" in text for text in fake.sent)
    again = ingest(library, open_embedder(library.embedder))
    assert not again.published and again.refused == report.refused
    # what is allowed later is taken in without touching the file
    allowed = library.model_copy(
        update={"embedder": library.embedder.model_copy(update={"max_sensitivity": Sensitivity(2)})}
    )
    assert ingest(allowed, open_embedder(allowed.embedder)).plan.added == ("市民課/内部.md",)
    assert any("暗証番号" in text for text in fake.sent)


def restrict(put, sensitivity: int) -> None:
    put("市民課/collection.toml", f'[[document]]\nfile = "FAQ.csv"\nsensitivity = {sensitivity}\n')


@pytest.mark.usefixtures("elsewhere")
def test_a_document_that_becomes_sensitive_leaves_the_edition(library: Settings, fake: Fake, put):
    put("環境課/ごみ.md", "# ごみ\n\n燃えるごみは火曜日と金曜日に集めます。\n")
    restrict(put, 2)
    fake.requests.clear()
    report = ingest(library, open_embedder(library.embedder))
    assert report.plan.removed == ("市民課/FAQ.csv",) and [r.path for r in report.refused] == ["市民課/FAQ.csv"]
    assert not any("住民票" in text for text in fake.sent)
    one = opened(library)
    assert {hit.chunk.document.path for hit in one.search(asking(FEE))} <= {"環境課/ごみ.md"}


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("broken", [False, True])
def test_the_change_from_the_built_in_model_sends_nothing_sensitive(
    fake: Fake, settings: Settings, put, sync, broken: bool
):
    put("市民課/FAQ.csv", FAQ)
    put("市民課/内部.md", f"# 内部手順\n\n{SECRET}\n")
    put("市民課/collection.toml", '[[document]]\nfile = "内部.md"\nsensitivity = 2\n')
    sync()
    if broken:  # its metadata cannot be read any more: what is known of it counts
        put("市民課/collection.toml", "[[document]\n")
    elsewhere = settings.model_copy(update={"embedder": EmbedderSettings(model="fake", base_url=fake.url)})
    report = ingest(elsewhere, open_embedder(elsewhere.embedder))
    assert report.published and "市民課/内部.md" in [r.path for r in report.refused]
    assert fake.sent and not any("暗証番号" in text or "内部手順" in text for text in fake.sent)


@pytest.mark.usefixtures("elsewhere")
def test_a_broken_file_does_not_bring_back_what_was_sensitive(fake: Fake, settings: Settings, put, sync):
    put("市民課/内部.md", f"# 内部手順\n\n{SECRET}\n")
    put("市民課/collection.toml", '[[document]]\nfile = "内部.md"\nsensitivity = 2\n')
    sync()
    put("市民課/collection.toml", '[[document]]\nfile = "内部.md"\nsensitivity = 1\n')
    put("市民課/内部.md", b"\x00\x01\x02\xff" * 50)
    elsewhere = settings.model_copy(update={"embedder": EmbedderSettings(model="fake", base_url=fake.url)})
    report = ingest(elsewhere, open_embedder(elsewhere.embedder))
    assert {r.path for r in report.refused} == {"市民課/内部.md"}
    assert not any("暗証番号" in text for text in fake.sent)


@pytest.mark.usefixtures("elsewhere")
def test_the_last_gate_before_the_endpoint(fake: Fake, tmp_path: Path):
    secret = DocumentInfo("s", "内部手順", "市民課/s.md", "0", "市民課", Sensitivity.INTERNAL)
    draft = VectorDraft(tmp_path / "vectors", None, (), remote(fake))
    with pytest.raises(ValueError, match="must not be given"):
        draft.index([Chunk("c", secret, SECRET)])
    draft.close()
    assert not fake.requests


@pytest.mark.usefixtures("elsewhere")
def test_an_edition_made_when_more_was_allowed_sends_no_passage(fake: Fake, library: Settings, put):
    restrict(put, 2)
    allowed = library.model_copy(
        update={"embedder": library.embedder.model_copy(update={"max_sensitivity": Sensitivity(2)})}
    )
    ingest(allowed, open_embedder(allowed.embedder))
    fake.requests.clear()
    viewer = Viewer(clearance=Sensitivity(2))
    reply = opened(library).ask(asking(FEE, viewer=viewer))
    assert isinstance(reply, Answer | NotFound)
    assert set(fake.sent) == {"準備", FEE}, "passages are judged by the vectors of the edition"


def test_an_endpoint_on_this_machine_gets_everything(fake: Fake, library: Settings, put):
    restrict(put, 3)
    report = ingest(library, open_embedder(library.embedder))
    assert not report.refused and report.published
    asked = replace(
        asking("山田太郎さん（090-1234-5678）の住民票の写しの手数料"), viewer=Viewer(clearance=Sensitivity(3))
    )
    opened(library).search(asked)
    assert any("090-1234-5678" in text for text in fake.sent)


@pytest.mark.usefixtures("elsewhere")
def test_personal_data_in_a_question_is_masked_before_it_is_sent(fake: Fake, library: Settings):
    fake.requests.clear()
    opened(library).ask(asking("電話090-1234-5678の山田太郎さんの住民票の写しの手数料はいくらですか"))
    assert any("〔電話番号〕" in text for text in fake.sent)
    assert not any("090" in text or "山田太郎" in text for text in fake.sent)


def test_a_proxy_is_not_put_before_an_endpoint_on_this_machine(fake: Fake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert remote(fake).passages(["ごみ"]).shape == (1, 512)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8080/v1", True), ("http://127.0.0.1/v1", True), ("http://127.9.9.9/v1", True), ("http://[::1]:9/v1", True),
        ("http://10.0.0.5/v1", False), ("http://localhost.example.jp/v1", False), ("http://127.0.0.1.example.jp/v1", False),
        ("http://127.0.0.1@example.jp/v1", False), ("http://0.0.0.0/v1", False), ("http://[", False), ("", False),
    ],
)  # fmt: skip
def test_which_addresses_are_this_machine(url: str, here: bool):
    assert on_this_machine(url) is here


def test_it_is_a_llama_index_embedding(fake: Fake, tmp_path: Path):
    from llama_index.core.base.embeddings.base import BaseEmbedding

    embedding = rag.remote.EndpointEmbedding(EmbedderSettings(model="fake", base_url=fake.url))
    assert isinstance(embedding, BaseEmbedding) and len(embedding.get_text_embedding("ごみ")) == 512
    assert RemoteEmbedder(EmbedderSettings(model="fake", base_url=fake.url), embedding).passages(["ごみ"]).shape == (
        1,
        512,
    )
