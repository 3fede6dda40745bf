"""What all tests share: the real built-in model, small corpora, and editions made from them by the real pipeline."""

from __future__ import annotations

import functools
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import hypothesis
import pytest

from ingest.build import Report, ingest
from rag.assistant import Assistant, open_assistant
from rag.config import BUILT_IN, PROJECT, Settings
from rag.domain import Question, Viewer
from rag.embedding import Embedder, open_embedder

DAY = date(2026, 11, 23)
# How long a test takes says nothing on a machine that others use too.
hypothesis.settings.register_profile(
    "hikitsugi", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("hikitsugi")
SHARED = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def embedder(_models_are_loaded_once: None) -> Embedder:
    import rag.assistant

    return rag.assistant.open_embedder(BUILT_IN)


@pytest.fixture(scope="session", autouse=True)
def _scans_stay_scans() -> Iterator[None]:
    """Whether Tesseract is on this machine must not change what other tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIKITSUGI_OCR", "off")
        yield


@pytest.fixture(scope="session", autouse=True)
def _models_are_loaded_once() -> Iterator[None]:
    """Every assistant of a test process shares its models, as those of an app do; loading takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.assistant.open_embedder", functools.cache(open_embedder))
        yield


def build(folder: Path, embedder: Embedder, files: Mapping[str, str | bytes]) -> Settings:
    """An edition of these files in ``folder``, for tests that only read."""
    for path, content in files.items():
        file = folder / "corpora" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    settings = Settings(data=folder / "var", corpus=folder / "corpora")
    ingest(settings, embedder)
    return settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    corpus = tmp_path / "corpora"
    corpus.mkdir()
    return Settings(data=tmp_path / "var", corpus=corpus)


@pytest.fixture
def put(settings: Settings) -> Callable[[str, str | bytes], Path]:
    """Write a file into the corpus: ``put("市民課/memo.txt", "…")``."""

    def write(path: str, content: str | bytes) -> Path:
        file = settings.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


@pytest.fixture
def sync(settings: Settings, embedder: Embedder) -> Callable[[], Report]:
    return lambda: ingest(settings, embedder, wait=5)


@pytest.fixture
def assistant(settings: Settings) -> Callable[[], Assistant]:
    return lambda: open_assistant(settings)


@pytest.fixture
def as_program(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run ``python -m module arguments…`` in this process; gives its exit status.

    The program is begun anew even where another test imported its module, of which runpy would warn.
    """

    def run(module: str, *arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [module, *map(str, arguments)])
        monkeypatch.delitem(sys.modules, f"{module}.__main__", raising=False)
        with pytest.raises(SystemExit) as end:
            runpy.run_module(f"{module}.__main__", run_name="__main__")
        sys.stdout.flush()
        return int(end.value.code or 0)

    return run


def asking(
    text: str, day: date = DAY, viewer: Viewer | None = None, departments: frozenset[str] | None = None
) -> Question:
    return Question(text, day, viewer or Viewer(), departments)
