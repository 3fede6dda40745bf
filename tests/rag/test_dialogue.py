"""Dialogues as they are held in a town hall, all made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dialogue import resolve, understand
from rag.question_parts import take_apart
from rag.text import normalise, question_words, tokens

# (earlier questions, question, what is looked up; None: the question as it is)
DIALOGUES = [
    # what points back, or says no subject
    (["住民票の写しを代理人が取るときに必要なもの"], "その場合の手数料は?", "住民票の写し 代理人 手数料は?"),
    (["国民健康保険の脱退の届出はいつまでですか"], "その手続に必要なものは?", "国民健康保険の脱退 必要なものは?"),
    (["公印の使用手続"], "それは誰が決裁しますか", "公印の使用 誰が決裁しますか"),
    (["職員の育児休業は何歳まで取れますか"], "その間の給料は?", "職員の育児休業 給料は?"),
    (["入湯税の申告期限は毎月いつですか"], "それを過ぎたら?", "入湯税 毎月 申告期限 いつ 過ぎたら?"),
    (["転入届に必要なもの"], "いつまで?", "転入届 いつまで?"),
    (["粗大ごみの出し方"], "手数料はいくら?", "粗大ごみ 手数料はいくら?"),
    (["軽自動車の廃車の手続"], "どこでできますか", "軽自動車の廃車 どこでできますか"),
    (["随意契約の限度額はいくらですか"], "根拠は?", "随意契約 根拠は?"),
    (["引っ越したら何をすればいいですか"], "必要なものは?", "引っ越す 必要なものは?"),
    (
        ["子どもが生まれたときの手続を教えてください"],
        "いつまでに出せばいいですか",
        "生まれる 子ども いつまでに出せばいいですか",
    ),
    (
        ["後期高齢者医療の保険証をなくした"],
        "再交付はどこでできますか",
        "後期高齢者医療の保険証 なくす 再交付はどこでできますか",
    ),
    (["高額療養費の支給申請に必要な書類は何ですか"], "延長できますか", "高額療養費の支給 延長できますか"),
    (["罹災証明書の発行手数料は"], "無料ですか", "罹災証明書 無料ですか"),
    # another condition, for which the same is asked
    (["住民票の写しの手数料はいくらですか"], "代理人なら?", "住民票の写し 手数料 いくら 代理人なら?"),
    (["印鑑登録証明書は本人が窓口でいくらですか"], "じゃあ郵送だと?", "印鑑登録証明書 本人 いくら 郵送だと?"),
    (["児童手当は1人目いくらですか"], "2人目は?", "児童手当 いくら 2人目は?"),
    (["転入届の期限は"], "転出の場合は?", "転出届 期限 転出の場合は?"),
    (["市県民税の特別徴収の納期は"], "普通徴収だと?", "市県民税 納期 普通徴収だと?"),
    (["燃えるごみの収集日は何曜日ですか"], "土日でも出せますか", "燃えるごみの収集日 土日でも出せますか"),
    (["パスポートの更新申請に必要なもの"], "新規だと?", "パスポート 必要なもの 新規だと?"),
    (["年次休暇は何日もらえますか"], "会計年度任用職員の場合は?", "年次休暇 何日 会計年度任用職員の場合は?"),
    (["固定資産税の納期限はいつですか"], "口座振替だと?", "固定資産税 納期限 いつ 口座振替だと?"),
    (["文書の保存期間は何年ですか"], "契約書なら?", "文書 保存期間 何年 契約書なら?"),
    (["旅費の日当はいくらですか"], "県外だと?", "旅費の日当 いくら 県外だと?"),
    (["罹災証明書の交付申請に必要なもの"], "写真がない場合は?", "罹災証明書 必要なもの 写真がない場合は?"),
    (["税証明の郵送請求の方法"], "窓口だと?", "税証明 方法 窓口だと?"),
    # another subject or attribute, in few words
    (["住民票の写しの手数料は?"], "印鑑登録証明書は?", "手数料 印鑑登録証明書は?"),
    (["消火器の捨て方は"], "スプレー缶は?", "捨て方 スプレー缶は?"),
    (["燃やすごみの収集日は何曜日ですか"], "缶とびんは?", "何曜日 缶とびんは?"),
    (["罹災証明書はいつまでに申請しますか"], "被災証明も同じですか?", "いつまで 被災証明も同じですか?"),
    (["粗大ごみの予約は何日前までですか"], "キャンセルしたら?", "粗大ごみの予約 何日 キャンセルしたら?"),
    (["身体障害者手帳の申請に必要なもの"], "写真は?", "必要なもの 写真は?"),
    (["介護保険料の減免申請の期限"], "その他の減免は?", "介護保険料の減免 その他の減免は?"),
    (
        ["児童手当の認定請求書を夫の代わりに持って来た"],
        "委任状は要る？",
        "児童手当の認定請求書 代わり 夫 委任状は要る?",
    ),
    (["防災士の資格を取りたい"], "申込みの締切りは？", "防災士の資格 申込みの締切りは?"),
    (["保育所の入所申込みの締切はいつですか"], "2人目の場合の保育料は?", "保育所の入所申込み 2人目の場合の保育料は?"),
    # a statement, for which the same is asked
    (["児童手当は1人目いくらですか"], "2人目なんですが", "児童手当 いくら 2人目なんですが"),
    (["有給休暇は何日もらえますか"], "同じく会計年度任用職員では", "有給休暇 何日 会計年度任用職員では"),
    (["軽自動車の廃車の手続"], "それからどこへ行けばいいの", "軽自動車の廃車 どこへ行けばいいの"),
    # several questions
    (
        ["住民票の写しをコンビニで取りたい", "何時から使えますか", "土日は?"],
        "手数料はいくら?",
        "住民票の写し コンビニ 土日 手数料はいくら?",
    ),
    (
        ["国民健康保険に加入するときの届出はいつまでですか", "必要なものは?"],
        "外国人の場合は?",
        "国民健康保険 加入 必要なもの 外国人の場合は?",
    ),
    (
        ["マイナンバーカードの受取りは本人が行きますか", "代理人でもいいですか"],
        "必要書類は?",
        "マイナンバーカード 代理人 必要書類は?",
    ),
    (["犬を飼い始めました", "住民票の写しが欲しい"], "その手数料は？", "住民票の写し 手数料は?"),
    (["犬の登録手数料", "ありがとうございました"], "どこで払いますか", "犬 どこで払いますか"),
    (
        ["住民票の写しをコンビニで取りたい", "固定資産税の納期限はいつですか"],
        "口座振替だと?",
        "固定資産税 納期限 いつ 口座振替だと?",
    ),
    # another subject
    (["住民票の写しの手数料は"], "アイロンの出し方", None),
    (["住民票の写しの手数料は"], "消火器の捨て方は", None),
    (["住民票の写しの手数料は"], "ごみ袋の価格", None),
    (["給与明細はどこで見られますか"], "実印の登録は可能ですか", None),
    (["住民票の写しの手数料は"], "避難所の開設基準は", None),
    (["犬を飼い始めました"], "住民票の写しが欲しい", None),
    (["住民票の写しの手数料は?"], "犬の登録に必要なものは何ですか", None),
    (["年次休暇は何日もらえますか"], "では、病気休暇は何日ですか", None),
    (["転入届の期限は"], "住民票の除票の手数料はいくらですか", None),
    (["住民票の写しの手数料"], "転入の手続に必要なもの", None),
    (["印鑑登録の廃止"], "じゃあ、印鑑登録証明書の交付手数料はいくらですか", None),
    (["住民票の写しをコンビニで取りたい", "何時から使えますか"], "固定資産税の納期限はいつですか", None),
    (["ひとり親家庭医療費の所得制限"], "介護認定の申請方法を教えてください", None),
    (["罹災証明書の交付申請に必要なもの"], "罹災証明書の手数料は?", None),
    (["転居届の期限は"], "この度結婚しました。婚姻届の用紙はどこにありますか", None),
    (["戸籍謄本の請求に必要なもの"], "同じ世帯の人の住民票は取れますか", None),
    (["印鑑登録の廃止"], "ありがとうございました", None),
    (["印鑑登録の廃止"], "全然違う話なんですが、手数料は", None),
    (["印鑑登録の廃止"], "その他のことで、手数料は", None),
    (["出張の宿泊費"], "さっきの防災放送、何て言ってたか聞き取れなくて。電話で聞き直せる番号ありましたよね", None),
]
WORDS = st.sampled_from(
    [
        "住民票の写し",
        "転入届",
        "犬の登録",
        "児童手当",
        "手数料",
        "期限",
        "必要なもの",
        "いつまで",
        "いくら",
        "どこ",
        "代理人",
        "郵送",
        "2人目",
        "その場合",
        "それ",
        "じゃあ",
        "では",
        "この",
        "なら",
        "だと",
        "の",
        "は",
        "を",
        "ですか",
        "?",
        "、",
        "場合",
        "とき",
        "手続",
    ]
)
QUESTIONS = st.lists(WORDS, min_size=1, max_size=7).map("".join) | st.text(max_size=30)
POINTING = frozenset(
    tokens(
        "その それ この これ そこ そちら 同じ 先ほど さっき 上記 前 場合 とき 際 間 後 手続 件 じゃあ では それなら ちなみに あと また でも なら すると あの えっと って"
    )
)


@pytest.mark.parametrize(("history", "question", "looked_up"), DIALOGUES)
def test_dialogues(history: list[str], question: str, looked_up: str | None):
    resolved = resolve(question, history)
    assert resolved.text == (looked_up or question)
    assert bool(resolved.carried) == (looked_up is not None)


CATS = ["のら猫の手術の補助を知りたい"]
FEMALE = "のら猫の手術の補助 メスだといくらまで?"
COPIES = {"手数料 カラーは?": 0.7, "情報公開の写し 手数料 カラーは?": 0.9}


@pytest.mark.parametrize(
    ("history", "question", "found", "looked_up"),
    [
        (CATS, "メスだといくらまで?", {FEMALE: 0.8, "メスだといくらまで?": 0.6}, FEMALE),
        (CATS, "メスだといくらまで?", {FEMALE: 0.6, "メスだといくらまで?": 0.9}, "メスだといくらまで?"),
        (CATS, "ところで、メスだといくらまで?", {FEMALE: 0.9}, "ところで、メスだといくらまで?"),
        # another subject, or more of the same: to which the documents say more; and so the question after it
        (["情報公開の写しの手数料は"], "カラーは?", COPIES, "情報公開の写し 手数料 カラーは?"),
        (["情報公開の写しの手数料は"], "カラーは?", {"手数料 カラーは?": 0.9}, "手数料 カラーは?"),
        (["情報公開の写しの手数料は", "カラーは?"], "郵送だと?", COPIES, "情報公開の写し カラー 手数料 郵送だと?"),
        (["情報公開の写しの手数料は", "カラーは?"], "郵送だと?", {}, "カラー 手数料 郵送だと?"),
    ],
)
def test_the_documents_decide_where_grammar_does_not(
    history: list[str], question: str, found: dict[str, float], looked_up: str
):
    assert resolve(question, history, lambda text: found.get(text, 0.0)).text == looked_up


@pytest.mark.parametrize(
    ("elliptic", "whole"),
    [
        ("なくしてしまったらどうすればいいの", "登録証をなくしてしまったらどうすればいいの"),
        ("もう一人のほうの額も知りたい", "二番目の子の児童手当の額も知りたい"),
        ("うちは三番目の子です", "うちの三番目の子の学校を知りたい"),
        ("家で転んでけがをしたときは", "家で転んでけがをしたときの保険の請求を知りたい"),
        ("駅前の出張所に出してもいいですか", "駅前の出張所に転入届を出してもいいですか"),
    ],
)
def test_what_leaves_much_out_goes_on_though_it_finds_a_little_less_so(elliptic: str, whole: str):
    def look(text: str) -> float:
        return 0.80 if text in (elliptic, whole) else 0.75

    history = ["県の補助制度の名前を教えて"]
    assert resolve(elliptic, history, look).carried and not resolve(whole, history, look).carried


@pytest.mark.parametrize("question", ["65歳以上の方は介護保険料をいつ納めますか", "高齢の方も避難支援を受けられますか"])
def test_a_polite_word_for_people_is_no_sign_of_a_follow_up(question: str):
    assert not take_apart(question).more and take_apart("加入のほうも電子申請でいける?").more


@pytest.mark.parametrize(
    ("question", "objectless"),
    [
        ("駅前サービスコーナーに出してもいい?", True),
        ("里帰り先にいる人はどうやって出すの", True),
        ("時間単位でも取れる?", True),
        ("代わりに家族が申請できますか", True),
        ("いつまでに払えばいいですか", True),
        ("転入届を出してもいい?", False),
        ("ブルーシート何枚もらえる", False),
        ("窓口で払う額はいくらか", False),
        ("余った券は使えますか", False),
        ("領収書をなくしました", False),
    ],
)
def test_what_is_done_to_nothing_that_is_named(question: str, objectless: bool):
    assert take_apart(question).objectless is objectless


def test_what_a_follow_up_says_itself_is_known():
    day = date(2026, 11, 1)
    assert understand("郵送だと?", ["住民票の写しの手数料はいくらですか"], day).own == "郵送だと?"
    assert understand("住民票の写しの手数料はいくらですか", [], day).own is None
    assert understand("昨年度は？", ["住民票の写しの手数料はいくらですか"], day).own is None


@given(QUESTIONS)
def test_without_history_nothing_changes(question: str):
    assert resolve(question, ()).text == question and resolve(question, ()).carried == ()


@given(st.lists(QUESTIONS, min_size=1, max_size=4), QUESTIONS)
def test_a_completed_question_keeps_its_own_words(history: list[str], question: str):
    resolved = resolve(question, history)
    if not resolved.carried:
        assert resolved.text == question
        return
    before = " ".join(resolved.carried) + " "
    own = resolved.text.removeprefix(before)
    assert resolved.text == before + own and own and normalise(question).endswith(own)
    left_out = normalise(question).removesuffix(own)
    assert set(question_words(left_out)) <= POINTING
    assert len(resolved.carried) <= 8


@given(st.lists(QUESTIONS, min_size=1, max_size=4), QUESTIONS)
def test_what_is_carried_comes_from_earlier_questions(history: list[str], question: str):
    said = normalise(" ".join([*history, question, "必要なもの"]))
    for phrase in resolve(question, history).carried:
        assert phrase[:-1] in said  # a verb is carried in the form of the dictionary


def test_what_was_asked_before_is_taken_over_in_its_usual_spelling():
    found = understand("その場合のキャップは？", ["ぺっとぼとるは何ごみですか"], date(2026, 11, 1))
    assert found.text == "ペットボトル ごみ キャップは?"
