"""Running text of a PDF page: characters to lines, lines to paragraphs, by their places on the paper."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass, replace

from ingest.readers import clean, pdf_columns
from ingest.readers.blocks import starts_unit
from ingest.readers.pdf_marks import Char, Page
from ingest.readers.pdf_tables import Ruled, line_text

_MARK = re.compile(
    r"^(?:[・●○◎■□◆◇▼▲※★☆◦•⚫✓]|[①-⓿]|[（(][0-9０-９一二三四五六七八九十ア-ンa-zA-Z]{1,2}[）)]|[⑴-⒛]|【|〔|Q[0-9０-９.．:：]|[QＱAＡ][\s\u3000.．:：])"
)
_WEAK_MARK = re.compile(
    r"^(?:[0-9０-９]{1,2}[.．、)）\s\u3000]|[ア-ン][\s\u3000.．)）]|[a-zA-Z][.)]\s|[-－―]\s|注[0-9０-９]|[0-9０-９]{1,2}[-－.．][0-9０-９]+[\s\u3000])"
)
_CAPTION = re.compile(r"^[（(][^（）()]{1,30}[）)]$")
_ENDS = ("。", "．", "！", "？")
_HANGING = ("、", "。", "，", "．")
_UNIT = re.compile(r"[「『（(【〔]*(?:[!-~]+|.)[、。，．」』）)】〕ーっゃゅょァィゥェォッャュョ]*")
_PAGE_NUMBER = re.compile(
    r"^[\s\-－–—―‐~～・\[［(（]*(?:p\.?|P\.?|ｐ\.?|頁|第)?\s*[0-9０-９ivxlc]{1,4}(?:\s*[/／]\s*[0-9０-９]{1,4})?\s*(?:頁|ページ|ﾍﾟｰｼﾞ|page)?[\s\-－–—―‐~～・\]］)）]*$",
    re.IGNORECASE,
)
_LEADER = re.compile(r"[.．・…‥]{4,}\s*[0-9０-９]+$")
_COUNTED = re.compile(r"([0-9０-９]{1,2})[ \u3000.．、)）]")
_SPACED_OUT = re.compile(r"(?:[\u3041-\u30ff\u3400-\u9fff] ){3,}[\u3041-\u30ff\u3400-\u9fff]")
"""A title whose letters are set wide apart: 旅 費 支 給 規 程."""
_EDGE = 0.12
"""Running heads and page numbers stand within this share of the height from the top or bottom."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its place; ``first`` is the index of its first character on the page."""

    text: str
    left: float
    right: float
    base: float
    size: float
    page: int
    first: int
    join: bool = False


Item = Line | Ruled


def lines(page: Page, tables: list[Ruled]) -> list[Line]:
    """The lines outside tables, in pdfium's order; two columns one after the other."""
    taken = frozenset[int]().union(*(table.chars for table in tables))
    free = [index for index in range(len(page.chars)) if index not in taken]
    result: list[Line] = []
    current: list[Char] = []
    first = 0
    for place, index in zip(free, pdf_columns.by_column(page.chars, free), strict=True):
        char = page.chars[index]
        if current and _starts_line(current[-1], char, index - 1 in taken):
            result.append(_line(current, page.number, first))
            current = []
        if not current:
            first = place
        current.append(char)
    if current:
        result.append(_line(current, page.number, first))
    return _same_baseline([line for line in result if line.text])


def _starts_line(before: Char, char: Char, after_table: bool) -> bool:
    if after_table or abs(before.base - char.base) > 0.6 * max(before.size, char.size):
        return True
    if char.left < before.left - 0.5 * char.size:
        return True
    return char.left - before.right > 8 * char.size


def _line(chars: list[Char], page: int, first: int) -> Line:
    size = Counter(round(char.size, 1) for char in chars).most_common(1)[0][0]
    base = Counter(round(char.base, 1) for char in chars).most_common(1)[0][0]
    text = clean.visible(line_text(chars)).replace("\n", " ")
    if _SPACED_OUT.fullmatch(text):
        text = text.replace(" ", "")
    return Line(text, chars[0].left, max(char.right for char in chars), base, size or 10.0, page, first)


