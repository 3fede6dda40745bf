"""What a sentence affirms and what it denies: 「できません」「不要」「対象外」「除く」 and the words that they turn round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text import Morpheme, morphemes

# Negation in form only, or one that means another: an obligation affirms, a prohibition denies, an idiom does neither.
_IDIOMS = (
    (re.compile("なくて(?:も)?(?:よい|良い|いい|大丈夫|構わない|構いません|かまわない|かまいません)"), "ることは不要"),
    # 「住み始めた後でなければ受け付けない」 denies that it is taken before, whichever way it is said.
    (re.compile("(?:てから|た後|たあと)で(?:なければ|ないと|なくては)(?![ない])"), "る前は"),
    (re.compile("(?:なければ|なくては|ないと|ねば)(?:なら|なり|いけ)(?:ない|ませんが|ません|ず)"), ""),
    (re.compile("(?:ざる|ない)を得(?:ない|ません)|ないわけには(?:いかない|いきません)"), ""),
    (re.compile("(?<=[てで])は(?:なら|なり|いけ)(?:ない|ません)"), "いない"),
    (
        re.compile(
            "差し?支え(?:が|は)?(?:ない|なく|ありません)|支障(?:が|は)?(?:ない|なく|ありません)|構(?:わない|いません)"
        ),
        "できる",
    ),
    (
        re.compile(
            "やむを得(?:ない|ず|ません)|かもしれ(?:ない|ません)|に?も?[関拘か][かわ]*らず|のみなら?ず|だけで(?:は|も)?な(?:く|い)|少なくとも"
            "|関係(?:が|は)?な[くい]|に過ぎ(?:ない|ません)|間違いな[くい]|[をは]問わ(?:ず|ない|ません)|では?なく(?=、)|とは限ら(?:ない|ません)|必ず"
        ),
        "",
    ),
)
_NOT = frozenset({"ない", "ず", "無い", "無し", "まい"})
_LIGHT = frozenset(
    {
        "為る",
        "有る",
        "成る",
        "居る",
        "致す",
        "下さる",
        "頂く",
        "貰う",
        "置く",
        "見る",
        "御座る",
        "こと",
        "事",
        "もの",
        "物",
    }
)
_PASSED = frozenset({"助詞", "助動詞", "空白"})  # between a word and its negation; a comma ends the search
_BRACKETS = frozenset("「」『』（）()")
_SAME = {"要る": "必要", "要する": "必要", "可能": "出来る", "可": "出来る", "含める": "含む"}
_OPPOSITES = {
    "不要": "必要",
    "省略": "必要",
    "不可": "出来る",
    "不可能": "出来る",
    "除く": "含む",
    "除外": "含む",
    "無効": "有効",
    "閉まる": "開く",
    "閉じる": "開く",
    "閉める": "開ける",
    "断る": "受け付ける",
    "不適用": "適用",
}
_DENYING = frozenset({"外", "不可", "禁止"})  # they deny the noun before them: 対象外, 使用不可, 持出し禁止
_OUTSIDE = frozenset({"対象", "適用", "該当"})  # but not 市外
# What they deny is denied of the deed before them too: 「受け取ることができない」, 「請求は受け付けない」, 「住家に当たらない」.
_PASSING_ON = frozenset({"出来る", "可能", "受け付ける", "認める", "扱う", "取り扱う", "当たる", "該当"})
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "代名詞"})
_CONTEXT = 6  # words before a predicate that say of what it is said
_TELLING, _AKIN = 3, 0.25
_SAME_SHARE = 2 / 3  # of them: then it is said of the same


@dataclass(frozen=True, slots=True)
class Said:
    """A word, whether it is denied, and the content words before it."""

    word: str
    denied: bool
    context: frozenset[str]


@lru_cache(maxsize=4096)
def said(text: str) -> tuple[Said, ...]:
    """Every content word of a normalised sentence in order, with its polarity.

    >>> [(s.word, s.denied) for s in said("手数料は不要です。") if s.denied]
    [('必要', True)]
    """
    for pattern, instead in _IDIOMS:
        text = pattern.sub(instead, text)
    words = list(morphemes(text))
    denied = {at for end, word in enumerate(words) for at in _denied_by(words, end, word)}
    found: list[Said] = []
    for at, word in enumerate(words):
        if word.kind[0] in _CONTENT and word.form not in _NOT and word.form not in _LIGHT:
            form = _OPPOSITES.get(word.form, _SAME.get(word.form, word.form))
            context = frozenset(s.word for s in found[-_CONTEXT:])
            found.append(Said(form, (at in denied) != (word.form in _OPPOSITES), context))
    return tuple(found)


def contradicts(claim: str, sentences: Sequence[str], rows: Sequence[str] = ()) -> str | None:
    """The word that ``claim`` affirms and the source denies, or the other way round; sentences nearest first, normalised.

    The cells of a row are statements apart, so that what the last one denies need not be said again.
    """
    theirs = [s for source in (*sentences, *rows) for s in said(source)]
    ours = said(claim)
    both = _in_both_ways(ours) & frozenset().union(*(_in_both_ways(said(source)) for source in (*sentences, *rows)))
    for mine, deed in zip(ours, (None, *ours), strict=False):
        same = [other for other in theirs if other.word == mine.word]
        if mine.word in both:
            continue
        if not same and mine.denied and mine.word == "必要" and deed:
            done = [other for other in theirs if other.word == deed.word]
            if done and True not in _polarity(deed, done):  # 「入れる必要はない」 of what is to be put in
                return mine.word
        if same and mine.denied not in _polarity(mine, same):
            return mine.word
        if not same and mine.denied and not any(other.denied for other in theirs):
            return mine.word
    return _lost_denial(ours, said(sentences[0])) if sentences else None


def _in_both_ways(words: Iterable[Said]) -> frozenset[str]:
    """「減免を受けているときは、減免を受けることができない」"""
    found: dict[str, set[bool]] = {}
    for one in words:
        found.setdefault(one.word, set()).add(one.denied)
    return frozenset(word for word, ways in found.items() if len(ways) == 2)


def _denied_by(words: Sequence[Morpheme], at: int, word: Morpheme) -> Iterable[int]:
    """The positions of the words that the word at ``at`` denies."""
    if not ((word.form in _NOT and word.kind[0] in ("助動詞", "形容詞", "名詞", "接尾辞")) or word.form in _DENYING):
        return
    for before in range(at - 1, -1, -1):
        form, kind = words[before].form, words[before].kind[0]
        if form in _LIGHT or kind in _PASSED or words[before].surface in _BRACKETS:
            continue
        if (kind not in _CONTENT and kind != "接尾辞") or (word.form == "外" and form not in _OUTSIDE):
            return
        yield before
        compound = form == "付ける" and before and words[before - 1].form == "受ける"
        taking = form == "受ける" and words[before + 1].form == "付ける"
        if form not in _PASSING_ON and kind != "接尾辞" and not compound and not taking:
            return


def _polarity(mine: Said, same: Sequence[Said]) -> set[bool]:
    """How the source says this word where it stands among the same other words."""
    best = max(len(mine.context & other.context) for other in same)
    if mine.denied and len(mine.context) >= _TELLING and best < _AKIN * len(mine.context):
        return {False}  # what is denied there is something else
    return {other.denied for other in same if len(mine.context & other.context) == best}


def _lost_denial(ours: Sequence[Said], nearest: Sequence[Said]) -> str | None:
    """The word with which the nearest sentence ends in a denial, if the claim says the same and denies nothing."""
    last = nearest[-1] if nearest else None
    if last is None or not last.denied or any(mine.denied for mine in ours):
        return None
    shared = {mine.word for mine in ours} & last.context
    return last.word if last.context and len(shared) >= _SAME_SHARE * len(last.context) else None
