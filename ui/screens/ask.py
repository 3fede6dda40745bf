"""質問する: a question, the sources first, then the answer, and the cited passage where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import cycle

import streamlit as st

from rag.assistant import Assistant
from rag.console import today
from rag.dialogue import Understood
from rag.domain import Answer, Chunk, Hit, Question, Reply
from rag.errors import InvalidQuestion
from rag.temporal import describe, read_when, wareki, with_day
from ui import wording
from ui.identity import viewer
from ui.parts import examples
from ui.parts.citation import draw_citation
from ui.parts.draft import draw_drafts
from ui.parts.plain import label, plain
from ui.parts.progress import progress
from ui.parts.reply import draw_notices, draw_reply, draw_sources, draw_why
from ui.shared import assistant, explain, settings

_SOURCES = 5
_EXAMPLES = 6  # that the staff saved
_REMEMBERED = 20  # earlier questions that a follow-up may refer to
# On a narrow screen the passage stands above what it was opened from. A constant script of ours.
_SHOW_PASSAGE = "<script>document.querySelector('.st-key-passage').scrollIntoView({block: 'nearest'})</script>"


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of this visitor with its reply. Lives in the session, which no other visitor sees."""

    question: Question
    hits: tuple[Hit, ...]
    reply: Reply
    understood: Understood

    @property
    def said(self) -> str:
        """What a follow-up goes on from: without the words for a day if this person did not want that day."""
        question = self.question
        return (question.fixed_day and read_when(question.text, question.as_of)[1]) or question.text

    @property
    def whole(self) -> Question:
        """The question as someone would ask it who did not hear the earlier ones."""
        question, found = self.question, self.understood
        text = with_day(found.text, found.when) if question.history else question.text
        return replace(question, text=text, history=())


def draw() -> None:
    """The page."""
    one = assistant()
    plain(wording.PRODUCT, "title", tag="h1")
    with st.container():  # also where it says nothing: what follows keeps its place, and with it what was opened
        if not _turns() and "asked" not in st.session_state:
            plain(wording.WHAT_IT_DOES)
    plain(wording.NOTICE, "notice", "small")
    if one.rule.note:
        plain(one.rule.note, "notice", "small")
    _draw_form(one)
    asked: str | None = st.session_state.pop("asked", None)
    if asked is not None:
        st.session_state.pop("opened", None)
    if "opened" in st.session_state:
        with st.container(key="split"):
            left, right = st.columns([1, 1], gap="medium")
    else:
        left, right = st.container(), None
    with left:
        if asked is not None:
            _answer(one, asked)
        elif _turns():
            _draw_turn(_turns()[-1])
        else:
            _draw_examples(one)
        _draw_history()
    if right is not None:
        with right, st.container(border=True, key="passage"):
            st.button(wording.CLOSE, key="close-passage", on_click=_close)
            draw_citation(one, *st.session_state["opened"])
            if st.session_state.pop("just-opened", False):
                st.html(_SHOW_PASSAGE, unsafe_allow_javascript=True)


