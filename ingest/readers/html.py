"""HTML: the main text under its headings, tables as rows. Nothing is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ingest.readers import clean
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.decode import decode
from ingest.readers.table import Cell, Grid, Table
from rag.domain import Reading, ReadingWarning

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag

_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "button",
    "select",
    "input",
    "textarea",
    "iframe",
    "object",
    "embed",
    "svg",
    "canvas",
    "audio",
    "video",
    "dialog",
    "head",
    "rt",
    "rp",
)
_OF_THE_SITE = ("header", "footer", "aside")
"""Left out where they are the page's, kept within its main text: there they hold its title and whom to ask."""
_MAIN = ("main", "article", "section")
_STRUCK = ("del", "s", "strike")
_STRIKING = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_ASKING = re.compile(r"enquete|questionnaire|アンケート", re.IGNORECASE)
_SEARCHING = re.compile(r"search|検索", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
        "ul",
        "caption",
        "form",
    ]
)
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0(?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:;|$)|"
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
_WHITE_TEXT = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}", re.IGNORECASE)
_BACKGROUND = re.compile(r"background", re.IGNORECASE)
_TRAIL = re.compile(r"bread-?crumb|pankuzu|topic-?path|global-?nav|skip-?link", re.IGNORECASE)
_MOST_SPAN, _LONGEST_TERM = 200, 40
_NO_TERM = ["table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"]
"""What is no term of a <dl> but has a form of its own."""
_NUMBER = "data-place"
"""Where it is kept how many items of a numbered list stand before one."""
_SENTENCE = re.compile("[\u3041-\u9fff、]{15,}|。")
"""A comment that says something, and does not only name a part of the page (ヘッダーここから)."""


def read(path: Path) -> Reading:
    """The main text of a page. Navigation, forms, scripts and what a browser does not show are left out."""
    import warnings as python_warnings

    from bs4 import BeautifulSoup, Comment

    data = path.read_bytes()
    declared = _DECLARED.search(data[:4096])
    decoded = decode(data, declared[1].decode("ascii") if declared else None)
    warnings: list[ReadingWarning] = list(decoded.warnings)
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # XHTML is read as HTML on purpose
        soup = BeautifulSoup(decoded.text, "lxml")
    title = clean.one_line(soup.title.get_text()) if soup.title else None
    hidden = _drop_hidden(soup)
    for element in soup.find_all(_is_questionnaire):
        element.decompose()
    for element in soup(_DROPPED):
        element.decompose()
    for element in soup.find_all(_is_trail):
        element.decompose()
    for element in soup(_OF_THE_SITE):
        if not element.decomposed and not element.find_parent(_MAIN):
            element.decompose()
    if struck := [element for element in soup.find_all(_is_struck) if element.get_text(strip=True)]:
        warnings.append(clean.struck_warning())
    for element in struck:
        element.decompose()
    comments = soup.find_all(string=lambda text: isinstance(text, Comment))
    for comment in comments:
        comment.extract()
    if any(_SENTENCE.search(comment) and "<" not in comment for comment in comments):
        warnings.append(clean.comment_warning())
    for listed in soup("ol"):
        for number, item in enumerate(listed.find_all("li", recursive=False)):
            item[_NUMBER] = str(number)
    if hidden or clean.hides(decoded.text):
        warnings.append(clean.hidden_warning())
    main = soup.find("main") or soup.find(None, {"role": "main"}) or soup.body or soup
    return Reading("html", assemble(_blocks(cast("Tag", main))), tuple(warnings), title=title or None)


def _is_questionnaire(element: Tag) -> bool:
    """Whether a form asks the reader what the page is worth (このページは役に立ちましたか), and is not the whole page."""
    if element.name != "form" or element.find(["main", "article"]):
        return False
    if _ASKING.search(" ".join(str(element.get(key) or "") for key in ("id", "class", "name"))):
        return True
    asks = element.find("textarea") or element.find("input", {"type": re.compile("^(radio|checkbox)$", re.IGNORECASE)})
    return bool(asks) and not element.find(["table", "h1", "h2", "h3", "h4", "h5", "h6"])


def _is_struck(element: Tag) -> bool:
    return element.name in _STRUCK or bool(_STRIKING.search(str(element.get("style") or "")))


