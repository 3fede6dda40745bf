"""The library of prompts and example questions: small files with front matter, the product's own and the municipality's.

The product's prompts stand in ``rag/prompts``, those of a municipality and the questions that its staff saved in the data folder,
``library/prompts/*.md`` and ``library/examples/*.md``. A file has front matter (``version``, ``author``, ``purpose`` and the fields
of ``Entry``) and a text. Whatever a prompt asks for, what a model writes is held against the documents.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import InvalidEntry, InvalidSettings, StorageFull
from rag.privacy import mask
from rag.text import normalise, shown

_SHIPPED = Path(__file__).with_name("prompts")
_NAME = re.compile("[0-9A-Za-zぁ-んァ-ヶー一-龠々_-]{1,60}")
_REMEDY = "書き方は「司書役の手引き」の「プロンプトと質問例」にあります。"
MOST_BYTES = 32_000
"""Of one file."""
MOST_CHARACTERS = 1_000
"""Of an example: no longer question is answered."""
MOST_ENTRIES = 1_000
"""Of one kind in one library."""


class Kind(StrEnum):
    """What an entry is; the value is its folder."""

    PROMPT = "prompts"
    EXAMPLE = "examples"


class _Head(BaseModel):
    """The front matter."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: int = Field(1, ge=1, le=100_000)
    author: str = Field(min_length=1, max_length=100)
    purpose: str = Field(min_length=1, max_length=300)
    use: Literal["answer", "draft", "part"] | None = None
    title: str = Field("", max_length=30)
    department: str = Field("", max_length=60)
    score: str = Field("", max_length=200)


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt, or a question as an example.

    ``use`` of a prompt: the instructions of an answer, those of a draft (``title`` is on its button), or a part of other messages.
    ``department`` of an example: under which section it is shown. ``score``: what was measured with it, when and with what, as
    text; "" if nothing was.
    """

    kind: Kind
    name: str
    author: str
    purpose: str
    text: str
    version: int = 1
    use: Literal["answer", "draft", "part"] | None = None
    title: str = ""
    department: str = ""
    score: str = ""
    shipped: bool = False

    @property
    def called(self) -> str:
        """The title; that of a prompt which is not the product's says so, whatever title it was given."""
        return self.title if self.shipped else f"{self.title}（独自）"

    @property
    def label(self) -> str:
        """Which words a model was given: name, version and the beginning of the hash of the text."""
        return f"{self.name} 第{self.version}版 {hashlib.sha256(self.text.encode()).hexdigest()[:8]}"


def parse(kind: Kind, name: str, content: bytes) -> Entry:
    """The entry that a file holds. Raises InvalidEntry and says what is wrong."""
    where = f"{kind}/{name}.md"
    if not _NAME.fullmatch(name):
        raise InvalidEntry(
            f"{where!r} の名前は使えません。", "文字・数字・「-」「_」だけの60字までの名前にしてください。"
        )
    if len(content) > MOST_BYTES:
        raise InvalidEntry(f"{where} が大きすぎます。", f"{MOST_BYTES:,}バイトまでに短くしてください。")
    try:
        mark, head, text = content.decode("utf-8-sig").replace("\r\n", "\n").split("---\n", 2)
        fields = _Head.model_validate(yaml.safe_load(head)).model_dump()
    except ValidationError as error:
        wrong = "、".join(".".join(map(str, e["loc"])) or "全体" for e in error.errors())
        raise InvalidEntry(f"{where} の初めの部分に誤りがあります（{wrong}）。", _REMEDY) from error
    except (ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, yaml.YAMLError) as error:
        raise InvalidEntry(f"{where} を読めません。初めに「---」で囲んだ部分が必要です。", _REMEDY) from error
    entry = Entry(kind, name, text=text.strip(), **fields)
    told = (entry.author, entry.purpose, entry.title, entry.department, entry.score)
    if mark or not entry.text or any(shown(part) != part for part in (entry.text, *told)) or "\n" in "".join(told):
        raise InvalidEntry(f"{where} に、本文がないか、使えない文字があります。", _REMEDY)
    if (kind is Kind.PROMPT) != (entry.use is not None) or (entry.use == "draft") != bool(entry.title):
        raise InvalidEntry(f"{where} の use か title に誤りがあります。", _REMEDY)
    if kind is Kind.EXAMPLE and len(entry.text) > MOST_CHARACTERS:
        raise InvalidEntry(f"{where} の質問が長すぎます。", f"{MOST_CHARACTERS:,}文字までに短くしてください。")
    return entry


def as_file(entry: Entry) -> bytes:
    """The file of an entry; ``parse`` reads it back."""
    head: dict[str, Any] = {"version": entry.version, "author": entry.author, "purpose": entry.purpose}
    head |= {key: getattr(entry, key) for key in ("use", "title", "department", "score") if getattr(entry, key)}
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=1_000)
    return f"---\n{front}---\n{entry.text}\n".encode()


