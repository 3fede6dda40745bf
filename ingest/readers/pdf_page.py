"""A page of a PDF as pdfium draws it: visible characters with their places, and the lines that tables are made of."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from ingest.readers.pdf_marks import Box, Char, Matrix, Page, Rule, Space, apply, turned
from ingest.readers.pdf_turned import direction, is_vertical, laid_down, parted

_Style = tuple[bool, bool, float, bool, float]
"""invisible, white, size on the page, bold, direction (degrees, counterclockwise, before the page's rotation)"""

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_THIN = 3.0
"""A filled rectangle thinner than this (points) is a drawn line."""
_SMALLEST_FONT = 1.0
_STRIP = 8.0
"""Height (points) of the strips in which a character is compared with the same ones before; above any type's fifth."""
_WHITE = 245
_SCAN_SHARE = 0.5
"""Pictures over more than this share of a page make invisible text an OCR layer. Many scanners write a page in strips."""
_SAMPLES = 20
"""The share is counted on so many by so many points of the page."""
_TURNED_SHARE, _ASIDE_SHARE = 0.8, 0.5
"""Shares of a page's characters: so many in one other direction turn the page; up to so many in others stand aside."""
_MOST_PATHS = 60_000
_BOLD = re.compile(rb"bold|heavy|black|demi|-W[6-9]", re.IGNORECASE)


@dataclass(slots=True)
class _Drawing:
    horizontal: list[Rule]
    vertical: list[Rule]
    fills: list[Box]
    images: list[Box]
    texts: dict[int, tuple[Any, Matrix]]
    paths: int = 0


def load(page: Any, number: int) -> Page:
    """Read one page of an open document (a pypdfium2 PdfPage)."""
    textpage = page.get_textpage()
    try:
        found, tilts = _seen(page, textpage, number, page.get_rotation())
        tilt, most = Counter(tilts).most_common(1)[0] if tilts else (0, 0)
        if tilt in (90, 180, 270) and most >= _TURNED_SHARE * len(tilts):  # a page across, without saying so
            found, tilts = _seen(page, textpage, number, page.get_rotation() + tilt)
        if is_vertical(found.chars):
            return laid_down(found)
        across = sum(1 for tilt in tilts if tilt)
        return parted(found, tilts) if 0 < across <= _ASIDE_SHARE * len(tilts) else found
    finally:
        textpage.close()


def _seen(page: Any, textpage: Any, number: int, rotation: int) -> tuple[Page, list[int]]:
    """The page turned clockwise by ``rotation``, and the direction of each of its characters (degrees)."""
    turn = _turn(rotation)
    box = turned(turn, *page.get_bbox())
    drawing = _Drawing([], [], [], [], {})
    _collect(page.raw, _IDENTITY, turn, drawing, 0)
    pictured = _covered(box, drawing.images) > _SCAN_SHARE
    chars, hidden, unmapped, tilts = _chars(textpage.raw, turn, box, drawing, pictured)
    rules = tuple(drawing.horizontal), tuple(drawing.vertical)
    found = Page(number, box, tuple(chars), *rules, tuple(drawing.fills), hidden, unmapped, pictured)
    return found, [direction(tilt - rotation) for tilt in tilts]


def _turn(rotation: int) -> Matrix:
    """The matrix that turns user space as the page's /Rotate asks (clockwise)."""
    return {
        90: (0.0, -1.0, 1.0, 0.0, 0.0, 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, 0.0, 0.0),
        270: (0.0, 1.0, -1.0, 0.0, 0.0, 0.0),
    }.get(rotation % 360, _IDENTITY)


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """First ``inner``, then ``outer``."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, l = outer  # noqa: E741 – the usual names of a matrix
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l)


def _collect(container: Any, outer: Matrix, turn: Matrix, drawing: _Drawing, depth: int) -> None:
    """Lines, filled areas and pictures of a page or of a form within it."""
    is_page = depth == 0
    count = pdfium.FPDFPage_CountObjects(container) if is_page else pdfium.FPDFFormObj_CountObjects(container)
    for index in range(max(0, count)):
        item = (
            pdfium.FPDFPage_GetObject(container, index) if is_page else pdfium.FPDFFormObj_GetObject(container, index)
        )
        match pdfium.FPDFPageObj_GetType(item):
            case pdfium.FPDF_PAGEOBJ_PATH if drawing.paths < _MOST_PATHS:
                drawing.paths += 1
                _path(item, _times(_matrix(item), _times(outer, turn)), drawing)
            case pdfium.FPDF_PAGEOBJ_TEXT:
                drawing.texts[ctypes.addressof(item.contents)] = item, _times(outer, turn)
            case pdfium.FPDF_PAGEOBJ_FORM if depth < 8:
                _collect(item, _times(_matrix(item), outer), turn, drawing, depth + 1)
            case pdfium.FPDF_PAGEOBJ_IMAGE:
                drawing.images.append(turned(_times(_matrix(item), _times(outer, turn)), 0, 0, 1, 1))
            case pdfium.FPDF_PAGEOBJ_SHADING:
                drawing.fills.append((-1e9, -1e9, 1e9, 1e9))


def _matrix(item: Any) -> Matrix:
    raw = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, raw):
        return _IDENTITY
    return raw.a, raw.b, raw.c, raw.d, raw.e, raw.f


def _path(item: Any, matrix: Matrix, drawing: _Drawing) -> None:
    """The straight lines of a path; a thin filled shape is a line too."""
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, mode, stroked)
    filled = mode.value != pdfium.FPDF_FILLMODE_NONE
    if not filled and not stroked.value:
        return
    count = pdfium.FPDFPath_CountSegments(item)
    if count > 2000:
        return
    lines: list[tuple[tuple[float, float], tuple[float, float]]] = []
    start = last = (0.0, 0.0)
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    boxes: list[Box] = []
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = apply(matrix, x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if points:
                boxes.append(_bounds(points))
            points, start = [point], point
        else:
            points.append(point)
            if kind == pdfium.FPDF_SEGMENT_LINETO:
                lines.append((last, point))
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            lines.append((point, start))
            last = start
    if points:
        boxes.append(_bounds(points))
    if filled:
        _filled(item, boxes, drawing)
    if stroked.value:
        for (x0, y0), (x1, y1) in lines:
            _line(x0, y0, x1, y1, drawing)


def _filled(item: Any, boxes: list[Box], drawing: _Drawing) -> None:
    white = _is_white(item, pdfium.FPDFPageObj_GetFillColor)
    for left, bottom, right, top in boxes:
        if min(right - left, top - bottom) <= _THIN:
            if not white:
                middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
                if right - left >= top - bottom:
                    _line(left, middle_y, right, middle_y, drawing)
                else:
                    _line(middle_x, bottom, middle_x, top, drawing)
        elif not white:
            drawing.fills.append((left, bottom, right, top))


def _bounds(points: list[tuple[float, float]]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def _line(x0: float, y0: float, x1: float, y1: float, drawing: _Drawing) -> None:
    if abs(y0 - y1) <= 0.7 and abs(x0 - x1) > 0.7:
        drawing.horizontal.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
    elif abs(x0 - x1) <= 0.7 and abs(y0 - y1) > 0.7:
        drawing.vertical.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


def _is_white(item: Any, getter: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not getter(item, red, green, blue, alpha):
        return False
    return alpha.value < 8 or min(red.value, green.value, blue.value) >= _WHITE


def _covered(page: Box, images: list[Box]) -> float:
    """The share of a page that pictures cover."""
    if not images:
        return 0.0
    left, bottom, right, top = page
    steps = [(index + 0.5) / _SAMPLES for index in range(_SAMPLES)]
    points = [(left + x * (right - left), bottom + y * (top - bottom)) for x in steps for y in steps]
    return sum(any(_inside(image, *point) for image in images) for point in points) / len(points)


def _chars(
    textpage: Any, turn: Matrix, page: Box, drawing: _Drawing, is_scan: bool
) -> tuple[list[Char], bool, int, list[float]]:
    """The visible characters in pdfium's order, whether any were hidden, how many have no Unicode value, and their
    directions.
    """
    drawn: list[tuple[Char, int, bool]] = []  # with the address of its text object, and whether it is unseen
    styles: dict[int, _Style] = {}
    unmapped = 0
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    margin = (page[0] - 1, page[1] - 1, page[2] + 1, page[3] + 1)
    painted = (*drawing.fills, *drawing.images)
    upright = turn == _IDENTITY
    break_, space = False, Space.NONE
    count = pdfium.FPDFText_CountChars(textpage)
    high = 0
    for index in range(max(0, count)):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code, high = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), 0
        if code in (0x0D, 0x0A):
            break_ = True
            continue
        if code in (0, 0xFFFE, 0x02, 0xFFFF) or 0xD800 <= code < 0xE000:
            if code == 0 or pdfium.FPDFText_HasUnicodeMapError(textpage, index):
                unmapped += 1
            continue
        if code in (0x20, 0xA0, 0x09):
            space = Space.GAP if pdfium.FPDFText_IsGenerated(textpage, index) else Space.TYPED
            continue
        pdfium.FPDFText_GetLooseCharBox(textpage, index, box)
        pdfium.FPDFText_GetCharOrigin(textpage, index, x, y)
        if upright:  # most pages, and this is the innermost loop
            left, bottom, right, top, base = box.left, box.bottom, box.right, box.top, y.value
        else:
            left, bottom, right, top = turned(turn, box.left, box.bottom, box.right, box.top)
            base = apply(turn, x.value, y.value)[1]
        item = pdfium.FPDFText_GetTextObject(textpage, index)
        address = ctypes.addressof(item.contents) if item else 0
        style = styles.get(address)
        if style is None:
            style = styles[address] = _style(textpage, index, item)
        size = style[2] or top - bottom
        if not math.isfinite(left + right + base + size):
            continue
        middle = ((left + right) / 2, (bottom + top) / 2)
        unseen = (
            (style[0] and not is_scan)
            or (style[1] and not any(_inside(area, *middle) for area in painted))
            or size < _SMALLEST_FONT
            or not _inside(margin, *middle)
        )
        drawn.append((Char(chr(code), left, right, base, size, break_, space, style[3]), address, unseen))
        break_, space = False, Space.NONE
    edges = _white_edges({a for _, a, unseen in drawn if unseen}, {a for _, a, _ in drawn}, drawing, styles)
    chars: list[Char] = []
    tilts: list[float] = []
    seen: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for char, address, unseen in drawn:
        if (not unseen or address in edges) and not _is_overprint(char, seen):
            chars.append(char)
            tilts.append(styles[address][4])
    return chars, any(unseen and address not in edges for _, address, unseen in drawn), unmapped, tilts


def _white_edges(unseen: set[int], known: set[int], drawing: _Drawing, styles: dict[int, _Style]) -> frozenset[int]:
    """Those of the unseen text objects that are the white edge of visible letters.

    Of texts that are the same and lie upon each other pdfium gives only the first, so the visible one is among the
    objects without characters. (Other text at the same place has characters of its own and proves nothing.)
    """
    if not unseen:
        return frozenset()
    dropped = [
        (item, matrix)
        for address, (item, matrix) in drawing.texts.items()
        if address not in known
        and not _is_white(item, pdfium.FPDFPageObj_GetFillColor)
        and pdfium.FPDFTextObj_GetTextRenderMode(item) in (0, 2, 4, 6)
    ]
    places = [_object_box(item, matrix) for item, matrix in dropped]
    return frozenset(
        address
        for address in unseen
        if address in drawing.texts
        and any(_near(_object_box(*drawing.texts[address]), p) for p in places)
        and styles[address][2] >= _SMALLEST_FONT
    )


def _object_box(item: Any, matrix: Matrix) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return turned(matrix, left.value, bottom.value, right.value, top.value)


def _near(one: Box, other: Box) -> bool:
    """Whether two boxes differ by less than a third of their height, or of their width if that is less."""
    least = max(1.0, 0.34 * min(one[3] - one[1], one[2] - one[0]))
    return all(abs(a - b) <= least for a, b in zip(one, other, strict=True))


def _style(textpage: Any, index: int, item: Any) -> _Style:
    """Whether a text object is drawn invisibly (render mode 3), is white, its size on the page, whether it is bold."""
    if not item:
        return False, False, 0.0, False, 0.0
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    getter = pdfium.FPDFPageObj_GetStrokeColor if mode == 1 else pdfium.FPDFPageObj_GetFillColor
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, index, matrix)
    size = pdfium.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
    tilt = math.degrees(math.atan2(matrix.b, matrix.a))
    bold = mode == 2 or _is_bold(item)
    return mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, _is_white(item, getter), size, bold, tilt


def _is_bold(item: Any) -> bool:
    """Whether the name of a text object's font says that it is bold."""
    name = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(pdfium.FPDFTextObj_GetFont(item), name, len(name))
    return bool(_BOLD.search(name.value))


def _is_overprint(char: Char, seen: dict[tuple[str, int], list[tuple[float, float]]]) -> bool:
    """Whether the same character was already drawn here (a fifth of its size away): bold made by printing twice."""
    step = max(1.0, char.size * 0.2)
    strip = round(char.base / _STRIP)
    for near in (strip, strip - 1, strip + 1):
        for left, base in seen.get((char.text, near), ()):
            if abs(left - char.left) < step and abs(base - char.base) < step:
                return True
    seen.setdefault((char.text, strip), []).append((char.left, char.base))
    return False


def _inside(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def widgets(page: Any, form: Any) -> Iterator[tuple[str, str]]:
    """(label, value) of the filled form fields and free-text notes that are shown on a page."""
    for index in range(max(0, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        note = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not note:
            continue
        try:
            kind, flags = pdfium.FPDFAnnot_GetSubtype(note), pdfium.FPDFAnnot_GetFlags(note)
            if flags & (pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW):
                continue
            if kind == pdfium.FPDF_ANNOT_WIDGET and form and _is_text_field(form, note):
                label = _wide(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note) or _wide(
                    pdfium.FPDFAnnot_GetFormFieldName, form, note
                )
                yield label, _wide(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
            elif kind in (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_STAMP):
                yield "注釈", _wide(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def _is_text_field(form: Any, note: Any) -> bool:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    return kind in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)


def _wide(function: Any, *arguments: Any) -> str:
    """Call a pdfium function that fills a UTF-16 buffer."""
    size = function(*arguments, None, 0)
    if size <= 2 or size > 1_000_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="ignore")
