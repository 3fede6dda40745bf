"""How a command was called wrongly, in Japanese: typer says it in English, and knows no translation."""

from __future__ import annotations

import logging
import re

import typer

log = logging.getLogger("hikitsugi")

_FOR = r"Invalid value for (.+?): "
_PATH = r"\w+ ['\"](?P<path>.*)['\"]"
_SAID = [
    (r"Invalid value(?: for .+?)?: (.*[ぁ-んァ-ヶ一-龠].*。)", "{0}"),  # our own words: typer's end with a full stop
    (r"Missing (?:argument|option|command)(?: (.+?))?\.(?: .*)?", "{0} を指定してください。"),
    (r"No such option: (\S+)(?: .*)?", "{0} という指定はありません。"),
    (r"No such command '(.+?)'\. Did you mean (.+)\?", "「{0}」という命令はありません（{1} のことでしょうか）。"),
    (r"No such command '(.+?)'\.", "「{0}」という命令はありません。"),
    (r"Option '(.+?)' requires .+", "{0} に値を指定してください。"),
    (r"Option '(.+?)' does not take a value\.", "{0} に値は付けられません。"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.+)\)", "余分な指定があります（{0}）。"),
    (rf"{_FOR}{_PATH} does not exist\.", "{0} に指定した {1} がありません。"),
    (rf"{_FOR}{_PATH} is a file\.", "{0} に指定した {1} はフォルダではありません。"),
    (rf"{_FOR}{_PATH} is a directory\.", "{0} に指定した {1} はファイルではありません。"),
    (rf"{_FOR}{_PATH} is not (?:read|writ)able\.", "{0} に指定した {1} を使う権限がありません。"),
    (rf"{_FOR}Value error, '.*' is not one of (.+)\.", "{0} に指定できるのは {1} です。"),
    (rf"{_FOR}Input should be less than or equal to (\S+)", "{0} は {1} 以下にしてください。"),
    (rf"{_FOR}Input should be greater than or equal to (\S+)", "{0} は {1} 以上にしてください。"),
    (rf"{_FOR}Input should be a valid (?:number|integer).*", "{0} は数で指定してください。"),
]
"""What typer says, and what that is in Japanese; the first that fits is taken."""


def explain(error: typer.TyperException) -> str:
    """What is wrong, and where one reads how to do it."""
    said = error.format_message()
    told = _translated(said)
    if told is None:
        log.debug("no Japanese for: %s", said)
        option = re.match(_FOR, said, re.DOTALL)
        told = f"{_shown(option, 1)} の指定が正しくありません。" if option else "指定が正しくありません。"
    context = getattr(error, "ctx", None)
    command = f"{context.command_path} --help で" if context else "--help を付けると、"
    return f"{told}\n{command}使い方を見られます。"


def _translated(said: str) -> str | None:
    for pattern, japanese in _SAID:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return japanese.format(*(_shown(found, number) for number in range(1, found.re.groups + 1)))
    return None


def _shown(found: re.Match[str], number: int) -> str:
    """A part of what typer said, without its quotes; a path, and what we said ourselves, may have such in it."""
    part = found[number]
    if part is None:
        return "必要なもの"
    if number == found.re.groupindex.get("path"):
        return part or "空の値"
    return part if part.endswith("。") else part.replace("'", "").replace(", ", "・")
