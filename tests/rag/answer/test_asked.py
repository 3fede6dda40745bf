"""What kind of thing a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.asked import asked, halves


@pytest.mark.parametrize(
    ("question", "settles", "does_not"),
    [
        ("手数料はいくらですか", "1通400円です。", "窓口は市民課です。"),
        ("手数料はいくらですか", "手数料は無料です。", "3人までです。"),
        ("タクシー券は何枚もらえますか", "年24枚を渡します。", "年24回まで使えます。"),
        ("証明書は何日で届きますか", "2開庁日以内に発送します。", "2人分を発送します。"),
        ("代理人でも申請できますか", "代理人の申請は受け付けません。", "申請書は市民課にあります。"),
        ("なん円ですか", "400円", "400人"),
        ("予約は何曜日ですか", "火曜日と木曜日です。", "予約は前日までです。"),
        ("氾濫注意水位は何メートルですか", "水位2.5mで出動する。", "10分ごとに更新する。"),
        ("床面積は何m2以上ですか", "40平方メートル以上とする。", "2階以上とする。"),
        ("葬祭費の支給額", "5万円を支給します。", "係が担当します。"),
        ("再発行はお金がかかりますか", "手数料は無料です。", "窓口で書いてください。"),
        ("督促手数料はかかりますか", "督促手数料は令和6年4月に廃止した。", "督促状を送る。"),
        ("標高は何メートルですか", "標高(メートル): 3.3", "収容人数: 450"),
        ("何人ですか", "3人です。", "本人確認: 二種類"),
        ("手数料はいくらですか", "手数料はかかりません。", "発行に時間はかかりません。"),
        ("どこに申請しますか", "窓口に申請します。", "備考欄に記入する。"),
        ("切手は何節ですか", "正しい節/番号: 11、名称: 役務費", "11時まで"),
        ("固定資産税の納期", "7月31日まで", "税率は1.4%"),
        ("報告書はいつまでに出しますか", "事業の後30日以内に出す。", "3年間保存する。"),
        ("自己負担は何割ですか", "自己負担は2割とする。", "医療費の1%を加える。"),
        ("給与明細はどこで見られますか", "庶務システムで見られます。", "21日に支給する。"),
        ("立入調査は誰が決裁しますか", "課長が決裁する。", "文書で決裁を受ける。"),
    ],
)
def test_a_passage_holds_what_is_asked_for(question: str, settles: str, does_not: str):
    assert asked(question).fits(settles) > asked(question).fits(does_not)


def test_where_nothing_of_a_kind_is_asked_no_passage_is_better():
    assert asked("空き家の草木").fits("400円") == asked("空き家の草木").fits("市民課") == 0.5
    assert asked("本人に何と答えればよいですか").fits("対象になります") == 0.5
    assert asked("対象はどこからどこまでですか").fits("窓口へ") == 0.5


@pytest.mark.parametrize(
    "question", ["手数料はいくらですか", "何をいつまでに出せばよいですか", "はいか、いいえか", "", "か、"]
)
def test_one_thing_is_not_divided(question: str):
    assert halves(question) is None


def test_two_things_are_divided_where_both_are_asked_for():
    assert halves("引継書は何日前までに作り、利用権限はいつ消されますか") == (
        "引継書は何日前までに作り",
        "利用権限はいつ消されますか",
    )
    assert halves("交付を決めるまでの期間と、審査請求のできる期間") == (
        "交付を決めるまでの期間",
        "審査請求のできる期間",
    )
    assert halves("届出を怠ったときの過料の上限額及び過料を決定する機関") == (
        "届出を怠ったときの過料の上限額",
        "過料を決定する機関",
    )


@given(st.text(alphabet="いつ何かり、。また期間と額?あ漢", max_size=60))
def test_halves_are_parts_of_the_question_in_order(question: str):
    divided = halves(question)
    assert divided is None or (question.startswith(divided[0]) and question.endswith(divided[1]))


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_share_is_a_share(question: str, passage: str):
    assert 0 <= asked(question).fits(passage) <= 1
