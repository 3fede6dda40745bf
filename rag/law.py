"""Where a quotation stands in an ordinance (例規): 第12条第2項第3号, 附則第2項.

The heading says the article; the paragraph (項) and the item (号) are read from the numbers at the beginnings of lines.
Where these could also be something else – a list, a chunk that begins in the middle – less is said, never something
else: a citation of the wrong paragraph is worse than one of the whole article.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.domain import Chunk, Kind
from rag.text import normalise

_KANJI = "〇一二三四五六七八九"
_NUMBER = "[0-9０-９一二三四五六七八九十百千〇]+"
_ARTICLE = re.compile(rf"第{_NUMBER}条(?:の{_NUMBER})*(?=$|[ \u3000\n（(])")
_SUPPLEMENT = re.compile(r"[附付][ \u3000]*則(?:[（(][^（）()]*[）)])?$")
_CAPTION = re.compile(r"[ \u3000]*(?:[（(][^（）()]*[）)])?[ \u3000\n]*")
_PARAGRAPH = re.compile(r"^(?:[（(][^（）()\n]*[）)]\n)?([0-9０-９]{1,2})[ \u3000]+(?=\S)", re.MULTILINE)
"""Its caption stands on the line above it: （経過措置）."""
_ITEM = re.compile(r"^(?:[(（]([0-9０-９]{1,2})[)）]|([⑴-⒇])|([一二三四五六七八九十]{1,3})(?=[ \u3000]))", re.MULTILINE)
# A paragraph is a sentence of its own. An item of a list may also end with 。, but after a noun: 「…とき。」
_SENTENCE = re.compile(r"(?<!とき)(?<!こと)(?<!もの)(?<!場合)(?<!者)。")

_Marks = list[tuple[int, int | None]]
"""Where the parts of a text begin, and their numbers; None for what has no number or none that can be told."""


def anchor(chunk: Chunk, span: tuple[int, int] | None = None) -> str | None:
    """How ``chunk.text[span]`` (None: the whole text) is cited within its ordinance; None where no article heads it.

    A quotation from several paragraphs or items is cited by what they have in common.
    """
    label = _label(chunk)
    if label is None:
        return None
    start, end = span or (0, len(chunk.text))
    first, last = _address(chunk.text, label, start), _address(chunk.text, label, max(start, end - 1))
    in_kanji = label.startswith("第") and not re.search("[0-9]", label)
    said = label
    for unit, one, other in zip("項号", first, last, strict=True):
        if one != other:
            break
        said += f"第{_in_kanji(one) if in_kanji else one}{unit}" if one else ""
    return said


def headings(chunk: Chunk, span: tuple[int, int] | None = None) -> tuple[str, ...]:
    """The headings of a passage with the paragraph and the item: 第3章 旅費の種目, 第12条第2項（その他の交通費）."""
    said = anchor(chunk, span)
    if said is None:
        return chunk.heading
    article = _ARTICLE.match(chunk.heading[-1])
    return (*chunk.heading[:-1], said + (chunk.heading[-1][article.end() :] if article else ""))


def _label(chunk: Chunk) -> str | None:
    """第12条 or 附則（令和7年規則第21号）, if that is the innermost heading of running text."""
    if chunk.kind is not Kind.PROSE or not chunk.heading:
        return None
    if article := _ARTICLE.match(chunk.heading[-1]):
        return normalise(article[0])
    return chunk.heading[-1] if _SUPPLEMENT.match(chunk.heading[-1]) else None


def _address(text: str, label: str, position: int) -> tuple[int | None, int | None]:
    """The numbers of the paragraph and the item at a position."""
    beginning = _ARTICLE.match(text)
    begins = bool(beginning and normalise(beginning[0]) == label)
    paragraphs = _paragraphs(text, label, begins)
    (start, number), end = _part(paragraphs, position, len(text))
    alone = begins and paragraphs == [(0, None)] and not _PARAGRAPH.search(text)
    if number is None and not alone:  # an item of a paragraph that is not known
        return None, None
    (_, item), _ = _part(_items(text, start, end), position, end)
    return number, item


def _part(marks: _Marks, position: int, end: int) -> tuple[tuple[int, int | None], int]:
    """The last part that begins at or before a position, and its end."""
    at = max(index for index, (start, _) in enumerate(marks) if start <= position)
    return marks[at], marks[at + 1][0] if at + 1 < len(marks) else end


def _paragraphs(text: str, label: str, begins: bool) -> _Marks:
    """The paragraphs of a chunk; one without a number if its numbers may be others. ``begins``: with its article."""
    marks: _Marks = [(found.start(), _value(found[1])) for found in _PARAGRAPH.finditer(text)]
    numbers = [number for _, number in marks if number]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(marks))):
        return [(0, None)]
    stretches = (text[start:end] for (start, _), (end, _) in pairwise([*marks, (len(text), None)]))
    if not all(map(_SENTENCE.search, stretches)):
        return [(0, None)]
    if numbers[0] == 1:
        # 附則 numbers from 1. An article does so if nothing precedes; otherwise these are the items of a list.
        introduced = _CAPTION.sub("", _ARTICLE.sub("", text[: marks[0][0]], count=1), count=1)
        if label.startswith("第") and (introduced or not begins):
            return [(0, None)]
        before = 1 if begins else None
    elif begins and numbers[0] != 2:
        return [(0, None)]
    else:
        before = numbers[0] - 1
    return [(0, before), *marks] if marks[0][0] else marks


def _items(text: str, start: int, end: int) -> _Marks:
    """What stands before the items of a paragraph, and they; only the former if their numbers are not those of one list."""
    found = list(_ITEM.finditer(text, start, end))
    numbers = [_value(next(filter(None, mark.groups()))) for mark in found]
    introduced = bool(found and text[start : found[0].start()].strip())
    if numbers != list(range(*((numbers[0], numbers[0] + len(found)) if found else (0,)))) or (
        introduced and numbers[0] != 1
    ):
        return [(start, None)]
    return [(start, None), *((mark.start(), number) for mark, number in zip(found, numbers, strict=True))]


def _value(number: str) -> int:
    """An Arabic number in any width, or a Japanese one below a hundred.

    >>> _value("１２"), _value("⑶"), _value("十"), _value("二十三")
    (12, 3, 10, 23)
    """
    plain = normalise(number).strip("()")
    if plain.isdigit():
        return int(plain)
    tens, ten, ones = plain.rpartition("十")
    return (_KANJI.index(tens) if tens else 1) * 10 * bool(ten) + (_KANJI.index(ones) if ones else 0)


def _in_kanji(number: int) -> str:
    """A number below a hundred as it is written in an ordinance set vertically.

    >>> _in_kanji(2), _in_kanji(10), _in_kanji(23)
    ('二', '十', '二十三')
    """
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _KANJI[tens]) + ("十" if tens else "") + (_KANJI[ones] if ones else "")
