"""A page of a PDF as a picture, with a quotation marked. Drawn in another process, since a hostile file may crash its reader.

``python -m ui.parts.page_image FILE PAGE`` reads the quotation from standard input and writes a PNG to standard output; its
exit status is 0 if the quotation was found on the page, 3 if not.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.text import compact

DPI = 110
_SECONDS = 20
_FOUND, _NOT_FOUND = 0, 3
_SEGMENT = re.compile(r"[\t\n]+|(?<=[。！？])")
_FILL, _OUTLINE = (255, 221, 51, 96), (183, 143, 0, 255)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageImage:
    """A PNG, and whether the quotation is marked in it."""

    png: bytes
    marked: bool


@lru_cache(maxsize=64)
def page_image(file: Path, page: int, quote: str) -> PageImage | None:
    """The page (from 1) with the quotation marked; None if it cannot be drawn. ``file`` is named by its content."""
    command = [sys.executable, "-m", "ui.parts.page_image", str(file), str(page)]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            command, input=quote.encode(), capture_output=True, timeout=_SECONDS, check=False, cwd=root
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in (_FOUND, _NOT_FOUND) or not done.stdout:
        return None
    return PageImage(done.stdout, done.returncode == _FOUND)


def locate(characters: list[str], quote: str) -> list[tuple[int, int]]:
    """Spans in ``characters`` (one per index of the page) where parts of the quotation stand, in order.

    Compared without white space and in one normal form, since a page breaks lines and a reader joins them.
    """
    normal, places = [], []
    for index, character in enumerate(characters):
        for piece in compact(character):
            normal.append(piece)
            places.append(index)
    page = "".join(normal)
    spans, position = [], 0
    for segment in filter(None, (compact(part) for part in _SEGMENT.split(quote))):
        at = page.find(segment, position)
        at = at if at >= 0 else page.find(segment)
        if at >= 0:
            spans.append((places[at], places[at + len(segment) - 1] + 1))
            position = at + len(segment)
    return spans


def lines(boxes: list[Box]) -> list[Box]:
    """Boxes (left, bottom, right, top) of characters joined into one box a line."""
    joined: list[Box] = []
    for left, bottom, right, top in boxes:
        if joined:
            last = joined[-1]
            overlap = min(top, last[3]) - max(bottom, last[1])
            if overlap > 0.4 * min(top - bottom, last[3] - last[1]) and left >= last[0]:
                joined[-1] = (last[0], min(bottom, last[1]), max(right, last[2]), max(top, last[3]))
                continue
        joined.append((left, bottom, right, top))
    return joined


def draw(file: Path, number: int, quote: str) -> PageImage:
    """Draw the page in this process."""
    import pypdfium2
    from PIL import Image, ImageDraw

    document = pypdfium2.PdfDocument(str(file))
    page = document[number - 1]
    scale = DPI / 72
    picture = page.render(scale=scale).to_pil().convert("RGBA")
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    boxes = _boxes(page, quote)
    height = page.get_height()
    for left, bottom, right, top in boxes:
        corners = (left * scale - 2, (height - top) * scale - 2, right * scale + 2, (height - bottom) * scale + 2)
        pen.rectangle(corners, fill=_FILL, outline=_OUTLINE, width=2)
    out = io.BytesIO()
    Image.alpha_composite(picture, layer).convert("RGB").save(out, "PNG", optimize=True)
    return PageImage(out.getvalue(), bool(boxes))


def _boxes(page: Any, quote: str) -> list[Box]:
    import pypdfium2.raw as raw

    text = page.get_textpage()
    characters = [chr(raw.FPDFText_GetUnicode(text, i)) for i in range(text.count_chars())]
    found: list[Box] = []
    for start, end in locate(characters, quote):
        boxes = [text.get_charbox(i) for i in range(start, end) if not characters[i].isspace()]
        found += lines([box for box in boxes if box[2] > box[0] and box[3] > box[1]])
    return found


if __name__ == "__main__":
    image = draw(Path(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(image.png)
    sys.exit(_FOUND if image.marked else _NOT_FOUND)
