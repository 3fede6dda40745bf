"""The two indexes and their fusion as llama-index retrievers. The only module that knows llama-index.

They stand beside the plain functions that they call, not before them: importing llama-index takes two seconds, which a
question on the command line does not have. Anything that llama-index composes (query engines, evaluators, agents) can be
built on them. Its global configuration object is never touched, because it resolves to a foreign service.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.domain import Hit, Question
from rag.edition import Edition
from rag.embedding import Embedder
from rag.retrieval import Hits, search, search_meaning, search_words

Search = Callable[[Question], Hits]


class EditionRetriever(BaseRetriever):
    """A search over an edition as llama-index sees it. ``asked`` carries viewer, day and departments."""

    def __init__(self, find: Search, asked: Question) -> None:
        super().__init__(callback_manager=CallbackManager())
        self._find = find
        self._asked = asked

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._find(replace(self._asked, text=query_bundle.query_str))
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in found]


def words_retriever(edition: Edition, asked: Question, k: int = 10) -> EditionRetriever:
    """BM25 over head and body."""
    return EditionRetriever(lambda question: search_words(edition, question, k), asked)


def meaning_retriever(edition: Edition, embedder: Embedder, asked: Question, k: int = 10) -> EditionRetriever:
    """Nearest heads and bodies."""
    return EditionRetriever(lambda question: search_meaning(edition, embedder, question, k), asked)


def hybrid_retriever(edition: Edition, embedder: Embedder, asked: Question, k: int = 10) -> EditionRetriever:
    """What the product answers from: both, fused by weights that depend on the question."""
    return EditionRetriever(lambda question: search(edition, embedder, question, k), asked)


def _node(hit: Hit) -> TextNode:
    chunk, document = hit.chunk, hit.chunk.document
    metadata: dict[str, Any] = {
        "document_id": document.id,
        "title": document.title,
        "path": document.path,
        "department": document.department,
        "page": chunk.page,
        "heading": " ".join(chunk.heading),
        "question": chunk.question,
        "words": hit.words,
        "meaning": hit.meaning,
    }
    return TextNode(id_=chunk.id, text=chunk.text, metadata=metadata)
