"""Drafts: a language model words an answer for another reader, and every sentence is checked as those of an answer are.

What is handed over as text has only checked sentences, their sources and the note that a machine helped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from rag import law
from rag.answer.amendments import describe
from rag.answer.generate import OnSentence, Task, composed, may_be_sent, written
from rag.answer.ground import COVERAGE, PROVISO
from rag.answer.prompt import speaks_to_a_machine
from rag.domain import Answer, Citation, Question, Struck
from rag.errors import LanguageModelFailed
from rag.library import Entry
from rag.privacy import mask

if TYPE_CHECKING:
    from rag.answer.model import LanguageModel
    from rag.config import LlmSettings

NOTE = "AIの支援により作成した案です。根拠を確認し、必要な加筆・修正をしてから使用してください。"
NO_DRAFT = "案は作られていません。上の回答をそのままお使いください。"
UNCONFIRMED = "資料で確認できません"
_EASY, _POINTS, _REPLY = "easy", "points", "reply"
EASY_COVERAGE = 0.4
_POINTS_MOST = 3
# What a spreadsheet takes for a formula at the beginning of a cell, in either width.
_FORMULA = re.compile(r"^(?=[ \t　]*[=+\-@＝＋－＠])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, or why there is none.

    ``answer``: the checked sentences with their citations; None where ``failure`` says, for people, what went wrong. ``question``
    is without personal data; ``as_of``: the day whose documents answer, asked on the day ``asked``. ``struck`` is what the model wrote
    besides; it is shown, never handed over.
    """

    prompt: Entry
    question: str
    as_of: date
    asked: date
    answer: Answer | None
    struck: tuple[Struck, ...] = ()
    failure: str | None = None

    def __post_init__(self) -> None:
        if (self.answer is None) != (self.failure is not None):
            raise ValueError("a draft has either sentences or the reason why it has none")


def draft(
    question: Question,
    asked: date,
    answer: Answer,
    prompt: Entry,
    model: LanguageModel,
    settings: LlmSettings,
    on_sentence: OnSentence | None = None,
) -> Draft:
    """Word an answer anew as ``prompt`` asks, from the passages that it cites. Whatever goes wrong is in ``failure``.

    ``question`` is whole, its ``as_of`` the day whose documents answered; ``asked``: the day of asking.

    Personal data in the question is masked before it is sent, and a sentence that rests on what may not be sent is not sent either.
    """
    struck: list[Struck] = []
    masked = mask(question.text).text
    task = Task(
        prompt.text,
        _sendable(answer, settings),
        EASY_COVERAGE if prompt.shipped and prompt.name == _EASY else COVERAGE,
        _POINTS_MOST if prompt.shipped and prompt.name == _POINTS else None,
    )
    chunks = [c.chunk for c in answer.citations if not speaks_to_a_machine(c.chunk)]
    try:
        said = written(question.text, chunks, model, settings, task, struck, on_sentence)
    except LanguageModelFailed as failure:
        return Draft(prompt, masked, question.as_of, asked, None, tuple(struck), failure.reason)
    # Its citations are its own: what was said of amendments counted those of the answer.
    worded = replace(composed(said, answer, struck), fallback=None, amendments=())
    return Draft(prompt, masked, question.as_of, asked, worded, tuple(struck))


def _sendable(answer: Answer, settings: LlmSettings) -> str:
    """The sentences of which every source may be sent. They say what these say, which is sent as it is."""
    allowed = {
        n
        for n, citation in enumerate(answer.citations, start=1)
        if may_be_sent(citation.chunk, settings) and not speaks_to_a_machine(citation.chunk)
    }
    return "\n".join(s.text for s in answer.sentences if allowed.issuperset(s.citations))


def as_text(draft: Draft) -> str:
    """The draft as it may be pasted into a letter or a table: checked sentences, sources, note. Needs ``draft.answer``.

    No line of it is a formula to a spreadsheet, and nothing that was struck is in it.
    """
    assert draft.answer is not None
    lines = _lines(draft.answer)
    if draft.prompt.shipped and draft.prompt.name == _POINTS:
        lines = [f"・{line}" for line in lines]
    frame = [f"「{_line(draft.question)}」について、次のとおり回答します。", ""] if is_reply(draft.prompt) else []
    sources = [f"［{n}］{_source(citation)}" for n, citation in enumerate(draft.answer.citations, start=1)]
    day = f"根拠（{draft.as_of:%Y年%-m月%-d日}時点の資料）"
    amended = [_line(describe(amendment, draft.asked)) for amendment in draft.answer.amendments]
    return _FORMULA.sub("'", "\n".join([*frame, *lines, "", day, *sources, *amended, "", NOTE]))


def is_reply(prompt: Entry) -> bool:
    """Whether the draft begins with the fixed words of an answer to an inquiry, which are ours and not generated."""
    return prompt.shipped and prompt.name == _REPLY


def _lines(answer: Answer) -> list[str]:
    """A sentence a line, an exception behind what it restricts."""
    lines: list[str] = []
    for before, sentence in pairwise((None, *answer.sentences)):
        assert sentence is not None
        said = _line(sentence.text) + "".join(f"［{n}］" for n in sentence.citations)
        if before and sentence.text.startswith(PROVISO):
            lines[-1] += said
        else:
            lines.append(said)
    return lines


def _source(citation: Citation) -> str:
    chunk, document = citation.chunk, citation.chunk.document
    page = f"{chunk.page}頁" if chunk.page else f"{chunk.row}行目" if chunk.row else ""
    start = f"、{document.validity.start:%Y年%-m月%-d日}施行" if document.validity.start else ""
    about = " ".join(part for part in [*law.headings(chunk, citation.span), page] if part)
    recognised = "、OCR" if chunk.ocr else ""
    return _line(f"{document.title}　{about}（{document.department}{start}{recognised}）")


def _line(text: str) -> str:
    return " ".join(text.split())
