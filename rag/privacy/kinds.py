"""The kinds of personal data, by the name that a mask shows."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum


class Kind(StrEnum):
    """What a finding is. 法人番号 is none of them: it is public."""

    MY_NUMBER = "個人番号"
    PHONE = "電話番号"
    EMAIL = "メールアドレス"
    ADDRESS = "住所"
    POSTAL_CODE = "郵便番号"
    PERSON = "氏名"
    BIRTH_DATE = "生年月日"
    BANK_ACCOUNT = "口座番号"
    PENSION_NUMBER = "基礎年金番号"
    DRIVER_LICENCE = "運転免許証番号"
    INSURED_NUMBER = "被保険者番号"
    PASSPORT = "旅券番号"
    RESIDENCE_CARD = "在留カード番号"
    CREDIT_CARD = "クレジットカード番号"


Spans = Iterator[tuple[Kind, tuple[int, int]]]
"""What a rule finds: kinds with their spans in the folded text, in order, without overlaps."""
