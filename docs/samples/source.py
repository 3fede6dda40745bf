"""A source in Markdown: its front matter, and its blocks as a tree that writers walk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import frontmatter
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Format = Literal["docx", "pdf", "html-pdf"]
PAGEBREAK = "<!-- pagebreak -->"
MARKDOWN = MarkdownIt("commonmark").enable("table")


class SourceError(Exception):
    """A source that cannot be built; the message names the file, the line and what is expected there."""


@dataclass(frozen=True, slots=True)
class Manual:
    path: Path
    format: Format
    title: str
    subtitle: str
    body: str
    """The Markdown below the title."""

    def blocks(self) -> list[SyntaxTreeNode]:
        return SyntaxTreeNode(MARKDOWN.parse(self.body)).children


def read_manual(path: Path) -> Manual:
    meta, text = frontmatter.parse(path.read_text(encoding="utf-8"))
    if set(meta) != {"format", "subtitle"} or meta["format"] not in get_args(Format):
        raise SourceError(f"{path}: front matter must be `format: {'|'.join(get_args(Format))}` and `subtitle: …`")
    title = re.match(r"\s*# (.+)\n", text)
    if not title:
        raise SourceError(f"{path}: the first line after the front matter must be `# 題名`")
    return Manual(path, cast(Format, meta["format"]), title[1].strip(), str(meta["subtitle"]), text[title.end() :])
