"""Japanese administrative text: one form for comparison, tokens for the word index, sentences for quoting.

All functions are pure. Nothing here changes what is stored or quoted; it decides what counts as the same.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sudachipy import Dictionary, Tokenizer

# Browsers print some ideographs as radicals. NFKC repairs U+2F00–2FDF (Kangxi) but not U+2E80–2EFF (the supplement),
# which have no decomposition in Unicode; these are the ones with a single modern ideograph. The last six
# NFKC gives in their old form (戶, 黑), while they stand for the one that is printed: 神⼾市, ⽬⿊区.
_RADICALS = str.maketrans(
    "⺟⺠⺥⺩⺫⺬⺮⺰⺾⻁⻂⻄⻅⻆⻉⻊⻋⻌⻏⻐⻑⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳⺅⺉⺡⺖⺘⺼⺁⺊⺌⺍⺕⺝⺣⺨⺯⺱⺲⺳⺷⺹⺿⼾⿊⾭⿆⿈⿒",
    "母民爪王目示竹糸艹虎衣西見角刂足車辶邑镸長阝雨青韋頁風飛食食食骨鬼魚鳥鹵麦黄黽斉斉歯歯竜竜亀亀亀亻刂氵忄扌肉厂卜小小彐月灬犭糸网网网羊老艹戸黒青麦黄歯",
)
# Old forms of kanji and the variants in names, of which a text has one and a question another: 身體 and 身体, 髙橋 and 高橋.
_OLD_FORMS = str.maketrans(
    "學戶轉屆區號圓實寫廣澤齋齊邊邉濱櫻眞榮萬應醫藥驛鐵縣廳處變續總數對來歸歲氣澁淺龍瀧嶋髙﨑黑德惠壽豐禮營勞經濟條從將專傳團圍當發賣讀釋擔擇據擴檢權樣歐殘淨淸滿濕灣爐狀獨獎產畫盡碎祕稅稱稻穗穩竝粹絲緣縱繩"
    "繪繼缺聲聽膽臟舊與莊藏藝虛蟲蠶裝覺覽觀觸謠譯譽讓貳贊踐輕辭遞遲郞鄕醉釀鑄鑛錄錢鎭關陷險隨隱雙雜靈靜顏顯餘驗騷驅髓鬪鷄鹽麥點黨齒齡佛假價儉兩冩剩劍劑勵勳卷卽參吳單嚴囑圖增墮壓壘壞壯壹奧孃寢寬寶屬峽嶽巢帶"
    "幷廢彈彌徑恆惡惱愼慘戀戰戲拂拔拜搜搖收效敎敕敍斷晚曉棧槪樂樓樞橫歷毆沒涉淚溪滯潛濳燒燈爭犧狹獸獻瑤甁癡盜禪禱竊羣聰肅脫腦臺艷莖萠蘆蠻裡襃豫貮賴輌辨辯瓣遙飮鷗麵國會體證聯罐舍內步每靑僞圈搔緖冰硏姬黃溫藪"
    "槇曾瘦",
    "学戸転届区号円実写広沢斎斉辺辺浜桜真栄万応医薬駅鉄県庁処変続総数対来帰歳気渋浅竜滝島高崎黒徳恵寿豊礼営労経済条従将専伝団囲当発売読釈担択拠拡検権様欧残浄清満湿湾炉状独奨産画尽砕秘税称稲穂穏並粋糸縁縦縄"
    "絵継欠声聴胆臓旧与荘蔵芸虚虫蚕装覚覧観触謡訳誉譲弐賛践軽辞逓遅郎郷酔醸鋳鉱録銭鎮関陥険随隠双雑霊静顔顕余験騒駆髄闘鶏塩麦点党歯齢仏仮価倹両写剰剣剤励勲巻即参呉単厳嘱図増堕圧塁壊壮壱奥嬢寝寛宝属峡岳巣帯"
    "併廃弾弥径恒悪悩慎惨恋戦戯払抜拝捜揺収効教勅叙断晩暁桟概楽楼枢横歴殴没渉涙渓滞潜潜焼灯争犠狭獣献瑶瓶痴盗禅祷窃群聡粛脱脳台艶茎萌芦蛮裏褒予弐頼両弁弁弁遥飲鴎麺国会体証連缶舎内歩毎青偽圏掻緒氷研姫黄温薮"
    "槙曽痩",
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Of variants of an ideograph (葛󠄀) one stands behind it; a row of them writes what no one reads.
_UNSEEN = re.compile(
    "[\r\x80-\x9f\u061c\u2066-\u206f]|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
_SPACE = re.compile(r"\s+")
# 助詞 and 助動詞 say nothing about the subject. Dropping them moved nDCG@10 on municipal FAQ from .42 to .50, more than
# any parameter of BM25.
_DROPPED = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})
_EMPTY = frozenset({"代名詞", "非自立可能"})  # いつ, どこ, 何; する, ある, できる, ください
_ASKING = frozenset({"幾ら", "どう", "如何", "教える", "知る"})
_ALIKE = {"ゴミ": "ごみ", "%": "パーセント"}  # one word, and two to the tokenizer
_SUDACHI_BYTES = 40_000  # one call takes at most 49,149 bytes
_NUMBERS = re.compile(r"\d+(?:,\d+)+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_ITEM = re.compile(r"[(（][0-9０-９]{1,2}[)）]|[⑴-⒇①-⑳・●○■]")
_SENTENCE_END = re.compile(r"(?<=[。！？!?])(?![」』）)])|\n+")


def normalise(text: str) -> str:
    """One form for comparison: NFKC, radicals as ideographs, no invisible or control characters, single spaces."""
    text = unicodedata.normalize("NFKC", text.translate(_RADICALS))
    return _SPACE.sub(" ", _CONTROL.sub("", _INVISIBLE.sub("", text))).strip()


def shown(text: str) -> str:
    """A text without the characters that nobody sees: control characters, and those that turn the direction of writing.

    In text for people or models from outside they hide something, or make it look like something else.

    >>> shown("1通\u202e400円\u200b")
    '1通400円'
    """
    return _UNSEEN.sub("", _CONTROL.sub("", _INVISIBLE.sub("", text)))


def compact(text: str) -> str:
    """``normalise`` without any space: for finding a quotation in text that was broken into lines elsewhere."""
    return normalise(text).replace(" ", "")


_ASKED = re.compile(r"(?:[。？?]|か|(?:で|ま)す|(?:た|な|ほし|欲し)い|[たん]|ください|下さい|の)$")


def is_asked(head: str) -> bool:
    """Whether a head is what somebody asks or reports, not the title of a section.

    >>> is_asked("券をなくしました。"), is_asked("住民票を取りたい"), is_asked("第3条（手数料の額）")
    (True, True, False)
    """
    return bool(_ASKED.search(normalise(head)))


def modern(text: str) -> str:
    """Old and variant forms of kanji as the ones of today: for the search only, since a name is written as it is.

    >>> modern("國民健康保險の髙橋")
    '国民健康保険の高橋'
    """
    return text.translate(_OLD_FORMS)


_of_thread = threading.local()


@lru_cache(maxsize=1)
def _dictionary() -> Dictionary:
    from sudachipy import Dictionary

    return Dictionary()


def _tokenizer() -> Tokenizer:
    """The tokenizer of this thread: one that is used by two threads at once raises. The dictionary is shared."""
    if not hasattr(_of_thread, "tokenizer"):
        from sudachipy import SplitMode

        _of_thread.tokenizer = _dictionary().tokenizer(mode=SplitMode.A)
    tokenizer: Tokenizer = _of_thread.tokenizer
    return tokenizer


def tokens(text: str) -> list[str]:
    """Content words in Sudachi's normalised form (mode A: the shortest units), lower case, in order."""
    return [word for word, _, _ in _words(text)]


