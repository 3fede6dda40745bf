"""The table before a Markdown text: YAML between ``---`` or TOML between ``+++``.

A text may also begin with a horizontal rule. What cannot be told from metadata that is written wrongly is refused: a
restriction must not be lost by a slip of the pen.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

_BLOCK = re.compile(
    r"\A(?:---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.DOTALL
)
_OPEN = re.compile(r"\A(?:---|\+\+\+)[ \t]*\n")
_LONGEST = 20_000  # characters
_BARE_KEY = re.compile(r"^(\s*)([^\s\x00-\x7f]+)(\s*=)", re.MULTILINE)

KEYS = {
    "題名": "title", "所管課": "department", "施行日": "valid_from", "廃止日": "valid_until", "改正前": "supersedes",
    "機密性": "sensitivity", "公開範囲": "audience", "担当": "contact", "ライセンス": "licence", "出典": "source_url",
    "見直し期限": "review_by", "ファイル": "file", "資料": "document",
    "改正履歴": "supersedes",
}  # fmt: skip
"""Keys of metadata in Japanese and as the program knows them."""
# A line that begins with a key, whatever stands for the colon.
_MEANT = re.compile(
    rf"^\s*[\"']?(?:{'|'.join([*KEYS, *KEYS.values()])})[\"']?\s*(?:[:：=＝]|[ \t\u3000]+\S)", re.MULTILINE
)


def split(text: str) -> tuple[dict[str, Any], str]:
    """The table and the text after it; ({}, ``text``) where there is none. Raises ValueError if it cannot be read."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    found = _BLOCK.match(text[:_LONGEST])
    if not found:
        head = text[:_LONGEST].split("\n\n", 1)[0]
        if _OPEN.match(text) and _MEANT.search(head):
            raise ValueError("not closed")
        return {}, text
    block = found["yaml"] if found["toml"] is None else found["toml"]
    try:
        said = _yaml(block) if found["toml"] is None else loads_toml(block)
    except (ValueError, RecursionError) as error:
        if _MEANT.search(block):
            raise ValueError("unreadable") from error
        return {}, text
    if isinstance(said, dict):
        return said, text[found.end() :]
    if _MEANT.search(block):
        raise ValueError("not a table")
    return {}, text


def loads_toml(text: str) -> dict[str, Any]:
    """TOML, in which Japanese keys need no quotation marks. Raises tomllib.TOMLDecodeError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        if text.isascii():
            raise
    return tomllib.loads(_BARE_KEY.sub(r'\1"\2"\3', text))


def _yaml(block: str) -> Any:
    """YAML without tags, and without a key that stands twice. Raises ValueError."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [key.value for key, _ in node.value]
            if len(keys) != len(set(map(str, keys))):
                raise ValueError("a key stands twice")
            mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            return mapping

    try:
        return yaml.load(block, Loader)  # noqa: S506 – a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
