"""How well ``rag.answer.ground`` tells what a source says from what it does not, on sentences made from an edition.

Corrupted sentences are source sentences of which one thing was made wrong; all must be struck. Paraphrases are source
sentences written differently without another meaning; none may be struck. Both are made by rules with a seed: tune on one,
report another. The rules do not use the code that they test.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eval.corruption import CORRUPTIONS, Corruption, Statement
from eval.paraphrase import PARAPHRASES
from rag.answer.ground import check
from rag.domain import Chunk, Kind, Struck
from rag.edition import Edition
from rag.text import read_row, sentences

FIGURES = ("amount", "date", "number", "article", "bound")
"""The kinds of corruption in which a figure or its bound is wrong."""
_LENGTH = range(12, 200)
_TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence that was made, how, from what, and the passage that it cites."""

    kind: str
    text: str
    original: str
    cited: Chunk


def measure(edition: Edition, seed: int, count: int) -> dict[str, Any]:
    """Check ``count`` corrupted sentences and as many paraphrases. ``missed`` lists every one that was judged wrongly."""
    statements = statements_of(edition)
    corrupted = make(f"corrupt {seed}", statements, CORRUPTIONS, count)
    paraphrased = make(f"paraphrase {seed}", statements, REWRITINGS, count)
    caught, kept = _judge(corrupted, struck=True), _judge(paraphrased, struck=False)
    figures = [sum(caught["kinds"][kind][key] for kind in FIGURES) for key in ("right", "of")]
    return {
        "edition": edition.name,
        "seed": seed,
        "figures_caught": round(figures[0] / figures[1], 4),
        "caught": caught["share"],
        "wrongly_struck": round(1 - kept["share"], 4),
        "corrupted": caught["kinds"],
        "paraphrased": kept["kinds"],
        "missed": caught["missed"] + kept["missed"],
    }


def statements_of(edition: Edition) -> list[Statement]:
    """Every sentence and row of the edition that is long enough to say something."""
    found = []
    for record in edition.catalog.library().documents:
        for chunk in edition.catalog.document_chunks(record.document.id):
            found += [Statement(text, chunk) for text in _texts(chunk) if len(text) in _LENGTH]
    return found


def make(seed: str, statements: Sequence[Statement], rules: dict[str, Corruption], count: int) -> list[Sample]:
    """``count`` samples, each rule in turn with statements drawn at random; a rule that suits none is left out."""
    rng = random.Random(seed)  # noqa: S311 - it has to be the same again, not secret
    samples: list[Sample] = []
    kinds = list(rules)
    while kinds and len(samples) < count:
        made = {kind: _draw(rng, kind, rules[kind], statements) for kind in kinds}
        kinds = [kind for kind in kinds if made[kind]]
        samples += [sample for sample in made.values() if sample]
    return samples[:count]


def _draw(rng: random.Random, kind: str, rule: Corruption, statements: Sequence[Statement]) -> Sample | None:
    for _ in range(_TRIES):
        statement = rng.choice(statements)
        made = rule(rng, statement, statements)
        if made and (made[0] != statement.text or made[1] is not statement.chunk):
            return Sample(kind, made[0], statement.text, made[1])
    return None


def _judge(samples: Sequence[Sample], struck: bool) -> dict[str, Any]:
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: {"right": 0, "of": 0})
    missed = []
    for sample in samples:
        verdict = check(sample.text, [sample.cited])
        right = isinstance(verdict, Struck) is struck
        kinds[sample.kind]["of"] += 1
        kinds[sample.kind]["right"] += right
        if not right:
            reason = verdict.reason if isinstance(verdict, Struck) else None
            missed.append({"kind": sample.kind, "text": sample.text, "from": sample.original, "reason": reason})
    share = round(1 - len(missed) / len(samples), 4)
    return {"share": share, "kinds": dict(kinds), "missed": missed}


def _texts(chunk: Chunk) -> Iterator[str]:
    if chunk.kind is Kind.ROW:
        yield read_row(chunk.columns, chunk.text)
        return
    for start, end in sentences(chunk.text):
        text = chunk.text[start:end].replace("\n", "")
        if text.endswith("。"):
            yield text


def _as_corruption(rule: Callable[[random.Random, str], str | None]) -> Corruption:
    def rewrite(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
        text = rule(rng, statement.text)
        return (text, statement.chunk) if text else None

    return rewrite


REWRITINGS = {kind: _as_corruption(rule) for kind, rule in PARAPHRASES.items()}
