"""Numbers as Japanese texts write them: digits of either width, 漢数字, and both at once (3万5千)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "壱": "1", "弐": "2", "参": "3"}
_TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI = "〇零一二三四五六七八九十百千万億兆壱弐参拾"
_ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
NUM = rf"(?:{_ARABIC}|[{_KANJI}])(?:[{_KANJI}]|(?<=[十百千万億兆]){_ARABIC})*"
"""A regular expression for what ``number`` reads, without groups."""
_PART = re.compile(rf"{_ARABIC}|[{_KANJI}]")


def number(text: str) -> Decimal:
    """The number that ``text`` (a match of ``NUM``) writes.

    >>> number("3万5千"), number("二〇二五"), number("1億2,000万")
    (Decimal('35000'), Decimal('2025'), Decimal('120000000'))
    """
    total = section = Decimal(0)
    digits = ""
    for part in _PART.findall(text):
        if part in _TENS:
            section += (Decimal(digits) if digits else 1) * _TENS[part]
            digits = ""
        elif part in _MYRIADS:
            section += Decimal(digits or 0)
            total += (section or 1) * _MYRIADS[part]
            section, digits = Decimal(0), ""
        else:
            digits += _DIGITS.get(part, part.replace(",", ""))
    return total + section + Decimal(digits or 0)


def plain(value: Decimal) -> str:
    """A number in digits without separators or needless zeros."""
    return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class Folded:
    """Text in one width, without the spaces that layout put into it, and where each character of it came from."""

    text: str
    origins: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that ``text[start:end]`` stands for."""
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """``text`` as figures are looked for in it: NFKC, and no white space except between two digits or Latin letters."""
    characters: list[str] = []
    origins: list[int] = []
    for at, character in enumerate(text):
        form = unicodedata.normalize("NFKC", character)
        if unicodedata.category(character) != "Nd" and any(c.isdigit() for c in form):
            form = character  # ① and ㎡ stay what they are: as digits they would join the figure beside them
        characters += form
        origins += [at] * len(form)
    kept = [at for at in range(len(characters)) if not _is_layout(characters, at)]
    return Folded("".join(characters[at] for at in kept), tuple(origins[at] for at in kept))


def _is_layout(characters: list[str], at: int) -> bool:
    """White space that separates nothing. A tab separates cells."""
    if not characters[at].isspace() or characters[at] == "\t":
        return False
    before = next((c for c in reversed(characters[:at]) if not c.isspace()), "")
    after = next((c for c in characters[at + 1 :] if not c.isspace()), "")
    return not all(c.isascii() and c.isalnum() for c in (before or "0", after or "0"))
