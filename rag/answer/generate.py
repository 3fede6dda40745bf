"""The generative writer: a language model words the answer, and what cannot be found in the documents is not said.

The model's own citations are only a claim. Each sentence is held against the passages (``ground``), gets the citation of the
one that carries it, and is struck if none does. Whatever goes wrong, the extractive answer is given, with the reason.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answer import prompt
from rag.answer.ground import COVERAGE, PROVISO, Supported, check
from rag.answer.source import read
from rag.domain import Answer, Chunk, Citation, Sentence, Struck
from rag.errors import LanguageModelFailed
from rag.privacy import mask
from rag.text import compact, normalise, shown

if TYPE_CHECKING:
    from rag.answer.model import LanguageModel
    from rag.config import LlmSettings

OnSentence = Callable[[str, tuple[Citation, ...]], None]
"""Called with each sentence that was checked, as soon as it is. What counts is the answer that is returned."""

_PASSAGES = 6
_MOST_CHARACTERS = 4000  # of a reply: a model that does not stop is stopped
_NOTHING = "資料に記載なし"  # what the prompt asks for where the passages do not say it
_NUMBERS = r"[\[［【]\s*(?:資料)?\s*(\d{1,2}(?:\s*[,、，]\s*\d{1,2})*)\s*[\]］】]"
_MARK = re.compile(_NUMBERS)
# A sentence has ended when something other than a mark follows; until then a mark may still come.
_END = re.compile(rf"[。！？](?![」』）)])(?:[ 　]*{_NUMBERS})*[ 　]*(?=[^ 　\[［【」』）)])|\n")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_BULLET = re.compile(r"^(?:[-*・•#＃>]+|\d{1,2}[.)．）](?!\d))\s*")
# Our own marks for what is sent, and what a model says to the person before it answers: 「はい」 is a claim that nothing carries.
_ECHO = re.compile(r"</?(?:資料|質問|回答)(?:\s[^<>]{0,40})?>")
_REPLY = re.compile("^(?:はい|いいえ|ええ)[、。,]\\s*")
# A link or a picture leads out of the documents, whatever its text says; a tag is for a machine.
_MARKUP = re.compile(r"\]\(|\]\[|!\[|<\s?/?[A-Za-z!]|&#?\w{2,8};")
_ADDRESS = re.compile(r"(?:(?:https?|ftp|javascript|data|file):|www\.)[!-~]*|[!-~]+@[!-~]+", re.IGNORECASE)
_QUESTION = re.compile("(?:か。?|[?？])[」』）)]*$")
_REPEATS = 3  # a small model that has begun to repeat itself does not stop
_EXCEPTION = (*PROVISO, "しかし、", "でも、", "けれども、")  # plain Japanese has other words for 「ただし」
_FEW = 10  # letters
_HIRAGANA = 0.15  # of the letters: a Japanese sentence has about half


@dataclass(frozen=True, slots=True)
class Task:
    """What the model is to write.

    ``instructions``: those of an answer where there are none; ``answer``: what is to be written anew; ``coverage``: the least share of
    a sentence's words that its passages must have; ``most``: sentences, those that begin with 「ただし」 not counted.
    """

    instructions: str | None = None
    answer: str | None = None
    coverage: float = COVERAGE
    most: int | None = None


def generate(
    question: str,
    extractive: Answer,
    model: LanguageModel,
    settings: LlmSettings,
    on_sentence: OnSentence | None = None,
    instructions: str | None = None,
) -> Answer:
    """Answer in the model's words as far as the passages carry them, within ``settings.timeout`` seconds.

    ``extractive`` is the answer that is given, with ``fallback`` set, if the model's cannot be; its citations, of which the model's
    answer has to use one, and its hits are the passages. Personal data in the question is masked before it is sent.
    """
    everything = [citation.chunk for citation in extractive.citations] + [hit.chunk for hit in extractive.hits]
    found = [chunk for chunk in everything if not prompt.speaks_to_a_machine(chunk)]
    extractive = replace(extractive, notices=(*extractive.notices, *_withheld(everything, found)))
    struck: list[Struck] = []
    try:
        said = written(question, found, model, settings, Task(instructions), struck, on_sentence)
        if not _settles(said, extractive):
            raise LanguageModelFailed("言語モデルの文は、質問に答える箇所によるものではありませんでした。")
    except LanguageModelFailed as failure:
        return replace(extractive, struck=tuple(struck), fallback=f"{failure.reason}資料の文言をそのまま示します。")
    return composed(said, extractive, struck)


def _withheld(everything: Sequence[Chunk], sent: Sequence[Chunk]) -> Iterator[str]:
    """What a person is told of passages that the model is not given. They are quoted all the same where they answer."""
    for title in dict.fromkeys(chunk.document.title for chunk in everything if chunk not in sent):
        yield f"資料「{title}」には、言語モデルに宛てた指示とみられる文があるため、その箇所を言語モデルには渡していません。"


def _settles(said: Sequence[Supported], extractive: Answer) -> bool:
    """Whether a passage that settles the question carries one of the sentences: others may be true of something else.

    It need not be the one that is cited: another may say the same in words that are nearer.
    """
    settling = {citation.chunk.id: citation.chunk for citation in extractive.citations}
    if any(citation.chunk.id in settling for supported in said for citation in supported.citations):
        return True
    return any(isinstance(check(one.text, [chunk]), Supported) for one in said for chunk in settling.values())


def written(
    question: str,
    found: Sequence[Chunk],
    model: LanguageModel,
    settings: LlmSettings,
    task: Task,
    struck: list[Struck],
    on_sentence: OnSentence | None = None,
) -> list[Supported]:
    """What the model writes, as far as the passages carry it; the rest is added to ``struck``. Raises LanguageModelFailed."""
    deadline = time.monotonic() + settings.timeout
    messages = _messages(mask(question).text, found, settings, task)
    pieces = model.stream(messages.system, messages.user, deadline)
    said = _said(pieces, messages.passages, task, struck, on_sentence)
    if not said:
        raise LanguageModelFailed("言語モデルの文は、どれも資料で確かめられませんでした。")
    return said


def _messages(question: str, found: Sequence[Chunk], settings: LlmSettings, task: Task) -> prompt.Messages:
    """The passages that may be sent and fit, the first first."""
    if not found:
        raise LanguageModelFailed("言語モデルに渡せる箇所がありません。")
    allowed = [chunk for chunk in {chunk.id: chunk for chunk in found}.values() if may_be_sent(chunk, settings)]
    if not allowed:
        raise LanguageModelFailed("資料の機密性が、言語モデルに渡してよい範囲を超えています。")
    room = settings.context_window - settings.answer_tokens
    messages = prompt.render(question, allowed[:_PASSAGES], room, task.instructions, task.answer)
    if messages is None:
        raise LanguageModelFailed("資料が、言語モデルに一度に渡せる長さを超えています。")
    return messages


def may_be_sent(chunk: Chunk, settings: LlmSettings) -> bool:
    """Whether the model may be given the passage."""
    return chunk.document.sensitivity <= settings.max_sensitivity


def _said(
    pieces: Iterable[str],
    passages: Sequence[Chunk],
    task: Task,
    struck: list[Struck],
    on_sentence: OnSentence | None,
) -> list[Supported]:
    """The sentences that passages carry; the others are added to ``struck``. Raises LanguageModelFailed for a useless reply."""
    said: list[Supported] = []
    whole = ""
    seen = Counter[str]()
    verdict: Supported | Struck | None = None
    for text, claimed in statements(pieces):
        whole += text
        seen[normalise(text)] += 1
        if seen[normalise(text)] >= _REPEATS:
            break
        if _NOTHING in text:
            raise LanguageModelFailed("言語モデルは、渡した資料から答えを見つけられませんでした。")
        if prompt.leaks(text, task.instructions):
            raise LanguageModelFailed("言語モデルが、答えではなく指示文を返しました。")
        if seen[normalise(text)] > 1:
            continue
        excepts = text.startswith(_EXCEPTION)
        if not excepts and task.most and sum(not s.text.startswith(_EXCEPTION) for s in said) >= task.most:
            break
        verdict = _exception(text, verdict, task) if excepts else _assign(text, claimed, passages, task.coverage)
        if isinstance(verdict, Struck):
            struck.append(verdict)
        else:
            said.append(verdict)
            if on_sentence:
                on_sentence(verdict.text, verdict.citations)
    if not whole.strip():
        raise LanguageModelFailed("言語モデルの応答が空でした。")
    if not _is_japanese(whole):
        raise LanguageModelFailed("言語モデルの応答が日本語ではありませんでした。")
    return said


def statements(pieces: Iterable[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The sentences of a reply that arrives in pieces, each with the passage numbers that it claims, without its marks."""
    rest, length = "", 0
    for piece in pieces:
        rest, length = rest + piece, length + len(piece)
        if length > _MOST_CHARACTERS:
            raise LanguageModelFailed("言語モデルの応答が長すぎました。")
        if "<think>" in rest and "</think>" not in rest:
            continue
        rest = _THOUGHT.sub("", rest)
        while match := _END.search(rest):
            yield from _statement(rest[: match.end()])
            rest = rest[match.end() :]
    yield from _statement(_THOUGHT.sub("", rest))


