"""pypdf, the second reader: for the few files that pdfium cannot open, or of which it gives no or garbled text."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from ingest.readers import clean
from ingest.readers.blocks import Paragraph, starts_unit

_TRIED_PAGES = 10
_MOST_PAGES = 2000


class Encrypted(Exception):
    """The file needs a password."""


def texts(path: Path, wanted: set[int] | None = None) -> list[str]:
    """The text of every page ("" for pages that are not ``wanted``), or of none if the first ten have none."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, WrongPasswordError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted
        result: list[str] = []
        tried = 0
        for index, page in enumerate(reader.pages[:_MOST_PAGES]):
            if wanted is not None and index + 1 not in wanted:
                result.append("")
                continue
            tried += 1
            try:
                result.append(page.extract_text() or "")
            except (FileNotDecryptedError, DependencyError, MemoryError):
                raise
            except Exception:  # noqa: BLE001 – pypdf raises many types; the other pages may be sound
                result.append("")
            if tried == _TRIED_PAGES and not any(map(str.strip, result)):
                break
        return result
    except (FileNotDecryptedError, WrongPasswordError, DependencyError) as error:
        raise Encrypted from error


def paragraphs(text: str, page: int) -> list[Paragraph]:
    """The lines of a page, joined where one is as long as the longest and no sentence ends; geometry is not known."""
    lines = [line.strip() for line in clean.visible(text).split("\n") if line.strip()]
    longest = max(map(len, lines), default=0)
    result: list[Paragraph] = []
    for index, line in enumerate(lines):
        full = index and longest >= 20 and len(lines[index - 1]) >= 0.9 * longest
        marked = starts_unit(line) or re.match(r"[・●○■□◆◇※①-⓿（(]|[0-9０-９]{1,2}[.．\s]", line)
        if full and not marked and not lines[index - 1].endswith("。"):
            result[-1] = Paragraph(clean.join(result[-1].text, line), page)
        else:
            result.append(Paragraph(line, page))
    return result
