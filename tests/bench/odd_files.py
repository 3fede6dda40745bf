"""``python -m tests.bench.odd_files FOLDER…``: what ``python -m ingest inspect`` makes of every file. Prints; asserts nothing.

A folder may have a ``MANIFEST.json`` that says of its files what is to be expected: lists of objects with ``file`` and
``expected`` (text, no-text, password, broken, slow, hostile, legacy-binary), or ``text_layer`` false for a scan.
Seconds are those of the whole command, of which starting takes about one; memory is the most that the largest of its
processes held (resident), the reading process or Tesseract. ``HIKITSUGI_OCR=off`` reads without OCR.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.readers.isolation import GIBI, SECONDS, SECONDS_A_PAGE

REASONS = (
    ("パスワード", "password"),
    ("文字情報がありません", "no-text"),
    ("制限時間", "time"),
    ("メモリ", "memory"),
    ("異常終了", "crash"),
    ("展開すると", "hostile"),
    ("宣言(DTD)", "hostile"),
    ("文字化け", "mojibake"),
    ("旧形式", "format"),
    ("空のファイル", "empty"),
    ("壊れて", "broken"),
    ("部分が欠けて", "broken"),
)
FITTING = {
    "text": {"read"},
    "slow": {"read"},
    "no-text": {"no-text", "read by OCR"},
    "password": {"password"},
    "broken": {"broken", "empty", "format", "mojibake", "hostile"},
    "legacy-binary": {"format", "broken"},
    "hostile": {"hostile"},
}
"""Which outcomes are right for what is expected."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. ``limit``: the seconds that it may take, without OCR."""

    file: str
    expected: str
    outcome: str
    seconds: float
    mebibytes: float
    sections: int
    characters: int
    limit: float

    @property
    def fits(self) -> bool:
        return self.outcome in FITTING.get(self.expected, {self.outcome})

    @property
    def within(self) -> bool:
        slow = self.outcome != "read by OCR" and self.seconds > self.limit
        return not slow and self.mebibytes * 1024**2 <= GIBI and self.outcome not in ("time", "memory", "crash")


def expectations(folder: Path) -> dict[str, str]:
    """What the manifest of a folder expects, by file; nothing without one."""
    manifest = folder / "MANIFEST.json"
    found = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    entries: Iterator[dict[str, Any]] = (e for part in found.values() if isinstance(part, list) for e in part)
    return {e["file"]: e.get("expected") or ("text" if e.get("text_layer", True) else "no-text") for e in entries}


def files(folder: Path) -> list[Path]:
    """Every file under a folder but its manifest."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "MANIFEST.json")


def inspect(folder: Path, file: Path, expected: str) -> Outcome:
    """Run the command on a file."""
    name = file.relative_to(folder).as_posix()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest", "inspect", "--json", file], stdout=said, stderr=complained
        )
        _, _, used = os.wait4(process.pid, 0)  # with the processes that it has waited for itself
        seconds = time.perf_counter() - begin
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    memory = used.ru_maxrss / 1024
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return Outcome(name, expected, "no answer", seconds, memory, 0, 0, SECONDS)
    if found["refused"]:
        reason = found["refused"]["reason"]
        code = next((code for word, code in REASONS if word in reason), f"other: {reason}")
        return Outcome(name, expected, code, seconds, memory, 0, 0, SECONDS)
    sections = found["sections"]
    kind = "read by OCR" if all(section.get("ocr") for section in sections) else "read"
    characters = sum(len("".join(section["text"].split())) for section in sections)
    pages = max((section["page"] or 0 for section in sections), default=0)
    limit = SECONDS + SECONDS_A_PAGE * pages
    return Outcome(name, expected, kind, seconds, memory, len(sections), characters, limit)


def cell(text: str, width: int) -> str:
    """``text`` cut and padded to ``width`` columns of a terminal, of which a Japanese character takes two."""
    shown, used = "", 0
    for character in text:
        wide = 2 if unicodedata.east_asian_width(character) in "FWA" else 1
        if used + wide > width:
            break
        shown, used = shown + character, used + wide
    return shown + " " * (width - used)


def line(outcome: Outcome) -> str:
    mark = "" if outcome.fits and outcome.within else "  <-- " + ("limit" if outcome.fits else "reason")
    return (
        f"{cell(outcome.file, 44)} {cell(outcome.expected, 13)} {cell(outcome.outcome, 24)} {outcome.seconds:7.1f} "
        f"{outcome.mebibytes:7.0f} {outcome.sections:8,} {outcome.characters:10,}{mark}"
    )


def summary(outcomes: list[Outcome]) -> None:
    print("\nexpected -> outcome")
    for (expected, outcome), count in sorted(Counter((o.expected, o.outcome) for o in outcomes).items()):
        print(f"  {expected:13s} -> {outcome:24s} {count:5d}")
    unfit, outside = [o for o in outcomes if not o.fits], [o for o in outcomes if not o.within]
    print(f"{len(outcomes)} files, {len(unfit)} with an unfitting outcome, {len(outside)} outside the limits")
    for name, key in (("slowest", lambda o: o.seconds), ("largest", lambda o: o.mebibytes)):
        print(f"\n{name} ten")
        print("\n".join(map(line, sorted(outcomes, key=key, reverse=True)[:10])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="+")
    outcomes = []
    head = f"{'file':44s} {'expected':13s} {'outcome':24s} {'seconds':>7s} {'MiB':>7s} {'sections':>8s} {'characters':>10s}"
    for folder in parser.parse_args().folder:
        print(f"\n{folder.name}\n{head}")
        expected = expectations(folder)
        for file in files(folder):
            outcomes.append(inspect(folder, file, expected.get(file.relative_to(folder).as_posix(), "-")))
            print(line(outcomes[-1]), flush=True)
    summary(outcomes)


if __name__ == "__main__":
    main()
