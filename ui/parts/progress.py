"""What is seen while a language model writes: how far it is, and its sentences, each only when it was checked."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from rag.answer.generate import OnSentence
from rag.domain import Citation
from ui import wording
from ui.parts.citation import place
from ui.parts.plain import plain


def progress(waiting: DeltaGenerator, doing: str) -> OnSentence:
    """Show in ``waiting`` (an empty place) what is being done; what is returned adds a checked sentence to it."""
    checked: list[tuple[str, tuple[Citation, ...]]] = []

    def draw() -> None:
        with waiting.container():
            plain(doing, "lead")
            if checked:
                plain(wording.CHECKED.format(count=len(checked)), "small")
            for text, citations in checked:
                plain(text, "answer")
                sources = [f"{c.chunk.document.title}　{place(c.chunk, c.span)}" for c in citations]
                plain("　／　".join(sources), "small")

    def add(text: str, citations: tuple[Citation, ...]) -> None:
        checked.append((text, citations))
        draw()

    draw()
    return add
