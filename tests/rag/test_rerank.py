"""The reranker on a real cross-encoder, so small that its weights are set by hand: a passage is the better the more often 良 is in it."""

import dataclasses
import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import confidence
from rag.assistant import open_assistant
from rag.config import RerankerSettings, Settings
from rag.domain import Answer, Chunk, DocumentInfo, Hit, Kind
from rag.errors import RerankerUnavailable
from rag.rerank import Reranker, reading, rescored
from tests.conftest import asking, build

ABOUT = DocumentInfo("d", "手引き", "市民課/m.md", "0", "市民課")
FAQ = """質問,回答
住民票の写しの手数料はいくらですか。,窓口では1通400円です。
住民票の写しは郵送でも取れますか。,定額小為替400円分を同封してください。良良良
住民票の写しはどこで取れますか。,市民課の窓口です。良
"""


def hit(text: str, score: float) -> Hit:
    return Hit(Chunk(text, ABOUT, text), score, score, score)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a BERT of one layer with uniform attention, which so counts one letter."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Split
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: number for number, piece in enumerate([*special, "良"])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # type: ignore[call-arg]
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    size = 4
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary), hidden_size=size, num_hidden_layers=1, num_attention_heads=1,
            intermediate_size=size, max_position_embeddings=512, num_labels=1,
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        model.bert.embeddings.word_embeddings.weight[:, 1] = 1.0
        model.bert.embeddings.word_embeddings.weight[5] = torch.tensor([1.0, 0.0, 0.0, 0.0])
        layer = model.bert.encoder.layer[0]
        for linear in (layer.attention.self.value, layer.attention.output.dense, model.bert.pooler.dense):
            linear.weight.copy_(torch.eye(size))
        model.classifier.weight[0, 0] = 5.0
    folder = tmp_path_factory.mktemp("models") / "tiny-reranker"
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, embedder) -> Settings:
    return build(tmp_path_factory.mktemp("reranked"), embedder, {"市民課/FAQ.csv": FAQ})


def with_reranker(settings: Settings, model: object, **how: object) -> Settings:
    return settings.model_copy(update={"reranker": RerankerSettings(model=str(model), seconds=60, **how)})


def test_the_best_are_put_in_the_order_of_the_model(tiny: Path):
    hits = (hit("a 良", 0.9), hit("b", 0.8), hit("c 良良良", 0.7), hit("d 良良良良", 0.6))
    reranker = Reranker(RerankerSettings(model=str(tiny), candidates=3, batch_size=2, seconds=60))
    ordered, notice = reranker.order("質問", hits)
    assert [found.chunk.text[0] for found in ordered] == ["c", "a", "b", "d"] and notice is None


def test_one_hit_and_none_need_no_order(tiny: Path):
    reranker = Reranker(RerankerSettings(model=str(tiny), seconds=60))
    for hits in ((), (hit("a", 0.9),)):
        assert reranker.order("質問", hits) == (hits, None)


def test_the_product_asks_it(tiny: Path, corpus: Settings):
    question = asking("住民票の写しの手数料はいくらですか")
    plain = open_assistant(corpus).search(question, 3)
    found = open_assistant(with_reranker(corpus, tiny)).search(question, 3)
    assert "400円です" in plain[0].chunk.text and "良良良" in found[0].chunk.text
    assert {h.chunk.id for h in found} == {h.chunk.id for h in plain} and found.notices == ()
    # k cuts off; it does not change what is read
    assert open_assistant(with_reranker(corpus, tiny)).search(question, 1) == found[:1]


def test_a_reply_is_not_surer_of_what_only_the_reranker_prefers(tiny: Path, corpus: Settings):
    question = asking("住民票の写しの手数料はいくらですか")
    plain, reranked = open_assistant(corpus), open_assistant(with_reranker(corpus, tiny))
    before, after = plain.search(question), reranked.search(question)
    own = {h.chunk.id: h.score for h in before}
    assert all(h.score <= own[h.chunk.id] for h in after) and after[0].score < before[0].score
    sure = [
        confidence.judge(one.evidence(question, hits, one.passages(question, hits)), one.rule.model).value
        for one, hits in ((plain, before), (reranked, after))
    ]
    assert sure[1] < sure[0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12).map(lambda s: sorted(s, reverse=True)), st.randoms())
