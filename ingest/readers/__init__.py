"""One file of a corpus as text with its place: page, headings, rows. ``READERS`` is the extension point.

Importing this package is cheap; the libraries behind a format are loaded when the first file of that format is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from rag.domain import Reading
from rag.errors import UnreadableDocument

VERSION = 5
"""Raised whenever a reader gives other text for the same file, so that every file is read again."""

Reader = Callable[[Path], Reading]


def _lazy(module: str) -> Reader:
    """The ``read`` function of a module of this package, imported when it is first called."""

    def read_lazily(path: Path) -> Reading:
        reading: Reading = import_module(f"ingest.readers.{module}").read(path)
        return reading

    return read_lazily


READERS: dict[str, Reader] = {
    name: _lazy(name) for name in ("pdf", "docx", "xlsx", "pptx", "csv", "html", "markdown", "text")
}


def read(path: Path, corpus: Path | None = None) -> Reading:
    """Everything that can be read in a file, by its content and not by its name.

    ``corpus`` is the folder that a symbolic link may not leave (default: the folder of the link). Raises
    UnreadableDocument for a file that is empty, broken, encrypted, without text, hostile or of another kind, or that
    restricts its rows in a way that cannot be kept.
    """
    from ingest.readers import detect, faq, guard

    guard.check_file(path, corpus)
    name = detect.format_of(path)
    if name in detect.CONTAINERS:
        guard.check_container(path)
    try:
        reading = READERS[name](path)
    except (UnreadableDocument, MemoryError):
        raise
    except Exception as error:  # the one boundary: a third-party parser can raise anything on a damaged file
        raise guard.broken(name) from error
    if not any(section.text or section.question for section in reading.sections):
        raise guard.no_text(name)
    faq.refuse_restrictions(reading.sections)
    return replace(reading, sections=tuple(faq.recognised(reading.sections)))
