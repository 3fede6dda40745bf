"""A pack: prompts and example questions of one municipality as one file (zip) that another can take over.

A pack comes from outside. Everything in it is looked at before anything is written: names, kinds, sizes as they unpack, contents.
What is there already is never overwritten.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag import library
from rag.errors import InvalidEntry, StorageFull
from rag.library import Entry, Kind
from rag.privacy import mask

_MOST_BYTES = 5_000_000  # of the file
_STAMP = (1980, 1, 1, 0, 0, 0)  # equal libraries make equal packs
_ENCRYPTED = 0x1
_CLAIMED = "取込元の申告: "
_REMEDY = (
    "作り直してもらうか、python -m rag library export で作られたファイルか確かめてください。何も取り込んでいません。"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of an entry of a pack: written, there already word for word, or written under another name."""

    entry: Entry
    state: Literal["new", "same", "renamed"]
    name: str
    """In the pack."""


def export(data: Path, file: Path, names: Collection[str] = ()) -> tuple[Entry, ...]:
    """Write the municipality's entries (``names``: only these) to a new file. Raises InvalidEntry, StorageFull."""
    entries, faults = library.own(data)
    if faults:
        raise faults[0]
    if unknown := sorted(set(names) - {entry.name for entry in entries}):
        raise InvalidEntry(
            f"「{'、'.join(unknown)}」はありません。", "python -m rag library list で名前を確かめてください。"
        )
    chosen = tuple(entry for entry in entries if not names or entry.name in names)
    if not chosen:
        raise InvalidEntry("書き出すプロンプトも質問例もありません。", "製品のものは、どこにもあるため書き出しません。")
    try:
        with file.open("xb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
            for entry in sorted(chosen, key=lambda entry: (entry.kind, entry.name)):
                info = zipfile.ZipInfo(f"{entry.kind}/{entry.name}.md", _STAMP)
                info.compress_type = zipfile.ZIP_DEFLATED
                pack.writestr(info, library.as_file(entry))
    except FileExistsError as error:
        raise InvalidEntry(f"{file} は既にあります。", "別の名前にしてください。") from error
    except OSError as error:
        raise StorageFull(
            f"{file} に書き込めません。", "フォルダがあるか、空き容量と権限を確かめてください。"
        ) from error
    return chosen


def read(file: Path) -> tuple[Entry, ...]:
    """The entries of a pack; nothing is written. Raises InvalidEntry and names the first thing that is wrong."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InvalidEntry(f"{file.name} が大きすぎます。", _REMEDY)
        with zipfile.ZipFile(file) as pack:
            infos = pack.infolist()
            if len(infos) > library.MOST_ENTRIES:
                raise InvalidEntry(f"{file.name} のファイルが多すぎます（{len(infos):,}個）。", _REMEDY)
            entries = [_entry(pack, info) for info in infos if info.filename not in [f"{kind}/" for kind in Kind]]
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise InvalidEntry(f"{file.name} を zip として読めません。", _REMEDY) from error
    if len({(entry.kind, entry.name.casefold()) for entry in entries}) < len(entries):
        raise InvalidEntry(f"{file.name} に、同じ名前のものが二つあります。", _REMEDY)
    return tuple(entries)


def _entry(pack: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    """One file of a pack. Its name is only compared, never used as a path."""
    path = unicodedata.normalize("NFC", info.filename)
    folder, _, name = path.removesuffix(".md").partition("/")
    mode = info.external_attr >> 16
    regular = stat.S_IFMT(mode) in (0, stat.S_IFREG)
    packed = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.flag_bits & _ENCRYPTED
    if folder not in list(Kind) or not path.endswith(".md") or not regular or not packed:
        raise InvalidEntry(f"{path!r} は取り込めません（置き場所・種類・圧縮・暗号化）。", _REMEDY)
    with pack.open(info) as stream:  # what the header says of the size is not believed
        entry = library.parse(Kind(folder), name, stream.read(library.MOST_BYTES + 1))
    if entry.score and not entry.score.startswith(_CLAIMED):  # nobody here has measured it
        entry = replace(entry, score=f"{_CLAIMED}{entry.score}"[:200])
    if entry.kind is Kind.EXAMPLE:
        return replace(entry, text=mask(entry.text).text, purpose=mask(entry.purpose).text)
    return entry


def plan(data: Path, entries: Collection[Entry]) -> tuple[Taken, ...]:
    """What taking these entries over would do: one whose name another text has gets a new name, so that both are kept.

    Raises InvalidEntry where one that is there cannot be read.
    """
    mine, faults = library.own(data)
    if faults:
        raise faults[0]
    taken = []
    for entry in entries:
        same_kind = [other for other in (*library.shipped(), *mine) if other.kind is entry.kind]
        rivals = {other.name.casefold(): other for other in same_kind}
        # Also one that got another name when the same pack was taken over before.
        same = next((other for other in same_kind if replace(other, name=entry.name, shipped=False) == entry), None)
        if same:
            taken.append(Taken(same, "same", entry.name))
            continue
        kept = replace(entry, name=library.free_name(entry.name, list(rivals)))
        mine = (*mine, kept)
        taken.append(Taken(kept, "new" if kept.name == entry.name else "renamed", entry.name))
    return tuple(taken)


def take(data: Path, entries: Collection[Entry]) -> tuple[Taken, ...]:
    """Write the entries as planned. Raises InvalidEntry, StorageFull."""
    planned = plan(data, entries)
    for one in planned:
        if one.state != "same" and not library.add(data, one.entry):
            raise InvalidEntry(
                f"{one.entry.kind}/{one.entry.name}.md を、今ほかの人が書きました。", "もう一度取り込んでください。"
            )
    return planned
