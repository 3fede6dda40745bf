"""PDF: running text as paragraphs, ruled tables as rows, headings from the outline, the words or the type size.

pdfium reads; pypdf is asked only where pdfium fails or gives nothing legible, Tesseract where a page has no text.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.readers import clean, guard, ocr, pdf_plain, pdf_second
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.pdf_marks import Page
from ingest.readers.pdf_outline import Levels, Mark, outline
from ingest.readers.pdf_page import load, widgets
from ingest.readers.pdf_tables import Ruled, find
from ingest.readers.pdf_text import Item, Line, continues, joined, lines, ordered, paragraphs, without_running
from ingest.readers.table import Table, column_heads, head_rows, mended
from rag.domain import Reading, ReadingWarning, Section
from rag.errors import UnreadableDocument

_LEGIBLE = 0.7
"""Least share of characters that Japanese documents are written with; below it a page is taken for mojibake."""
_SAME_BORDER = 4.0
_MOST_SCANNED = 300
"""Pages of one file that are given to OCR, at five to ten seconds each; the rest is named as without text."""
_FEW_CHARS = 100
"""A page covered by pictures with fewer typed letters may be a scan to which a page number, a header of a fax or a stamp
was added. What OCR reads is taken if it has so many letters more: of a map or a photograph it reads fewer.
"""
_LONGEST_LABEL = 20


def page_count(path: Path) -> int:
    """The number of pages, 0 if pdfium cannot open the file: for the time limit."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            return len(document)
    except pypdfium2.PdfiumError:
        return 0


