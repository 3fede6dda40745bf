"""Plots of figures as SVG to be put into a page: the only module that knows matplotlib.

Text stays text, so that the reader's own fonts show Japanese whatever fonts the measuring computer has.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Figures = dict[str, float | None]
_INK, _GOOD, _BAD, _GREY = "#1f4e79", "#2e7d32", "#b3261e", "#b0b0b0"
_LONGEST = 16
_NOT_DRAWING = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)


def intervals(named: Sequence[tuple[str, Figures]], value: str = "value", zero: bool = False) -> str:
    """Points with their 95 % intervals, a measure a line. ``zero``: differences; those that may be 0 are grey."""
    shown = [(name, f[value], f["low"], f["high"]) for name, f in named]
    figure, axes = _canvas(len(shown))
    for place, (_, point, low, high) in enumerate(shown):
        if point is not None and low is not None and high is not None:
            colour = _GREY if zero and low <= 0 <= high else _INK
            axes.plot([low, high], [place, place], color=colour, linewidth=2)
            axes.plot([point], [place], "o", color=colour)
    if zero:
        axes.axvline(0, color=_GREY, linewidth=1)
    else:
        axes.set_xlim(0, 1)
    _label(axes, [name for name, *_ in shown])
    return _svg(figure)


def differences(groups: Sequence[tuple[str, Sequence[tuple[str, Figures]]]]) -> str:
    """Differences with their 95 % intervals, a panel a group, the same lines in each; those that may be 0 are grey."""
    lines = [name for name, _ in groups[0][1]]
    figure = Figure(figsize=(3 + 2.6 * len(groups), 1 + 0.3 * len(lines)), layout="constrained")
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for axes, (title, rows) in zip(panels, groups, strict=True):
        for place, (_, figures) in enumerate(rows):
            low, high = figures["low"] or 0.0, figures["high"] or 0.0
            colour = _GREY if low <= 0 <= high else _BAD if high < 0 else _GOOD
            axes.plot([low, high], [place, place], color=colour, linewidth=2)
            axes.plot([figures["value"] or 0.0], [place], "o", color=colour)
        axes.axvline(0, color=_GREY, linewidth=1)
        axes.set_title(title, fontsize=9, parse_math=False)
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(lines)), lines, parse_math=False)
    panels[0].set_ylim(len(lines) - 0.5, -0.5)
    return _svg(figure)


def outcomes(named: Sequence[tuple[str, int, int, int]]) -> str:
    """Correct, wrong and abstained of every style, as shares of its questions."""
    figure, axes = _canvas(len(named))
    for place, (_, *counts) in enumerate(named):
        left = 0.0
        for count, colour in zip(counts, (_GOOD, _BAD, _GREY), strict=True):
            axes.barh(place, count / max(1, sum(counts)), left=left, color=colour, height=0.6)
            left += count / max(1, sum(counts))
    axes.set_xlim(0, 1)
    _label(axes, [name for name, *_ in named])
    return _svg(figure)


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A risk–coverage curve: across, the share of questions that are answered; up, the share of wrong ones among them."""
    figure = Figure(figsize=(6, 3.2))
    axes = figure.add_axes((0.12, 0.17, 0.84, 0.78))
    across, up = [x for x, _ in points], [y for _, y in points]
    axes.plot(across, up, drawstyle="steps-post", color=_INK, marker=".", clip_on=False)  # 0 lies on the edge
    _shares(axes)
    axes.set_ylabel("回答したものの誤答率")
    return _svg(figure)


def dial(points: Sequence[tuple[float, float, float]], wish: float, chosen: float) -> str:
    """The curve of a calibration: (share answered, share of wrong ones among them, its upper bound), the wish, and what was chosen."""
    figure = Figure(figsize=(6.4, 2.7))
    axes = figure.add_axes((0.11, 0.19, 0.86, 0.77))
    across = [x for x, _, _ in points]
    axes.plot(across, [y for _, y, _ in points], color=_INK, linewidth=1.8)
    axes.plot(across, [y for _, _, y in points], color=_INK, linewidth=1, linestyle=":")
    axes.axhline(wish, color=_BAD, linewidth=1)
    axes.axvline(chosen, color=_GOOD, linewidth=1, linestyle="--")
    _shares(axes)
    axes.set_ylabel("誤答率")
    return _svg(figure)


def _shares(axes: Axes) -> None:
    """Across, the share that is answered; both axes in percent."""
    ticks = (0, 0.2, 0.4, 0.6, 0.8, 1)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.set_yticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.set_xlabel("回答する割合")
    axes.grid(alpha=0.3)


def _canvas(lines: int) -> tuple[Figure, Axes]:
    height = 0.6 + 0.28 * max(1, lines)
    figure = Figure(figsize=(7, height))
    return figure, figure.add_axes((0.34, 0.45 / height, 0.62, 1 - 0.55 / height))


def _label(axes: Axes, names: Sequence[str]) -> None:
    """Names are untrusted: a ``$`` in them is no formula."""
    short = [name if len(name) <= _LONGEST else name[:_LONGEST] + "…" for name in names]
    axes.set_yticks(range(len(short)), short, parse_math=False)
    axes.set_ylim(len(short) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)


def _svg(figure: Figure) -> str:
    """The drawing alone: no declaration, no description of its maker."""
    stream = io.StringIO()
    style = mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hikitsugi", "font.family": "sans-serif"})
    with style, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # the reader's fonts draw them
        figure.savefig(stream, format="svg")
    text = stream.getvalue()
    return _NOT_DRAWING.sub("", text[text.index("<svg") :])
