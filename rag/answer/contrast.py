"""Words of which one is said where the passage says another of the same kind: 転出 for 転入, 上旬 for 下旬, 借主 for 家主.

Such a word is one of many in its sentence, so that the share of words that the passage has does not show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rag.answer.source import Source, Word, content_words, placed_words
from rag.text import compact

# Each line is a kind, its words parted by spaces; ``|`` parts spellings of one word. A word that is a part of another of its
# line is found as the longer one. Of a line that begins with ! no word may be said where the passage has none at all.
_KINDS = """
転入 転出 転居
出生 死亡
婚姻 離婚
本人 代理人
借主|借りている人|借り主 家主|貸主|大家
売主 買主
申請者 決定者
納税者 滞納者
保護者 施設長
被保険者 保険者
! 市長 副市長 教育長 部長 課長 課長補佐 係長 会計管理者 知事|県知事 所属長 消防長 議長 町長 区長
市 県|都道府県 国
本庁 支所 出張所
通院 入院
往復 片道
朝食 夕食 昼食
上旬 中旬 下旬
上半期 下半期
午前 午後
平日 土日|土曜日|日曜日|休日
開庁日 閉庁日
偶数月 奇数月
翌日 前日 当日|その日のうち|即日
! 翌日|次の日|あくる日
翌月 前月 当月|同月|同じ月
! 翌月|次の月
翌年 前年 当年|同年|同じ年
翌年度 前年度|昨年度 当年度|同年度|今年度
翌開庁日|次の開庁日|翌営業日|次の営業日 前開庁日|前の開庁日|直前の開庁日|前の営業日|直前の営業日
! 年額 月額 日額 時間額
毎年 毎月 毎週 毎日
! 税込み|税込 税抜き|税抜|税別
任意 必須|必要|義務
有料 無料|無償
全額 半額
全部 一部
最大 最小
最高 最低
最長 最短
最も大きい|最も多い|最も高い 最も小さい|最も少ない|最も低い
切り上げ|切上げ 切り捨て|切捨て 四捨五入
増加|増え 減少|減り|減る
引き上げ|引上げ 引き下げ|引下げ
左欄 右欄
割引前 割引後
改正前 改正後
着工前 完成後
いずれにも|すべて|全て いずれか
すべて|全て|全員|誰でも|だれでも|どこでも 限り|限る|限ら|限っ|のみ|だけ
世帯主 世帯員
単身 家族
乳児 幼児
父 母
男性 女性
雄|オス 雌|メス
居住者|市民|市内 市外
課税 非課税
個人 法人
直営 委託
普通 当座
原本 写し|コピー
実印 認印
窓口 郵送 電話 オンライン
現金 口座振込|口座振替
一般競争入札 指名競争入札 随意契約
所得割 均等割 平等割
決定 却下
徴収 還付
給付 貸付
承認 不承認
許可 不許可
合格 不合格
罹災 被災
出発 帰着
開始 終了
起点 終点
上限 下限
"""
_OFTEN_BOTH = frozenset(
    {"窓口", "郵送", "電話", "オンライン", "市", "県", "国", "全部", "一部", "父", "母", "決定", "普通"}
)
"""Of these kinds a sentence may name one that its passage does not: they are exchanged only, not replaced."""
_KANJI = "一-龠々"
_SIDE = re.compile(f"([{_KANJI}]{{2,6}})([前後])(?=[にのはで、])")
Words = tuple[tuple[str, re.Pattern[str]], ...]
"""The words of a kind, each with the expression that finds it where it is not a part of another of the kind."""
_CLAUSE = re.compile("[、。;]")
_COMPOUND = re.compile(f"[{_KANJI}ァ-ヴー]+")


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[bool, Words], ...]:
    """The kinds: whether none of its words may be added, and its words."""
    kinds = []
    for line in _KINDS.strip().splitlines():
        words = [word.split("|") for word in line.removeprefix("!").split()]
        every = sorted((s for spellings in words for s in spellings), key=len, reverse=True)
        found = []
        for spellings in words:
            longer = [o for o in every if o not in spellings and any(s in o for s in spellings)]
            alone = "".join(_not_within(longer_one, s) for s in spellings for longer_one in longer if s in longer_one)
            one = "|".join(_whole(s) for s in spellings)
            found.append((spellings[0], re.compile(f"(?:{one}){alone}")))
        kinds.append((line.startswith("!"), tuple(found)))
    return tuple(kinds)


def _whole(word: str) -> str:
    """A word of one ideograph stands alone: 市, not that of 都市."""
    return f"(?<![{_KANJI}]){word}(?![{_KANJI}])" if len(word) == 1 else re.escape(word)


def _not_within(longer: str, word: str) -> str:
    before, _, after = longer.partition(word)
    tail = f"(?!{re.escape(after)})" if after and not before else ""
    head = f"(?<!{re.escape(before + word)})" if before else ""
    return head + tail


def _said(text: str, kind: Words) -> list[str]:
    return [name for name, pattern in kind if pattern.search(text)]


def replaced(text: str, sources: Sequence[Source]) -> Iterator[str]:
    """Words of a normalised text that no passage has, while it has another of their kind."""
    told = compact(text)
    whole = "\n".join(source.compact for source in sources)
    for strict, kind in _kinds():
        ours = _said(told, kind)
        if not ours or ours[0] in _OFTEN_BOTH:
            continue
        theirs = _said(whole, kind)
        yield from (name for name in ours if (theirs or strict) and name not in theirs)


def sides(text: str, sources: Sequence[Source]) -> Iterator[str]:
    """What a normalised text puts before or after something of which the passages do not say that: 納期限後に for 納期限までに."""
    whole = "".join(source.compact for source in sources)
    for match in _SIDE.finditer(text):
        word, side = match.groups()
        if word in whole and not re.search(f"{word}[^、。]{{0,8}}{side}", whole):
            yield match.group()


def exchanged(text: str, sources: Sequence[Source]) -> Iterator[str]:
    """Words of a normalised text that the passage says of something else: the clause nearest to the text has another of their kind.

    A clause without any word of the kind goes on with that of the clause before it, within its sentence.
    """
    told, words = compact(text), content_words(text)
    for _, kind in _kinds():
        ours = _said(told, kind)
        if len(ours) != 1:
            continue
        # What the words of the kind are made of says nothing of which clause is meant.
        own = {form for name, pattern in kind for m in pattern.finditer(told) for form in content_words(m.group())}
        best: dict[str, float] = {}
        for names, clause in _clauses(kind, sources):
            shared = len((words - own) & content_words(clause))
            for name in names:
                best[name] = max(best.get(name, 0.0), shared)
        mine = best.pop(ours[0], None)
        if mine is not None and best and max(best.values()) > mine + _MARGIN:
            yield ours[0]


_MARGIN = 0


def _clauses(kind: Words, sources: Sequence[Source]) -> Iterator[tuple[list[str], str]]:
    for source in sources:
        for sentence in source.sentences:
            current: list[str] = []
            for clause in _CLAUSE.split(sentence):
                current = _said(compact(clause), kind) or current
                yield current, clause


def compounds(text: str, sources: Sequence[Source]) -> Iterator[str]:
    """Compound nouns of a normalised text whose beginning no passage has, though it has their end behind another beginning.

    不在住証明書 where the passage has 廃棄済証明書; not 特急料金 where it has 特別急行料金, which is short for that.
    """
    whole = "".join(source.compact for source in sources)
    heads = {b.form for source in sources for s in (*source.sentences, source.around) for _, b in _pairs(s)}
    for a, b in _pairs(text):
        short = len(a.surface) > 1 and re.search("[一-龠々]{0,2}".join(map(re.escape, a.surface)), whole)
        if b.form in heads and not short and not any(source.has(a) for source in sources):
            yield text[a.start : b.start + len(b.surface)]


def _pairs(text: str) -> Iterator[tuple[Word, Word]]:
    """Content nouns with what stands side by side with them in one compound."""
    words = [word for word in placed_words(text) if not word.light]
    for a, b in pairwise(words):
        if 0 <= b.start - a.start - len(a.surface) <= 1 and _COMPOUND.fullmatch(
            text[a.start : b.start + len(b.surface)]
        ):
            yield a, b
