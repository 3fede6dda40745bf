"""Files that someone made to hurt: each ends as a refusal that says why, or as its right text, and the next is read."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ingest.readers.isolation import read_many
from rag.domain import Reading

SPACE = "http://schemas.openxmlformats.org"
TYPES = (
    f'<Types xmlns="{SPACE}/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    f'<Relationships xmlns="{SPACE}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{SPACE}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
WORDS = "<w:p><w:r><w:t>本文です。</w:t></w:r></w:p>"
SLIDE = "<p:sp><p:txBody><a:p><a:r><a:t>あ</a:t></a:r></a:p></p:txBody></p:sp>"


def word(body: str, extra: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """The members of a docx."""
    document = f'<w:document xmlns:w="{SPACE}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document}
    return {name: text.encode() for name, text in parts.items()} | (extra or {})


def nested(opening: str, inner: str, closing: str, depth: int = 100_000) -> str:
    return opening * depth + inner + closing * depth


def lying(path: Path) -> Path:
    """The directory of a zip says that its last member unpacks to 1,000 bytes; it unpacks to 20 million."""
    data = bytearray(path.read_bytes())
    last = data.rfind(b"PK\x01\x02")
    data[last + 24 : last + 28] = struct.pack("<I", 1000)
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What becomes of each file: its text, or the reason for which it is refused."""
    from tests.ingest.readers import conftest as make

    folder = tmp_path_factory.mktemp("hostile")
    table, slides = nested("<w:tbl><w:tr><w:tc>", WORDS, "</w:tc></w:tr></w:tbl>"), nested("<p:g>", SLIDE, "</p:g>")
    slide = f'<p:sld xmlns:p="{SPACE}/presentationml/2006/main" xmlns:a="{SPACE}/drawingml/2006/main">{slides}</p:sld>'
    indented = "<w:tr><w:trPr><w:gridBefore w:val='999999999'/></w:trPr><w:tc>あ</w:tc><w:tc/></w:tr>".replace(
        "あ", WORDS
    )
    paths = [
        make.archive(folder / "nested.docx", word(table)),
        make.archive(folder / "indented.docx", word(f"<w:tbl>{indented * 2}</w:tbl>")),
        make.archive(folder / "outside.docx", word(WORDS, {"../../../../tmp/outside": b"x"})),
        lying(make.archive(folder / "lying.docx", word(WORDS + " " * 20_000_000))),
        make.archive(folder / "nested.pptx", {"ppt/slides/slide1.xml": slide.encode()}),
        folder / "nested.html",
        folder / "quote.csv",
        make.pdf(folder / "arrays.pdf", [make.text(60, 700, "本文です。")], extra_catalog=nested("/X [", "", "]")),
        make.pdf(folder / "loop.pdf", [make.text(60, 700, "本文です。")]),
        make.archive(folder / "fine.docx", word(WORDS)),
    ]
    (folder / "nested.html").write_text(nested("<div>", "本文です。", "</div>", 3_000), encoding="utf-8")
    (folder / "quote.csv").write_text('項目,"内容\n' + "あ,い\n" * 20_000, encoding="utf-8")
    loop = (folder / "loop.pdf").read_bytes().replace(b"/Kids [", b"/Kids [2 0 R ", 1)
    (folder / "loop.pdf").write_bytes(loop)
    return {
        path.name: "".join(s.text for s in outcome.sections) if isinstance(outcome, Reading) else outcome.reason
        for path, outcome in read_many(paths, workers=1)
    }


@pytest.mark.parametrize(
    "name, words",
    [
        ("nested.docx", "壊れて"),
        ("indented.docx", "本文です。"),
        ("outside.docx", "本文です。"),
        ("lying.docx", "壊れて"),
        ("nested.pptx", "壊れて"),
        ("nested.html", "壊れて"),
        ("quote.csv", "あ\tい"),  # a quotation mark that is never closed swallows no rows
        ("arrays.pdf", "本文です。"),
        ("loop.pdf", "本文です。"),
        ("fine.docx", "本文です。"),
    ],
)
def test_outcome(outcomes: dict[str, str], name: str, words: str) -> None:
    assert words in outcomes[name]
