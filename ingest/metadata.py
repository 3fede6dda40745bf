"""What is known of a document besides its text.

It is written in a ``collection.toml`` for a folder, in a sidecar ``NAME.meta.toml`` for a file, in the front matter of a
Markdown file, or in the columns of a FAQ (``faq_columns``). What is written nearer to the document counts more, of the
columns only what narrows or is said nowhere else. Nothing is guessed from the text.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import tomllib
import unicodedata
from collections.abc import Collection as Collection_
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from ingest.readers import front_matter
from ingest.readers.decode import decode
from ingest.readers.front_matter import KEYS
from rag.domain import EVERYONE, DocumentInfo, Sensitivity, Validity
from rag.errors import InvalidMetadata, UnreadableDocument

COLLECTION = "collection.toml"
SIDECAR = ".meta.toml"
_MAY_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?(?:---|\+\+\+)|\xff\xfe|\xfe\xff")  # in ASCII's successors and in UTF-16


class _Described(BaseModel):
    """Keys may be written in Japanese."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = {key: KEYS.get(key, str(key)) for key in data}
        first: dict[str, object] = {}
        for key, name in known.items():
            if name in first:
                raise PydanticCustomError("said", "{what}", {"what": f"{first[name]} と {key} は同じ項目です"})
            first[name] = key
        empty = next((key for key, value in data.items() if value is None or value == ""), None)
        if empty is not None:  # it could only mean: as if nothing were said, which may be more than was meant
            raise PydanticCustomError("said", "{what}", {"what": f"{empty}: 値がありません"})
        return {known[key]: value for key, value in data.items()}


def _no_number(value: Any) -> Any:
    """A day is written as a day: a number would be taken for seconds since 1970."""
    if isinstance(value, int | float):
        raise PydanticCustomError("date_type", "no day")
    return value


Day = Annotated[date, BeforeValidator(_no_number)]
Level = Annotated[int, Field(ge=1, le=3, strict=True)]


class DocumentEntry(_Described):
    """What is said of one file, in ``[[document]]``, a sidecar or front matter; the rest is taken from the collection."""

    file: str = ""
    title: str | None = None
    department: str | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    supersedes: str | None = None
    sensitivity: Level | None = None
    audience: frozenset[str] | None = None
    contact: str | None = None
    licence: str | None = None
    source_url: str | None = None
    review_by: Day | None = None

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise PydanticCustomError("said", "廃止日が施行日より後になっていません")
        return self


NOTHING = DocumentEntry()
"""What most files say of themselves."""


class Collection(_Described):
    """A ``collection.toml``: the defaults of a folder and the entries of its files."""

    department: str | None = None
    contact: str | None = None
    sensitivity: Level = 1
    audience: frozenset[str] = frozenset({EVERYONE})
    licence: str | None = None
    document: tuple[DocumentEntry, ...] = ()

    @cached_property
    def entries(self) -> dict[str, DocumentEntry]:
        """What is said of each file, by its name; of two entries the first counts."""
        return {_nfc(entry.file): entry for entry in reversed(self.document)}

    @model_validator(mode="after")
    def _files(self) -> Self:
        if not all(entry.file for entry in self.document):
            raise PydanticCustomError("said", "[[document]] に file（ファイル名）がありません")
        return self