@cache
def shipped() -> tuple[Entry, ...]:
    """The product's own prompts."""
    files = sorted(_SHIPPED.glob("*.md"))
    return tuple(replace(parse(Kind.PROMPT, file.stem, file.read_bytes()), shipped=True) for file in files)


def own(data: Path, kinds: Iterable[Kind] = Kind) -> tuple[tuple[Entry, ...], tuple[InvalidEntry, ...]]:
    """The municipality's entries, the newest first, and what is wrong with the files that cannot be used."""
    entries, faults = [], []
    files = [(kind, file) for kind in kinds for file in (data / "library" / kind).glob("*.md")]
    for kind, file in sorted(files, key=lambda pair: (-_written(pair[1]), pair[1].name)):
        try:
            entries.append(_own(kind, file))
        except InvalidEntry as error:
            faults.append(error)
    return tuple(entries), tuple(faults)


def _written(file: Path) -> int:
    try:
        return file.lstat().st_mtime_ns
    except OSError:
        return 0  # removed meanwhile; reading it says so


def _own(kind: Kind, file: Path) -> Entry:
    if file.is_symlink():
        raise InvalidEntry(f"{kind}/{file.name} はリンクです。", "ファイルそのものを置いてください。")
    name = unicodedata.normalize("NFC", file.stem)
    if kind is Kind.PROMPT and name.casefold() in {entry.name for entry in shipped()}:
        raise InvalidEntry(f"{kind}/{file.name} は製品のプロンプトと同じ名前です。", "別の名前にしてください。")
    try:
        with file.open("rb") as stream:
            return parse(kind, name, stream.read(MOST_BYTES + 1))
    except OSError as error:
        raise InvalidEntry(f"{kind}/{file.name} を開けません。", "権限を確かめてください。") from error


def prompts(data: Path, use: Literal["answer", "draft"]) -> tuple[Entry, ...]:
    """The prompts of one use, the product's first."""
    every = (*shipped(), *own(data, [Kind.PROMPT])[0])
    return tuple(entry for entry in every if entry.use == use)


def prompt(data: Path, use: Literal["answer", "draft"], name: str) -> Entry:
    """The prompt of this name. Raises InvalidSettings."""
    known = {entry.name: entry for entry in prompts(data, use)}
    if name not in known:
        for fault in own(data, [Kind.PROMPT])[1]:
            if fault.reason.startswith(f"{Kind.PROMPT}/{name}.md "):
                raise InvalidSettings(fault.reason, fault.remedy)
        kind = "回答用" if use == "answer" else "案の作成用"
        raise InvalidSettings(
            f"{kind}のプロンプト「{name}」はありません。",
            f"使えるのは {'、'.join(known)} です（python -m rag library list）。"
            + ("hikitsugi.toml の [llm] の prompt を直してください。" if use == "answer" else ""),
        )
    return known[name]


def example(question: str, purpose: str, author: str, department: str) -> Entry:
    """A question as it may be kept: without personal data and under a name that the same question always has."""
    text = mask(shown(question).strip()).text
    name = "q-" + hashlib.sha256(normalise(text).encode()).hexdigest()[:12]
    about = mask(" ".join(shown(purpose).split())).text or "職員が保存した質問"
    by = " ".join(shown(author).split())[:100] or "職員"
    return Entry(Kind.EXAMPLE, name, by, about[:300], text, department=department)


def add(data: Path, entry: Entry) -> bool:
    """Write a new entry; False, and nothing is written, if there is one of this name. Raises InvalidEntry, StorageFull."""
    content = as_file(entry)
    parse(entry.kind, entry.name, content)
    folder = data / "library" / entry.kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if len(list(folder.iterdir())) >= MOST_ENTRIES:
            raise InvalidEntry(f"{entry.kind} は{MOST_ENTRIES:,}個までです。", f"{folder} の古いものを消してください。")
        _write_new(folder / f"{entry.name}.md", content)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageFull(f"{folder} に書き込めません。", "空き容量と権限を確かめてください。") from error
    return True


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there, and nothing where the disk is full; a part that a kill left is named as unreadable. Raises OSError."""
    with file.open("xb") as stream:
        try:
            stream.write(content)
            stream.flush()
        except OSError:
            file.unlink(missing_ok=True)
            raise


def rewrite(data: Path, entry: Entry) -> None:
    """Replace the file of an entry that is there, whole or not at all. Raises InvalidEntry, StorageFull."""
    content = as_file(entry)
    parse(entry.kind, entry.name, content)
    file = data / "library" / entry.kind / f"{entry.name}.md"
    try:
        new = file.with_suffix(".new")
        new.write_bytes(content)
        new.replace(file)
    except OSError as error:
        raise StorageFull(f"{file} に書き込めません。", "空き容量と権限を確かめてください。") from error


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name with the first number that makes it another than those that are taken."""
    used = {other.casefold() for other in taken}
    return next(other for other in _numbered(name) if other.casefold() not in used)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, MOST_ENTRIES + 2):
        yield f"{name[:55]}-{number}"
