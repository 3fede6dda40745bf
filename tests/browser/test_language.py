"""Whatever Streamlit itself says, to the eye or to a screen reader, is in Japanese; what documents say stays as it is."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rag.config import PROJECT
from tests.browser.conftest import click, expect, settle

pytestmark = pytest.mark.browser
# Every label and text with three Latin letters in a row and no Japanese, outside of what a document or a file says.
LATIN = """() => {
  const said = 'script, style, noscript, pre, .hk-text, .hk-table, [role=grid] [role=gridcell], [data-testid=stIconMaterial], [data-testid^=stFileChip]';
  const latin = (text) => /[A-Za-z]{3}/.test(text ?? '') && !/[ぁ-んァ-ヶ一-龠]/.test(text);
  const found = [];
  for (const one of document.body.querySelectorAll('*')) {
    if (one.closest(said)) continue;
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) if (latin(one.getAttribute(name))) found.push(one.getAttribute(name));
    for (const node of one.childNodes) if (node.nodeType === Node.TEXT_NODE && latin(node.nodeValue)) found.push(node.nodeValue);
  }
  return found;
}"""


def in_japanese(page: Page) -> None:
    page.wait_for_function(
        f"() => ({LATIN})().length === 0 || (window.tried = (window.tried ?? 0) + 1) > 20", polling=100
    )
    assert page.evaluate(LATIN) == []


def test_controls_of_the_question_page(visit):
    page = visit()
    expect(page.get_by_text("質問の例")).to_be_visible()
    click(page.get_by_text("課・時点をしぼる"))
    in_japanese(page)
    click(page.get_by_test_id("stDateInputCalendarButton"))
    expect(page.get_by_role("button", name="前の月")).to_be_visible()
    in_japanese(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="前の月")).to_have_count(0)
    click(page.get_by_role("combobox", name="課（選ばなければすべて）"))
    page.keyboard.type("zzz")
    expect(page.get_by_text("該当なし")).to_be_visible()
    in_japanese(page)


def test_controls_of_the_library(visit, tmp_path: Path):
    page = visit("library")
    click(page.get_by_text("資料を加える・差し替える"))
    (tmp_path / "Search.md").write_text("# Upload\n\nOpen\n", "utf-8")
    settle(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "Search.md")
    expect(page.get_by_role("heading", name="Search.md")).to_be_visible()  # the name of a file is not translated
    expect(page.get_by_text("読み取った結果")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    settle(page)
    table.hover()
    expect(page.get_by_role("button", name="表を保存する（CSV）")).to_be_visible()
    in_japanese(page)


def test_every_phrase_is_one_of_streamlit_s_own():
    """A new version that words a control otherwise is found here before it is seen on a page."""
    import streamlit

    scripts = Path(streamlit.__file__).parent.glob("static/static/js/*.js")
    frontend = "\n".join(script.read_text("utf-8") for script in scripts)
    told = (PROJECT / "ui" / "japanese.js").read_text("utf-8").split("const PATTERNS")[0]
    phrases = re.findall(r'"([A-Za-z][^"]*)": "', told)
    assert len(phrases) > 40
    assert [phrase for phrase in phrases if phrase not in frontend] == []
