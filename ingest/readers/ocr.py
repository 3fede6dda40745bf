"""Scanned pages read by Tesseract, where it is installed with Japanese. Without it a scan stays a page without text.

Tesseract is a program of its own, run page by page within the limits of the reading process. Where its words stand
decides about spaces and columns; ``ocr_lines`` does that.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingest.readers import pdf_second
from ingest.readers.blocks import Paragraph
from ingest.readers.ocr_lines import Line, letters, lines, mean_confidence, run_across_columns

SECONDS = 60
"""For one page and one direction of writing."""
_LEAST_DPI, _MOST_DPI = 200, 300
"""A page is drawn as it was scanned within these bounds: a coarse scan that is enlarged is read worse, not better."""
_MOST_PIXELS = 20_000_000
"""A3 at 300 dpi: a byte a pixel here and some ten in Tesseract, within the gibibyte of the reading process."""
_MOST_SIDE = 30_000  # Tesseract refuses 32,767 pixels
_HORIZONTAL, _VERTICAL = "jpn", "jpn_vert"
_ORIENTATION = "osd"
"""The data with which Tesseract tells how a page lies: asked only where nothing is legible as it is."""
_BLOCKS, _ONE_COLUMN = 3, 4
"""Tesseract's --psm: it divides the page into blocks itself, or takes it for one column of lines."""
_SURE, _LEGIBLE = 70.0, 35.0
"""Confidence (0 to 100) of a page that is surely set in lines (vertical text read as lines has about 20), and of a line
below which it is a stamp, a picture or dirt.
"""
_FEW_LETTERS = 100
"""A page with fewer may be one of vertical text of which next to nothing was read; a short letter has more."""

announce: Callable[[int], None] = lambda _seconds: None  # noqa: E731 – replaced by whoever keeps the time
"""Called with the seconds that the next page may take, before it is read."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What Tesseract makes of a page. ``dropped`` says that illegible lines were left out."""

    paragraphs: tuple[Paragraph, ...]
    dropped: bool


@cache
def languages() -> frozenset[str]:
    """The languages that Tesseract has here; none if it is not installed."""
    program = shutil.which("tesseract")
    if not program:
        return frozenset()
    try:
        shown = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(shown.stdout.split())


def used() -> tuple[str, ...]:
    """The Japanese data with which pages are read here; none without it, or if someone said ``HIKITSUGI_OCR=off``."""
    if os.environ.get("HIKITSUGI_OCR") == "off" or _HORIZONTAL not in languages():
        return ()
    return (_HORIZONTAL, _VERTICAL) if _VERTICAL in languages() else (_HORIZONTAL,)


def recognise(page: Any, number: int) -> Recognised | None:
    """A page (an open pypdfium2 PdfPage; ``number`` from 1) as Tesseract reads it; None if little of it is legible."""
    picture = _picture(page) if used() else None
    if not picture:
        return None
    found = _recognised(picture, number)
    turn = 0 if found or _ORIENTATION not in languages() else _turn(*picture)
    turned = _picture(page, turn) if turn else None
    return _recognised(turned, number) if turned else found


def _recognised(picture: tuple[bytes, int], number: int) -> Recognised | None:
    """What Tesseract reads in a picture that stands upright; None if little of it is legible."""
    # As one column first: Tesseract's own division into blocks tears the lines of a plain page apart.
    found = _tesseract(*picture, _HORIZONTAL, _ONE_COLUMN)
    # Of a vertical page it may read two letters that happen to stand upright, and be sure of them.
    doubtful = mean_confidence(found) < _SURE or letters(found) < _FEW_LETTERS
    if doubtful and _VERTICAL in used():
        found = max(found, _tesseract(*picture, _VERTICAL, _BLOCKS), key=_legible_amount)
    elif run_across_columns(found):
        found = _tesseract(*picture, _HORIZONTAL, _BLOCKS) or found
    legible = [line for line in found if line.confidence >= _LEGIBLE]
    if 2 * letters(legible) < letters(found):
        return None
    paragraphs: list[Paragraph] = []
    for block in dict.fromkeys(line.block for line in legible):
        text = "\n".join(line.text for line in legible if line.block == block)
        paragraphs += pdf_second.paragraphs(text, number)
    return Recognised(tuple(paragraphs), len(legible) < len(found)) if paragraphs else None


def _legible_amount(found: list[Line]) -> float:
    """How much of a page is read: its letters, each by how far its line is above illegible."""
    return sum(len(line.text) * max(0.0, line.confidence - _LEGIBLE) for line in found)


def _turn(image: bytes, dpi: int) -> int:
    """By how many degrees, clockwise, a picture is to be turned so that its text stands upright; 0 if that is unknown."""
    announce(SECONDS)
    command = ["tesseract", "-", "-", "-l", _ORIENTATION, "--psm", "0", "--dpi", str(dpi)]
    try:
        done = subprocess.run(command, input=image, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    said = re.search(rb"Rotate: (90|180|270)\b", done.stdout)
    return int(said[1]) if said else 0


def _picture(page: Any, turn: int = 0) -> tuple[bytes, int] | None:
    """A page as a grey PGM picture with its dots per inch, turned clockwise; None if it is of one colour."""
    width, height = (max(side / 72, 0.01) for side in page.get_size())  # inches
    dpi = min(_resolution(page), (_MOST_PIXELS / (width * height)) ** 0.5, _MOST_SIDE / max(width, height))
    image = page.render(scale=dpi / 72, rotation=turn, grayscale=True).to_pil()
    darkest, lightest = image.getextrema()
    if darkest == lightest:
        return None
    picture = io.BytesIO()
    image.save(picture, "ppm")
    return picture.getvalue(), max(70, round(dpi))


def _resolution(page: Any) -> float:
    """The dots per inch of the largest picture on a page, within bounds; the most for a page that is drawn."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    sizes = []
    for picture in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
        (wide, high), (left, bottom, right, top) = picture.get_px_size(), picture.get_bounds()
        area = (right - left) * (top - bottom)
        if area > 0:
            sizes.append((area, 72 * (wide * high / area) ** 0.5))
    return min(_MOST_DPI, max(_LEAST_DPI, max(sizes)[1])) if sizes else _MOST_DPI


def _tesseract(image: bytes, dpi: int, language: str, layout: int) -> list[Line]:
    """The lines of a picture in reading order; none if Tesseract fails or takes too long."""
    announce(SECONDS)
    command = ["tesseract", "-", "-", "-l", language, "--psm", str(layout), "--dpi", str(dpi), "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}  # its threads cost more than they gain
    try:
        done = subprocess.run(command, input=image, capture_output=True, timeout=SECONDS, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return lines(done.stdout.decode("utf-8", errors="replace"))
