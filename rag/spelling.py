"""Questions in the usual spelling: 「じゅうみんひょう」「口ざ振かえ」「児童手宛」「デーサービス」 are 住民票, 口座振替, 児童手当 and デイサービス.

What reads as an administrative word and is written otherwise stands for that word. ``dictionary/spellings.txt`` lists such
words, the nouns of the dictionary of synonyms are others. Only questions are changed, and only for the search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rag import synonyms
from rag.text import Morpheme, modern, morphemes, normalise, tokens

FILE = Path(__file__).with_name("dictionary") / "spellings.txt"
_SHORTEST = 4  # kana; what is shorter is found by chance
_LONGEST_MIXED = 10  # characters of a word that is written half in kana
_KANJI = re.compile("[一-龠々]")
_KANA = re.compile("[ぁ-ゖァ-ヶ]")
_READ = re.compile("[ァ-ヶー]+")
_HIRAGANA = re.compile("[ぁ-ゖー]{4,}")
_MIXED = re.compile("(?=.*[一-龠々])(?=.*[ぁ-ゖ])[一-龠々ぁ-ゖー]+")
_KANA_RUN = re.compile("[ぁ-ゖー]+")
_RUNS = re.compile("[一-龠々]+|[ぁ-ゖー]+")
# These stand beside a kanji in every sentence, as particles and endings: 高い is not 高齢.
_ENDINGS = frozenset("のにはがをとでもへかやてただなしさいくるよねみりきけえうれせ")
_LONG = re.compile("(?<=[ァ-ヺ])[-‐‑–—―−─一](?=[ァ-ヺ、。,.?!・ 」のをはがにとで]|$)")  # what is typed for ー
_FORM = re.compile(
    "(別表|様式|別紙|別記)(?=[0-9一二三四五六七八九十]{1,3}(?:号|の|に|で|[^0-9a-z年月日円人件%一-龠]|$))"
)
_ENDING = frozenset({"助詞", "助動詞", "形容詞"})
_POLITE = ("ご", "お")
_NOUNS = frozenset({"名詞", "接頭辞", "接尾辞", "形状詞"})
_MARKS = frozenset({"補助記号", "記号", "空白"})
_SAME_SOUND = str.maketrans("ヅヂ", "ズジ")


@lru_cache(maxsize=64)
def respelled(question: str) -> str:
    """The question in normal form, with the words of the list in their usual spelling.

    >>> respelled("じゅうみんひょうと保育えんと口ざ振かえ")
    '住民票と保育園と口座振替'
    """
    text = _FORM.sub(r"\1第", _LONG.sub("ー", modern(normalise(question))))
    return _sounding(_mixed(_foreign(text)))


def _sounding(text: str) -> str:
    """With what sounds like a word of the list, word by word."""
    words, parts, end, first = list(morphemes(text)), [], 0, 0
    while first < len(words):
        last, usual = _longest(text, words, first)
        if usual is not None:
            parts += [text[end : words[first].start], usual]
            end = words[last].end
        first = last + 1
    return "".join([*parts, text[end:]])


def _longest(text: str, words: Sequence[Morpheme], first: int) -> tuple[int, str | None]:
    """The last word of the longest run from ``first`` that reads as a word of the list, and that word if it is written otherwise."""
    lists = _lists()
    found: tuple[int, str | None] = (first, None)
    reading = ""
    for last in range(first, len(words)):
        reading += _reading(words[last])
        if len(reading) > lists.longest or _is_ending(words[first]):
            break
        if usual := lists.by_reading.get(reading):
            written = text[words[first].start : words[last].end]
            verb = words[last].kind[0] == "動詞" and _KANJI.match(words[last].surface)
            if written in usual or verb:
                found = (last, None)
            elif meant := next((word for word in usual if _may_mean(words[first : last + 1], word)), None):
                found = (last, meant)
    return found


def _is_ending(word: Morpheme) -> bool:
    """Whether it is grammar: とします is no 都市マス, the たい of 受けたい not that of 滞納, and ご郵送 no 誤郵送."""
    return word.surface in _POLITE or (word.kind[0] in _ENDING and not _KANJI.search(word.surface))


def _may_mean(words: Sequence[Morpheme], usual: str) -> bool:
    """Whether it can be the word: the kanji that are written are in it, or most of them if no kana are written."""
    written = "".join(word.surface for word in words)
    kanji = _KANJI.findall(written)
    right = sum(letter in usual for letter in kanji)
    if _KANA.search(written):
        return right == len(kanji) and (not kanji or tokens(written) != tokens(usual))
    if len(kanji) < 3 or len(written) != len(usual) or 2 * right <= len(kanji):
        return False
    # 休職中 is not 求職中; 確定深刻 is 確定申告, of which half is right, and 住民表 has no word 表 of two kanji.
    right_ones = [word for word in words if all(letter in usual for letter in word.surface)]
    wrong = [len(word.surface) for word in words if word not in right_ones]
    return max(wrong, default=0) == 1 or max((len(word.surface) for word in right_ones), default=0) > 1


def _mixed(text: str) -> str:
    """With words of the list that are written half in kana, letter by letter: the tokenizer finds no 口 in 口ざ that reads コウ."""
    parts, start, done = [], 0, 0
    grammar, inside = _grammar(text)
    while start < len(text):
        for end in range(min(len(text), start + _LONGEST_MIXED), start + 1, -1):
            written = text[start:end]
            if _MIXED.fullmatch(written) and end not in inside and not _is_grammar(written, start, grammar):
                usual = None if written[0] in _POLITE else _meant(written)
                if usual == written:
                    start = end
                    break
                part = len(usual or "") == 2 and bool(start and _KANJI.match(text[start - 1]))
                if usual and not part and usual not in text[max(0, end - len(usual)) : end + len(usual)]:
                    parts += [text[done:start], usual]
                    start = done = end
                    break
        else:
            start += 1
    return "".join([*parts, text[done:]])


def _is_grammar(written: str, start: int, grammar: set[int]) -> bool:
    """Whether it begins or ends with kana that are nothing but particles and endings."""
    runs = (run.span() for run in _KANA_RUN.finditer(written) if run.start() == 0 or run.end() == len(written))
    return any(grammar.issuperset(range(start + a, start + b)) for a, b in runs)


def _grammar(text: str) -> tuple[set[int], set[int]]:
    """The places of particles, auxiliaries and the endings of verbs (住んで is not 住監で), and those within a word of kana."""
    grammar: set[int] = set()
    inside: set[int] = set()
    for word in morphemes(text):
        if word.unknown:
            continue
        inflects = word.kind[0] in ("動詞", "形容詞")
        if (_is_ending(word) and word.surface not in _POLITE) or (
            inflects and (_KANJI.match(word.surface) or "非自立可能" in word.kind)
        ):
            grammar.update(range(word.start, word.end))
        if inflects or not _KANJI.search(word.surface):
            inside.update(range(word.start + 1, word.end))
    return grammar, inside


@lru_cache(maxsize=8192)
def _meant(written: str) -> str | None:
    """The word of the list of which some kanji are written in kana: its kanji in their places, and its reading between."""
    runs = _RUNS.findall(written)
    if any(len(run) == 1 and run in _ENDINGS for run in runs):
        return None
    read = "".join(
        f"[ァ-ヶー]{{{len(run)},{2 * len(run) + 1}}}" if _KANJI.match(run) else _katakana(run) for run in runs
    )
    form = "".join(run if _KANJI.match(run) else "[一-龠々]+" for run in runs)
    first = next(letter for letter in written if _KANJI.match(letter))
    for usual, reading in _lists().by_kanji.get(first, ()):
        if re.fullmatch(read, reading) and re.fullmatch(form, usual):
            inflected = _KANA.match(written[-1]) and tokens(usual) == tokens(written)  # 申し込み is as good as 申込
            return written if inflected else usual
    return None


def _foreign(text: str) -> str:
    """With foreign words in katakana, and those that the tokenizer does not know as the listed one that differs in one letter."""
    lists = _lists()
    text = _HIRAGANA.sub(lambda run: _in_katakana(run[0]), text)
    parts, end = [], 0
    for word in morphemes(text):
        if word.unknown and _READ.fullmatch(word.surface) and word.surface not in lists.foreign:
            near = next((other for other in _one_letter_off(word.surface) if other in lists.foreign), None)
            if near:
                parts += [text[end : word.start], near]
                end = word.end
    return "".join([*parts, text[end:]])


def _in_katakana(run: str) -> str:
    written, start = _katakana(run), 0
    while start < len(run):
        end = next((e for e in range(len(run), start + 3, -1) if written[start:e] in _lists().foreign), None)
        if end and tokens(run[start:end]) != tokens(written[start:end]):
            run = run[:start] + written[start:end] + run[end:]
        start = end or start + 1
    return run


def _one_letter_off(word: str) -> Iterator[str]:
    """Words with a letter more, less or another, or two exchanged; of five letters or more, since shorter ones are all alike."""
    letters = "".join(map(chr, range(ord("ァ"), ord("ヴ") + 1))) + "ー"
    if len(word) <= _SHORTEST:
        return
    for at in range(1, len(word)):  # the first letter is right
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    for at in range(1, len(word) + 1):
        yield from (word[:at] + letter + word[at:] for letter in letters)
        yield from (word[:at] + letter + word[at + 1 :] for letter in letters)


class _Lists(NamedTuple):
    """The words of the list by their reading, the length of the longest reading, (word, reading) by kanji, and words in katakana."""

    by_reading: Mapping[str, Sequence[str]]
    longest: int
    by_kanji: Mapping[str, Sequence[tuple[str, str]]]
    foreign: frozenset[str]


@lru_cache(maxsize=1)
def _lists() -> _Lists:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    listed = dict.fromkeys(word for line in lines if not line.startswith("#") for word in line.split())
    index: dict[str, list[str]] = {}
    by_kanji: dict[str, list[tuple[str, str]]] = {}
    words = [*listed, *(other for other in synonyms.load_dictionary(synonyms.FILE) if other not in listed)]
    for word in words:
        if len(_KANJI.findall(word)) > 1:
            parts = list(morphemes(word))
            reading = "".join(map(_reading, parts))
            nouns = word in listed or all(part.kind[0] in _NOUNS for part in parts)
            if nouns and len(reading) >= _SHORTEST and _READ.fullmatch(reading):
                index.setdefault(reading, []).append(word)
                for letter in dict.fromkeys(_KANJI.findall(word)):
                    by_kanji.setdefault(letter, []).append((word, reading))
    foreign = frozenset(word for word in words if len(word) >= _SHORTEST and _READ.fullmatch(word))
    return _Lists(index, max(map(len, index), default=0), by_kanji, foreign)


def _reading(word: Morpheme) -> str:
    """The reading in katakana; what stands there if it has none. Sudachi reads every mark as キゴウ."""
    if word.kind[0] not in _MARKS and _READ.fullmatch(word.reading):
        return word.reading.translate(_SAME_SOUND)
    return _katakana(word.surface)


def _katakana(text: str) -> str:
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in text)