def _is_trail(element: Tag) -> bool:
    """Whether an element is the path to the page (パンくずリスト), a form to search with, or other navigation."""
    if element.name == "form":  # some sites put the whole page into one
        said = " ".join(str(element.get(key) or "") for key in ("role", "id", "class", "action", "name"))
        return bool(_SEARCHING.search(said)) and not element.find(["p", "table", "h1", "h2", "h3"])
    names = " ".join([*map(str, element.get_attribute_list("class")), str(element.get("id") or "")])
    return bool(_TRAIL.search(names)) or element.get("role") == "navigation"


def _drop_hidden(soup: Tag) -> bool:
    """Take out what styles or attributes hide; True if there was text in it."""
    names = _hiding_classes(soup)
    found = False
    for element in soup.find_all(True):
        if element.decomposed or element.name in ("html", "body", "head", "input", "script", "style", "meta", "link"):
            continue
        if _is_hidden(element, names):
            found = found or bool(element.get_text(strip=True))
            element.decompose()
    return found


def _hiding_classes(soup: Tag) -> frozenset[str]:
    """Simple selectors (.name, #name) of the page's own styles that hide what they match."""
    names: set[str] = set()
    for style in soup("style"):
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style.get_text()):
            if _HIDING.search(body) or (_WHITE_TEXT.search(body) and not _BACKGROUND.search(body)):
                names.update(s.strip() for s in selectors.split(",") if re.fullmatch(r"\s*[.#][\w-]+\s*", s))
    return frozenset(names)


def _is_hidden(element: Tag, names: frozenset[str]) -> bool:
    style = str(element.get("style") or "")
    white = _WHITE_TEXT.search(style) and not any(
        _BACKGROUND.search(
            str(e.get("style") or "") + str(e.get("class") or "") + ("background" if e.get("bgcolor") else "")
        )
        for e in (element, *element.parents)
        if e.name != "[document]"
    )
    if element.has_attr("hidden") or str(element.get("aria-hidden")) == "true" or _HIDING.search(style) or white:
        return True
    classes = element.get_attribute_list("class")
    return any(f".{name}" in names for name in classes if name) or f"#{element.get('id')}" in names


def _blocks(root: Tag) -> list[Block]:
    return list(_walk(root, None))


def _walk(element: Tag, level: int | None) -> Iterator[Block]:
    """Paragraphs and tables in order: text between two block elements is one paragraph (or more, by <br>)."""
    from bs4.element import NavigableString, Tag

    words = ""
    mark = _marker(element)
    for child in element.children:
        if isinstance(child, Tag) and (child.name in _BLOCKS or child.find(list(_BLOCKS))):
            for text in _lines(words):
                yield Paragraph(mark + text, level=level)
                mark = ""
            words = ""
            yield from _block(child, level, mark)
            mark = ""
        elif isinstance(child, Tag):
            words += "\n" if child.name == "br" else _inline(child)
        elif isinstance(child, NavigableString):
            words += _collapsed(child, element)
    for text in _lines(words):
        yield Paragraph(mark + text, level=level)
        mark = ""


def _block(child: Tag, level: int | None, mark: str) -> Iterator[Block]:
    if re.fullmatch("h[1-6]", child.name):
        text = clean.one_line(child.get_text())
        if text:
            yield Paragraph(mark + text, level=int(child.name[1]))
    elif child.name == "dl" and _is_of_pairs(child):
        yield from _definitions(child, level, mark)
    elif child.name == "table" and not child.find("table") and _grid_width(child) > 1:
        if caption := child.find("caption"):
            yield from (Paragraph(text) for text in _lines(caption.get_text()))
        grid = _grid(child)
        yield Table(grid, head=_head(child, grid))
    else:
        for block in _walk(child, level):
            yield Paragraph(mark + block.text, level=block.level) if mark and isinstance(block, Paragraph) else block
            mark = ""


def _in_a_list(element: Tag) -> list[PageElement]:
    """What stands in a <dl>, also what it groups by <div>."""
    return [part for child in element.children for part in (_children(child) if _name(child) == "div" else [child])]


def _children(element: PageElement) -> list[PageElement]:
    return list(cast("Tag", element).children)


def _name(element: PageElement) -> str:
    return str(getattr(element, "name", None) or "")


def _is_of_pairs(element: Tag) -> bool:
    """Whether a <dl> holds terms and what is said of them alone, no term being a heading, a list or a table."""
    from bs4.element import NavigableString, PreformattedString, Tag

    for part in _in_a_list(element):
        if isinstance(part, Tag):
            if part.name not in ("dt", "dd") or (part.name == "dt" and part.find(_NO_TERM)):
                return False
        elif isinstance(part, NavigableString) and not isinstance(part, PreformattedString) and part.strip():
            return False
    return True


