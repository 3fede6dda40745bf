"""Scanned pages: read where Tesseract is installed, named where it is not."""

import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.readers import ocr, read
from ingest.readers.isolation import read_isolated
from rag.domain import Reading
from rag.errors import UnreadableDocument

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
WORDS = [
    (1, 1, "転入", 95),
    (1, 1, "届", 90),
    (1, 2, "は14日以内", 92),
    (2, 1, "Web", 80),
    (2, 1, "site", 80),
    (3, 1, '"', 70),
]
TSV = "\n".join(
    [HEAD, "1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t"]
    + [
        f"5\t1\t{block}\t1\t{line}\t{n}\t0\t0\t9\t9\t{conf}\t{text}"
        for n, (block, line, text, conf) in enumerate(WORDS)
    ]
)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A page that is a picture of two lines of text."""
    image = Image.new("L", (1240, 1754), 255)
    name = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    if Path(name).is_file():
        draw, font = ImageDraw.Draw(image), ImageFont.truetype(name, 44)
        draw.text((120, 160), "住民票の写しの手数料は、一通につき", fill=0, font=font)
        draw.text((120, 240), "四百円とする。", fill=0, font=font)
    image.save(tmp_path / "scan.pdf", resolution=150)
    return tmp_path / "scan.pdf"


@pytest.fixture
def tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program called tesseract on the path that says what it is told to say."""
    monkeypatch.delenv("HIKITSUGI_OCR", raising=False)

    def install(tsv: str, languages: str = "List of languages\nosd\njpn\n") -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "said").write_text(tsv, "utf-8")
        (folder / "languages").write_text(languages, "utf-8")
        program = folder / "tesseract"
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = --list-langs ]; then cat "{folder}/languages"; else cat > "{folder}/picture"; cat "{folder}/said"; fi\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        ocr.languages.cache_clear()

    yield install
    ocr.languages.cache_clear()


def test_words_become_paragraphs_without_spaces_between_japanese(scan: Path, tesseract, tmp_path: Path):
    tesseract(TSV)
    reading = read(scan)
    assert "".join(section.text for section in reading.sections).split("\n") == ["転入届は14日以内", "Web site", '"']
    assert all(section.ocr and section.page == 1 for section in reading.sections)
    assert [warning.code for warning in reading.warnings] == ["ocr-page"]
    assert (tmp_path / "bin" / "picture").read_bytes().startswith(b"\x89PNG")


def test_a_page_with_text_is_not_recognised(make: ModuleType, tesseract, tmp_path: Path):
    tesseract(TSV)
    reading = read(make.pdf(tmp_path / "a.pdf", [make.text(60, 700, "住民票の写しは四百円である。")]))
    assert not any(section.ocr for section in reading.sections) and not (tmp_path / "bin" / "picture").exists()


@pytest.mark.parametrize("said", ["", HEAD, "nonsense", TSV.replace("\t9", "\t1").replace("5\t", "4\t"), "\x00\xff"])
def test_what_cannot_be_recognised_is_a_page_without_text(scan: Path, tesseract, said: str):
    tesseract(said)
    with pytest.raises(UnreadableDocument, match="文字情報がありません"):
        read(scan)


def test_doubtful_words_are_not_taken(scan: Path, tesseract):
    tesseract(
        TSV.replace("\t95\t", "\t9\t").replace("\t90\t", "\t9\t").replace("\t92\t", "\t9\t").replace("\t80\t", "\t9\t")
    )
    with pytest.raises(UnreadableDocument, match="文字情報がありません"):
        read(scan)


@pytest.mark.parametrize("languages", ["List\neng\nosd\n", ""])
def test_without_japanese_a_scan_is_refused_with_the_remedy(scan: Path, tesseract, languages: str):
    tesseract(TSV, languages)
    with pytest.raises(UnreadableDocument) as refused:
        read(scan)
    assert "文字情報がありません" in refused.value.reason and "tesseract-ocr-jpn" in refused.value.remedy


def test_recognition_is_paid_for_in_the_time_limit_of_the_reading_process(scan: Path, tesseract):
    tesseract(TSV)
    assert isinstance(read_isolated(scan), Reading)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not here")
def test_the_real_program_reads_a_scan_within_the_limits(scan: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HIKITSUGI_OCR")
    ocr.languages.cache_clear()
    if not ocr.available():
        pytest.skip("tesseract has no Japanese")
    reading = read_isolated(scan)
    assert "手数料" in "".join(section.text for section in reading.sections)
    assert all(section.ocr for section in reading.sections)


def test_scans_are_read_again_once_the_program_is_there(put, sync, assistant, scan: Path, tesseract, monkeypatch):
    from tests.conftest import asking

    monkeypatch.setenv("HIKITSUGI_OCR", "off")
    put("市民課/届出.pdf", scan.read_bytes())
    assert len(sync().refused) == 1 and len(sync().refused) == 1
    monkeypatch.delenv("HIKITSUGI_OCR")
    tesseract(TSV)
    assert not sync().refused
    found = assistant().search(asking("転入届はいつまでか"))[0].chunk
    assert found.ocr and "転入届は14日以内" in found.text
