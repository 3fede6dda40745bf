"""What a passage refers to within its own document: 別表第2, 前条, 第7条. Another law's article (法第59条) is not meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from rag.domain import Chunk, Kind
from rag.numerals import number
from rag.text import normalise

_NUMBER = "[0-9一二三四五六七八九十百]+"
_TABLE = re.compile(rf"別表(?:第?({_NUMBER})(?:の({_NUMBER}))?)?")
# After the name of another law, or 「同」, an article is not this document's.
_ARTICLE = re.compile(rf"(?<![法令則例綱程同号)」])第({_NUMBER})条(?:の({_NUMBER}))?")
_HEADING = re.compile(rf"第({_NUMBER})条(?:の({_NUMBER}))?(?=$|[ (])")
_BEFORE = re.compile("前条")
_LEADS = re.compile("(?:次|下|以下)の(?:とおり|通り|表|区分)[^。]{0,12}。?$")

Target = tuple[str, int, int]
"""別表 or 条, its number (0 where it has none), and its branch (第3条の2: 2)."""


def targets(chunk: Chunk, quote: str) -> tuple[Target, ...]:
    """What a quotation from a chunk refers to, in the order in which it does, without itself.

    >>> from datetime import date
    >>> _numbered(_TABLE.search("別表第2により"), "別表"), _numbered(_ARTICLE.search("第七条の規定"), "条")
    (('別表', 2, 0), ('条', 7, 0))
    """
    text = normalise(quote)
    own = next(iter(_stands_under(chunk)), None)
    found = [(match.start(), _numbered(match, "別表")) for match in _TABLE.finditer(text)]
    found += [(match.start(), _numbered(match, "条")) for match in _ARTICLE.finditer(text)]
    if own and own[0] == "条" and own[1] > 1 and not own[2]:
        found += [(match.start(), ("条", own[1] - 1, 0)) for match in _BEFORE.finditer(text)]
    return tuple(dict.fromkeys(target for _, target in sorted(found) if target != own))


def referred(target: Target, chunk: Chunk, others: Iterable[Chunk]) -> list[Chunk]:
    """Those of the chunks that are the target of a reference in ``chunk``: of its document, under that heading."""
    return [
        other
        for other in others
        if other.document.id == chunk.document.id and other.id != chunk.id and target in _stands_under(other)
    ]


def leads_to_table(chunk: Chunk) -> bool:
    """Whether a chunk of running text ends with what leads to a table: 納期限は次のとおりである。"""
    return chunk.kind is Kind.PROSE and bool(_LEADS.search(normalise(chunk.text)))


def table_of(chunk: Chunk, document: Sequence[Chunk]) -> list[Chunk]:
    """The rows of the table that a row belongs to, or that stands right behind a chunk of running text, in their order.

    ``document``: all chunks of the document in the order of its text. None if the chunk is not among them: it was found in an edition
    that another has replaced since.
    """
    at = next((number for number, other in enumerate(document) if other.id == chunk.id), None)
    if at is None:
        return []
    first = at + 1
    if chunk.kind is Kind.ROW:
        before = takewhile(lambda other: _same_table(other, chunk), reversed(document[:at]))
        first = at - len(list(before))
    rows = document[first:]
    if not rows or rows[0].heading != chunk.heading:
        return []
    return list(takewhile(lambda other: _same_table(other, rows[0]), rows))


def _same_table(one: Chunk, other: Chunk) -> bool:
    return one.kind is other.kind is Kind.ROW and (one.heading, one.columns) == (other.heading, other.columns)


def _stands_under(chunk: Chunk) -> tuple[Target, ...]:
    """The article or table that a chunk belongs to."""
    found: list[Target] = []
    for heading in map(normalise, reversed(chunk.heading)):
        if match := _TABLE.match(heading):
            found.append(_numbered(match, "別表"))
        elif (match := _HEADING.match(heading)) and chunk.kind is Kind.PROSE:
            found.append(_numbered(match, "条"))
    return tuple(found)


def _numbered(match: re.Match[str] | None, unit: str) -> Target:
    assert match
    return unit, *(int(number(group)) if group else 0 for group in match.groups())  # type: ignore[return-value]