def _statement(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    text = _ECHO.sub("", text)
    numbers = [int(n) for marks in _MARK.findall(text) for n in re.findall(r"\d+", marks)]
    plain = _BULLET.sub("", _MARK.sub("", shown(text)).replace("**", "").strip()).strip()
    plain = _REPLY.sub("", plain)
    if plain:
        yield plain, tuple(dict.fromkeys(numbers))


def _assign(text: str, claimed: Sequence[int], passages: Sequence[Chunk], least: float) -> Supported | Struck:
    """The verdict with the passage that carries the sentence: a claimed one if it does, else any, else the claimed together."""
    if _QUESTION.search(text):
        return Struck(text, "問いの文で、答えではありません。")
    links = {compact(match) for match in _ADDRESS.findall(normalise(text))}
    if _MARKUP.search(text) or not all(any(link in read(chunk).compact for chunk in passages) for link in links):
        return Struck(text, "資料にないリンクや、画像などの書式が含まれています。")
    named = [passages[n - 1] for n in claimed if 1 <= n <= len(passages)]
    ordered = [*named, *(chunk for chunk in passages if chunk not in named)]
    verdicts = [check(text, [chunk], least) for chunk in ordered]
    carried = [verdict for verdict in verdicts if isinstance(verdict, Supported)]
    if carried:
        return max(carried, key=lambda verdict: verdict.coverage)  # the first of equals: a claimed one
    return check(text, named, least) if len(named) > 1 else verdicts[0]


def _exception(text: str, before: Supported | Struck | None, task: Task) -> Supported | Struck:
    """The verdict on a 「ただし」: it must stand where the sentence before it stands, or it restricts something else."""
    passages = [citation.chunk for citation in before.citations] if isinstance(before, Supported) else []
    verdict = _assign(text, range(1, len(passages) + 1), passages, task.coverage) if passages else None
    return verdict if isinstance(verdict, Supported) else Struck(text, "直前の文の根拠の箇所に、この例外はありません。")


def composed(said: Sequence[Supported], extractive: Answer, struck: Sequence[Struck]) -> Answer:
    """The checked sentences in order, each exception that they left out behind the sentence that it restricts."""
    told = [citation for supported in said for citation in supported.citations]
    parts: list[tuple[str, tuple[Citation, ...]]] = []
    for supported in said:
        parts.append((supported.text, supported.citations))
        proviso = supported.proviso
        if proviso and not any(_overlap(proviso, other) for other in told):
            parts.append((proviso.quote, (proviso,)))
            told.append(proviso)
    citations = _joined(told)
    sentences = tuple(Sentence(text, _numbers(cited, citations)) for text, cited in parts)
    return replace(extractive, sentences=sentences, citations=citations, mode="generate", struck=tuple(struck))


def _joined(cited: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations in the order of their first use, those of one passage that touch or follow each other as one."""
    joined: list[Citation] = []
    for citation in cited:
        for at, other in enumerate(joined):
            start, end = min(citation.span[0], other.span[0]), max(citation.span[1], other.span[1])
            between = sorted((citation.span, other.span))
            if other.chunk.id == citation.chunk.id and not citation.chunk.text[between[0][1] : between[1][0]].strip():
                joined[at] = Citation(citation.chunk, citation.chunk.text[start:end], (start, end))
                break
        else:
            joined.append(citation)
    return tuple(joined) if len(joined) == len(cited) else _joined(joined)


def _numbers(cited: Iterable[Citation], citations: Sequence[Citation]) -> tuple[int, ...]:
    """The numbers, from 1, of those that hold what is cited."""
    return tuple(sorted({n for one in cited for n, other in enumerate(citations, start=1) if _overlap(one, other)}))


def _overlap(one: Citation, other: Citation) -> bool:
    return one.chunk.id == other.chunk.id and one.span[0] < other.span[1] and other.span[0] < one.span[1]


def _is_japanese(text: str) -> bool:
    letters = [character for character in _ADDRESS.sub("", text) if character.isalpha()]
    if len(letters) < _FEW:
        return True  # 半壊世帯万円: too short to tell; the documents will
    return sum("ぁ" <= character <= "ん" for character in letters) >= _HIRAGANA * len(letters)
