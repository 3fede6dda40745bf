"""``python -m ingest``: publish what the corpus holds, or look at what would be read from one file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.effect import AnswersGetWorse, Check, lines
from ingest.progress import Narrator, fitted
from rag.console import FAILED, STOPPED, command_line, emit, run, say_failure

if TYPE_CHECKING:
    from ingest.build import Report
    from ingest.progress import Progress
    from rag.config import Settings
    from rag.domain import Section
    from rag.embedding import Embedder

COMMANDS = ("sync", "inspect", "history", "rollback", "publish", "verify", "watch", "diff", "lint")

app = command_line("資料フォルダを読み取り、検索できる版として公開します。")

Data = Annotated[Path | None, typer.Option("--data", help="版と原本を置くフォルダ（省略時は HIKITSUGI_DATA か var/）")]
_CHANGES = {"added": "追加", "changed": "変更", "moved": "移動", "removed": "削除"}
_STATES = {"current": "● 公開中", "waiting": "◔ 公開待ち", "kept": "○ 以前　", "unapproved": "× 未承認"}
_SEVERITIES = {"error": "誤り", "warning": "注意", "suggestion": "提案"}
_EVENTS = {"published": "公開", "submitted": "公開待ち", "approved": "承認して公開", "rolled back": "前の版に戻す"}

Json = Annotated[bool, typer.Option("--json", help="機械が読む形式で出力する")]


@app.command("sync")
def sync_command(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="資料フォルダ（省略時は corpora/）")] = None,
    data: Data = None,
    wait: Annotated[float, typer.Option(help="別の取り込みが終わるのを待つ秒数")] = 60.0,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="すべてのファイルを読み直し、索引を作り直す")] = False,
    accept: Annotated[
        str | None, typer.Option(metavar="REASON", help="評価セットの答えが悪くなっても公開する理由（履歴に残る）")
    ] = None,
    json: Json = False,
) -> None:
    """資料フォルダの今の内容を、新しい版として公開します（何も変わっていなければ公開しません）。"""
    from ingest.build import ingest
    from rag.config import load_settings
    from rag.embedding import open_embedder

    settings = load_settings(data, folder)
    embedder = open_embedder(settings.embedder)
    try:
        report = ingest(
            settings,
            embedder,
            progress=progress_line(),
            wait=wait,
            rebuild=rebuild,
            check=_check(settings, embedder),
            accept=accept,
        )
    except AnswersGetWorse as stopped:
        if json:
            emit({"published": False, "effect": asdict(stopped.effect)})
            say_failure(stopped)
        else:
            _say_stopped(stopped)
        raise typer.Exit(STOPPED) from stopped
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
    from ingest.chunking import searched
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
        sections = [{k: v for k, v in asdict(s).items() if v not in (None, (), False)} for s in reading.sections]
        rows = [
            {
                **shown,
                "page": shown.get("page"),
                "heading": list(shown.get("heading", ())),
                "searched": searched(section),
            }
            for shown, section in zip(sections, reading.sections, strict=True)
        ]
        warnings = [asdict(warning) for warning in reading.warnings]
        emit({"path": str(file), "format": reading.format, "sections": rows, "warnings": warnings, "refused": None})
        return
    typer.echo(f"{file.name}（{reading.format}）: {len(reading.sections)}か所")
    for warning in reading.warnings:
        typer.echo(f"注意: {warning.message}")
    for section in reading.sections:
        page = [f"{section.page}頁"] if section.page else []
        typer.echo(f"\n［{' '.join([*page, *section.heading, *(['OCR'] if section.ocr else [])])}］")
        if section.question:
            typer.echo(f"問　{section.question}")
        typer.echo(_cells(section) if section.columns and not section.question else section.text)


def _cells(section: Section) -> str:
    """The cells of a row, each behind the head of its column."""
    cells = section.text.split("\t")
    heads = section.columns if len(section.columns) == len(cells) else ("",) * len(cells)
    return " ｜ ".join(f"{head}: {cell}" if head and cell else cell for head, cell in zip(heads, cells, strict=True))


@app.command("diff")
def diff_command(
    a: Annotated[Path, typer.Argument(metavar="A", help="旧（ファイル、または資料フォルダから見た場所）")],
    b: Annotated[Path, typer.Argument(metavar="B", help="新")],
    data: Data = None,
    json: Json = False,
) -> None:
    """二つの資料の違いを、段落ごとに示します（新旧対照）。"""
    from ingest.compare import compare, paragraphs
    from ingest.readers.isolation import read_isolated
    from rag.config import load_settings
    from rag.errors import UnreadableDocument

    corpus = load_settings(data).corpus
    old, new = (file if file.exists() else corpus / file for file in (a, b))
    for file in (old, new):
        if not file.is_file():
            raise UnreadableDocument(f"「{file}」がありません。", "ファイルの場所を確かめてください。")
    changes = compare(paragraphs(read_isolated(old).sections), paragraphs(read_isolated(new).sections))
    different = [change for change in changes if change.kind != "same"]
    if json:
        emit(
            {
                "a": str(old),
                "b": str(new),
                "changes": list(map(asdict, different)),
                "same": len(changes) - len(different),
            }
        )
        return
    for change in different:
        typer.echo("")
        for name, paragraph in (("旧", change.old), ("新", change.new)):
            if paragraph:
                place = " ".join([*paragraph.heading, *([f"{paragraph.page}頁"] if paragraph.page else [])])
                typer.echo(f"【{name}】{f'（{place}）' if place else ''}{paragraph.text}")
    typer.echo(f"\n違う段落 {len(different):,}、同じ段落 {len(changes) - len(different):,}")


@app.command("lint")
def lint_command(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="資料フォルダ（省略時は corpora/）")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """公開せずに、資料フォルダの書き漏らし・誤り・読み取れないファイルを挙げます。"""
    from ingest.lint import lint
    from rag.config import load_settings
    from rag.console import today

    settings = load_settings(data, folder)
    report = lint(settings.corpus, today(), progress_line())
    if json:
        findings = [asdict(finding) for finding in report.findings]
        emit({"findings": findings, "files": report.files, "errors": report.errors, "warnings": report.warnings})
    else:
        path = None
        for finding in report.findings:
            if finding.path != path:
                typer.echo(f"\n{finding.path}")
            path = finding.path
            typer.echo(f"  {_SEVERITIES[finding.severity]}（{finding.code}） {finding.message}{finding.remedy}")
        typer.echo(f"\n{report.files:,}件を調べました。誤り {report.errors:,}、注意 {report.warnings:,}")
    if report.errors:
        raise typer.Exit(FAILED)


@app.command("history")
def history_command(data: Data = None, json: Json = False) -> None:
    """残っている版と、だれがいつ公開したかを、新しい順に示します。"""
    from ingest import editions
    from rag.config import load_settings
    from rag.edition import DataFolder

    folder = DataFolder(load_settings(data).data)
    records, events = editions.history(folder), editions.events(folder)
    if json:
        emit({"editions": [asdict(record) for record in records], "events": [asdict(event) for event in events]})
        return
    for record in records:
        changes = "、".join(f"{_CHANGES[kind]}{len(paths)}" for kind, paths in record.changes.items() if paths)
        typer.echo(
            f"{_STATES[record.state]} {record.edition}  {record.documents:,}件 {record.chunks:,}か所  "
            f"{record.made} {record.author}  {changes}"
        )
    for event in events[:20]:
        typer.echo(
            f"  {event.at} {event.user} {_EVENTS.get(event.event, event.event)} {event.edition}{event.note and f'（理由: {event.note}）'}"
        )


@app.command("rollback")
def rollback_command(
    edition: Annotated[str | None, typer.Argument(metavar="EDITION", help="版の名前（省略時は一つ前の版）")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """前の版を、もう一度公開します。資料フォルダは変わりません。"""
    from ingest import editions
    from rag.config import load_settings
    from rag.edition import DataFolder

    name = editions.rollback(DataFolder(load_settings(data).data), edition)
    if json:
        emit({"edition": name})
    else:
        typer.echo(f"版 {name} を公開しました。")
        typer.echo("資料フォルダを直さずに取り込むと、戻す前と同じ内容がまた公開されます。")


@app.command("publish")
def publish_command(data: Data = None, json: Json = False) -> None:
    """公開を待っている版を、取り込んだ人とは別の人が公開します。"""
    from ingest import editions
    from rag.config import load_settings
    from rag.edition import DataFolder

    name = editions.approve(DataFolder(load_settings(data).data))
    if json:
        emit({"edition": name})
    else:
        typer.echo(f"版 {name} を公開しました。")


@app.command("verify")
def verify_command(
    edition: Annotated[str | None, typer.Argument(metavar="EDITION", help="版の名前（省略時は公開中の版）")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """版の目録・索引・原本が互いに一致し、すべての箇所が検索で見つかることを確かめます。"""
    from ingest import editions
    from ingest.draft import verify
    from rag.config import load_settings
    from rag.edition import DataFolder
    from rag.errors import DamagedEdition, NoEdition

    folder = DataFolder(load_settings(data).data)
    named = [kept for kept in editions.folders(folder) if kept.name == edition]
    target = next(iter(named), None) if edition else folder.current()
    if target is None:
        raise NoEdition(f"版「{edition or ''}」はありません。", "python -m ingest history で確かめてください。")
    faults: list[str] = []
    try:
        verify(target, thorough=True)
    except DamagedEdition as error:
        faults.append(error.reason)
    except Exception as error:  # noqa: BLE001 – a damaged index makes its library raise anything, and that is the finding
        faults.append(f"索引を開けません（{type(error).__name__}: {error}）。")
    if not faults:
        faults += [f"原本が元のままではありません: {path}" for path in editions.damaged_originals(folder, target)]
    if json:
        emit({"edition": target.name, "sound": not faults, "faults": faults})
    else:
        for fault in faults:
            typer.echo(fault, err=True)
        typer.echo(f"版 {target.name}: {'異常が見つかりました' if faults else '異常はありません'}")
    if faults:
        raise typer.Exit(FAILED)


@app.command("watch")
def watch_command(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="資料フォルダ（省略時は corpora/）")] = None,
    data: Data = None,
    settle: Annotated[float, typer.Option(help="変更がやんでから取り込むまでの秒数")] = 5.0,
) -> None:
    """資料フォルダを見張り、変更が落ち着くたびに取り込んで公開します（終わるには Ctrl+C）。"""
    from ingest.build import ingest
    from ingest.watch import changes
    from rag.config import load_settings
    from rag.embedding import open_embedder
    from rag.errors import HikitsugiError

    settings = load_settings(data, folder)
    embedder = open_embedder(settings.embedder)
    typer.echo(f"{settings.corpus} を見張っています。")
    for _ in changes(settings.corpus, settle):
        try:
            report = ingest(settings, embedder, progress=progress_line(), check=_check(settings, embedder))
        except AnswersGetWorse as stopped:  # to be accepted by python -m ingest --accept, beside the watch
            _say_stopped(stopped)
            continue
        except HikitsugiError as error:  # a full disk or a busy folder today must not end the watch
            say_failure(error)
            continue
        except Exception as error:  # noqa: BLE001 – nor must anything else
            typer.echo(f"取り込めませんでした（{type(error).__name__}: {error}）。", err=True)
            typer.echo("次に変更があったときに、もう一度取り込みます。", err=True)
            continue
        if report.published or report.waiting:
            _print(report)


def _check(settings: Settings, embedder: Embedder) -> Check | None:
    """The check of answers before publication. The one import upwards: this command is where the two rooms are put together."""
    if settings.publish.gate is None:
        return None
    from eval.effect import corpus_check

    return corpus_check(settings, embedder)


def progress_line() -> Callable[[Progress], None]:
    """One line on a terminal that is written over; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return lambda _: None

    narrator = Narrator()

    def show(progress: Progress) -> None:
        line = fitted(
            narrator(progress), shutil.get_terminal_size().columns - 1
        )  # a longer one could not be written over
        typer.echo(f"\r\x1b[K{line}", nl=False, err=True)
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
            "duplicates": [list(paths) for paths in plan.duplicates],
        },
        "refused": [asdict(refusal) for refusal in report.refused],
        "chunks": report.chunks,
        "seconds": {step: round(seconds, 3) for step, seconds in report.seconds.items()},
        **({"waiting": True} if report.waiting else {}),
        **({"effect": asdict(report.effect)} if report.effect else {}),
        **({"unchecked": report.unchecked} if report.unchecked else {}),
        **({"faults": [asdict(fault) for fault in report.faults]} if report.faults else {}),
    }