def _definitions(element: Tag, level: int | None, mark: str) -> Iterator[Block]:
    """The pairs of a <dl>: the term stands before what is said of it (受付時間：8時30分から), not in a line of its own."""
    term = ""
    for part in _in_a_list(element):
        if _name(part) not in ("dt", "dd"):
            continue
        child = cast("Tag", part)
        if child.name == "dt":
            if term:
                yield Paragraph(mark + term, level=level)
                mark = ""
            term = clean.one_line(_inline(child).replace("\x1f", " "))
            continue
        for block in _walk(child, level):
            if term and isinstance(block, Paragraph) and block.level is None and len(term) <= _LONGEST_TERM:
                yield Paragraph(f"{mark}{term}：{block.text}", level=level)
            else:
                yield from [Paragraph(mark + term, level=level)] if term else []
                yield block
            term = mark = ""
    if term:
        yield Paragraph(mark + term, level=level)


def _marker(element: Tag) -> str:
    if element.name != "li":
        return ""
    if element.parent is None or element.parent.name != "ol":
        return "・"
    start = int(str(element.parent.get("start") or 1)) if str(element.parent.get("start") or 1).isdigit() else 1
    return f"{start + int(str(element.get(_NUMBER) or 0))}. "


def _inline(child: Tag) -> str:
    return "".join("\n" if part == "<br>" else part for part in _parts(child))


def _parts(element: Tag) -> Iterator[str]:
    from bs4.element import NavigableString, Tag

    for child in element.children:
        if isinstance(child, Tag):
            if child.name == "br":
                yield "<br>"
            else:
                yield from _parts(child)
        elif isinstance(child, NavigableString):
            yield _collapsed(child, element)


def _collapsed(text: PageElement, element: Tag) -> str:
    """Line ends in the source are spaces, or nothing between Japanese characters; in <pre> they stay."""
    if element.name == "pre" or element.find_parent("pre"):
        return str(text)
    return re.sub(r"(?<![ \t])[ \t]*[\r\n]+[ \t\r\n]*", "\x1f", str(text))


def _lines(words: str) -> list[str]:
    lines = []
    for line in words.split("\n"):
        parts = [clean.visible(part) for part in line.split("\x1f")]
        joined = ""
        for part in parts:
            joined = clean.join(joined, part) if part else joined
        if joined:
            lines.append(joined)
    return lines


def _grid_width(table: Tag) -> int:
    return max((len(row.find_all(["td", "th"])) for row in table.find_all("tr")), default=0)


def _grid(table: Tag) -> Grid:
    """The cells of a table with rowspan and colspan filled."""
    taken: dict[tuple[int, int], Cell] = {}
    lines = table.find_all("tr")
    for r, line in enumerate(lines):
        c = 0
        for element in line.find_all(["td", "th"]):
            while (r, c) in taken:
                c += 1
            down, right = min(_span(element, "rowspan"), len(lines) - r), _span(element, "colspan")
            cell = Cell(clean.one_line(" ".join(_inline(element).split("\x1f"))), r, c, down, right)
            for y in range(r, r + down):
                for x in range(c, c + right):
                    taken.setdefault((y, x), cell)
            c += right
    width = max((x for _, x in taken), default=-1) + 1
    return tuple(tuple(taken.get((r, c), Cell("", r, c)) for c in range(width)) for r in range(len(lines)))


def _span(element: Tag, name: str) -> int:
    value = str(element.get(name) or 1)
    return max(1, min(_MOST_SPAN, int(value))) if value.isdigit() else 1


def _head(table: Tag, grid: Grid) -> int | None:
    """Rows in <thead>, or at the top with only <th>; no head where the heads are at the left; else a guess."""
    lines = table.find_all("tr")
    count = 0
    for line in lines:
        in_head = line.find_parent("thead") is not None
        cells = line.find_all(["td", "th"])
        if not in_head and not (cells and all(cell.name == "th" for cell in cells)):
            break
        count += 1
    if count and count < len(lines):
        return max(count, max((cell.rows for cell in grid[0] if cell.rows < len(lines)), default=1))
    first = [line.find(["td", "th"]) for line in lines]
    if all(cell is not None and cell.name == "th" for cell in first):
        return 0
    return None
