"""Files that are put into the corpus for somebody, and taken out again."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import shelf
from ingest.metadata import read_entry
from rag.errors import InvalidMetadata


def test_a_document_is_placed_with_what_is_known_of_it(tmp_path: Path):
    entry = {"title": '手引き"甲"', "valid_from": date(2026, 4, 1), "sensitivity": 2, "audience": ["市民課"]}
    path = shelf.place(tmp_path, "市民課", "手引き.pdf", b"%PDF", entry)
    assert path == "市民課/手引き.pdf" and (tmp_path / path).read_bytes() == b"%PDF"
    found = read_entry(tmp_path / path, tmp_path / f"{path}.meta.toml")
    assert (found.title, found.valid_from, found.sensitivity) == ('手引き"甲"', date(2026, 4, 1), 2)
    assert found.audience == {"市民課"}
    assert {file.name for file in (tmp_path / "市民課").iterdir()} == {"手引き.pdf", "手引き.pdf.meta.toml"}


def test_a_document_is_not_replaced_unasked(tmp_path: Path):
    shelf.place(tmp_path, "市民課", "手引き.txt", "旧".encode(), {"title": "旧"})
    with pytest.raises(InvalidMetadata, match="すでにあります"):
        shelf.place(tmp_path, "市民課", "手引き.txt", "新".encode(), {})
    shelf.place(tmp_path, "市民課", "手引き.txt", "新".encode(), {}, replace=True)
    assert (tmp_path / "市民課" / "手引き.txt").read_text("utf-8") == "新"
    assert not (tmp_path / "市民課" / "手引き.txt.meta.toml").exists()


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../外.txt", "a/b.txt", "a\\b.txt", ".隠し", "~$開いている.docx", "改\n行.txt", "\u202e逆.txt",
     "長" * 100, "collection.toml", "手引き.meta.toml", "Thumbs.db", "a:b.txt"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_or_means_something_else_is_refused(tmp_path: Path, name: str):
    corpus = tmp_path / "corpora"
    with pytest.raises(InvalidMetadata):
        shelf.place(corpus, "市民課", name, b"x", {})
    assert not list(tmp_path.rglob("*.txt")) and not list(tmp_path.rglob("*.toml"))


@pytest.mark.parametrize("department", ["", "..", "市民課/..", ".git", "a\x00b"])
def test_a_department_that_leads_elsewhere_is_refused(tmp_path: Path, department: str):
    with pytest.raises(InvalidMetadata, match="課の名前"):
        shelf.place(tmp_path / "corpora", department, "a.txt", b"x", {})


def test_what_is_taken_out_is_kept_with_what_is_known_of_it(tmp_path: Path):
    path = shelf.place(tmp_path / "corpora", "市民課", "手引き.txt", b"x", {"title": "手引き"})
    kept = shelf.remove(tmp_path / "corpora", tmp_path / "removed", path)
    assert kept.read_bytes() == b"x" and kept.with_name("手引き.txt.meta.toml").is_file()
    assert not list((tmp_path / "corpora" / "市民課").iterdir())
    with pytest.raises(InvalidMetadata, match="ありません"):
        shelf.remove(tmp_path / "corpora", tmp_path / "removed", path)


def test_nothing_outside_the_corpus_is_taken_out(tmp_path: Path):
    (tmp_path / "corpora").mkdir()
    (tmp_path / "外.txt").write_text("外", "utf-8")
    with pytest.raises(InvalidMetadata):
        shelf.remove(tmp_path / "corpora", tmp_path / "removed", "../外.txt")
    assert (tmp_path / "外.txt").is_file()


TEXT = st.text("手引き\"'\\\n\t\x00\x7f\u2028#=[]{}𠮷🐈", max_size=12)
VALUES = st.one_of(TEXT, st.integers(1, 3), st.dates(), st.lists(TEXT, max_size=3))
KEYS = st.sampled_from(["title", "contact", "valid_from", "sensitivity", "audience"])


@given(st.dictionaries(KEYS, VALUES))
def test_what_is_written_is_toml_that_says_the_same(entry):
    assert tomllib.loads(shelf.toml(entry)) == entry
