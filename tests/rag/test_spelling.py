"""Kana, mixed spellings and wrong kanji; what is written rightly stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import synonyms
from rag.spelling import FILE, respelled
from rag.text import normalise

WORDS = [word for line in FILE.read_text(encoding="utf-8").splitlines() if line[:1] != "#" for word in line.split()]


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("じゅうみんひょうの写し", "住民票の写し"),
        ("保育えんの空き", "保育園の空き"),
        ("所得しょうめい どこ", "所得証明 どこ"),
        ("児童手宛はいつ", "児童手当はいつ"),
        ("こせきとうほん 請求", "戸籍謄本 請求"),
        ("証明書の再こうふ", "証明書の再交付"),
        ("市けん民税の口ざ振かえ", "市県民税の口座振替"),  # the tokenizer reads クチ, a particle and a verb
        ("まど口えん長と住みん票", "窓口延長と住民票"),
        ("子ども医りょう費の助成", "子ども医療費の助成"),
        ("国民健康保健の加入", "国民健康保険の加入"),
        ("まいなんばーかーどの更新", "マイナンバーカードの更新"),
        ("マイナンバ－カ－ドの更新", "マイナンバーカードの更新"),
        ("デーサービスとマイナンバカード", "デイサービスとマイナンバーカード"),
        ("轉入屆と身體障害者手帳", "転入届と身体障害者手帳"),
        ("別表１と様式２号", "別表第1と様式第2号"),
    ],
)
def test_what_reads_like_a_word_of_the_list_is_that_word(written: str, usual: str):
    assert respelled(written) == usual


@pytest.mark.parametrize(
    "text",
    [
        "着なくなった服",  # 亡くなった
        "車椅子を買いたい",  # 解体
        "お父さんの年金",  # 倒産
        "後援会の届け出",  # 公園
        "健診と検診と検針",  # sound alike, and each is what it is
        "ポスターの校正",  # 厚生
        "生活費と休職中と私有地",  # 政活費, 求職中, 市有地
        "外に住んでいる人を選んだ",  # 住監, 選管
        "受けたい納期の日のうち",  # 滞納, 日脳
        "目安とします。高い。同じ成果",  # 都市マス, 高齢, 助成
        "お申し込みとご郵送",
        "別表2026年、様式10人",
        "",
    ],
)
def test_what_is_written_rightly_stays(text: str):
    assert respelled(text) == text


def test_every_word_of_the_list_stays():
    assert [word for word in WORDS if respelled(word) != word] == []


@given(st.text(st.sampled_from("じゅうみんひょう住民票保育えん園の手宛当、 aA１ー"), max_size=30))
def test_only_words_of_the_list_are_put_in(text: str):
    result = respelled(text)
    new = {letter for letter in result if letter not in normalise(text)}
    assert new <= set("".join(WORDS)).union(*synonyms.load_dictionary(synonyms.FILE))
