from datetime import date
from pathlib import Path

import pytest

from ingest.metadata import (
    SourceFile,
    describe,
    end_superseded,
    missing_entries,
    read_collection,
    read_entry,
    sidecar_targets,
)
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


def test_a_chain_of_amendments_ends_each_on_the_day_of_the_first_that_amends_it(tmp_path: Path):
    days = {"一.pdf": None, "二.pdf": "2024-04-01", "三.pdf": "2025-04-01", "後.pdf": "2026-04-01"}
    before = {"二.pdf": "一.pdf", "三.pdf": "二.pdf", "後.pdf": "一.pdf"}
    text = "".join(
        f'[[document]]\nfile = "{name}"\nvalid_from = {day}\nsupersedes = "{before[name]}"\n'
        for name, day in days.items()
        if day
    )
    entries = collection(tmp_path, text)
    for order in (list(days), list(days)[::-1]):
        ended = end_superseded([describe(source(name), entries) for name in order])
        ends = {Path(document.path).name: document.validity.end for document in ended}
        assert ends == {"一.pdf": date(2024, 4, 1), "二.pdf": date(2025, 4, 1), "三.pdf": None, "後.pdf": None}


def test_what_is_superseded_may_stand_in_another_folder(tmp_path: Path):
    entries = collection(tmp_path, '[[document]]\nfile = "新.pdf"\nsupersedes = "../税務課/旧.pdf"\n')
    assert describe(source("新.pdf"), entries).supersedes == "税務課/旧.pdf"


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


def test_a_sidecar_says_more_than_front_matter_and_that_more_than_the_collection(tmp_path: Path):
    entries = collection(
        tmp_path, '[[document]]\nfile = "手引き.md"\ntitle = "甲"\ncontact = "内線1"\nlicence = "CC0"\n'
    )
    file, sidecar = tmp_path / "手引き.md", tmp_path / "手引き.md.meta.toml"
    file.write_text("---\n題名: 乙\n担当: 内線2\n施行日: 2026-04-01\n---\n# 見出し\n", "utf-8")
    sidecar.write_text('題名 = "丙"\n機密性 = 2\n', "utf-8")
    found = describe(source("手引き.md"), entries, read_entry(file, sidecar))
    assert (found.title, found.contact, found.licence, found.sensitivity) == ("丙", "内線2", "CC0", 2)
    assert found.validity.start == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('+++\ntitle = "甲"\n+++\n本文', "甲"),
        ("---\ntitle: 甲\n---\n本文", "甲"),
        ("---\n\n本文のはじめの線\n\n---\n", None),
        ("---\n- 項目\n---\n", None),
        ("# 見出し\n---\ntitle: 甲\n---\n", None),
        ("---\n題名: [読めない\n---\n", None),
    ],
)
def test_front_matter_and_mere_rules(tmp_path: Path, text: str, title: str | None):
    (tmp_path / "a.md").write_text(text, "utf-8")
    try:
        assert read_entry(tmp_path / "a.md", None).title == title
    except InvalidMetadata as error:
        assert "[読" in text and "先頭" in error.reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sensitivty = 3", "sensitivty: この項目は使えません"),
        ("sensitivity = 9", "sensitivity: 1・2・3"),
        ('valid_from = "来年"', "valid_from: 日付として読めません"),
        ("title = 3", "title: 文字を"),
        ("audience = 3", "audience: 値の形が違います"),
        ("valid_from = 2026-04-01\nvalid_until = 2026-04-01", "廃止日が施行日より後"),
        ('file = "他.pdf"', "file は書けません"),
        ("title = ", "書き方に誤り"),
        ('title = "a"\nx y', "2行目に書き方の誤り"),
    ],
)
def test_what_is_wrong_is_said_in_japanese(tmp_path: Path, text: str, message: str):
    sidecar = tmp_path / "a.pdf.meta.toml"
    sidecar.write_text(text, "utf-8")
    with pytest.raises(InvalidMetadata, match=message):
        read_entry(tmp_path / "a.pdf", sidecar)


def test_a_sidecar_belongs_to_the_file_that_it_names():
    assert sidecar_targets("手引き.pdf.meta.toml", ["手引き.pdf", "手引き.docx"]) == ["手引き.pdf"]
    assert sidecar_targets("手引き.meta.toml", ["手引き.pdf"]) == ["手引き.pdf"]
    assert sidecar_targets("手引き.meta.toml", ["手引き.pdf", "手引き.docx"]) == ["手引き.pdf", "手引き.docx"]


@pytest.mark.parametrize(
    "text",
    [
        "---\n機密性: yes\n---\n本文",
        "---\n機密性: 3\n機密性: 1\n---\n本文",
        "---\n機密性: 3\nsensitivity: 1\n---\n本文",
        "---\n機密性：3\n---\n本文",
        "---\n機密性 3\n---\n本文",
        "---\n機密性: 3\n本文",
        "---\n# 注\n機密性: [3\n---\n本文",
        "---\n機密性:\n---\n本文",
        '---\n公開範囲: ""\n---\n本文',
        "---\n施行日: 2026-02-30\n---\n本文",
        "---\n施行日: 20260401\n---\n本文",
        "---\n1: 2\n---\n本文",
        "---\n機密性: 3\nx: " + "[" * 3_000 + "\n---\n本文",
        "+++\n機密性 3\n+++\n本文",
        "+++\n機密性 = true\n+++\n本文",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_a_restriction_that_is_written_wrongly_is_refused_and_not_forgotten(tmp_path: Path, text: str, encoding: str):
    (tmp_path / "a.md").write_bytes(text.encode(encoding))
    with pytest.raises(InvalidMetadata):
        read_entry(tmp_path / "a.md", None)


@pytest.mark.parametrize(
    "text", ["機密性 = true", "機密性 = 3\nsensitivity = 1", "valid_from = 86400", 'audience = ""']
)
def test_a_sidecar_that_says_two_things_or_none_is_refused(tmp_path: Path, text: str):
    (tmp_path / "a.pdf.meta.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidMetadata):
        read_entry(tmp_path / "a.pdf", tmp_path / "a.pdf.meta.toml")


def test_what_stands_between_two_rules_is_text(tmp_path: Path):
    from ingest.readers import read

    (tmp_path / "a.md").write_text("---\n\nはじめの文です。\n\n---\n\n次の文です。\n", "utf-8")
    assert "はじめの文です。" in "".join(section.text for section in read(tmp_path / "a.md").sections)


@pytest.mark.parametrize("key", ["改正前", "改正履歴", "supersedes"])
def test_what_is_superseded_has_several_names(tmp_path: Path, key: str):
    entries = collection(tmp_path, f'[[document]]\nfile = "新.pdf"\n{key} = "旧.pdf"\n')
    assert describe(source("新.pdf"), entries).supersedes == "市民課/旧.pdf"


def test_two_names_of_one_item_are_refused(tmp_path: Path):
    said = '[[document]]\nfile = "新.pdf"\n改正前 = "旧.pdf"\n改正履歴 = "もっと旧.pdf"\n'
    with pytest.raises(InvalidMetadata, match="改正前 と 改正履歴 は同じ項目"):
        collection(tmp_path, said)
