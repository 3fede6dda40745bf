"""A question taken apart by the words and grammar of Japanese, without a model.

It has a *subject* (住民票の写し), *conditions* (代理人, 郵送), something that is *asked* (手数料, いつ), and signs that it goes on from an
earlier one (その, じゃあ).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rag.text import Morpheme, morphemes, normalise

# Of each group a question has one. The first two name what is done: they can be a subject, and stand in names (転入届).
CONDITIONS: dict[str, re.Pattern[str]] = {
    name: re.compile(values)
    for name, values in (
        ("move", "転入|転居|転出"),
        ("event", "出生|死亡|婚姻|離婚"),
        ("person", "本人(?:以外)?|代理人?|第三者|家族|親族|同居人|配偶者|夫|妻|親"),
        ("way", "窓口|郵送|郵便|コンビニ(?:交付|エンスストア)?|オンライン|電子申請|ネット|インターネット|電話"),
        ("age", "大人|成人|子ども|子供|こども|小人|未成年者?|高齢者|学生|乳幼児|中学生|小学生|高校生"),
        ("day", "平日|土日|休日|土曜日?|日曜日?|祝日|夜間|休み|年末年始"),
        ("occasion", "新規|更新|再交付|再発行|変更|継続"),
        ("legal", "個人|法人|会社|事業者"),
        ("area", "市内|市外|県内|県外|国内|国外|海外"),
        ("nationality", "日本人|外国人(?:住民)?"),
        ("collection", "普通徴収|特別徴収"),
        ("payment", "口座振替|納付書|現金|クレジットカード|キャッシュレス"),
    )
}
PROCEDURES = ("move", "event")
_COUNTED = re.compile(
    r"第?[\d一二三四五六七八九十]+(?P<unit>(?:人|回|枚|台|頭|匹|番|件|冊|年|か月)目|[子歳才人枚回台頭匹])(?:以上|以下|未満)?"
)

_ASKED = re.compile(
    "(?P<rest>.*?)(?P<asked>(?:有効|保存|提出|申告|申請|請求|納付|受付|開庁|交付|登録|発行)?(?:手数料|料金|費用|金額|値段|単価|税率|限度額|上限額?|納?期限|納期|期日|期間|締め?切り?|日数|時間|日程|場所|必要書類|書類|持ち物"
    "|方法|やり方|手順|流れ|対象者?|要件|条件|様式|用紙|連絡先|電話番号|担当[課者]?|割合|根拠|理由|回数|枚数|人数|部数))"
)
_ASKING = re.compile(
    "いくら|いつ(?:まで|から|ごろ|頃)?|どこ|だれ|誰|何(?:曜日?|時間?|日|円|歳|人|枚|年|か?月|回|分)|なぜ|どうやって|どうすれば"
)
_NEEDED = re.compile("必要な(?:もの|物|書類)|何が(?:必要|要|い)|何を(?:持|用意)|持って(?:行|い)くもの")
_TASK = re.compile("(?:手続き?|届け?出)(?=[はを?。]|$)")
_MANNER = re.compile("[一-龠]{1,2}[ぁ-ん]{1,2}方(?=[はをがの?。]|$)")  # 出し方, 書き方
# What belongs to a subject and is none itself: その場合の保育料は？
ATTRIBUTE = re.compile(".*(?:[料額率先日者数]|サイズ|内訳|制限|基準|例外|罰則|特例|免除|減免|割引|控除|延長)")
# What any procedure may ask for: 委任状は要る？
ACCESSORY = re.compile(
    "委任状|印鑑|実印|認印|通帳|写真|領収書|身分証明?|本人確認書類|診断書|同意書|添付書類|コピー|結果|申し?込み?"
)
_SAME_AGAIN = re.compile(
    "(?:どうです|どうでしょう|(?<!たら)どうな[りる]|いかが).*|(?<=[もは])(?:同じ|一緒|同様)(?:です|でしょう|なん|かな|か|の|[?。]|$).*"
)
_QUESTION = re.compile("(?:[?か]|(?<=[うくすつぬむるたいなん])の|かな)[?。]*$")
# Words of every procedure; alone they are no subject.
_FORMAL = re.compile(
    "手続き?|申請|届出|届け出|提出|請求|受付|交付|場合|時|とき|際|人|方|物|もの|こと|為|ため|所|ところ|ほう|後|前|分|件|話|質問|必要|相手|者|可能"
    "|間|内|中|問題|大丈夫|同じ|同様|ほか|他|それぞれ|全部|日|今|今日|次|無料|有料|必須|任意|義務|可"
)
_PLAIN_VERBS = re.compile(
    "取る|取れる|経つ|立つ|出す|受ける|受け取る|行く|来る|持つ|使う|使える|掛かる|貰う|頼む|申し込む|申し出る|知る|教える|聞く|届ける|払う|支払う|入る|見る|書く|送る"
    "|為る|成る|居る|有る|出来る|言う|宜しい|良い|無い|早い|遅い|違う|変わる|決まる|終わる|済む|分かる|詳しい|頂く|下さる|致す|呉れる|出る|要る|駄目|欲しい|因る"
    "|高い|安い|多い|少ない|長い|短い|進める|済ませる|調べる|確かめる|待つ|遣る|そう|行う|始める|始まる|掛ける|付ける|付く"
)
_OPENING = re.compile(
    "(?:それでは|それじゃあ?|それなら|それから|じゃあ?|では|ちなみに|(?:[そこ]の(?:あと|後)|次)[はに、]|(?:あと|また|でも|なら|すると|あの|えっと)(?=[、, ]))[、, ]*"
)
_BACK = re.compile(
    "(?!その(?:他|ほか|まま)|それ(?:ぞれ|以外)|同じ(?:世帯|住所|市|日|家|年)|これ(?:から|まで)|ここ数|この(?:度|たび|頃|ごろ|辺|前|資料|画面))"
    "(?:(?:その|この|同じ(?:く|よう[にな])?|先ほどの|さっきの|上記の|上の|前の)(?:(?:場合|とき|時|際|間|後|手続き?|件)(?:[のにはで]|でも|なら|だと|には|では)?)?"
    "|(?:それ|これ|そこ|そちら)(?:の場合)?(?:[のにはをでもが]|って|なら|だと)?)[、, ]*"
)
# One that was not spoken of needs another before it: もう一人のほう, あと何日, あの紙, 窓口ではなく.
_MORE = re.compile(
    "もう(?:[一1]|ひと|少し)|のほう(?:[もは]|だと|なら)|あと(?=何|どれ|いくら|どの)|残り[のはを]|追加の|(?:そっち|こっち|そちら|あっち)[のはにでもが]"
    "|あの(?=[一-龠ァ-ヶ])|(?:では|じゃ)なく(?:て|(?=[、, ]))"
)
_REQUEST = re.compile(
    "(?:たい|ほしい|欲しい|ください|下さい|頂け|いただけ|もらえ|くれ|教え|おしえ|お願い|知り|困)[^。]{0,8}$|(?:とは|について|とき|には)[。]*$"
)
_BUT = re.compile("(?<=[すだたるいん])(?:けれど|けど|が)も?[、, 。]*$")
_BESIDES = re.compile("その(?:他|ほか)の(?!こと|件|話|質問)|それ以外|(?:ほか|他)に")
_TOPIC = re.compile("(?:は|って|も)[、, ]*[?。]*$")
_CONDITIONAL = re.compile(
    "(?:なら|だと|ならば|だったら|ですと|でしたら|でも|では|(?:の|た|い|る)(?:場合|とき|時|人|方)|[ただ]ら|[けせてねめれべ]ば)(?:には|は|も)?[、, ]*[?。]*$"
)
# Verbs and acts that are done to something; whoever leaves it out means what was spoken of: 駅前サービスコーナーに出してもいい？
_DONE_TO = re.compile(
    "出す|払う|支払う|取る|取れる|受け取る|貰う|送る|届ける|届け出る|持つ|使う|使える|申し込む|頼む|書く|返す|渡す|借りる|買う|捨てる|直す|作る|預ける"
    "|受ける|変える|払える|出せる|送れる|頼める|延ばす|申請|提出|請求|届出|届け出|更新|変更|取消し|取り消し|キャンセル|返却|返還|納付|申告|登録|延長|利用|使用"
    "|郵送|予約|申込み|申し込み|交付|発行|支払い|購入"
)
_DOER = re.compile(
    "[人方者員]|本人|家族|夫|妻|親|父|母|子|娘|息子|知人|代理|事業主|会社|法人|世帯|自分|私|うち|場合|とき|時|後|前|今|[今本明]日|[日月年回]"
)
_ACTION = re.compile("[はがも]?(?:でき|可能|必要|され|して|あり|要り|いり)")


@dataclass(frozen=True, slots=True)
class Parts:
    """A question taken apart. ``own`` is its text without what points back.

    ``verbal``: its subject is what is done, with no noun that says to what (なくしてしまった). ``states``: it says something and asks nothing
    (うちは三番目の子です). ``more``: it speaks of one besides those spoken of (もう一人). ``objectless``: it does something to what it
    does not name (郵送で出せますか).
    ``bare``: it has no predicate. ``topic``: it ends with は (印鑑証明は？), ``conditional``: with なら and the like, ``question``: with か or
    a question mark. ``action``: it asks whether something can be done (延長できますか).
    """

    own: str
    subject: tuple[str, ...] = ()
    conditions: dict[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    points_back: bool = False
    bare: bool = False
    conditional: bool = False
    topic: bool = False
    action: bool = False
    question: bool = False
    verbal: bool = False
    states: bool = False
    more: bool = False
    objectless: bool = False


def take_apart(question: str) -> Parts:
    """The parts of a question."""
    own, points_back = _without_back(normalise(question))
    subject: list[str] = []
    conditions: dict[str, str] = {}
    asking = [*_ASKING.finditer(own), *_MANNER.finditer(own)]
    asked = [(match.start(), match.group()) for match in asking]
    asked += [(match.start(), match.group()) for match in _TASK.finditer(own)]
    if match := _NEEDED.search(own):
        asked.append((match.start(), match.group() if match.group().startswith("必要") else "必要なもの"))
    action, end, nouns = False, 0, 0
    for phrase in _phrases(own):
        if any(match.start() <= phrase.start < match.end() for match in asking):
            continue
        words, joined = phrase.text, own[end : phrase.start] == "の"
        if match := _ASKED.fullmatch(words):
            asked.append((phrase.start, match["asked"]))
            words = match["rest"]
        if words == "窓口" and own.startswith("は", phrase.end):
            asked.append((phrase.start, words))
        elif group := _group(words):
            conditions[group] = words
        elif words and not _FORMAL.fullmatch(words):
            nouns += phrase.has_noun
            if joined and subject and words == phrase.text:
                subject[-1] += f"の{words}"
            else:
                subject.append(words)
            end = phrase.end
            action = phrase.is_action and subject[-1] == words and bool(_ACTION.match(own, phrase.end))
    said = _SAME_AGAIN.sub("", own)
    is_question = bool(_QUESTION.search(own))
    bare = not (_ends_with_predicate(said) or _BUT.search(own))
    states = not (bare or asked or is_question or _REQUEST.search(_BUT.sub("", own)))
    return Parts(
        own=own,
        subject=tuple(subject),
        conditions=conditions,
        asked=tuple(dict.fromkeys(words for _, words in sorted(asked))),
        points_back=points_back or bool(_BESIDES.match(own)),
        bare=bare,
        topic=bool(_TOPIC.search(said)),
        conditional=bool(_CONDITIONAL.search(said)),
        action=action,
        question=is_question,
        verbal=bool(subject) and not nouns,
        states=states,
        more=bool(_MORE.search(own)),
        objectless=_is_objectless(own),
    )


def _without_back(text: str) -> tuple[str, bool]:
    """The question without じゃあ and その場合の at its beginning, and whether there was what points back."""
    own = text
    while opening := _OPENING.match(own):
        own = own[opening.end() :]
    back = _BACK.match(own)
    own = own[back.end() :] if back else own
    return own if any(character.isalnum() for character in own) else text, back is not None


def _ends_with_predicate(text: str) -> bool:
    """Whether a text says or asks something of its own, and does not stop at は, なら, たら or a noun."""
    words = [word for word in morphemes(text) if word.kind[0] not in ("補助記号", "記号", "空白")]
    if not words:
        return False
    kind, form = words[-1].kind, words[-1].kind[5]
    if kind[0] in ("動詞", "形容詞", "助動詞"):
        return not form.startswith("仮定形") and words[-1].surface not in ("だ", "で")
    return kind[1] == "終助詞" or words[-1].surface == "て"


def _is_objectless(text: str) -> bool:
    """Whether what a text does at its end is done to something, and it names nothing but who, where, when and how."""
    words = list(morphemes(text))
    at = next((n for n in range(len(words) - 1, -1, -1) if _is_act(words, n)), None)
    if at is None or not _DONE_TO.fullmatch(words[at].normal):
        return False
    if any(word.kind[0] == "名詞" and not _FORMAL.fullmatch(word.surface) for word in words[at + 1 :]):
        return False  # 窓口で払う額
    return not any(_may_be_object(one, after) for one, after in pairwise(words[: at + 1]))


def _is_act(words: list[Morpheme], at: int) -> bool:
    """Whether a word is a verb of its own (not もらう in 出してもらう), or a noun that する or できる makes one."""
    word, after = words[at], words[at + 1].normal if at + 1 < len(words) else ""
    if word.kind[0] == "動詞":
        if "非自立可能" not in word.kind:
            return True
        helping = at > 0 and words[at - 1].surface in ("て", "で") and word.normal == "貰う"
        return not helping and bool(_DONE_TO.fullmatch(word.normal))
    return "サ変可能" in word.kind and after in ("為る", "出来る")


def _may_be_object(noun: Morpheme, after: Morpheme) -> bool:
    """Whether a noun can be what something is done to, by the word after it; not 窓口 in 窓口に, 3枚, nor a person before は."""
    if noun.kind[0] not in ("名詞", "接尾辞") or {"数詞", "助数詞", "助数詞可能"}.intersection(noun.kind):
        return False
    if after.kind[0] in ("名詞", "接尾辞", "助動詞") and "数詞" not in after.kind:
        return False  # the noun at the end decides
    aside = after.kind[0] == "助詞" and after.surface not in ("を", "は", "が", "も", "って")
    return not aside and (after.surface == "を" or not _DOER.search(noun.surface))


def _group(words: str) -> str | None:
    """The group of a condition; what is counted (2人目, 3歳) has that of its unit."""
    for name, values in CONDITIONS.items():
        if values.fullmatch(words):
            return name
    match = _COUNTED.fullmatch(words)
    return match["unit"] if match else None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words that stand together and mean something: a compound noun, with a verb right before it, or a verb."""

    start: int
    end: int
    text: str
    is_action: bool = False
    has_noun: bool = True


