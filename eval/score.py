"""What was measured with a prompt or an example question of the library, written into its file as text. Nothing is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.options import Data
from rag.errors import InvalidEntry

if TYPE_CHECKING:
    from eval.cases import Outcome
    from eval.measures import Row
    from eval.runs import Setup
    from rag.library import Entry

_OUTCOMES: dict[Outcome, str] = {"correct": "正答", "wrong": "誤答", "abstained": "回答なし"}


def score_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="プロンプトか質問例の名前（python -m rag library list）")],
    run: Annotated[Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="測定の記録（var/runs/…）")],
    data: Data = None,
) -> None:
    """測定の結果を、使ったプロンプトか、尋ねた質問例に書き添えます。"""
    from eval.runs import REPLIES, read_run
    from rag import library
    from rag.config import load_settings

    folder = load_settings(data).data
    entry = next((one for one in library.own(folder)[0] if one.name == name), None)
    if entry is None:
        raise InvalidEntry(
            f"「{name}」は、自治体のプロンプトにも質問例にもありません。",
            "python -m rag library list で名前を確かめてください。製品のプロンプトには書き添えません。",
        )
    setup, rows = read_run(run)
    day = datetime.fromtimestamp((run / REPLIES).stat().st_mtime).astimezone()
    scored = replace(entry, score=f"{score(entry, setup, rows)}（{about(setup)}、{day:%Y-%m-%d}測定）")
    library.rewrite(folder, scored)
    typer.echo(f"{scored.name}: {scored.score}")


def score(entry: Entry, setup: Setup, rows: Sequence[Row]) -> str:
    """The counts of a run that answered by this prompt, or the outcome of this question in it. Raises InvalidEntry."""
    from rag.library import Kind
    from rag.text import normalise

    if entry.kind is Kind.EXAMPLE:
        same = [row for row in rows if normalise(row.case.question) == normalise(entry.text)]
        if not same:
            raise InvalidEntry(
                f"この測定では、「{entry.name}」の質問を尋ねていません。",
                "評価セットに同じ質問を加えて、測り直してください。",
            )
        return _OUTCOMES[same[0].outcome]
    if entry.use != "answer":
        raise InvalidEntry(
            f"「{entry.name}」は回答用のプロンプトではないため、評価セットでは測れません。",
            "測れるのは、回答用のプロンプト（use: answer）と質問例です。",
        )
    if setup.configuration.get("prompt") != entry.label:
        used = setup.configuration.get("prompt") or "なし"
        raise InvalidEntry(
            f"この測定で使ったプロンプトは「{used}」で、今の「{entry.label}」ではありません。",
            "hikitsugi.toml の [llm] に prompt = で名前を書き、python -m eval run で測り直してください。",
        )
    worded = sum(row.record.mode == "generate" for row in rows)
    if not worded:
        raise InvalidEntry(
            "この測定では、言語モデルの文で答えた問いがありません。",
            "言語モデルにつながるか確かめて、測り直してください。",
        )
    outcomes = [row.outcome for row in rows]
    counts = "・".join(f"{word}{outcomes.count(key)}" for key, word in _OUTCOMES.items())
    return f"{len(rows)}問中 {counts}、うち言語モデルの文で答えたもの{worded}"


def about(setup: Setup) -> str:
    """With what it was measured: set, half and model."""
    model = (setup.configuration.get("llm") or {}).get("model")
    parts = [setup.set, setup.half or "", f"{setup.day}時点", f"モデル {model}" if model else "言語モデルなし"]
    return "、".join(part for part in parts if part)
