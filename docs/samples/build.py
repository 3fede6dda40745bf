"""Turns the sources of the sample municipality, みらい市, into the files of ``corpora/``.

    python docs/samples/build.py [NAME…]

``<課>/NAME.md`` becomes NAME.docx or NAME.pdf, ``<課>/NAME.sheet.csv`` becomes NAME.xlsx; README.md says how a source is
written. The files come from the programs that offices use (Word's format, LibreOffice, a browser's print), because it is
their habits that the readers have to cope with. The same source and programs give the same bytes: clocks are set to ``DAY``.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sheet import write_xlsx
from source import MARKDOWN, PAGEBREAK, Manual, SourceError, read_manual
from word import write_docx

SOURCES = Path(__file__).resolve().parent
CORPORA = SOURCES.parents[1] / "corpora"
DAY = datetime(2026, 4, 1, tzinfo=UTC)
SHEET = ".sheet.csv"
WITH_BOOKMARKS = 'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"}}'
QUIET_CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> int:
    arguments = argparse.ArgumentParser(description="Build the files of corpora/ from docs/samples/.")
    arguments.add_argument("names", nargs="*", metavar="NAME", help="a source's name without ending (default: all)")
    arguments.add_argument(
        "--sources", type=Path, default=SOURCES, help="folder of <課>/NAME.md and <課>/NAME.sheet.csv"
    )
    arguments.add_argument("--to", type=Path, default=CORPORA, help="folder that the files go to")
    chosen = arguments.parse_args()
    try:
        with tempfile.TemporaryDirectory() as work:
            for target in build(_sources(chosen.sources, chosen.names), chosen.to, Path(work)):
                sys.stdout.write(f"{target}\n")
    except SourceError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


def _sources(folder: Path, names: Sequence[str]) -> list[Path]:
    known = sorted([*folder.glob("*/*.md"), *folder.glob(f"*/*{SHEET}")])
    missing = set(names) - {_name(path) for path in known}
    if missing or not known:
        raise SourceError(f"{folder}: no source is named {', '.join(sorted(missing)) or '*.md'}")
    return [path for path in known if not names or _name(path) in names]


def _name(path: Path) -> str:
    return path.name.removesuffix(SHEET).removesuffix(".md")


def build(sources: Sequence[Path], to: Path, work: Path) -> list[Path]:
    """Make every source's file in ``work``, then put all into ``to``: a fault leaves ``to`` as it was."""
    made: list[Path] = []
    printed: list[Path] = []
    for source in sources:
        draft = work / source.parent.name / _name(source)
        draft.parent.mkdir(exist_ok=True)
        if source.name.endswith(SHEET):
            made.append(Path(f"{draft}.xlsx"))
            write_xlsx(source, made[-1], DAY)
            continue
        manual = read_manual(source)
        made.append(Path(f"{draft}.docx" if manual.format == "docx" else f"{draft}.pdf"))
        if manual.format == "html-pdf":
            print_from_browser(manual, made[-1], work)
        else:
            write_docx(manual, Path(f"{draft}.docx"), DAY)
        if manual.format == "pdf":
            printed.append(Path(f"{draft}.docx"))
    print_from_office(printed, work)
    return [_publish(draft, to / draft.relative_to(work)) for draft in made]


def print_from_office(documents: Sequence[Path], work: Path) -> None:
    """Print Word documents beside themselves. LibreOffice starts slowly, so each folder's go in one call."""
    for folder in sorted({document.parent for document in documents}):
        files = [str(document) for document in documents if document.parent == folder]
        own = f"-env:UserInstallation={(work / '.office').as_uri()}"  # neither the user's profile nor an open window
        _call("soffice", own, "--headless", "--convert-to", WITH_BOOKMARKS, "--outdir", str(folder), *files)
        for file in files:
            if not Path(file).with_suffix(".pdf").exists():
                raise SourceError(f"LibreOffice printed no PDF of {file}")


def print_from_browser(manual: Manual, target: Path, work: Path) -> None:
    page = target.with_suffix(".html")
    body = MARKDOWN.render(manual.body).replace(PAGEBREAK, '<div class="pagebreak"></div>')
    style = (SOURCES / "print.css").read_text(encoding="utf-8").replace("$TITLE", manual.title)
    title, subtitle = html.escape(manual.title), html.escape(manual.subtitle)
    page.write_text(
        f'<!doctype html><html lang="ja"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<header><h1>{title}</h1><p>{subtitle}</p></header>{body}</html>",
        encoding="utf-8",
    )
    browser = next((name for name in ("chromium", "google-chrome") if shutil.which(name)), "chromium")
    profile, to = f"--user-data-dir={work / '.browser'}", f"--print-to-pdf={target}"
    _call(
        browser,
        *QUIET_CHROMIUM,
        profile,
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        to,
        page.as_uri(),
    )
    if not target.exists():
        raise SourceError(f"{browser} printed no PDF of {manual.path}")


def _call(program: str, *arguments: str) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(DAY.timestamp())), "TZ": "UTC"}
    try:
        subprocess.run([program, *arguments], env=environment, check=True, capture_output=True, timeout=300)
    except FileNotFoundError:
        raise SourceError(
            f"{program} is missing: apt-get install chromium libreoffice-writer-nogui fonts-noto-cjk"
        ) from None
    except subprocess.CalledProcessError as fault:
        raise SourceError(f"{program} failed: {fault.stderr.decode(errors='replace')[-500:]}") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"{program} did not finish in five minutes") from None


def _publish(draft: Path, target: Path) -> Path:
    content = settled_pdf(draft.read_bytes()) if draft.suffix == ".pdf" else None
    target.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        target.write_bytes(content)
    else:
        _settled_zip(draft, target)
    return target


def settled_pdf(content: bytes) -> bytes:
    """Set the dates and the document's id to fixed ones of equal length, so that no offset moves."""
    day = DAY.strftime("%Y%m%d%H%M%S").encode()
    content = re.sub(rb"(?<=Date\(D:)\d{14}|(?<=Date \(D:)\d{14}", day, content)
    return re.sub(
        rb"/(?:ID|DocChecksum)\s*\[?\s*/?[<0-9A-F>\s]+\]?", lambda found: re.sub(rb"[0-9A-F]", b"0", found[0]), content
    )


def _settled_zip(draft: Path, target: Path) -> None:
    """Copy an Office file with every clock in it set to ``DAY``; openpyxl writes the time of saving whatever it is told."""
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", DAY.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content
                )
            new.writestr(zipfile.ZipInfo(name, DAY.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    raise SystemExit(main())
