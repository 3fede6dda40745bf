"""What openpyxl does not say of a workbook: text in shapes, and formulas whose result was never stored."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WORKBOOK = "xl/workbook.xml"
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*(?:/>|></(?:\w+:)?v>))?\s*</(?:\w+:)?c>"
)
_PIECE, _OVERLAP = 1 << 20, 1 << 14  # bytes; a formula has at most 8,192 characters


def has_uncomputed(path: Path) -> bool:
    """Whether a formula has no stored result, as in a file that no spreadsheet program has saved yet."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with archive.open(name) as part:
                tail = b""
                while piece := part.read(_PIECE):
                    if _UNCOMPUTED.search(tail + piece):
                        return True
                    tail = piece[-_OVERLAP:]
    return False


def shapes(path: Path) -> dict[str, list[str]]:
    """The paragraphs in text boxes and shapes by the name of their sheet, in the order of the file."""
    with zipfile.ZipFile(path) as archive:
        members = set(archive.namelist())
        if _WORKBOOK not in members or not any(name.startswith("xl/drawings/drawing") for name in members):
            return {}
        targets = _targets(archive, members, _WORKBOOK)
        found: dict[str, list[str]] = {}
        for sheet in _parsed(archive, _WORKBOOK).iter("{*}sheet"):
            part = targets.get(sheet.get(f"{_R}id", ""), "")
            drawings = [name for name in _targets(archive, members, part).values() if "/drawings/drawing" in name]
            found[sheet.get("name", "")] = [text for name in drawings for text in _texts(_parsed(archive, name))]
        return {name: texts for name, texts in found.items() if texts}


def _texts(drawing: Any) -> Iterator[str]:
    for shape in drawing.iter(f"{_XDR}sp"):
        properties = shape.find(f"{_XDR}nvSpPr/{_XDR}cNvPr")
        if properties is not None and properties.get("hidden") in ("1", "true"):
            continue
        for paragraph in shape.iter(f"{_A}p"):
            yield "".join(part.text or "" for part in paragraph.iter(f"{_A}t"))


def _targets(archive: zipfile.ZipFile, members: set[str], part: str) -> dict[str, str]:
    """The members that a part refers to, by the id of the reference."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in members:
        return {}
    found = {}
    for relation in _parsed(archive, relations):
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        if target in members:
            found[relation.get("Id", "")] = target
    return found


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    return etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, no_network=True))