def read(path: Path) -> Reading:
    """All text of a PDF. Raises UnreadableDocument for a file that is broken, encrypted or without text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise guard.encrypted() from error
        return _read_second(path)
    try:
        form = _form(document)
        pages, fields, broken = _pages(document, form)
        empty, hidden = not any(page.chars for page in pages), any(page.hidden for page in pages)
        if empty and not fields and not hidden:  # else the second reader would show what nobody sees
            try:
                return _read_second(path, bool(pages))
            except UnreadableDocument:
                if not pages or not ocr.used():
                    raise
        scanned = _recognised(document, pages)
        if empty and not fields and not scanned:
            raise guard.no_text("pdf", recognised=bool(ocr.used()), hidden=hidden)
        return _reading(path, document, pages, fields, scanned, broken)
    finally:
        document.close()


def _form(document: Any) -> Any:
    """The form of a document, needed to read its fields, or None."""
    import pypdfium2

    try:
        document.init_forms()
    except pypdfium2.PdfiumError:
        return None
    return document.formenv.raw if document.formenv else None


def _pages(document: Any, form: Any) -> tuple[list[Page], tuple[Section, ...], list[int]]:
    """The pages that can be loaded, their form fields and notes, and the numbers of the pages that cannot be loaded."""
    import pypdfium2

    pages, fields, broken = [], [], []
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            broken.append(number)
            continue
        try:
            pages.append(load(page, number))
            fields += _fields(page, number, form)
        except pypdfium2.PdfiumError:
            broken.append(number)
        finally:
            page.close()
    return pages, tuple(fields), broken


def _recognised(document: Any, pages: list[Page]) -> dict[int, ocr.Recognised]:
    """What OCR reads on the first of the pages without text, or with next to none on a picture.

    A page with hidden text is not shown to it either.
    """
    import pypdfium2

    scanned: dict[int, ocr.Recognised] = {}
    for page in [page for page in pages if not page.hidden and _is_picture(page)][:_MOST_SCANNED]:
        with contextlib.suppress(pypdfium2.PdfiumError):  # it cannot be drawn, and is named as without text
            drawn = document[page.number - 1]
            try:
                found = ocr.recognise(drawn, page.number)
                least = len(page.chars) + _FEW_CHARS if page.chars else 0
                if found and sum(len(p.text) for p in found.paragraphs) >= least:
                    scanned[page.number] = found
            finally:
                drawn.close()
    return scanned


def _is_picture(page: Page) -> bool:
    return not page.chars or (page.pictured and len(page.chars) < _FEW_CHARS)


def _reading(
    path: Path,
    document: Any,
    pages: list[Page],
    fields: tuple[Section, ...],
    scanned: dict[int, ocr.Recognised],
    broken: list[int],
) -> Reading:
    warnings = [_warning("broken-page", "を開けませんでした。元のファイルを確かめてください", n) for n in broken]
    doubtful = {
        page.number
        for page in pages
        if page.chars and legibility("".join(c.text for c in page.chars), page.unmapped) < _LEGIBLE
    }
    second = _second_texts(path, doubtful, pages, warnings)
    tables = {page.number: [] if page.number in second else _tables(page) for page in pages}
    kept = [(page, [] if page.number in second else lines(page, tables[page.number])) for page in pages]
    flows = without_running(kept, tables)
    other = {number: pdf_second.paragraphs(text, number) for number, text in second.items()}
    other |= {number: list(found.paragraphs) for number, found in scanned.items()}
    blocks = _blocks(pages, flows, tables, other, outline(document))
    for page in pages:
        if page.hidden:
            warnings.append(clean.hidden_warning(f"{page.number}ページに、", page.number))
        if page.number in scanned or (_is_picture(page) and page.number not in second):
            warnings.append(_picture_warning(page, scanned.get(page.number)))
    labels = _labels(document)
    sections = (
        replace(section, ocr=section.page in scanned, page_label=labels.get(section.page or 0))
        for section in (*assemble(blocks), *fields)
    )
    return Reading("pdf", tuple(sections), tuple(warnings), pages=len(document), title=_title(flows))


def _tables(page: Page) -> list[Ruled]:
    """The tables of a page from the top, with lines and without."""
    ruled = find(page)
    return sorted([*ruled, *pdf_plain.find(page, ruled)], key=lambda table: -table.box[3])


def _labels(document: Any) -> dict[int, str]:
    """What the pages are called (iii, 資-2) where that is not their number, and no longer than a name."""
    labels: dict[int, str] = {}
    for number in range(1, len(document) + 1):
        try:
            label = clean.one_line(document.get_page_label(number - 1))
        except ValueError:  # no valid UTF-16
            continue
        if label not in ("", str(number)) and len(label) <= _LONGEST_LABEL:
            labels[number] = label
    return labels


def _picture_warning(page: Page, found: ocr.Recognised | None) -> ReadingWarning:
    """The warning that a page has no or next to no text: whether it was recognised, and what to do."""
    number = page.number
    if found:
        illegible = "。判読できない行は除きました" if found.dropped else ""
        message = f"は文字認識(OCR)で読み取りました{illegible}。数字や氏名は原本で確かめてください"
        return _warning("ocr-page", message, number)
    if page.chars:
        remedy = "必要な文字が画像に写っていれば、OCR して置くか、元の文書から作った PDF を置いてください"
        return _warning("picture-page", f"は画像が大半で、文字情報がわずかです。{remedy}", number)
    if ocr.used():
        message = "には文字情報がなく、文字認識(OCR)でも文字を読み取れませんでした。必要な頁かを確かめてください"
        return _warning("no-text-page", message, number)
    remedy = "OCR して置くか、tesseract-ocr と tesseract-ocr-jpn を入れて取り込み直してください"
    return _warning("no-text-page", f"には文字情報がありません(画像と思われます)。{remedy}", number)


def _warning(code: str, message: str, page: int) -> ReadingWarning:
    return ReadingWarning(code, f"{page}ページ{message}。", page)


def legibility(text: str, unmapped: int = 0) -> float:
    """The share of characters that Japanese documents use; text in one other living script counts as legible.

    >>> legibility("住民票の写し 300円"), legibility("ୈ ೋ ৚") < 0.5
    (1.0, True)
    """
    letters = [character for character in text if not character.isspace()]
    if not letters:
        return 1.0
    usual = sum(
        1
        for c in letters
        if " " <= c <= "ɏ" or "\u2000" <= c <= "\u2e7f" or clean.is_japanese(c) or "\u2e80" <= c <= "\u9fff"
    )
    scripts = Counter(
        unicodedata.name(c, "?").split()[0] for c in letters if c > "ɏ" and c.isalpha() and not clean.is_japanese(c)
    )
    strange = sum(scripts.values())
    if strange and scripts.most_common(1)[0][1] >= 0.9 * strange and "?" not in scripts and strange > 20:
        usual += strange
    return min(1.0, usual / (len(letters) + unmapped))


def _second_texts(path: Path, doubtful: set[int], pages: list[Page], warnings: list[ReadingWarning]) -> dict[int, str]:
    """What pypdf makes of the doubtful pages, where that is more legible and would not show what nobody sees."""
    if not doubtful:
        return {}
    try:
        found = pdf_second.texts(path, doubtful)
    except Exception:  # noqa: BLE001 – pypdf raises many types; pdfium's text is kept then
        found = []
    better: dict[int, str] = {}
    for page in pages:
        if page.number not in doubtful:
            continue
        text = found[page.number - 1] if page.number <= len(found) else ""
        own = legibility("".join(char.text for char in page.chars), page.unmapped)
        if text.strip() and not page.hidden and legibility(text) > max(own, _LEGIBLE):
            better[page.number] = text
            warnings.append(
                _warning(
                    "second-reader", "は予備の方法で読み取りました。表の行が崩れていないか確かめてください", page.number
                )
            )
        else:
            warnings.append(
                _warning(
                    "mojibake-page",
                    "の文字が正しく読み取れません(文字化け)。作り直すか、OCR して置いてください",
                    page.number,
                )
            )
    return better


def _blocks(
    pages: list[Page],
    flows: list[list[Line]],
    tables: dict[int, list[Ruled]],
    other: dict[int, list[Paragraph]],
    marks: list[Mark],
) -> list[Block]:
    """Paragraphs and tables of all pages in order; a paragraph or table may go on from the page before.

    ``other``: what was not read by pdfium.
    """
    levels = Levels.of(marks, flows, pages)
    repeated = Counter(text for page in pages for text in set(page.asides))
    least = 2 if 1 < len(pages) <= 5 else 3
    gathered: list[list[Line] | Ruled | Paragraph] = []
    numbers: list[int] = []
    for page, flow in zip(pages, flows, strict=True):
        if page.number in other:
            gathered += other[page.number]
            numbers += [page.number] * len(other[page.number])
            continue
        items: list[Item] = ordered(flow, tables[page.number])
        for part in paragraphs(items):
            last = gathered[-1] if gathered else None
            if isinstance(part, list) and isinstance(last, list) and part[0] == items[0]:
                going_on = _goes_on(last, part[0], flow, levels)
                last += part if going_on else []
                if going_on:
                    continue
            gathered.append(part)
            numbers.append(page.number)
        kept = [Paragraph(text, page.number) for text in page.asides if repeated[text] < least]
        gathered += kept
        numbers += [page.number] * len(kept)
    return _as_blocks(gathered, numbers, levels)


def _goes_on(last: list[Line], line: Line, flow: list[Line], levels: Levels) -> bool:
    """Whether the last paragraph of a page goes on with the first line of the next."""
    if last[-1].page >= line.page or last[-1].text.endswith("。") or levels.level(last) is not None:
        return False
    return continues(last, line, [*last, *flow], 2.0, across=True)


def _as_blocks(gathered: list[list[Line] | Ruled | Paragraph], numbers: list[int], levels: Levels) -> list[Block]:
    blocks: list[Block] = []
    before: tuple[Ruled, int, tuple[str, ...]] | None = None  # the table that may continue, its page, its heads
    for part, number in zip(gathered, numbers, strict=True):
        if isinstance(part, Paragraph):
            blocks.append(part)
        elif isinstance(part, list):
            blocks.append(Paragraph(joined(part), part[0].page, level=levels.level(part)))
        else:
            head = part.marked or head_rows(part.grid)
            columns = column_heads(part.grid, head) if head else ()
            grid, last = part.grid, blocks[-1] if blocks else None
            if before and isinstance(last, Table) and before[1] == number - 1 and _alike(before[0], part):
                repeated = not head and _first_row(part) == _first_row(before[0]) and len(grid) > 1
                if repeated and not any(before[2]) and not last.head:  # what every page repeats is a row of heads
                    before = (before[0], before[1], column_heads(grid, 1))
                    blocks[-1] = last = replace(last, head=1)
                grid = grid[1 if repeated else head if columns == before[2] else 0 :]
                head, columns = 0, before[2]
                upper, grid = mended(last.grid, grid) if grid else (last.grid, grid)
                blocks[-1] = replace(last, grid=upper)
            if grid:
                blocks.append(Table(grid, number, head=head, columns=columns))
            before = (part, number, columns)  # its first row is compared with the next page's
    return blocks


def _first_row(table: Ruled) -> list[str]:
    return [cell.text for cell in table.grid[0]]


def _alike(one: Ruled, other: Ruled) -> bool:
    """Whether two tables have their column borders at the same places."""
    return len(one.borders) == len(other.borders) and all(
        abs(a - b) <= _SAME_BORDER for a, b in zip(one.borders, other.borders, strict=True)
    )


def _fields(page: Any, number: int, form: Any) -> list[Section]:
    """What is filled into the form fields of a page or written as notes, a line each."""
    found = [(clean.one_line(label), clean.visible(value)) for label, value in widgets(page, form)]
    text = "\n".join(f"{label}：{value}" if label else value for label, value in found if value)
    return [Section(text, number, ("記入欄・注釈",))] if text else []


def _title(flows: list[list[Line]]) -> str | None:
    """The largest line of the first page, as a suggestion."""
    first = [line for line in (flows[0] if flows else []) if 2 <= len(line.text) <= 60]
    return max(first, key=lambda line: line.size).text if first else None


def _read_second(path: Path, opened: bool = False) -> Reading:
    """The whole file by pypdf. ``opened`` says that pdfium found pages, so that no text means a scan."""
    try:
        texts = pdf_second.texts(path)
    except pdf_second.Encrypted as error:
        raise guard.encrypted() from error
    except MemoryError:
        raise
    except Exception as error:  # pypdf raises many types on a damaged file
        raise (guard.no_text("pdf") if opened else guard.broken("pdf")) from error
    if not any(map(str.strip, texts)):
        raise guard.no_text("pdf") if texts else guard.broken("pdf")
    if legibility("".join(texts)) < 0.5:
        raise UnreadableDocument(
            "このファイルの文字を正しく読み取れません(文字化け)。",
            "元の文書から PDF を作り直すか、OCR して置いてください。",
        )
    blocks = [
        paragraph for number, text in enumerate(texts, start=1) for paragraph in pdf_second.paragraphs(text, number)
    ]
    warning = ReadingWarning(
        "second-reader", "ファイルに傷みがあり、予備の方法で読み取りました。内容を元のファイルと見比べてください。"
    )
    return Reading("pdf", assemble(blocks), (warning,), pages=len(texts))
