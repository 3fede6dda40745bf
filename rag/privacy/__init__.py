"""Personal data in Japanese text: found, and masked before the text is stored or sent.

>>> mask("個人番号は１２３４－５６７８－９０１８です。").text
'個人番号は〔個人番号〕です。'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.privacy import numbers, people, places
from rag.privacy.folding import fold, without
from rag.privacy.kinds import Kind

__all__ = ["Finding", "Kind", "Masked", "find", "mask"]

_LOOKS = 10  # two are enough for what people write; more than ten can only be contrived, to cost time
_MASK = re.compile("〔(?:" + "|".join(Kind) + ")〕")


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data in a text: ``text`` is what stands at ``span``, in code points."""

    kind: Kind
    span: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with 〔kind〕 in the place of personal data. ``findings`` have the spans of the text before masking."""

    text: str
    findings: tuple[Finding, ...]


def find(text: str) -> tuple[Finding, ...]:
    """Personal data in the order of the text, without overlaps. What is masked already is not looked into.

    What is left between two findings is looked through again, as it will stand between two masks: a name may be seen only
    once its neighbour is gone. So ``mask`` changes nothing in a text that it has made.
    """
    found: list[Finding] = []
    pieces = _between([mask.span() for mask in _MASK.finditer(text)], 0, len(text))
    for _ in range(_LOOKS):
        left = []
        for start, end in pieces:
            spans = [(kind, (start + a, start + b)) for kind, (a, b) in _once(text[start:end])]
            found += [Finding(kind, span, text[slice(*span)]) for kind, span in spans]
            left += _between([span for _, span in spans], start, end) if spans else []
        pieces = left
    return tuple(sorted(found, key=lambda finding: finding.span))


def mask(text: str) -> Masked:
    """The text with every finding replaced by its kind in 〔〕; all else stays as it is."""
    findings = find(text)
    parts, done = [], 0
    for finding in findings:
        parts += [text[done : finding.span[0]], f"〔{finding.kind}〕"]
        done = finding.span[1]
    return Masked("".join([*parts, text[done:]]), findings)


def _once(text: str) -> list[tuple[Kind, tuple[int, int]]]:
    """One look at a text. Numbers come first: what they leave is neither the number of a house nor part of a name."""
    folded, origin = fold(text)
    spans: list[tuple[Kind, tuple[int, int]]] = []
    for rule in (numbers.find, places.find, people.find):
        found = sorted(rule(folded), key=lambda item: item[1])
        folded = without(folded, [span for _, span in found])
        spans += [(kind, (origin[start][0], origin[end - 1][1])) for kind, (start, end) in found]
    return spans


def _between(spans: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """What is left of ``start`` to ``end`` when ``spans`` are taken out."""
    edges = [start, *(edge for span in sorted(spans) for edge in span), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
