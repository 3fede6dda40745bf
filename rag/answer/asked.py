"""What kind of thing a question asks for – an amount, a day, a place, whether something may be done – and who says such a thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_LEAST = 8  # characters of one of two questions
_NUMBER = r"[\d〇一二三四五六七八九十百千万][\d〇一二三四五六七八九十百千万,.]*"
# 何枚 is settled by 24枚, not by 24人; some units can be answered in another.
_UNITS = {
    "円": "円|無料|無償",
    "%": "%|パーセント|割|分の",
    "日": "(?:開庁|営業)?日|週間|か月",
    "時": "時|:",
    "時間": "時間|分",
    "月": "月",
    "か月": "(?:[かヶケヵカ箇]月|年|日)",
    "年": "年|永年|か月",
    "歳": "[歳才]",
    "人": "[人名]",
    "メートル": "(?:m|メートル)",
    "平方メートル": "(?:平方メートル|m2)",
    "キロ": "(?:キロ|kg|km)",
}
_UNITS |= {"えん": _UNITS["円"], "にち": _UNITS["日"], "ねん": _UNITS["年"], "まい": "枚", "じ": _UNITS["時"]}
_UNITS |= {"m": _UNITS["メートル"], "m2": _UNITS["平方メートル"], "kg": _UNITS["キロ"]}
_UNITS |= {"パーセント": _UNITS["%"], "割": _UNITS["%"], "名": _UNITS["人"]}
_COUNTED = re.compile(
    "(?:何|なん)(曜日?|[円%歳才割回枚人名通点部件個本台冊泊級号節款項日月年分]|(?:平方)?メートル|m2?|キロ|kg|えん|にち|ねん|まい|パーセント|時間?|じ|[かヶケヵカ箇]月|週間?)"
)

# 何枚か、また…済むか; いつまでに作り、…いくらか; 期間と…期間; 上限及び…額.
_THING = "(?:期間|期限|期日|手数料|料金|額|上限|割合|基準|場所|窓口|書類|方法|[要可]否|者|名称|機関|先)"
_ASKS = re.compile(f"いつ|いくら|何|どこ|ど[うのれ]|だれ|誰|{_THING}|か(?:$|[?。を])")
_BETWEEN = re.compile(
    "(?<=か)[、。]|(?<=[りし])、|[、。](?=また|それと|あと|さらに)|(?:(?<=期間)|(?<=期限)|(?<=期日)|(?<=料)|(?<=料金)|(?<=額)|(?<=場所)|(?<=窓口)|(?<=書類)|(?<=方法))と、?"
    "|(?:及び|および|並びに)"
)

# What a question asks for, and what a passage that says such a thing looks like.
_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asks), re.compile(says))
    for asks, says in (
        (
            "いくら|幾ら|料金|手数料|お金|金額|費用|代金|単価|限度額|上限額|値段|額(?:[はもと?。]|$)|月額|年額",
            rf"{_NUMBER}円|無料|無償|[(（]円[)）]|[料税金]は?[^。]{{0,24}}(?:廃止|徴収しない|かから(?:ない|ず)|かかりません)",
        ),
        (
            "いつ|期限|期日|締切|締め切り|(?<!そこ)までに|期間|納期|時期|日程|[給込払付送]日(?:は|$)|何時|最長|最短|どのくらいで|どれ(?:くらい|ぐらい|ほど|だけ)(?:で|待|かか)",
            r"\d+ ?(?:開庁日|営業日|日|時|月|年|か月|箇月|歳|週|:\d)|翌日|当日|末日|即日|その場で|直ちに|速やかに",
        ),
        ("いつまで|期限|期日|締切|締め切り|納期", "まで|以内|期限|期日|締切|締め切り|[前当末]日"),
        (
            "割合|税率|率は|どれ(?:くらい|ぐらい|ほど|だけ)|どのくらい|どの程度",
            rf"{_NUMBER} ?(?:%|パーセント|割|分|円|倍|点|日|時間|か月|年|人)|[(（][円%][)）]",
        ),
        (
            "どこ(?!から|まで)|窓口は|場所(?:[はをと?。]|$)|どの課|何課|宛先|電話|連絡先",
            "窓口|課|係|出張所|支所|センター|内線|電話|施設|事業所|会場|図書館|公民館|体育館|市役所|庁舎|学校|公園|システム|画面|ページ",
        ),
        ("誰|だれ|どなた|どの職|専決|決裁者", "課長|部長|市長|係長|局長|次長|責任者|管理者|本人|代理人|者が|者は"),
        (
            "必要なもの|必要な物|必要な書類|持ち物|持参|書類|何が(?:要|い|必要)|何を(?:持|出|用意|添|付け|見せ)|添付",
            "書|証|カード|写し|届|印",
        ),
        ("様式(?:番号|の番号|は?第?何号)|何号様式", r"様式第?\d+|\d+号様式|様式[A-Z]?-?\d"),
        ("(?:何|どの)条|条番号|条文の番号", r"第\d+条"),
        ("様式(?!の?番号)|用紙|何という(?:届|書)", "様式|届|書"),
    )
)


# Whether something may or must be done, if nothing else is asked for: 何枚もらえますか is no such question.
_WHETHER = re.compile(
    "(?:でき|使え|もらえ|取れ|受けられ|出せ|行け|払え|頼め|入れ|買え|出)(?:ます|る)(?:か|の|んです|でしょう|[?。]|$)"
    "|(?:いい|よい|良い|可能|大丈夫|必要|対象|要り?ます|要る|ないと(?:いけ|なら|だめ))(?:です|でしょう|ます|なの)?(?:か|の|[?。]|$)"
    "|(?:なる|なります|ある|あります|かかる|かかります|られます|られる)(?:の?です)?(?:か|の|[?。]|$)"
)
# What to do, to say or to write is no such question: 何と答えればいいですか.
_OPEN = re.compile("何[とをがに]|なん(?:て|と)|ど(?:う(?!し?ても)|の|れ|んな|ちら)(?!せ|か)|なぜ|どうして|だれ|誰")
_YES_OR_NO = re.compile(
    "でき|ません|ない|不要|必要|要し|要り|対象|[可否○×]|使え|取れ|出せ|もらえ|だけ|限[りる]|認め|受けられ|られます|なります|構いません"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The kinds of things that a question asks for, as what a passage that says them looks like."""

    looks: tuple[re.Pattern[str], ...]

    def fits(self, passage: str) -> float:
        """The share of what is asked that the passage, in normal form, holds; 0.5 if nothing such is asked."""
        if not self.looks:
            return 0.5
        return sum(bool(look.search(passage)) for look in self.looks) / len(self.looks)


