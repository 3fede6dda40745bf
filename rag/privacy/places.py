"""Postal addresses: from the prefecture or city down to the number of the house, with building and room."""

from __future__ import annotations

import re

from rag.privacy.kinds import Kind, Spans

PREFECTURE = "(?:東京都|北海道|京都府|大阪府|(?:神奈川|和歌山|鹿児島|[\u4e00-\u9fff]{2})県)"
_KANJI = "\u4e00-\u9fff々ヶケノ"
# 市区町村 that have kana in their names; without the list one cannot see where a name begins: 私はつくば市
_KANA = (
    "さいたま|いわき|つくば|みらい|つがる|むつ|にかほ|ひたちなか|さくら|みどり|ふじみ野|いすみ|あきる野|かほく|あわら|いなべ|たつの|南?あわじ"
    "|さぬき|東かがわ|みやま|うきは|うるま|えびの|みよし|かすみがうら|[\u4e00-\u9fffァ-ヶー]{1,3}"
)
_CITY = f"(?:(?:{_KANA}|[{_KANJI}ァ-ヶー]{{1,6}}?)[市区町村郡])"
_NUMBER = "(?:\\d{1,5}|[一二三四五六七八九十百]{1,4})"
# 番 alone may be that of a window: 市民課3番窓口
_HOUSE = (
    f"(?:{_NUMBER}丁目 ?{_NUMBER}(?:番地?(?:の?{_NUMBER})?|-\\d{{1,5}}){{0,2}}(?: ?-?{_NUMBER}号?)?"
    f"|{_NUMBER}番地(?: ?[の-]?{_NUMBER})?(?:号)?|{_NUMBER}番 ?{_NUMBER}号|\\d{{1,5}}(?:-\\d{{1,5}}){{1,3}}(?:号室?)?)"
)
_BUILDING = "(?: ?[^\\s\\d、。,()「」〓]{1,20}\\d{1,4}号室| ?[ァ-ヶーA-Za-z]{2,15} ?\\d{1,4}(?!\\d))"
_ADDRESS = re.compile(
    # A word in front of the name is not a part of it, whether or not something stands between: 住所八王子市
    f"(?:(?<=住所)|(?<=本籍)|(?<=宛先)|(?<![{_KANJI}ァ-ヶー]))(?!住所|本籍|宛先|[当本同各全両]?[市区町村])"
    f"(?:{PREFECTURE} ?{_CITY}{{0,3}}|{_CITY}{{1,3}})"
    f" ?[^\\s\\d、。,:/()「」〓を]{{0,16}}? ?{_HOUSE}{_BUILDING}?(?!\\d|[日月年人回枚円%歳時分件級点条項号])"
)
_PUBLIC = re.compile(
    "(?:役所|役場|庁舎|所在地|会場|センター|支所|出張所|学校|公園|[館課])(?:の住所|[はの(:,、 ]){0,3}$"
)


def find(text: str) -> Spans:
    """Addresses in folded text, but not those of public places that are named just before."""
    for match in _ADDRESS.finditer(text):
        if not _PUBLIC.search(text[max(0, match.start() - 12) : match.start()]):
            yield Kind.ADDRESS, match.span()
