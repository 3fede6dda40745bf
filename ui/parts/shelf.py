"""What a librarian does in the app: add, replace and remove documents, look at what would be read, go back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

import streamlit as st

from ingest import editions, shelf
from ingest.build import Report, ingest
from ingest.effect import AnswersGetWorse, Check, Effect
from ingest.readers.isolation import read_isolated
from rag.domain import EVERYONE, Chunk, Kind, Library, Reading, Section
from rag.edition import DataFolder
from rag.errors import HikitsugiError, UnreadableDocument
from ui import wording
from ui.identity import viewer
from ui.parts.effect import draw_effect
from ui.parts.plain import plain, table
from ui.shared import carried_out, embedder, explain, in_japan, settings

_PREVIEWED = 60
_LARGEST = 200 << 20


def draw_add(library: Library | None) -> None:
    """Choose files, see what is read from them, say what is known of them, publish."""
    with st.expander(wording.ADD, expanded=library is None):
        round_ = st.session_state.setdefault("upload-round", 0)
        files = st.file_uploader(wording.ADD_FILES, accept_multiple_files=True, key=f"upload-{round_}")
        ready = [(file, entry) for file in files if (entry := _draw_file(file, library)) is not None]
        if ready and len(ready) == len(files):
            if st.button(wording.PUBLISH, type="primary", key="upload-publish"):
                _publish_files(ready)
        elif not files:
            plain(wording.SYNC_NOTE.format(folder=settings().corpus), "small")
            if st.button(wording.SYNC, key="sync"):
                _publish()
    _draw_outcome()
    _draw_stopped()


def draw_sections(sections: Iterable[Section | Chunk]) -> None:
    """What was read, page by page: text as text, the rows of a table as a table."""
    for (page, heading, kind, columns), group in groupby(sections, lambda s: (s.page, s.heading, s.kind, s.columns)):
        place = "　".join([*heading, *([f"{page}頁"] if page else [])])
        if place:
            plain(place, "small", "strong")
        parts = list(group)
        if kind is Kind.ROW:
            table(columns, [part.text.split("\t") for part in parts])
        else:
            for part in parts:
                if part.question:
                    plain(f"問　{part.question}", "strong")
                plain(part.text)


def draw_remove(path: str) -> None:
    """Take a document out, after one more click."""
    with st.popover(wording.REMOVE):
        removed = settings().data / "removed"
        plain(wording.REMOVE_NOTE.format(folder=removed), "small")
        if st.button(wording.REMOVE_SURE, type="primary", key=f"remove-{path}") and _tried(
            lambda: shelf.remove(settings().corpus, removed, path)
        ):
            _publish()


def draw_history() -> None:
    """The kept editions; an earlier one can be published again."""
    data = DataFolder(settings().data)
    records = editions.history(data)
    if not records:
        return
    with st.expander(wording.HISTORY_OF):
        st.dataframe(
            [_edition_row(record) for record in records],
            hide_index=True,
            width="stretch",
            column_config={key: st.column_config.Column(name) for key, name in wording.EDITION_COLUMNS.items()},
            key="editions",
        )
        earlier = [record.edition for record in records if record.state == "kept"]
        if earlier:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                target = st.selectbox(wording.ROLLBACK_TO, earlier, key="rollback-to")
                if st.button(wording.ROLLBACK, key="rollback"):
                    _change(lambda: wording.ROLLED_BACK.format(edition=editions.rollback(data, target, wait=5)))


def draw_waiting() -> None:
    """The edition that waits for a second person, who has to know what it changes, and why the first one accepted a loss."""
    data = DataFolder(settings().data)
    waiting = data.waiting()
    record = next((r for r in editions.history(data) if waiting and r.edition == waiting.name), None)
    if waiting is None or record is None:
        return
    with st.container(border=True, key="waiting"):
        made, changes = f"{in_japan(record.made):%-m月%-d日 %H:%M}", _changes(record) or wording.NO_FILE_CHANGED
        plain(wording.WAITING.format(author=record.author, made=made, changes=changes), "notice", "lead")
        plain(wording.WAITING_REMEDY)
        for event in editions.events(data):
            if event.edition == waiting.name and event.note:
                plain(wording.ACCEPTED.format(user=event.user, reason=event.note), "strong")
        with st.container(horizontal=True):
            looked = settings().publish.gate is not None and st.button(wording.LOOK_AT_EFFECT, key="waiting-look")
            approved = st.button(wording.APPROVE, type="primary", key="approve")
        if approved:
            _change(lambda: wording.APPROVED.format(edition=editions.approve(data)))
        if looked:
            _look(data, waiting)
        edition, effect = st.session_state.get("waiting-effect", ("", None))
        if effect and edition == waiting.name:
            draw_effect(effect)


def _look(data: DataFolder, waiting: Path) -> None:
    """Ask the set of the published edition and of the one that waits, with a bar."""
    try:
        check, published = _check(), data.current()
        if check and published:
            work = carried_out(lambda progress: check(published, waiting, progress))
            st.session_state["waiting-effect"] = waiting.name, work.result()
    except HikitsugiError as error:
        explain(error)
        return
    st.rerun()


def _draw_file(file: Any, library: Library | None) -> dict[str, Any] | None:
    """The form of one file; what it says, or None as long as the file cannot be taken in."""
    key = f"upload-{file.file_id}"
    with st.container(border=True):
        plain(file.name, "subheading", tag="h3")
        if file.size > _LARGEST:
            plain(wording.UPLOAD_TOO_LARGE.format(size=file.size / (1 << 20)), "notice")
            return None
        reading = _preview(key, file)
        if isinstance(reading, UnreadableDocument):
            explain(reading)
            return None
        if reading.title:
            plain(wording.SUGGESTED_TITLE.format(title=reading.title), "small")
        entry = _draw_form(key, file.name, library)
        for warning in reading.warnings:
            plain(warning.message, "notice", "small")
        with st.expander(wording.PREVIEW.format(count=len(reading.sections))):
            draw_sections(reading.sections[:_PREVIEWED])
            if len(reading.sections) > _PREVIEWED:
                plain(wording.PREVIEW_MORE.format(count=len(reading.sections) - _PREVIEWED), "small")
        return entry


def _preview(key: str, file: Any) -> Reading | UnreadableDocument:
    """Read an uploaded file as ingestion would; once, however often the page is drawn."""
    known = st.session_state.get(key)
    if known is None:
        waiting = st.empty()
        with waiting.container():
            plain(wording.PREVIEWING)
        with tempfile.TemporaryDirectory(prefix="hikitsugi-") as folder:
            copy = Path(folder) / f"file{Path(file.name).suffix[:10]}"
            copy.write_bytes(file.getvalue())
            try:
                known = read_isolated(copy)
            except UnreadableDocument as error:
                known = error
        waiting.empty()
        st.session_state[key] = known
    reading: Reading | UnreadableDocument = known
    return reading


def _draw_form(key: str, name: str, library: Library | None) -> dict[str, Any]:
    """What is said of a file; for one that replaces another, what was said of that to begin with."""
    documents = [record.document for record in library.documents] if library else []
    departments = sorted({document.path.split("/")[0] for document in documents if "/" in document.path})
    own = viewer(settings()).department
    first = departments.index(own) if own in departments else 0
    choices = [*departments, wording.OTHER_DEPARTMENT]
    left, right = st.columns(2)
    with left:
        chosen = st.selectbox(wording.ADD_DEPARTMENT, choices, index=first, key=f"{key}-department")
        department = chosen
        if chosen == wording.OTHER_DEPARTMENT:
            department = st.text_input(wording.NEW_DEPARTMENT, key=f"{key}-new-department")
    key = f"{key}-{chosen}"  # another department, another document that may be replaced
    old = next((document for document in documents if document.path == f"{department}/{name}"), None)
    neighbours = [d.path.split("/", 1)[1] for d in documents if d.path.startswith(f"{department}/")]
    others = [path for path in neighbours if "/" not in path and path != name]
    superseded = PurePosixPath(old.supersedes).name if old and old.supersedes else ""
    ends_by_itself = old and not any(document.supersedes == old.path for document in documents)
    with left:
        title = st.text_input(wording.TITLE, old.title if old else "", key=f"{key}-title")
        contact = st.text_input(wording.CONTACT, (old.contact or "") if old else "", key=f"{key}-contact")
        audience = st.multiselect(
            wording.AUDIENCE,
            sorted({*departments, *(old.audience if old else ())} - {EVERYONE}),
            sorted(old.audience - {EVERYONE}) if old else [],
            key=f"{key}-audience",
            placeholder="",
        )
    with right:
        start = _date(wording.VALID_FROM, old.validity.start if old else None, f"{key}-from")
        end = _date(wording.VALID_UNTIL, old.validity.end if old and ends_by_itself else None, f"{key}-until")
        supersedes = st.selectbox(
            wording.SUPERSEDES,
            [wording.NOTHING_SUPERSEDED, *others],
            index=1 + others.index(superseded) if superseded in others else 0,
            key=f"{key}-supersedes",
        )
        sensitivity = st.selectbox(
            wording.SENSITIVITY, [1, 2, 3], index=old.sensitivity - 1 if old else 0, key=f"{key}-sensitivity"
        )
    replace = old is not None and st.checkbox(wording.REPLACE_OLD, key=f"{key}-replace")
    entry = {
        "title": title.strip(),
        "valid_from": start,
        "valid_until": end,
        "supersedes": "" if supersedes == wording.NOTHING_SUPERSEDED else supersedes,
        "sensitivity": sensitivity,
        "audience": audience,
        "contact": contact.strip(),
    }
    said = {field: value for field, value in entry.items() if value}
    return {"department": department, "entry": said, "replace": replace}


def _date(text: str, value: date | None, key: str) -> date | None:
    first, last = date(1900, 1, 1), date(2100, 12, 31)
    # The two spellings are two overloads: with a day to begin with, and without.
    if value is None:
        return st.date_input(text, None, first, last, key=key, format="YYYY/MM/DD")
    return st.date_input(text, value, first, last, key=key, format="YYYY/MM/DD")


def _publish_files(ready: list[tuple[Any, dict[str, Any]]]) -> None:
    corpus = settings().corpus
    if not _tried(_check):
        return
    # All names first: if the second of three files cannot be placed, the first must not lie there half taken in.
    for file, said in ready:
        if not _tried(partial(shelf.target, corpus, said["department"], file.name, replace=said["replace"])):
            return
    for file, said in ready:
        content = file.getvalue()
        place = partial(shelf.place, corpus, said["department"], file.name, content, said["entry"])
        if not _tried(partial(place, replace=said["replace"])):
            return
    st.session_state["upload-round"] += 1
    _publish()


def _publish(accept: str | None = None) -> None:
    """Take in what the corpus now holds, with a bar, and say what became of it on the next drawing of the page.

    ``accept``: why it is published although answers get worse.
    """
    act = partial(ingest, settings(), embedder(), wait=5, check=_check(), accept=accept)
    work = carried_out(lambda progress: act(progress=progress))
    _change(lambda: _outcome(work.result()))


def _check() -> Check | None:
    if settings().publish.gate is None:
        return None
    from eval.effect import corpus_check

    return corpus_check(settings(), embedder(), viewer(settings()))


def _outcome(report: Report) -> str:
    plan = report.plan
    st.session_state["effect"] = report.effect
    if report.waiting:
        told = wording.PUBLISHED_WAITING
    elif report.published:
        told = wording.PUBLISHED.format(
            added=len(plan.added), changed=len(plan.changed) + len(plan.moved), removed=len(plan.removed)
        )
    else:
        told = wording.NOTHING_NEW
    return told + report.unchecked


def _change(act: Callable[[], str]) -> None:
    """Change the published state and draw the page anew; what goes wrong is explained in place."""
    _forget("outcome", "effect", "stopped")
    try:
        st.session_state["outcome"] = act()
    except AnswersGetWorse as stopped:
        st.session_state["stopped"] = stopped.effect
    except HikitsugiError as error:
        explain(error)
        return
    st.rerun()


def _tried(act: Callable[[], object]) -> bool:
    try:
        act()
    except HikitsugiError as error:
        explain(error)
        return False
    except OSError as error:
        plain(f"{wording.NOT_WRITTEN}（{error.strerror}）", "notice")
        return False
    return True


def _draw_outcome() -> None:
    """What became of the last change; it stays until the next one, since a drawing can be cut short by another."""
    outcome, effect = st.session_state.get("outcome"), st.session_state.get("effect")
    if outcome:
        with st.container(border=True, key="outcome"):
            plain(outcome, "lead")
            if effect:
                draw_effect(effect)
            st.button(wording.CLOSE, key="outcome-close", on_click=_forget, args=("outcome", "effect"))


def _forget(*told: str) -> None:
    for key in told:
        st.session_state.pop(key, None)


def _draw_stopped() -> None:
    """A publication that was stopped: which answers would get worse, and a way to publish all the same, with a reason."""
    effect: Effect | None = st.session_state.get("stopped")
    if effect is None:
        return
    with st.container(border=True, key="stopped"):
        plain(wording.STOPPED.format(cases=effect.cases, worse=len(effect.worse)), "notice", "lead")
        plain("、".join(effect.losses))
        draw_effect(effect)
        plain(wording.STOPPED_REMEDY)
        reason = st.text_input(wording.ACCEPT_REASON, key="accept-reason", max_chars=200)
        if st.button(wording.ACCEPT, key="accept", disabled=not reason.strip()):
            _publish(reason)


def _edition_row(record: editions.EditionRecord) -> dict[str, Any]:
    return {
        "state": wording.EDITION_STATES[record.state],
        "made": f"{in_japan(record.made):%Y/%m/%d %H:%M}",
        "author": record.author,
        "documents": record.documents,
        "chunks": record.chunks,
        "changes": _changes(record),
        "edition": record.edition,
    }


def _changes(record: editions.EditionRecord) -> str:
    return "、".join(f"{wording.CHANGES[kind]}{len(paths)}" for kind, paths in record.changes.items() if paths)
