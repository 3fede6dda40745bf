"""The commands that prepare what is measured: take sets over from other forms, look them over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.options import Data, Day, Json
from rag.console import FAILED, emit, parse_day, today
from rag.errors import InvalidSettings

Force = Annotated[bool, typer.Option("--force", help="同じ名前のファイルがあれば置き換える")]

_COUNTS = {
    "cases": "問い", "documents": "文書", "queries": "質問", "unjudged": "評価のない質問（測られません）",
    "unanswerable": "答えのない質問（除きました）", "copies": "同じ問い（一つにしました）",
}  # fmt: skip
_SEVERITIES = {"error": "誤り", "warning": "注意"}


def cases_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV か Excel")],
    to: Annotated[Path, typer.Option("--to", metavar="OUT.jsonl", help="書き出す評価セット")],
    force: Force = False,
    json: Json = False,
) -> None:
    """CSV や Excel に書いた問いを、評価セットにします。"""
    from eval.cases import as_lines
    from eval.foreign import write
    from eval.tables import read_table

    found = read_table(file)
    _free([to], force)
    write(to.parent, {to.name: [as_lines(found.cases)]})
    unanswerable = sum(not case.answerable for case in found.cases)
    if json:
        emit({"cases": len(found.cases), "unanswerable": unanswerable, "unused": list(found.unused), "to": str(to)})
        return
    typer.echo(f"{len(found.cases)}問を {to} に書き出しました（うち答えのない問い {unanswerable}）。")
    if found.unused:
        typer.echo(f"使わなかったもの: {'、'.join(found.unused)}")


def lint_command(
    file: Annotated[Path, typer.Argument(metavar="SET", exists=True, dir_okay=False, help="評価セット（*.jsonl）")],
    day: Day = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """評価セットの、資料に見当たらない引用、重なった問い、偏りなどを挙げます。"""
    from eval.cases import read_cases
    from eval.lint import lint
    from rag.config import load_settings
    from rag.edition import DataFolder, open_edition

    cases, folder = read_cases(file), load_settings(data).data
    published = open_edition(folder) if data or DataFolder(folder).current() else None
    findings = lint(cases, parse_day(day) or today(), published.catalog if published else None)
    errors = sum(finding.severity == "error" for finding in findings)
    if json:
        rows = [asdict(finding) for finding in findings]
        emit({"findings": rows, "cases": len(cases), "errors": errors, "warnings": len(rows) - errors})
    else:
        for finding in findings:
            label = f"{_SEVERITIES[finding.severity]}（{finding.code}）"
            typer.echo(f"{finding.id or file.name}: {label} {finding.message}{finding.remedy}")
        typer.echo(f"{len(cases)}問を調べました。誤り {errors}、注意 {len(findings) - errors}")
    if errors:
        raise typer.Exit(FAILED)


def import_command(
    kind: Annotated[Literal["beir", "squad", "choice"], typer.Argument(metavar="KIND", help="beir・squad・choice")],
    path: Annotated[Path, typer.Argument(metavar="PATH", exists=True, help="ファイル（beir はフォルダ）")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="書き出すフォルダ")],
    force: Force = False,
    json: Json = False,
) -> None:
    """よそで作られた試験データを、eval bench か eval run で使える形にします。"""
    from eval.choice import read_choice
    from eval.foreign import read_beir, read_squad, write

    files, counts = {"beir": read_beir, "squad": read_squad, "choice": read_choice}[kind](path)
    _free([to / name for name in files], force)
    write(to, files)
    if json:
        emit({"kind": kind, **counts, "to": str(to)})
    else:
        typer.echo(f"{to} に書き出しました。{'、'.join(f'{_COUNTS[key]} {n:,}' for key, n in counts.items())}")


COMMANDS: dict[str, Callable[..., None]] = {"cases": cases_command, "lint": lint_command, "import": import_command}


def _free(files: list[Path], force: bool) -> None:
    """What is there is not overwritten by mistake."""
    there = [file for file in files if file.exists()]
    if there and not force:
        raise InvalidSettings(
            f"{there[0]} は既にあります。", "別の名前にするか、置き換えるときは --force を付けてください。"
        )
