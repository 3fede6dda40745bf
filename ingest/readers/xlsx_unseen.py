"""Cells of a sheet that nobody sees: white on white, a format that shows nothing (;;;), type smaller than 1 pt."""

from __future__ import annotations

from typing import Any

_WHITE = ("FFFFFFFF", "00FFFFFF")
_END = 1 << 20
_NOTHING = ";;;"


class Unseen:
    """Says of each cell of a sheet whether it is unseen, and keeps the places of those that are, and of the struck ones.

    Where a table or a conditional format may colour the ground, white type is taken for visible.
    """

    def __init__(self, sheet: Any) -> None:
        self.found: list[str] = []
        self.struck: list[str] = []
        self._known: dict[int, tuple[bool, bool]] = {}
        self._coloured = [
            *(_bounds(table.ref) for table in sheet.tables.values()),
            *(area.bounds for rule in sheet.conditional_formatting for area in rule.sqref.ranges),
        ]

    def __call__(self, cell: Any) -> bool:
        if not cell.has_style:
            return False
        if cell.style_id not in self._known:
            size = cell.font.size
            gone = cell.number_format.strip() == _NOTHING or (size is not None and size < 1)
            self._known[cell.style_id] = gone, _is_white(cell.font.color) and not _is_filled(cell.fill)
        if cell.font.strike:
            self.struck.append(cell.coordinate)
            return True
        gone, white = self._known[cell.style_id]
        inside = white and any(a <= cell.column <= c and b <= cell.row <= d for a, b, c, d in self._coloured)
        unseen = gone or (white and not inside)
        if unseen:
            self.found.append(cell.coordinate)
        return unseen

    def kept(self, cell: Any) -> object:
        """The value of a cell; of a text in several types (CellRichText) what is not struck, as one text."""
        if not isinstance(cell.value, list):
            return cell.value
        struck = [bool(getattr(getattr(run, "font", None), "strike", False)) for run in cell.value]
        if any(struck):
            self.struck.append(cell.coordinate)
        return "".join(str(run) for run, gone in zip(cell.value, struck, strict=True) if not gone)


def _bounds(reference: str) -> tuple[int, int, int, int]:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(reference)
    return left or 0, top or 0, right or _END, bottom or _END  # A:C has no rows


def _is_white(color: Any) -> bool:
    """Whether a colour is white, by itself or as the theme's ground."""
    if color is None:
        return False
    if color.type == "theme":
        return color.theme == 0 and not color.tint
    return color.type == "rgb" and str(color.rgb).upper() in _WHITE


def _is_filled(fill: Any) -> bool:
    """Whether a cell has a ground of another colour than white."""
    if getattr(fill, "fill_type", None) != "solid":
        return getattr(fill, "fill_type", None) is not None
    return not _is_white(fill.fgColor)
