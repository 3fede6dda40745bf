import json
import subprocess
import sys
from pathlib import Path

import pytest

from eval.bench import bench, read_collection
from rag.embedding import Embedder
from rag.errors import UnreadableDocument
from tests.conftest import SHARED

DOCUMENTS = [
    ("1", "住民票の写しはいくらですか", "窓口では400円です。"),
    ("2", "ごみの日", "燃えるごみは火曜です。"),
    ("3", "", "犬の登録は3,000円です。"),
]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    corpus = "\n".join(json.dumps({"_id": i, "title": t, "text": x}) for i, t, x in DOCUMENTS)
    queries = "\n".join(
        json.dumps({"_id": i, "text": t}) for i, t in (("a", "住民票の手数料"), ("b", "犬を飼い始めた"), ("c", "天気"))
    )
    return {
        "corpus": write("corpus.jsonl", corpus),
        "queries": write("queries.jsonl", queries),
        "qrels": write("qrels.tsv", "query-id\tcorpus-id\tscore\na\t1\t2\nb\t2\t1\n"),
    }


def test_figures_agree_with_those_computed_by_hand(files: dict[str, Path], embedder: Embedder):
    result = bench(read_collection(**files), embedder)
    assert (result["documents"], result["queries"]) == (3, 2)
    # a finds its document first; b finds the dog's before the judged one, which then stands second or third
    second_or_third = (0.5 + 0.5 / 1.584963, 0.75), (0.5 + 0.25, 0.5 + 1 / 6)
    assert result["P@1"] == 0.5 and result["Recall@10"] == 1.0
    assert any((result["nDCG@10"], result["MRR"]) == pytest.approx(pair, abs=1e-3) for pair in second_or_third)


def test_the_command_prints_the_same_keys(files: dict[str, Path]):
    arguments = [f"--{name}={file}" for name, file in files.items()]
    done = subprocess.run(
        [sys.executable, "-m", "eval", "bench", *arguments, "--json"], capture_output=True, check=True
    )
    keys = {"documents", "queries", "nDCG@10", "Recall@10", "P@1", "MRR", "intervals", "styles", "seconds"}
    assert set(json.loads(done.stdout)) == keys
    assert set(json.loads(done.stdout)["seconds"]) == {"index", "query_p50_ms", "query_p95_ms"}
    assert not done.stderr


def test_every_style_has_its_figures_and_its_worst_questions(files: dict[str, Path], embedder: Embedder):
    rows = [
        {"_id": "a", "text": "住民票の手数料", "style": "職員"},
        {"_id": "b", "text": "犬を飼い始めた", "style": "口語"},
    ]
    files["queries"].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    result = bench(read_collection(**files), embedder)
    assert set(result["styles"]) == {"職員", "口語"} and result["styles"]["職員"]["worst"] == []
    assert result["styles"]["職員"]["nDCG@10"]["value"] == 1
    (worst,) = result["styles"]["口語"]["worst"]
    assert (worst["query"], worst["found"], worst["wanted"]) == (
        "犬を飼い始めた",
        "犬の登録は3,000円です。",
        "ごみの日",
    )
    assert result["intervals"]["P@1"]["low"] <= result["P@1"] <= result["intervals"]["P@1"]["high"]


def test_a_broken_line_is_named(files: dict[str, Path]):
    files["queries"].write_text('{"_id": "a", "text": "x"}\n{"_id"\n', encoding="utf-8")
    with pytest.raises(UnreadableDocument, match=r"queries.jsonl の2行目"):
        read_collection(**files)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the public test collection is not here")
def test_a_municipal_faq_set_reaches_its_published_baseline(embedder: Embedder):
    folder = SHARED / "kosodate-faq"
    collection = read_collection(folder / "corpus.jsonl", folder / "queries-dev.jsonl", folder / "qrels-dev.tsv")
    result = bench(collection, embedder)
    assert result["nDCG@10"] >= 0.74 and result["Recall@10"] >= 0.81 and result["P@1"] >= 0.70