def question_words(text: str) -> list[str]:
    """The words of a question that say what it is about; all its words if it has no other.

    「いつ」「いくら」「教えてください」「できますか」 are in every question and in many answers. Leaving them out moved nDCG@10 from
    .715 to .722 on municipal FAQ and from .910 to .913 on questions written from the text.
    """
    words = list(_words(text))
    about = [word for word, *kind in words if word not in _ASKING and not _EMPTY.intersection(kind)]
    return about or [word for word, _, _ in words]


class Morpheme(NamedTuple):
    """A word where it stands: ``start`` in code points, ``kind`` the parts of speech from the widest to the narrowest."""

    start: int
    surface: str
    normal: str
    kind: tuple[str, ...]
    reading: str
    """In katakana."""
    unknown: bool = False
    """Whether the tokenizer's dictionary does not have it."""

    @property
    def form(self) -> str:
        """What counts as the same word: the normalised form in lower case."""
        return self.normal.lower()

    @property
    def end(self) -> int:
        return self.start + len(self.surface)


def morphemes(text: str) -> Iterator[Morpheme]:
    """Every word of ``text``, particles and marks too, which should be in normal form (NFKC); no lone surrogates."""
    start = 0
    for piece in _pieces(text):
        for found in _tokenizer().tokenize(piece):
            yield Morpheme(
                start + found.begin(),
                found.surface(),
                found.normalized_form(),
                found.part_of_speech(),
                found.reading_form(),
                found.is_oov(),
            )
        start += len(piece)


