"""Personal data that is written in digits, and e-mail addresses.

Most numbers are what the words before them say they are. The nearest label counts: in 「法人番号…の代表電話ではなく私の携帯090…」 the last
number is not the company's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from rag.privacy.folding import without
from rag.privacy.kinds import Kind, Spans
from rag.privacy.places import PREFECTURE

_REACH = 24  # characters from a label to its number
# A label that is a part of another one comes after it. ``office``: a number of those is public; ``public``: so is any number.
_LABELS = re.compile(
    "(?P<bank>ゆうちょ[^\\d。\n]{0,6}記号・?番号|口座|当座|普通預金|通帳|貯金)"
    "|(?P<my>個人番号|マイ・?ナンバー|番号確認)"
    "|(?P<licence>免許|本人確認)"
    "|(?P<pension>年金)"
    "|(?P<insured>被保険者|保険証|資格確認書|記号・?番号|介護保険|健康保険|国保|後期高齢)"
    "|(?P<passport>旅券|パスポート)"
    "|(?P<postal>〒|郵便番号)"
    "|(?P<office>(?:代表|直通|内線|役所|役場|[都道府県]庁|[課係室署館園]|センター|窓口|問い?合わ?せ先?|支所|出張所|病院|学校)"
    "(?:[のはにへ、:/( ]|代表|直通|電話|TEL|番号|FAX){0,6})"
    "|(?P<public>(?:法人|伝票|管理|文書|整理|列|受付|注文|追跡|契約|議案|告示|図書|製造|商品|路線|登録|許可|認可|承認)番号|コード|ISBN)"
    "|(?P<phone>電話|(?i:TEL)|携帯|連絡先|折り?返し|(?i:FAX)|ファック?ス)"
)
_ERA = "(?:明治|大正|昭和|平成|令和|[MTSHR])"
_NUMERAL = "[\\d〇一二三四五六七八九十元]{1,4}"
_DATE = f"(?:{_ERA} ?{_NUMERAL}|\\d{{4}})(?:年 ?{_NUMERAL}月 ?{_NUMERAL}日|[./-]\\d{{1,2}}[./-]\\d{{1,2}}(?!\\d))"
_BIRTH = re.compile(
    f"(?:生年月日|誕生日)[^\\d。\n]{{0,8}}?(?P<after>{_DATE}|(?:19|20)\\d{{6}}(?!\\d))"
    # 「…日生まれ以前の人」 and 「…日から…日生まれの方」 are conditions of a rule.
    f"|(?<!から)(?<![~〜])(?P<before>{_DATE}) ?(?:生まれ(?!以|から|まで|の[方人者児子])|生(?=[)、。\\s]|$))"
)
_FAR = re.compile(r"[。\d]")
_START, _STOP = r"(?<!\d)(?<!\d[-.,])", r"(?!\d)(?!-\d)(?!,\d)(?! ?[円%人件])"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A form of number; ``accepts`` is given the digits and the label."""

    kind: Kind
    pattern: re.Pattern[str]
    accepts: Callable[[str, str], bool]


def _is_phone(digits: str, label: str) -> bool:
    """Ten digits, or eleven for 050 and mobile; 0120, 0570 and 0800 belong to enterprises (電気通信番号規則 別表)."""
    national = "0" + digits[2:].removeprefix("0") if digits.startswith("81") else digits
    if label == "public" or national.startswith(("00", "0120", "0570", "0800", "0990")):
        return False
    if re.match("0[5-9]0", national):
        return len(national) == 11
    return len(national) == 10 and label != "office"


def my_number_check_digit(digits: str) -> int:
    """The twelfth digit for the first eleven (平成26年総務省令第85号 第5条): 11 - (ΣPn·Qn mod 11), 0 if that exceeds 9.

    Pn is the n-th digit from the right; Qn is n+1 up to the sixth and n-5 from the seventh.
    """
    total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits), start=1))
    return 11 - total % 11 if total % 11 > 1 else 0


