"""Which tables are lists of questions and answers, and which of their columns say something of the whole document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.readers import clean
from ingest.readers.front_matter import KEYS
from rag.domain import Kind, Section
from rag.errors import UnreadableDocument

_QUESTION = re.compile(r"^(ご?質問(内容|文|事項)?|よくある(ご)?質問|問い?|設問|q|question)$")
_ANSWER = re.compile(r"^(ご?回答(内容|文|例)?|答え?|こたえ|a|answer)$")
_CATEGORY = re.compile(r"^((大|中|小)?(カテゴリー?|分類|区分)|(大|中|小)?項目|分野|category)$")
_UNSAID = re.compile(
    r"^(no\.?|id|#|番号|項番|連番|faq番号|.*(更新|作成|公開|登録|掲載)日時?|.*date|キーワード|keywords?|tags?|タグ|url|リンク)$"
)
_ASKING, _ANSWERING = (
    re.compile(rf"^(?:{letters})[\s.．:：]*[\d\-－]*[\s.．:：]*$") for letters in ("[QＱ]|問", "[AＡ]|答")
)
"""The first cells of two rows that are a question and its answer: Ｑ１, Ａ１."""
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


def may_be_heads(heads: Sequence[str]) -> bool:
    """Whether these are heads of which one is that of a question or an answer."""
    return any(_QUESTION.match(said) or _ANSWER.match(said) for said in map(name, heads))


def about_the_document(heads: Sequence[str]) -> list[tuple[int, str]]:
    """The columns whose head is a key of metadata, with that key."""
    keys = ((i, KEYS.get(name(head), name(head))) for i, head in enumerate(heads))
    return [(i, key) for i, key in keys if key in DECIDING or key in USEFUL]


def entry(heads: Sequence[str], cells: Sequence[str], like: Section) -> Section:
    """A record of such a table as a section at the place of ``like``; the other columns that a reader may need are its
    ``columns``, with their names. A record without question or without answer is running text.
    """
    columns = question_and_answer(heads)
    assert columns is not None
    question, answer = columns
    names = [name(head) for head in heads]
    category = [i for i, head in enumerate(names) if _CATEGORY.match(head)]
    known = [i for i, key in about_the_document(heads) if key in DECIDING]  # said of the document
    said = (question, answer, *category, *known)
    others = [i for i, head in enumerate(names) if i not in said and not _UNSAID.match(head)]
    asked, text = clean.one_line(cells[question]), cells[answer]
    if not asked or not text:
        return replace(like, text=asked or text, kind=Kind.PROSE, columns=())
    heading = (*like.heading, *(cells[i] for i in category if cells[i]))
    extra = tuple(f"{heads[i]}：{clean.one_line(cells[i])}" for i in others if cells[i] and heads[i])
    return replace(like, text=text, kind=Kind.FAQ, heading=heading, columns=extra, question=asked)


def recognised(sections: Iterable[Section]) -> Iterator[Section]:
    """The rows of tables that are questions and answers as such; all other sections as they are.

    A question may stand in one row and its answer in the next (Ｑ１, Ａ１).
    """
    asked: Section | None = None
    for section in sections:
        cells = section.text.split("\t")
        if asked is not None:
            question = asked.text.split("\t")
            together = section.kind is Kind.ROW and section.heading == asked.heading and _ANSWERING.match(cells[0])
            if together and len(cells) == 2 and cells[1]:
                yield replace(asked, text=cells[1], kind=Kind.FAQ, columns=(), question=question[1])
                asked = None
                continue
            yield asked
            asked = None
        if section.kind is Kind.ROW and len(cells) == 2 and cells[1] and _ASKING.match(cells[0]):
            asked = section
        elif section.kind is Kind.ROW and len(cells) == len(section.columns) and question_and_answer(section.columns):
            yield entry(section.columns, cells, section)
        else:
            yield section
    if asked is not None:
        yield asked


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
