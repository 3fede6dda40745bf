"""What a run has to do: which documents of the corpus are new, changed, moved, gone or the same."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ingest.faq_columns import read_columns
from ingest.hashes import Hashes
from ingest.metadata import (
    COLLECTION,
    SIDECAR,
    SourceFile,
    describe,
    end_superseded,
    is_sidecar,
    missing_entries,
    narrower,
    read_collection,
    read_entry,
    sidecar_targets,
)
from ingest.names import fault, misnamed, shown
from rag.domain import DocumentInfo, Refusal
from rag.edition.catalog import Catalog, RefusedFile
from rag.errors import InvalidMetadata

_NOT_DOCUMENTS = frozenset({COLLECTION, "Thumbs.db", "desktop.ini"})
_NOT_DOCUMENT_PREFIXES = (".", "~$")  # hidden files, and the lock files of an open Office document


@dataclass(frozen=True, slots=True)
class Plan:
    """Every document of the next edition is in exactly one of ``read`` (with its file), ``keep``; the rest is for the
    report. ``keep`` pairs the document as it will be with the one of the current edition whose text it takes over.
    """

    read: tuple[tuple[DocumentInfo, SourceFile], ...] = ()
    keep: tuple[tuple[DocumentInfo, DocumentInfo], ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    refused: tuple[RefusedFile, ...] = ()
    duplicates: tuple[tuple[str, ...], ...] = ()
    """Paths of documents with the very same content."""

    @property
    def empty(self) -> bool:
        """Whether the documents are those of the current edition."""
        return not (self.read or self.added or self.changed or self.moved or self.removed)

    def without(self, refused: Set[str]) -> Plan:
        """The plan as it was carried out: files that turned out to be unreadable were neither added nor changed."""
        added, changed, moved = (
            tuple(path for path in paths if path not in refused) for paths in (self.added, self.changed, self.moved)
        )
        return replace(self, added=added, changed=changed, moved=moved)


@dataclass(slots=True)
class _Draft:
    read: list[tuple[DocumentInfo, SourceFile]] = field(default_factory=list)
    keep: list[tuple[DocumentInfo, DocumentInfo]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands in the corpus now."""

    documents: tuple[tuple[DocumentInfo, SourceFile], ...]
    refused: tuple[RefusedFile, ...]
    undecided: tuple[str, ...]
    """Paths whose metadata cannot be read: they stay as they are in the current edition, or wait outside it."""
    orphaned: frozenset[str] = frozenset()
    """Paths without a file (of a sidecar: perhaps without the ending) of which something is known all the same."""
    unreadable: tuple[str, ...] = ()
    """Folders that cannot be entered: all that is known to be in them stays as it is."""


