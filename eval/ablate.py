"""What each lever of retrieval is worth: taken out of the product, and alone on top of a plain hybrid.

A collection is indexed once; every lever is a ``Ranking``, so that the same questions are asked of the same index. What
happens before that (normalised forms of words, units of sentences) is not a lever here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from eval.bench import Collection, index, rank, read_collection, values_of
from eval.cases import half_of, question_of, quoted, read_set
from eval.measures import estimate, resamples
from eval.plots import Figures
from rag.config import PROJECT
from rag.edition import Edition
from rag.embedding import Embedder
from rag.ranking import RANKING, Ranking
from rag.retrieval import search

PLAIN = Ranking(
    words=(0.3, 0.3), asking=(1, 0), telling=(1, 0), telling_lead=0, said=0, near_words=0, dictionary=False, reworded_words=0, reworded_meaning=0, spelling=False,
    boilerplate=True,
)  # fmt: skip
"""A hybrid as most systems have it: words weigh .3 and meaning .7, always."""

Scores = list[float]
Ask = Callable[[Sequence[Ranking]], list[Scores]]


@dataclass(frozen=True, slots=True)
class Lever:
    """``removed``: the product without it; ``alone``: the plain hybrid with nothing but it, where that makes sense."""

    name: str
    removed: Ranking
    alone: Ranking | None


LEVERS = (
    Lever("boiler-plate of questions left out", replace(RANKING, boilerplate=True), replace(PLAIN, boilerplate=False)),
    Lever(
        "words trusted per question",
        replace(RANKING, words=PLAIN.words),
        replace(PLAIN, words=RANKING.words, coverage=RANKING.coverage),
    ),
    Lever(
        "vectors of the body",
        replace(RANKING, asking=(1, 0), telling=(1, 0)),
        replace(PLAIN, asking=RANKING.asking, telling=RANKING.asking),
    ),
    Lever("vectors of the head", replace(RANKING, asking=(0, 1), telling=(0, 1)), None),
    Lever(
        "questions and statements apart",
        replace(RANKING, telling=RANKING.asking, telling_lead=0),
        replace(PLAIN, asking=RANKING.asking, telling=RANKING.telling, telling_lead=RANKING.telling_lead),
    ),
    Lever("share of the question said", replace(RANKING, said=0), replace(PLAIN, said=RANKING.said)),
    Lever(
        "… by the dictionary", replace(RANKING, dictionary=False), replace(PLAIN, said=RANKING.said, dictionary=True)
    ),
    Lever(
        "… by words of like meaning",
        replace(RANKING, near_words=0),
        replace(PLAIN, said=RANKING.said, near_words=RANKING.near_words),
    ),
    Lever(
        "question in the dictionary's words",
        replace(RANKING, reworded_words=0, reworded_meaning=0),
        replace(PLAIN, reworded_words=RANKING.reworded_words, reworded_meaning=RANKING.reworded_meaning),
    ),
    Lever("usual spelling", replace(RANKING, spelling=False), replace(PLAIN, spelling=True)),
    Lever("words at all (BM25)", replace(RANKING, words=(0, 0)), replace(PLAIN, words=(1, 1))),
    Lever("meaning at all (vectors)", replace(RANKING, words=(1, 1)), replace(PLAIN, words=(0, 0))),
)


@dataclass(frozen=True, slots=True)
class Task:
    """Questions with one score each under every ranking. ``about`` says what they are and how they are scored."""

    name: str
    about: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Line:
    """A system on a task: its mean with its interval, and the difference to the product (paired) with its interval."""

    system: str
    task: str
    mean: Figures
    difference: Figures


def ablate(tasks: Sequence[Task], progress: Callable[[str], None] = lambda _: None) -> tuple[Line, ...]:
    """Every system on every task: the product, each lever removed, the plain hybrid, each lever alone on top of it."""
    systems = [("the product", RANKING)]
    systems += [(f"without: {lever.name}", lever.removed) for lever in LEVERS]
    systems += [("plain hybrid", PLAIN)]
    systems += [(f"plain with: {lever.name}", lever.alone) for lever in LEVERS if lever.alone]
    lines = []
    for task in tasks:
        progress(f"{task.name}: {task.about}")
        every = task.ask([ranking for _, ranking in systems])
        for (name, _), scores in zip(systems, every, strict=True):
            lines.append(Line(name, task.name, estimate(scores), paired(every[0], scores)))
    return tuple(lines)


def paired(before: Scores, after: Scores) -> Figures:
    """The mean difference with its 95 % interval: percentile bootstrap over questions."""
    gains = np.array(after) - np.array(before)
    means = np.concatenate([gains[chosen].mean(axis=1) for chosen in resamples(len(gains))])
    low, high = np.percentile(means, [2.5, 97.5])
    return {name: round(float(x), 3) for name, x in (("value", gains.mean()), ("low", low), ("high", high))}


def default_collections() -> list[Path]:
    """The collections beside the project, as far as they are there."""
    folders = (PROJECT.parent / "shared" / "data" / name for name in ("kosodate-faq", "jaquad-dev"))
    return [folder for folder in folders if folder.is_dir()]


@contextmanager
def collection_tasks(folder: Path, embedder: Embedder) -> Iterator[tuple[Task, ...]]:
    """A collection in BEIR form (``corpus.jsonl``, ``queries*.jsonl``, ``qrels*.tsv``), nDCG@10.

    Where questions have styles, they are halved by the hash of their ids: one half to tune on and one to report.
    """
    (queries,), (qrels,) = folder.glob("queries*.jsonl"), folder.glob("qrels*.tsv")
    collection = read_collection(folder / "corpus.jsonl", queries, qrels)
    with tempfile.TemporaryDirectory(prefix="hikitsugi-ablate-") as name:
        edition = index(Path(name) / "ablate", collection, embedder)
        every = tuple(collection.queries)
        parts = {"": every}
        if collection.styles:
            parts = {f" {half}": tuple(q for q in every if half_of(q) == half) for half in ("dev", "test")}
        try:
            yield tuple(
                Task(
                    folder.name + part,
                    f"{len(queries)} questions, nDCG@10",
                    _ndcg(collection, queries, edition, embedder),
                )
                for part, queries in parts.items()
            )
        finally:
            edition.close()


def set_task(file: Path, edition: Edition, embedder: Embedder, day: date) -> Task:
    """The dev half of a set of our own: the reciprocal rank of the first passage that holds the words of a source."""
    cases = [case for case in read_set(file) if case.answerable and case.half == "dev" and not case.history]

    def ask(rankings: Sequence[Ranking]) -> list[Scores]:
        scores: list[Scores] = [[] for _ in rankings]
        for case in cases:  # one question after the other: what was worked out for it is remembered
            for ranking, row in zip(rankings, scores, strict=True):
                hits = search(edition, embedder, question_of(case, day), 10, ranking)
                row.append(next((1 / at for at, hit in enumerate(hits, start=1) if quoted(case, hit.chunk)), 0.0))
        return scores

    return Task(f"{file.stem} dev", f"{len(cases)} questions, MRR of the passage", ask)


def _ndcg(collection: Collection, queries: Sequence[str], edition: Edition, embedder: Embedder) -> Ask:
    chosen = replace(collection, queries={query: collection.queries[query] for query in queries})

    def ask(rankings: Sequence[Ranking]) -> list[Scores]:
        found: list[dict[str, list[str]]] = [{} for _ in rankings]
        for (
            query,
            text,
        ) in chosen.queries.items():  # one question after the other: what was worked out for it is remembered
            for ranking, ranked in zip(rankings, found, strict=True):
                ranked[query] = rank(edition, embedder, text, ranking)
        values = [values_of(chosen, ranked)["nDCG@10"] for ranked in found]
        return [[of_query[query] for query in queries] for of_query in values]

    return ask


def removals(tasks: Sequence[Task], lines: Sequence[Line]) -> list[tuple[str, list[tuple[str, Figures]]]]:
    """For every task what the product loses without each lever, for drawing."""
    prefix = "without: "
    return [
        (
            task.name,
            [
                (line.system.removeprefix(prefix), line.difference)
                for line in lines
                if line.task == task.name and line.system.startswith(prefix)
            ],
        )
        for task in tasks
    ]


def as_markdown(tasks: Sequence[Task], lines: Sequence[Line]) -> str:
    """The table, a system a row and two columns a task."""
    cells = {(line.system, line.task): line for line in lines}
    systems = list(dict.fromkeys(line.system for line in lines))
    heads = ["system", *(column for task in tasks for column in (task.name, "difference"))]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for system in systems:
        row = [system]
        for task in tasks:
            line = cells[system, task.name]
            row += [_figures(line.mean), "" if system == systems[0] else _figures(line.difference, "+")]
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _figures(figures: Figures, sign: str = "") -> str:
    value, low, high = (f"{figures[name] or 0:{sign}.3f}" for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


SET = PROJECT / "eval" / "sets" / "mirai.jsonl"
REPORT = PROJECT / "eval" / "ablations.md"
FIGURE = PROJECT / "docs" / "images" / "ablations.svg"
_HEAD = """# What each lever of retrieval is worth

Written by `python -m eval ablate`. Means with bootstrap 95 % intervals over questions; differences to the product are paired
over the same questions. A lever whose difference includes 0 has not shown its worth on these questions alone.

{about}

Most literals of `Ranking` were chosen on all questions of the municipal FAQ before it was split, so that both halves of it
flatter the product as it stands. The weights of the question in the dictionary's words, the least weight of words and the usual
spelling were added later; they were kept because every set gained or stood still, `mirai dev` and both halves among them, so that
none of these is unseen by them either. Groups of the dictionary were written from misses on `kosodate-faq dev` and `mirai dev`; what
they are worth is to be read on `kosodate-faq test` alone.

![differences when a lever is removed](../docs/images/ablations.svg)

"""


def report(tasks: Sequence[Task], lines: Sequence[Line]) -> str:
    """The whole of ``ablations.md``."""
    about = "\n".join(f"- `{task.name}`: {task.about}" for task in tasks)
    return _HEAD.format(about=about) + as_markdown(tasks, lines) + "\n"
