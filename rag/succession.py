"""What is wrong with what documents say of the ones that they supersede (改正前): the older would go on answering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from pathlib import PurePosixPath

from rag.domain import DocumentInfo, Fault


def faults(documents: Iterable[DocumentInfo], refused: Set[str] = frozenset()) -> tuple[Fault, ...]:
    """The faults of a library, by path. ``refused``: what could not be taken in: documents, their metadata, folders."""
    known = {document.path: document for document in documents}
    return tuple(fault for path in sorted(known) for fault in _faults(known[path], known, refused))


def _faults(document: DocumentInfo, known: dict[str, DocumentInfo], refused: Set[str]) -> Iterator[Fault]:
    path, earlier = document.path, document.supersedes
    if not earlier:
        return
    if earlier not in known and not any(_hides(wrong, earlier) for wrong in refused):
        yield Fault(
            path,
            "superseded-missing",
            f"改正前の資料「{earlier}」がありません。",
            "supersedes（改正前）のファイル名を確かめてください。もう置かない資料であれば、その行を消してください。",
        )
    elif not document.validity.start:
        yield Fault(
            path,
            "superseded-open",
            "改正前の資料が書かれていますが、施行日がないので、改正前の資料も使われ続けます。",
            "valid_from（施行日）を書いてください。",
        )
    if _in_a_circle(document, known):
        yield Fault(
            path,
            "superseded-circle",
            "改正の前後が輪になっています。",
            "supersedes（改正前）に、より古い資料のファイル名が書かれているかを確かめてください。",
        )


def _hides(refused: str, document: str) -> bool:
    """Whether a document may well be there, though it is not known because of what was refused.

    That is the file itself, a folder around it, its sidecar (旧.md.meta.toml or 旧.meta.toml) or the collection.toml beside
    it, each of them perhaps under a slightly wrong name.
    """
    if refused in (document, ".") or document.startswith(f"{refused}/"):
        return True
    there, sought = PurePosixPath(refused), PurePosixPath(document)
    if there.parent != sought.parent:
        return False
    if there.name.lower().startswith("collection") and ".toml" in there.name.lower():
        return True
    described, mark, _ = there.name.lower().partition(".meta.toml")
    return bool(mark) and described in (sought.name.lower(), sought.stem.lower())


def _in_a_circle(document: DocumentInfo, known: dict[str, DocumentInfo]) -> bool:
    seen: set[str] = set()
    following: DocumentInfo | None = document
    while following and following.supersedes and following.path not in seen:
        seen.add(following.path)
        following = known.get(following.supersedes)
    return bool(following and following.path == document.path and seen)
