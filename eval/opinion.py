"""The command that asks a language model for a second opinion on a run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from eval.options import Data, Json, RunFolder
from rag.console import emit


def judge_command(
    folder: RunFolder,
    labels: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help='人が付けた正誤（1行に {"id", "right"}）')
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """設定の [llm] の言語モデルに、測定の回答の正誤を尋ね、決まった採点や人の判断との一致を示します。"""
    from eval import runs
    from eval.judge import judge, read_labels, result
    from eval.show import collect, share
    from rag.answer.model import Endpoint
    from rag.config import load_settings
    from rag.domain import Sensitivity, Viewer
    from rag.edition import open_edition
    from rag.errors import InvalidSettings

    settings = load_settings(data)
    if settings.llm is None:
        raise InvalidSettings("言語モデルの設定がありません。", "hikitsugi.toml に [llm] を書いてください。")
    by_hand = read_labels(labels) if labels else None
    _, rows = runs.read_run(folder)
    everyone = Viewer("eval", None, Sensitivity.CONFIDENTIAL)
    with closing(open_edition(settings.data)) as edition:
        documents = [document for document in edition.catalog.documents if everyone.may_see(document)]
    # What is not there any more, or shared with some sections only, is not sent.
    sendable = {document.path for document in documents if document.sensitivity <= settings.llm.max_sensitivity}
    verdicts = collect(
        judge(rows, Endpoint(settings.llm), sendable.__contains__, settings.llm.timeout),
        sum(row.answered and row.case.answerable for row in rows),
        hidden=json,
    )
    found = result(rows, verdicts, by_hand)
    if json:
        emit(found | {"verdicts": [{"id": v.id, "right": v.right, "reason": v.reason} for v in verdicts]})
        return
    typer.echo(f"判定 {found['judged']}件（判定できず {found['unjudged']}件） 正 {share(found['right'])}")
    for key, label in (("agreement_with_measures", "決まった採点"), ("agreement_with_labels", "人の判断")):
        if row := found[key]:
            typer.echo(f"  {label}との一致 {row['questions']}件 {share(row['share'])}、κ {share(row['kappa'])}")
    for verdict in verdicts:
        if verdict.right is None:
            typer.echo(f"  {verdict.id}: {verdict.reason}")


COMMANDS = {"judge": judge_command}
