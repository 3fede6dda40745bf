"""How far long work is, for those who wait for it."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the step (読み取り …), how many of how many, and what is being worked on."""

    step: str
    done: int
    total: int
    name: str = ""


class Narrator:
    """Progress in words, with the time that a step will still take once that can be said."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}

    def __call__(self, progress: Progress) -> str:
        elapsed = time.monotonic() - self._begun.setdefault(progress.step, time.monotonic())
        left = remaining(progress, elapsed)
        return f"{progress.step} {progress.done}/{progress.total}{left} {progress.name}"


def remaining(progress: Progress, elapsed: float) -> str:
    """How long a step that has taken ``elapsed`` seconds will still take; "" as long as that is a guess.

    >>> remaining(Progress("読み取り", 10, 100), 20.0)
    '（残り約3分）'
    """
    if progress.done < 3 or elapsed < 2 or progress.done >= progress.total:
        return ""
    seconds = elapsed / progress.done * (progress.total - progress.done)
    return f"（残り約{seconds / 60:.0f}分）" if seconds >= 90 else f"（残り約{seconds:.0f}秒）"


def fitted(line: str, columns: int) -> str:
    """The beginning of a line that takes no more than ``columns`` on a terminal, where most Japanese characters take two.

    >>> fitted("読み取り 1/2", 5)
    '読み'
    """
    taken = 0
    for place, character in enumerate(line):
        taken += 2 if unicodedata.east_asian_width(character) in "WFA" else 1
        if taken > columns:
            return line[:place]
    return line
