"""The extractive answer: one to four statements that settle the question, word for word, in the order of the text
except that an amount, a day or a place that is asked for comes first.

What belongs together stays together: a 「ただし」 with what it restricts, the items of a list with the sentence that leads to
them. A second source is quoted where it says what the first leaves open, or where the two are next to equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.answer.judge import FITS, Passage
from rag.answer.references import leads_to_table, referred, targets
from rag.domain import Answer, Chunk, Citation, Hit, Kind, Sentence
from rag.law import anchor
from rag.text import items, normalise, read_row, sentences

if TYPE_CHECKING:
    from rag.domain import Confidence

STATEMENTS = 4
"""At most in one answer."""
_BESIDE = 2  # statements of each of two sources
# Statements and characters of running text, if what belongs together is not longer: of 672 development questions 581 are answered
# rightly, as many with 240 characters, 576 with 160, 578 with three statements.
_WINDOW, _CHARS = 4, 320
# How far below the best score the passage of another source is next to equal: with .05 581 of 672, with .08 586, without one 539.
_CLOSE = 0.08
# By how much a row may be worse than the best of its table and still be what is asked for: 581 of 672, with .01 580, with .04 579, with
# the best row alone 578; what is asked of a table as a whole (固定資産税の納期) is rare in the sets.
_ALIKE = 0.02
_EXCEPT = ("ただし", "但し")
_GOES_ON = (*_EXCEPT, "なお", "この場合", "また、この", "その場合", "この限り")
_LEADS = re.compile(r"次の(?:各号|とおり|いずれ|表|書類|もの|事項|場合|区分)|次に(?:掲げ|定め)|以下の|[:：]$")
_MARK = r"[(（][0-9０-９]{1,2}[)）]|[⑴-⒇①-⑳・●○■-]|[ア-ン][ \u3000]|[一二三四五六七八九十]{1,3}[ \u3000]"
_ITEM = re.compile(_MARK)
_ITEM_OR_NUMBER = re.compile(rf"{_MARK}|[0-9０-９]{{1,2}}[.．、 \u3000]")


def compose(found: Sequence[Passage], hits: tuple[Hit, ...], confidence: Confidence) -> Answer:
    """An answer of one to four quoted sentences or rows. ``found`` must not be empty."""
    said: list[Sentence] = []
    citations: list[Citation] = []
    for passage, most in _chosen(found):
        room = min(most, STATEMENTS - len(said))
        for start, end in _quoted(passage, found, room) if room else ():
            citation = Citation(passage.chunk, passage.chunk.text[start:end], (start, end))
            citations.append(citation)
            said += [Sentence(text, (len(citations),)) for text in _in_order(_statements(citation), passage, found)]
    return Answer(tuple(said), tuple(citations), confidence, hits)


def _chosen(found: Sequence[Passage]) -> list[tuple[Passage, int]]:
    """The passages that are quoted, each with the most statements of it."""
    best = found[0]
    if rows := rows_meant(found):
        said = {normalise(row.quote) for row in rows}
        others = [passage for passage in found if passage is best or normalise(passage.quote) not in said]
        other = _other(others) if len(rows) < STATEMENTS else None
        return [*((row, 1) for row in rows), *([(other, _BESIDE)] if other else [])]
    if rows := _rows_led_to(best, found):
        return [(best, STATEMENTS - len(rows)), *((row, 1) for row in rows)]
    other = _other(found)
    return [(best, _BESIDE), (other, _BESIDE)] if other else [(best, STATEMENTS)]


def rows_meant(found: Sequence[Passage]) -> list[Passage]:
    """The rows that the question does not tell from the best one, if that is a row, in the order of the table: all four 納期.

    None if there are more than an answer holds: which of them is meant is open, and the best is as good as any.
    """
    best = found[0]
    rows = _alike(found, best.apart) if best.place is not None and best.chunk.kind is Kind.ROW and not best.rest else []
    return rows if 1 < len(rows) <= STATEMENTS and best in rows else []


def _rows_led_to(best: Passage, found: Sequence[Passage]) -> list[Passage]:
    """The rows of the table to which what is quoted leads (月額は次のとおりである), as far as the question does not tell them apart."""
    if best.chunk.kind is not Kind.PROSE or best.rest or not leads_to_table(best.chunk):
        return []
    rows = _alike(found, max((passage.apart for passage in found if passage.place is not None), default=0.0))
    if not rows or len(rows) >= STATEMENTS or not _stands_with(rows[0].chunk, best.chunk):
        return []
    end = _quoted(best, found, STATEMENTS - len(rows))[-1][1]
    return rows if end == len(best.chunk.text.rstrip()) else []


def _alike(found: Sequence[Passage], apart: float) -> list[Passage]:
    """The rows of the table that are not worse than ``apart``, in its order; of equal ones that which was found first."""
    placed = [(passage.place, passage) for passage in found if passage.place is not None]
    rows: dict[str, tuple[int, Passage]] = {}
    for place, passage in placed:
        if passage.apart >= apart - _ALIKE:
            rows.setdefault(normalise(passage.quote), (place, passage))
    return [passage for _, passage in sorted(rows.values(), key=lambda row: row[0])]


def _stands_with(row: Chunk, lead: Chunk) -> bool:
    """Whether a row belongs to the section in which running text leads to it; the best passage may have become another since."""
    return (row.document.id, row.heading) == (lead.document.id, lead.heading)


def _other(found: Sequence[Passage]) -> Passage | None:
    """The passage of another source that is referred to, says what the best leaves open, or is as good."""
    best = found[0]
    firsts = {passage.chunk.id: passage for passage in sorted(found, key=lambda passage: passage.score)}
    rest = [passage for passage in firsts.values() if passage.chunk.id != best.chunk.id and _adds(passage, best)]
    rest.sort(key=lambda passage: -passage.score)
    if best.rest and rest:
        other = max(rest, key=lambda passage: passage.rest)
        return other if other.rest > best.rest else None
    if best.chunk.kind is Kind.PROSE:
        said = "".join(best.chunk.text[start:end] for start, end in _quoted(best, found, _BESIDE))
        for target in targets(best.chunk, said):
            meant = {chunk.id for chunk in referred(target, best.chunk, [passage.chunk for passage in rest])}
            if meant:
                return next(passage for passage in rest if passage.chunk.id in meant)
    return rest[0] if rest and rest[0].score >= best.score - _CLOSE else None


def _adds(passage: Passage, best: Passage) -> bool:
    """Whether a passage says something that the best does not already say."""
    return normalise(passage.quote) not in normalise(best.chunk.text)


def _quoted(passage: Passage, found: Sequence[Passage], room: int) -> list[tuple[int, int]]:
    """The spans to be quoted of the chunk of a passage, of ``room`` statements at most."""
    chunk = passage.chunk
    if chunk.kind is Kind.ROW:
        return [passage.span]
    spans = sentences(chunk.text)
    second = passage.rest > 0 and chunk.id != found[0].chunk.id
    worth = {p.span: p.rest if second else p.words + FITS * p.fits for p in found if p.chunk.id == chunk.id}
    if passage.parts:  # an answer of a FAQ, or an item of a list
        within = [span for span in spans if passage.span[0] <= span[0] and span[1] <= passage.span[1]]
        size = min(room, len(within))
        parts = passage.parts
        best = parts.index(max(parts))
        holding = (n for n in range(len(within) - size + 1) if n <= best < n + size)
        first = max(holding, key=lambda n: (sum(parts[n : n + size]), -n))
        return [(within[first][0], within[first + size - 1][1])]
    if passage.span not in spans:
        return [passage.span]
    return _runs(spans, _window(chunk, spans, spans.index(passage.span), worth, room))


def _window(
    chunk: Chunk, spans: list[tuple[int, int]], at: int, worth: dict[tuple[int, int], float], room: int
) -> list[int]:
    """The numbers of the sentences that are quoted together with sentence ``at``."""
    texts, alone = [chunk.text[start:end] for start, end in spans], set(items(chunk.text))  # no half of an item
    taken = _listed(chunk, texts, at, [worth.get(span, 0.0) for span in spans], room)
    if max(taken) + 1 < len(spans) and texts[max(taken) + 1].startswith(_EXCEPT):
        taken.append(max(taken) + 1)  # even where there is no room: without its exception a rule is another one
    while len(taken) < room:
        first, last = min(taken), max(taken)
        if last + 1 < len(spans) and texts[last + 1].startswith(_GOES_ON):
            taken.append(last + 1)
            continue
        near = [n for n in (first - 1, last + 1) if 0 <= n < len(spans) and spans[n] in alone]
        near = [n for n in near if sum(len(texts[t]) for t in [*taken, n]) <= _CHARS]
        if len(taken) >= _WINDOW or not near:
            break
        taken.append(max(near, key=lambda n: (worth.get(spans[n], 0.0), n)))
    return sorted(taken)


def _listed(chunk: Chunk, texts: list[str], at: int, worth: list[float], room: int) -> list[int]:
    """A sentence with what it cannot be understood without: an item with what leads to the list, that with its best items."""
    # 「2　」 begins a paragraph of an article, and an item elsewhere.
    item = _ITEM if anchor(chunk) else _ITEM_OR_NUMBER
    if item.match(texts[at]):
        lead = next((n for n in range(at - 1, -1, -1) if not item.match(texts[n])), None)
        return [at] if lead is None or not _LEADS.search(texts[lead]) or room < 2 else [lead, at]
    if not _LEADS.search(texts[at]):
        return [at]
    listed = list(takewhile(lambda n: item.match(texts[n]), range(at + 1, len(texts))))
    return [at, *sorted(listed, key=lambda n: -worth[n])[: room - 1]]


def _runs(spans: list[tuple[int, int]], taken: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring sentences as one quotation."""
    runs: list[list[int]] = []
    for number in taken:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [(spans[run[0]][0], spans[run[-1]][1]) for run in runs]


def _in_order(texts: list[str], passage: Passage, found: Sequence[Passage]) -> list[str]:
    """The statements with the amount, the day or the place that is asked for first, if those before it say nothing of the kind."""
    fits = {p.quote: p.fits for p in found if p.chunk.id == passage.chunk.id}
    at = texts.index(passage.quote) if passage.quote in texts else 0
    if any(fits.get(text, 1.0) >= passage.fits for text in texts[:at]) or any(map(_ITEM_OR_NUMBER.match, texts)):
        return texts
    end = at + 1 + len(list(takewhile(lambda text: text.startswith(_GOES_ON), texts[at + 1 :])))
    return [*texts[at:end], *texts[:at], *texts[end:]]


def _statements(citation: Citation) -> list[str]:
    if citation.chunk.kind is Kind.ROW:
        return [read_row(citation.chunk.columns, citation.chunk.text)]  # a quote is trimmed of empty cells at the ends
    return [citation.quote[start:end] for start, end in sentences(citation.quote)]
