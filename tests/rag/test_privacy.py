"""Every name and number here is made up; check digits are computed."""

import re
import time
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rag.privacy import Kind, find, mask
from rag.privacy.numbers import luhn, my_number_check_digit
from tests.conftest import SHARED

ELEVEN = "40273915806"
MY_NUMBER = f"{ELEVEN}{my_number_check_digit(ELEVEN)}"
WRONG = f"{ELEVEN}{(my_number_check_digit(ELEVEN) + 1) % 10}"
CARD = next(number for last in range(10) if luhn(number := f"531207766019248{last}"))
MIXED = st.text(
    alphabet=st.sampled_from(
        list("山田太郎様さん氏名の：は 　、。\n12０９-－()市町村県丁目番地号アイｱﾞ@a.年月日昭和生まれ〔〕個人電話口座")
    ),
    max_size=60,
)


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def grouped(digits: str, mark: str) -> str:
    return mark.join(digits[i : i + 4] for i in range(0, len(digits), 4))


def test_check_digits_agree_with_published_examples():
    assert my_number_check_digit("12345678901") == 8
    assert luhn("4111111111111111") and not luhn("4111111111111112")


@pytest.mark.parametrize("mark", ["", "-", " ", "‐", "－", "　"])
@pytest.mark.parametrize("width", [str, wide])
def test_a_my_number_is_found_however_it_is_written(mark: str, width):
    text = f"私の番号は{width(grouped(MY_NUMBER, mark))}です"
    assert mask(text).text == "私の番号は〔個人番号〕です"


def test_a_mistyped_my_number_is_found_by_its_label_only():
    assert mask(f"個人番号は{WRONG}です").text == "個人番号は〔個人番号〕です"
    assert mask(f"集計は{WRONG}です").findings == ()


@pytest.mark.parametrize("label", ["伝票番号", "文書番号", "整理番号"])
def test_what_is_labelled_otherwise_is_no_my_number(label: str):
    assert mask(f"{label}{grouped(MY_NUMBER, '-')}を確認しました").findings == ()


@pytest.mark.parametrize("number", [f"7{MY_NUMBER}", f"7-{grouped(MY_NUMBER, '-')}", wide(f"7{MY_NUMBER}")])
def test_a_corporate_number_stays(number: str):
    text = f"法人番号は{number}です。{number}の会社"
    assert mask(text).text == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("携帯は090-2468-1357です", "携帯は〔電話番号〕です"),
        ("０８０ー２４６８ー１３５７に折り返してください", "〔電話番号〕に折り返してください"),
        ("(03)2468-1357か+81-90-2468-1357", "〔電話番号〕か〔電話番号〕"),
        ("市役所の代表番号は087-246-8135です", None),
        ("法人の代表電話ではなく、私の携帯087-246-8135へ", "法人の代表電話ではなく、私の携帯〔電話番号〕へ"),
        ("フリーダイヤル0120-24-6813", None),
        ("宛先はh.nozomi+city@mail.example.jpです", "宛先は〔メールアドレス〕です"),
        ("ａｂｃ＠ｅｘａｍｐｌｅ．ｊｐ", "〔メールアドレス〕"),
        ("〒024-6813に転居", "〒〔郵便番号〕に転居"),
        ("024-6813 福島県会津若松市東栄町3番46号", "〔郵便番号〕 〔住所〕"),
        ("さいたま市浦和区常盤6丁目4番4号 メゾン203号室に住む", "〔住所〕に住む"),
        ("住所八王子市元本郷町三丁目24番1号です", "住所〔住所〕です"),
        ("私はつくば市研究学園1-1-1です", "私は〔住所〕です"),
        ("図書館（水戸市大町3番3-20）", None),
        ("市民課3番窓口へどうぞ", None),
        ("当市では届を2-3日で処理します", None),
        ("生年月日：昭和４７年３月９日", "生年月日：〔生年月日〕"),
        ("（S47.3.9生）", "（〔生年月日〕生）"),
        ("平成二年十月三十日生まれです", "〔生年月日〕生まれです"),
        ("昭和36年4月1日生まれ以前の人は対象外", None),
        ("平成31年4月2日から令和2年4月1日生まれの方", None),
        ("令和8年4月1日から施行する", None),
        ("普通口座2468135に振り込む", "普通口座〔口座番号〕に振り込む"),
        ("ゆうちょの記号番号12340-24681351", "ゆうちょの記号番号〔口座番号〕"),
        ("口座に2468135円を振り込む", None),
        ("基礎年金番号は2468-135790です", "基礎年金番号は〔基礎年金番号〕です"),
        ("免許証の番号は第246813579024号です", "免許証の番号は第〔運転免許証番号〕号です"),
        ("被保険者番号0024681357", "被保険者番号〔被保険者番号〕"),
        ("国保の記号24 番号681357", "国保の〔被保険者番号〕"),
        ("旅券番号はTZ2468135です", "旅券番号は〔旅券番号〕です"),
        ("様式TZ2468135です", None),
        ("在留カード（ab24681357cd）", "在留カード（〔在留カード番号〕）"),
        (f"カードは{grouped(CARD, ' ')}です", "カードは〔クレジットカード番号〕です"),
        (f"カードは{CARD[:-1]}{(int(CARD[-1]) + 1) % 10}です", None),
        ("予算額は2,468,135,790円、人口は24,681人", None),
        ("北緯35.06162075、東経133.7103142", None),
    ],
)
def test_numbers_dates_and_places(text: str, masked: str | None):
    assert mask(text).text == (masked or text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("高橋 里奈様の件", "〔氏名〕様の件"),
        ("田村さんと千葉様が来庁", "〔氏名〕さんと〔氏名〕様が来庁"),
        ("氏名：龍造寺彌", "氏名：〔氏名〕"),
        ("氏名（フリガナ）：リュウゾウジ ワタル、住所", "氏名（フリガナ）：〔氏名〕、住所"),
        ("夫のリュウゾウジ ワタルの届", "夫の〔氏名〕の届"),
        ("担当は田村です。娘の花子が", "担当は〔氏名〕です。娘の〔氏名〕が"),
        ("田村と申します", "〔氏名〕と申します"),
        ("高橋里奈が申請した", "〔氏名〕が申請した"),
        ("ｻﾄｳﾀﾀﾞｼ様から", "〔氏名〕様から"),
        ("お客様、皆様、業者さん、赤ちゃん、奥さん", None),
        ("氏名：変更した場合", None),
        ("担当：市民課 住民記録係", None),
        ("名前はカタカナで書きます", None),
        ("山田太郎記念館の開館日", None),
        ("市民課・高松市・松山市役所・みらい市立港町小学校", None),
        ("マイナポータル マイナカード", None),
    ],
)
def test_names(text: str, masked: str | None):
    assert mask(text).text == (masked or text)


