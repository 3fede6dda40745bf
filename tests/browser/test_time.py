"""The day that a question speaks of, what is amended near it, and a question back, in a real browser."""

from datetime import timedelta

import pytest

from rag.console import today
from rag.temporal import wareki
from tests.browser.conftest import App, click, expect
from tests.browser.test_app import SIZES, ask, picture, wait_for_answer

pytestmark = pytest.mark.browser
CHANGE = today() + timedelta(days=30)
FAQ = "質問,回答\n住民票の写しの手数料はいくらですか,住民票の写しは1通{}円です。本人確認書類をお持ちください。\n"
COLLECTION = (
    f'[[document]]\nfile = "新.csv"\ntitle = "証明のFAQ（改正後）"\nvalid_from = {CHANGE}\nsupersedes = "旧.csv"\n'
)
GUIDE = "届出,必要なもの\n転入届,本人確認書類と転出証明書\n転居届,本人確認書類と在留カード等\n転出届,本人確認書類と印鑑登録証\n"


@pytest.fixture
def changing_app(other_app: App, embedder) -> App:
    files = {
        "市民課/旧.csv": FAQ.format(300),
        "市民課/新.csv": FAQ.format(400),
        "市民課/collection.toml": COLLECTION,
    }
    other_app.hold(files, embedder)
    return other_app


@pytest.fixture
def moving_app(other_app: App, embedder) -> App:
    files = {"市民課/異動の届出.csv": GUIDE, "環境課/分別.csv": "品目,出し方\n乾電池,有害ごみ\n新聞,資源\n"}
    other_app.hold(files, embedder)
    return other_app


@pytest.mark.parametrize("size", SIZES)
def test_what_will_be_amended_stands_apart_from_the_answer(visit, changing_app: App, size: str):
    page = visit(width=SIZES[size][0], height=SIZES[size][1], url=changing_app.url)
    ask(page, "住民票の写しの手数料はいくらですか")
    wait_for_answer(page)
    expect(page.locator(".hk-answer").first).to_contain_text("1通300円")
    expect(page.locator(".hk-answer")).not_to_contain_text("400円")
    notice = page.get_by_text(f"［1］の内容は、{wareki(CHANGE)}に改正されます。改正後（まだ施行されていません）")
    expect(notice).to_contain_text("400円")
    notice.scroll_into_view_if_needed()
    picture(page, f"amendment-{size}")
    click(page.get_by_role("button", name="改正後の箇所を開く"))
    expect(page.locator(".st-key-passage")).to_contain_text("証明のFAQ（改正後）")
    expect(page.locator("mark.hk-mark")).to_contain_text("400円")


@pytest.mark.parametrize("size", SIZES)
def test_the_words_for_a_day_are_shown_with_a_way_back(visit, changing_app: App, size: str):
    page = visit(width=SIZES[size][0], height=SIZES[size][1], url=changing_app.url)
    ask(page, f"{wareki(CHANGE)}時点の住民票の写しの手数料はいくらですか")
    wait_for_answer(page)
    told = page.get_by_text(f"{wareki(CHANGE)}時点の資料で調べました（質問の「{wareki(CHANGE)}」による）。")
    expect(told).to_be_visible()
    expect(page.locator(".hk-answer").first).to_contain_text("400円")
    picture(page, f"day-{size}")
    click(page.get_by_role("button", name="の時点で調べ直す"))
    expect(page.locator(".hk-answer").first).to_contain_text("300円")
    expect(told).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_a_question_back_is_answered_by_a_button(visit, moving_app: App, size: str):
    page = visit(width=SIZES[size][0], height=SIZES[size][1], url=moving_app.url)
    ask(page, "届出に必要なものは何ですか")
    expect(page.get_by_text("どの異動のことですか。")).to_be_visible()
    expect(page.get_by_role("button", name="転居（市内から市内へ）の場合")).to_be_visible()
    picture(page, f"asked-back-{size}")
    click(page.get_by_role("button", name="転出（市内から市外へ）の場合"))
    wait_for_answer(page)
    expect(page.locator(".hk-answer").first).to_contain_text("印鑑登録証")
    expect(page.get_by_role("heading", name="転出届の場合、届出に必要なものは何ですか")).to_be_visible()
