"""Numbers as Japanese texts write them: digits of either width, 漢数字, and both at once (3万5千)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "壱": "1", "弐": "2", "参": "3"}
_TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI = "〇零一二三四五六七八九十百千万億兆壱弐参拾"
# Of bounded length: a number of thousands of digits is an attack, and Python refuses to convert it.
_ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,9}(?![0-9])|[0-9]{1,30})(?:\.[0-9]{1,9})?"
NUM = rf"(?:{_ARABIC}|[{_KANJI}])(?:[{_KANJI}]|(?<=[十百千万億兆]){_ARABIC}){{0,30}}"
"""A regular expression for what ``number`` reads, without groups."""
_PART = re.compile(rf"{_ARABIC}|[{_KANJI}]")


def number(text: str) -> Fraction:
    """The number that ``text`` (a match of ``NUM``) writes, exactly.

    >>> [str(number(text)) for text in ("3万5千", "二〇二五", "1億2,000万", "1.5")]
    ['35000', '2025', '120000000', '3/2']
    """
    total = section = Fraction(0)
    digits = ""
    for part in _PART.findall(text):
        if part in _TENS:
            section += Fraction(digits or 1) * _TENS[part]
            digits = ""
        elif part in _MYRIADS:
            section += Fraction(digits or 0)
            total += (section or 1) * _MYRIADS[part]
            section, digits = Fraction(0), ""
        else:
            digits += _DIGITS.get(part, part.replace(",", ""))
    return total + section + Fraction(digits or 0)


def plain(value: Fraction) -> str:
    """A number with finitely many decimals in digits, without separators or needless zeros.

    >>> plain(Fraction(5, 4)), plain(Fraction(1200))
    ('1.25', '1200')
    """
    whole, rest = divmod(value, 1)
    decimals = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        decimals += str(digit)
    return f"{whole}.{decimals}" if decimals else str(whole)


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
    kept = [at for at, separates in enumerate(_separating(characters)) if separates or not characters[at].isspace()]
    return Folded("".join(characters[at] for at in kept), tuple(origins[at] for at in kept))


def _separating(characters: list[str]) -> list[bool]:
    """Which characters keep two digits or Latin letters apart, or two cells (a tab), if they are white space."""
    joins = [c.isascii() and c.isalnum() for c in characters]
    before, after = list(joins), list(joins)
    for at in range(1, len(characters)):
        if characters[at].isspace():
            before[at] = before[at - 1]
    for at in range(len(characters) - 2, -1, -1):
        if characters[at].isspace():
            after[at] = after[at + 1]
    return [c == "\t" or (a and b) for c, a, b in zip(characters, before, after, strict=True)]
