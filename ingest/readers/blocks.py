"""What every reader makes of its format – paragraphs and tables in order – and how these become sections.

Headings come from the format (``level``) or from the words of administrative Japanese: 第3章, 第12条, 附則, 1 概要, ■.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.readers import clean
from ingest.readers.table import Table, rows
from rag.domain import Section


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. ``level`` counts from 1 where the format says that it is a heading.

    A ``silent`` heading is no text of the document (the name of a sheet) and makes no section of its own.
    """

    text: str
    page: int | None = None
    level: int | None = None
    silent: bool = False


Block = Paragraph | Table

_NUMBER = "[0-9０-９一二三四五六七八九十百千〇]+"
_ARTICLE = re.compile(
    rf"^(第{_NUMBER}条(?:の{_NUMBER})*)(?:[ \u3000]*[（(](?P<caption>[^（）()]{{1,40}})[）)])?(?=$|[ \u3000（(])"
)
_CAPTION = re.compile(r"^[（(]([^（）()]{1,40})[）)]$")
_CHAPTERS = {"編": 20, "章": 21, "節": 22, "款": 23, "目": 24}
_CHAPTER = re.compile(rf"^第{_NUMBER}([編章節款目])(?:の{_NUMBER})?(?=$|[ \u3000]|[^0-9０-９のにをはがで、。]{{2}})")
_APPENDIX = re.compile(
    rf"^(附[ \u3000]*則|付[ \u3000]*則|別[ \u3000]*表|別紙|様式|別記)(?:第?{_NUMBER}号?)?(?=$|[ \u3000（(])"
)
_LEADER = re.compile(
    r"[.．・…‥\s]{4,}[0-9０-９]+$|[…‥]{2,}|[（(]第[^）)]*条[^）)]*[―－～〜-].*[）)]$"
    rf"|[（(]第[^（）()]*条(?:の{_NUMBER})*[）)]$"  # 第2章　旅費（第4条・第5条） of a table of contents
)
_FAMILIES: tuple[tuple[int, re.Pattern[str]], ...] = (
    (32, re.compile(rf"^第{_NUMBER}[ \u3000]+\S")),
    (33, re.compile(r"^[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ][ \u3000.．]")),
    (35, re.compile(r"^(?:[■◆◇□▼][^■◆◇□▼]|【[^】]+】$)")),
    (40, re.compile(r"^[0-9０-９]{1,2}(?:[ \u3000.．、]+|[-－‐][0-9０-９]+[ \u3000]+)[^\s0-9０-９]")),
    (45, re.compile(r"^[●○◎][^●○◎]")),
    (50, re.compile(r"^(?:[（(][0-9０-９]{1,2}[）)]|[⑴-⒇])[ \u3000]*[^\s0-9０-９\-－]")),
)
_ARTICLE_RANK, _APPENDIX_RANK, _SMALL_RANK = 30, 21, 35
_LONGEST_HEADING = 40


@dataclass(frozen=True, slots=True)
class _Heading:
    """One step of a heading path. ``level`` is the format's, ``rank`` that of the pattern; deeper is larger."""

    text: str
    level: int | None
    rank: int | None
    page: int | None = None


def assemble(blocks: Iterable[Block], merge: bool = True) -> tuple[Section, ...]:
    """Sections in the order of the text; paragraphs under one heading on one page become one section if ``merge``."""
    return tuple(_merged(_sections([block for block in blocks if not _is_empty(block)]), merge))


def _is_empty(block: Block) -> bool:
    return isinstance(block, Paragraph) and not block.text.strip()


def _sections(blocks: list[Block]) -> Iterator[Section]:
    stack: list[_Heading] = []
    caption: Paragraph | None = None
    unused: Paragraph | None = None  # a heading that nothing has followed yet
    for index, block in enumerate(blocks):
        if isinstance(block, Table):
            stack = [heading for heading in stack if not _is_stale(heading, block)]
            yield from rows(block, tuple(h.text for h in stack))
            unused = None
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.level is None and _CAPTION.match(block.text) and _is_article(following):
            caption = block
            continue
        heading = _heading(block, blocks, index, stack, caption)
        if heading is None:
            yield Section(block.text, block.page, tuple(h.text for h in stack))
            unused = None
            continue
        if unused is not None and not _deeper(heading, stack):
            yield Section(unused.text, unused.page, tuple(h.text for h in stack))
        stack = [*_above(stack, heading), heading]
        article, caption = heading.rank == _ARTICLE_RANK and block.level is None, None
        if article and _ARTICLE.sub("", block.text).strip():
            yield Section(block.text, block.page, tuple(h.text for h in stack))
            unused = None
        else:
            unused = None if block.silent else block
    if unused is not None:
        yield Section(unused.text, unused.page, tuple(h.text for h in stack))


