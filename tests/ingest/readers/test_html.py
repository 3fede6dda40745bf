"""HTML: the main text only, nothing hidden, tables with their spans."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import read
from rag.domain import Kind, Reading


def page(tmp_path: Path, body: str, head: str = "", codec: str = "utf-8") -> Reading:
    text = f"<!DOCTYPE html><html><head><title>題</title>{head}</head><body>{body}</body></html>"
    (tmp_path / "a.html").write_bytes(text.encode(codec))
    return read(tmp_path / "a.html")


def test_navigation_forms_and_scripts_are_left_out(tmp_path: Path) -> None:
    noise = "<nav>メニュー</nav><header>市章</header><script>x()</script><form><input value='検索'></form>"
    noise += "<footer>著作権</footer>"
    reading = page(
        tmp_path,
        noise + "<p class='breadcrumb'>ホーム ＞ 税</p><h1>税の証明</h1><p>窓口で<br>交付します。</p><!-- 秘密 -->",
    )
    assert [(s.heading, s.text) for s in reading.sections] == [(("税の証明",), "窓口で\n交付します。")]
    assert reading.title == "題"
    assert not reading.warnings


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display: none'>命令</p>",
        "<p hidden>命令</p>",
        "<p style='font-size:0'>命令</p>",
        "<span style='color:#fff'>命令</span>",
        "<p class='x'>命令</p>",
        "<div aria-hidden='true'>命令</div>",
    ],
)
def test_hidden_text_is_left_out_and_named(tmp_path: Path, hidden: str) -> None:
    reading = page(tmp_path, f"<p>見える文。</p>{hidden}", "<style>.x{visibility:hidden}</style>")
    assert [s.text for s in reading.sections] == ["見える文。"]
    assert [w.code for w in reading.warnings] == ["hidden-text"]


def test_white_text_on_a_ground_is_read(tmp_path: Path) -> None:
    assert page(tmp_path, "<p style='color:#fff;background:#036'>見出し</p>").sections[0].text == "見出し"


def test_spans_of_a_table_are_filled(tmp_path: Path) -> None:
    table = (
        "<table><thead><tr><th rowspan=2>区分</th><th colspan=2>手数料</th></tr>"
        "<tr><th>窓口</th><th>郵送</th></tr></thead>"
        "<tr><td rowspan=2>証明書</td><td>300円</td><td>350円</td></tr><tr><td>400円</td><td>450円</td></tr></table>"
    )
    rows = page(tmp_path, f"<h2>一覧</h2>{table}").sections
    assert [(s.kind, s.text) for s in rows] == [(Kind.ROW, "証明書\t300円\t350円"), (Kind.ROW, "証明書\t400円\t450円")]
    assert rows[0].columns == ("区分", "手数料／窓口", "手数料／郵送")
    assert rows[0].heading == ("一覧",)


def test_heads_at_the_left_are_cells(tmp_path: Path) -> None:
    rows = page(
        tmp_path, "<table><tr><th>住所</th><td>中央1-1</td></tr><tr><th>電話</th><td>0X</td></tr></table>"
    ).sections
    assert [s.text for s in rows] == ["住所\t中央1-1", "電話\t0X"]


def test_lists_and_line_ends_in_the_source(tmp_path: Path) -> None:
    reading = page(tmp_path, "<ol><li>申請書を\n  書く</li><li>提出する</li></ol><ul><li>印鑑</li></ul>")
    assert reading.sections[0].text == "1. 申請書を書く\n2. 提出する\n・印鑑"


@pytest.mark.parametrize(
    "codec, declared", [("cp932", "shift_jis"), ("euc_jp", "euc-jp"), ("cp932", "utf-8"), ("utf-8", "shift_jis")]
)
def test_encodings_even_where_the_declaration_is_wrong(tmp_path: Path, codec: str, declared: str) -> None:
    reading = page(tmp_path, "<p>住民票の写しの交付手数料です。</p>", f"<meta charset={declared}>", codec)
    assert reading.sections[0].text == "住民票の写しの交付手数料です。"


def test_comments_that_say_something_are_named(tmp_path: Path) -> None:
    assert not page(tmp_path, "<p>本文</p><!-- ヘッダーここまで -->").warnings
    reading = page(tmp_path, "<p>本文</p><!-- 減免は内部基準による。公表しない。 -->")
    assert [s.text for s in reading.sections] == ["本文"]
    assert ["コメント" in w.message for w in reading.warnings] == [True]


def test_a_declared_encoding_that_is_none_of_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<html><meta charset="rot13"><p>住民票の写し</p>'.encode("cp932"))
    assert [s.text for s in read(tmp_path / "a.html").sections] == ["住民票の写し"]


def test_a_form_may_be_the_whole_page_and_a_search_is_none(tmp_path: Path) -> None:
    reading = page(
        tmp_path,
        "<form id='site-search'>サイト内を調べる<input name='q'></form>"
        "<form id='aspnetForm'><h1>ごみ</h1><p>月曜日に出します。</p><select><option>選ぶ</option></select></form>",
    )
    assert [(s.heading, s.text) for s in reading.sections] == [(("ごみ",), "月曜日に出します。")]


def test_head_and_foot_of_an_article_are_kept(tmp_path: Path) -> None:
    reading = page(
        tmp_path,
        "<header>みらい市</header><article><header><h2>住民票</h2></header><p>窓口で交付します。</p>"
        "<footer>問い合わせ：市民課</footer></article><footer>著作権</footer>",
    )
    assert [(s.heading, s.text) for s in reading.sections] == [(("住民票",), "窓口で交付します。\n問い合わせ：市民課")]


def test_terms_stand_before_what_is_said_of_them(tmp_path: Path) -> None:
    body = "<dl><dt>受付時間</dt><dd>8時30分から</dd><dt>持ち物</dt><dd><ul><li>印鑑</li><li>通帳</li></ul></dd><dt>備考</dt></dl>"
    assert [s.text for s in page(tmp_path, body).sections] == ["受付時間：8時30分から\n持ち物：・印鑑\n・通帳\n備考"]


@pytest.mark.parametrize(
    "struck",
    [
        "<del>300円</del>",
        "<span style='color:red; text-decoration: underline line-through'>300円</span>",
        "<span style='text-decoration-line:line-through'><s>300</s>円</span>",
    ],
)
def test_struck_text_is_left_out_and_named(tmp_path: Path, struck: str) -> None:
    reading = page(tmp_path, f"<p>手数料は{struck}<ins>400円</ins>です。</p>")
    assert [s.text for s in reading.sections] == ["手数料は400円です。"]
    assert [w.code for w in reading.warnings] == ["struck-text"]


def test_a_list_of_terms_loses_nothing_else_that_stands_in_it(tmp_path: Path) -> None:
    table = "<table><tr><th>証明</th><th>手数料</th></tr><tr><td>住民票</td><td>300円</td></tr></table>"
    said = page(
        tmp_path, f"<dl><dt>手数料</dt><dd>次の表</dd>{table}<p>窓口で払います。</p>受付は1階です。</dl>"
    ).sections
    assert "住民票\t300円" in [s.text for s in said]
    assert all(any(words in s.text for s in said) for words in ("次の表", "窓口で払います。", "受付は1階です。"))
    (hours,) = page(
        tmp_path, "<dl><div><dt><h3>受付</h3></dt><dd><p>8時から</p><p>土日休み</p></dd></div></dl>"
    ).sections
    assert (hours.heading, hours.text) == (("受付",), "8時から\n土日休み")


def test_a_questionnaire_is_left_out(tmp_path: Path) -> None:
    asked = "<form><p>このページは役に立ちましたか。</p><label><input type='radio' name='a'>はい</label></form>"
    named = "<form id='page-enquete'><h2>ご意見</h2><p>お聞かせください。</p></form>"
    whole = "<form><h1>ごみ</h1><p>月曜日に出します。</p><input type='checkbox'></form>"
    sections = page(tmp_path, asked + whole + named).sections
    assert [(s.heading, s.text) for s in sections] == [(("ごみ",), "月曜日に出します。")]
