"""Example questions: the product's and those that the staff saved, and how one is saved."""

from __future__ import annotations

import tomllib
from pathlib import Path

import streamlit as st

from rag import library
from rag.config import Settings
from rag.domain import EVERYONE, Answer, Question, Sensitivity
from rag.library import Entry, Kind
from ui import wording
from ui.parts.plain import plain

_SHIPPED = Path(__file__).resolve().parents[1] / "examples.toml"


def shipped() -> dict[str, list[str]]:
    """The product's examples by department."""
    examples: dict[str, list[str]] = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))
    return examples


def saved(settings: Settings) -> dict[str, list[Entry]]:
    """The examples that the staff saved by department, the newest first. What cannot be read is said to the librarian."""
    entries, faults = library.own(settings.data, [Kind.EXAMPLE])
    for fault in faults if settings.viewer.librarian else ():
        plain(str(fault), "notice", "small")
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.department, []).append(entry)
    return found


def draw_save(settings: Settings, question: Question, answer: Answer, key: str) -> None:
    """Offer to keep a question that is whole as an example for everyone; personal data is masked before."""
    with st.expander(wording.SAVE_EXAMPLE):
        _draw_form(settings, question, answer, key)


def _draw_form(settings: Settings, question: Question, answer: Answer, key: str) -> None:
    documents = [citation.chunk.document for citation in answer.citations]
    if any(d.sensitivity > Sensitivity.PUBLIC or EVERYONE not in d.audience for d in documents):
        plain(wording.EXAMPLE_NOT_FOR_ALL)
        return
    whole = " ".join(question.text.split())
    department = documents[0].department
    plain(wording.EXAMPLE_NOTE.format(department=department), "small")
    plain(library.example(whole, "", question.viewer.user, department).text, "strong")
    with st.form(f"{key}-example", border=False):
        purpose = st.text_input(wording.EXAMPLE_PURPOSE, max_chars=100, key=f"{key}-purpose")
        if st.form_submit_button(wording.SAVE):
            entry = library.example(whole, purpose, question.viewer.user, department)
            plain(wording.EXAMPLE_SAVED if library.add(settings.data, entry) else wording.EXAMPLE_THERE, "notice")
