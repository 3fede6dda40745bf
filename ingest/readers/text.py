"""Plain text: paragraphs and tables, with headings known by 第n条, 第n章, ■ and ● or by an underline of =, - or ─."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.readers import clean, text_tables
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.decode import decode
from rag.domain import Reading, ReadingWarning

_RULE = re.compile(r"^\s*[=＝\-－─━―_＿*＊~～]{4,}\s*$")
_QUOTED = re.compile(r"^[>＞|｜\s　]+$")


def read(path: Path) -> Reading:
    """The paragraphs and tables of a text file in any Japanese encoding."""
    decoded = decode(path.read_bytes())
    warnings: list[ReadingWarning] = list(decoded.warnings)
    if clean.hides(decoded.text):
        warnings.append(clean.hidden_warning())
    # Tables are looked for in the text as it stands: cleaning leaves one space of a gap.
    raw = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", decoded.text).split("\n")
    blocks: list[Block] = []
    done = 0
    for start, end, table in text_tables.find(raw, _width):
        blocks += [*_blocks(_cleaned(raw[done:start])), table]
        done = end
    return Reading("text", assemble([*blocks, *_blocks(_cleaned(raw[done:]))]), tuple(warnings))


def _cleaned(lines: list[str]) -> list[str]:
    return clean.visible("\n".join(lines)).split("\n")


def _blocks(lines: list[str]) -> list[Block]:
    """A paragraph a line; lines that a mail program wrapped in the middle of a sentence are joined."""
    margin = _margin(lines)
    blocks: list[Block] = []
    open_line = ""
    for index, line in enumerate(lines):
        if _RULE.match(line):
            open_line = ""
            continue
        text = line.strip(" \u3000")
        if open_line and _continues(open_line, line, margin) and isinstance(blocks[-1], Paragraph):
            blocks[-1] = Paragraph(clean.join(blocks[-1].text, text))
        elif text:
            underlined = index + 1 < len(lines) and _RULE.match(lines[index + 1]) and len(text) <= 40
            framed = underlined and index and _RULE.match(lines[index - 1])
            blocks.append(Paragraph(text, level=(1 if framed else 2) if underlined else None))
        open_line = line
    return blocks


def _margin(lines: list[str]) -> int | None:
    """The column at which a text was wrapped, if it was: many lines of the same greatest length, none longer."""
    lengths = [_width(line) for line in lines if line.strip()]
    longest = max(lengths, default=0)
    near = sum(1 for length in lengths if length >= longest - 3)
    return longest if longest <= 90 and near >= max(3, len(lengths) * 0.2) else None


def _continues(before: str, after: str, margin: int | None) -> bool:
    """Whether ``after`` goes on with the sentence of ``before``, which filled its line."""
    if not after.strip() or not before.strip():
        return False
    if not before.rstrip().endswith("、") and (margin is None or _width(before) < margin - 3):
        return False
    return not before.rstrip().endswith(("。", "：", ":")) and not re.match(
        r"[ \u3000]*[・●○■□◆◇※①-⑳\-*]|[ \u3000]*[（(]?[0-9０-９]+[.．)）\u3000 ]|\u3000", after
    )


def _width(line: str) -> int:
    """Columns of a terminal: a full-width character takes two."""
    return sum(2 if clean.is_japanese(character) else 1 for character in line.rstrip())
