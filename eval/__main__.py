"""``python -m eval``: measure."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval import opinion, prepare, retrieve
from eval.options import Config, Data, Day, Half, Html, Json, RunFolder
from eval.score import score_command
from rag.console import command_line, emit, run

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Settings

app = command_line("検索と回答の正しさを測ります。")


@app.callback()
def main() -> None:
    """測定の種類を選びます。"""


@app.command("calibrate")
def calibrate_command(
    sets: Annotated[
        list[Path], typer.Argument(metavar="SET...", exists=True, help="評価セット（*.jsonl、またはそのフォルダ）")
    ],
    max_wrong: Annotated[
        float, typer.Option(min=0.001, max=0.9, help="回答したもののうち、誤りとして許す割合（2%なら 0.02）")
    ] = 0.02,
    max_wrong_stated: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.9, help="「資料に明記」のうち、誤りとして許す割合（省略時は --max-wrong の半分）"
        ),
    ] = None,
    answer_at_most: Annotated[
        float, typer.Option(min=0.2, max=1.0, help="回答する問いの割合の上限（示せる範囲より慎重にするとき）")
    ] = 1.0,
    half: Annotated[Half, typer.Option(help="境を決めるのに使う半分。残りで確かめる")] = "dev",
    store: Annotated[
        Literal["data", "product", "none"],
        typer.Option(
            help="使うようにする所: このデータフォルダ（data）、製品の標準（product、開発用）、しない（none）"
        ),
    ] = "data",
    config: Config = None,
    day: Day = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """誤答率の上限を約束できるように、回答するか控えるかの境を決め、精度証明書を作ります。"""
    from eval.calibrate import calibrate, observe, realised
    from eval.calibrations import CERTIFICATE, About, conclude
    from eval.cases import digest, read_set
    from eval.show import calibrated, collect
    from rag.answer import confidence
    from rag.console import now, parse_day, today

    asked = read_set(*sets)
    settings, assistant, _ = _open(data, config)
    on, meta = parse_day(day) or today(), assistant.meta
    observations = collect(observe(assistant, asked, on), len(asked), hidden=json)
    found = calibrate([o for o in observations if o.half == half], max_wrong, max_wrong_stated, answer_at_most)
    check = realised([o for o in observations if o.half != half], found.model)
    about = About(
        "+".join(dict.fromkeys(file.stem for file in sets)),
        digest(asked),
        half,
        on.isoformat(),
        meta.edition,
        meta.fingerprint,
        meta.recipe,
        now().isoformat(),
    )
    into = {"data": settings.data / confidence.FILE, "product": confidence.SHIPPED, "none": None}[store]
    done = conclude(settings.data, about, observations, found, check, max_wrong, into)
    if json:
        emit({**done.kept, "stored": store, "certificate": str(done.folder / CERTIFICATE)})
        return
    typer.echo("\n".join(calibrated(done.kept)))
    typer.echo(
        {
            "data": "この基準で答えるようにしました。",
            "product": "製品の標準にしました。",
            "none": "今の基準は変えていません。",
        }[store]
    )
    typer.echo(f"精度証明書: {done.folder / CERTIFICATE}")


@app.command("dialogues")
def dialogues_command(
    cases: Annotated[Path, typer.Argument(metavar="SET", exists=True)],
    half: Annotated[Half | None, typer.Option(help="測る半分（省略時は全部）")] = None,
    day: Day = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """続きの質問を正しく受け取れるか、話題が変わったときに引きずらないかを測ります。"""
    from eval.cases import read_set
    from eval.dialogues import dialogues
    from eval.show import share
    from rag.assistant import open_assistant
    from rag.config import load_settings
    from rag.console import parse_day, today

    chosen = [case for case in read_set(cases) if half in (None, case.half)]
    result = dialogues(open_assistant(load_settings(data)), chosen, parse_day(day) or today())
    if json:
        emit(result)
        return
    typer.echo(f"続きの質問 {result['questions']['followups']}問: 正しく答えた割合 {share(result['followups'])}")
    typer.echo(f"話題の変わった質問 {result['questions']['changes']}問")
    typer.echo(f"  前の質問を引きずらない割合 {share(result['changes'])}")
    typer.echo(f"  正しく答えた割合 {share(result['changes_right'])}（単独で尋ねると {share(result['alone_right'])}）")


@app.command("choose")
def choose_command(
    cases: Annotated[Path, typer.Argument(metavar="SET", exists=True)],
    day: Annotated[str, typer.Option("--as-of", metavar="YYYY-MM-DD")] = "2026-11-01",
    write: Annotated[bool, typer.Option(help="結果を製品の値として書き込む")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """見つかった箇所のうちどれを引用するかの重みを、評価セットの半分（dev）から求めます。"""
    import json as json_library

    from eval.cases import read_set
    from eval.choose import as_json, learn, observe, report
    from rag.answer.judge import WEIGHTS
    from rag.assistant import open_assistant
    from rag.config import load_settings
    from rag.console import parse_day, today

    dev = [case for case in read_set(cases) if case.half == "dev"]
    choices = observe(open_assistant(load_settings(data)), dev, parse_day(day) or today())
    content = as_json(learn(choices), {"set": cases.name, "half": "dev", **report(choices)})
    if write:
        WEIGHTS.write_text(json_library.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if json:
        emit(content)
        return
    for name, weight in content["weights"].items():
        typer.echo(f"{name:8s} {weight}")
    measured = content["measured"]
    typer.echo(f"{measured['questions']}問（重みは、ほかの問いから求めて当てはめる）")
    for key, label in (("right_among_hits", "候補にある"), ("right_first", "一番目"), ("right_in_two", "二番目まで")):
        row = measured[key]
        typer.echo(f"  {label}: {row['value']} （95%区間 {row['low']}–{row['high']}）")


@app.command("privacy")
def privacy_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)], json: Json = False
) -> None:
    """個人情報の見つけ方を、印の付いた文の半分（dev）と残り（test）で測ります。"""
    from eval.privacy import measure, read_marked

    rows = read_marked(file)
    content = {half: measure([row for row in rows if row.half == half]) for half in ("dev", "test")}
    if json:
        emit(content)
        return
    for half, name in (("dev", "調整に使った半分"), ("test", "確かめに使った半分")):
        result = content[half]
        typer.echo(
            f"{name}: {result['sentences']}文 個人情報のない{result['without_personal_data']}文のうち"
            f"誤って伏せた文 {result['masked_without_personal_data']}、"
            f"公開の番号 {result['public']} のうち伏せたもの {result['public_masked']}"
        )
        for kind, row in result["kinds"].items():
            shares = "　".join(
                f"{label} {'―' if row[key] is None else format(row[key], '.3f')}"
                for key, label in (("recall", "再現率"), ("exact", "範囲も一致"), ("precision", "適合率"))
            )
            typer.echo(f"  {kind}: {row['marked']}件　{shares}")


@app.command("ground")
def ground_command(
    seed: Annotated[int, typer.Option(help="文を作る乱数の種（調整には1を使う）")] = 2,
    count: Annotated[int, typer.Option(min=50, help="誤りの文と言い換えの文を、それぞれ何文作るか")] = 500,
    data: Data = None,
    json: Json = False,
) -> None:
    """資料にないことを書いた文を見分けられるかを、公開中の版の文から作った誤りと言い換えで測ります。"""
    from eval.ground import measure
    from rag.config import load_settings
    from rag.edition import open_edition

    result = measure(open_edition(load_settings(data).data), seed, count)
    if json:
        emit(result)
        return
    for name, kinds in (("誤りを見つけた", result["corrupted"]), ("言い換えを残した", result["paraphrased"])):
        typer.echo(name)
        for kind, row in kinds.items():
            typer.echo(f"  {kind:14s} {row['right']:3d} / {row['of']:3d}")
    typer.echo(f"数字の誤りを見つけた割合 {result['figures_caught']:.1%}、すべての誤り {result['caught']:.1%}")
    typer.echo(f"言い換えを誤って取り消した割合 {result['wrongly_struck']:.1%}（種 {seed}）")


@app.command("run")
def run_command(
    cases: Annotated[
        Path, typer.Argument(metavar="SET", exists=True, help="評価セット（*.jsonl、またはそのフォルダ）")
    ],
    config: Config = None,
    day: Day = None,
    half: Annotated[Half | None, typer.Option(help="調整用（dev）か確認用（test）の半分だけを尋ねる")] = None,
    out: Annotated[Path | None, typer.Option(help="記録を置くフォルダ（省略時はデータフォルダの runs）")] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", exists=True, file_okay=False, help="止まった測定の続きから")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """評価セットの問いをすべて尋ね、検索・回答・引用の正しさを測ります。記録はフォルダに残ります。"""
    from eval import runs
    from eval.cases import read_set
    from eval.show import collect, figures, styles
    from rag.console import parse_day, today

    asked = tuple(case for case in read_set(cases) if half in (None, case.half))
    settings, assistant, fingerprint = _open(data, config)
    configuration = settings.model_dump(mode="json")
    if assistant.prompt:
        configuration["prompt"] = assistant.prompt.label
    on = parse_day(day) or (date.fromisoformat(runs.read_setup(resume).day) if resume else today())
    setup = runs.setup(cases.stem, asked, on, assistant.edition, fingerprint, configuration, half)
    folder = resume or runs.begin(out or settings.data / "runs", setup, asked)
    with runs.measuring(folder):
        if resume:
            runs.resume(resume, setup)
        if not json:
            typer.echo(
                f"記録: {folder}（途中で止めたときは、--resume にこのフォルダを指定すると続きから測れます）", err=True
            )
        collect(runs.keep(folder, assistant, asked, on), len(asked), hidden=json)
    result = runs.result(*runs.read_run(folder), folder)
    if json:
        emit(result)
        return
    typer.echo(f"{result['set']} {result['day']} 時点、版 {result['edition']}")
    typer.echo("\n".join([*figures(result), *styles(result), f"記録: {folder}"]))


@app.command("report")
def report_command(folder: RunFolder, html: Html = None, json: Json = False) -> None:
    """一つの測定の数値、問い方ごとの内訳、うまくいかなかった問いを示します。"""
    from eval import runs
    from eval.show import figures, questions, styles

    run, rows = runs.read_run(folder)
    result = runs.result(run, rows, folder)
    if html:
        from eval.foreign import write
        from eval.html import report

        write(html.parent, {html.name: [report(run, rows, result)]})
    if json:
        emit(result)
        return
    typer.echo(f"{run.set} {run.day} 時点、版 {run.edition}")
    typer.echo("\n".join([*figures(result), *styles(result), *questions(rows)]))


@app.command("compare")
def compare_command(before: RunFolder, after: RunFolder, html: Html = None, json: Json = False) -> None:
    """二つの測定を一問ずつ比べ、差が偶然で説明できるかを示します。"""
    from eval import runs
    from eval.compare import compare, result
    from eval.show import compared

    (old, old_rows), (new, new_rows) = runs.read_run(before), runs.read_run(after)
    found = compare(old_rows, new_rows)
    if html:
        from eval.foreign import write
        from eval.html import comparison

        write(html.parent, {html.name: [comparison(old, new, found)]})
    if json:
        emit(result(found))
        return
    typer.echo("\n".join(compared(result(found))))


@app.command("gate")
def gate_command(
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="基準（省略時は製品のもの）")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--set", exists=True, dir_okay=False, help="評価セット（省略時は製品のもの）")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="今の結果を基準にする")] = False,
    config: Config = None,
    day: Day = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """決まった問いの結果を基準と比べ、偶然では説明できないほど悪くなっていれば失敗します。"""
    from eval import gate, runs
    from eval.cases import read_set
    from eval.foreign import write as save
    from eval.measures import measure
    from eval.show import collect, gate_lines
    from rag.console import FAILED, parse_day, today
    from rag.errors import InvalidSettings

    asked, file = read_set(cases or gate.SET), baseline or gate.BASELINE
    before = None
    with suppress(
        *([InvalidSettings] if write else [])
    ):  # what is replaced may be broken; its day is kept if it is not
        before = gate.read_baseline(file)
    if before and not write:
        gate.check_set(before, asked)
    _, assistant, fingerprint = _open(data, config)
    on = parse_day(day) or (before.day if before else today())
    rows = measure(asked, collect(runs.ask(assistant, asked, on), len(asked), hidden=json))
    if write:
        save(file.parent, {file.name: [gate.as_json(gate.baseline(asked, rows, on, fingerprint))]})
        typer.echo(f"基準を {file} に書きました（{len(rows)}問）。", err=json)
        return
    assert before
    result = gate.result(before, rows)
    if json:
        emit(result)
    else:
        typer.echo("\n".join(gate_lines(result)))
    if not result["passed"]:
        raise typer.Exit(FAILED)


def _open(data: Path | None, config: Path | None) -> tuple[Settings, Assistant, str]:
    """The settings, the assistant that they describe, and the fingerprint of its models, none of which may be missing."""
    import os

    from rag.assistant import open_assistant
    from rag.config import load_settings
    from rag.embedding import open_embedder

    if config:
        os.environ["HIKITSUGI_CONFIG"] = str(config)
    settings = load_settings(data)
    assistant = open_assistant(settings, open_embedder(settings.embedder))
    return settings, assistant, assistant.fingerprint


_COMMANDS = prepare.COMMANDS | retrieve.COMMANDS | opinion.COMMANDS | {"score": score_command}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)

if __name__ == "__main__":
    run(app)
