"""What an edition that is about to be published does to the answers, and whether that is a loss.

Asking and grading is not the business of ingestion: a ``Check`` is handed in by the command or the page. ``eval.effect`` has
one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.progress import Progress
from rag.edition import CATALOG, DataFolder
from rag.edition.catalog import Catalog
from rag.errors import DamagedEdition, HikitsugiError

_SHOWN = 10
_UNCHECKED = "答えがどう変わるかは確かめていません。"


@dataclass(frozen=True, slots=True)
class ChangedReply:
    """A question that the draft answers otherwise. ``before`` and ``after`` are for people; ``better``: -1, 0 or 1."""

    id: str
    question: str
    before: str
    after: str
    better: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How many questions were asked, which replies change, and which losses (named, for people) chance does not explain."""

    cases: int
    changed: tuple[ChangedReply, ...]
    losses: tuple[str, ...]

    @property
    def worse(self) -> tuple[ChangedReply, ...]:
        return tuple(reply for reply in self.changed if reply.better < 0)


Check = Callable[[Path, Path, Callable[[Progress], None]], Effect]
"""Compares the published edition with a draft, both by their folders, and says how far it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate let pass. ``effect`` is None where nothing was compared; ``unchecked`` says why, if that was asked for."""

    effect: Effect | None = None
    unchecked: str = ""
    reason: str = ""
    """Why it may be published although answers get worse; "" where they do not."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a draft has to pass before it is published: ``check``, or a reason to ``accept`` what that finds."""

    check: Check | None
    accept: str

    def judge(self, data: DataFolder, draft: Path, fingerprint: str, progress: Callable[[Progress], None]) -> Verdict:
        """Let the draft pass or raise AnswersGetWorse. ``fingerprint``: of the model with which it was embedded.

        A published edition that cannot be asked (of another model or another form of the program, or lost) is no measure, and
        to publish anew is its remedy: the draft passes, and is said to be unchecked.
        """
        if self.check is None:
            return Verdict()
        try:
            published = data.current()
            model = _fingerprint(published) if published else fingerprint
        except DamagedEdition:
            return Verdict(unchecked=f"公開中の版を読めないため、{_UNCHECKED}")
        if published is None:
            return Verdict()
        if model != fingerprint:
            return Verdict(unchecked=f"公開中の版は別の埋め込みモデルで作られているため、{_UNCHECKED}")
        found = self.check(published, draft, progress)
        if found.losses and not self.accept:
            raise AnswersGetWorse(found)
        return Verdict(found, reason=self.accept if found.losses else "")


class AnswersGetWorse(HikitsugiError):
    """A publication was stopped: the answers would get worse. The published edition still answers."""

    def __init__(self, effect: Effect) -> None:
        super().__init__(
            f"公開しませんでした。評価セット{effect.cases}問のうち{len(effect.worse)}問の答えが悪くなります（{'、'.join(effect.losses)}）。",
            '資料を直すか、承知の上で公開するときは、理由を添えてください（--accept "理由"）。',
        )
        self.effect = effect


def lines(effect: Effect) -> list[str]:
    """The effect as text: what gets worse first."""
    shown = sorted(effect.changed, key=lambda reply: reply.better)
    names = {-1: "悪くなる", 0: "変わる", 1: "良くなる"}
    told = [
        f"評価セット{effect.cases}問のうち、答えが変わるもの{len(effect.changed)}問（悪くなるもの{len(effect.worse)}問）"
    ]
    for reply in shown[:_SHOWN]:
        told.append(f"［{names[reply.better]}］{reply.question}")
        told += [f"    前: {reply.before}", f"    後: {reply.after}"]
    if len(shown) > _SHOWN:
        told.append(f"ほか{len(shown) - _SHOWN}問")
    return told


def _fingerprint(edition: Path) -> str:
    catalog = Catalog(edition / CATALOG)
    try:
        return catalog.meta.fingerprint
    finally:
        catalog.close()
