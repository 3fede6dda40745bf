"""Real documents and odd files that lie beside the project: every expectation of their manifests."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.chunking import searched
from ingest.readers import ocr, read
from ingest.readers.isolation import read_isolated, read_many
from rag.config import PROJECT
from rag.domain import Reading
from rag.errors import UnreadableDocument
from rag.text import tokens

SHARED = PROJECT.parent / "shared" / "data"
# python-docx, which judged the first, does not read ruby text; all text of the second lies outside its tiny pages.
JUDGED_OTHERWISE = {"office/33_no-text_abda850b.docx": "text", "pdf/124_text_0f207657.pdf": "no-text"}

pytestmark = pytest.mark.shared


def manifest(folder: str, key: str) -> list[dict[str, Any]]:
    file = SHARED / folder / "MANIFEST.json"
    return json.loads(file.read_text(encoding="utf-8"))[key] if file.is_file() else []


def compact(text: str, raw: bool = False) -> str:
    return "".join((text if raw else unicodedata.normalize("NFKC", text)).split())


@pytest.fixture(autouse=True)
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared data is not here")
    return SHARED


@pytest.mark.parametrize("expected", manifest("documents", "documents"), ids=lambda d: d["file"])
def test_document(expected: dict[str, Any]) -> None:
    path = SHARED / "documents" / expected["file"]
    if not expected.get("text_layer", True):
        with pytest.raises(UnreadableDocument, match="文字情報がありません"):
            read(path)
        return
    reading = read(path)

    def text(page: int | None, raw: bool = False) -> str:
        parts = [s for s in reading.sections if page in (None, s.page)]
        return compact(" ".join(" ".join([*s.heading, *s.columns, s.question or "", s.text]) for s in parts), raw)

    def found(page: int | None) -> str:
        return compact(" ".join(searched(s) for s in reading.sections if page in (None, s.page)))

    for entry in expected["must_include"]:
        page = entry.get("page")
        assert compact(entry["text"]) in text(page) or compact(entry["text"]) in found(page), entry
    for entry in expected.get("must_not_include") or []:
        assert compact(entry["text"], entry.get("raw", False)) not in text(None, entry.get("raw", False)), entry
    for entry in expected.get("same_row") or []:
        rows = [s for s in reading.sections if entry.get("page") in (None, s.page) and s.columns]
        said = [compact(row.text) + compact(searched(row)) for row in rows]
        assert any(all(compact(cell) in row for cell in entry["cells"]) for row in said), entry


def test_numbers_are_cited_as_they_are_shown_and_found_either_way() -> None:
    path = SHARED / "documents" / "takamatsu-shizei-kessan.xlsx"
    said = {section.row: section.text.split("\t") for section in read(path).sections}
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    numbers = [cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, int)]
    shown = [cell for cell in numbers if cell.number_format.startswith("#,##0_)")]
    assert len(shown) > 80
    for cell in shown:
        assert said[cell.row][cell.column - 1] == f"{cell.value:,}"
        assert tokens(f"{cell.value:,}") == tokens(str(cell.value))


SCANS = [d for d in manifest("documents", "documents") if "must_include_after_ocr" in d]


@pytest.mark.slow
@pytest.mark.skipif(not {"jpn", "jpn_vert"} <= ocr.languages(), reason="Tesseract is not installed with Japanese")
@pytest.mark.parametrize("expected", SCANS, ids=lambda d: d["file"])
def test_scan(expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIKITSUGI_OCR")
    reading = read_isolated(SHARED / "documents" / expected["file"])
    for entry in expected["must_include_after_ocr"]:
        assert compact(entry["text"]) in compact("".join(s.text for s in reading.sections if s.page == entry["page"]))
    assert all(section.ocr for section in reading.sections)


def test_tables_do_not_stand_twice() -> None:
    reading = read(SHARED / "documents" / "sabae-gomi-hayamihyo.pdf")
    found = [s for s in reading.sections if "アコーディオンカーテン" in s.text]
    assert len(found) == 1
    assert found[0].columns


@pytest.mark.parametrize("expected", manifest("encodings", "files"), ids=lambda d: d["file"])
def test_encoding(expected: dict[str, Any]) -> None:
    reading = read(SHARED / "encodings" / expected["file"])
    said = compact(" ".join(" ".join([*s.columns, s.question or "", s.text]) for s in reading.sections))
    for row in expected.get("rows", [])[1:]:
        wanted = [cell for cell in row[1:] if cell and sum(map(bool, row)) > 2]
        for cell in wanted:
            assert compact(cell).replace("\u301c", "~").replace("\u2212", "-") in said.replace("\u301c", "~").replace(
                "\u2212", "-"
            )


def test_odd_files() -> None:
    """Nothing crashes or hangs; each file is read or refused for its own reason."""
    cases = manifest("odd-files", "pdf") + manifest("odd-files", "office")
    paths = [SHARED / "odd-files" / case["file"] for case in cases]
    wrong = []
    for case, (_, outcome) in zip(cases, read_many(paths), strict=True):
        wanted = {"slow": "text", "hostile": "broken", "legacy-binary": "broken"}.get(
            case["expected"], case["expected"]
        )
        wanted = JUDGED_OTHERWISE.get(case["file"], wanted)
        if outcome_class(outcome) != wanted:
            wrong.append((case["file"], wanted, outcome))
    assert not wrong


def outcome_class(outcome: Reading | UnreadableDocument) -> str:
    if isinstance(outcome, Reading):
        return "text"
    if "パスワード" in outcome.reason:
        return "password"
    return "no-text" if "文字情報がありません" in outcome.reason else "broken"
