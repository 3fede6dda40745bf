"""Reports as one HTML page each: no script, nothing from elsewhere, and everything from a question or a document escaped.

Drawings alone enter a page as they are (``safe`` in the templates); matplotlib escapes the names in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval import plots
from eval.calibrate import Calibration
from eval.compare import Comparison
from eval.compare import result as compared
from eval.measures import Row, risk_coverage, worst
from eval.runs import Setup
from eval.show import NAMES, OUTCOMES, PROMISES, change, counts, realised_line, seconds_of, share, stopped

_TEMPLATES = Path(__file__).with_name("templates")


def report(run: Setup, rows: Sequence[Row], figures: dict[str, Any]) -> str:
    """The page of one run: figures, styles, the questions that went worst, the risk–coverage curve."""
    styles = [(name, part["correct"], part["wrong"], part["abstained"]) for name, part in figures["styles"].items()]
    drawn = {
        "figures": plots.intervals([(label, figures[name]) for name, label in NAMES.items()]),
        "styles": plots.outcomes(styles),
        "curve": plots.curve(risk_coverage(rows)),
    }
    return _render("report.html", run=run, result=figures, worst=worst(rows), plots=drawn)


def comparison(before: Setup, after: Setup, found: Comparison) -> str:
    """The page of two runs: differences, and every question that got better or worse."""
    figures = compared(found)
    drawn = {
        "differences": plots.intervals(
            [(label, figures["differences"][name]) for name, label in NAMES.items()], "difference", zero=True
        )
    }
    return _render(
        "compare.html", before=before, after=after, comparison=found, result=figures, plots=drawn, change=change
    )


def certificate(kept: dict[str, Any], found: Calibration) -> str:
    """The 精度証明書: one page of A4. ``kept``: what is stored of the calibration."""
    points = [(point.answered / found.questions, point.wrong / point.answered, point.upper) for point in found.curve]
    chosen = kept["fitted"]["given"]
    drawn = plots.dial(points, chosen["max_wrong"], chosen["answer_rate"])
    made = datetime.fromisoformat(kept["made"])
    return _render("certificate.html", kept=kept, promises=PROMISES, realised=realised_line, plot=drawn, made=made)


def _render(template: str, **names: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals |= {
        "names": NAMES, "outcomes": OUTCOMES, "counts": counts, "share": share, "seconds": seconds_of, "stopped": stopped,
    }  # fmt: skip
    return environment.get_template(template).render(**names)
