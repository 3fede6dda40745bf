"""What a language model is sent: instructions from the library, passages and the question, marked as data.

In a prompt whose use is ``part``, ``$name`` stands for what is put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from rag import library
from rag.domain import Chunk, Kind
from rag.text import compact, read_row

# With these in another form, no document can end the mark that says it is one.
_MARKS = str.maketrans("<>", "＜＞")
_SHINGLE = 16  # characters: no sentence of a document shares so many with the instructions by chance


@dataclass(frozen=True, slots=True)
class Messages:
    """What is sent, and the passages in it in the order of their numbers, from 1."""

    system: str
    user: str
    passages: tuple[Chunk, ...]


@lru_cache
def load(name: str) -> library.Entry:
    """The product's own prompt of this name."""
    return next(entry for entry in library.shipped() if entry.name == name)


def render(
    question: str, passages: Sequence[Chunk], room: int, instructions: str | None = None, answer: str | None = None
) -> Messages | None:
    """The messages of at most ``room`` tokens, with as many passages, best first, as fit; None if none does.

    ``instructions``: others than those of an answer; ``answer``: what is to be written anew. Characters are counted: the tokenizers
    of current models make fewer tokens than characters of Japanese.
    """
    system = instructions or load("answer").text
    template = Template(load("question" if answer is None else "draft").text)
    told = {"question": question.translate(_MARKS), "answer": (answer or "").translate(_MARKS)}
    kept: list[Chunk] = []
    messages = None
    for passage in passages:
        shown = "\n\n".join(_show(number, chunk) for number, chunk in enumerate([*kept, passage], start=1))
        user = template.substitute(passages=shown, **told)
        if len(system) + len(user) <= room:
            kept.append(passage)
            messages = Messages(system, user, tuple(kept))
    return messages


def leaks(text: str, instructions: str | None = None) -> bool:
    """Whether a text repeats a stretch of the instructions."""
    told, secret = compact(text), compact(instructions or load("answer").text)
    return any(told[at : at + _SHINGLE] in secret for at in range(len(told) - _SHINGLE + 1))


def _show(number: int, chunk: Chunk) -> str:
    text = read_row(chunk.columns, chunk.text) if chunk.kind is Kind.ROW else chunk.text
    place = " ".join([f"「{chunk.document.title}」", *chunk.heading])
    lines = [f"題名: {place}", *([f"問: {chunk.question}"] if chunk.question else []), text.strip()]
    return f'<資料 番号="{number}">\n{chr(10).join(lines).translate(_MARKS)}\n</資料>'
