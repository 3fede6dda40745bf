"""Slides."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from ingest.readers import read

SLIDE = """<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree>
<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>
<p:txBody><a:p><a:r><a:t>申請の流れ</a:t></a:r></a:p></p:txBody></p:sp>
<p:sp><p:txBody><a:p><a:r><a:t>窓口で</a:t></a:r><a:r><a:t>受け付けます。</a:t></a:r></a:p></p:txBody></p:sp>
</p:spTree></p:cSld></p:sld>"""


def test_a_slide_is_a_page(make: ModuleType, tmp_path: Path) -> None:
    path = make.archive(
        tmp_path / "a.pptx", {"ppt/slides/slide1.xml": SLIDE.encode(), "ppt/slides/slide2.xml": SLIDE.encode()}
    )
    sections = read(path).sections
    assert [(s.page, s.heading, s.text) for s in sections] == [
        (1, ("申請の流れ",), "窓口で受け付けます。"),
        (2, ("申請の流れ",), "窓口で受け付けます。"),
    ]
