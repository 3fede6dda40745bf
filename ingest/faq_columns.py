"""What the columns of a FAQ (CSV) say of the whole document: 施行日, 廃止日, 公開範囲, 機密性 and the like.

A document has one audience and one time in force. So what decides about these must be the same in every row; what is
merely useful is taken over if it is, and stays a column of the answer otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path

from ingest.days import read_day
from ingest.metadata import NOTHING, DocumentEntry
from ingest.readers import csv, faq
from ingest.readers.decode import decode
from ingest.readers.front_matter import KEYS
from ingest.readers.guard import FILE_BYTES
from rag.errors import InvalidMetadata, UnreadableDocument

_ENDINGS = (".csv", ".tsv")
_CODECS = ("utf-8", "cp932", "euc_jp", "utf-16-le", "utf-16-be", "iso2022_jp")
_ESCAPE = re.compile(rb"\x1b[$(][@-J]")
_SHOWN = 3  # row numbers in a message


def read_columns(file: Path) -> DocumentEntry:
    """What a FAQ says of itself in its columns; nothing for any other file. Raises InvalidMetadata, OSError.

    A FAQ whose columns say who may see it, but whose heads are not recognised, is refused.
    """
    if file.suffix.lower() not in _ENDINGS or file.stat().st_size > FILE_BYTES or not _may_say(file):
        return NOTHING
    try:
        found = csv.records(decode(file.read_bytes()).text)
    except UnreadableDocument:
        return NOTHING  # nor will it be read
    _, records = csv.titles(found)
    heads = records[0][1] if records else []
    asked = faq.question_and_answer(heads)
    if not asked:
        _refuse_unrecognised(file.name, found)
    rows = [(n, cells) for n, cells in records[1:] if asked and any(_value(cells, i) for i in asked)]
    if not rows:
        return NOTHING
    said: dict[str, object] = {}
    for index, key in faq.about_the_document(heads):
        values = {number: _value(cells, index) for number, cells in rows}
        if len(set(values.values())) > 1 and key in faq.DECIDING:
            raise _disagreement(file.name, faq.DECIDING[key], values)
        value = next(iter(values.values()))
        if len(set(values.values())) == 1 and value:
            if key in said:
                raise InvalidMetadata(f"{file.name} に「{heads[index]}」の列が二つあります。", "一つにしてください。")
            meaning = _meaning(file.name, key, value)
            said |= {} if meaning is None else {key: meaning}
    return DocumentEntry.model_validate(said)


def _may_say(file: Path) -> bool:
    """Whether any line can name such a column: most CSV files need not be decoded and parsed to know."""
    data = file.read_bytes().lower()
    return any(name in data for name in _names())


@cache
def _names() -> tuple[bytes, ...]:
    japanese = [name for name, key in KEYS.items() if key in faq.DECIDING or key in faq.USEFUL]
    written = {name.encode(codec) for name in [*japanese, *faq.DECIDING, *faq.USEFUL] for codec in _CODECS}
    return tuple(_ESCAPE.sub(b"", name).lower() for name in sorted(written))


def _refuse_unrecognised(file: str, found: list[tuple[int, list[str]]]) -> None:
    """Raise InvalidMetadata for a FAQ that says who may see it below heads that are not, or too late, known for such.

    It would be shown to everybody. A list of other things may have columns of these names that say something of them.
    """
    for number, cells in found:
        deciding = [cells[i] for i, key in faq.about_the_document(cells) if key in faq.DECIDING]
        if deciding and faq.may_be_heads(cells):
            raise InvalidMetadata(
                f"{file} の {number} 行目に「{deciding[0]}」の列がありますが、質問と回答の表の見出しとして読めません。",
                "列の名前を「質問」「回答」とし、表の見出しをファイルの初めのほうの行に書いてください。",
            )


def _value(cells: list[str], index: int) -> str:
    """A cell as it is compared."""
    return unicodedata.normalize("NFKC", cells[index]).strip() if index < len(cells) else ""


def _meaning(file: str, key: str, value: str) -> object:
    """A value as ``DocumentEntry`` takes it; None if it is no such value. Raises InvalidMetadata where that matters."""
    if key == "review_by":
        return read_day(value)
    if key in ("valid_from", "valid_until"):
        return _day(file, key, value)
    if key == "audience":
        return frozenset(part for part in re.split(r"[、,,;;/\s]+", value) if part)
    if key == "sensitivity":
        level = value.removeprefix("機密性").strip()
        if level not in ("1", "2", "3"):
            raise InvalidMetadata(
                f"{file} の「機密性」の列に「{value}」とあります。", "1・2・3 のどれかを書いてください。"
            )
        return int(level)
    return value


def _day(file: str, key: str, value: str) -> date:
    day = read_day(value)
    if day is None:
        remedy = "2026-04-01 か 令和8年4月1日 のように書いてください。"
        raise InvalidMetadata(f"{file} の「{faq.DECIDING[key]}」の列の「{value}」を日付として読めません。", remedy)
    return day


def _disagreement(file: str, head: str, values: dict[int, str]) -> InvalidMetadata:
    """The refusal of a file whose rows differ in what decides about them; the row numbers are of the rarer values."""
    said = list(values.values())
    most = max(dict.fromkeys(said), key=said.count)
    others = [str(number) for number, value in values.items() if value != most]
    shown = "、".join(others[:_SHOWN]) + ("ほか" if len(others) > _SHOWN else "")
    return InvalidMetadata(
        f"{file} は行によって「{head}」が違います（{shown}行目が「{most or '空'}」でない）。",
        f"「{head}」の同じ行ごとに、別のファイルに分けてください。",
    )
