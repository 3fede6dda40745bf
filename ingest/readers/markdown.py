"""Markdown: headings, paragraphs, lists and tables by markdown-it; the front matter is metadata and is left out."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.readers import clean, front_matter
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.decode import decode
from ingest.readers.table import Table, plain
from rag.domain import Reading, ReadingWarning

if TYPE_CHECKING:
    from markdown_it.token import Token

_WRAPPED = 30
"""A line of at least this many characters was wrapped by an editor; a shorter one was ended on purpose."""
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^>]*>", re.DOTALL)


def read(path: Path) -> Reading:
    """The text of a Markdown file under its headings."""
    from markdown_it import MarkdownIt

    decoded = decode(path.read_bytes())
    warnings: list[ReadingWarning] = list(decoded.warnings)
    try:
        _, source = front_matter.split(decoded.text)
    except ValueError:  # ingestion refuses the file; who only looks at it sees all of it
        source = decoded.text
    if clean.hides(source) or "<!--" in source:
        warnings.append(clean.hidden_warning())
    # A definition of a link is dropped by Markdown, and 「[担当]: 市民課」 or a footnote looks like one.
    tokens = MarkdownIt("commonmark").enable("table").disable("reference").parse(source)
    blocks = _blocks(tokens)
    title = next((b.text for b in blocks if isinstance(b, Paragraph) and b.level == 1), None)
    return Reading("markdown", assemble(blocks), tuple(warnings), title=title)


def _blocks(tokens: list[Token]) -> list[Block]:
    blocks: list[Block] = []
    markers: list[str] = []  # one for each open list: "・" or the next number
    level: int | None = None
    fresh = False  # the next paragraph is the first of a list item
    rows: list[list[str]] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = None
            case "bullet_list_open":
                markers.append("・")
            case "ordered_list_open":
                markers.append(str(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                markers.pop()
            case "list_item_open":
                fresh = True
            case "list_item_close" if markers and markers[-1].isdigit():
                markers[-1] = str(int(markers[-1]) + 1)
            case "table_open":
                rows = []
            case "table_close" if rows:
                blocks.append(Table(plain(rows), head=1))
                rows = None
            case "tr_open" if rows is not None:
                rows.append([])
            case "inline" if rows is not None:
                rows[-1].append(clean.one_line(_inline(token)))
            case "inline":
                mark = _mark(markers) if fresh and markers else ""
                blocks += _paragraphs(mark, _inline(token), level)
                fresh = False
            case "fence" | "code_block":
                blocks += [Paragraph(line.strip()) for line in clean.visible(token.content).split("\n")]
            case "html_block":
                blocks += _paragraphs("", _TAG.sub("", token.content), None)
            case _:
                pass
    return blocks


def _mark(markers: list[str]) -> str:
    return markers[-1] + ". " if markers[-1].isdigit() else markers[-1]


def _paragraphs(mark: str, text: str, level: int | None) -> list[Block]:
    lines = [line.strip() for line in clean.visible(text).split("\n") if line.strip()]
    return [Paragraph((mark if i == 0 else "") + line, level=level) for i, line in enumerate(lines)]


def _inline(token: Token) -> str:
    """The words of a paragraph: a line end in the middle of a sentence disappears, a hard one stays."""
    text = ""
    for child in token.children or []:
        match child.type:
            case "softbreak":
                text += "\x1f"
            case "hardbreak":
                text += "\n"
            case "image":
                text += child.content
            case "html_inline":
                text += "\n" if child.content.lower().startswith("<br") else ""
            case _:
                text += child.content
    lines = text.split("\x1f")
    joined = lines[0]
    for before, line in pairwise(lines):
        wrapped = len(before) >= _WRAPPED and not before.rstrip().endswith(("。", "！", "？"))
        joined = clean.join(joined, line) if wrapped else f"{joined}\n{line}"
    return joined
