"""How a command was called wrongly, in Japanese: typer says it in English, and knows no translation."""

from __future__ import annotations

import re

import typer

_FOR = r"Invalid value for (.+?): "
_SAID = [
    (r"Invalid value(?: for .+?)?: ([^']*[ぁ-ん][^']*)", "{0}"),  # our own words
    (r"Missing (?:argument|option|command)(?: (.+?))?\.(?: .*)?", "{0} を指定してください。"),
    (r"No such option: (\S+)(?: .*)?", "{0} という指定はありません。"),
    (r"No such command '(.+?)'\. Did you mean (.+)\?", "「{0}」という命令はありません（{1} のことでしょうか）。"),
    (r"No such command '(.+?)'\.", "「{0}」という命令はありません。"),
    (r"Option '(.+?)' requires .+", "{0} に値を指定してください。"),
    (r"Option '(.+?)' does not take a value\.", "{0} に値は付けられません。"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.+)\)", "余分な指定があります（{0}）。"),
    (rf"{_FOR}\w+ '(.+)' does not exist\.", "{0} に指定した {1} がありません。"),
    (rf"{_FOR}\w+ '(.+)' is a file\.", "{0} に指定した {1} はフォルダではありません。"),
    (rf"{_FOR}\w+ '(.+)' is a directory\.", "{0} に指定した {1} はファイルではありません。"),
    (rf"{_FOR}\w+ '(.+)' is not (?:read|writ)able\.", "{0} に指定した {1} を使う権限がありません。"),
    (rf"{_FOR}Value error, '.*' is not one of (.+)\.", "{0} に指定できるのは {1} です。"),
    (rf"{_FOR}Input should be less than or equal to (\S+)", "{0} は {1} 以下にしてください。"),
    (rf"{_FOR}Input should be greater than or equal to (\S+)", "{0} は {1} 以上にしてください。"),
    (rf"{_FOR}Input should be a valid (?:number|integer).*", "{0} は数で指定してください。"),
]
"""What typer says, and what that is in Japanese; the first that fits is taken."""


def explain(error: typer.TyperException) -> str:
    """What is wrong, and where one reads how to do it."""
    said = error.format_message()
    told = f"指定が正しくありません（{said}）。"
    for pattern, japanese in _SAID:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            named = (group.replace("'", "").replace(", ", "・") if group else "必要なもの" for group in found.groups())
            told = japanese.format(*named)
            break
    context = getattr(error, "ctx", None)
    command = f"{context.command_path} --help で" if context else "--help を付けると、"
    return f"{told}\n{command}使い方を見られます。"
