"""The characters of a document as a person would see them: nothing invisible, nothing changed otherwise."""

from __future__ import annotations

import re

from rag.domain import ReadingWarning

_UNUSUAL = re.compile("[^!-~\u3001-\u9fff\uff01-\uffee]")  # what may need cleaning, spaces included
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")
_ZERO_WIDTH_RUN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]{4,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SPACES = re.compile("[ \t\xa0\u2000-\u200a\u3000]{2,}|[\xa0\u2000-\u200a]")
_NEWLINES = re.compile(r"(?<![ \t\u3000])[ \t\u3000]*(?:\r\n|[\r\n\u2028\u2029\x85])[ \t]*")
_RADICALS = re.compile("[\u2e80-\u2eff\u2f00-\u2fdf]")
_JAPANESE = re.compile(
    "[\u3001-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff々〆〇①-⓿※○●■□◆◇・…—―％℃]"
)


def visible(text: str) -> str:
    r"""``text`` without invisible and control characters, with single spaces, line ends as "\\n" and tabs as spaces.

    Radicals (U+2E80–2FDF), which no one types, stand for the ideograph that is seen: 住⺠票 is 住民票.
    """
    if not _UNUSUAL.search(text):
        return text
    text = _CONTROL.sub("", _ZERO_WIDTH.sub("", _TAGS.sub("", text)).replace("\x85", "\n"))
    if _RADICALS.search(text):
        from rag.text import normalise

        text = _RADICALS.sub(lambda found: normalise(found[0]), text)
    text = _NEWLINES.sub("\n", text).replace("\t", " ")
    return _SPACES.sub(_one_space, text).strip(" \n\u3000")


def _one_space(found: re.Match[str]) -> str:
    """A run of spaces as one; an ideographic space stays one, since it separates 第１条 from its text."""
    return "\u3000" if "\u3000" in found[0] else " "


def hides(text: str) -> bool:
    """Whether ``text`` carries characters that hide a message: tag characters, or runs of zero-width ones."""
    return bool(_TAGS.search(text) or _ZERO_WIDTH_RUN.search(text))


def hidden_warning(where: str = "", page: int | None = None) -> ReadingWarning:
    """The warning that something invisible was left out; ``where`` names the place, as 「3ページに」."""
    message = f"{where}画面や紙では見えない文字があったため、取り込みから除きました。作成元を確かめてください。"
    return ReadingWarning("hidden-text", message, page)


def comment_warning(where: str = "") -> ReadingWarning:
    """The warning that comments were left out; ``where`` names the place, as 「3ページの」."""
    message = f"{where}コメントは取り込みませんでした。必要な内容であれば、本文に書いて置き直してください。"
    return ReadingWarning("hidden-text", message)


def struck_warning(where: str = "") -> ReadingWarning:
    """The warning that struck-through text was left out: it says what no longer holds."""
    message = (
        f"{where}取り消し線の引かれた文字は取り込みませんでした。今も有効な内容であれば、線を消して置き直してください。"
    )
    return ReadingWarning("struck-text", message)


def is_japanese(character: str) -> bool:
    """Whether no space is written beside ``character``: kana, kanji, full-width forms and Japanese punctuation."""
    return bool(_JAPANESE.match(character))


def join(before: str, after: str) -> str:
    """Two lines of one paragraph as one: without a space beside Japanese, with one between Latin words."""
    before, after = before.rstrip(" "), after.lstrip(" ")
    if not before or not after:
        return before + after
    tight = is_japanese(before[-1]) or is_japanese(after[0]) or _in_address(before, after)
    return before + ("" if tight else " ") + after


def _in_address(before: str, after: str) -> bool:
    """Whether a URL is broken over the two lines."""
    return (bool(re.search(r"https?://[!-~]*$", before)) and bool(re.match(r"[!-~]*[/.?=&%#-]", after))) or (
        bool(re.search(r"https?://[!-~]*[/.?=&%#-]$", before))
    )


def one_line(text: str) -> str:
    """``visible`` text of a table cell without line ends."""
    lines = [line for line in visible(text).split("\n") if line.strip()]
    if not lines:
        return ""
    joined = lines[0]
    for line in lines[1:]:
        joined = join(joined, line)
    return joined.strip(" \u3000")
