"""Scanned pages read by Tesseract, where it is installed with Japanese. Without it a scan stays a page without text.

Tesseract is a program of its own, run page by page within the limits of the reading process.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import chain
from typing import Any

from ingest.readers import clean

SECONDS = 60
"""For one page and one direction of writing."""
_DPI, _LONGEST_SIDE = 300, 5_000
_DOUBTFUL, _ILLEGIBLE = 60.0, 35.0
"""Mean confidence (0 to 100) below which the page is read as vertical text too, and below which nothing was read."""

announce: Callable[[int], None] = lambda _seconds: None  # noqa: E731 – replaced by whoever keeps the time
"""Called with the seconds that the next page may take, before it is read."""


@dataclass(frozen=True, slots=True)
class _Recognised:
    paragraphs: tuple[str, ...]
    confidence: float


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


def available() -> bool:
    """Whether scanned Japanese pages can be read on this machine, and nobody said ``HIKITSUGI_OCR=off``."""
    return os.environ.get("HIKITSUGI_OCR") != "off" and "jpn" in languages()


def recognise(page: Any) -> tuple[str, ...]:
    """The paragraphs of a page (an open pypdfium2 PdfPage) as Tesseract reads them; none if it cannot."""
    if not available():
        return ()
    width, height = page.get_size()
    scale = min(_DPI / 72, _LONGEST_SIDE / max(width, height, 1))
    image = page.render(scale=scale, grayscale=True).to_pil()
    picture = io.BytesIO()
    image.save(picture, "png")
    found = _tesseract(picture.getvalue(), "jpn", 3)
    if found.confidence < _DOUBTFUL and "jpn_vert" in languages():
        vertical = _tesseract(picture.getvalue(), "jpn_vert", 5)
        found = max(found, vertical, key=lambda one: one.confidence)
    return found.paragraphs if found.confidence >= _ILLEGIBLE else ()


def _tesseract(png: bytes, language: str, layout: int) -> _Recognised:
    announce(SECONDS)
    command = ["tesseract", "-", "-", "-l", language, "--psm", str(layout), "--dpi", str(_DPI), "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(command, input=png, capture_output=True, timeout=SECONDS, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return _Recognised((), 0.0)
    return _read(done.stdout.decode("utf-8", errors="replace"))


def _read(tsv: str) -> _Recognised:
    """Words with their confidence as paragraphs: lines joined, no spaces between Japanese characters."""
    lines: dict[tuple[str, str], dict[str, list[str]]] = {}
    confidences: list[float] = []
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") != "5" or not text:
            continue
        confidences.append(float(row["conf"]))
        paragraph = lines.setdefault((row["block_num"], row["par_num"]), {})
        paragraph.setdefault(row["line_num"], []).append(text)
    joined = (reduce(clean.join, chain.from_iterable(paragraph.values())) for paragraph in lines.values())
    paragraphs = tuple(filter(None, map(clean.visible, joined)))
    return _Recognised(paragraphs, sum(confidences) / len(confidences) if confidences else 0.0)
