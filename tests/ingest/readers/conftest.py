"""What the tests of the readers share: tiny files made by our own hand (fixture ``make``)."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

A4 = (595, 842)


@pytest.fixture
def make() -> ModuleType:
    """The functions of this file."""
    return sys.modules[__name__]


def text(x: float, y: float, words: str, size: float = 10, extra: str = "") -> str:
    """A line of text at a place; ``extra`` are operators before it ("3 Tr", "1 1 1 rg")."""
    code = words.encode("utf-16-be").hex()
    return f"q {extra} BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm <{code}> Tj ET Q\n"


def vertical(x: float, y: float, words: str, size: float = 10) -> str:
    """A column of text from a place downwards; ``x`` is its middle."""
    return text(x, y, words, size).replace("/F1", "/F2")


def rule(x0: float, y0: float, x1: float, y1: float) -> str:
    """A drawn line."""
    return f"0.5 w {x0} {y0} m {x1} {y1} l S\n"


def ruled(x: float, top: float, widths: list[float], rows: list[list[str]], height: float = 20) -> str:
    """A table with all its lines."""
    right, bottom = x + sum(widths), top - height * len(rows)
    parts = [rule(x, top - height * i, right, top - height * i) for i in range(len(rows) + 1)]
    places = [x + sum(widths[:i]) for i in range(len(widths) + 1)]
    parts += [rule(place, top, place, bottom) for place in places]
    for r, row in enumerate(rows):
        parts += [text(places[c] + 3, top - height * (r + 1) + 6, cell) for c, cell in enumerate(row) if cell]
    return "".join(parts)


def pdf(
    path: Path,
    pages: list[str],
    outline: list[tuple[str, int]] | None = None,
    extra_page: str = "",
    extra_catalog: str = "",
) -> Path:
    """A PDF of the given page contents in a font that is not embedded (F2: vertical); ``outline``: (title, page from 1)."""
    objects: list[str] = []

    def add(body: str) -> int:
        objects.append(body)
        return len(objects)

    catalog, tree = add(""), add("")
    descendant = add(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /KozMinPr6N-Regular /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 6 >> >>"
    )
    radicals = "1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <2E80> <2FDF> <2E80> endbfrange"
    unicode = add(f"<< /Length {len(radicals)} >>\nstream\n{radicals}\nendstream")
    font, upright = (
        add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /KozMinPr6N-Regular /Encoding /UniJIS-UTF16-{direction} "
            f"/DescendantFonts [{descendant} 0 R] /ToUnicode {unicode} 0 R >>"
        )
        for direction in "HV"
    )
    kids = []
    for content in pages:
        stream = add(f"<< /Length {len(content.encode())} >>\nstream\n{content}\nendstream")
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Contents {stream} 0 R "
                f"/Resources << /Font << /F1 {font} 0 R /F2 {upright} 0 R >> >> {extra_page} >>"
            )
        )
    objects[tree - 1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>"
    marks = ""
    if outline:
        root = add("")
        items = [add("") for _ in outline]
        for i, (title, page) in enumerate(outline):
            links = (f"/Prev {items[i - 1]} 0 R " if i else "") + (
                f"/Next {items[i + 1]} 0 R " if i + 1 < len(items) else ""
            )
            code = (b"\xfe\xff" + title.encode("utf-16-be")).hex()
            objects[items[i] - 1] = f"<< /Title <{code}> /Parent {root} 0 R {links}/Dest [{kids[page - 1]} 0 R /Fit] >>"
        objects[root - 1] = f"<< /Type /Outlines /First {items[0]} 0 R /Last {items[-1]} 0 R /Count {len(items)} >>"
        marks = f"/Outlines {root} 0 R"
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R {marks} {extra_catalog} >>"
    out, places = "%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out.encode()))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out.encode())
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{p:010d} 00000 n \n" for p in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root {catalog} 0 R >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(out.encode())
    return path


def archive(path: Path, members: dict[str, bytes]) -> Path:
    """A compressed zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path
