"""The corpus-change gate: the section's own questions, asked of the published edition and of a draft, before publication."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from eval import gate
from eval.cases import Case, read_set
from eval.measures import Row, measure
from eval.runs import ask
from eval.visible import HIDDEN
from ingest.effect import ChangedReply, Check, Effect
from ingest.progress import Progress
from rag.assistant import Assistant
from rag.config import PROJECT, Settings
from rag.console import today
from rag.domain import Viewer
from rag.edition import Edition
from rag.embedding import Embedder
from rag.errors import InvalidSettings, UnreadableDocument

_CHECKS = {
    "right": "正しい答えが減る",
    "not_wrong": "誤った答えが増える",
    "source_hit@1": "根拠の資料が1件目に来なくなる",
    "passage_mrr": "根拠の箇所が見つかりにくくなる",
    "not_stale": "有効でない資料を引く",
}
_MOST = 120
"""Characters of a reply that are shown."""
_REMEDY = "設定の [publish] gate を確かめてください。"


def corpus_check(settings: Settings, embedder: Embedder, viewer: Viewer | None = None) -> Check | None:
    """The check that ``[publish] gate`` asks for; None without it. Raises InvalidSettings, before any work, for a broken set.

    All questions are asked, not only those about the changed documents: a new document moves the rarity of words, and with it
    places and confidence, everywhere. A language model and a reranker take no part: they take seconds a question, and what
    they say is not the same every time. ``viewer``: to whom only replies from documents are shown that this person may see.
    """
    if settings.publish.gate is None:
        return None
    file = PROJECT / settings.publish.gate
    if not file.exists():
        raise InvalidSettings(f"評価セット {file} がありません。", _REMEDY)
    try:
        cases = read_set(file)
    except UnreadableDocument as error:
        raise InvalidSettings(f"評価セットを使えません。{error.reason}", _REMEDY) from error

    def check(published: Path, draft: Path, progress: Callable[[Progress], None]) -> Effect:
        day, total, rows, hidden = today(), 2 * len(cases), list[tuple[Row, ...]](), set[str]()
        for folder in (published, draft):
            records, begun = [], len(cases) * len(rows)
            with closing(Edition(folder)) as edition:
                for record in ask(Assistant(settings, edition, embedder), cases, day):
                    records.append(record)
                    progress(Progress("答えの確認", begun + len(records), total))
                documents = {document.path: document for document in edition.catalog.documents}
            rows.append(measure(cases, records))
            if viewer:
                hidden |= {r.id for r in records if not all(viewer.may_see(documents[path]) for path in r.cited)}
        before, after = rows
        return effect(cases, before, after, day, hidden)

    return check


def effect(
    cases: Sequence[Case], before: Sequence[Row], after: Sequence[Row], day: date, hidden: Collection[str] = ()
) -> Effect:
    """What changes, and which losses are beyond chance (by the rule of ``gate.judge``); replies to ``hidden`` ids are not shown."""
    checks = gate.judge(gate.baseline(cases, before, day, ""), after)
    changed = [
        ChangedReply(
            new.case.id,
            new.case.question,
            *((HIDDEN, HIDDEN) if new.case.id in hidden else (_shown(old), _shown(new))),
            (new.standing > old.standing) - (new.standing < old.standing),
        )
        for old, new in zip(before, after, strict=True)
        if _reply(old) != _reply(new)
    ]
    return Effect(
        len(cases), tuple(changed), tuple(_CHECKS[name] for name, check in checks.items() if not check.passed)
    )


def _reply(row: Row) -> tuple[str, str, frozenset[str]]:
    """What must stay the same for a reply not to have changed."""
    return row.outcome, row.record.text, row.record.cited


def _shown(row: Row) -> str:
    """A reply in one line."""
    text = " ".join(row.record.text.split()) or "（資料に見当たらない）"
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
