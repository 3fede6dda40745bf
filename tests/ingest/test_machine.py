"""Random changes of a corpus against a dictionary: nothing stale, nothing lost, nothing twice."""

import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from ingest import editions
from ingest.build import ingest
from ingest.draft import verify
from rag.assistant import open_assistant
from rag.config import BUILT_IN, Settings
from rag.edition import DataFolder, Edition
from rag.errors import NoEdition
from tests.conftest import asking
from tests.ingest.test_crash import _ingest, another_process

FOLDERS = ("市民課", "税務課")


class Corpus(RuleBasedStateMachine):
    """``files``: what stands in the corpus now; ``published``: what stood there when it was published."""

    def __init__(self) -> None:
        super().__init__()
        import rag.assistant

        self.embedder = rag.assistant.open_embedder(BUILT_IN)
        self.root = Path(tempfile.mkdtemp(prefix="hikitsugi-machine-"))
        (self.root / "corpora").mkdir()
        self.settings = Settings(data=self.root / "var", corpus=self.root / "corpora", keep_editions=3)
        self.data = DataFolder(self.settings.data)
        self.files: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.restricted: set[str] = set()
        self.editions: dict[str, dict[str, tuple[str, str, int]]] = {}
        self.count = self.kills = 0

    def teardown(self) -> None:
        self.sync()
        shutil.rmtree(self.root)

    def write(self, path: str, text: str) -> None:
        file = self.settings.corpus / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        self.files[path] = text

    def text(self) -> str:
        self.count += 1
        return f"# 通知{self.count}\n\n第{self.count}号の手数料は{self.count}円とする。\n\n# 附則\n\n第{self.count}号は公布の日から施行する。\n"

    def describe(self) -> None:
        for folder in FOLDERS:
            lines = [
                f'[[document]]\nfile = "{Path(path).name}"\ntitle = "{title}"\nsensitivity = {level}\n'
                for path, (_, title, level) in self.expected().items()
                if path.startswith(folder) and (path in self.titles or level > 1)
            ]
            if (self.settings.corpus / folder).is_dir():
                (self.settings.corpus / folder / "collection.toml").write_text("".join(lines), "utf-8")

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.files)))

    @rule(folder=st.sampled_from(FOLDERS))
    def add(self, folder: str) -> None:
        self.write(f"{folder}/通知{self.count}.md", self.text())

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        self.write(self.some(data), self.text())

    @precondition(lambda self: self.files)
    @rule(data=st.data(), folder=st.sampled_from(FOLDERS))
    def rename(self, data: st.DataObject, folder: str) -> None:
        old, self.count = self.some(data), self.count + 1
        text = self.files.pop(old)
        (self.settings.corpus / old).unlink()
        self.write(f"{folder}/改名{self.count}.md", text)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = self.some(data)
        del self.files[path]
        (self.settings.corpus / path).unlink()

    @precondition(lambda self: self.files)
    @rule(data=st.data(), folder=st.sampled_from(FOLDERS))
    def duplicate(self, data: st.DataObject, folder: str) -> None:
        path, self.count = self.some(data), self.count + 1
        self.write(f"{folder}/写し{self.count}.md", self.files[path])

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def retitle(self, data: st.DataObject) -> None:
        self.count += 1
        self.titles[self.some(data)] = f"題名{self.count}"

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def restrict_or_release(self, data: st.DataObject) -> None:
        self.restricted ^= {self.some(data)}

    @rule()
    def sync(self) -> None:
        self.describe()
        report = ingest(self.settings, self.embedder)
        assert not report.refused
        self.editions[report.edition] = self.expected()
        self.check(report.edition)

    @precondition(lambda self: self.kills < 3)
    @rule(share=st.floats(0.0, 1.0))
    def killed(self, share: float) -> None:
        """A run that is killed leaves what was published, or publishes what the corpus holds."""
        self.describe()
        self.kills += 1
        before = self.data.current()
        process = another_process(_ingest, self.settings)
        time.sleep(share * 2)
        process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        now = self.data.current()
        if now and now != before:
            self.editions[now.name] = self.expected()
        if now:
            self.check(now.name)

    @rule()
    def rollback(self) -> None:
        try:
            name = editions.rollback(self.data)
        except NoEdition:
            return
        self.check(name)

    def expected(self) -> dict[str, tuple[str, str, int]]:
        """Text, title and sensitivity of every document."""
        return {
            path: (text, self.titles.get(path, Path(path).stem), 2 if path in self.restricted else 1)
            for path, text in self.files.items()
        }

    def check(self, name: str) -> None:
        """The edition is whole, and holds every document once, with its own text and nothing else."""
        folder = self.data.current()
        assert folder and folder.name == name
        verify(folder, thorough=True)
        assert editions.damaged_originals(self.data, folder) == []
        expected, edition = self.editions[name], Edition(folder)
        try:
            described = {d.path: (d.title, d.sensitivity) for d in edition.catalog.documents}
            assert described == {path: (title, level) for path, (_, title, level) in expected.items()}
            for document in edition.catalog.documents:
                chunks = [chunk.text for chunk in edition.catalog.document_chunks(document.id)]
                lines = [line for line in expected[document.path][0].split("\n") if line and not line.startswith("#")]
                assert chunks == lines
        finally:
            edition.close()
        self.probe(expected)

    def probe(self, expected: dict[str, tuple[str, str, int]]) -> None:
        """A text that is no longer there, or is restricted, is not found by its own words; one that is there is found first."""
        assistant = open_assistant(self.settings)
        try:
            number = random.Random(self.count).randint(1, max(self.count, 1))
            words = f"第{number}号の手数料は{number}円とする。"
            there = {path for path, (text, _, level) in expected.items() if words in text and level == 1}
            hits = assistant.search(asking(words), 10)
            assert {hit.chunk.document.path for hit in hits if hit.chunk.text == words} == there
            assert not there or hits[0].chunk.text == words
        finally:
            assistant._edition.close()


@pytest.mark.parametrize(
    ("examples", "steps"), [(2, 30), pytest.param(20, 50, marks=pytest.mark.torture)], ids=["short", "1,000 operations"]
)
def test_random_changes_leave_nothing_stale_lost_or_doubled(embedder, examples: int, steps: int):
    chosen = profile(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Corpus, settings=chosen)
