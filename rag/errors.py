"""Every error a person can meet: what failed, and what to do about it, in Japanese.

The English detail for the log is the exception that each one is raised ``from``.
"""

from __future__ import annotations


class HikitsugiError(Exception):
    """Base of the tree. ``reason`` says what failed and where; ``remedy`` what the person can do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()


class InvalidSettings(HikitsugiError):
    """A settings file or an environment variable has an unknown key or an impossible value."""


class InvalidQuestion(HikitsugiError):
    """The question is empty, too long, or has nothing that can be looked up."""


class UnreadableDocument(HikitsugiError):
    """A file in the corpus cannot be read; the others are not affected."""


class InvalidMetadata(HikitsugiError):
    """A ``collection.toml`` or another place of metadata says something impossible."""


class InvalidEntry(HikitsugiError):
    """A prompt, an example question or a pack of them is not what it has to be; nothing of it was taken over."""


class NoEdition(HikitsugiError):
    """Nothing has been published yet in this data folder."""


class DamagedEdition(HikitsugiError):
    """A published edition does not agree with itself and must not answer."""


class EmbedderMismatch(HikitsugiError):
    """The edition was embedded by another model than the one that is configured."""


class ModelUnavailable(HikitsugiError):
    """A configured model cannot be loaded, does not answer, or answers nothing that can be used."""


class EmbedderUnavailable(ModelUnavailable):
    """The embedding model: nothing can be taken in, and questions are answered by the words of the documents alone."""


class RerankerUnavailable(ModelUnavailable):
    """The reranker: the order of retrieval stands."""


class LanguageModelFailed(HikitsugiError):
    """The language model gave no answer that could be used; the documents are quoted instead."""


class IngestionBusy(HikitsugiError):
    """Another process holds the right to publish into this data folder."""


class StorageFull(HikitsugiError):
    """The disk is full or the folder cannot be written; the current edition still answers."""


class NotApproved(HikitsugiError):
    """The edition may not be published by this person."""


class NotProven(HikitsugiError):
    """The questions do not prove what was wished for; nothing was stored."""
