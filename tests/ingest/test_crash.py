"""A kill at any moment and a full disk: the old state or the new one, whole; and the next run completes."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.build import ingest
from ingest.draft import verify
from rag.assistant import open_assistant
from rag.edition import DataFolder
from rag.errors import StorageFull
from tests.conftest import asking

KILLS = 20
PAGES = 12


def state(number: int) -> dict[str, str]:
    """A corpus in which every document says which state it belongs to."""
    body = "".join(f"## 第{i}節\n\n第{number}版の手数料{i}は{number}{i:02d}円とする。\n\n" for i in range(PAGES))
    return {
        "市民課/手数料.md": f"# 手数料 第{number}版\n\n{body}",
        "税務課/税率.md": f"# 税率\n\n第{number}版の税率は{number}%とする。\n",
    }


def whole_state(data: Path, embedder) -> str:
    """The number of the state that answers; every passage found must agree, and the indexes too."""
    folder = DataFolder(data).current()
    assert folder is not None
    verify(folder)
    assistant = open_assistant(_settings(data))
    hits = assistant.search(asking("手数料は何円か。税率は何%か。"), 60)
    assistant._edition.close()
    states = {hit.chunk.text.split("版")[0] for hit in hits}
    assert len(hits) >= PAGES // 2 and len(states) == 1, f"a mixture: {states}"
    return states.pop()


def _settings(data: Path):
    from rag.config import Settings

    return Settings(data=data, corpus=data.parent / "corpora")


@pytest.mark.slow
def test_kill_at_a_random_moment_leaves_the_old_state_or_the_new_one(put, sync, settings, embedder):
    chance = random.Random(20261123)
    for path, text in state(1).items():
        put(path, text)
    sync()
    command = [sys.executable, "-m", "ingest", str(settings.corpus), "--data", str(settings.data)]
    begin = time.perf_counter()
    for path, text in state(2).items():
        put(path, text)
    subprocess.run(command, check=True, capture_output=True)
    usual = time.perf_counter() - begin
    outcomes = {"old": 0, "new": 0}
    before = whole_state(settings.data, embedder)
    for number in range(3, 3 + KILLS):
        for path, text in state(number).items():
            put(path, text)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.1, 1.1) * usual)
        process.send_signal(signal.SIGKILL)
        process.wait()
        after = whole_state(settings.data, embedder)
        assert after in (before, f"第{number}")
        outcomes["old" if after == before else "new"] += 1
        before = after
    sync()
    assert whole_state(settings.data, embedder) == f"第{KILLS + 2}"
    assert not list(DataFolder(settings.data).editions.glob(".draft-*"))
    assert outcomes["old"], "no kill came before the publication: the test shows nothing"


@pytest.mark.parametrize("step", ["write_indexes", "verify", "sync"])
def test_a_failure_at_a_step_leaves_the_current_edition(put, sync, settings, embedder, monkeypatch, step):
    for path, text in state(1).items():
        put(path, text)
    sync()
    for path, text in state(2).items():
        put(path, text)

    def fail(*_):
        raise OSError(28, "No space left on device", str(settings.data))

    monkeypatch.setattr(f"ingest.draft.{step}", fail)
    with pytest.raises(StorageFull, match="空きが足りません"):
        ingest(settings, embedder)
    monkeypatch.undo()
    assert whole_state(settings.data, embedder) == "第1"
    assert not list(DataFolder(settings.data).editions.glob(".draft-*"))
    assert sync().published
    assert whole_state(settings.data, embedder) == "第2"


@pytest.mark.slow
def test_a_full_disk_is_explained_and_the_current_edition_still_answers(put, sync, settings, embedder, tmp_path: Path):
    """On a real small file system, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    small = settings.model_copy(update={"data": disk / "var"})
    try:
        put("市民課/手数料.md", state(1)["市民課/手数料.md"])
        ingest(small, embedder)
        edition = DataFolder(small.data).current()
        (disk / "ballast").write_bytes(b"\0" * max(_free(disk) - (1 << 20), 0))
        put("市民課/手数料.md", state(2)["市民課/手数料.md"])
        with pytest.raises(StorageFull):
            ingest(small, embedder)
        assert DataFolder(small.data).current() == edition
        hits = open_assistant(small).search(asking("手数料は何円か"), 5)
        assert all("第1版" in hit.chunk.text for hit in hits) and hits
        (disk / "ballast").unlink()
        assert ingest(small, embedder).published
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _free(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free
