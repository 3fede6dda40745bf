"""Which columns make a table a list of questions and answers, and which of them say something of the whole document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ingest.readers.front_matter import KEYS
from rag.domain import Section
from rag.errors import UnreadableDocument

_QUESTION = re.compile(r"^(ご?質問(内容|文|事項)?|よくある(ご)?質問|問い?|設問|q|question)$")
_ANSWER = re.compile(r"^(ご?回答(内容|文|例)?|答え?|こたえ|a|answer)$")
DECIDING = {"valid_from": "施行日", "valid_until": "廃止日", "audience": "公開範囲", "sensitivity": "機密性"}
"""What decides who is shown an answer, and for which days."""
USEFUL = frozenset({"department", "contact", "licence", "source_url", "review_by"})
_OPEN = frozenset({"", "全庁", "1", "機密性1"})


def name(cell: str) -> str:
    """The name of a column without width, case and what follows in brackets."""
    return re.sub(r"[\s(（].*$", "", unicodedata.normalize("NFKC", cell).strip()).lower()


def question_and_answer(heads: Sequence[str]) -> tuple[int, int] | None:
    """The columns of the question and the answer; None if this is another table."""
    names = [name(head) for head in heads]
    question = next((i for i, head in enumerate(names) if _QUESTION.match(head)), None)
    answer = next((i for i, head in enumerate(names) if _ANSWER.match(head)), None)
    return None if question is None or answer is None else (question, answer)


def about_the_document(heads: Sequence[str]) -> list[tuple[int, str]]:
    """The columns whose head is a key of metadata, with that key."""
    keys = ((i, KEYS.get(name(head), name(head))) for i, head in enumerate(heads))
    return [(i, key) for i, key in keys if key in DECIDING or key in USEFUL]


def refuse_restrictions(sections: Iterable[Section]) -> None:
    """Raise UnreadableDocument for rows of questions and answers that are restricted by a column.

    Only of CSV files such a column is known before they are read; in another format it would be lost.
    """
    for section in sections:
        if question_and_answer(section.columns) is None:
            continue
        cells = section.text.split("\t")
        for index, key in about_the_document(section.columns):
            if key in DECIDING and len(cells) == len(section.columns) and name(cells[index]) not in _OPEN:
                raise UnreadableDocument(
                    f"質問と回答の表に「{DECIDING[key]}」の列があります。この形式では、その列のとおりに扱えません。",
                    "CSV で保存し直すか、その列を消して、資料の公開範囲などを collection.toml に書いてください。",
                )
