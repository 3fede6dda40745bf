"""Which format a file has, told by its content. The ending decides only between kinds of plain text."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from rag.errors import UnreadableDocument

CONTAINERS = frozenset({"docx", "xlsx", "pptx"})
"""Formats that are zip files of XML."""

_PREFIX = 65536
_BINARY_ENDINGS = {".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".pptx": "pptx"}
_TEXT_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".xls": "csv",  # what a web system exports "for Excel"
    ".md": "markdown",
    ".markdown": "markdown",
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
}
_MEMBERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_CONVERT = "docx、xlsx または PDF に保存し直して置いてください。"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "画像(PNG)", ""),
    (b"\xff\xd8\xff", "画像(JPEG)", ""),
    (b"GIF8", "画像(GIF)", ""),
    (b"BM", "画像(BMP)", ""),
    (b"II*\x00", "画像(TIFF)", ""),
    (b"MM\x00*", "画像(TIFF)", ""),
    (b"RIFF", "画像または音声(RIFF)", ""),
    (b"\x1f\x8b", "圧縮ファイル(gzip)", "展開してから、中のファイルを置いてください。"),
    (b"7z\xbc\xaf", "圧縮ファイル(7z)", "展開してから、中のファイルを置いてください。"),
    (b"Rar!", "圧縮ファイル(rar)", "展開してから、中のファイルを置いてください。"),
    (b"MZ", "実行ファイル", "文書ではありません。フォルダーから取り除いてください。"),
    (b"\x7fELF", "実行ファイル", "文書ではありません。フォルダーから取り除いてください。"),
    (b"{\\rtf", "リッチテキスト(RTF)", "Word で開き、docx に保存し直して置いてください。"),
    (b"SQLite format 3", "データベース", "文書ではありません。フォルダーから取り除いてください。"),
)
_ICHITARO = frozenset({".jtd", ".jtdc", ".jtt", ".jttc", ".jsw", ".jaw", ".jbw"})
_OLD_ICHITARO = (
    "このファイルは一太郎の文書です。",
    "一太郎で開き、PDF か Word 文書(docx)で保存し直して置いてください。",
)
_STREAMS: tuple[tuple[str, str, str], ...] = (
    (
        "EncryptedPackage",
        "このファイルはパスワードで保護されていて開けません。",
        "パスワードを外して保存し直したものを置いてください。",
    ),
    (
        "__substg1.0_",
        "このファイルは電子メール(Outlook)です。",
        "必要な部分を PDF または Word 文書に保存して置いてください。",
    ),
    (
        "PowerPoint Document",
        "このファイルは旧形式(PowerPoint 97-2003)です。",
        "PowerPoint で開き、pptx で保存し直して置いてください。",
    ),
)
"""Streams of an old container, and what a file that has one of them is."""
_OCR = "文字が写った画像であれば、OCR で文字情報を付けた PDF にして置いてください。"
_WHOLE_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html)[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|meta|title)[\s>]", re.IGNORECASE)
_MAIL_FIELD = re.compile(
    rb"^(From|To|Cc|Subject|Date|Received|Return-Path|Message-ID|MIME-Version|Delivered-To): ", re.I | re.M
)


def format_of(path: Path) -> str:
    """The key in ``READERS`` for a file. Raises UnreadableDocument where there is none."""
    with path.open("rb") as file:
        start = file.read(_PREFIX)
    claimed = _BINARY_ENDINGS.get(path.suffix.lower())
    speaks_of_pdf = path.suffix.lower() in (*_TEXT_ENDINGS, ".txt") and not start.startswith(b"%PDF-")
    if (b"%PDF-" in start[:1024] and not speaks_of_pdf) or (claimed == "pdf" and not start.startswith(b"PK\x03\x04")):
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return _container(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _ole2(path)
    _refuse_magic(path, start)
    if path.suffix.lower() in _ICHITARO:
        raise UnreadableDocument(*_OLD_ICHITARO)
    if path.suffix.lower() in (".xdw", ".xbd"):
        raise UnreadableDocument(
            "このファイルは DocuWorks 文書です。", "DocuWorks で開き、PDF に変換して置いてください。"
        )
    if claimed:
        raise UnreadableDocument(
            "このファイルは壊れているか、名前と中身の形式が違います。",
            "元のファイルを開けることを確かめ、保存し直して置いてください。",
        )
    return _text_kind(path, start)


def _container(path: Path) -> str:
    """The Office format of a zip file, by its members."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lstrip("/").replace("\\", "/").lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDocument(
            "このファイルは壊れていて開けません。", "元のファイルを開けることを確かめ、保存し直して置いてください。"
        ) from error
    for prefix, name in _MEMBERS:
        if any(member.startswith(prefix) for member in names):
            return name
    if path.suffix.lower() in _BINARY_ENDINGS:
        raise UnreadableDocument(
            "このファイルは Office 文書として必要な部分が欠けています。",
            "元のファイルを開けることを確かめ、保存し直して置いてください。",
        )
    if any(name in ("mimetype", "content.xml") for name in names):
        raise UnreadableDocument("OpenDocument などの形式のファイルは読み取れません。", _CONVERT)
    raise UnreadableDocument("このファイルは圧縮ファイル(zip)です。", "展開してから、中のファイルを置いてください。")


def _ole2(path: Path) -> UnreadableDocument:
    """An old container, by the names of its streams: an encrypted Office file of today, or a file of another program."""
    data = path.read_bytes()
    for stream, reason, remedy in _STREAMS:
        if stream.encode("utf-16-le") in data:
            return UnreadableDocument(reason, remedy)
    if path.suffix.lower() in _ICHITARO:
        return UnreadableDocument(*_OLD_ICHITARO)
    return UnreadableDocument(
        "このファイルは旧形式(Word・Excel 97-2003 など)です。",
        "Word または Excel で開き、docx または xlsx で保存し直して置いてください。",
    )


def _refuse_magic(path: Path, start: bytes) -> None:
    for magic, kind, remedy in _MAGIC:
        if start.startswith(magic) and (len(magic) > 2 or b"\x00" in start[:64]):
            raise UnreadableDocument(f"このファイルは{kind}で、文書として読み取れません。", remedy or _OCR)


def _text_kind(path: Path, start: bytes) -> str:
    """CSV, HTML, Markdown or plain text; refuses what is not text at all."""
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in start and not wide:
        raise UnreadableDocument("このファイルは読み取れない種類のファイルです。", _CONVERT)
    mail = _MAIL_FIELD.findall(start[:4096].split(b"\n\n")[0].replace(b"\r", b""))
    if path.suffix.lower() == ".eml" or len(set(mail)) >= 3:
        raise UnreadableDocument(
            "このファイルは電子メールです。", "必要な部分を PDF または Word 文書に保存して置いてください。"
        )
    ending = _TEXT_ENDINGS.get(path.suffix.lower())
    plain = start.replace(b"\x00", b"") if wide else start
    if _WHOLE_PAGE.match(plain[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe")):
        return "html"
    if _HTML.search(plain[:4096]) and ending in (None, "html"):
        return "html"
    if plain.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml") and ending != "html":
        raise UnreadableDocument("このファイルは XML データで、文書として読み取れません。", _CONVERT)
    return ending or "text"