def test_scores_fall_along_the_order_and_never_rise_above_their_own(scores: list[float], random):
    hits = [hit(str(place), score) for place, score in enumerate(scores)]
    assert rescored(hits, scores) == tuple(hits)  # what is confirmed stays as it was
    random.shuffle(hits)
    found = rescored(hits, scores)
    assert [a.chunk for a in found] == [b.chunk for b in hits]
    assert all(a.score >= b.score for a, b in itertools.pairwise(found))
    assert all(0 <= a.score <= b.score for a, b in zip(found, hits, strict=True))


def test_an_absent_model_is_said_and_done_without(corpus: Settings, tmp_path: Path):
    question = asking("住民票の写しの手数料はいくらですか")
    one = open_assistant(with_reranker(corpus, tmp_path / "none"))
    one.warm()
    found = one.search(question)
    assert found == open_assistant(corpus).search(question)
    assert len(found.notices) == 1 and "並べ替えのモデル" in found.notices[0] and "検索した順" in found.notices[0]
    reply = one.reply(question, found)
    assert isinstance(reply, Answer) and "400円" in reply.text and reply.notices == found.notices
    with pytest.raises(RerankerUnavailable, match="reranker"):  # what is measured must not be something else
        _ = one.fingerprint


def broken(tiny: Path, folder: Path, how: str) -> Path:
    import json
    import shutil

    shutil.copytree(tiny, folder)
    if how == "weights":
        (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    elif how == "configuration":
        (folder / "config.json").write_text("{")
    else:
        config = json.loads((folder / "config.json").read_text())
        config |= {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}
        (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("how", ["weights", "configuration", "labels"])
def test_a_broken_model_is_said_and_done_without(tiny: Path, corpus: Settings, tmp_path: Path, how: str):
    one = open_assistant(with_reranker(corpus, broken(tiny, tmp_path / "model", how)))
    found = one.search(asking("住民票の写しの手数料はいくらですか"))
    assert "400円です" in found[0].chunk.text and "並べ替えのモデル" in found.notices[0]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_classifier_is_not_taken_for_a_reranker(tiny: Path, tmp_path: Path):
    from transformers import BertForSequenceClassification

    folder = broken(tiny, tmp_path / "model", "configuration")
    BertForSequenceClassification.from_pretrained(tiny, num_labels=3, ignore_mismatched_sizes=True).save_pretrained(
        folder
    )
    hits = (hit("a", 0.9), hit("b 良", 0.8))
    ordered, notice = Reranker(RerankerSettings(model=str(folder), seconds=60)).order("質問", hits)
    assert ordered == hits and notice and "一つの点" in notice


def test_a_model_that_takes_too_long_is_not_waited_for(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    from sentence_transformers import CrossEncoder

    answer, asked = CrossEncoder.predict, []

    def slowly(self, pairs, **how):
        asked.append(len(pairs))
        time.sleep(0.4)
        return answer(self, pairs, **how)

    monkeypatch.setattr(CrossEncoder, "predict", slowly)
    hits = tuple(hit(f"{place} {'良' * place}", 1 - place / 40) for place in range(20))
    reranker = Reranker(RerankerSettings(model=str(tiny), seconds=1, batch_size=1))
    reranker.load()
    begin = time.monotonic()
    ordered, notice = reranker.order("質問", hits)
    assert time.monotonic() - begin < 3
    assert ordered == hits and notice and "1秒以内" in notice
    time.sleep(1.5)
    assert len(asked) < 6  # nobody works on for a question that is answered


def test_the_fingerprint_names_files_and_use(tiny: Path):
    settings = RerankerSettings(model=str(tiny))
    others = [settings, *(settings.model_copy(update=u) for u in ({"candidates": 7}, {"max_length": 64}))]
    assert len({Reranker(other).fingerprint for other in others}) == 3
    assert Reranker(settings).fingerprint == Reranker(settings.model_copy(update={"seconds": 1})).fingerprint


def test_a_passage_is_read_with_what_stands_above_it():
    chunk = Chunk(
        "c", ABOUT, "アイロン\t小型家電", heading=("第2章", "分別"), kind=Kind.ROW, columns=("品目", "出し方")
    )
    assert reading(chunk) == "手引き 第2章 分別 品目: アイロン、出し方: 小型家電"
    asked = dataclasses.replace(chunk, text="4００円です", kind=Kind.FAQ, question="いくら？", columns=())
    assert reading(asked) == "手引き 第2章 分別 いくら? 400円です"