def luhn(digits: str) -> bool:
    """Whether the last digit agrees with the others (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(d - 9 if d > 9 else d for d in doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _is_my_number(digits: str, label: str) -> bool:
    if label in ("my", "licence", "public"):
        return label == "my"
    return my_number_check_digit(digits[:11]) == int(digits[11])


def _always(digits: str, label: str) -> bool:
    return True


def _labelled(*labels: str) -> Callable[[str, str], bool]:
    return lambda digits, label: label in labels


def _rule(kind: Kind, pattern: str, accepts: Callable[[str, str], bool]) -> _Rule:
    return _Rule(kind, re.compile(f"{_START}(?:{pattern}){_STOP}"), accepts)


_TWELVE = r"\d{12}|(?<!\d{4}[- ])\d{4}[- ・]\d{4}[- ・]\d{4}(?![ ・]\d{4}(?!\d))"
_RULES = (
    _Rule(Kind.EMAIL, re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), _always),
    _Rule(Kind.BIRTH_DATE, _BIRTH, _always),
    _rule(Kind.RESIDENCE_CARD, r"(?<![A-Za-z])[A-Za-z]{2}\d{8}[A-Za-z]{2}(?![A-Za-z])", _always),
    _rule(Kind.PASSPORT, r"(?<![A-Za-z])[A-Za-z]{2}\d{7}", _labelled("passport")),
    _rule(
        Kind.CREDIT_CARD,
        r"[2-6]\d{3}([- ]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}[- ]?\d{6}[- ]?\d{5}",
        lambda digits, label: label != "public" and luhn(digits),
    ),
    _rule(Kind.MY_NUMBER, _TWELVE, _is_my_number),
    _rule(Kind.DRIVER_LICENCE, _TWELVE, _labelled("licence")),
    _rule(Kind.BANK_ACCOUNT, r"1\d{3}0-(?:\d-)?\d{6,8}", _labelled("bank", "insured")),
    _rule(Kind.PENSION_NUMBER, r"\d{4}-?\d{6}", _labelled("pension")),
    _rule(Kind.INSURED_NUMBER, r"記号 ?\d{1,6}[-、, ]{0,2}番号 ?\d{1,8}", _always),
    _rule(Kind.INSURED_NUMBER, r"\d{2}-\d{5}|\d{6,10}", _labelled("insured")),
    _rule(Kind.BANK_ACCOUNT, r"\d{6,7}", _labelled("bank")),
    _rule(Kind.POSTAL_CODE, r"\d{3}-?\d{4}", _labelled("postal")),
    _rule(Kind.POSTAL_CODE, rf"\d{{3}}-\d{{4}}(?= ?{PREFECTURE})", _always),
    _rule(
        Kind.PHONE,
        r"(?:\+81[- ]?(?:\(0\) ?)?\d{1,4}|\(0\d{1,4}\)|0\d{1,4})(?: ?\(\d{1,4}\) ?|[- ]?\d{1,4}[- ]?)\d{4}",
        _is_phone,
    ),
)


def find(text: str) -> Spans:
    """Numbers, e-mail addresses and dates of birth in folded text; of two that overlap, that of the earlier rule."""
    labels = [(match.end(), match.lastgroup or "") for match in _LABELS.finditer(text)]
    ends = [end for end, _ in labels]
    for rule in _RULES:
        spans = []
        for match in rule.pattern.finditer(text):
            nearest = bisect_right(ends, match.start()) - 1
            label = _label(text, *labels[nearest], match.start()) if nearest >= 0 else ""
            if rule.accepts(re.sub(r"\D", "", match.group()), label):
                spans.append(match.span(match.lastgroup or 0))
        text = without(text, spans)
        yield from ((rule.kind, span) for span in spans)


def _label(text: str, end: int, name: str, start: int) -> str:
    """The label that ends at ``end`` if it is that of a number at ``start``: near, in the sentence, not of another one."""
    return "" if start - end > _REACH or _FAR.search(text, end, start) else name
