"""What a person sees of a language model: checked sentences, what was struck, why it was done without, drafts; and saved examples."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rag import library
from rag.answer.draft import NO_DRAFT, NOTE
from tests.browser.conftest import App, choose, click, expect
from tests.browser.test_app import SIZES, ask, picture, wait_for_answer
from tests.conftest import build
from tests.rag.answer.test_generate import Fake
from tests.rag.test_library import PROMPT

pytestmark = pytest.mark.browser
GUIDE = """# 証明書交付の手引き

## 手数料

住民票の写しの手数料は、窓口では1通400円とする。ただし、年金の請求に使うものは無料とする。

## 受付

住民票の写しの請求は、平日の8時30分から17時15分まで受け付ける。
"""
QUESTION = "住民票の写しの手数料はいくらですか"
RIGHT = "住民票の写しの手数料は、窓口では1通400円です。"
WRONG = "住民票の写しの手数料は、郵送では1通900円です。"
PROVISO = "ただし、年金の請求に使うものは無料とする。"
# Every text that stood on the page as (part of) an answer, however shortly.
WATCH = """() => {
  window.stood = new Set();
  new MutationObserver(() => document.querySelectorAll('.hk-answer').forEach(e => window.stood.add(e.textContent)))
    .observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[Fake]:
    server = Fake()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder) -> Path:
    files = {"市民課/手引き.md": GUIDE, "環境課/分別.csv": "品目,出し方\n乾電池,有害ごみ\n新聞,資源\n"}
    return build(tmp_path_factory.mktemp("writing"), embedder, files).data


@pytest.fixture(scope="module")
def server(folder: Path, model: Fake) -> Iterator[App]:
    """An app with a language model that says what a test tells it."""
    config = folder.parent / "hikitsugi.toml"
    config.write_text(f'[llm]\nbase_url = "{model.url}"\nmodel = "fake"\ntimeout = 20\n', "utf-8")
    app = App(folder, HIKITSUGI_CONFIG=str(config), NO_PROXY="127.0.0.1,localhost")
    yield app
    app.stop()


@pytest.fixture
def asked(visit, server: App, model: Fake):
    """Ask as a new visitor, with a model that answers so."""

    def open_and_ask(reply: str, mode: str = "answer", size: str = "wide", question: str = QUESTION) -> Page:
        model.reply, model.mode = reply, mode
        page = visit(width=SIZES[size][0], height=SIZES[size][1], url=server.url)
        expect(page.get_by_text("質問の例")).to_be_visible()  # the first visit loads the client of the model
        page.evaluate(WATCH)
        ask(page, question)
        return page

    return open_and_ask


def said(page: Page) -> str:
    return "\n".join(page.locator(".hk-answer").all_inner_texts())


@pytest.mark.parametrize("size", SIZES)
def test_a_sentence_that_no_passage_carries_is_struck_and_shown_apart(asked, size: str):
    page = asked(f"{RIGHT}[1]{WRONG}[1]", size=size)
    wait_for_answer(page)
    expect(page.get_by_text("言語モデルが資料をもとに書き")).to_be_visible()
    assert RIGHT in said(page) and PROVISO in said(page) and "900円" not in said(page)
    struck = page.get_by_text("資料で確認できないため、答えから外した文")
    click(struck)
    reason = page.get_by_text(f"{WRONG}　――　")
    expect(reason).to_contain_text("900円")
    expect(reason).to_be_visible()
    picture(page, f"struck-{size}")
    reason.scroll_into_view_if_needed()
    picture(page, f"struck-opened-{size}")
    click(page.get_by_text("出典付きで写す"))
    copied = page.get_by_test_id("stCode")
    expect(copied).to_contain_text("1通400円です")
    expect(copied).not_to_contain_text("900円")


@pytest.mark.parametrize("size", SIZES)
def test_where_the_model_fails_the_documents_are_quoted_and_the_reason_is_said(asked, size: str):
    page = asked(RIGHT, mode="500", size=size)
    wait_for_answer(page)
    expect(page.get_by_text("資料の文言をそのまま示します。")).to_contain_text("500")
    expect(page.get_by_text("言語モデルが資料をもとに書き")).to_have_count(0)
    assert "窓口では1通400円とする。" in said(page)
    picture(page, f"fallback-{size}")


