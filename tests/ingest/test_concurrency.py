"""Many ask while one publishes; two publish at once."""

import threading
import time

import pytest

from rag.assistant import open_assistant
from rag.edition import DataFolder
from tests.conftest import asking
from tests.ingest.test_crash import _ingest, another_process, state, whole_state

READERS = 20


@pytest.mark.parametrize("rounds", [3, pytest.param(15, marks=pytest.mark.torture)])
def test_readers_never_see_an_error_or_a_mixture(put, sync, settings, embedder, rounds: int):
    for path, text in state(1).items():
        put(path, text)
    sync()
    shared, done = open_assistant(settings), threading.Event()
    shared.warm()
    failures: list[str] = []
    seen: set[str] = set()

    def ask() -> None:
        while not done.is_set():
            try:
                shared.refresh()
                hits = shared.search(asking("手数料は何円か。税率は何%か。"), 60)
                states = {hit.chunk.text.split("版")[0] for hit in hits}
                seen.update(states)
                if len(states) != 1:
                    failures.append(f"a mixture: {states}")
            except Exception as error:  # noqa: BLE001 – whatever a reader sees is the finding
                failures.append(repr(error))
            done.wait(0.05)

    readers = [threading.Thread(target=ask) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, 2 + rounds):
            for path, text in state(number).items():
                put(path, text)
            assert sync().published
    finally:
        until = time.monotonic() + 30  # twenty readers of one machine come to the last edition in their own time
        while f"第{1 + rounds}" not in seen and time.monotonic() < until:
            done.wait(0.1)
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert {"第1", f"第{1 + rounds}"} <= seen
    assert whole_state(settings.data, embedder) == f"第{1 + rounds}"


def test_two_ingestions_at_once_end_as_one(put, settings, embedder):
    for path, text in state(1).items():
        put(path, text)
    both = [another_process(_ingest, settings) for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert whole_state(settings.data, embedder) == "第1"
    assert len(list(DataFolder(settings.data).editions.iterdir())) == 1
