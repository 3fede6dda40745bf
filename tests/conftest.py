"""What all tests share: the real built-in model, small corpora, and editions made from them by the real pipeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.build import Report, ingest
from rag.assistant import Assistant, open_assistant
from rag.config import PROJECT, Settings
from rag.domain import Question, Viewer
from rag.embedding import BuiltInEmbedder, Embedder

DAY = date(2026, 11, 23)
SHARED = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return BuiltInEmbedder()


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


def asking(
    text: str, day: date = DAY, viewer: Viewer | None = None, departments: frozenset[str] | None = None
) -> Question:
    return Question(text, day, viewer or Viewer(), departments)
