"""The assistant: from a question to a reply. ``open_assistant`` is the one place where the parts are put together."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag import library
from rag.answer import confidence, extract
from rag.answer.amendments import amended_day, amendments
from rag.answer.clarify import clarify, of_case
from rag.answer.draft import Draft, draft
from rag.answer.evidence import Evidence, evidence
from rag.answer.generate import OnSentence, generate
from rag.answer.model import Endpoint, LanguageModel
from rag.config import BUILT_IN, Settings
from rag.dialogue import Understood, understand
from rag.domain import Answer, Chunk, DocumentInfo, Found, Hit, Library, NotFound, Question, Reply, Viewer
from rag.edition import DataFolder, Edition, open_edition
from rag.embedding import Embedder, NoEmbedder, open_embedder
from rag.errors import EmbedderUnavailable, InvalidQuestion, InvalidSettings, RerankerUnavailable
from rag.rerank import Reranker
from rag.retrieval import Hits, search, search_without_meaning
from rag.succession import faults
from rag.temporal import with_day
from rag.text import normalise

if TYPE_CHECKING:
    from rag.answer.extract import Passage
    from rag.edition.catalog import Meta

log = logging.getLogger("hikitsugi.assistant")

_HITS = 20  # as many as the choice of a passage looks into
_NO_MODEL = "言語モデルが設定されていないため、案は作れません。"
_NO_MODEL_REMEDY = "hikitsugi.toml の [llm] に言語モデルを設定してください（「司書役の手引き」）。"
_NEAREST = 3  # passages shown where none answers
_REMEMBERED = 64  # searches: a dialogue takes up to three a question
_AMENDED_AMONG = 30  # found passages
# Of the confidence at which a question is answered: from here on it is asked back if its readings differ. A judgement: who is asked
# back is told nothing wrong.
_ASKS_BACK = 0.5
_BY_WORDS = "言葉だけで探したため、言い方の違う箇所は見つからないことがあります。"
_BY_DEFAULT = "標準のモデルで探しました。"


class Assistant:
    """Answers from the published edition. Safe to share between the threads of a server."""

    def __init__(
        self,
        settings: Settings,
        edition: Edition,
        embedder: Embedder,
        model: LanguageModel | None = None,
        reranker: Reranker | None = None,
        absent: EmbedderUnavailable | None = None,
    ) -> None:
        """``absent``: why ``embedder`` is the default instead of the model of the settings."""
        self._settings = settings
        self._model = model
        self._edition = edition
        self._embedder = embedder
        self._reranker = reranker
        self._absent = absent
        self._rule = confidence.load_rule(settings.data, edition.catalog.meta)
        self._lock = threading.Lock()
        # A question is understood for every step of its answer; where that takes searches of its own, they are done once, also for
        # the answer and for the next question of the same person, which is read in the light of this one. Failures are not kept.
        self._remembered = lru_cache(maxsize=256)(self._understood)
        self._searched = lru_cache(maxsize=_REMEMBERED)(self._search)
        self._compared = lru_cache(maxsize=_REMEMBERED)(self._compare)
        self.prompt = library.prompt(settings.data, "answer", settings.llm.prompt) if settings.llm else None
        """The instructions by which a language model answers, where there is one."""

    @property
    def edition(self) -> str:
        """The name of the edition that answers."""
        return self._edition.name

    @property
    def fingerprint(self) -> str:
        """Names the models that find passages. Raises ModelUnavailable if one of the settings is not there."""
        if self._absent:
            raise self._absent
        return " + ".join(part.fingerprint for part in (self._embedder, self._reranker) if part)

    @property
    def meta(self) -> Meta:
        """What that edition says of itself."""
        return self._edition.catalog.meta

    @property
    def rule(self) -> confidence.Rule:
        """What decides whether a question is answered."""
        return self._rule

    def refresh(self) -> None:
        """Move on to the edition and the calibration that were made since, if any. Old ones are left to those who still use them."""
        with self._lock:
            folder = DataFolder(self._settings.data).current()
            if folder and folder.name != self._edition.name:
                self._edition = open_edition(self._settings.data)
                self._searched.cache_clear()  # they hold the edition that they are of
                self._compared.cache_clear()
            self._rule = confidence.load_rule(self._settings.data, self._edition.catalog.meta)

    def understood(self, question: Question) -> Understood:
        """The question completed from its history, with the day that it speaks of: 改正前 is that of the first amended document found."""
        return self._remembered(question, self._edition.name)

    def _understood(self, question: Question, _edition: str) -> Understood:
        def look(text: str) -> float:
            return self._settled(replace(question, text=text, history=(), fixed_day=True))

        found = understand(question.text, question.history, question.as_of, question.fixed_day, look)
        if found.when and found.when.amended:
            asked = replace(question, text=found.text, history=())
            documents = [hit.chunk.document for hit in self._retrieve(asked, _AMENDED_AMONG)]
            if day := amended_day(documents, found.when.amended, asked, self._edition.catalog):
                return replace(found, when=replace(found.when, day=day, first=day, last=day))
        return found

    def _settled(self, question: Question) -> float:
        """How well the best passage settles a complete question."""
        passages = self._judged(question, self._retrieve(question, _HITS))[0]
        return passages[0].score if passages else 0.0

    def _whole(self, question: Question) -> Question:
        """The question as it is looked up, for the day that it speaks of. What is whole stays as it is."""
        return _complete(question, self.understood(question))

    def search(self, question: Question, k: int = _HITS) -> Found:
        """The passages that may answer, best first. Raises InvalidQuestion.

        Where a configured model is missing, fails or takes too long, the search does without it, and ``notices`` say so.
        """
        whole = self._whole(checked(question, self._settings.max_question_chars))
        if self._reranker is None:
            return self._retrieve(whole, k)
        found = self._retrieve(whole, max(k, self._reranker.candidates))
        hits, notice = self._reranker.order(whole.text, found)
        return Found(hits[:k], (*found.notices, *([notice] if notice else [])))

    def _retrieve(self, question: Question, k: int) -> Found:
        absent, edition = self._absent, self._edition
        if absent is None or edition.catalog.meta.fingerprint == self._embedder.fingerprint:
            try:
                hits = self._searched(replace(question, own=None), k, edition)
                return Found(hits, (f"{absent.reason}{_BY_DEFAULT}",) if absent else ())
            except EmbedderUnavailable as failure:
                log.warning("searched by words alone: %s", failure, exc_info=True)
                absent = failure
        return Found(search_without_meaning(edition, question, k), (f"{absent.reason}{_BY_WORDS}",))

    def _search(self, question: Question, k: int, edition: Edition) -> Hits:
        return search(edition, self._embedder, question, k)

    def _compare(self, question: Question, hits: Hits, edition: Edition) -> tuple[Passage, ...]:
        return extract.passages(question, hits, edition, self._embedder)

    def ask(self, question: Question) -> Reply:
        """The reply to a question. Raises InvalidQuestion."""
        return self.reply(question, self.search(question))

    def reply(self, question: Question, hits: Hits, on_sentence: OnSentence | None = None) -> Reply:
        """Say what the found passages say, or that they do not say it.

        Whether they do is never left to a language model. Where one is configured, it words the answer, and ``on_sentence``
        is called with each of its sentences as soon as that was checked.
        """
        understood = self.understood(question)
        whole = _complete(question, understood)
        notices = hits.notices if isinstance(hits, Found) else ()
        passages, failure = self._judged(whole, hits)
        if failure and not notices:
            notices = (f"{failure}{_BY_WORDS}",)
        sure = confidence.judge(self.evidence(whole, hits, passages), self._rule.model)
        nothing = NotFound(_nearest(hits, passages), whom_to_ask(hits), sure, notices)
        if sure.value < _ASKS_BACK * self._rule.model.inferred:
            return nothing
        again = with_day(whole.text, understood.when) if question.history else question.text
        if back := clarify(whole.text, again, passages):
            return replace(back, notices=notices)
        if sure.label == "none":
            return nothing
        answer = replace(extract.compose(passages, hits, sure), notices=notices)
        if not extract.holds_what_is_asked(whole.text, answer):
            return replace(nothing, confidence=replace(sure, label="none"))
        if self._model is not None and self._settings.llm is not None:
            instructions = self.prompt.text if self.prompt else None
            answer = generate(whole.text, answer, self._model, self._settings.llm, on_sentence, instructions)
        return replace(answer, amendments=amendments(answer, whole, understood.when, self._edition.catalog))

    def drafts(self) -> tuple[library.Entry, ...]:
        """The prompts by which an answer can be worded for another reader; none without a language model."""
        return library.prompts(self._settings.data, "draft") if self._model else ()

    def draft_prompt(self, name: str) -> library.Entry:
        """The draft's prompt of this name. Raises InvalidSettings where there is none, or no language model."""
        if self._model is None:
            raise InvalidSettings(_NO_MODEL, _NO_MODEL_REMEDY)
        return library.prompt(self._settings.data, "draft", name)

    def draft(
        self, question: Question, answer: Answer, prompt: library.Entry, on_sentence: OnSentence | None = None
    ) -> Draft:
        """Word an answer anew, each sentence checked. Raises InvalidSettings without a language model."""
        if self._model is None or self._settings.llm is None:
            raise InvalidSettings(_NO_MODEL, _NO_MODEL_REMEDY)
        understood = self.understood(question)
        whole = _complete(question, understood)
        made = draft(whole, question.as_of, answer, prompt, self._model, self._settings.llm, on_sentence)
        if made.answer is None:
            return made
        told = amendments(made.answer, whole, understood.when, self._edition.catalog)
        return replace(made, answer=replace(made.answer, amendments=told))

    def passages(self, question: Question, hits: Hits) -> tuple[Passage, ...]:
        """The sentences and rows of the found passages, judged against the question."""
        return self._judged(question, hits)[0]

    def _judged(self, question: Question, hits: Hits) -> tuple[tuple[Passage, ...], str | None]:
        """The passages, and why they were judged by words alone if they were."""
        whole = self._whole(question)
        try:
            found, failed = self._compared(whole, tuple(hits), self._edition), None
        except EmbedderUnavailable as failure:
            found, failed = extract.passages(whole, hits, self._edition, NoEmbedder()), failure.reason
        return of_case(whole.text, found), failed

    def evidence(self, question: Question, hits: Hits, passages: Sequence[Passage]) -> Evidence | None:
        """What speaks for the best of the passages; None if there is none."""
        if not passages:
            return None
        judged = {passage.chunk.id for passage in passages}
        rivals = tuple(
            hit for hit in hits if hit.chunk.id in judged
        )  # without what is about another case than is asked for
        return evidence(self._whole(question).text, rivals, passages)

    def choices(self, question: Question, hits: Hits) -> list[tuple[float, ...]]:
        """What speaks for each of the found chunks over the others, in the order of ``rag.answer.judge.EVIDENCE``."""
        return extract.evidence(self._whole(question), hits, self._edition, self._embedder)

    def library(self, viewer: Viewer) -> Library:
        """The documents that this viewer may see, and what was refused or is to be mended, whoever may see it."""
        library = self._edition.catalog.library()
        shown = tuple(record for record in library.documents if viewer.may_see(record.document))
        refused = {refusal.path for refusal in library.refused}
        wrong = faults((record.document for record in library.documents), refused)
        return Library(library.edition, library.published, shown, library.refused, wrong)

    def chunks(self, document: DocumentInfo) -> tuple[Chunk, ...]:
        """All chunks of a document, for showing a row within its table."""
        return self._edition.catalog.document_chunks(document.id)

    def original(self, document: DocumentInfo) -> Path:
        """The file that the document was read from."""
        return DataFolder(self._settings.data).original(document)

    def warm(self) -> None:
        """Load the model and the indexes, so that the first question does not wait for them."""
        try:
            self._embedder.query("準備")
            if self._reranker:
                self._reranker.load()
        except (EmbedderUnavailable, RerankerUnavailable) as failure:
            log.warning("not ready: %s", failure)  # every search says so
        self._edition.vectors.count("head")
        self._edition.terms.score(["準備"])
        if isinstance(self._model, Endpoint):
            self._model.load()


