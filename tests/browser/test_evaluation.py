"""Measuring, looking at what went wrong, and comparing, in a real browser."""

import json
from contextlib import closing

import pytest

from eval.calibrate import calibrate, realised
from eval.calibrations import About, conclude
from eval.cases import read_cases
from rag.edition import open_edition
from tests.browser.conftest import App, choose, click, expect, settle
from tests.browser.test_app import SIZES, picture
from tests.browser.test_library import choose_row
from tests.eval.test_calibrate import town

pytestmark = pytest.mark.browser
TABLE = """番号,質問,資料,引用,正答に含む語,備考
a,住民票の写しの手数料はいくらですか,市民課/旧.md,1通300円,300円,
b,明日の天気は,,,,要確認
c,写しの手数料,市民課/旧.md,999円,999円,
"""
HOSTILE = '<img src="https://example.com/x.png"> ![a](https://example.com/b.png)'


def case(id_: str, question: str, fact: str | None) -> str:
    path = "市民課/旧.md"
    return json.dumps(
        {
            "id": id_, "question": question, "answerable": fact is not None, "facts": [fact] if fact else [],
            "sources": [{"path": path, "quote": fact}] if fact else [], "as_of": None, "department": None, "style": "職員",
        },
        ensure_ascii=False,
    )  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_a_set_is_measured_looked_at_and_compared(visit, own_app: App, size: str):
    sets = own_app.data / "sets"
    sets.mkdir(parents=True)
    lines = [case("a", "住民票の写しの手数料はいくらですか", "300円"), case("b", f"為替の見通し{HOSTILE}", None)]
    lines.append(case("c", "=1+1 の写しの手数料", "999円"))
    (sets / "自分の課.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = visit("evaluation", width=SIZES[size][0], height=SIZES[size][1], url=own_app.url)
    expect(page.get_by_role("heading", name="誤答率のダイヤル")).to_be_visible()
    choose(page.get_by_role("combobox", name="評価セット"), "自分の課.jsonl")
    settle(page, 1_000)
    click(page.get_by_role("button", name="測定する"))
    expect(page.get_by_text("3問のうち", exact=False).first).to_be_visible()
    settle(page, 1_000)
    click(page.get_by_text("うまくいかなかった問い"))
    expect(page.get_by_role("cell", name="=1+1 の写しの手数料").first).to_be_visible()
    assert page.locator('img[src^="https://example.com"]').count() == 0
    picture(page, f"evaluation-{size}")
    with page.expect_download() as saved:
        click(page.get_by_role("button", name="全問を表で保存する（CSV）"))
    assert "'=1+1 の写しの手数料" in saved.value.path().read_text(encoding="utf-8-sig")
    click(page.get_by_role("button", name="測定する"))
    second = page.get_by_test_id("stDataFrame").first.locator('[role="row"][aria-rowindex="3"]')
    expect(second).to_be_attached()  # the first is there already, and its heading with it
    choose_row(page, 1)
    settle(page, 1_000)
    choose_row(page, 2)
    expect(page.get_by_text("同じ3問のうち、良くなったもの0問、悪くなったもの0問")).to_be_visible()
    expect(page.get_by_text("製品の標準の基準で", exact=False)).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_table_becomes_a_set_and_what_was_stopped_goes_on(visit, own_app: App, tmp_path, size: str):
    file = tmp_path / "窓口の問い.csv"
    file.write_text(TABLE, encoding="utf-8")
    page = visit("evaluation", width=SIZES[size][0], height=SIZES[size][1], url=own_app.url)
    click(page.get_by_text("Excel・CSV の問いから評価セットを作る"))
    settle(page)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("3問を読み取りました（うち答えのない問い 1問）")).to_be_visible()
    expect(page.get_by_role("cell", name="引用「999円」が、資料「市民課/旧.md」にありません")).to_be_visible()
    expect(page.get_by_text("使わなかったもの: 「備考」の列")).to_be_visible()
    picture(page, f"set-from-table-{size}")
    click(page.get_by_role("button", name="評価セットとして保存する"))
    expect(page.get_by_text("窓口の問い.jsonl を保存しました")).to_be_visible()
    assert [case.id for case in read_cases(own_app.data / "sets" / "窓口の問い.jsonl")] == ["a", "b", "c"]
    click(page.get_by_role("button", name="測定する"))  # the set that was saved is the chosen one
    expect(page.get_by_text("3問のうち、回答", exact=False).first).to_be_visible()
    (replies,) = (own_app.data / "runs").glob("*/replies.jsonl")
    whole = replies.read_bytes().splitlines(keepends=True)
    replies.write_bytes(b"".join(whole[:2]))
    page.reload()
    stopped = page.get_by_text("途中で止まった測定です。3問のうち、初めの2問だけの数値です。")
    expect(stopped).to_be_visible()
    picture(page, f"stopped-run-{size}")
    click(page.get_by_role("button", name="残りの1問を測る"))
    expect(stopped).to_have_count(0)
    again = replies.read_bytes().splitlines(keepends=True)
    assert again[:2] == whole[:2] and [json.loads(line)["id"] for line in again] == ["a", "b", "c"]


@pytest.mark.parametrize("size", SIZES)
def test_the_dial_is_turned_and_put_into_force(visit, own_app: App, size: str):
    data = own_app.data
    with closing(open_edition(data)) as edition:
        meta = edition.catalog.meta
    about = About(
        "自分の課", "0", "dev", "2026-11-01", meta.edition, meta.fingerprint, meta.recipe, "2026-11-24T00:00:00+09:00"
    )
    seen = town(1, 1200)
    found = calibrate([o for o in seen if o.half == "dev"], 0.3)
    check = realised([o for o in seen if o.half == "test"], found.model)
    conclude(data, about, seen, found, check, 0.3, None)
    page = visit("evaluation", width=SIZES[size][0], height=SIZES[size][1], url=own_app.url)
    expect(page.get_by_text("製品の標準の基準で", exact=False)).to_be_visible()
    slider = page.get_by_role("slider")
    settle(page)
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text("許す割合を1%にできると示せません", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="この基準で答えるようにする")).to_have_count(0)
    settle(page)
    slider.focus()
    for _ in range(19):
        slider.press("ArrowRight")
    expect(slider).to_have_value("20")
    settle(page)
    expect(page.get_by_text("許す割合 20%", exact=False)).to_be_visible()
    picture(page, f"dial-{size}")
    click(page.get_by_role("button", name="この基準で答えるようにする"))
    expect(page.get_by_text("誤りとして許す割合を20%にしました", exact=False)).to_be_visible()
    expect(page.get_by_text("この市の評価セットで決めた基準で", exact=False)).to_be_visible()
    stored = json.loads((data / "calibration.json").read_text(encoding="utf-8"))
    assert stored["fitted"]["given"]["max_wrong"] == 0.2
    expect(page.get_by_role("slider")).to_have_value("20")
    expect(page.get_by_text("今は、この割合の基準で答えています。")).to_be_visible()
    picture(page, f"dial-adopted-{size}")