def _phrases(text: str) -> Iterator[_Phrase]:
    words: list[Morpheme] = []
    for word in [*morphemes(text), None]:
        if word and _is_noun(word):
            words.append(word)
            continue
        yield from _phrase(words)
        words = [word] if word and word.kind[0] in ("動詞", "形容詞") and "非自立可能" not in word.kind else []


def _phrase(words: list[Morpheme]) -> Iterator[_Phrase]:
    """The phrase that ``words`` are: a verb perhaps, then nouns, of which the merely formal ones at the ends do not count."""
    verb = words[0] if words and not _is_noun(words[0]) else None
    nouns = words[1:] if verb else words
    core = list(nouns)
    if _group(whole := "".join(word.surface for word in nouns)):  # 再交付, though 交付 is formal
        yield _Phrase(nouns[0].start, nouns[-1].end, whole)
        return
    while core and _is_formal(core[-1]):
        core.pop()
    while core and _is_formal(core[0]):
        core.pop(0)
    if verb and not _PLAIN_VERBS.fullmatch(verb.normal):
        if not core:
            yield _Phrase(verb.start, verb.end, verb.normal, has_noun=False)
            return
        core.insert(0, verb)  # 燃えるごみ
    if core:
        text = "".join(word.surface for word in core)
        yield _Phrase(core[0].start, nouns[-1].end, text, core[-1].kind[2] == "サ変可能")


def _is_formal(word: Morpheme) -> bool:
    """Whether a noun adds nothing to the others: 支給申請, but not 収集日."""
    long = len(word.surface) > 1 or word.surface in "時後前際"
    return long and word.kind[0] == "名詞" and bool(_FORMAL.fullmatch(word.surface))


def _is_noun(word: Morpheme) -> bool:
    if _ASKING.fullmatch(word.surface) or word.surface.startswith(("何", "いく", "いつ")):
        return False
    return word.kind[0] in ("名詞", "接頭辞", "接尾辞", "形状詞")
