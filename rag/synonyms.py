"""Everyday words, abbreviations and old names, and the administrative words that documents use for them.

``dictionary/administrative.txt`` is a plain file; its head says how a line is written. A line of a section's own is one more
line of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from rag.errors import InvalidSettings
from rag.text import morphemes, normalise, question_words

FILE = Path(__file__).with_name("dictionary") / "administrative.txt"
_SAME, _MAYBE = 0.7, 0.5  # weight of a line that states none; its author's judgement, not measured
_WEIGHT = re.compile(r"\s@(0?\.\d+|1(?:\.0+)?)$")
# Sudachi has 「ない」 for what particles are otherwise: without it 燃やすごみ and 燃やさないごみ were one.
_NEGATION = frozenset({"ない", "無い", "ず", "ぬ", "まい"})
_LIGHT = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})

Alternatives = Mapping[str, float]
"""Other words for a term, each with how much it counts in place of it, in 0..1."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """A term of a question, as words, and what documents may call it: (its words, weight in 0..1)."""

    term: tuple[str, ...]
    others: tuple[tuple[tuple[str, ...], float], ...]


def synonyms(question: str) -> tuple[Synonyms, ...]:
    """What the dictionary knows of the terms of a question. Of terms that overlap the longest counts."""
    dictionary = load_dictionary(FILE)
    found = []
    for term in _terms(normalise(question).lower()):
        others = ((_split(other), weight) for other, weight in dictionary[term].items())
        found.append(Synonyms(_split(term), tuple((words, weight) for words, weight in others if words)))
    return tuple(found)


@lru_cache(maxsize=4)
def load_dictionary(file: Path) -> Mapping[str, Alternatives]:
    """Every term of the file with its alternatives. Raises InvalidSettings with the line that cannot be read."""
    terms: dict[str, dict[str, float]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
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


def _terms(question: str) -> list[str]:
    """The terms that stand in the question, letter by letter or word by word in any inflection."""
    spans = [*_written(question), *_inflected(question)]
    kept: list[tuple[int, int, str]] = []
    for start, end, term in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= a or start >= b or (start, end) == (a, b) for a, b, _ in kept):
            kept.append((start, end, term))
    return list(dict.fromkeys(term for _, _, term in sorted(kept)))


def _written(question: str) -> Iterator[tuple[int, int, str]]:
    dictionary, longest = load_dictionary(FILE), _longest_term()
    for start in range(len(question)):
        for end in range(min(len(question), start + longest), start, -1):
            if question[start:end] in dictionary:
                yield start, end, question[start:end]
                break


def _inflected(question: str) -> Iterator[tuple[int, int, str]]:
    forms = _forms(question)
    index = _by_forms()
    longest = max(map(len, index), default=0)
    for first in range(len(forms)):
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


@lru_cache(maxsize=1)
def _longest_term() -> int:
    return max(map(len, load_dictionary(FILE)), default=0)


@lru_cache(maxsize=1)
def _by_forms() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    index: dict[tuple[str, ...], tuple[str, ...]] = {}
    for term in load_dictionary(FILE):
        words = tuple(form for _, _, form in _forms(term))
        index[words] = (*index.get(words, ()), term)
    index.pop((), None)
    return index


@lru_cache(maxsize=4096)
def _split(term: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(question_words(term)))