def _say_stopped(stopped: AnswersGetWorse) -> None:
    typer.echo("\n".join(lines(stopped.effect)))
    say_failure(stopped)


def _print(report: Report) -> None:
    plan = report.plan
    for name, paths in (("追加", plan.added), ("変更", plan.changed), ("移動", plan.moved), ("削除", plan.removed)):
        for path in paths:
            typer.echo(f"{name}: {path}")
    for refusal in report.refused:
        typer.echo(f"取り込めません: {refusal.path}\n  {refusal.reason}{refusal.remedy}", err=True)
    for wrong in report.faults:
        typer.echo(f"確かめてください: {wrong.path}\n  {wrong.reason}{wrong.remedy}", err=True)
    for paths in report.plan.duplicates:
        typer.echo(f"同じ内容です: {'、'.join(paths)}")
    if report.effect:
        typer.echo("\n".join(lines(report.effect)))
    if report.unchecked:
        typer.echo(report.unchecked)
    state = "公開しました" if report.published else "変更はありません。今の版のままです"
    if report.waiting:
        state = "取り込みました。別の人が python -m ingest publish で公開するのを待っています"
    typer.echo(f"{state}（版 {report.edition}、{report.chunks:,}か所、{report.seconds['total']:.1f}秒）")


if __name__ == "__main__":
    run(app, default="sync", commands=COMMANDS)
