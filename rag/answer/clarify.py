"""Asking back: two passages answer next to equally well, each for another case of which the question names none.

転入 and 転居, 本人 and 代理人 have different answers to the same question. Which is meant only the person knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.asked import asked
from rag.answer.judge import Passage
from rag.domain import Choice, Clarify, Kind
from rag.question_parts import CONDITIONS
from rag.text import compact, normalise

# By judgement; when sentences were still judged by their own words alone, of 153 clear development questions none was asked back at .05,
# one at .12.
_CLOSE = 0.05  # below the best score
_NEAR = 0.15  # the same for a passage that is about the named case; by judgement: no development question turns on it
_SAYS_LESS = 0.10  # of the question
_CHOICES = 6  # at most; by judgement: more are no help
_SHORT_NAME = 10  # characters


@dataclass(frozen=True, slots=True)
class Case:
    """One of several cases that exclude each other: what a question says for it, what it is called, and how passages name it."""

    name: str
    called: str
    names: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Dimension:
    """Cases of which a question has one. ``named``: what of a question shows that it means one already, or another thing."""

    asks: str
    cases: tuple[Case, ...]
    named: re.Pattern[str]

    def of(self, passage: Passage) -> Case | None:
        """The case that a passage is about: that which it names alone where its matter stands, else the one in the heading."""
        chunk = passage.chunk
        about = [*chunk.heading[-1:]]
        if chunk.kind is Kind.FAQ:
            about = [chunk.question or ""]
        elif chunk.kind is Kind.ROW:
            about = [chunk.text.split("\t")[0], *about]
        else:
            about = [passage.quote, *about]
        for text in map(normalise, about):
            found = [case for case in self.cases if case.names.search(text)]
            if found:
                return found[0] if len(found) == 1 else None
        return None


def _dimension(asks: str, named: str, *cases: tuple[str, str, str]) -> Dimension:
    found = tuple(Case(name, called, re.compile(names)) for name, called, names in cases)
    return Dimension(asks, found, re.compile("|".join([named, *(case.names.pattern for case in found)])))


DIMENSIONS = (
    _dimension(
        "どの異動のことですか。",
        CONDITIONS["move"].pattern + "|引っ?越|住所変更|移",
        ("転入", "転入（市外から市内へ）", "転入"),
        ("転居", "転居（市内から市内へ）", "転居"),
        ("転出", "転出（市内から市外へ）", "転出"),
    ),
    _dimension(
        "どなたが手続をする場合ですか。",
        CONDITIONS["person"].pattern + "|委任|任意|代わり|父|母|息子|娘|子|親|友人|知人",
        ("本人", "本人", "本人(?!確認|以外|の?(?:署名|自署|同意|住所|氏名))"),
        ("代理人", "代理人", "代理人?|委任状"),
    ),
    _dimension(
        "どの方法による場合ですか。",
        CONDITIONS["way"].pattern + "|郵|送|オンライン|マイナポータル|来庁|来た|来て|機",
        ("窓口", "窓口", "窓口(?!延長|混雑)"),
        ("郵送", "郵送", "郵送|郵便"),
        ("コンビニ交付", "コンビニ交付", "コンビニ"),
        ("オンライン", "オンライン申請", "オンライン|電子申請"),
    ),
    _dimension(
        "個人の場合ですか、法人の場合ですか。",
        CONDITIONS["legal"].pattern + "|業者|店|自営|人",
        ("個人", "個人", "個人(?!番号|情報|住民税|市民税)"),
        ("法人", "法人", "法人(?!番号)|会社"),
    ),
    _dimension(
        "どの納め方の場合ですか。",
        CONDITIONS["collection"].pattern + "|天引|給与|納付書",
        ("普通徴収", "普通徴収（納付書・口座振替）", "普通徴収"),
        ("特別徴収", "特別徴収（給与・年金からの天引き）", "特別徴収"),
    ),
    _dimension(
        "どの手続の場合ですか。",
        CONDITIONS["occasion"].pattern + "|なくし|失|紛失|切れ|初めて|はじめて|作り直|新し",
        ("新規", "新規", "新規|初めて|初回"),
        ("更新", "更新", "更新"),
        ("再交付", "再交付", "再交付|再発行"),
    ),
)


def of_case(question: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages, best first, without those about another case than the one that the question names.

    The row of 転入届 lists a 転出証明書 and so says 「転出」 too. Where the best is about another case, nothing changes unless a passage
    beside it is about the named one and near. What stands in the same chunk as the best passage stays: it can restrict it.
    """
    text = normalise(question)
    for dimension in DIMENSIONS:
        meant = [case for case in dimension.cases if case.names.search(text)]
        if not passages or len(meant) != 1:
            continue
        best, of_best = passages[0], dimension.of(passages[0])
        if of_best not in (None, meant[0]):
            near = (p for p in passages if _beside(p, best) and p.score >= best.score - _NEAR)
            best = next((p for p in near if dimension.of(p) is meant[0]), best)
        if dimension.of(best) is meant[0]:
            others = (p for p in passages if p is not best)
            kept = (p for p in others if p.chunk.id == best.chunk.id or dimension.of(p) in (None, meant[0]))
            return (best, *kept)
    return tuple(passages)


