"""Another wish from a kept calibration, as the dial on the page asks for it."""

import json
from pathlib import Path

import pytest

from eval.adopt import adopt
from eval.calibrate import calibrate, realised
from eval.calibrations import CERTIFICATE, About, conclude
from rag.answer import confidence
from rag.edition.catalog import Meta
from rag.errors import NotProven, UnreadableDocument
from tests.eval.test_calibrate import town

META = Meta("e", "2026-11-01", "m", 512, "r")
MADE = "2026-11-24T00:00:00+09:00"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A calibration at .3 that nothing was made of yet."""
    about = About("自分の課", "0", "dev", "2026-11-01", "e", "m", "r", MADE)
    seen = town(1, 1200)
    halves = {half: [o for o in seen if o.half == half] for half in ("dev", "test")}
    found = calibrate(halves["dev"], 0.3)
    return conclude(tmp_path, about, seen, found, realised(halves["test"], found.model), 0.3, None).folder


def in_force(data: Path) -> dict:
    return json.loads((data / confidence.FILE).read_text(encoding="utf-8"))


def test_a_wish_is_put_into_force_and_kept_with_its_certificate(tmp_path: Path, kept: Path):
    assert not (tmp_path / confidence.FILE).exists()
    done = adopt(tmp_path, kept, 0.2, META, MADE)
    assert in_force(tmp_path) == done.kept and done.kept["fitted"]["given"]["max_wrong"] == 0.2
    assert done.folder != kept and "20" in (done.folder / CERTIFICATE).read_text(encoding="utf-8")
    assert json.loads((kept / confidence.FILE).read_text(encoding="utf-8"))["fitted"]["given"]["max_wrong"] == 0.3
    looser = adopt(tmp_path, kept, 0.4, META, MADE)
    assert looser.kept["inferred"] < done.kept["inferred"] and in_force(tmp_path) == looser.kept


def test_what_cannot_be_promised_changes_nothing(tmp_path: Path, kept: Path):
    adopt(tmp_path, kept, 0.3, META, MADE)
    before = in_force(tmp_path)
    with pytest.raises(NotProven):
        adopt(tmp_path, kept, 0.001, META, MADE)
    assert in_force(tmp_path) == before


@pytest.mark.parametrize("other", [Meta("e", "", "another", 512, "r"), Meta("e", "", "m", 512, "another")])
def test_a_calibration_of_other_models_or_readers_is_refused(tmp_path: Path, kept: Path, other: Meta):
    with pytest.raises(NotProven, match="今と違います"):
        adopt(tmp_path, kept, 0.3, other, MADE)
    assert not (tmp_path / confidence.FILE).exists()


def test_a_damaged_calibration_is_refused(tmp_path: Path, kept: Path):
    (kept / confidence.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(UnreadableDocument):
        adopt(tmp_path, kept, 0.3, META, MADE)
