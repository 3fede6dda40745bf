from pathlib import Path

import numpy as np
import pytest

from rag.edition.vectors import Vectors


def unit_vectors(count: int, seed: int = 0) -> np.ndarray:
    matrix = np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def test_what_was_added_is_found_after_the_folder_is_opened_again(folder: Path):
    matrix = unit_vectors(50)
    vectors = Vectors(folder)
    vectors.add("head", [f"u{i}" for i in range(50)], matrix)
    vectors.close()
    reopened = Vectors(folder)
    ids, cosines = reopened.nearest("head", matrix[7], 3)
    assert ids[0] == "u7" and cosines[0] == pytest.approx(1, abs=1e-5)
    assert list(cosines) == sorted(cosines, reverse=True)
    assert reopened.nearest("body", matrix[7], 3)[0] == []
    reopened.close()


def test_more_than_chroma_takes_in_one_call(folder: Path):
    vectors = Vectors(folder)
    ids = [f"u{i}" for i in range(6_000)]
    vectors.add("head", ids, unit_vectors(6_000))
    assert vectors.count("head") == 6_000
    vectors.delete("head", ids[1:])
    assert vectors.ids("head") == {"u0"}
    vectors.close()


def test_a_deleted_unit_is_not_found(folder: Path):
    matrix = unit_vectors(20)
    vectors = Vectors(folder)
    vectors.add("body", [f"u{i}" for i in range(20)], matrix)
    vectors.delete("body", ["u3"])
    assert "u3" not in vectors.nearest("body", matrix[3], 20)[0]
    vectors.close()


def test_a_stray_that_the_graph_does_not_reach_is_found_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch):
    matrix = unit_vectors(20)
    vectors = Vectors(folder)
    vectors.add("head", [f"u{i}" for i in range(20)], matrix)
    vectors.set_strays({"head": ["u3"], "body": []})
    vectors.close()
    reopened = Vectors(folder)
    collection = reopened._collections["head"]
    graph = collection.query

    def without_u3(**arguments):
        found = graph(**arguments)
        keep = [i for i, unit in enumerate(found["ids"][0]) if unit != "u3"]
        return {key: [[found[key][0][i] for i in keep]] for key in ("ids", "distances")}

    monkeypatch.setattr(collection, "query", without_u3)
    assert reopened.nearest("head", matrix[3], 5)[0][0] == "u3"
    assert reopened.strays("head") == ["u3"]
    reopened.close()


def test_an_edition_that_nobody_uses_releases_its_folder(tmp_path: Path, embedder):
    import gc

    from rag.assistant import open_assistant
    from tests.conftest import asking, build

    settings = build(tmp_path, embedder, {"市民課/手数料.md": "手数料は400円とする。\n"})
    assistant = open_assistant(settings)
    assistant.search(asking("手数料"))
    closed: list[bool] = []
    client = assistant._edition.vectors._client
    close = client.close
    client.close = lambda: (closed.append(True), close())
    del assistant
    gc.collect()
    assert closed