def scan(corpus: Path, hashes: Hashes | None = None) -> Scan:
    """Look at every file of the corpus and its metadata. Nothing is parsed yet."""
    hashes = hashes or Hashes(None)
    documents: list[tuple[DocumentInfo, SourceFile]] = []
    refused: list[RefusedFile] = []
    undecided: list[str] = []
    orphaned: list[str] = []
    unreadable: list[str] = []
    taken: set[str] = set()  # over all folders: their names, too, may differ only in how が is written

    def cannot_enter(error: OSError) -> None:
        path = _relative(corpus, Path(error.filename))
        remedy = "フォルダを開ける権限を確かめてください。中の資料は、前に取り込んだ内容で回答を続けます。"
        refused.append(RefusedFile(Refusal(path, f"フォルダを開けません（{error.strerror}）。", remedy), ""))
        unreadable.append(path)

    def cannot_be_named(path: Path, reason: str, remedy: str) -> None:
        refused.append(RefusedFile(Refusal(_relative(corpus, path), reason, remedy), ""))
        unreadable.append(_relative(corpus, path))

    for folder, names in _folders(corpus, cannot_enter, cannot_be_named):
        sources: list[SourceFile] = []
        for file in [folder / name for name in names if is_document(name)]:
            wrong = fault(file.name)
            if wrong:
                refused.append(RefusedFile(Refusal(_relative(corpus, file), *wrong), ""))
                undecided.append(_relative(corpus, file))
                continue
            try:
                source = _source(corpus, file, hashes)
                if source.path in taken:
                    refused.append(_twin(corpus, source))
                else:
                    taken.add(source.path)
                    sources.append(source)
            except OSError as error:
                path = _relative(corpus, file)
                remedy = "ファイルを開ける権限があるか、リンク先があるかを確かめてください。"
                refused.append(RefusedFile(Refusal(path, f"ファイルを開けません（{error.strerror}）。", remedy), ""))
                undecided.append(path)
        settings = folder / COLLECTION
        misnamed_files = {name: meant for name in names if (meant := misnamed(name, names))}
        refused += [_misnamed(corpus, folder / name, meant) for name, meant in misnamed_files.items()]
        try:
            collection = read_collection(settings, seen=COLLECTION in names)
        except InvalidMetadata as error:
            refused.append(RefusedFile(Refusal(_relative(corpus, settings), error.reason, error.remedy), ""))
            undecided += [source.path for source in sources]
            continue
        if COLLECTION in misnamed_files.values() and COLLECTION not in names:
            undecided += [source.path for source in sources]
            continue
        for name in missing_entries(collection, {Path(file.path).name for file in sources}):
            reason = f"{COLLECTION} に書かれた「{name}」がフォルダにありません。"
            remedy = "ファイル名を確かめるか、その [[document]] を消してください。"
            path = f"{_relative(corpus, folder)}/{name}"
            refused.append(RefusedFile(Refusal(path, reason, remedy), ""))
            orphaned.append(path)
        sidecars, alone, doubtful = _sidecars(corpus, folder, names, sources)
        refused += alone
        orphaned += [r.refusal.path[: -len(SIDECAR)] for r in alone]
        claimed = {meant: _sidecar_paths(meant, sources) for meant in misnamed_files.values() if meant != COLLECTION}
        doubtful |= {path for paths in claimed.values() for path in paths if path not in sidecars}
        undecided += sorted(doubtful)
        for source in sources:
            if source.path in doubtful:
                continue
            sidecar, at = sidecars.get(source.path), source.file
            try:
                columns = read_columns(source.file)
                at = sidecar or source.file
                own = read_entry(source.file, sidecar)
                documents.append((describe(source, collection, own, columns), source))
            except (InvalidMetadata, OSError) as error:
                reason, remedy = (
                    (error.reason, error.remedy)
                    if isinstance(error, InvalidMetadata)
                    else (f"ファイルを開けません（{error.strerror}）。", "権限を確かめてください。")
                )
                refused.append(RefusedFile(Refusal(_relative(corpus, at), reason, remedy), ""))
                undecided.append(source.path)
    refused += [_linked(corpus, folder) for folder in _linked_folders(corpus)]
    infos = end_superseded([document for document, _ in documents])
    return Scan(
        tuple((info, source) for info, (_, source) in zip(infos, documents, strict=True)),
        tuple(replace(r, refusal=replace(r.refusal, path=shown(r.refusal.path))) for r in refused),
        tuple(undecided),
        frozenset(orphaned),
        tuple(unreadable),
    )


def diff(found: Scan, current: Catalog | None, *, reread: bool) -> Plan:
    """Compare the corpus with the current edition. ``reread``: the recipe changed, so every file is read again."""
    draft = _Draft()
    old = {document.path: document for document in current.documents} if current else {}
    failed = {(r.refusal.path, r.sha256): r for r in current.refused()} if current and not reread else {}
    refused = list(found.refused)
    undecided = {*found.undecided, *(path for path in old if _within(path, found.unreadable))}
    present = {document.path for document, _ in found.documents} | undecided
    gone_by_content = {document.sha256: document for path, document in old.items() if path not in present}
    draft.keep = [(old[path], old[path]) for path in sorted(undecided & old.keys())]
    # What is undecided may supersede, too: the older edition must not come back because of a slip in the newer one's file.
    infos = end_superseded([*(document for document, _ in found.documents), *(before for _, before in draft.keep)])
    draft.unchanged = len(draft.keep)

    for document, (_, source) in zip(infos, found.documents, strict=False):
        before = old.get(document.path)
        left_behind = _left_behind(document, before, gone_by_content, found.orphaned)
        if left_behind:
            refused.append(_not_moved(document, left_behind))
            if (left_behind, left_behind) not in draft.keep:  # it may have been copied besides
                draft.keep.append((left_behind, left_behind))
                draft.unchanged += 1
            continue
        known_failure = failed.get((document.path, document.sha256))
        if known_failure:
            refused.append(known_failure)
            if before:
                # What its metadata now says applies all the same: a document may have been restricted meanwhile.
                described = narrower(replace(document, sha256=before.sha256), before)
                draft.keep.append((described, before))
                if described == before:
                    draft.unchanged += 1
                else:
                    draft.changed.append(document.path)
        else:
            _place(draft, document, source, before, gone_by_content, reread=reread)
    kept = {before.path for _, before in draft.keep}
    removed = [path for path in old if path not in present and path not in kept]
    return Plan(
        tuple(draft.read), tuple(draft.keep), tuple(draft.added), tuple(draft.changed), tuple(draft.moved),
        tuple(removed), draft.unchanged, tuple({r.refusal.path: r for r in refused}.values()), _duplicates(found),
    )  # fmt: skip


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(folder == "." or path.startswith(f"{folder}/") for folder in folders)


