"""``python -m ingest``: publish what the corpus holds, or look at what would be read from one file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.console import FAILED, command_line, emit, run

if TYPE_CHECKING:
    from ingest.build import Progress, Report

COMMANDS = ("sync", "inspect")

app = command_line("資料フォルダを読み取り、検索できる版として公開します。")

Data = Annotated[Path | None, typer.Option("--data", help="版と原本を置くフォルダ（省略時は HIKITSUGI_DATA か var/）")]
Json = Annotated[bool, typer.Option("--json", help="機械が読む形式で出力する")]


@app.command("sync")
def sync_command(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="資料フォルダ（省略時は corpora/）")] = None,
    data: Data = None,
    wait: Annotated[float, typer.Option(help="別の取り込みが終わるのを待つ秒数")] = 60.0,
    json: Json = False,
) -> None:
    """資料フォルダの今の内容を、新しい版として公開します（何も変わっていなければ公開しません）。"""
    from ingest.build import ingest
    from rag.config import load_settings
    from rag.embedding import open_embedder

    settings = load_settings(data, folder)
    report = ingest(settings, open_embedder(settings.embedder), progress=progress_line(), wait=wait)
    if json:
        emit(_as_json(report))
    else:
        _print(report)
    if report.refused:
        raise typer.Exit(FAILED)


@app.command("inspect")
def inspect_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="読み取ってみるファイル")], json: Json = False
) -> None:
    """一つのファイルから何が読み取れるかを、公開せずに示します。"""
    from ingest.readers.isolation import read_isolated
    from rag.errors import UnreadableDocument

    try:
        reading = read_isolated(file)
    except UnreadableDocument as error:
        if not json:
            raise
        refused = {"reason": error.reason, "remedy": error.remedy}
        emit({"path": str(file), "format": None, "sections": [], "warnings": [], "refused": refused})
        raise typer.Exit(FAILED) from error
    if json:
        sections = [{k: v for k, v in asdict(s).items() if v not in (None, ())} for s in reading.sections]
        rows = [{**s, "page": s.get("page"), "heading": list(s.get("heading", ()))} for s in sections]
        warnings = [asdict(warning) for warning in reading.warnings]
        emit({"path": str(file), "format": reading.format, "sections": rows, "warnings": warnings, "refused": None})
        return
    typer.echo(f"{file.name}（{reading.format}）: {len(reading.sections)}か所")
    for warning in reading.warnings:
        typer.echo(f"注意: {warning.message}")
    for section in reading.sections:
        place = " ".join([*([f"{section.page}頁"] if section.page else []), *section.heading])
        typer.echo(f"\n［{place}］")
        typer.echo(section.text.replace("\t", " ｜ "))


def progress_line() -> Callable[[Progress], None]:
    """One line on a terminal that is written over; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(progress: Progress) -> None:
        line = f"{progress.step} {progress.done}/{progress.total} {progress.name}"
        typer.echo(f"\r\x1b[K{line[:70]}", nl=False, err=True)
        if progress.done == progress.total:
            typer.echo("\r\x1b[K", nl=False, err=True)

    return show


def _as_json(report: Report) -> dict[str, Any]:
    plan = report.plan
    return {
        "edition": report.edition,
        "documents": {
            "added": list(plan.added),
            "changed": list(plan.changed),
            "moved": list(plan.moved),
            "removed": list(plan.removed),
            "unchanged": plan.unchanged,
        },
        "refused": [asdict(refusal) for refusal in report.refused],
        "chunks": report.chunks,
        "seconds": {step: round(seconds, 3) for step, seconds in report.seconds.items()},
    }


def _print(report: Report) -> None:
    plan = report.plan
    for name, paths in (("追加", plan.added), ("変更", plan.changed), ("移動", plan.moved), ("削除", plan.removed)):
        for path in paths:
            typer.echo(f"{name}: {path}")
    for refusal in report.refused:
        typer.echo(f"取り込めません: {refusal.path}\n  {refusal.reason}{refusal.remedy}", err=True)
    state = "公開しました" if report.published else "変更はありません。公開中の版のままです"
    typer.echo(f"{state}（版 {report.edition}、{report.chunks:,}か所、{report.seconds['total']:.1f}秒）")


if __name__ == "__main__":
    run(app, default="sync", commands=COMMANDS)