def _is_stale(heading: _Heading, table: Table) -> bool:
    """Whether a small heading (■, (1)) stands two or more pages before a table, which it hardly heads."""
    small = heading.level is None and (heading.rank or 0) >= _SMALL_RANK
    return small and table.page is not None and heading.page is not None and table.page - heading.page >= 2


def _is_article(block: Block | None) -> bool:
    return isinstance(block, Paragraph) and bool(_ARTICLE.match(block.text))


def _heading(
    block: Paragraph, blocks: list[Block], index: int, stack: list[_Heading], caption: Paragraph | None
) -> _Heading | None:
    """The heading that a paragraph is, or None if it is text."""
    text = block.text.replace("\n", " ")
    if article := _ARTICLE.match(text):
        words = article["caption"] or (_caption_words(caption) if caption else "")
        return _Heading(f"{article[1]}（{words}）" if words else article[1], block.level, _ARTICLE_RANK, block.page)
    rank = structural_rank(text)
    if rank is not None or block.level is not None:
        return _Heading(text, block.level, rank, block.page)
    family = _family(text)
    if family is None or any(h.rank == _ARTICLE_RANK for h in stack) or _listed(blocks, index, family):
        return None
    return _Heading(text, None, family, block.page)


def _caption_words(caption: Paragraph) -> str:
    found = _CAPTION.match(caption.text)
    return found[1] if found else ""


def structural_rank(text: str) -> int | None:
    """The rank of a line that is 第n章, 附則, 別表 and the like by its words alone; None for other text.

    >>> structural_rank("第3章 休暇"), structural_rank("第3章の規定による。")
    (21, None)
    """
    if len(text) > _LONGEST_HEADING or text.endswith(("。", "、")) or _LEADER.search(text):
        return None
    if chapter := _CHAPTER.match(text):
        return _CHAPTERS[chapter[1]]
    return _APPENDIX_RANK if _APPENDIX.match(text) else None


def starts_unit(text: str) -> bool:
    """Whether a line can only be the beginning of a paragraph: a heading, an article, a marked item."""
    return bool(_ARTICLE.match(text)) or structural_rank(text) is not None


def _family(text: str) -> int | None:
    """The rank of a numbered or marked line that is short enough to be a heading."""
    if len(text) > _LONGEST_HEADING or text.rstrip().endswith(("。", "、", "，", ",", "；")) or _LEADER.search(text):
        return None
    return next((rank for rank, pattern in _FAMILIES if pattern.match(text)), None)


def _listed(blocks: list[Block], index: int, family: int) -> bool:
    """Whether a marked line is an item of a list: its like stands right before or after it, or nothing follows."""

    def like(other: Block | None) -> bool:
        return isinstance(other, Paragraph) and other.level is None and _marked(other.text) == family

    before = blocks[index - 1] if index else None
    after = blocks[index + 1] if index + 1 < len(blocks) else None
    return after is None or like(after) or like(before)


def _marked(text: str) -> int | None:
    return next((rank for rank, pattern in _FAMILIES if pattern.match(text)), None)


def _above(stack: list[_Heading], heading: _Heading) -> list[_Heading]:
    """The headings that remain above a new one."""
    for depth, other in enumerate(stack):
        if heading.level and (other.level or 99) >= heading.level:
            return stack[:depth]
        if heading.rank and other.rank and other.rank >= heading.rank:
            return stack[:depth]
    return stack


def _deeper(heading: _Heading, stack: list[_Heading]) -> bool:
    return len(_above(stack, heading)) == len(stack)


def _merged(sections: Iterable[Section], merge: bool) -> Iterator[Section]:
    """Consecutive running text under the same heading on the same page as one section, a paragraph a line."""
    from dataclasses import replace

    last: Section | None = None
    for section in sections:
        alike = last and (last.kind, last.page, last.heading) == (section.kind, section.page, section.heading)
        if merge and last and alike and not section.columns and section.kind == "prose":
            last = replace(last, text=f"{last.text}\n{section.text}")
            continue
        if last:
            yield last
        last = section
    if last:
        yield last


def paragraphs(text: str) -> list[str]:
    """The lines of ``text`` that a person sees, each cleaned."""
    return [line for line in clean.visible(text).split("\n") if line.strip()]