_M = TypeVar("_M", bound=_Described)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus: ``path`` as the edition names it (relative, NFC, forward slashes), and where it lies."""

    path: str
    file: Path
    sha256: str


def read_collection(file: Path, *, seen: bool = False) -> Collection:
    """Read and check a ``collection.toml``; a folder without one has the defaults. Raises InvalidMetadata.

    ``seen``: it stood there when the folder was listed, so that one that is being replaced now is not taken for none.
    """
    return _checked(Collection, _toml(file), file.name) if seen or os.path.lexists(file) else Collection()


def read_entry(file: Path, sidecar: Path | None) -> DocumentEntry:
    """What a document says of itself: its front matter (Markdown), and above it its sidecar. Raises InvalidMetadata."""
    said = _front_matter(file) if file.suffix.lower() in (".md", ".markdown") else {}
    own = _checked(DocumentEntry, said, file.name) if said else NOTHING
    beside = _checked(DocumentEntry, _toml(sidecar), sidecar.name) if sidecar else NOTHING
    if sidecar and beside.file:
        raise InvalidMetadata(f"{sidecar.name} に file は書けません。", "その行を消してください。")
    return _over(beside, own)


def sidecar_targets(sidecar: str, files: Collection_[str]) -> list[str]:
    """The names of the documents that a sidecar may be about: ``手引き.pdf.meta.toml`` or ``手引き.meta.toml``."""
    target = _nfc(sidecar[: -len(SIDECAR)])
    exact = [name for name in files if _nfc(name) == target]
    return exact or [name for name in files if PurePosixPath(_nfc(name)).stem == target]


def is_sidecar(name: str) -> bool:
    """Whether a file of this name says what is known of another."""
    return name.lower().endswith(SIDECAR)


def _front_matter(file: Path) -> dict[str, Any]:
    """What a Markdown file says of itself. A file that cannot be decoded says nothing; nor will it be read."""
    with file.open("rb") as stream:
        if not _MAY_BEGIN.match(stream.read(8)):
            return {}  # most files, and decoding ten thousand of them takes seconds
    try:
        return front_matter.split(decode(file.read_bytes()).text)[0]
    except UnreadableDocument:
        return {}
    except ValueError as error:
        raise InvalidMetadata(
            f"{file.name} の先頭の記述を読めません。",
            "--- で囲んだ部分を「項目: 値」の形に直すか、線のつもりであれば、その前に空行を入れてください。",
        ) from error


def _toml(file: Path) -> dict[str, Any]:
    if not file.is_file():  # a link that leads nowhere, a folder, a pipe: to read it could take for ever
        raise InvalidMetadata(
            f"{file.name} を開けません（ファイルではないか、リンク先がありません）。", "ファイルを置き直してください。"
        )
    try:
        return front_matter.loads_toml(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidMetadata(f"{file.name} を開けません（{error.strerror}）。", "権限を確かめてください。") from error
    except UnicodeDecodeError as error:
        raise InvalidMetadata(f"{file.name} が UTF-8 ではありません。", "UTF-8 で保存し直してください。") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{line[1]}行目に書き方の誤りがあります" if line else "書き方に誤りがあります"
        raise InvalidMetadata(f"{file.name} の{where}。", '項目 = "値" の形か確かめてください。') from error


def _checked(model: type[_M], said: dict[str, Any], name: str) -> _M:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        places = "、".join(dict.fromkeys(map(_explained, error.errors())))
        raise InvalidMetadata(f"{name} に誤りがあります（{places}）。", "項目名と値を確かめてください。") from error


def _explained(error: ErrorDetails) -> str:
    """What pydantic found, in words."""
    place = "の".join(f"{part + 1}番目" if isinstance(part, int) else str(part) for part in error["loc"])
    kind = error["type"]
    if kind == "said":
        return error["msg"]
    if kind == "extra_forbidden":
        return f"{place}: この項目は使えません"
    if kind.startswith("date"):
        return f"{place}: 日付として読めません（2026-04-01 のように書きます）"
    if kind in ("greater_than_equal", "less_than_equal", "int_type", "int_parsing", "int_from_float"):
        return f"{place}: 1・2・3 のどれかを書きます"
    if kind.startswith("string"):
        return f'{place}: 文字を "…" で囲んで書きます'
    return f"{place}: 値の形が違います"


def _over(upper: DocumentEntry, lower: DocumentEntry) -> DocumentEntry:
    """What ``upper`` says, and what ``lower`` says beside it."""
    if not upper.model_fields_set:
        return lower
    return lower.model_copy(update={name: getattr(upper, name) for name in upper.model_fields_set})


def describe(
    source: SourceFile, collection: Collection, own: DocumentEntry | None = None, columns: DocumentEntry | None = None
) -> DocumentInfo:
    """All that is known of a file: what it says itself (``own``), over its entry in the collection, over the collection.

    What its ``columns`` say is used where nothing else is said, and never lets more people see it, or for longer. Raises
    InvalidMetadata.
    """
    columns = columns or NOTHING
    place = PurePosixPath(source.path)
    folder, name = place.parent, place.name
    entry = _over(own or NOTHING, collection.entries.get(name, NOTHING))
    start = max(filter(None, (entry.valid_from, columns.valid_from)), default=None)
    end = min(filter(None, (entry.valid_until, columns.valid_until)), default=None)
    if start and end and end <= start:
        raise InvalidMetadata(f"{name} の廃止日が施行日より後になっていません。", "日付を確かめてください。")
    said = collection.audience if entry.audience is None else entry.audience
    audience = said if columns.audience is None else common_audience(said, columns.audience)
    if said and columns.audience and not audience:
        reason = f"{name} の「公開範囲」の列が、{COLLECTION} などに書かれた公開範囲と食い違っています。"
        raise InvalidMetadata(reason, "どちらかに合わせてください。")
    own_folder = place.parts[0] if len(place.parts) > 1 else EVERYONE
    return DocumentInfo(
        id=document_id(source.path),
        title=entry.title or place.stem,
        path=source.path,
        sha256=source.sha256,
        department=entry.department or collection.department or columns.department or own_folder,
        sensitivity=Sensitivity(max(entry.sensitivity or collection.sensitivity, columns.sensitivity or 1)),
        audience=audience,
        validity=Validity(start, end),
        contact=entry.contact or collection.contact or columns.contact,
        supersedes=posixpath.normpath(folder / _nfc(entry.supersedes)) if entry.supersedes else None,
        source=entry.source_url or columns.source_url,
        licence=entry.licence or collection.licence or columns.licence,
        review_by=entry.review_by or columns.review_by,
    )


def end_superseded(documents: list[DocumentInfo]) -> list[DocumentInfo]:
    """Let every document end on the day on which the first that supersedes it takes force, if not before."""
    starts: dict[str, list[date]] = {}
    for document in documents:
        if document.supersedes and document.validity.start:
            starts.setdefault(document.supersedes, []).append(document.validity.start)

    def ended(document: DocumentInfo) -> DocumentInfo:
        own = document.validity
        later = [day for day in starts.get(document.path, ()) if own.start is None or day > own.start]
        if not later or (own.end and own.end <= min(later)):
            return document
        return replace(document, validity=Validity(own.start, min(later)))

    return [ended(document) for document in documents]


def narrower(document: DocumentInfo, before: DocumentInfo) -> DocumentInfo:
    """``document`` for no more people than ``before``: for a text that stays while its new form could not be read."""
    audience = common_audience(document.audience, before.audience)
    return replace(document, sensitivity=max(document.sensitivity, before.sensitivity), audience=audience)


def common_audience(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Those who belong to both audiences."""
    if EVERYONE in one:
        return other
    return one if EVERYONE in other else one & other


def document_id(path: str) -> str:
    """A document keeps its id as long as it keeps its place, whatever happens to its text."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def missing_entries(collection: Collection, present: set[str]) -> list[str]:
    """Files that the collection names and that are not in its folder."""
    return [entry.file for entry in collection.document if _nfc(entry.file) not in present]


def _nfc(name: str) -> str:
    """File names from other systems may be decomposed (か + ゛); the edition knows one form."""
    return unicodedata.normalize("NFC", name)