def clarify(question: str, again: str, passages: Sequence[Passage]) -> Clarify | None:
    """Ask back which case is meant, or None if the passages do not call for it.

    ``question`` is complete; ``again`` is the question to which a choice is added (転入の場合、…). The best passage and one next to it
    of the same document must be about different cases of one dimension, say as much of the question, hold what is asked for, and differ.
    """
    if len(passages) < 2:
        return None
    best, text = passages[0], normalise(question)
    for dimension in DIMENSIONS:
        case = dimension.of(best)
        if case is None or dimension.named.search(text):
            continue
        others = [passage for passage in passages[1:] if _beside(passage, best)]
        rivals = {dimension.of(p) for p in others if _is_close(p, best) and _says(text, p) != _says(text, best)}
        if not rivals - {case, None}:
            continue
        listed = [p for p in others if p.chunk.heading == best.chunk.heading]
        named = rivals | {case} | {dimension.of(p) for p in listed}
        cases = [one for one in dimension.cases if one in named]
        choices = [(one.called, _called(one, dimension, [best, *others])) for one in cases]
        choices += [(name, name) for name in _further(dimension, best, listed)][: _CHOICES - len(choices)]
        return Clarify(
            dimension.asks, tuple(Choice(f"{label}の場合", f"{name}の場合、{again}") for label, name in choices)
        )
    return None


def _called(case: Case, dimension: Dimension, passages: Sequence[Passage]) -> str:
    """A case as the first row about it is named (転入届), so that the question finds that row; its own name if that is long."""
    names = (_name(p) for p in passages if p.chunk.kind is Kind.ROW and dimension.of(p) is case)
    name = next(names, case.name)
    return name if len(name) <= _SHORT_NAME and case.names.search(name) else case.name


def _further(dimension: Dimension, best: Passage, listed: Sequence[Passage]) -> list[str]:
    """The names of the other rows of the table that the best one stands in: who is asked back finds 区分変更申請 beside 更新."""
    if best.chunk.kind is not Kind.ROW:
        return []
    rows = [p for p in listed if p.chunk.kind is Kind.ROW and p.score >= best.score - _NEAR]
    names = dict.fromkeys(_name(p) for p in rows if dimension.of(p) is None)
    return [name for name in names if name and not any(case.names.search(name) for case in dimension.cases)]


def _name(passage: Passage) -> str:
    return normalise(passage.chunk.text.split("\t")[0])


def _beside(passage: Passage, best: Passage) -> bool:
    """Whether a passage stands beside the best one in its document, and holds what is asked for as well."""
    same = passage.chunk.document.id == best.chunk.document.id and passage.chunk.id != best.chunk.id
    return same and passage.fits >= best.fits


def _is_close(passage: Passage, best: Passage) -> bool:
    return passage.score >= best.score - _CLOSE and passage.words >= best.words - _SAYS_LESS


def _says(question: str, passage: Passage) -> frozenset[str] | str:
    """What a passage answers: its figures of the kind asked for; all that it says but the name of a row if none is asked for."""
    quote = normalise(passage.quote)
    held = {match.group() for look in asked(question).looks for match in look.finditer(quote)}
    figures = frozenset(found for found in held if any(character.isdigit() for character in found))
    return figures or compact(passage.quote.split("\t", 1)[-1])
