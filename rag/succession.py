"""What is wrong with what documents say of the ones that they supersede (改正前): the older would go on answering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from rag.domain import DocumentInfo, Fault


def faults(documents: Iterable[DocumentInfo], refused: Set[str] = frozenset()) -> tuple[Fault, ...]:
    """The faults of a library, by path. ``refused``: paths of files that are there but could not be taken in."""
    known = {document.path: document for document in documents}
    return tuple(fault for path in sorted(known) for fault in _faults(known[path], known, refused))


def _faults(document: DocumentInfo, known: dict[str, DocumentInfo], refused: Set[str]) -> Iterator[Fault]:
    path, earlier = document.path, document.supersedes
    if not earlier:
        return
    if earlier not in known and earlier not in refused:
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


def _in_a_circle(document: DocumentInfo, known: dict[str, DocumentInfo]) -> bool:
    seen: set[str] = set()
    following: DocumentInfo | None = document
    while following and following.supersedes and following.path not in seen:
        seen.add(following.path)
        following = known.get(following.supersedes)
    return bool(following and following.path == document.path and seen)
