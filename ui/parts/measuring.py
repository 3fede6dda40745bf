"""Measuring on the page: choose a set or make one from a table, ask its questions, go on with what was stopped."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from eval import runs
from eval.cases import Case, as_lines, read_cases, read_set
from eval.foreign import write
from eval.lint import Finding, lint
from eval.tables import Imported, read_table
from ingest.progress import Progress
from rag.assistant import Assistant, open_assistant
from rag.config import PROJECT
from rag.console import today
from rag.edition import DataFolder, open_edition
from rag.errors import HikitsugiError, StorageFull
from ui import wording
from ui.parts.plain import plain, table
from ui.shared import carried_out, embedder, explain, settings

log = logging.getLogger("hikitsugi.ui")
_SHOWN = 20
_PRODUCT = PROJECT / "eval" / "sets"
_TABLES = 8
"""So many uploaded tables stay read: one for each of a few people who make a set at the same time."""


def draw_measuring() -> None:
    """Choose a set and measure it, with a bar, or make one from a table."""
    own = settings().data / "sets"
    sets = {file.name: file for folder in (_PRODUCT, own) for file in folder.glob("*.jsonl")}
    pressed, name, half = False, "", None
    if (chosen := st.session_state.pop("set-chosen", None)) in sets:
        st.session_state["evaluation-set"] = chosen  # before the menu is drawn: afterwards it cannot be set
    with st.container(border=True, key="measure"):
        plain(wording.MEASURE_HEADING, "heading", tag="h2")
        if sets:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                name = st.selectbox(wording.SET, sorted(sets), key="evaluation-set")
                half = st.selectbox(
                    wording.HALF, list(wording.HALVES), format_func=wording.HALVES.__getitem__, key="evaluation-half"
                )
                pressed = st.button(wording.MEASURE, type="primary", key="measure-start")
        plain((wording.SETS_NOTE if sets else wording.NO_SETS).format(folder=own), "small")
        _draw_table(own)
    if pressed:
        _measure(sets[name], half)


def draw_going_on(folder: Path, setup: runs.Setup, asked: int, left: int) -> None:
    """Say that a run was stopped, and offer to ask the rest, unless somebody is at it just now."""
    if runs.is_measured(folder):
        plain(wording.RUNNING_RUN.format(all=asked + left, asked=asked), "notice")
        return
    plain(wording.STOPPED_RUN.format(all=asked + left, asked=asked), "notice")
    if st.button(wording.GO_ON.format(left=left), key="measure-on"):
        try:
            cases = read_cases(folder / runs.CASES)
            _carry_out(setup.set, cases, date.fromisoformat(setup.day), setup.half, folder)
        except HikitsugiError as error:  # another edition or another setting would answer the rest
            explain(error)
            return
        st.rerun()


def _measure(file: Path, half: str | None) -> None:
    """Ask every question and keep the replies."""
    try:
        cases = tuple(case for case in read_set(file) if half in (None, case.half))
        _carry_out(file.stem, cases, today(), half, None)
    except HikitsugiError as error:
        explain(error)
        return
    st.rerun()


def _carry_out(name: str, cases: Sequence[Case], day: date, half: str | None, begun: Path | None) -> None:
    """Measure with a bar. An assistant of its own stays with one edition, whatever is published meanwhile."""
    one = open_assistant(settings(), embedder())
    configuration = settings().model_dump(mode="json")
    setup = runs.setup(name, cases, day, one.edition, one.fingerprint, configuration, half)
    folder = begun or runs.begin(settings().data / "runs", setup, cases)
    carried_out(partial(_ask, folder, setup if begun else None, one, cases, day)).result()


def _ask(
    folder: Path,
    resumed: runs.Setup | None,
    one: Assistant,
    cases: Sequence[Case],
    day: date,
    progress: Callable[[Progress], None],
) -> None:
    """Ask what has no reply yet. In a thread of its own, which holds the run though the page may be left."""
    with runs.measuring(folder):
        if resumed:
            runs.resume(folder, resumed)
        there = len(runs.replies(folder))
        for done, _ in enumerate(runs.keep(folder, one, cases, day), start=there + 1):
            progress(Progress(wording.MEASURING, done, len(cases)))


def _draw_table(own: Path) -> None:
    """A set from an Excel or CSV file: what is in it, what is wrong with it, and a button that keeps it."""
    if kept := st.session_state.get("set-kept"):
        plain(wording.SET_KEPT.format(name=kept), "lead")
    with st.expander(wording.SET_FROM_TABLE):
        plain(wording.SET_COLUMNS, "small")
        round_ = st.session_state.setdefault("set-round", 0)
        file = st.file_uploader(wording.SET_FILE, type=["xlsx", "xlsm", "csv"], key=f"set-file-{round_}")
        if file is None:
            return
        st.session_state.pop("set-kept", None)
        try:
            found = _read(file.file_id, file)
        except HikitsugiError as error:
            explain(error)
            return
        unanswerable = sum(not case.answerable for case in found.cases)
        plain(wording.SET_READ.format(cases=len(found.cases), unanswerable=unanswerable))
        if found.unused:
            plain(wording.SET_UNUSED.format(names="、".join(found.unused)), "small")
        _draw_findings(file.file_id, found.cases)
        name = st.text_input(wording.SET_NAME, PurePath(file.name).stem, max_chars=60, key=f"set-name-{round_}")
        target = own / (re.sub(r"[^\w-]", "_", name.strip()) + ".jsonl")
        taken = (_PRODUCT / target.name).exists()  # an own set of that name would be measured in its stead
        if taken:
            plain(wording.SET_NAME_TAKEN.format(name=target.stem), "notice")
        replaces = not taken and target.exists()
        sure = not taken and (
            not replaces or st.checkbox(wording.SET_REPLACE.format(name=target.name), key="set-replace")
        )
        if st.button(wording.SET_KEEP, key="set-keep", disabled=not (name.strip() and sure)):
            _keep(target, found)


def _draw_findings(file_id: str, cases: Sequence[Case]) -> None:
    published = DataFolder(settings().data).current()
    findings = _findings(file_id, published, today(), cases)
    if not findings:
        return
    errors = sum(finding.severity == "error" for finding in findings)
    plain(wording.SET_FINDINGS.format(errors=errors, warnings=len(findings) - errors), "notice")
    told = [[wording.SEVERITIES[f.severity], f.id, f"{f.message}{f.remedy}"] for f in findings[:_SHOWN]]
    table(wording.FINDING_COLUMNS, told)
    if len(findings) > _SHOWN:
        plain(wording.MORE_FINDINGS.format(count=len(findings) - _SHOWN), "small")


@st.cache_resource(show_spinner=False, max_entries=_TABLES)
def _findings(file_id: str, published: Path | None, day: date, _cases: Sequence[Case]) -> tuple[Finding, ...]:
    """What is wrong with a table for the published edition; the page is drawn anew with everything that is typed."""
    with closing(open_edition(settings().data)) as edition:
        return lint(_cases, day, edition.catalog)


@st.cache_resource(show_spinner=False, max_entries=_TABLES)
def _read(file_id: str, _file: Any) -> Imported:
    """What an uploaded table says. Raises UnreadableDocument with the rows at fault."""
    with tempfile.TemporaryDirectory(prefix="hikitsugi-") as folder:
        copy = Path(folder) / f"{PurePath(_file.name).stem[:60]}{PurePath(_file.name).suffix[:10]}"
        copy.write_bytes(_file.getvalue())
        return read_table(copy)


def _keep(target: Path, found: Imported) -> None:
    try:
        write(target.parent, {target.name: [as_lines(found.cases)]})
    except StorageFull as error:
        log.warning("a set was not kept: %s", error, exc_info=True)
        plain(wording.SET_NOT_KEPT.format(folder=target.parent), "notice")
        return
    st.session_state["set-kept"] = target.name
    st.session_state["set-chosen"] = target.name
    st.session_state["set-round"] += 1
    st.rerun()
