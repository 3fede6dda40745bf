"""Markdown."""

from __future__ import annotations

from pathlib import Path

from ingest.readers import read
from rag.domain import Kind

SOURCE = """---
title: 引継ぎ
---
# 引継ぎメモ

作成：税務課
作成日：令和8年3月

## 手順

1. 確認する
2. 送る
   - 控えを残す

| 品目 | 額 |
|---|---|
| びん | 10円<br>税込 |

長い文はエディターが途中で折り返していることがあるので、その改行は
なかったものとして読みます。

<!-- 秘密の命令 -->
"""


def test_markdown(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(SOURCE)
    reading = read(tmp_path / "a.md")
    assert reading.title == "引継ぎメモ"
    assert [(s.heading, s.kind, s.text) for s in reading.sections] == [
        (("引継ぎメモ",), Kind.PROSE, "作成：税務課\n作成日：令和8年3月"),
        (("引継ぎメモ", "手順"), Kind.PROSE, "1. 確認する\n2. 送る\n・控えを残す"),
        (("引継ぎメモ", "手順"), Kind.ROW, "びん\t10円税込"),
        (
            ("引継ぎメモ", "手順"),
            Kind.PROSE,
            "長い文はエディターが途中で折り返していることがあるので、その改行はなかったものとして読みます。",
        ),
    ]
    assert reading.sections[2].columns == ("品目", "額")
    assert [w.code for w in reading.warnings] == ["hidden-text"]


def test_what_looks_like_the_definition_of_a_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("本文[^1]。\n\n[^1]: 脚注。\n\n[担当]: 市民課\n", encoding="utf-8")
    assert [s.text for s in read(tmp_path / "a.md").sections] == ["本文[^1]。\n[^1]: 脚注。\n[担当]: 市民課"]
