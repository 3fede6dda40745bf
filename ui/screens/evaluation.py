"""評価: how often the answers are right, measured on the section's own questions, and how sure a reply has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from eval import export, html, plots, runs
from eval.cases import Case, read_set
from eval.compare import compare, mcnemar
from eval.measures import Row, by_style, risk_coverage, worst
from eval.show import NAMES, OUTCOMES
from eval.visible import MaySee, shown, shown_pairs
from ingest.editions import documents
from ingest.progress import Progress
from rag.assistant import Assistant, open_assistant
from rag.config import PROJECT
from rag.console import today
from rag.domain import DocumentInfo
from rag.edition import DataFolder
from rag.errors import HikitsugiError, NoEdition
from ui import wording
from ui.identity import viewer
from ui.parts.dial import draw_dial
from ui.parts.plain import plain, table
from ui.shared import assistant, carried_out, embedder, explain, settings

_SHOWN = 20
_LONGEST = 160
_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """A kept run with its figures, which are of all questions; of ``rows`` only what this person may see is drawn."""

    folder: Path
    setup: runs.Setup
    rows: tuple[Row, ...]
    result: dict[str, Any]


def draw() -> None:
    """The page."""
    plain(wording.EVALUATION, "title", tag="h1")
    plain(wording.EVALUATION_LEAD)
    try:
        assistant()
    except NoEdition as error:
        explain(error)
        return
    _draw_new()
    folders = _folders()
    if folders:
        chosen = _draw_runs(folders)
        if len(chosen) == 1:
            _draw_run(chosen[0])
        elif len(chosen) == 2:
            _draw_comparison(chosen[1], chosen[0])  # the list is newest first
    draw_dial()


def _draw_new() -> None:
    """Choose a set and measure it, with a bar."""
    sets = {
        file.name: file
        for folder in (PROJECT / "eval" / "sets", settings().data / "sets")
        for file in folder.glob("*.jsonl")
    }
    if not sets:
        plain(wording.NO_SETS.format(folder=settings().data / "sets"), "notice")
        return
    with st.container(border=True, key="measure"):
        plain(wording.MEASURE_HEADING, "heading", tag="h2")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.selectbox(wording.SET, sorted(sets), key="evaluation-set")
            half = st.selectbox(
                wording.HALF, list(wording.HALVES), format_func=wording.HALVES.__getitem__, key="evaluation-half"
            )
            pressed = st.button(wording.MEASURE, type="primary", key="measure-start")
        plain(wording.SETS_NOTE.format(folder=settings().data / "sets"), "small")
    if pressed:
        _measure(sets[name], half)


def _measure(file: Path, half: str | None) -> None:
    """Ask every question and keep the replies; an assistant of its own stays with one edition, whatever is published meanwhile."""
    try:
        one = open_assistant(settings(), embedder())
        cases = tuple(case for case in read_set(file) if half in (None, case.half))
        setup = runs.setup(
            file.stem, cases, today(), one.edition, one.fingerprint, settings().model_dump(mode="json"), half
        )
        folder = runs.begin(settings().data / "runs", setup, cases)
        carried_out(partial(_ask, folder, one, cases)).result()
    except HikitsugiError as error:
        explain(error)
        return
    st.rerun()


def _ask(folder: Path, one: Assistant, cases: Sequence[Case], progress: Callable[[Progress], None]) -> None:
    for done, _ in enumerate(runs.keep(folder, one, cases, today()), start=1):
        progress(Progress(wording.MEASURING, done, len(cases)))


def _folders() -> list[Path]:
    """The kept runs, newest first."""
    folder = settings().data / "runs"
    return (
        sorted((run for run in folder.glob("*") if (run / runs.RUN).is_file()), reverse=True) if folder.is_dir() else []
    )


@st.cache_resource(show_spinner=False, max_entries=3 * _SHOWN)
def _opened(folder: Path, written: int) -> Run:
    """A run, measured once; ``written``: when its last reply came."""
    setup, rows = runs.read_run(folder)
    return Run(folder, setup, rows, runs.result(setup, rows, folder))


@st.cache_resource(show_spinner=False, max_entries=20)
def _documents(edition: Path) -> tuple[DocumentInfo, ...]:
    return documents(edition)


def _may_see(*opened: Run) -> MaySee:
    """Whether this person may see a document, both as the runs found it and as it is now; one that is gone is not seen."""
    data, person = DataFolder(settings().data), viewer(settings())
    kept = {data.editions / run.setup.edition for run in opened} & set(data.editions.iterdir())
    allowed: dict[str, bool] = {}
    for edition in {*kept, *filter(None, [data.current()])}:
        for document in _documents(edition):
            allowed[document.path] = allowed.get(document.path, True) and person.may_see(document)
    return lambda path: allowed.get(path, False)


def _draw_runs(folders: Sequence[Path]) -> list[Run]:
    """The list of runs; those whose rows are chosen, the newest if none is."""
    plain(wording.RUNS, "heading", tag="h2")
    plain(wording.RUNS_HINT, "small")
    rows, readable = [], []
    for folder in folders[:_SHOWN]:
        replies = folder / runs.REPLIES
        try:
            run = _opened(folder, replies.stat().st_mtime_ns if replies.exists() else 0)
        except HikitsugiError as error:
            explain(error)
            continue
        readable.append(run)
        rows.append(_run_row(run))
    event = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={key: st.column_config.Column(name) for key, name in wording.RUN_COLUMNS.items()},
        key=f"runs-{hash(tuple(run.folder for run in readable))}",
        on_select="rerun",
        selection_mode="multi-row",
    )
    chosen = [readable[row] for row in sorted(event.selection.rows) if row < len(readable)]
    if len(chosen) > 2:
        plain(wording.TWO_AT_MOST, "notice")
    return chosen[:2] or readable[:1]


def _run_row(run: Run) -> dict[str, Any]:
    stamp, setup, result = run.folder.name[:15], run.setup, run.result
    return {
        "when": f"{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]} {stamp[9:11]}:{stamp[11:13]}",
        "set": setup.set + (f"（{wording.HALVES[setup.half]}）" if setup.half in wording.HALVES and setup.half else ""),
        "cases": result["cases"],
        "answered": _percent(result["answer_rate"]["value"]),
        "wrong": _percent(result["wrong_rate"]["value"]),
        "found": _percent(result["source_hit@5"]["value"]),
        "stale": result["stale_citations"],
        "edition": setup.edition,
    }


def _draw_run(run: Run) -> None:
    """One run: its figures with their intervals in words, styles, curve, and what went wrong."""
    setup, result = run.setup, run.result
    rows = shown(run.rows, _may_see(run))
    plain(wording.RUN_HEADING.format(set=setup.set, day=setup.day), "heading", tag="h2")
    plain(
        wording.RUN_COUNTS.format(
            cases=result["cases"],
            answered=result["answered"],
            correct=result["correct"],
            wrong=result["wrong"],
            abstained=result["abstained"],
        ),
        "lead",
    )
    left, right = st.columns(2)
    with left:
        for name, sentence in wording.IN_WORDS.items():
            if result[name]["value"] is not None:
                plain(sentence.format(**{key: round(100 * value) for key, value in result[name].items()}))
        plain(wording.INTERVAL_NOTE, "small")
    with right:
        st.image(plots.curve(risk_coverage(rows)), width="stretch")
        plain(wording.CURVE_NOTE, "small")
    bad = worst(rows)
    with st.expander(wording.WORST.format(count=len(bad))):
        told = [[line[1], line[2], _short(line[3]), line[4], line[5]] for line in export.replies(bad[:_SHOWN])]
        table(wording.WORST_COLUMNS, told)
        if len(bad) > _SHOWN:
            plain(wording.MORE_WORST.format(count=len(bad) - _SHOWN), "small")
    with st.expander(wording.MORE_FIGURES):
        figures = [[label, _percent(result[name]["value"]), _bounds(result[name])] for name, label in NAMES.items()]
        table(wording.FIGURE_COLUMNS, figures)
        styles = [
            [style, str(part["cases"]), *(str(part[key]) for key in OUTCOMES)] for style, part in by_style(rows).items()
        ]
        table((wording.STYLE, wording.CASES, *OUTCOMES.values()), styles)
    with st.container(horizontal=True):
        _save(wording.SAVE_REPORT, f"{run.folder.name}.html", lambda: html.report(setup, rows, result))
        csv = partial(export.as_csv, export.COLUMNS, export.replies(rows))
        _save(wording.SAVE_REPLIES, f"{run.folder.name}.csv", csv)


def _draw_comparison(before: Run, after: Run) -> None:
    """Two runs, question by question."""
    found = shown_pairs(compare(before.rows, after.rows), _may_see(before, after))
    plain(wording.COMPARISON, "heading", tag="h2")
    plain(wording.COMPARED.format(cases=len(found.pairs), better=len(found.better), worse=len(found.worse)), "lead")
    tested = mcnemar(found.pairs)
    plain(wording.CHANCE if tested["p"] >= _CHANCE else wording.NO_CHANCE)
    for name, pairs in ((wording.GOT_WORSE, found.worse), (wording.GOT_BETTER, found.better)):
        if pairs:
            plain(name, "subheading", tag="h3")
            table(
                wording.CHANGE_COLUMNS,
                [
                    [
                        p.after.case.question,
                        *(f"{OUTCOMES[r.outcome]}　{_short(r.record.text)}" for r in (p.before, p.after)),
                    ]
                    for p in pairs[:_SHOWN]
                ],
            )
            if len(pairs) > _SHOWN:
                plain(wording.MORE_WORST.format(count=len(pairs) - _SHOWN), "small")
    with st.container(horizontal=True):
        _save(wording.SAVE_COMPARISON, "比較.html", lambda: html.comparison(before.setup, after.setup, found))
        csv = partial(export.as_csv, export.CHANGES, export.changes([*found.worse, *found.better]))
        _save(wording.SAVE_CHANGES, "比較.csv", csv)


def _save(text: str, name: str, made: Callable[[], str | bytes]) -> None:
    """A button that saves what is made when it is pressed: a report takes a second, and most drawings need none."""
    kind = "text/html" if name.endswith(".html") else "text/csv"
    st.download_button(text, made, name, kind, key=f"save-{text}", on_click="ignore")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _percent(value: float | None) -> str:
    return "―" if value is None else f"{value:.1%}"


def _bounds(figure: dict[str, float | None]) -> str:
    return "―" if figure["low"] is None or figure["high"] is None else f"{figure['low']:.1%}〜{figure['high']:.1%}"
