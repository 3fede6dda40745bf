"""Reading in another process: the same result, limits that hold, workers that are replaced."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from ingest.readers import isolation, read
from ingest.readers.isolation import read_isolated, read_many
from rag.domain import Reading
from rag.errors import UnreadableDocument


def test_the_result_is_the_same(make: ModuleType, tmp_path: Path) -> None:
    rows = [["区分", "手数料", "備考"], ["住民票", "300円", "窓口"]]
    page = make.text(60, 760, "本文です。") + make.ruled(60, 740, [100, 100, 120], rows)
    path = make.pdf(tmp_path / "a.pdf", [page, ""])
    assert read_isolated(path) == read(path)


def test_refusals_come_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(UnreadableDocument, match="空のファイル"):
        read_isolated(tmp_path / "a.txt")


def test_time_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_STARTING", 0)
    (tmp_path / "a.csv").write_text("名,値\n" + "あ,1\n" * 400_000)
    started = time.monotonic()
    with pytest.raises(UnreadableDocument, match="制限時間"):
        read_isolated(tmp_path / "a.csv", seconds=0.05)
    assert time.monotonic() - started < 5


def test_after_a_timeout_the_next_file_gets_its_own_answer(tmp_path: Path) -> None:
    (tmp_path / "slow.csv").write_text("名,値\n" + "あ,1\n" * 300_000)
    (tmp_path / "next.txt").write_text("次の文書です。")
    desk = isolation._Desk(isolation.GIBI)
    assert desk.read(tmp_path / "next.txt", None, None).format == "text"  # the worker has started
    with pytest.raises(UnreadableDocument, match="制限時間"):
        desk.read(tmp_path / "slow.csv", None, 0.05)
    assert desk.read(tmp_path / "next.txt", None, None).sections[0].text == "次の文書です。"
    desk.close()


def test_memory_is_limited(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名,値\n" + "あいうえお,12345\n" * 600_000)
    with pytest.raises(UnreadableDocument, match=r"メモリ|異常終了"):
        read_isolated(tmp_path / "a.csv", memory=200 * 1024**2)


def test_many_files_keep_their_order_and_survive_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"{number}番目の文書です。")
        paths.append(path)
    (tmp_path / "3.txt").write_bytes(b"")
    original = isolation._Worker.read

    def crash(self: isolation._Worker, path: Path, *rest: object) -> Reading:
        if path.name == "5.txt":
            self.process.kill()
        return original(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(isolation._Worker, "read", crash)
    outcomes = list(read_many(paths, workers=2))
    assert [path for path, _ in outcomes] == paths
    refused = {path.name: outcome.reason for path, outcome in outcomes if isinstance(outcome, UnreadableDocument)}
    assert set(refused) == {"3.txt", "5.txt"}
    assert "異常終了" in refused["5.txt"]


def test_workers_are_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    original = isolation._Worker.__init__

    def count(self: isolation._Worker, memory: int) -> None:
        started.append(self)
        original(self, memory)

    monkeypatch.setattr(isolation._Worker, "__init__", count)
    paths = [tmp_path / f"{n}.txt" for n in range(20)]
    for path in paths:
        path.write_text("文書です。")
    assert len(list(read_many(paths, workers=2))) == 20
    assert len(started) <= 2
    assert all(worker.process.poll() is not None for worker in started)


def test_an_abandoned_run_leaves_no_process(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.txt" for n in range(30)]
    for path in paths:
        path.write_text("文書です。")
    run = read_many(paths, workers=2)
    next(run)
    run.close()  # type: ignore[attr-defined]


def test_importing_the_readers_loads_no_parser() -> None:
    parsers = ("pypdf", "pypdfium2", "docx", "openpyxl", "bs4", "lxml")
    code = f"import sys, ingest.readers; print([m for m in {parsers} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
