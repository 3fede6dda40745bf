"""How much personal data is found, and how much else with it, on sentences with marked spans (JSON Lines).

A row has ``id``, ``text`` and ``spans`` of ``start``, ``end`` (code points), ``type`` and ``mask`` (false: must stay readable).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases import Half, half_of
from rag.errors import UnreadableDocument
from rag.privacy import Finding, Kind, find

_TYPES = {kind.name: kind for kind in Kind} | {"BIRTHDATE": Kind.BIRTH_DATE, "HEALTH_INSURANCE": Kind.INSURED_NUMBER}


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence, what must be masked in it, and what must stay."""

    id: str
    text: str
    personal: tuple[tuple[Kind, tuple[int, int]], ...]
    public: tuple[tuple[int, int], ...]

    @property
    def half(self) -> Half:
        return half_of(self.id)


def read_marked(file: Path) -> tuple[Marked, ...]:
    """Read marked sentences. Raises UnreadableDocument with the line at fault."""
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_marked(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableDocument(
                    f"{file.name} の{number}行目を読めません（{error}）。", "印の付け方を確かめてください。"
                ) from error
    return tuple(rows)


def measure(rows: Sequence[Marked]) -> dict[str, Any]:
    """Recall and precision of every kind.

    ``recall`` is the share of the marked spans of which not one character is left readable, whatever the mask says; ``exact`` the
    share that was found with its kind and its very span; ``precision`` the share of findings of a kind that touch a span of it.
    """
    total, hidden, exact, found, right = (Counter[Kind]() for _ in range(5))
    spoilt = unjust = 0
    for row in rows:
        findings = find(row.text)
        covered = {place for finding in findings for place in range(*finding.span)}
        for kind, span in row.personal:
            total[kind] += 1
            hidden[kind] += covered.issuperset(range(*span))
            exact[kind] += any(finding.kind == kind and finding.span == span for finding in findings)
        for finding in findings:
            found[finding.kind] += 1
            right[finding.kind] += any(_touches(finding, kind, span) for kind, span in row.personal)
        spoilt += sum(not covered.isdisjoint(range(*span)) for span in row.public)
        unjust += bool(findings) and not row.personal
    kinds = {
        str(kind): {
            "marked": total[kind],
            "found": found[kind],
            "recall": _share(hidden[kind], total[kind]),
            "exact": _share(exact[kind], total[kind]),
            "precision": _share(right[kind], found[kind]),
        }
        for kind in Kind
        if total[kind] or found[kind]
    }
    return {
        "sentences": len(rows),
        "without_personal_data": sum(not row.personal for row in rows),
        "masked_without_personal_data": unjust,
        "public": sum(len(row.public) for row in rows),
        "public_masked": spoilt,
        "recall": _share(hidden.total(), total.total()),
        "precision": _share(right.total(), found.total()),
        "kinds": kinds,
    }


def _touches(finding: Finding, kind: Kind, span: tuple[int, int]) -> bool:
    return finding.kind == kind and finding.span[0] < span[1] and span[0] < finding.span[1]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _marked(row: dict[str, Any]) -> Marked:
    text, personal, public = row["text"], [], []
    for span in row["spans"]:
        place = (int(span["start"]), int(span["end"]))
        if not 0 <= place[0] < place[1] <= len(text):
            raise ValueError(f"span {place}")
        if span["mask"]:
            personal.append((_TYPES[span["type"]], place))
        else:
            public.append(place)
    return Marked(row["id"], text, tuple(personal), tuple(public))