def _same_baseline(found: list[Line]) -> list[Line]:
    """Pieces of one line that follow each other in the file, as in a table without rules: one line."""
    result: list[Line] = []
    for line in found:
        last = result[-1] if result else None
        if last and abs(last.base - line.base) <= 0.3 * line.size and 0 <= line.left - last.right <= 20 * line.size:
            tight = line.left - last.right < 0.4 * line.size
            text = last.text + ("" if tight else " ") + line.text
            result[-1] = replace(last, text=text, right=line.right, size=max(last.size, line.size))
        else:
            result.append(line)
    return result


def ordered(found: list[Line], tables: list[Ruled]) -> list[Item]:
    """Lines and tables in reading order: from the top where nothing stands side by side, else in the file's order."""
    boxes: list[tuple[float, float, float, float, int, Item]] = [
        (line.left, line.base, line.right, line.base + line.size * 0.8, line.first, line) for line in found
    ] + [(*table.box, min(table.chars), table) for table in tables]
    if _has_columns(boxes):
        return [box[5] for box in sorted(boxes, key=lambda box: box[4])]
    return [box[5] for box in sorted(boxes, key=lambda box: (-box[3], box[0]))]


def _has_columns(boxes: list[tuple[float, float, float, float, int, Item]]) -> bool:
    """Whether some items stand beside each other at the same height (more than a stray pair)."""
    beside = 0
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            overlap = min(a[3], b[3]) - max(a[1], b[1])
            # Lines of two columns need not stand at the same height: less than a line apart is beside each other.
            least = -0.2 if isinstance(a[5], Line) and isinstance(b[5], Line) else 0.5
            if overlap > least * min(a[3] - a[1], b[3] - b[1]) and (a[2] <= b[0] + 1 or b[2] <= a[0] + 1):
                beside += 1
    return beside >= max(2, len(boxes) // 12)


def without_running(pages: list[tuple[Page, list[Line]]], tables: dict[int, list[Ruled]]) -> list[list[Line]]:
    """The lines of every page without headers, footers and page numbers that repeat at the edges.

    A number in such a line may count with the pages (- 3 -, 3 / 10). A line that stands close to the text or to a
    table is its title, though it be repeated. If a document has nothing else, everything stays.
    """
    seen: Counter[str] = Counter()
    keys: list[dict[Line, set[str]]] = []
    for page, found in pages:
        mine = {line: _keys(line) for line in _edge_lines(page, found, tables.get(page.number, []))}
        keys.append(mine)
        seen.update({key for group in mine.values() for key in group})
    least = 2 if len(pages) <= 5 else 3
    result = []
    for (_, found), mine in zip(pages, keys, strict=True):
        dropped = {
            line
            for line, group in mine.items()
            if _PAGE_NUMBER.match(line.text) or (len(pages) > 1 and any(seen[key] >= least for key in group))
        }
        result.append([line for line in found if line not in dropped])
    return result if any(result) or any(tables.values()) else [found for _, found in pages]


def _edge_lines(page: Page, found: list[Line], tables: list[Ruled]) -> list[Line]:
    """Up to three lines each at the very top and bottom of a page, apart from the body."""
    height = page.box[3] - page.box[1]
    low, high = page.box[1] + _EDGE * height, page.box[3] - _EDGE * height
    ordered_lines = sorted(found, key=lambda line: -line.base)
    pitch = _pitch(ordered_lines)
    tops = [(line.base + line.size, line.base) for line in found] + [(t.box[3], t.box[1]) for t in tables]

    def apart(line: Line, down: bool) -> bool:
        least = max(1.25 * pitch, 1.7) * line.size
        if down:
            below = [top for top, _ in tops if top < line.base + 0.1 * line.size]
            return not below or line.base + line.size - max(below) > least
        above = [bottom for _, bottom in tops if bottom > line.base + 0.5 * line.size]
        return not above or min(above) - line.base > least

    head = [line for line in ordered_lines if line.base > high][:3]
    foot = [line for line in ordered_lines if line.base < low][::-1][:3]
    while head and not apart(head[-1], down=True):
        head.pop()
    while foot and not apart(foot[-1], down=False):
        foot.pop()
    return list(dict.fromkeys(head + foot))


def _keys(line: Line) -> set[str]:
    """The line itself, and the line with each number as its distance from the page number, at about its height."""
    text, height = re.sub(r"\s", "", line.text), round(line.base / 12)
    keys = {text}
    for found in re.finditer(r"[0-9０-９]+", text):
        if len(found[0]) <= 4:
            keys.add(f"{text[: found.start()]}\x00{int(found[0]) - line.page}{text[found.end() :]}")
    return {f"{h}:{key}" for key in keys for h in (height, height + 1)}


def paragraphs(found: list[Item]) -> list[list[Line] | Ruled]:
    """Lines gathered into paragraphs; tables stand between them."""
    result: list[list[Line] | Ruled] = []
    flow = [item for item in found if isinstance(item, Line)]
    pitch = _pitch(flow)
    for item in found:
        last = result[-1] if result else None
        if isinstance(item, Line) and isinstance(last, list) and continues(last, item, flow, pitch):
            last.append(item)
        else:
            result.append([item] if isinstance(item, Line) else item)
    return result


def _pitch(flow: list[Line]) -> float:
    """The usual distance of two lines, in font sizes."""
    steps = [
        round((a.base - b.base) / a.size, 1)
        for a, b in itertools.pairwise(flow)
        if abs(a.size - b.size) < 1 and 0.8 < (a.base - b.base) / a.size < 3
    ]
    return Counter(steps).most_common(1)[0][0] if steps else 1.5


def continues(paragraph: list[Line], line: Line, flow: list[Line], pitch: float, across: bool = False) -> bool:
    """Whether ``line`` goes on with the paragraph: the line before was full, and nothing marks a new beginning.

    ``across`` a page break the distance of the lines says nothing.
    """
    last, first = paragraph[-1], paragraph[0]
    size = last.size
    if abs(line.size - size) > 0.12 * size or line.text.startswith("\u3000"):
        return False
    if not across and not 0.5 < (last.base - line.base) / size < max(pitch * 1.3, 1.35):
        return False
    if _LEADER.search(last.text) or _counts_on(first, line):
        return False
    if (
        starts_unit(line.text)
        or _MARK.match(line.text)
        or _CAPTION.match(line.text)
        or _CAPTION.match(last.text)
        or starts_heading(last.text, first)
    ):
        return False
    margin = _right_margin(last, flow)
    unit = _UNIT.match(line.text)
    needed = sum(0.5 if ord(c) < 0x80 else 1.0 for c in (unit[0] if unit else "")[:60]) * size
    if last.right + needed < margin - 0.6 * size:
        return False
    indented = line.left - (first.left if len(paragraph) == 1 else paragraph[1].left)
    if _MARK.match(first.text) or _WEAK_MARK.match(first.text) or starts_unit(first.text):
        if not -1.5 * size <= line.left - first.left <= 6 * size:
            return False
        hanging = len(paragraph) > 1 and indented > 0.6 * size
        return not hanging and not (last.text.endswith(_ENDS) and _WEAK_MARK.match(line.text))
    if indented > 0.6 * size or line.left < first.left - 2.6 * size:
        return False
    return not (last.text.endswith(_ENDS) and (_WEAK_MARK.match(line.text) is not None))


def _counts_on(first: Line, line: Line) -> bool:
    """Whether a line has the number after that of the paragraph, at the same place: １ 日時, ２ 場所."""
    one, other = _COUNTED.match(first.text), _COUNTED.match(line.text)
    return bool(one and other and int(other[1]) == int(one[1]) + 1 and abs(first.left - line.left) < line.size)


def starts_heading(text: str, first: Line) -> bool:
    """Whether a line is a heading that stands alone, so that nothing continues it."""
    return text == first.text and starts_unit(text) and len(text) <= 25 and not re.match(r"^第.+条", text)


def _right_margin(line: Line, flow: list[Line]) -> float:
    """How far lines of the same size that begin near this one reach to the right; not beyond a column beside it.

    A mark at the end of a line may hang over the margin (ぶら下げ組み) and does not say where that is. After the end of a sentence
    the longest line counts all the same: a paragraph too many does less harm there than one too few.
    """
    hangs = () if line.text.endswith(_ENDS) else _HANGING
    beside = [o.left for o in flow if abs(o.base - line.base) < 0.8 * line.size and o.left >= line.right]
    edge = min(beside, default=math.inf)
    return max(
        (
            o.right - (o.size if o.text.endswith(hangs) else 0.0)
            for o in flow
            if o.right <= edge
            and abs(o.left - line.left) <= 5 * line.size
            and abs(o.size - line.size) <= 0.12 * line.size
        ),
        default=line.right,
    )


def joined(paragraph: list[Line]) -> str:
    """The lines of a paragraph as one line."""
    text = paragraph[0].text
    for line in paragraph[1:]:
        text = clean.join(text, line.text)
    return text