def _left_behind(
    document: DocumentInfo,
    before: DocumentInfo | None,
    gone_by_content: dict[str, DocumentInfo],
    orphaned: frozenset[str],
) -> DocumentInfo | None:
    """What a renamed document was, if its metadata stayed behind and more people would see it now."""
    gone = gone_by_content.get(document.sha256) if before is None else None
    if gone is None or not {gone.path, str(PurePosixPath(gone.path).with_suffix(""))} & orphaned:
        return None
    return None if narrower(document, gone) == document else gone


def _not_moved(document: DocumentInfo, gone: DocumentInfo) -> RefusedFile:
    reason = f"「{gone.path}」から名前を変えた資料ですが、機密性や公開範囲は元の名前に書かれたままです。"
    remedy = (
        f"その記述（{COLLECTION} か「{SIDECAR}」のファイル）も新しい名前に直してください。それまでは前のまま扱います。"
    )
    return RefusedFile(Refusal(document.path, reason, remedy), "")


def _duplicates(found: Scan) -> tuple[tuple[str, ...], ...]:
    places: dict[str, list[str]] = {}
    for document, _ in found.documents:
        places.setdefault(document.sha256, []).append(document.path)
    return tuple(tuple(paths) for paths in places.values() if len(paths) > 1)


def _place(
    draft: _Draft,
    document: DocumentInfo,
    source: SourceFile,
    before: DocumentInfo | None,
    gone_by_content: dict[str, DocumentInfo],
    *,
    reread: bool,
) -> None:
    """Decide what happens to one readable document."""
    if before and before.sha256 == document.sha256:
        if before != document:
            draft.changed.append(document.path)
        else:
            draft.unchanged += 1
    elif before:
        draft.changed.append(document.path)
    elif source.sha256 in gone_by_content:
        before = gone_by_content.pop(source.sha256)
        draft.moved.append(document.path)
    else:
        draft.added.append(document.path)
    if before and before.sha256 == document.sha256 and not reread:
        draft.keep.append((document, before))
    else:
        draft.read.append((document, source))


