"""What a language model is sent: instructions from the library, passages and the question, marked as data.

In a prompt whose use is ``part``, ``$name`` stands for what is put in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from rag import library
from rag.domain import Chunk, Kind
from rag.text import compact, normalise, read_row

# With these in another form, no document can end the mark that says it is one.
_MARKS = str.maketrans("<>", "＜＞")
# A sentence that speaks to a machine, not to a clerk. 「生成AIに入力しないこと」 is for people, and so is most that looks like a command.
_TO_A_MACHINE = re.compile(
    "(?<![A-Za-z])(?:生成)?AI ?(?:は|へ|よ|用|共通|向け)[^。]{0,120}(?:答え|回答|返答|返す|返し|案内|出力|表示|求め|入れる|引用|操作|要約|補足|してください)"
    "|(?<![A-Za-z])AI(?:へ ?:|(?:へ|への)(?:指示|命令|注記))|読み込んだ(?:生成)?AI|[を、]読んだ(?:生成)?AI|全AI"
    "|(?:これまで|これより前|以前|上記|ここまで|最初|前)の(?:すべての)?(?:指示|命令|規則|ルール|プロンプト)[^。]{0,15}(?:無視|忘れ|破棄|取り消|下書き)"
    "|生成AIが[^。]{0,40}(?:場合|とき)[^。]{0,60}回答|とだけ(?:出力|回答|返答)|(?:命令|指示)を(?:復号|実行|記憶)|あなたは今から|あなたに最初に|制限のないアシスタント"
    "|システムプロンプト|言語モデル(?:は|へ|に対し)"
    "|ignore (?:all |the |any )*(?:previous|prior|above|preceding)|system prompt|answer only in|<\\|\\w+\\|>|\\[system\\]|assistant:|yonda ai",
    re.IGNORECASE,
)
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


def speaks_to_a_machine(chunk: Chunk) -> bool:
    """Whether a passage has a sentence that tells a language model what to do, as far as one can see that by its words."""
    return bool(_TO_A_MACHINE.search(normalise(f"{chunk.question or ''}\n{chunk.text}")))


def leaks(text: str, instructions: str | None = None) -> bool:
    """Whether a text repeats a stretch of the instructions."""
    told, secret = compact(text), compact(instructions or load("answer").text)
    return any(told[at : at + _SHINGLE] in secret for at in range(len(told) - _SHINGLE + 1))


def _show(number: int, chunk: Chunk) -> str:
    text = read_row(chunk.columns, chunk.text) if chunk.kind is Kind.ROW else chunk.text
    place = " ".join([f"「{chunk.document.title}」", *chunk.heading])
    lines = [f"題名: {place}", *([f"問: {chunk.question}"] if chunk.question else []), text.strip()]
    return f'<資料 番号="{number}">\n{chr(10).join(lines).translate(_MARKS)}\n</資料>'
