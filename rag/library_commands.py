"""``python -m rag library``: the prompts and example questions listed, and exchanged as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.console import FAILED, emit, say_failure

if TYPE_CHECKING:
    from rag.library import Entry

app = typer.Typer(help="プロンプトと質問例を一覧にし、一つのファイルで受け渡します。", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="版と原本を置くフォルダ（省略時は HIKITSUGI_DATA か var/）")]
Json = Annotated[bool, typer.Option("--json", help="機械が読む形式で出力する")]
Pack = Annotated[Path, typer.Argument(metavar="PACK.zip", help="受け渡すファイル")]

_KINDS = {"prompts": "プロンプト", "examples": "質問例"}
_USES = {"answer": "回答用", "draft": "案の作成用", "part": "部品", None: ""}
_SAME = "同じものがあります"
_TAKEN = {"new": "取り込みました", "same": _SAME, "renamed": "同じ名前の別のものがあるため、名前を変えて取り込みました"}
_PLANNED = {"new": "新しいもの", "same": _SAME, "renamed": "同じ名前の別のものがあるため、名前を変えて取り込みます"}


@app.command("list")
def list_command(data: Data = None, json: Json = False) -> None:
    """製品のプロンプトと、自治体のプロンプト・質問例を、版・作成者・目的・測定値とともに示します。"""
    from dataclasses import asdict

    from rag import library
    from rag.config import load_settings

    entries, faults = library.own(load_settings(data).data)
    every = (*library.shipped(), *entries)
    if json:
        emit({"entries": [asdict(entry) for entry in every], "faults": [str(fault) for fault in faults]})
    else:
        for entry in every:
            owner = "製品" if entry.shipped else "自治体"
            about = [owner + _KINDS[entry.kind], _USES[entry.use], entry.title, entry.department]
            typer.echo(f"{entry.name}　第{entry.version}版　{'・'.join(filter(None, about))}　作成: {entry.author}")
            typer.echo(f"  目的: {entry.purpose}")
            if entry.use is None:
                typer.echo(f"  質問: {' '.join(entry.text.split())}")
            if entry.score:
                typer.echo(f"  測定: {entry.score}")
    for fault in faults:
        say_failure(fault)
    if faults:
        raise typer.Exit(FAILED)


@app.command("export")
def export_command(
    file: Pack,
    names: Annotated[list[str] | None, typer.Argument(metavar="名前", help="書き出すもの（省略時はすべて）")] = None,
    data: Data = None,
) -> None:
    """自治体のプロンプトと質問例を、一つのファイルに書き出します。"""
    from rag import pack
    from rag.config import load_settings

    written = pack.export(load_settings(data).data, file, names or ())
    for entry in written:
        typer.echo(f"{_KINDS[entry.kind]} {entry.name}（作成: {entry.author}）")
    typer.echo(f"{len(written)}個を {file} に書き出しました。作成者の名前も入っています。")


@app.command("import")
def import_command(
    file: Pack,
    yes: Annotated[bool, typer.Option("--yes", help="中身を確かめたうえで、取り込む")] = False,
    data: Data = None,
) -> None:
    """ほかの自治体のファイルの中身を示し、--yes を付けると取り込みます。今あるものは上書きしません。"""
    from rag import pack
    from rag.config import load_settings

    folder, entries = load_settings(data).data, pack.read(file)
    for taken in pack.take(folder, entries) if yes else pack.plan(folder, entries):
        entry, states = taken.entry, _TAKEN if yes else _PLANNED
        renamed = f"（{entry.name}）" if entry.name != taken.name else ""
        typer.echo(f"{_KINDS[entry.kind]} {taken.name}: {states[taken.state]}{renamed}")
        if not yes and taken.state != "same":
            typer.echo(_about(entry))
    if not yes:
        typer.echo("まだ取り込んでいません。上の文を読んで確かめ、取り込むには --yes を付けてください。")


def _about(entry: Entry) -> str:
    """What a person has to see of an entry before it is taken over: all that a model would be told, and what it is for."""
    lines = [f"作成: {entry.author}", f"目的: {entry.purpose}", f"測定: {entry.score}" if entry.score else ""]
    if entry.use == "draft":
        lines.append(f"使われ方: 回答の下にボタン「{entry.called}」が現れ、押すと次の文が言語モデルに渡されます。")
    elif entry.use == "answer":
        lines.append(f'使われ方: hikitsugi.toml の [llm] に prompt = "{entry.name}" と書くまで使われません。')
    elif entry.department:
        lines.append(f"使われ方: 最初の画面の「{entry.department}」の質問の例に加わります。")
    return "\n".join(f"  {line}" for line in [*filter(None, lines), *(f"| {line}" for line in entry.text.split("\n"))])