def _words(text: str) -> Iterator[tuple[str, str, str]]:
    """(normalised form, part of speech, its subdivision) of every content word."""
    for word in morphemes(modern(searched(text))):
        if word.kind[0] not in _DROPPED:
            yield _ALIKE.get(word.form, word.form), word.kind[0], word.kind[1]


def searched(text: str) -> str:
    """``text`` as its words are looked for: in normal form, a number of thousands without separators.

    >>> searched("市税　１,２３４,５６７円"), searched("窓口12,13")
    ('市税 1234567円', '窓口12 13')
    """
    return _NUMBERS.sub(_separated, normalise(text))


def _separated(numbers: re.Match[str]) -> str:
    """1,234,567 is the number 1234567; 12,13 are two, of which the tokenizer would make single digits."""
    return numbers[0].replace(",", "" if _THOUSANDS.fullmatch(numbers[0]) else " ")


def _pieces(text: str) -> Iterator[str]:
    """``text`` in parts that fit into one call of the tokenizer, cut between sentences or words where there are any."""
    most, start = _SUDACHI_BYTES // 3, 0
    while len(text) - start > most:
        cut = max(text.rfind(mark, start, start + most) for mark in "。 ") + 1 or start + most
        yield text[start:cut]
        start = cut
    yield text[start:]


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, trimmed of white space; a line end also ends one, since lists have no 。

    >>> [text[a:b] for text in ["はい。次です。"] for a, b in sentences(text)]
    ['はい。', '次です。']
    """
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := _trim(text, *span))]


def items(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, where those of one item of a list (・…とき。…する。) are one span.

    >>> [text[a:b] for text in ["・雨のとき。休む。\\n①甲とする。②乙とする。"] for a, b in items(text)]
    ['・雨のとき。休む。', '①甲とする。', '②乙とする。']
    """
    spans: list[tuple[int, int]] = []
    for start, end in sentences(text):
        line = text.rfind("\n", 0, start) + 1
        if spans and spans[-1][0] >= line and _ITEM.match(text, spans[-1][0]) and not _ITEM.match(text, start):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if end > start else None


def read_row(columns: tuple[str, ...], text: str) -> str:
    """A row of a table (cells separated by tabs) as a person would read it out, with its column heads.

    >>> read_row(("種別", "手数料"), "住民票の写し\\t400円")
    '種別: 住民票の写し、手数料: 400円'
    """
    cells = text.split("\t")
    heads = columns if len(columns) == len(cells) else ("",) * len(cells)
    return "、".join(f"{head}: {cell}" if head else cell for head, cell in zip(heads, cells, strict=True) if cell)
