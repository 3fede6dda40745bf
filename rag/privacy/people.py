"""Names of persons: by the tokenizer's dictionary of names, and by what stands before or after them."""

from __future__ import annotations

import re

from rag.privacy.kinds import Kind, Spans
from rag.text import Morpheme, morphemes

_HONORIFICS = re.compile("様|さま|さん|氏|殿|どの|くん|君|ちゃん")
# A name with one of these behind it is that of a house, a street or a prize.
_THING = re.compile(
    "[館賞橋市町村区県駅通線園寺城川山島港社店]$|記念|神社|病院|医院|小学|中学|高校|大学|商店|株式|有限|事務所|銀行|農協|組合"
)
_ROLES = re.compile(
    "担当|氏名|名前|市長|町長|村長|知事|議員|課長|係長|部長|主査|主任|職員|様|住所|電話|性別|続柄|生年|夫|妻|父|母"
)
_KANJI, _KATAKANA = re.compile("[\u4e00-\u9fff々]{1,3}"), re.compile("[ァ-ヶー]{2,8}")
_NAMES_OF = "氏名|姓名|お?名前|名義人?|世帯主|申請者|届出人|代理人|保護者|飼い主|宛名|担当者?"
_KIN = "夫|妻|父|母|息子|娘|[長次二三][男女]|兄|弟|姉|妹|祖父|祖母|孫|子"
_LABEL = f"(?:{_NAMES_OF})(?:\\((?:フリガナ|ふりがな|カナ|漢字|自署)\\))?"
_OWNER = re.compile(f"{_NAMES_OF}|{_KIN}")
_LINKS, _CALLED = ("の", "は", ":"), ("申し", "申す", "いい", "いう", "言い")
_TWO_WORDS = "[ァ-ヶー]{2,8}(?: [ァ-ヶー]{1,8}){0,2} [ァ-ヶー]{2,8}"
# Names that no dictionary has. After a colon anything may be one that is not a word of the form itself.
_LABELLED = re.compile(
    f"{_LABEL} ?: ?(?!必須|記入|変更|不要|同上|別紙|未定|空欄|省略|本人|住所|電話|生年|フリガナ|カタカナ|ローマ字|性別)"
    f"(?P<colon>[\u4e00-\u9fff々ヶ]{{1,4}}(?: ?[\u4e00-\u9fff々]{{1,3}}| ?[ぁ-ん]{{2,3}})?|{_TWO_WORDS}|[ァ-ヶー]{{4,12}})"
    "(?<![課係室部局署所])(?=[\\s、。,()/〓]|$|様|さん|です|と申)"
    f"|(?:{_LABEL}|{_KIN})[のはが( ] ?(?P<words>{_TWO_WORDS})(?![ァ-ヶー])"
    f"|{_LABEL}[はが](?P<word>[ァ-ヶー]{{4,12}})(?=です|と申)"
    f"|(?<![ァ-ヶー])(?P<called>[ァ-ヶー]{{2,8}}(?:[ ・][ァ-ヶー]{{1,8}}){{1,3}})(?= ?(?:様|さん|氏|殿|と申|といいます))"
)


def find(text: str) -> Spans:
    """Names in folded text, each as a whole, without the honorific."""
    spans = [match.span(match.lastgroup or 0) for match in _LABELLED.finditer(text)]
    words = list(morphemes(text))
    spans += [(words[i].start, words[j - 1].end) for i in range(len(words)) if (j := _name(words, i))]
    end = 0
    for start, stop in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= end:
            yield Kind.PERSON, (start, stop)
            end = stop


def _name(words: list[Morpheme], i: int) -> int:
    """Where a name that begins with the word at ``i`` ends (the index behind it); 0 if none does."""
    before = ["", "", *(word.surface for word in words[max(0, i - 2) : i])][-2:]
    following = [*(word.surface for word in words[i + 1 : i + 3]), "", ""]
    if j := _full(words, i):
        return 0 if j < len(words) and _THING.match(words[j].surface) else j
    addressed = _HONORIFICS.fullmatch(following[0]) and (_person(words[i]) or _is_place(words[i]))
    labelled = before[1] in _LINKS and _OWNER.fullmatch(before[0])
    introduced = following[0] == "と" and following[1] in _CALLED
    return i + 1 if addressed or (_person(words[i]) and (labelled or introduced)) else 0


def _full(words: list[Morpheme], i: int) -> int:
    """Where 姓名 ends: two words of the dictionary, or one of them and one that can be a name."""
    first, j = words[i], i + 1
    apart = j < len(words) and words[j].surface == " "
    j += apart
    if j >= len(words):
        return 0
    second = words[j]
    katakana = _KATAKANA.fullmatch(first.surface) and _KATAKANA.fullmatch(second.surface)
    if _given(second) and (_surname(first) or katakana):
        return j + 1
    alone = not any(0 <= k < len(words) and _KATAKANA.fullmatch(words[k].surface) for k in (i - 1, j + 1))
    if apart and katakana and alone and (_surname(first) or _person(second)):
        return j + 1
    if _surname(first) and (apart or (i and _OWNER.fullmatch(words[i - 1].surface))):
        return _rare(words, j)
    rare = apart and _KANJI.fullmatch(first.surface) and not _ROLES.search(first.surface)
    return j + 1 if rare and _given(second) and len(second.surface) > 1 else 0


def _rare(words: list[Morpheme], j: int) -> int:
    """Where a given name of one or two signs ends that the dictionary takes for words: 小林 零, 山下 七夏."""
    k = j
    while k < len(words) and k < j + 3 and len(words[k].surface) == 1 and _KANJI.fullmatch(words[k].surface):
        if _HONORIFICS.fullmatch(words[k].surface):
            break
        k += 1
    return k if j < k <= j + 2 else 0


def _person(word: Morpheme) -> bool:
    return word.kind[2] == "人名"


def _surname(word: Morpheme) -> bool:
    return word.kind[3] == "姓"


def _given(word: Morpheme) -> bool:
    return word.kind[3] == "名"


def _is_place(word: Morpheme) -> bool:
    """千葉さん, 福島様: a place is not addressed."""
    return word.kind[2] == "地名"
