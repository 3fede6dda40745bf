"""What is known of a document besides its text: ``collection.toml`` beside the files, one for each 所管課."""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.domain import EVERYONE, DocumentInfo, Sensitivity, Validity
from rag.errors import InvalidMetadata

COLLECTION = "collection.toml"


class DocumentEntry(BaseModel):
    """``[[document]]``: what is said of one file; what is left out is taken from the collection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    title: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    supersedes: str | None = None
    sensitivity: int | None = Field(None, ge=1, le=3)
    audience: frozenset[str] | None = None
    contact: str | None = None
    licence: str | None = None
    source_url: str | None = None
    review_by: date | None = None


class Collection(BaseModel):
    """A ``collection.toml``: the defaults of a folder and the entries of its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    department: str | None = None
    contact: str | None = None
    sensitivity: int = Field(1, ge=1, le=3)
    audience: frozenset[str] = frozenset({EVERYONE})
    licence: str | None = None
    document: tuple[DocumentEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus: ``path`` as the edition names it (relative, NFC, forward slashes), and where it lies."""

    path: str
    file: Path
    sha256: str


def read_collection(file: Path) -> Collection:
    """Read and check a ``collection.toml``; a folder without one has the defaults. Raises InvalidMetadata."""
    if not file.is_file():
        return Collection()
    try:
        collection = Collection.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMetadata(
            f"{COLLECTION} を読めません（{error}）。", "UTF-8 の TOML として正しい書き方か確かめてください。"
        ) from error
    except ValidationError as error:
        places = "、".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidMetadata(
            f"{COLLECTION} に誤りがあります（{places}）。", "項目名と値を確かめてください。"
        ) from error
    for entry in collection.document:
        if entry.valid_from and entry.valid_until and entry.valid_until <= entry.valid_from:
            raise InvalidMetadata(
                f"{COLLECTION} の「{entry.file}」は、廃止日が施行日より後になっていません。", "日付を確かめてください。"
            )
    return collection


def describe(source: SourceFile, collection: Collection) -> DocumentInfo:
    """All that the collection says of a file."""
    folder, name = PurePosixPath(source.path).parent, PurePosixPath(source.path).name
    entry = next((e for e in collection.document if _nfc(e.file) == name), DocumentEntry(file=name))
    department = collection.department or (folder.parts[0] if folder.parts else EVERYONE)
    return DocumentInfo(
        id=document_id(source.path),
        title=entry.title or PurePosixPath(name).stem,
        path=source.path,
        sha256=source.sha256,
        department=department,
        sensitivity=Sensitivity(entry.sensitivity or collection.sensitivity),
        audience=collection.audience if entry.audience is None else entry.audience,
        validity=Validity(entry.valid_from, entry.valid_until),
        contact=entry.contact or collection.contact,
        supersedes=str(folder / _nfc(entry.supersedes)) if entry.supersedes else None,
        source=entry.source_url,
        licence=entry.licence or collection.licence,
        review_by=entry.review_by,
    )


def end_superseded(documents: list[DocumentInfo]) -> list[DocumentInfo]:
    """Let every document end on the day on which the one that supersedes it takes force, if not before."""
    ends = {d.supersedes: d.validity.start for d in documents if d.supersedes and d.validity.start}

    def ended(document: DocumentInfo) -> DocumentInfo:
        end, own = ends.get(document.path), document.validity
        if end is None or (own.start and end <= own.start) or (own.end and own.end <= end):
            return document
        return replace(document, validity=Validity(own.start, end))

    return [ended(document) for document in documents]


def document_id(path: str) -> str:
    """A document keeps its id as long as it keeps its place, whatever happens to its text."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def missing_entries(collection: Collection, present: set[str]) -> list[str]:
    """Files that the collection names and that are not in its folder."""
    return [entry.file for entry in collection.document if _nfc(entry.file) not in present]


def _nfc(name: str) -> str:
    """File names from other systems may be decomposed (か + ゛); the edition knows one form."""
    return unicodedata.normalize("NFC", name)