@given(MIXED | st.text())
def test_masking_keeps_all_else_and_is_idempotent(text: str):
    masked = mask(text)
    rest, done = [], 0
    for finding in masked.findings:
        start, end = finding.span
        assert done <= start < end and text[start:end] == finding.text
        rest += [text[done:start], f"〔{finding.kind}〕"]
        done = end
    assert "".join([*rest, text[done:]]) == masked.text
    assert mask(masked.text) == type(masked)(masked.text, ())
    assert find(text) == masked.findings


@given(st.text(alphabet=st.characters(categories=["Cs", "Cf", "Mn", "Nd", "Lo"])))
def test_nothing_is_too_strange(text: str):
    assert isinstance(mask(text).text, str)


@given(st.integers(min_value=0, max_value=10**11 - 1), st.sampled_from(["", "-", " "]))
def test_every_valid_my_number_is_hidden(eleven: int, mark: str):
    digits = f"{eleven:011d}"
    number = grouped(f"{digits}{my_number_check_digit(digits)}", mark)
    masked = mask(f"これは{number}です").text
    assert number not in masked and masked.startswith("これは〔")


def test_width_of_what_is_not_personal_is_kept():
    text = "ﾃﾞｰﾀはＡ４で①です\u200b"
    assert mask(text).text == text and unicodedata.normalize("NFKC", text) != text


@pytest.mark.parametrize(
    "unit", ["1-", "市", "山田太郎", "a@", "個人番号 1234 ", "上田市1丁目", "氏名：", "+81-", "生年月日昭和"]
)
def test_a_long_text_takes_time_in_proportion(unit: str):
    """Ten times the text may take forty times as long, and a quadratic rule takes a hundred times."""

    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        begin = time.process_time()
        mask(text)
        return time.process_time() - begin

    seconds(1_000)
    assert seconds(100_000) < 40 * max(min(seconds(10_000) for _ in range(3)), 0.02)


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "pii").is_dir(), reason="the marked sentences lie beside the project")
def test_on_marked_sentences():
    from eval.privacy import measure, read_marked

    result = measure([row for row in read_marked(SHARED / "pii" / "pii.jsonl") if row.half == "test"])
    assert result["public_masked"] == result["masked_without_personal_data"] == 0
    assert result["kinds"][Kind.MY_NUMBER]["recall"] == 1 and result["recall"] > 0.95
    assert result["precision"] > 0.95


SENTENCES = yaml.safe_load(Path(__file__).with_name("privacy_sentences.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_visitors_and_clerks_write(sentence: str):
    personal = re.findall("⟦(.+?)⟧", sentence)
    assert [finding.text for finding in find(re.sub("[⟦⟧]", "", sentence))] == personal
