"""The numbers that Word writes before paragraphs of a list: 第１条, (1), ア, ①, 1.2."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_KANJI = "〇一二三四五六七八九"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"


@dataclass(slots=True)
class Numbering:
    """The list definitions of a document, and how far each list has been counted."""

    formats: dict[str, dict[int, tuple[str, str, int]]]  # list id → level → (format, pattern, start)
    styles: dict[str, tuple[str, int]]  # style id → (list id, level)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any) -> Numbering:
        """The definitions in numbering.xml, or none."""
        part = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None)
        root = getattr(part, "element", None)
        return cls(_formats(root) if root is not None else {}, _styles(document))

    def label(self, paragraph: Any, style: str) -> str:
        """The number or mark of a paragraph with a separating space, "" if it has none. Counts it."""
        properties = paragraph.find(f"{_W}pPr/{_W}numPr")
        identifier, level = self.styles.get(style, ("", 0))
        if properties is not None:
            identifier = _val(properties.find(f"{_W}numId")) or identifier
            level = int(_val(properties.find(f"{_W}ilvl")) or level)
        levels = self.formats.get(identifier)
        if not levels or level not in levels:
            return ""
        counts = self.counts.setdefault(identifier, {})
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [key for key in counts if key > level]:
            del counts[deeper]
        kind, pattern, _ = levels[level]
        if kind == "bullet":
            return "・"
        if kind == "none":
            return ""
        text = re.sub(r"%(\d)", lambda found: self._number(levels, counts, int(found[1]) - 1), pattern)
        return text + "\u3000" if text else ""

    def _number(self, levels: dict[int, tuple[str, str, int]], counts: dict[int, int], level: int) -> str:
        kind, _, start = levels.get(level, ("decimal", "", 1))
        return written(counts.get(level, start), kind)


def written(number: int, kind: str) -> str:
    """A number in one of Word's formats.

    >>> written(12, "japaneseCounting"), written(3, "aiueoFullWidth"), written(2, "decimalEnclosedCircle")
    ('十二', 'ウ', '②')
    """
    if kind in ("decimalFullWidth", "decimalFullWidth2"):
        return str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    if (
        kind in ("japaneseCounting", "ideographDigital", "chineseCounting", "japaneseDigitalTenThousand")
        and number < 100
    ):
        tens, ones = divmod(number, 10)
        return ("" if tens == 0 else "十" if tens == 1 else _KANJI[tens] + "十") + (
            _KANJI[ones] if ones or not tens else ""
        )
    if kind in ("aiueo", "aiueoFullWidth") and 0 < number <= len(_KANA):
        return _KANA[number - 1]
    if kind in ("iroha", "irohaFullWidth") and 0 < number <= len(_IROHA):
        return _IROHA[number - 1]
    if kind.startswith("decimalEnclosedCircle") and 0 < number <= 20:
        return chr(0x2460 + number - 1)
    if kind in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr((ord("a") if kind == "lowerLetter" else ord("A")) + number - 1)
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 40:
        tens, ones = divmod(number, 10)
        roman = "X" * tens + ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones]
        return roman.lower() if kind == "lowerRoman" else roman
    return str(number)


def _val(element: Any) -> str | None:
    return None if element is None else element.get(f"{_W}val")


def _formats(root: Any) -> dict[str, dict[int, tuple[str, str, int]]]:
    abstract = {}
    for definition in root.iter(f"{_W}abstractNum"):
        levels = {}
        for level in definition.iter(f"{_W}lvl"):
            levels[int(level.get(f"{_W}ilvl", "0"))] = (
                _val(level.find(f"{_W}numFmt")) or "decimal",
                _val(level.find(f"{_W}lvlText")) or "",
                int(_val(level.find(f"{_W}start")) or 1),
            )
        abstract[definition.get(f"{_W}abstractNumId")] = levels
    return {
        number.get(f"{_W}numId"): abstract.get(_val(number.find(f"{_W}abstractNumId")), {})
        for number in root.iter(f"{_W}num")
    }


def _styles(document: Any) -> dict[str, tuple[str, int]]:
    """Paragraph styles that are numbered by themselves (見出し 1 → 第１章)."""
    found = {}
    for style in document.styles.element.iter(f"{_W}style"):
        properties = style.find(f"{_W}pPr/{_W}numPr")
        if properties is not None and (identifier := _val(properties.find(f"{_W}numId"))):
            found[style.get(f"{_W}styleId")] = (identifier, int(_val(properties.find(f"{_W}ilvl")) or 0))
    return found
