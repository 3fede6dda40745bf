"""One published state of everything that can be found: a folder that never changes once ``CURRENT`` names it.

    <data>/CURRENT                     the name of the published edition
    <data>/WAITING                     the name of an edition that a second person has to publish, if there is one
    <data>/history.jsonl               who published what, and when
    <data>/dictionary.txt              a municipality's own synonyms, if it has any
    <data>/editions/<name>/            catalog.sqlite, vectors/, terms/
    <data>/files/<sha256>.<ending>     the originals, by content

Ingestion writes a draft beside the editions and publishes it by replacing ``CURRENT``, which is atomic: a kill at any
moment leaves the old state or the new one, whole.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.domain import Chunk, DocumentInfo
from rag.errors import DamagedEdition, NoEdition

if TYPE_CHECKING:
    import numpy.typing as npt

    from rag.edition.catalog import Catalog, UnitKind
    from rag.edition.meanings import Meanings
    from rag.edition.subset import Subsets
    from rag.edition.terms import Terms
    from rag.edition.vectors import Vectors
    from rag.embedding import Matrix, Vector

CATALOG = "catalog.sqlite"
VECTORS = "vectors"
TERMS = "terms"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where things are in the data folder."""

    root: Path

    @property
    def pointer(self) -> Path:
        return self.root / "CURRENT"

    @property
    def editions(self) -> Path:
        return self.root / "editions"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def lock(self) -> Path:
        return self.root / "ingest.lock"

    @property
    def history(self) -> Path:
        return self.root / "history.jsonl"

    def current(self) -> Path | None:
        """The folder of the published edition, or None before the first publication."""
        return self._edition(self.pointer)

    def waiting(self) -> Path | None:
        """The folder of the edition that waits for approval, if there is one."""
        return self._edition(self._waiting)

    def point_to(self, edition: str) -> None:
        """Publish ``edition``: replace the pointer in one step that survives a power cut."""
        self._write(self.pointer, edition)

    def submit(self, edition: str) -> None:
        """Let ``edition`` wait for approval."""
        self._write(self._waiting, edition)

    def withdraw(self) -> None:
        """Nothing waits any more."""
        self._waiting.unlink(missing_ok=True)

    @property
    def _waiting(self) -> Path:
        return self.root / "WAITING"

    def _edition(self, pointer: Path) -> Path | None:
        try:
            name = pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._lost(f"「{pointer}」が壊れています。") from error
        folder = self.editions / name
        # Compared with what there is: a damaged name may lead anywhere, or be none that can be looked up.
        if name.startswith(".") or name not in self._names() or not folder.is_dir():
            raise self._lost(f"「{pointer}」の指す版「{name[:40]}」のフォルダが見つかりません。")
        return folder

    def _names(self) -> list[str]:
        return [folder.name for folder in self.editions.iterdir()] if self.editions.is_dir() else []

    @staticmethod
    def _lost(reason: str) -> DamagedEdition:
        remedy = "python -m ingest rollback で残っている版に戻すか、python -m ingest で作り直してください。"
        return DamagedEdition(reason, remedy)

    def _write(self, pointer: Path, edition: str) -> None:
        draft = pointer.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(edition + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(pointer)
        sync_folder(self.root)

    def original(self, document: DocumentInfo) -> Path:
        """The file that the document was read from, even after it was replaced in the corpus."""
        return self.kept(document.sha256, document.path)

    def kept(self, sha256: str, path: str) -> Path:
        """The same, of a document that had this content and place."""
        return self.files / f"{sha256}{Path(path).suffix.lower()}"


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Edition:
    """An opened edition, released when nobody uses it any more.

    The indexes are opened when they are first used, since importing them takes a second.
    """

    def __init__(self, folder: Path) -> None:
        from rag.edition.catalog import Catalog

        self.folder = folder
        self.catalog: Catalog = Catalog(folder / CATALOG)

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def chunk_documents(self) -> npt.NDArray[np.int32]:
        """For every chunk position the index of its document in ``catalog.documents``."""
        return self.catalog.chunk_documents()

    @cached_property
    def asking(self) -> npt.NDArray[np.bool_]:
        """For every chunk position whether its head is a question, as in a FAQ."""
        return self.catalog.asking()

    @cached_property
    def vectors(self) -> Vectors:
        from rag.edition.vectors import Vectors

        opened = Vectors(self.folder / VECTORS)
        # Chroma itself keeps every client for ever; whoever asks last of an old edition lets go of it.
        weakref.finalize(self, opened.close)
        return opened

    @property
    def dictionary(self) -> Path:
        """Where a municipality keeps its own synonyms: beside the editions, since they are not part of any."""
        return self.folder.parent.parent / "dictionary.txt"

    @cached_property
    def subsets(self) -> Subsets:
        """The vectors of few chunks, for questions that only those may answer."""
        from rag.edition.subset import Subsets

        return Subsets(self.catalog, self.vectors)

    @cached_property
    def terms(self) -> Terms:
        from rag.edition.terms import Terms

        return Terms(self.folder / TERMS)

    @cached_property
    def meanings(self) -> Meanings | None:
        """The vectors of the words; None where the model has no measured floor for them."""
        from rag.edition.meanings import FILE, Meanings

        return Meanings(self.folder / TERMS) if (self.folder / TERMS / FILE).is_file() else None

    def chunk_vectors(self, chunks: Sequence[Chunk]) -> dict[str, tuple[Vector, Matrix]]:
        """For every chunk, by id, the vector of its head and those of its bodies, which have a row each."""
        units = self.catalog.chunk_units([chunk.id for chunk in chunks])
        vectors: dict[tuple[UnitKind, str], Vector] = {}
        kinds: tuple[UnitKind, ...] = ("head", "body")
        for kind in kinds:
            wanted = list({unit for of_chunk in units.values() for its_kind, unit in of_chunk if its_kind == kind})
            for ids, rows in self.vectors.get(kind, wanted):
                vectors |= {(kind, unit): row for unit, row in zip(ids, rows, strict=True)}
        return {
            chunk: (
                vectors[next(unit for unit in of_chunk if unit[0] == "head")],
                np.array([vectors[unit] for unit in of_chunk if unit[0] == "body"], np.float32),
            )
            for chunk, of_chunk in units.items()
        }

    def close(self) -> None:
        """Release what was opened."""
        self.catalog.close()
        if "vectors" in self.__dict__:
            self.vectors.close()


def open_edition(data: Path) -> Edition:
    """The published edition in this data folder. Raises NoEdition before the first ingestion."""
    folder = DataFolder(data).current()
    if folder is None:
        raise NoEdition(
            f"公開された資料がまだありません（{data}）。",
            "corpora/ に資料を置き、python -m ingest を実行してください。",
        )
    return Edition(folder)