def halves(question: str) -> tuple[str, str] | None:
    """The two things that a question in normal form asks for, which may stand in two places; None if it asks for one.

    >>> halves("タクシー券は年何枚か、また本人確認は済むか")
    ('タクシー券は年何枚か', 'また本人確認は済むか')
    >>> halves("いつまでにいくら払いますか")
    """
    cuts = [
        (question[: match.start()], question[match.end() :])
        for match in _BETWEEN.finditer(question)
        if _ASKS.search(question[: match.start()]) and _ASKS.search(question[match.end() :])
    ]
    even = [cut for cut in cuts if min(map(len, cut)) >= _LEAST]
    return max(even, key=lambda cut: min(map(len, cut)), default=None)


@lru_cache(maxsize=256)
def asked(question: str) -> Asked:
    """What a question in normal form asks for."""
    counted = [look for match in _COUNTED.finditer(question) for look in _counted(match[1])]
    others = [says for asks, says in _KINDS if asks.search(question)]
    open_ = counted or others or _OPEN.search(question)
    whether = [_YES_OR_NO] if not open_ and _WHETHER.search(question) else []
    return Asked(tuple(dict.fromkeys([*counted, *others, *whether])))


@lru_cache(maxsize=64)
def _counted(unit: str) -> tuple[re.Pattern[str], ...]:
    """How a figure in this unit is written, and how in one that says the same; a day of the week has none."""
    if unit.startswith("曜"):
        return (re.compile("[月火水木金土日]曜"),)
    unit = "か月" if re.fullmatch("[かヶケヵカ箇]月", unit) else unit
    own, others = re.escape(unit), _UNITS.get(unit)
    return tuple(
        re.compile(rf"{_NUMBER} ?{one}|{one}(?:[)）]|[/／][^、:]*)?: ?\d")
        for one in ([own, f"(?:{others})"] if others else [own])
    )
