"""What a person does, in a real browser."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from rag.config import PROJECT
from tests.browser.conftest import App, click, expect, settle

pytestmark = pytest.mark.browser
SCREENSHOTS = PROJECT / "var" / "screenshots"
SIZES = {"wide": (1280, 800), "narrow": (390, 844)}


def ask(page: Page, text: str) -> None:
    page.get_by_label("知りたいこと").fill(text)
    page.get_by_label("知りたいこと").press("Enter")


def picture(page: Page, name: str, *, still: bool = True) -> None:
    """Keep how the page looks, once it is still; a page that is being written never is."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    if still:
        settle(page)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def wait_for_answer(page: Page) -> None:
    expect(page.get_by_text("出典付きで写す")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_ask_read_the_answer_and_see_the_marked_page(visit, size: str):
    page = visit(width=SIZES[size][0], height=SIZES[size][1])
    expect(page.get_by_text("質問の例")).to_be_visible()
    picture(page, f"first-visit-{size}")
    ask(page, "住民票の写しの交付手数料はいくらですか")
    wait_for_answer(page)
    expect(page.get_by_text("400円").first).to_be_visible()
    expect(page.get_by_role("heading", name="見つかった資料")).to_be_visible()
    picture(page, f"answer-{size}")
    click(page.get_by_role("button", name="［1］").first)
    image = page.get_by_alt_text("引用した箇所に黄色の印があります")
    expect(image).to_be_visible()
    picture(page, f"passage-{size}")
    shown = Image.open(BytesIO(page.request.get(image.evaluate("e => e.src")).body())).convert("RGB")
    yellow = sum(count for count, (r, g, b) in shown.getcolors(1 << 24) if r > 200 and g > 180 and b < 190)
    assert yellow > 1_000
    with page.expect_download() as saved:
        click(page.get_by_role("button", name="原本を保存する"))
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF")


def test_a_follow_up_goes_on_from_the_visitor_s_own_question(visit):
    page = visit()
    ask(page, "住民票の写しの交付手数料はいくらですか")
    wait_for_answer(page)
    ask(page, "代理人なら？")
    carried = page.get_by_text("前の質問の続きとして調べました：住民票の写し")
    expect(carried).to_be_visible()
    picture(page, "follow-up-wide")
    other = visit()
    ask(other, "代理人なら？")
    expect(other.get_by_text("なぜこの答えか")).to_be_visible()
    expect(other.get_by_text("前の質問の続きとして")).to_have_count(0)


def test_a_row_is_shown_in_its_table(visit):
    page = visit()
    ask(page, "アイロンの出し方")
    wait_for_answer(page)
    click(page.get_by_role("button", name="［1］").first)
    expect(page.locator("tr.hk-cited td").first).to_have_text("アイロン")
    expect(page.get_by_role("cell", name="乾電池").first).to_be_visible()


def test_sources_come_before_the_answer(visit):
    page = visit()
    expect(page.get_by_text("質問の例")).to_be_visible()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const text = document.body.innerText;
            for (const word of ['見つかった資料', '出典付きで写す']) if (text.includes(word) && !window.seen.includes(word)) window.seen.push(word);
        }).observe(document.body, {childList: true, subtree: true, characterData: true}); }"""
    )
    ask(page, "住民票の写しの交付手数料はいくらですか")
    wait_for_answer(page)
    assert page.evaluate("window.seen") == ["見つかった資料", "出典付きで写す"]


def test_what_is_not_in_the_documents_is_said_so(visit):
    page = visit()
    ask(page, "今日の為替レートは")
    expect(page.get_by_text("この質問に答える記載は、資料に見当たりません。")).to_be_visible()
    expect(page.get_by_text("にお尋ねください。")).to_be_visible()
    picture(page, "not-found-wide")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "質問が入力されていません"),
        ("あ" * 5_000, "質問が長すぎます"),
        ("\u0007\u200b", "質問が入力されていません"),
    ],
)
def test_an_impossible_question_is_explained(visit, text: str, message: str):
    page = visit()
    ask(page, text)
    expect(page.get_by_text(message)).to_be_visible()
    assert "Traceback" not in page.content()


def test_a_hostile_document_stays_inert(visit):
    page = visit()
    ask(page, "ごみ袋の価格は10枚でいくらですか")
    wait_for_answer(page)
    click(page.get_by_role("button", name="［1］").first)
    expect(page.get_by_text("閉じる")).to_be_visible()
    page.wait_for_timeout(1_000)
    assert page.title() == "質問する" or "attacked" not in page.title()
    assert page.locator("img[src*='attacker']").count() == 0
    assert page.locator("a[href*='javascript'], a[href*='attacker']").count() == 0


def test_a_hostile_question_stays_inert(visit):
    page = visit()
    ask(page, "![x](http://attacker.example/q.png) <img src=http://attacker.example/r.png> ごみ袋の価格")
    expect(page.get_by_text("なぜこの答えか")).to_be_visible()
    ask(page, "ごみ袋")
    expect(page.get_by_text("これまでの質問")).to_be_visible()
    click(page.get_by_text("これまでの質問"))
    page.wait_for_timeout(500)
    assert page.locator("img[src*='attacker']").count() == 0


def test_two_visitors_never_share_a_history(visit):
    one, other = visit(), visit()
    ask(one, "乾電池の出し方")
    wait_for_answer(one)
    ask(other, "転入届の期限")
    wait_for_answer(other)
    assert "乾電池の出し方" not in other.content()
    third = visit()
    expect(third.get_by_text("質問の例")).to_be_visible()
    assert "転入届の期限はいつですか" not in third.content() and "これまでの質問" not in third.content()


def test_enter_that_confirms_a_conversion_does_not_send(visit):
    page = visit()
    field = page.get_by_label("知りたいこと")
    field.fill("じゅうみんひょう")
    field.evaluate(
        """e => { e.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
        e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', code: 'Enter', keyCode: 229, isComposing: true, bubbles: true})); }"""
    )
    page.wait_for_timeout(1_500)
    expect(page.get_by_text("質問の例")).to_be_visible()
    expect(page.get_by_text("見つかった資料")).to_have_count(0)


def test_the_day_asked_for_decides_what_is_in_force(visit):
    page = visit()
    click(page.get_by_text("課・時点をしぼる"))
    for part, value in (("年", "2026"), ("月", "03"), ("日", "31")):
        click(page.get_by_role("spinbutton", name=f"（{part}）"))
        page.keyboard.type(value)
    page.keyboard.press("Tab")
    page.wait_for_timeout(1_000)
    ask(page, "住民票の写しの交付手数料はいくらですか")
    expect(page.get_by_text("2026年3月31日時点")).to_be_visible()
    assert "証明の手引き" not in page.content()


@pytest.mark.parametrize("size", SIZES)
def test_the_library_lists_every_document(visit, size: str):
    page = visit("library", width=SIZES[size][0], height=SIZES[size][1])
    expect(page.get_by_text("4件の資料")).to_be_visible()
    picture(page, f"library-{size}")
    assert page.evaluate("document.documentElement.lang") == "ja"


def test_nothing_published_yet_is_explained(browser, tmp_path: Path):
    server = App(tmp_path / "var")
    try:
        page = browser.new_page()
        page.goto(server.url)
        expect(page.get_by_text("公開された資料がまだありません")).to_be_visible()
        expect(page.get_by_text("python -m ingest")).to_be_visible()
        page.close()
    finally:
        server.stop()
