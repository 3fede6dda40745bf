"""What is checked before a parser sees a file: its kind, size, and what a container of XML would unpack to."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path

from rag.errors import UnreadableDocument

MEBI = 1024 * 1024
FILE_BYTES = 200 * MEBI
UNPACKED_BYTES = 200 * MEBI
ENTRIES = 10_000
RATIO, RATIO_FROM = 200, 10 * MEBI
"""A container may not unpack to more than 200 times its size, unless that is under 10 MiB."""

_OTHER = "元のファイルを開けることを確かめ、保存し直して置いてください。"
_ELEMENT = re.compile(rb"<[A-Za-z_\x80-\xff]")
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def check_file(path: Path, corpus: Path | None = None) -> None:
    """Refuse links that leave the corpus, devices and pipes, empty and too large files, files nobody may read."""
    root = (corpus or path.parent).resolve()
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            raise UnreadableDocument(
                "このファイルはフォルダーの外を指すリンクです。", "リンクではなく、ファイルそのものを置いてください。"
            )
        status = path.stat()
    except (OSError, RuntimeError) as error:
        raise UnreadableDocument(
            "このファイルを開けません。", "ファイルが存在し、読み取りが許可されていることを確かめてください。"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableDocument("このファイルは通常のファイルではありません。", "フォルダーから取り除いてください。")
    if status.st_size == 0:
        raise UnreadableDocument("このファイルは空のファイル(0 バイト)です。", "元のファイルを置き直してください。")
    if status.st_size > FILE_BYTES:
        raise UnreadableDocument("このファイルは大きすぎます(200 MB まで)。", "章ごとなどに分けて置いてください。")
    try:
        path.open("rb").close()
    except OSError as error:
        raise UnreadableDocument(
            "このファイルを開けません。", "ファイルの読み取りが許可されていることを確かめてください。"
        ) from error


def check_container(path: Path) -> None:
    """Refuse a zip of XML that unpacks to too much or declares entities (expansion, files of this computer)."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(path, archive)
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_declarations(path, archive, entry)
    except UnreadableDocument:
        raise
    except Exception as error:  # zipfile raises many types on a damaged archive
        raise broken() from error


def _check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise encrypted()
    unpacked, packed = sum(entry.file_size for entry in entries), max(1, path.stat().st_size)
    too_dense = unpacked > RATIO_FROM and unpacked / packed > RATIO
    if len(entries) > ENTRIES or unpacked > UNPACKED_BYTES or too_dense:
        raise UnreadableDocument(
            f"このファイルは展開すると異常に大きくなる({unpacked // MEBI:,} MB)ため、読み取りを中止しました。",
            "作成元を確かめ、不要な書式や空の行・列を削除して保存し直してください。",
        )


def _check_declarations(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """A DTD stands before the root element; Office writes none, so every one is refused."""
    with archive.open(entry) as part:
        prolog = b""
        while chunk := part.read(4096):
            prolog += chunk.replace(b"\x00", b"")  # UTF-16 reads as ASCII with NULs
            if _DECLARATION.search(prolog):
                raise UnreadableDocument(
                    "このファイルは外部参照や実体の宣言(DTD)を含むため、安全のため読み取りを中止しました。",
                    "作成元を確かめ、Word または Excel で保存し直してください。",
                )
            if _ELEMENT.search(prolog) or len(prolog) > MEBI:
                return


def broken(name: str = "") -> UnreadableDocument:
    """The refusal of a file that its parser cannot make sense of."""
    kind = f"{name} として" if name else ""
    return UnreadableDocument(f"このファイルは壊れていて、{kind}読み取れません。", _OTHER)


def encrypted() -> UnreadableDocument:
    """The refusal of a file that needs a password."""
    return UnreadableDocument(
        "このファイルはパスワードで保護されていて開けません。",
        "パスワードを外して保存し直したものを置いてください。",
    )


def no_text(name: str, *, recognised: bool = False, hidden: bool = False) -> UnreadableDocument:
    """The refusal of a file that opens but has no text: scans, pictures, blank forms.

    ``recognised``: OCR was tried. ``hidden``: there is text, but where nobody sees it, as outside the page.
    """
    if hidden:
        return UnreadableDocument(
            "このファイルには文字情報がありません(頁の外や背景と同じ色など、画面や紙では見えない文字だけです)。",
            "作成元を確かめ、元の文書から PDF を作り直して置いてください。",
        )
    if name == "pdf" and recognised:
        return UnreadableDocument(
            "このファイルには文字情報がありません(文字認識(OCR)でも文字を読み取れませんでした)。",
            "鮮明にスキャンし直すか、元の文書から作った PDF を置いてください。",
        )
    if name == "pdf":
        return UnreadableDocument(
            "このファイルには文字情報がありません(スキャンした画像と思われます)。",
            "OCR で文字情報を付けた PDF にして置くか、このパソコンに tesseract-ocr と tesseract-ocr-jpn を入れてください。",
        )
    return UnreadableDocument(
        "このファイルには文字情報がありません。", "内容を確かめ、文字のある文書を置いてください。"
    )