def _linked_folders(corpus: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(corpus):
        yield from (Path(folder) / name for name in sorted(names) if (Path(folder) / name).is_symlink())


def _linked(corpus: Path, folder: Path) -> RefusedFile:
    reason = "フォルダへのリンクです。リンクの先は読み取りません。"
    return RefusedFile(
        Refusal(_relative(corpus, folder), reason, "フォルダそのものを資料フォルダに置いてください。"), ""
    )


def _sidecar_paths(sidecar: str, sources: list[SourceFile]) -> list[str]:
    """The paths of the documents that a sidecar of this name would be about."""
    paths = {Path(source.path).name: source.path for source in sources}
    return [paths[name] for name in sidecar_targets(sidecar, paths)]


def _misnamed(corpus: Path, file: Path, meant: str) -> RefusedFile:
    reason = f"「{meant}」のつもりの名前のようですが、違う名前なので、書かれた機密性や公開範囲は効きません。"
    remedy = f"名前を「{meant}」に変えるか、要らなければ消してください（末尾の .txt は隠れていることがあります）。"
    return RefusedFile(Refusal(_relative(corpus, file), reason, remedy), "")


def _sidecars(
    corpus: Path, folder: Path, names: list[str], sources: list[SourceFile]
) -> tuple[dict[str, Path], list[RefusedFile], set[str]]:
    """The sidecar of each document of a folder, by the document's path, and the sidecars that are about none or several."""
    paths = {Path(source.path).name: source.path for source in sources}
    claims: dict[str, list[Path]] = {}
    alone: list[Path] = []
    for sidecar in sorted(folder / name for name in names if is_sidecar(name)):
        targets = sidecar_targets(sidecar.name, paths)
        for name in targets:
            claims.setdefault(paths[name], []).append(sidecar)
        if len(targets) != 1:
            alone.append(sidecar)
    found = {path: sidecars[0] for path, sidecars in claims.items() if len(sidecars) == 1 and sidecars[0] not in alone}
    doubtful = claims.keys() - found.keys()
    unclear = sorted({*alone, *(sidecar for path in doubtful for sidecar in claims[path])})
    return found, [_unclear(corpus, sidecar) for sidecar in unclear], set(doubtful)


def _unclear(corpus: Path, sidecar: Path) -> RefusedFile:
    reason = f"{shown(sidecar.name)} がどの資料のものか、一つに決まりません。"
    remedy = f"一つの資料に一つだけ、「資料のファイル名{SIDECAR}」という名前で置いてください。"
    return RefusedFile(Refusal(_relative(corpus, sidecar), reason, remedy), "")


def _folders(
    corpus: Path, cannot_enter: Callable[[OSError], None], cannot_be_named: Callable[[Path, str, str], None]
) -> Iterator[tuple[Path, list[str]]]:
    """Every folder with the names of its files, in a stable order. Links to folders are not followed."""
    for folder, names, files in os.walk(corpus, onerror=cannot_enter):
        for name in names:
            wrong = None if name.startswith(".") else fault(name)
            if wrong:
                cannot_be_named(Path(folder) / name, *wrong)
        names[:] = sorted((name for name in names if not name.startswith(".") and not fault(name)), key=_composed_first)
        # A folder that is called like a file of metadata, or a link to one, is read as that, and refused.
        files += [name for name in names if name == COLLECTION or is_sidecar(name)]
        if any(map(_matters, files)):
            yield Path(folder), sorted(files, key=_composed_first)


def _matters(name: str) -> bool:
    return is_document(name) or name == COLLECTION or is_sidecar(name) or misnamed(name) is not None


def _composed_first(name: str) -> tuple[bool, str]:
    """Of two names that look the same the one with が comes before the one with か and a mark."""
    return not unicodedata.is_normalized("NFC", name), name


def _twin(corpus: Path, source: SourceFile) -> RefusedFile:
    """The refusal of a second file of one name. It is called as the disk calls it, which tells the two apart."""
    reason = "濁点などの表し方だけが違う、同じ名前のファイルがあります。こちらは取り込みません。"
    remedy = "どちらが正しい資料かを確かめ、一方の名前を変えるか、消してください。"
    return RefusedFile(Refusal(source.file.relative_to(corpus).as_posix(), reason, remedy), source.sha256)


def is_document(name: str) -> bool:
    """Whether a file of this name is taken for a document."""
    hidden = name in _NOT_DOCUMENTS or name.startswith(_NOT_DOCUMENT_PREFIXES)
    return not hidden and not is_sidecar(name) and misnamed(name) is None


def _relative(corpus: Path, file: Path) -> str:
    return unicodedata.normalize("NFC", file.relative_to(corpus).as_posix())


def _source(corpus: Path, file: Path, hashes: Hashes) -> SourceFile:
    """Raises OSError for what is not a regular file inside the corpus: a link outwards, a pipe, a device."""
    if file.is_symlink() and not file.resolve(strict=True).is_relative_to(corpus.resolve()):
        raise OSError(0, "資料フォルダの外へのリンクです")
    if not file.is_file():
        raise OSError(0, "通常のファイルではありません")
    return SourceFile(_relative(corpus, file), file, hashes.sha256(file))
