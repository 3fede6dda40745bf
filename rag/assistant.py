"""The assistant: from a question to a reply. ``open_assistant`` is the one place where the parts are put together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.answer import confidence, extract
from rag.answer.generate import OnSentence, generate
from rag.answer.model import Endpoint, LanguageModel
from rag.config import Settings
from rag.dialogue import resolve
from rag.domain import Chunk, DocumentInfo, Hit, Library, NotFound, Question, Reply, Viewer
from rag.edition import DataFolder, Edition, open_edition
from rag.embedding import Embedder, open_embedder
from rag.errors import InvalidQuestion
from rag.retrieval import Hits, search
from rag.text import normalise

if TYPE_CHECKING:
    from rag.answer.extract import Passage

_HITS = 10


class Assistant:
    """Answers from the published edition. Safe to share between the threads of a server."""

    def __init__(
        self,
        settings: Settings,
        edition: Edition,
        embedder: Embedder,
        model: LanguageModel | None = None,
    ) -> None:
        self._settings = settings
        self._model = model
        self._edition = edition
        self._embedder = embedder
        self._lock = threading.Lock()

    @property
    def edition(self) -> str:
        """The name of the edition that answers."""
        return self._edition.name

    def refresh(self) -> None:
        """Move on to the edition that was published since, if any. The old one is left to those who still use it."""
        with self._lock:
            folder = DataFolder(self._settings.data).current()
            if folder and folder.name != self._edition.name:
                self._edition = open_edition(self._settings.data)

    def search(self, question: Question, k: int = _HITS) -> Hits:
        """The passages that may answer, best first. Raises InvalidQuestion."""
        whole = _whole(checked(question, self._settings.max_question_chars))
        return search(self._edition, self._embedder, whole, k)

    def ask(self, question: Question) -> Reply:
        """The reply to a question. Raises InvalidQuestion."""
        return self.reply(question, self.search(question))

    def reply(self, question: Question, hits: Hits, on_sentence: OnSentence | None = None) -> Reply:
        """Say what the found passages say, or that they do not say it.

        Whether they do is never left to a language model. Where one is configured, it words the answer, and ``on_sentence``
        is called with each of its sentences as soon as that was checked.
        """
        passages = self.passages(question, hits)
        sure = confidence.judge(hits, passages)
        if sure.label == "none":
            return NotFound(hits[:3], whom_to_ask(hits), sure)
        if sure.label == "stated" and not extract.meets_conditions(_whole(question).text, passages[0]):
            # The fee may be another for a 代理人, of whom the passage says nothing.
            sure = replace(sure, label="inferred")
        answer = extract.compose(passages, hits, sure)
        if self._model is None or self._settings.llm is None:
            return answer
        return generate(_whole(question).text, answer, self._model, self._settings.llm, on_sentence)

    def passages(self, question: Question, hits: Hits) -> tuple[Passage, ...]:
        """The sentences and rows of the found passages, judged against the question."""
        return extract.passages(_whole(question), hits, self._edition.terms, self._embedder)

    def library(self, viewer: Viewer) -> Library:
        """The documents that this viewer may see, and what was refused."""
        library = self._edition.catalog.library()
        shown = tuple(record for record in library.documents if viewer.may_see(record.document))
        return Library(library.edition, library.published, shown, library.refused)

    def chunks(self, document: DocumentInfo) -> tuple[Chunk, ...]:
        """All chunks of a document, for showing a row within its table."""
        return self._edition.catalog.document_chunks(document.id)

    def original(self, document: DocumentInfo) -> Path:
        """The file that the document was read from."""
        return DataFolder(self._settings.data).original(document)

    def warm(self) -> None:
        """Load the model and the indexes, so that the first question does not wait for them."""
        self._embedder.query("準備")
        self._edition.vectors.count("head")
        self._edition.terms.score(["準備"])
        if isinstance(self._model, Endpoint):
            self._model.load()


def open_assistant(settings: Settings, embedder: Embedder | None = None) -> Assistant:
    """Put the parts together. Raises NoEdition, DamagedEdition, EmbedderUnavailable."""
    model = Endpoint(settings.llm) if settings.llm else None
    edition = open_edition(settings.data)
    return Assistant(settings, edition, embedder or open_embedder(settings.embedder), model)


def _whole(question: Question) -> Question:
    """The question as it is looked up: completed from the history. What is whole stays as it is."""
    if not question.history:
        return question
    return replace(question, text=resolve(question.text, question.history).text, history=())


def checked(question: Question, most: int) -> Question:
    """The question if it can be looked up. Raises InvalidQuestion if it, or one before it, is empty or endless."""
    for earlier in question.history:
        checked(replace(question, text=earlier, history=()), most)
    text = normalise(question.text)
    if not any(character.isalnum() for character in text):
        raise InvalidQuestion("質問が入力されていません。", "知りたいことを文か言葉で入力してください。")
    if len(text) > most:
        raise InvalidQuestion(
            f"質問が長すぎます（{len(text):,}文字）。",
            f"{most:,}文字までに短くして、知りたいことを一つずつ入力してください。",
        )
    return question


def whom_to_ask(hits: Sequence[Hit]) -> str | None:
    """The contact of the department whose passages come nearest."""
    near = Counter[str]()
    for hit in hits[:5]:
        near[hit.chunk.document.contact or hit.chunk.document.department] += round(hit.score * 1000)
    return near.most_common(1)[0][0] if near else None
