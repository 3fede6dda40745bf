"""The real app on a real edition, and a real Chromium that may talk to this machine alone."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, sync_playwright
from playwright.sync_api import expect as expect_once

from ingest.build import ingest
from rag.config import PROJECT, Settings
from rag.embedding import Embedder
from tests.conftest import build

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 120_000
"""As long as anything may take on a computer that does ten other things, in ms: waiting longer hides no fault, it only finds it later."""
MANUAL = PROJECT / "corpora" / "市民課" / "証明書交付事務マニュアル_令和8年度版.pdf"
HOSTILE = """# 注意書き <script>document.title='attacked'</script>

ごみ袋の価格は<img src="http://attacker.example/a.png" onerror="document.title='attacked'">10枚で500円です。
![追跡](http://attacker.example/b.png) [ここを押す](javascript:alert(1)) <b>太字</b>
"""


class App:
    """A server of the app; ``url`` is where it listens, ``held`` what its corpus was made of, as long as nobody changed it."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data, self.corpus, self.held = data, data.parent / "corpora", dict[str, str]()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = (data.parent / "app.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "ui/app.py", f"--server.port={port}"],
            cwd=PROJECT,
            env={**os.environ, "HIKITSUGI_DATA": str(data), **environment},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        for _ in range(150):
            try:
                if urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).read() == b"ok":
                    return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError("the app does not answer")

    def hold(self, files: dict[str, str], embedder: Embedder) -> None:
        """Serve these documents alone from now on, in an edition that no page has seen; nobody may be visiting."""
        if self.held != files:
            for folder in (self.data, self.corpus):
                shutil.rmtree(folder, ignore_errors=True)
            build(self.data.parent, embedder, files)
            self.held = files

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, embedder) -> Path:
    """An edition of one real manual, a FAQ, a table and a hostile document."""
    folder = tmp_path_factory.mktemp("app")
    corpus = folder / "corpora"
    for name in ("市民課", "環境課"):
        (corpus / name).mkdir(parents=True)
    shutil.copy(MANUAL, corpus / "市民課" / "manual.pdf")
    (corpus / "市民課" / "collection.toml").write_text(
        'contact = "市民課 証明係（内線2130）"\n[[document]]\nfile = "manual.pdf"\ntitle = "証明の手引き"\nvalid_from = 2026-04-01\n',
        "utf-8",
    )
    (corpus / "市民課" / "faq.csv").write_text(
        "質問,回答\n転入届の期限はいつですか,住み始めた日から14日以内に届け出てください。\n", "utf-8"
    )
    (corpus / "環境課" / "table.csv").write_text(
        "品目,出し方\nアイロン,小型家電\n乾電池,有害ごみ\n新聞,資源\n", "utf-8"
    )
    (corpus / "環境課" / "hostile.md").write_text(HOSTILE, "utf-8")
    ingest(Settings(data=folder / "var", corpus=corpus), embedder)
    return folder / "var"


@pytest.fixture(scope="session")
def app(data: Path) -> Iterator[App]:
    server = App(data)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def other_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A second server, whose documents are exchanged from test to test: to start one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("other")
    server = App(folder / "var", HIKITSUGI_CORPUS=str(folder / "corpora"))
    yield server
    server.stop()


@pytest.fixture
def own_app(other_app: App, embedder) -> Iterator[App]:
    """A server of an own corpus, in which things may be changed."""
    other_app.hold({"市民課/旧.md": "# 手数料\n\n住民票の写しの手数料は、1通300円とする。\n"}, embedder)
    yield other_app
    other_app.held = {}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        yield opened
        opened.close()


_calls = itertools.count()


class Patient:
    """Does to a locator what Playwright does, up to two minutes long.

    While a page is drawn again, Streamlit keeps the old elements until the new ones are complete, so that one thing is
    there twice for a moment. Playwright waits for what is not yet there, but takes two for a fault at once.
    """

    def __init__(self, locator: Locator, does: object) -> None:
        self._locator, self._does = locator, does

    def __getattr__(self, name: str) -> Callable[..., None]:
        def act(*arguments: object, timeout: float = SLOW) -> None:
            end = time.monotonic() + timeout / 1000
            while True:
                try:
                    getattr(self._does, name)(*arguments, timeout=max(end - time.monotonic(), 0.1) * 1000)
                    return
                except (AssertionError, Error) as fault:
                    if "strict mode violation" not in str(fault) or time.monotonic() > end:
                        raise
                    self._locator.page.wait_for_timeout(100)

        return act


def expect(locator: Locator) -> Patient:
    return Patient(locator, expect_once(locator))


def click(locator: Locator) -> None:
    settle(locator.page)
    Patient(locator, locator).click()


def choose(menu: Locator, option: str) -> None:
    """Choose from a menu; one that a late drawing of the page has closed is opened again."""
    wanted = menu.page.get_by_role("option", name=option)
    for _ in range(5):
        click(menu)
        try:
            wanted.click(timeout=4_000)
            return
        except Error:
            menu.page.keyboard.press("Escape")
    raise AssertionError(f"{option} cannot be chosen")


def settle(page: Page, quiet: float = 250) -> None:
    """Wait until the page has neither been drawn nor moved for ``quiet`` ms.

    What is opened or pressed meanwhile may be lost: a button that an opening expander moves is no longer under the
    mouse when its key is released.
    """
    page.wait_for_function(
        """([quiet, call]) => {
            const still = document.querySelector('[data-test-script-state="notRunning"]')
                && !document.querySelector('[data-stale="true"]')
                && !document.getAnimations().some(one =>
                    one.playState === 'running' && isFinite(one.effect?.getComputedTiming().endTime));
            if (!still || window.settling !== call) window.stillSince = null;
            window.settling = call;
            if (still) window.stillSince ??= Date.now();
            return still && Date.now() - window.stillSince >= quiet;
        }""",
        arg=[quiet, next(_calls)],
        polling=50,
        timeout=SLOW,
    )


Visit = Callable[..., Page]


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Visit]:
    """Open the app as a new visitor; at the end no request may have gone anywhere but to the app."""
    contexts: list[BrowserContext] = []
    requests: list[str] = []

    def open_page(path: str = "", *, width: int = 1280, height: int = 800, url: str = app.url) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="ja-JP", service_workers="block"
        )
        context.set_default_timeout(SLOW)
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.goto(f"{url}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    foreign = [url for url in requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert foreign == []
