"""評価: how often the answers are right, measured on the section's own questions, and how sure a reply has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from eval import export, html, plots, runs
from eval.compare import compare
from eval.measures import Row, by_style, risk_coverage, worst
from eval.show import NAMES, OUTCOMES
from eval.visible import MaySee, shown, shown_pairs
from ingest.editions import documents
from rag.domain import DocumentInfo
from rag.edition import DataFolder
from rag.errors import HikitsugiError, NoEdition
from ui import wording
from ui.identity import viewer
from ui.parts.comparison import draw_comparison, percent, short
from ui.parts.dial import draw_dial
from ui.parts.measuring import draw_going_on, draw_measuring
from ui.parts.plain import plain, table
from ui.shared import assistant, explain, settings

_SHOWN = 20


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
    draw_measuring()
    folders = _folders()
    if folders:
        chosen = _draw_runs(folders)
        if len(chosen) == 1:
            _draw_run(chosen[0])
        elif len(chosen) == 2:
            _draw_comparison(chosen[1], chosen[0])  # the list is newest first
    draw_dial()


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
    result = run.result
    asked, unasked = result["cases"], result["unasked"]
    partly = wording.PARTLY_YET if unasked and runs.is_measured(run.folder) else wording.PARTLY
    return {
        "when": _when(run),
        "set": _set(run),
        "cases": partly.format(asked=asked, all=asked + unasked) if unasked else str(asked),
        "answered": _rounded(result["answer_rate"]),
        "wrong": _rounded(result["wrong_rate"]),
        "found": _rounded(result["source_hit@5"]),
        "stale": str(result["stale_citations"]),
        "edition": run.setup.edition,
    }


def _when(run: Run) -> str:
    stamp = run.folder.name
    return f"{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]} {stamp[9:11]}:{stamp[11:13]}"


def _set(run: Run) -> str:
    half = run.setup.half
    return run.setup.set + (f"（{wording.HALVES[half]}）" if half and half in wording.HALVES else "")


def _draw_run(run: Run) -> None:
    """One run: its figures with their intervals in words, styles, curve, and what went wrong."""
    setup, result = run.setup, run.result
    rows = shown(run.rows, _may_see(run))
    plain(wording.RUN_HEADING.format(set=setup.set, day=setup.day), "heading", tag="h2")
    if left := result["unasked"]:
        draw_going_on(run.folder, setup, result["cases"], left)
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
        told = [[line[1], line[2], short(line[3]), line[4], line[5]] for line in export.replies(bad[:_SHOWN])]
        if told:
            table(wording.WORST_COLUMNS, told)
        else:
            plain(wording.NONE_WORST, "small")
        if len(bad) > _SHOWN:
            plain(wording.MORE_WORST.format(count=len(bad) - _SHOWN), "small")
    with st.expander(wording.MORE_FIGURES):
        figures = [[label, percent(result[name]["value"]), _bounds(result[name])] for name, label in NAMES.items()]
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
    """Two runs, and what can be saved of their differences."""
    found = shown_pairs(compare(before.rows, after.rows), _may_see(before, after))
    draw_comparison(f"{_when(before)} {_set(before)}", f"{_when(after)} {_set(after)}", found)
    with st.container(horizontal=True):
        _save(wording.SAVE_COMPARISON, "比較.html", lambda: html.comparison(before.setup, after.setup, found))
        csv = partial(export.as_csv, export.CHANGES, export.changes([*found.worse, *found.better]))
        _save(wording.SAVE_CHANGES, "比較.csv", csv)


def _save(text: str, name: str, made: Callable[[], str | bytes]) -> None:
    """A button that saves what is made when it is pressed: a report takes a second, and most drawings need none."""
    kind = "text/html" if name.endswith(".html") else "text/csv"
    st.download_button(text, made, name, kind, key=f"save-{text}", on_click="ignore")


def _rounded(figure: dict[str, float | None]) -> str:
    """「62%（58–66）」"""
    if figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return "―"
    return f"{figure['value']:.0%}（{100 * figure['low']:.0f}–{100 * figure['high']:.0f}）"


def _bounds(figure: dict[str, float | None]) -> str:
    return "―" if figure["low"] is None or figure["high"] is None else f"{figure['low']:.1%}〜{figure['high']:.1%}"