def _draw_form(one: Assistant) -> None:
    with st.form("question", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(wording.QUESTION, key="question-text", placeholder=wording.QUESTION_HINT, width="stretch")
        st.form_submit_button(wording.SEND, type="primary", on_click=_send)
    with st.expander(wording.NARROW):
        departments = sorted({r.document.department for r in one.library(viewer(settings())).documents})
        st.multiselect(wording.DEPARTMENTS, departments, key="departments", placeholder="")
        st.date_input(wording.AS_OF, today(), min_value=date(2000, 1, 1), max_value=date(2100, 1, 1), key="as-of")


def _answer(one: Assistant, text: str) -> None:
    """Show what was found while the answer is being made."""
    history: tuple[str, ...] | None = st.session_state.pop("asked-after", None)
    question = Question(
        text, st.session_state.get("as-of") or today(), viewer(settings()),
        frozenset(st.session_state.get("departments") or ()) or None,
        history=tuple(turn.said for turn in _turns()[-_REMEMBERED:]) if history is None else history,
        fixed_day=st.session_state.pop("asked-fixed", False),
    )  # fmt: skip
    try:
        hits = one.search(question)
    except InvalidQuestion as error:
        explain(error)
        return
    place = st.container()
    with place:
        waiting = st.empty()
    on_sentence = progress(waiting, wording.WRITING if one.prompt else wording.CHECKING)
    # They stay where they are while the answer is put above them: nobody sees an answer without its sources.
    _draw_sources(hits, len(_turns()) + 1)
    turn = Turn(question, hits, one.reply(question, hits, on_sentence), one.understood(question))
    _turns().append(turn)
    waiting.empty()
    with place:
        _draw_said(turn)


def _draw_turn(turn: Turn) -> None:
    """As ``_answer`` drew it, part by part: the browser keeps what is where it was, opened and in view."""
    with st.container():
        st.empty()
        _draw_said(turn)
    _draw_sources(turn.hits, len(_turns()))


def _draw_said(turn: Turn) -> None:
    plain(turn.question.text, "heading", tag="h2")
    _draw_carried(turn)
    _draw_day(turn)
    draw_notices(turn.reply)
    if not turn.hits:
        plain(wording.NO_HITS, "lead")
        return
    asks = partial(_ask, fixed_day=turn.question.fixed_day)
    draw_reply(turn.reply, f"turn-{len(_turns())}", turn.question.as_of, _open, asks)
    if isinstance(turn.reply, Answer):
        key = f"turn-{len(_turns())}"
        draw_drafts(assistant(), turn.question, turn.reply, key, _open)
        examples.draw_save(settings(), turn.whole, turn.reply, key)
    draw_why(turn.hits[:_SOURCES])


def _draw_day(turn: Turn) -> None:
    """The day whose documents answered, if it is not today; with a way back if the question's own words chose it."""
    question = turn.question
    if line := describe(turn.understood.when, question.as_of):
        plain(line, "notice", "small")
        if turn.understood.day(question.as_of) != question.as_of:
            back = wording.ASK_AGAIN_TODAY if question.as_of == today() else wording.ASK_AGAIN_FOR
            again = (question.text, question.history, True)
            name = back.format(day=wareki(question.as_of))
            st.button(label(name), key=f"turn-{len(_turns())}-today", on_click=_ask, args=again, type="tertiary")
    elif question.as_of != today():
        plain(f"{question.as_of:%Y年%-m月%-d日}時点", "small")


def _draw_sources(hits: tuple[Hit, ...], turn: int) -> None:
    if hits:
        plain(wording.SOURCES, "heading", tag="h2")
        draw_sources(hits[:_SOURCES], f"turn-{turn}-all", _open)


def _draw_carried(turn: Turn) -> None:
    """What the question was completed with, so that a wrong guess can be seen."""
    if carried := turn.understood.carried:
        plain(wording.CARRIED.format(carried="・".join(carried)), "small")


def _draw_examples(one: Assistant) -> None:
    plain(wording.EXAMPLES, "heading", tag="h2")
    shipped, saved = examples.shipped(), examples.saved(settings())
    present = {record.document.department for record in one.library(viewer(settings())).documents}
    departments = [name for name in dict.fromkeys([*shipped, *saved]) if name in present] or list(shipped)
    mine = viewer(settings()).department
    first = departments.index(mine) if mine in departments else 0
    chosen = st.selectbox(wording.EXAMPLES_OF, departments, index=first, key="examples-of")
    for columns, example in zip(cycle(st.columns(2)), enumerate(shipped.get(chosen, [])), strict=False):
        number, text = example
        columns.button(label(text), key=f"example-{number}", on_click=_ask, args=(text,), width="stretch")
    own = saved.get(chosen, [])
    if own:
        plain(wording.SAVED_EXAMPLES, "subheading", tag="h3")
    for entry in own[:_EXAMPLES]:
        text = " ".join(entry.text.split())
        st.button(label(text), key=f"saved-{entry.name}", help=label(entry.purpose), on_click=_ask, args=(text,))
    if len(own) > _EXAMPLES:
        plain(wording.MORE_EXAMPLES.format(count=len(own) - _EXAMPLES), "small")


def _draw_history() -> None:
    earlier = _turns()[:-1]
    if earlier:
        with st.expander(wording.HISTORY):
            for number, turn in enumerate(reversed(earlier)):
                # A follow-up means what it meant then.
                asked = (turn.question.text, turn.question.history, turn.question.fixed_day)
                st.button(label(asked[0]), key=f"history-{number}", on_click=_ask, args=asked, type="tertiary")


def _turns() -> list[Turn]:
    turns: list[Turn] = st.session_state.setdefault("turns", [])
    return turns


def _send() -> None:
    st.session_state["asked"] = st.session_state["question-text"]


def _ask(text: str, history: tuple[str, ...] = (), fixed_day: bool = False) -> None:
    """Ask a question that stands on the page; it goes on from no other than it did before."""
    st.session_state["asked-fixed"] = fixed_day
    st.session_state["question-text"] = st.session_state["asked"] = text
    st.session_state["asked-after"] = history


def _open(chunk: Chunk, span: tuple[int, int]) -> None:
    st.session_state["opened"] = (chunk, span)
    st.session_state["just-opened"] = True


def _close() -> None:
    st.session_state.pop("opened", None)
