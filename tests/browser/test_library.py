"""What a librarian does, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page

from tests.browser.conftest import App, choose, click, expect, settle
from tests.browser.test_app import SIZES, ask, picture, wait_for_answer

pytestmark = pytest.mark.browser
NEW = "# 手数料\n\n住民票の写しの手数料は、1通400円とする。\n\nこの定めは、令和8年4月1日から施行する。\n"


def choose_row(page: Page, number: int, shows: Locator | None = None) -> None:
    """Press the left end of a row until it is chosen and shows what it should; a late drawing can undo the choice."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    chosen = table.locator(f'[role="row"][aria-rowindex="{number + 1}"][aria-selected="true"]')
    for _ in range(5):
        settle(page, 500)
        if not chosen.count():
            table.click(position={"x": 16, "y": 35 * number + 18})
        try:
            chosen.wait_for(state="attached", timeout=4_000)
            if shows:
                shows.first.wait_for(timeout=4_000)
            return
        except Error:
            continue
    raise AssertionError(f"row {number} cannot be chosen")


@pytest.mark.parametrize("size", SIZES)
def test_a_document_is_added_with_its_predecessor_compared_and_removed(visit, own_app: App, tmp_path: Path, size: str):
    page = visit("library", width=SIZES[size][0], height=SIZES[size][1], url=own_app.url)
    click(page.get_by_text("資料を加える・差し替える"))
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()
    (tmp_path / "新.md").write_text(NEW, "utf-8")
    settle(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "新.md")
    click(page.get_by_text("読み取った結果（1か所）"))
    expect(page.get_by_text("1通400円とする")).to_be_visible()
    page.get_by_label("題名").first.fill("新しい手数料")
    page.get_by_label("題名").first.press("Tab")
    settle(page, 1_000)
    choose(page.get_by_label("この資料で改正される前の資料"), "旧.md")
    picture(page, f"add-{size}")
    click(page.get_by_role("button", name="この内容で公開する"))
    expect(page.get_by_text("1件を追加")).to_be_visible()
    corpus = own_app.corpus / "市民課"
    assert (corpus / "新.md").read_text("utf-8") == NEW
    assert 'title = "新しい手数料"' in (corpus / "新.md.meta.toml").read_text("utf-8")

    choose_row(page, 1, page.get_by_role("heading", name="新しい手数料"))
    click(page.get_by_text("新旧の違いを見る"))
    expect(page.locator("mark.hk-mark").first).to_have_text("3")
    expect(page.locator("mark.hk-mark").nth(1)).to_have_text("4")
    picture(page, f"document-{size}")
    click(page.get_by_text("この資料を外す"))
    click(page.get_by_role("button", name="外して公開する"))
    expect(page.get_by_text("1件を削除しました")).to_be_visible()
    # The row that was chosen is gone; the one that now stands in its place has not been chosen.
    settle(page, 1_000)
    expect(page.get_by_text("この資料を外す")).to_have_count(0)
    click(page.get_by_role("button", name="閉じる"))
    expect(page.get_by_text("1件を削除しました")).to_have_count(0)
    assert not (corpus / "新.md").exists()
    assert [file.read_text("utf-8") for file in (own_app.data / "removed").rglob("新.md")] == [NEW]

    page.goto(f"{own_app.url}/library")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    click(page.get_by_text("公開の履歴と、前の版に戻す"))
    click(page.get_by_role("button", name="この版に戻す"))
    expect(page.get_by_text("に戻しました")).to_be_visible()
    picture(page, f"history-{size}")
    page.goto(own_app.url)
    ask(page, "住民票の写しの手数料")
    wait_for_answer(page)
    expect(page.get_by_text("1通400円").first).to_be_visible()


def test_a_file_that_cannot_be_read_is_explained_and_not_published(visit, tmp_path: Path):
    page = visit("library")
    click(page.get_by_text("資料を加える・差し替える"))
    (tmp_path / "壊.pdf").write_bytes(b"%PDF-1.7 broken")
    settle(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "壊.pdf")
    expect(page.get_by_text("壊れて")).to_be_visible()
    expect(page.get_by_role("button", name="この内容で公開する")).to_have_count(0)


def test_the_first_document_can_be_added_before_anything_is_published(visit, tmp_path: Path):
    (tmp_path / "corpora").mkdir()
    server = App(tmp_path / "var", HIKITSUGI_CORPUS=str(tmp_path / "corpora"))
    try:
        page = visit("library", url=server.url)
        expect(page.get_by_text("公開された資料がまだありません")).to_be_visible()
        (tmp_path / "新.md").write_text(NEW, "utf-8")
        settle(page)
        page.locator("input[type=file]").set_input_files(tmp_path / "新.md")
        expect(page.get_by_label("新しい課の名前")).to_be_visible()
        settle(page)
        page.get_by_label("新しい課の名前").fill("市民課")
        page.get_by_label("新しい課の名前").press("Tab")
        click(page.get_by_role("button", name="この内容で公開する"))
        expect(page.get_by_text("1件の資料、1か所を検索できます")).to_be_visible()
    finally:
        server.stop()


def test_who_is_no_librarian_cannot_change_anything(visit, tmp_path: Path, embedder):
    from tests.conftest import build

    settings = build(tmp_path, embedder, {"市民課/旧.md": NEW})
    server = App(settings.data, HIKITSUGI_CORPUS=str(settings.corpus), HIKITSUGI_VIEWER__LIBRARIAN="false")
    try:
        page = visit("library", url=server.url)
        expect(page.get_by_text("1件の資料")).to_be_visible()
        expect(page.get_by_text("資料を加える")).to_have_count(0)
        expect(page.get_by_text("前の版に戻す")).to_have_count(0)
    finally:
        server.stop()
