"""The panel of one cited passage: what it is, where it stands, and the passage marked in its page, table or text."""

from __future__ import annotations

import streamlit as st

from rag import law
from rag.assistant import Assistant
from rag.domain import Chunk, DocumentInfo, Kind
from ui import wording
from ui.parts.page_image import page_image
from ui.parts.plain import plain, table

_ROWS_AROUND = 12


def draw_citation(assistant: Assistant, chunk: Chunk, span: tuple[int, int]) -> None:
    """Draw the passage ``chunk.text[span]`` where it stands."""
    document = chunk.document
    plain(document.title, "subheading", tag="h3")
    plain(facts(chunk, span), "small")
    if chunk.ocr:
        plain(wording.OCR, "notice", "small")
    original = assistant.original(document)
    if chunk.kind is Kind.FAQ:
        plain(f"問　{chunk.question}", "strong")
        plain(chunk.text, marks=[span])
        if chunk.columns:
            plain("　".join(chunk.columns), "small")
    elif chunk.kind is Kind.ROW:
        _draw_row(assistant, chunk)
    if chunk.page is not None and original.suffix == ".pdf":
        _draw_page(chunk, span, assistant)
    elif chunk.kind is Kind.PROSE:
        plain(chunk.text, marks=[span])
    if original.is_file():
        st.download_button(
            wording.ORIGINAL,
            data=original.read_bytes,
            file_name=document.path.rsplit("/", 1)[-1],
            mime="application/octet-stream",  # never shown by the browser in place of being saved
            key=f"original-{chunk.id}",
            on_click="ignore",
        )


def place(chunk: Chunk, span: tuple[int, int] | None = None) -> str:
    """第3章　第12条第2項　5頁 of a passage (None: the whole chunk), or the row of a table."""
    parts = [*law.headings(chunk, span)]
    if chunk.page is not None:
        parts.append(page(chunk.page, chunk.page_label))
    elif chunk.row is not None:
        parts.append(f"{chunk.row}行目")
    return "　".join(parts)


def page(number: int, label: str | None) -> str:
    """5頁, or 5頁（iii）where the page is called otherwise."""
    return f"{number}頁（{label}）" if label else f"{number}頁"


def facts(chunk: Chunk, span: tuple[int, int] | None = None) -> str:
    """所管課, place, validity and whom to ask, in one line."""
    document = chunk.document
    parts = [
        document.department,
        place(chunk, span),
        in_force(document),
        f"担当: {document.contact}" if document.contact else "",
        "OCR" if chunk.ocr else "",
    ]
    return "／".join(part for part in parts if part)


def in_force(document: DocumentInfo) -> str:
    """施行日 and 廃止日 as a person writes them."""
    start, end = document.validity.start, document.validity.end
    parts = [f"{start:%Y年%-m月%-d日}施行" if start else "", f"{end:%Y年%-m月%-d日}廃止" if end else ""]
    return "、".join(part for part in parts if part)


def _draw_row(assistant: Assistant, chunk: Chunk) -> None:
    """The cited row among its neighbours of the same table."""
    rows = [
        other
        for other in assistant.chunks(chunk.document)
        if other.kind is Kind.ROW and other.heading == chunk.heading and other.columns == chunk.columns
    ]
    at = next((n for n, other in enumerate(rows) if other.id == chunk.id), 0)
    first = max(at - _ROWS_AROUND // 2, 0)
    shown = rows[first : first + _ROWS_AROUND] or [chunk]
    table(chunk.columns, [row.text.split("\t") for row in shown], cited=at - first)


def _draw_page(chunk: Chunk, span: tuple[int, int], assistant: Assistant) -> None:
    assert chunk.page is not None
    quote = chunk.text[span[0] : span[1]]
    image = page_image(assistant.original(chunk.document), chunk.page, quote)
    if image is None:
        plain(wording.NO_PAGE_IMAGE, "notice")
        plain(chunk.text, marks=[span])
        return
    caption = (wording.MARKED_PAGE if image.marked else wording.UNMARKED_PAGE).format(page=chunk.page)
    st.image(image.png, width="stretch", alt=caption)
    plain(caption, "small")
    if not image.marked:
        plain(chunk.text, marks=[span])
