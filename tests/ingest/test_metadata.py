from datetime import date
from pathlib import Path

import pytest

from ingest.metadata import SourceFile, describe, end_superseded, missing_entries, read_collection
from rag.domain import Sensitivity
from rag.errors import InvalidMetadata

COLLECTION = """
department = "市民課"
contact = "市民課 住民記録係（内線2110）"
audience = ["全庁"]

[[document]]
file = "新.pdf"
title = "手数料の手引き"
valid_from = 2026-04-01
supersedes = "旧.pdf"

[[document]]
file = "旧.pdf"
valid_from = 2025-04-01
sensitivity = 2
audience = ["市民課"]
"""


def collection(tmp_path: Path, text: str = COLLECTION):
    (tmp_path / "collection.toml").write_text(text, encoding="utf-8")
    return read_collection(tmp_path / "collection.toml")


def source(name: str) -> SourceFile:
    return SourceFile(f"市民課/{name}", Path(name), "0" * 64)


def test_an_entry_overrides_the_collection_and_the_collection_the_defaults(tmp_path: Path):
    entries = collection(tmp_path)
    new, old, other = (describe(source(name), entries) for name in ("新.pdf", "旧.pdf", "他.pdf"))
    assert (new.title, new.department, new.contact) == ("手数料の手引き", "市民課", "市民課 住民記録係（内線2110）")
    assert (new.sensitivity, new.audience) == (Sensitivity.PUBLIC, frozenset({"全庁"}))
    assert (old.sensitivity, old.audience, old.title) == (Sensitivity.INTERNAL, frozenset({"市民課"}), "旧")
    assert other.title == "他" and other.validity.start is None


def test_a_superseded_document_ends_when_its_successor_takes_force(tmp_path: Path):
    entries = collection(tmp_path)
    new, old = end_superseded([describe(source(name), entries) for name in ("新.pdf", "旧.pdf")])
    assert old.validity.end == date(2026, 4, 1) == new.validity.start
    assert new.validity.end is None


def test_an_earlier_end_of_its_own_stays(tmp_path: Path):
    entries = collection(tmp_path, COLLECTION + "valid_until = 2026-01-01\n")
    _, old = end_superseded([describe(source(name), entries) for name in ("新.pdf", "旧.pdf")])
    assert old.validity.end == date(2026, 1, 1)


def test_a_folder_without_a_file_has_the_folders_name_and_the_defaults(tmp_path: Path):
    info = describe(source("a.txt"), read_collection(tmp_path / "collection.toml"))
    assert (info.department, info.sensitivity) == ("市民課", Sensitivity.PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "department = ",
        "departmnt = '市民課'",
        "sensitivity = 4",
        "[[document]]\ntitle = 'no file'",
        "[[document]]\nfile='a'\nvalid_from=2026-04-01\nvalid_until=2026-04-01",
        "[[document]]\nfile='a'\nvalid_from='来年'",
    ],
)
def test_what_is_wrong_is_refused_and_named(tmp_path: Path, text: str):
    with pytest.raises(InvalidMetadata, match=r"collection\.toml"):
        collection(tmp_path, text)


def test_decomposed_file_names_are_the_same_files(tmp_path: Path):
    entries = collection(tmp_path, "[[document]]\nfile = 'か\u3099いど.txt'\ntitle = 'ガイド'")
    assert describe(source("がいど.txt"), entries).title == "ガイド"
    assert missing_entries(entries, {"がいど.txt"}) == []
    assert missing_entries(entries, {"別.txt"}) == ["か\u3099いど.txt"]
