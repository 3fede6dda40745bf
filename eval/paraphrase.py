"""Rules that write a Japanese administrative sentence differently without another meaning. Each returns None where it does
not apply; what they know of figures is their own, because they test the code that compares figures.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_POLITE = (
    ("しなければならない。", "しなければなりません。"),
    ("ことができない。", "ことができません。"),
    ("ことができる。", "ことができます。"),
    ("必要はない。", "必要はありません。"),
    ("必要がある。", "必要があります。"),
    ("ではない。", "ではありません。"),
    ("できない。", "できません。"),
    ("要しない。", "要しません。"),
    ("しない。", "しません。"),
    ("できる。", "できます。"),
    ("である。", "です。"),
    ("となる。", "となります。"),
    ("とする。", "とします。"),
    ("行う。", "行います。"),
    ("する。", "します。"),
    ("ある。", "あります。"),
)
_ERAS = {"平成": 1988, "令和": 2018}
_WIDE = str.maketrans("0123456789%", "０１２３４５６７８９％")
_NARROW = str.maketrans("０１２３４５６７８９％（）：", "0123456789%():")


def polite(rng: random.Random, text: str) -> str | None:
    """です・ます for である, or the other way round."""
    for plain, kind in _POLITE:
        if text.endswith(plain):
            return text.removesuffix(plain) + kind
        if text.endswith(kind):
            return text.removesuffix(kind) + plain
    return None


def era(rng: random.Random, text: str) -> str | None:
    """和暦 as 西暦 and back."""

    def western(match: re.Match[str]) -> str:
        return f"{_ERAS[match[1]] + (1 if match[2] == '元' else int(match[2]))}年"

    def japanese(match: re.Match[str]) -> str:
        return f"令和{int(match[1]) - 2018}年"

    if re.search("(?:平成|令和)[0-9元]+年", text):
        return re.sub("(平成|令和)([0-9]+|元)年", western, text)
    return re.sub("(20(?:19|[2-9][0-9]))年(?!5月)", japanese, text) if "20" in text else None


def kanji_digits(rng: random.Random, text: str) -> str | None:
    """Digits before a unit as 漢数字."""
    pattern = r"(?<![\d,.第A-Za-z-])(\d{1,3}(?:,\d{3})+|\d+)(?=円|日以内|か月|人|世帯|回|枚|通|歳|年以内|月\d+日)"
    return re.sub(pattern, lambda m: _kanji(int(m[0].replace(",", ""))), text)


def width(rng: random.Random, text: str) -> str | None:
    """Digits and marks in the other width."""
    return text.translate(rng.choice((_WIDE, _NARROW)))


def separators(rng: random.Random, text: str) -> str | None:
    """Thousands without commas, or in units of 万."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return re.sub(r"(?<!\d)([1-9]\d?)0000円", r"\1万円", plain) if rng.random() < 0.5 else plain


def spelling(rng: random.Random, text: str) -> str | None:
    """か月 and 箇月, % and パーセント, 午後5時 and 17時, か所 and 箇所."""
    months = rng.choice(["ヶ月", "カ月", "箇月"])
    text = re.sub(r"(?<=\d)か月", months, text)
    text = re.sub(r"(?<=\d)か所", "箇所", text)
    text = re.sub(r"(?<=\d)[%％]", "パーセント", text)
    text = re.sub(r"(?<!\d)([1-9])割(?![\d合当引])", lambda m: f"{m[1]}0%", text)
    return re.sub("午後([1-9])時", lambda m: f"{int(m[1]) + 12}時", text)


def reorder(rng: random.Random, text: str) -> str | None:
    """The first two parts of a sentence, each ended by a topic or a condition, in the other order."""
    parts = text.split("、")
    movable = len(parts) > 2 and all(
        re.search("(?:は|には|では|ときは|場合は|により|については)$", part) for part in parts[:2]
    )
    return "、".join([parts[1], parts[0], *parts[2:]]) if movable else None


def shorten(rng: random.Random, text: str) -> str | None:
    """Without what stands in brackets, or without the first part up to a comma."""
    without = re.sub("（[^（）]*）", "", text)
    if without != text:
        return without
    _, comma, rest = text.partition("、")
    return rest if comma and len(rest) > 15 and not re.match("[^、]*(?:ただし|除)", text) else None


def plain_end(rng: random.Random, text: str) -> str | None:
    """「〜とする。」 as 「〜です。」, 「〜すること。」 as 「〜してください。」."""
    for old, new in (("とする。", "です。"), ("すること。", "してください。"), ("するものとする。", "します。")):
        if text.endswith(old) and not text.endswith("ものとする。") and not text.endswith("ことができることとする。"):
            return text.removesuffix(old) + new
    return None


def row(rng: random.Random, text: str) -> str | None:
    """A row as a sentence about one of its columns."""
    cells = [cell.split(": ", 1) for cell in text.split("、") if ": " in cell]
    if len(cells) < 2 or text.endswith("。"):
        return None
    head, value = rng.choice(cells[1:])
    return f"{cells[0][1]}の{head}は、{value}です。"


_WORDS = (
    ("又は", "か"),
    ("及び", "と"),
    ("提出する", "出す"),
    ("ください", "いただきます"),
    ("必要です", "要ります"),
    ("必要とする", "要する"),
    ("交付を受ける", "受け取る"),
    ("行う", "実施する"),
    ("できません", "できないことになっています"),
    ("支給します", "支払います"),
    ("のみ", "だけ"),
    ("ときは", "場合には"),
    ("場合は", "ときは"),
    ("速やかに", "早めに"),
    ("受けることができる", "受けられる"),
    ("による", "に基づく"),
    ("しなければならない", "する必要がある"),
)
_LEADS = ("資料によると、", "原則として、", "ご質問については、", "なお、", "具体的には、")


def wording(rng: random.Random, text: str) -> str | None:
    """Everyday words for those of the office, behind one of the openings that language models like."""
    said = text
    for old, new in _WORDS:
        said = said.replace(old, new, 1)
    return rng.choice(_LEADS) + said if said != text else None


def _kanji(n: int) -> str:
    high, low = divmod(n, 10_000)
    if high:
        return _kanji(high) + "万" + (_kanji(low) if low else "")
    if n == 0:
        return "〇"
    said = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        said += ("" if digit == 1 and name else "〇一二三四五六七八九"[digit]) + name if digit else ""
    return said


def twice(rng: random.Random, text: str) -> str | None:
    """Two of the others, one after the other."""
    for rule in rng.sample(_SINGLE, 2):
        text = rule(rng, text) or text
    return text


_SINGLE = [polite, era, kanji_digits, width, separators, spelling, reorder, shorten, plain_end, wording]
PARAPHRASES: dict[str, Callable[[random.Random, str], str | None]] = {
    rule.__name__: rule for rule in [*_SINGLE, row, twice]
}
