"""Names that cannot be taken in, and names that were meant for something else: nothing becomes public by them."""

import os
import unicodedata
from pathlib import Path

import pytest

from ingest.names import fault, misnamed, shown
from ingest.plan import scan

SHIFT_JIS = os.fsdecode("手引き.md".encode("cp932"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "課").mkdir()
    (tmp_path / "課" / "内部.md").write_text("# 手順\n\n内部の手順です。\n", "utf-8")
    return tmp_path


def refused(corpus: Path) -> dict[str, str]:
    return {r.refusal.path: r.refusal.reason for r in scan(corpus).refused}


@pytest.mark.parametrize(
    "name", ["手引き（改定）　最終.md", "-rf.md", "あ" * 83, unicodedata.normalize("NFD", "ガ.md"), "👩‍💻.md"]
)
def test_unusual_names_are_names(name: str):
    assert fault(name) is None and shown(name) == name and misnamed(name) is None


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        (SHIFT_JIS, "手引き.md"),
        ("a\nb.md", "a\\nb.md"),
        ("\x1b[31m.md", "\\x1b[31m.md"),
        ("\u202egpj.md", "\\u202egpj.md"),
    ],
)
def test_names_that_break_what_shows_them_are_refused_readably(corpus: Path, name: str, readable: str):
    (corpus / "課" / name).write_text("本文です。", "utf-8")
    (corpus / name).mkdir()
    (corpus / name / "中.md").write_text("本文です。", "utf-8")
    assert refused(corpus).keys() == {f"課/{readable}", readable}
    assert [document.path for document, _ in scan(corpus).documents] == ["課/内部.md"]
    "".join(refused(corpus)).encode()


@pytest.mark.parametrize("name", ["COLLECTION.TOML", "collection.toml.txt", "collection (1).toml", "ｃollection．toml"])
def test_a_collection_by_another_name_leaves_its_folder_as_it_was(corpus: Path, name: str):
    (corpus / "課" / name).write_text("sensitivity = 3\n", "utf-8")
    found = scan(corpus)
    assert "collection.toml" in refused(corpus)[f"課/{unicodedata.normalize('NFC', name)}"]
    assert (found.documents, found.undecided) == ((), ("課/内部.md",))
    (corpus / "課" / "collection.toml").write_text("sensitivity = 2\n", "utf-8")
    assert [document.sensitivity for document, _ in scan(corpus).documents] == [2], "the one by the right name counts"


@pytest.mark.parametrize("name", ["内部.md.meta.toml.txt", "内部.meta.toml - コピー", "内部.md．ＭＥＴＡ.toml"])
def test_a_sidecar_by_another_name_leaves_its_document_as_it_was(corpus: Path, name: str):
    (corpus / "課" / name).write_text("sensitivity = 3\n", "utf-8")
    (corpus / "課" / "別.md").write_text("別の資料です。", "utf-8")
    found = scan(corpus)
    assert refused(corpus).keys() == {f"課/{name}"}
    assert [document.path for document, _ in found.documents] == ["課/別.md"] and found.undecided == ("課/内部.md",)
    (corpus / "課" / "内部.md.meta.toml").write_text("sensitivity = 2\n", "utf-8")
    assert {document.sensitivity for document, _ in scan(corpus).documents} == {1, 2}


@pytest.mark.parametrize("name", ["collection.toml", "内部.md.meta.toml"])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_metadata_that_is_no_file_leaves_its_documents_as_they_were(corpus: Path, name: str, kind: str):
    file = corpus / "課" / name
    if kind == "link":
        file.symlink_to("/nowhere")
    elif kind == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    found = scan(corpus)
    assert refused(corpus).keys() == {f"課/{name}"}
    assert (found.documents, found.undecided) == ((), ("課/内部.md",))


def test_a_collection_that_is_replaced_at_this_moment_is_not_taken_for_none(corpus: Path, monkeypatch):
    file = corpus / "課" / "collection.toml"
    file.write_text("sensitivity = 3\n", "utf-8")
    walk = os.walk

    def taken_away(*arguments, **more):
        for found in walk(*arguments, **more):
            if file.name in found[2]:
                file.unlink()
            yield found

    monkeypatch.setattr(os, "walk", taken_away)
    assert scan(corpus).documents == ()
