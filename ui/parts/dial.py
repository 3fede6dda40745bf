"""誤答率のダイヤル: how many wrong answers are allowed, and how many questions are answered then."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import streamlit as st

from eval import plots
from eval.adopt import adopt, read_about
from eval.calibrate import Calibration, Observation, calibrate, lowest, realised
from eval.calibrations import CERTIFICATE, read_observations
from rag.answer import confidence
from rag.console import now
from rag.errors import HikitsugiError, NotProven
from ui import wording
from ui.parts.plain import plain
from ui.shared import assistant, explain, settings

_HIGHEST = 50  # percent
_DRAWING = 720  # pixels: its letters are then as large as those of the page; a narrower screen shows it smaller


def draw_dial() -> None:
    """What is in force, and what another wish would mean by the newest measurement that is kept."""
    plain(wording.DIAL, "heading", tag="h2")
    rule = assistant().rule
    plain(wording.RULE_OWN if rule.own else wording.RULE_SHIPPED)
    if (wish := st.session_state.pop("adopted", None)) is not None:
        plain(wording.ADOPTED.format(wish=wish), "lead")
    if rule.note:
        plain(rule.note, "notice")
    folders = sorted((settings().data / "calibrations").glob("*"), reverse=True)
    if not folders:
        plain(wording.NO_CALIBRATION, "small")
        return
    folder = folders[0]
    with st.container(border=True, key="dial"):
        plain(wording.CALIBRATED_ON.format(name=folder.name, made=_made(folder)), "small")
        try:
            least = _lowest(folder)
        except HikitsugiError as error:
            explain(error)
            return
        # It stands first at what is in force, or else where something can be promised.
        now_at = _in_force(folder)
        start = now_at or (round(100 * least) if least else _HIGHEST)
        wish = st.slider(wording.WISH, 1, _HIGHEST, start, format="%d%%", key=f"wish-{folder.name}") / 100
        try:
            found = _calibrated(folder, wish)
        except NotProven:
            plain(wording.NOT_PROVEN.format(wish=wish), "notice")
            plain(wording.PROVEN_FROM.format(wish=least) if least else wording.NEVER_PROVEN)
        except HikitsugiError as error:
            explain(error)
            return
        else:
            _draw_promise(folder, found, now_at)
        certificate = folder / CERTIFICATE
        if certificate.is_file():
            st.download_button(
                wording.SAVE_CERTIFICATE, certificate.read_bytes(), CERTIFICATE, "text/html", key="save-certificate"
            )


def _draw_promise(folder: Path, found: Calibration, now_at: int | None) -> None:
    """The curve, what is promised on the half that was fitted, and what came true on the other; ``now_at``: what is in force."""
    chosen = found.given.chosen
    if chosen is None:
        return
    points = [(point.answered / found.questions, point.wrong / point.answered, point.upper) for point in found.curve]
    st.image(plots.dial(points, found.given.wish, chosen.answered / found.questions), width=_DRAWING)
    plain(wording.DIAL_NOTE, "small")
    check = realised(_half(folder, fitted=False), found.model).given
    plain(
        wording.PROMISED.format(
            rate=chosen.answered / found.questions,
            wish=found.given.wish,
            answered=check.answered,
            questions=check.questions,
            wrong=check.wrong,
            wrong_rate=check.rate or 0.0,
            low=check.interval[0],
            high=check.interval[1],
        ),
        "lead",
    )
    if now_at == round(100 * found.given.wish):
        plain(wording.IN_FORCE, "strong")
        return
    if st.button(wording.ADOPT, key="adopt"):
        _adopt(folder, found.given.wish)
    plain(wording.ADOPT_NOTE, "small")


def _adopt(folder: Path, wish: float) -> None:
    """Put the wish into force for everybody; the page is drawn anew and says so."""
    try:
        adopt(settings().data, folder, wish, assistant().meta, now().isoformat())
    except HikitsugiError as error:
        explain(error)
        return
    except OSError:
        plain(wording.NOT_WRITTEN, "notice")
        return
    assistant().refresh()
    st.session_state["adopted"] = wish
    st.rerun()


def _in_force(folder: Path) -> int | None:
    """The wish by which this calibration is in force, in percent; None if it is not, or not a whole one."""
    try:
        kept, used = ((place / confidence.FILE).read_bytes() for place in (folder, settings().data))
        fitted = json.loads(kept)["fitted"]
        wish = 100 * float(fitted["given"]["max_wrong"])
        if fitted["answer_at_most"] < 1:  # more careful than the dial can be
            return None
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return round(wish) if kept == used and abs(wish - round(wish)) < 1e-6 and 1 <= wish <= _HIGHEST else None


@st.cache_data(show_spinner=False, max_entries=10)
def _lowest(folder: Path) -> float | None:
    return lowest(_half(folder, fitted=True))


@st.cache_data(show_spinner=False, max_entries=60)
def _calibrated(folder: Path, wish: float) -> Calibration:
    return calibrate(_half(folder, fitted=True), wish)


def _half(folder: Path, *, fitted: bool) -> list[Observation]:
    """The half that the calibration was made on, or the other one."""
    half = read_about(folder).half
    return [observation for observation in read_observations(folder) if (observation.half == half) == fitted]


def _made(folder: Path) -> date:
    return datetime.strptime(folder.name[:8], "%Y%m%d").date()
