"""Another wish from a calibration that is kept: nothing is asked again, and what comes of it is kept as any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from eval.calibrate import calibrate, realised
from eval.calibrations import About, Calibrated, conclude, read_observations
from rag.answer import confidence, evidence
from rag.edition.catalog import Meta
from rag.errors import NotProven, UnreadableDocument

_AGAIN = "python -m eval calibrate で測り直してください。"


def adopt(data: Path, folder: Path, wish: float, meta: Meta, made: str) -> Calibrated:
    """Put ``wish`` into force by the calibration in ``folder``, and keep it with a certificate of its own.

    ``meta``: of the edition that answers; ``made``: ISO 8601. Raises NotProven if the wish cannot be promised, if the other half
    speaks against it, or if the calibration was made with other models or another way to read documents.
    """
    about, version = _read(folder)
    if (about.fingerprint, about.recipe, version) != (meta.fingerprint, meta.recipe, evidence.VERSION):
        raise NotProven("この測定は、埋め込みモデル、資料の読み取り方、確かさの求め方のどれかが今と違います。", _AGAIN)
    observations = read_observations(folder)
    found = calibrate([o for o in observations if o.half == about.half], wish)
    check = realised([o for o in observations if o.half != about.half], found.model)
    return conclude(data, replace(about, made=made), observations, found, check, wish, data / confidence.FILE)


def read_about(folder: Path) -> About:
    """What a kept calibration was made with. Raises UnreadableDocument."""
    return _read(folder)[0]


def _read(folder: Path) -> tuple[About, int]:
    """What a kept calibration was made with, and the version of its evidence. Raises UnreadableDocument."""
    try:
        kept = json.loads((folder / confidence.FILE).read_text(encoding="utf-8"))
        return About(**{name: kept[name] for name in About.__dataclass_fields__}), int(kept["version"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnreadableDocument(f"{folder} から測定の条件を読めません。", _AGAIN) from error
