"""Questions in the usual spelling: 「じゅうみんひょう」「保育えん」「児童手宛」 are 住民票, 保育園 and 児童手当.

What reads as an administrative word and is written otherwise stands for that word. ``dictionary/spellings.txt`` lists such
words, the nouns of the dictionary of synonyms are others. Only questions are changed, and only for the search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rag import synonyms
from rag.text import Morpheme, morphemes, normalise, tokens

FILE = Path(__file__).with_name("dictionary") / "spellings.txt"
_SHORTEST = 4  # kana; what is shorter is found by chance
_KANJI = re.compile("[一-龠々]")
_KANA = re.compile("[ぁ-ゖァ-ヶ]")
_READ = re.compile("[ァ-ヶー]+")
_NOUNS = frozenset({"名詞", "接頭辞", "接尾辞", "形状詞"})
_MARKS = frozenset({"補助記号", "記号", "空白"})
_SAME_SOUND = str.maketrans("ヅヂ", "ズジ")


def respelled(question: str) -> str:
    """The question in normal form, with the words of the list in their usual spelling.

    >>> respelled("じゅうみんひょうと保育えん")
    '住民票と保育園'
    """
    text = normalise(question)
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
    index, longest = _by_reading()
    found: tuple[int, str | None] = (first, None)
    reading = ""
    for last in range(first, len(words)):
        reading += _reading(words[last])
        if len(reading) > longest:
            break
        if usual := index.get(reading):
            written = text[words[first].start : words[last].end]
            if written in usual:
                found = (last, None)
            elif meant := next((word for word in usual if _may_mean(written, word)), None):
                found = (last, meant)
    return found


def _may_mean(written: str, usual: str) -> bool:
    """Whether it can be the word: the kanji that are written are in it, or most of them if no kana are written."""
    kanji = _KANJI.findall(written)
    right = sum(letter in usual for letter in kanji)
    if _KANA.search(written):
        return right == len(kanji) and tokens(written) != tokens(usual)
    return len(kanji) > 2 and len(written) == len(usual) and 2 * right > len(kanji)


@lru_cache(maxsize=1)
def _by_reading() -> tuple[Mapping[str, Sequence[str]], int]:
    """The words of the list by their reading, and the length of the longest reading."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    listed = dict.fromkeys(word for line in lines if not line.startswith("#") for word in line.split())
    index: dict[str, list[str]] = {}
    for word in [*listed, *(other for other in synonyms.load_dictionary(synonyms.FILE) if other not in listed)]:
        if len(_KANJI.findall(word)) > 1:
            parts = list(morphemes(word))
            reading = "".join(map(_reading, parts))
            nouns = word in listed or all(part.kind[0] in _NOUNS for part in parts)
            if nouns and len(reading) >= _SHORTEST and _READ.fullmatch(reading):
                index.setdefault(reading, []).append(word)
    return index, max(map(len, index), default=0)


def _reading(word: Morpheme) -> str:
    """The reading in katakana; what stands there if it has none. Sudachi reads every mark as キゴウ."""
    if word.kind[0] not in _MARKS and _READ.fullmatch(word.reading):
        return word.reading.translate(_SAME_SOUND)
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in word.surface)
