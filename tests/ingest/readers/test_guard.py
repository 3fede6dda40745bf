"""Files that must not reach a parser, and files that are something else than their name says."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest

from ingest.readers import guard, read
from rag.errors import UnreadableDocument

WORD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'


def refused(path: Path, words: str, corpus: Path | None = None) -> None:
    with pytest.raises(UnreadableDocument, match=words) as error:
        read(path, corpus)
    assert error.value.remedy


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.txt", b"", "空のファイル"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "壊れて"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "画像"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "画像"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "旧形式"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600, "パスワード"),
        ("a.eml", "Subject: 会議\n\n本文".encode(), "電子メール"),
        ("a.txt", b"From: a@example.jp\nTo: b@example.jp\nSubject: x\n\nbody", "電子メール"),
        ("a.bin", b"abc\x00\x01\x02" * 40, "読み取れない種類"),
        ("a.xml", b"<?xml version='1.0'?><data/>", "XML"),
        ("a.rtf", b"{\\rtf1 abc}", "RTF"),
        ("a.docx", b"PK\x03\x04 broken", "壊れて"),
        ("a.txt", b"\xff\xfe\xff\xfe\x00\xd8", "文字情報|文字コード|壊れて"),
    ],
)
def test_refused_by_content(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    refused(tmp_path / name, words)


def test_a_plain_zip_is_refused(make: ModuleType, tmp_path: Path) -> None:
    refused(make.archive(tmp_path / "a.zip", {"読んで.txt": b"abc"}), "圧縮ファイル")


def test_a_zip_bomb_is_refused_before_it_is_opened(make: ModuleType, tmp_path: Path) -> None:
    bomb = make.archive(
        tmp_path / "a.docx", {"word/document.xml": WORD, "word/media/x.xml": b"<a>" + b" " * 30_000_000}
    )
    refused(bomb, "異常に大きく")


@pytest.mark.parametrize("name, member", [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(make: ModuleType, tmp_path: Path, name: str, member: str, encoding: str) -> None:
    xxe = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    )
    refused(make.archive(tmp_path / name, {member: xxe.encode(encoding)}), "DTD")


def test_links_that_leave_the_corpus_are_refused(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "課").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("秘密")
    (corpus / "inside.txt").write_text("中の文書です。")
    (corpus / "課" / "out.txt").symlink_to(tmp_path / "secret.txt")
    (corpus / "課" / "in.txt").symlink_to(corpus / "inside.txt")
    (corpus / "課" / "loop.txt").symlink_to(corpus / "課" / "loop.txt")
    refused(corpus / "課" / "out.txt", "外を指すリンク", corpus)
    refused(corpus / "課" / "in.txt", "外を指すリンク")
    refused(corpus / "課" / "loop.txt", "開けません", corpus)
    assert read(corpus / "課" / "in.txt", corpus).sections[0].text == "中の文書です。"


def test_pipes_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    refused(tmp_path / "a.txt", "通常のファイルではありません")
    refused(tmp_path, "通常のファイルではありません")
    refused(tmp_path / "none.txt", "開けません")


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(guard.FILE_BYTES + 1)
    refused(tmp_path / "a.txt", "大きすぎ")


def test_text_is_told_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("<!DOCTYPE html><html><body><h1>題</h1><p>本文</p></body></html>")
    (tmp_path / "memo").write_text("ただの文です。")
    assert read(tmp_path / "memo").format == "text"
    assert read(tmp_path / "page.txt").format in ("html", "text")


def test_what_a_file_is_decides_and_not_its_name(tmp_path: Path) -> None:
    html = "<html><body><table><tr><td>区分<td>金額<td>担当</tr><tr><td>住民票<td>300円<td>市民課</tr></table>"
    for name, words, format_ in (
        ("a.xls", html, "html"),
        ("a.csv", html, "html"),
        ("b.xls", "区分\t金額\t担当\r\n住民票\t300円\t市民課\r\n", "csv"),
        ("a.txt", "形式は %PDF-1.7 とする。", "text"),
    ):
        (tmp_path / name).write_bytes(words.encode("cp932"))
        assert read(tmp_path / name).format == format_, name


@pytest.mark.parametrize(
    "name, stream, words",
    [
        ("a.jtd", "", "一太郎"),
        ("a.msg", "__substg1.0_", "電子メール"),
        ("a.ppt", "PowerPoint Document", "PowerPoint 97-2003"),
        ("a.xls", "Workbook", "旧形式"),
    ],
)
def test_old_containers_are_told_apart(tmp_path: Path, name: str, stream: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + stream.encode("utf-16-le") + b"\x00" * 600)
    refused(tmp_path / name, words)
