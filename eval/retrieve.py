"""The commands that measure retrieval: on public collections, and lever by lever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from eval.options import Data, Json
from rag.console import emit

Existing = typer.Option(exists=True, dir_okay=False)
Folder = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="COLLECTION", exists=True, file_okay=False, help="BEIR 形式のフォルダ（省略時は ../shared/data のもの）"
    ),
]


def bench_command(
    corpus: Annotated[Path, Existing],
    queries: Annotated[Path, Existing],
    qrels: Annotated[Path, Existing],
    data: Data = None,
    json: Json = False,
) -> None:
    """BEIR 形式の試験データで、検索の良さと速さを測ります。"""
    from eval.bench import bench, read_collection
    from rag.config import load_settings
    from rag.embedding import open_embedder

    settings = load_settings(data)
    result = bench(read_collection(corpus, queries, qrels), open_embedder(settings.embedder))
    if json:
        emit(result)
        return
    typer.echo(f"文書 {result['documents']:,} 件、質問 {result['queries']:,} 件")
    for name, figure in result["intervals"].items():
        typer.echo(f"{name:10s} {figure['value']:.3f} （95%区間 {figure['low']:.3f}–{figure['high']:.3f}）")
    for style, row in result["styles"].items():
        about = "  ".join(f"{name} {row[name]['value']:.3f}" for name in result["intervals"])
        typer.echo(f"\n{style}（{row['queries']}問）  {about}")
        for bad in row["worst"]:
            typer.echo(
                f"  {bad['nDCG@10']:.2f} {bad['query']}\n       1件目: {bad['found']}\n       正しい: {bad['wanted']}"
            )
    seconds = result["seconds"]
    typer.echo(
        f"索引 {seconds['index']:.1f} 秒、質問 中央値 {seconds['query_p50_ms']:.0f} ms、95% {seconds['query_p95_ms']:.0f} ms"
    )


def ablate_command(
    collections: Folder = None,
    write: Annotated[bool, typer.Option(help="表を eval/ablations.md に、図を docs/images に書く")] = True,
    day: Annotated[str, typer.Option("--as-of", metavar="YYYY-MM-DD")] = "2026-11-01",
    data: Data = None,
) -> None:
    """検索の工夫を一つずつ外し、また一つだけ加えて、それぞれの効き目を測ります（十数分かかります）。"""
    from eval import ablate
    from eval.foreign import write as save
    from eval.plots import differences
    from rag.config import load_settings
    from rag.edition import open_edition
    from rag.embedding import open_embedder

    settings = load_settings(data)
    embedder = open_embedder(settings.embedder)
    tasks = [ablate.set_task(ablate.SET, open_edition(settings.data), embedder, date.fromisoformat(day))]
    with ExitStack() as stack:
        for folder in collections or ablate.default_collections():
            tasks += stack.enter_context(ablate.collection_tasks(folder, embedder))
        lines = ablate.ablate(tasks, lambda step: typer.echo(step, err=True))
    typer.echo(ablate.as_markdown(tasks, lines))
    if write:
        save(ablate.REPORT.parent, {ablate.REPORT.name: [ablate.report(tasks, lines)]})
        save(ablate.FIGURE.parent, {ablate.FIGURE.name: [differences(ablate.removals(tasks, lines))]})


COMMANDS: dict[str, Callable[..., None]] = {"bench": bench_command, "ablate": ablate_command}
