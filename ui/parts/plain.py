"""The one way in which text of a document, a question or a file name reaches the page: escaped, never interpreted.

Streamlit's own text functions render Markdown, in which a document could plant an image that the visitor's browser fetches,
or a link. Everything here is escaped first and framed by tags of ours alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal

import streamlit as st

Tag = Literal["p", "div", "h1", "h2", "h3"]
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&^=])")


def plain(text: str, *classes: str, tag: Tag = "p", marks: Iterable[tuple[int, int]] = ()) -> None:
    """Draw text as it is, with the given stretches marked."""
    st.html(framed(text, *classes, tag=tag, marks=marks))


def framed(text: str, *classes: str, tag: Tag = "p", marks: Iterable[tuple[int, int]] = ()) -> str:
    """HTML of an inert text. ``marks``: spans in ``text``, in order and not overlapping."""
    parts, position = [], 0
    for start, end in marks:
        parts += [escape(text[position:start]), '<mark class="hk-mark">', escape(text[start:end]), "</mark>"]
        position = end
    parts.append(escape(text[position:]))
    names = " ".join(["hk-text", *(f"hk-{name}" for name in classes)])
    return f'<{tag} class="{names}">{"".join(parts)}</{tag}>'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], cited: int | None = None) -> None:
    """Draw a table as it is, with one row marked."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = []
    for number, row in enumerate(rows):
        name = ' class="hk-cited"' if number == cited else ""
        lines.append(f"<tr{name}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>")
    heading = f"<thead><tr>{head}</tr></thead>" if any(columns) else ""
    st.html(f'<div class="hk-scroll"><table class="hk-table">{heading}<tbody>{"".join(lines)}</tbody></table></div>')


def label(text: str) -> str:
    """A text for a button or an expander, whose labels are Markdown to Streamlit: every sign of it escaped."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