def test_nothing_stands_as_answer_before_it_was_checked(asked):
    page = asked(f"{WRONG}[1]{RIGHT}[1]住民票の写しの請求は、平日の17時15分まで受け付けます[1]。", mode="drip")
    first = page.get_by_text("資料と照らし合わせた文: 1")
    expect(first).to_be_visible()
    expect(page.get_by_text("言語モデルが文を書いています")).to_be_visible()
    expect(page.get_by_text("出典付きで写す")).to_have_count(0)
    assert said(page) == RIGHT
    picture(page, "streaming-wide", still=False)
    wait_for_answer(page)
    expect(page.get_by_text("資料で確認できないため、答えから外した文")).to_be_visible()  # the model did write it
    stood = page.evaluate("() => [...window.stood]")
    assert RIGHT in stood
    assert not [text for text in stood if "900" in text or not text.endswith("。")]


@pytest.mark.parametrize("size", SIZES)
def test_drafts_carry_checked_sentences_sources_and_a_note(asked, model: Fake, size: str):
    page = asked(f"{RIGHT}[1]", size=size)
    wait_for_answer(page)
    drafted = page.locator("[class*='-drafted']")
    model.reply = f"住民票の写しのお金は、窓口では1通400円です[1]。{WRONG}[1]"
    for title, begin in {
        "やさしい日本語": "住民票の写しのお金",
        "要点3行": "・住民票の写しのお金",
        "照会回答の文案": f"「{QUESTION}」について、次のとおり回答します。",
    }.items():
        button, code = page.get_by_role("button", name=title), drafted.get_by_test_id("stCode")
        expect(button).to_have_count(1)  # not beside its own shadow from before the page was drawn again
        click(button)
        expect(drafted.get_by_role("heading", name=title)).to_be_visible()
        expect(code).to_contain_text(begin)
        text = code.inner_text()
        assert text.startswith(begin) and "1通400円" in text and "無料とする" in text and text.strip().endswith(NOTE)
        assert "［1］" in text and "手引き" in text and "900円" not in text
        expect(drafted.get_by_text("資料で確認できないため、案から外した文（1）")).to_be_visible()
    drafted.scroll_into_view_if_needed()
    picture(page, f"draft-{size}")
    with page.expect_download() as saved:
        click(drafted.get_by_role("button", name="案をテキストで保存する"))
    assert "1通400円" in Path(saved.value.path()).read_text("utf-8-sig")
    click(drafted.get_by_role("button", name="［1］"))
    expect(page.locator("mark.hk-mark")).to_contain_text("400円")
    model.reply = f"{WRONG}[1]"
    points = page.get_by_role("button", name="要点3行")
    expect(points).to_have_count(1)  # what was drawn before the passage was opened is gone
    click(points)
    failed = page.get_by_text(NO_DRAFT)
    expect(failed).to_be_visible()
    failed.scroll_into_view_if_needed()
    picture(page, f"draft-failed-{size}")
    expect(drafted.get_by_test_id("stCode")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_a_question_is_saved_as_an_example_without_personal_data(asked, visit, server: App, folder: Path, size: str):
    for left in (folder / "library").glob("examples/*.md"):
        left.unlink()
    page = asked(f"{RIGHT}[1]", size=size, question="窓口での住民票の写しの手数料は、鈴木様の場合いくらですか")
    wait_for_answer(page)
    click(page.get_by_text("質問例として保存"))
    kept = "窓口での住民票の写しの手数料は、〔氏名〕様の場合いくらですか"
    expect(page.locator("p.hk-strong").get_by_text(kept, exact=True)).to_be_visible()
    purpose = page.get_by_label("どんなときに使う質問か")
    purpose.scroll_into_view_if_needed()
    purpose.fill("窓口でよく聞かれる <b>太字</b> ![x](http://attacker.example/a.png)")
    picture(page, f"example-{size}")
    click(page.get_by_role("button", name="保存する", exact=True))
    expect(page.get_by_text("質問例として保存しました。")).to_be_visible()
    picture(page, f"example-saved-{size}")
    entries, faults = library.own(folder)
    assert faults == () and [entry.text for entry in entries] == [kept]
    other = visit(width=SIZES[size][0], height=SIZES[size][1], url=server.url)
    choose(other.get_by_role("combobox", name="課"), "市民課")
    example = other.get_by_role("button", name=kept)
    expect(example).to_be_visible()
    example.scroll_into_view_if_needed()
    picture(other, f"examples-{size}")
    click(example)
    wait_for_answer(other)


def test_a_municipality_s_own_prompt_cannot_pass_for_the_product_s(asked, folder: Path):
    library.add(folder, replace(PROMPT, name="借り物", title="要点3行"))
    try:
        page = asked(f"{RIGHT}[1]")
        wait_for_answer(page)
        expect(page.get_by_role("button", name="要点3行", exact=True)).to_have_count(1)
        expect(page.get_by_role("button", name="要点3行（独自）")).to_be_visible()
    finally:
        (folder / "library" / "prompts" / "借り物.md").unlink()
