"""Hashes are remembered only as long as nothing speaks against it."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.hashes import Hashes


def old(file: Path, text: str, when: int = 1_700_000_000) -> Path:
    file.write_text(text, "utf-8")
    os.utime(file, (when, when))
    return file


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """An hour from now: the files are no longer new."""
    import time

    now = time.time_ns() + 3_600 * 10**9
    monkeypatch.setattr("ingest.hashes.time.time_ns", lambda: now)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []
    digest = hashlib.file_digest
    monkeypatch.setattr("ingest.hashes.hashlib.file_digest", lambda *a: calls.append(a) or digest(*a))
    return calls


def test_an_unchanged_file_is_hashed_once(tmp_path: Path, monkeypatch, later):
    file, store = old(tmp_path / "a", "一"), tmp_path / "hashes.json"
    calls = counted(monkeypatch)
    hashes = Hashes(store)
    first = hashes.sha256(file)
    hashes.save()
    assert Hashes(store).sha256(file) == first == hashlib.sha256("一".encode()).hexdigest() and len(calls) == 1


def test_a_change_of_the_same_length_and_time_is_noticed(tmp_path: Path, later):
    file, store = old(tmp_path / "a", "一"), tmp_path / "hashes.json"
    hashes = Hashes(store)
    first = hashes.sha256(file)
    hashes.save()
    old(file, "二")
    assert Hashes(store).sha256(file) != first


def test_a_file_that_was_just_written_is_not_trusted(tmp_path: Path, monkeypatch):
    file, store = tmp_path / "a", tmp_path / "hashes.json"
    file.write_text("一", "utf-8")
    calls = counted(monkeypatch)
    for _ in range(2):
        hashes = Hashes(store)
        hashes.sha256(file)
        hashes.save()
    assert len(calls) == 2


@pytest.mark.parametrize("stored", ["", "[]", '{"a": 1', "\x00"])
def test_a_damaged_memory_is_none(tmp_path: Path, stored: str):
    (tmp_path / "hashes.json").write_text(stored, "utf-8")
    assert (
        Hashes(tmp_path / "hashes.json").sha256(old(tmp_path / "a", "一")) == hashlib.sha256("一".encode()).hexdigest()
    )