def open_assistant(settings: Settings, embedder: Embedder | None = None) -> Assistant:
    """Put the parts together. Raises NoEdition, DamagedEdition. What is configured and missing is said with every reply."""
    model = Endpoint(settings.llm) if settings.llm else None
    reranker = Reranker(settings.reranker) if settings.reranker else None
    edition = open_edition(settings.data)
    absent = None
    try:
        embedder = embedder or open_embedder(settings.embedder)
    except EmbedderUnavailable as failure:
        log.warning("no embedding model: %s", failure, exc_info=True)
        embedder, absent = open_embedder(BUILT_IN), failure
    return Assistant(settings, edition, embedder, model, reranker, absent)


def _complete(question: Question, found: Understood) -> Question:
    day = found.day(question.as_of)
    return replace(question, text=found.text, own=found.own or question.own, as_of=day, history=(), fixed_day=True)


def _nearest(hits: Sequence[Hit], passages: Sequence[Passage]) -> tuple[Hit, ...]:
    """The hits whose passages come nearest to settling the question; those of no passage last."""
    by_chunk = {hit.chunk.id: hit for hit in hits}
    judged = dict.fromkeys(passage.chunk.id for passage in passages if passage.chunk.id in by_chunk)
    return tuple(by_chunk[id_] for id_ in [*judged, *(id_ for id_ in by_chunk if id_ not in judged)])[:_NEAREST]


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
