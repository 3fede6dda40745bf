"""Everyday words, abbreviations and old names, and the administrative words that documents use for them.

``dictionary/administrative.txt`` is a plain file; its head says how a line is written. A municipality's own lines (new names of
sections, abbreviations) stand in a file of the same kind in its data folder, which no update overwrites.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from rag.errors import InvalidSettings
from rag.text import morphemes, normalise, question_words
from rag.years import years

FILE = Path(__file__).with_name("dictionary") / "administrative.txt"
_SAME, _MAYBE = 0.7, 0.5  # weight of a line that states none; its author's judgement, not measured
_WEIGHT = re.compile(r"\s@(0?\.\d+|1(?:\.0+)?)$")
# Sudachi has 「ない」 for what particles are otherwise: without it 燃やすごみ and 燃やさないごみ were one.
_NEGATION = frozenset({"ない", "無い", "ず", "ぬ", "まい"})
_KANJI = re.compile("[一-龠々]")
_LIGHT = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})

Alternatives = Mapping[str, float]
"""Other words for a term, each with how much it counts in place of it, in 0..1."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """A term of a question, as words, and what documents may call it: (its words, weight in 0..1)."""

    term: tuple[str, ...]
    others: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, slots=True)
class _Dictionary:
    """All terms, the length of the longest in letters, and the terms by the forms of their words."""

    terms: Mapping[str, Alternatives]
    longest: int
    by_forms: Mapping[tuple[str, ...], tuple[str, ...]]


def synonyms(question: str, own: Path | None = None) -> tuple[Synonyms, ...]:
    """What the dictionary knows of the terms of a question, and its years in the other calendar. Of terms that overlap the
    longest counts.

    ``own``: a municipality's own file, whose lines are added to those of the product as soon as they are written. Raises
    InvalidSettings with the line that cannot be read.
    """
    text = normalise(question).lower()
    found = {
        text[start:end] if term is None else term: others for start, end, term, others in _spans(text, _files(own))
    }
    return tuple(
        Synonyms(_split(term), tuple((words, weight) for other, weight in others.items() if (words := _split(other))))
        for term, others in found.items()
    )


def reworded(question: str, own: Path | None = None, frequency: Callable[[Sequence[str]], int] | None = None) -> str:
    """The question in normal form, with every term of the dictionary in the word that stands for it best.

    ``frequency``: how many passages have all of these words. Where it is given, a term is only replaced by one that more
    passages have: the documents' own word is the best already. On a municipal FAQ that is .003 nDCG@10, which is within chance.
    Raises InvalidSettings as ``synonyms`` does.

    >>> reworded("赤ちゃんの服")
    '乳児の服'
    """
    text = normalise(question).lower()
    for start, end, _, others in reversed(_spans(text, _files(own))):
        known = others
        if frequency:
            now = frequency(_split(text[start:end]))
            known = {other: weight for other, weight in others.items() if frequency(_split(other)) > now}
        best = max(known, key=known.__getitem__, default="")
        if best not in text[max(0, start - len(best)) : end + len(best)]:  # 住民票の写し is not 住民票の写しの写し
            text = text[:start] + best + text[end:]
    return text


@lru_cache(maxsize=64)  # what was looked up is asked for again when its passages are judged
def _spans(text: str, files: tuple[tuple[Path, int], ...]) -> tuple[tuple[int, int, str | None, Alternatives], ...]:
    """(start, end, term, alternatives) of the terms in a text in order; a year, which is no term, has None."""
    dictionary = _open(files)
    found: dict[tuple[int, int], tuple[str | None, Alternatives]] = {
        (start, end): (term, dictionary.terms[term]) for start, end, term in reversed(_terms(text, dictionary))
    }
    apart = [year for year in years(text) if all(year.end <= a or year.start >= b for a, b in found)]
    found |= {(year.start, year.end): (None, dict.fromkeys(year.others, 1.0)) for year in apart}
    return tuple((*span, *found[span]) for span in sorted(found))


def _files(own: Path | None) -> tuple[tuple[Path, int], ...]:
    """The product's file and a municipality's own, with the time of its last change."""
    return ((FILE, 0), *(((own, own.stat().st_mtime_ns),) if own and own.is_file() else ()))


@lru_cache(maxsize=4)
def _open(files: tuple[tuple[Path, int], ...]) -> _Dictionary:
    """The files as one; each with the time of its last change, so that a changed one is read again."""
    terms: dict[str, dict[str, float]] = {}
    for file, _ in files:
        for term, others in load_dictionary(file).items():
            terms.setdefault(term, {}).update(others)  # what is said last counts: the municipality's own
    by_forms: dict[tuple[str, ...], tuple[str, ...]] = {}
    for term in terms:
        words = tuple(form for _, _, form in _forms(term))
        by_forms[words] = (*by_forms.get(words, ()), term)
    by_forms.pop((), None)
    return _Dictionary(terms, max(map(len, terms), default=0), by_forms)


def load_dictionary(file: Path) -> Mapping[str, Alternatives]:
    """Every term of the file with its alternatives. Raises InvalidSettings with the line that cannot be read."""
    terms: dict[str, dict[str, float]] = {}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"言い換えの辞書 {file} を読めません。", "UTF-8 で保存し直してください。") from error
    for number, line in enumerate(lines, start=1):
        if rule := line.split("#")[0].strip():
            for term, other, weight in _pairs(rule, f"{file.name}:{number}"):
                known = terms.setdefault(term, {})
                known[other] = max(weight, known.get(other, 0.0))
    return MappingProxyType(terms)


def _pairs(rule: str, place: str) -> Iterator[tuple[str, str, float]]:
    stated = _WEIGHT.search(rule)
    rule = normalise(rule[: stated.start()] if stated else rule).lower()
    left, arrow, right = rule.partition(" > ")
    same = [term.strip() for term in rule.split(" = ")]
    if "@" in rule:
        raise _unreadable(place, "行末の @ の後は、0より大きく1以下の数で書いてください。")
    if arrow and " = " not in rule and left.strip() and right.split():
        yield from ((left.strip(), other, float(stated[1]) if stated else _MAYBE) for other in right.split())
    elif not arrow and len(same) > 1 and all(same):
        weight = float(stated[1]) if stated else _SAME
        yield from ((term, other, weight) for term in same for other in same if term != other)
    else:
        raise _unreadable(place, "「甲 = 乙」か「甲 > 乙 丙」の形で書いてください。")


def _unreadable(place: str, advice: str) -> InvalidSettings:
    return InvalidSettings(f"言い換えの辞書の行を読めません（{place}）。", advice)


def _terms(question: str, dictionary: _Dictionary) -> list[tuple[int, int, str]]:
    """(start, end, term) of the terms in the question, letter by letter or word by word in any inflection, in order."""
    spans = [*_written(question, dictionary), *_inflected(question, dictionary)]
    kept: list[tuple[int, int, str]] = []
    for start, end, term in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        apart = all(end <= a or start >= b or (start, end) == (a, b) for a, b, _ in kept)
        if apart and not _is_part(question[start:end], question[:start], question[end:]):
            kept.append((start, end, term))
    return sorted(kept)


def _written(question: str, dictionary: _Dictionary) -> Iterator[tuple[int, int, str]]:
    """Terms that begin and end with a word: no 川 in 川西, no 夫 in 夫婦, no がけ in 二人がけ."""
    words = list(morphemes(question))
    starts, ends = {word.start for word in words}, {word.end for word in words}
    for start in sorted(starts - _helping(question)):
        for end in range(min(len(question), start + dictionary.longest), start, -1):
            term = question[start:end]
            if end in ends and term in dictionary.terms:
                yield start, end, term
                break


def _is_part(written: str, before: str, after: str) -> bool:
    """Whether what is written is only a part of a word: one kanji among others, or two kana after a kanji."""
    if len(written) == 1:
        return bool(_KANJI.match(before[-1:]) or _KANJI.match(after[:1]))
    return len(written) == 2 and not _KANJI.search(written) and bool(_KANJI.match(before[-1:]))


def _inflected(question: str, dictionary: _Dictionary) -> Iterator[tuple[int, int, str]]:
    forms, index, helping = _forms(question), dictionary.by_forms, _helping(question)
    longest = max(map(len, index), default=0)
    for first in (number for number, (start, _, _) in enumerate(forms) if start not in helping):
        for last in range(min(len(forms), first + longest), first, -1):
            words = tuple(form for _, _, form in forms[first:last])
            denied = last < len(forms) and forms[last][2] == "ない"  # 燃やさない is not 燃やす
            if words in index and not denied:
                yield from ((forms[first][0], forms[last - 1][1], term) for term in index[words])
                break


def _forms(text: str) -> list[tuple[int, int, str]]:
    """(start, end, dictionary form) of the words that carry meaning, negation among them."""
    return [
        (word.start, word.end, "ない" if word.form in _NEGATION else word.form)
        for word in morphemes(text)
        if word.kind[0] not in _LIGHT or word.form in _NEGATION
    ]


def _helping(text: str) -> set[int]:
    """Where verbs begin that only help another: もらう in 診てもらう, which is no term by itself."""
    helping, after_te = set(), False
    for word in morphemes(text):
        if after_te and "非自立可能" in word.kind:
            helping.add(word.start)
        after_te = "接続助詞" in word.kind and word.surface in ("て", "で")
    return helping


@lru_cache(maxsize=4096)
def _split(term: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(question_words(term)))
