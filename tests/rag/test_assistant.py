"""From a question to a reply, on a real edition of a few documents."""

from dataclasses import replace
from datetime import date

import pytest

from rag.assistant import Assistant, checked, open_assistant, whom_to_ask
from rag.domain import Answer, NotFound, Viewer
from rag.errors import InvalidQuestion
from rag.retrieval import search
from rag.text import compact
from tests.conftest import asking, build

FAQ = """質問,回答,カテゴリ
住民票の写しの手数料はいくらですか。,窓口では1通400円です。コンビニエンスストアでは1通200円です。,証明
転入届はいつまでに出せばよいですか。,新しい住所に住み始めた日から14日以内に届け出てください。,届出
印鑑登録に必要なものを教えてください。,登録する印鑑と、運転免許証などの本人確認書類をお持ちください。,印鑑
犬を飼い始めました。登録は必要ですか。,生後91日以上の犬は登録が必要です。登録手数料は3000円です。,動物
"""
TABLE = "品目,出し方,備考\nアイロン,小型家電,電池を外す\n乾電池,有害ごみ,透明の袋\n新聞,資源,ひもで縛る\n"
RULE = """# 職員旅費規程

## 第2章 旅費

第12条 宿泊費は、1夜につき10,900円を上限とする。ただし、東京都の区域に宿泊する場合は、13,000円を上限とする。
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, embedder) -> Assistant:
    files = {
        "市民課/FAQ.csv": FAQ.encode("cp932"),
        "市民課/collection.toml": 'contact = "市民課 住民記録係（内線2110）"\n',
        "環境課/分別表.csv": TABLE,
        "総務課/職員旅費規程.md": RULE,
    }
    return open_assistant(build(tmp_path_factory.mktemp("one"), embedder, files))


def test_an_answer_quotes_the_section_s_own_words(one: Assistant):
    reply = one.ask(asking("住民票の写しの手数料はいくらですか"))
    assert isinstance(reply, Answer) and "400円" in reply.text
    assert 1 <= len(reply.sentences) <= 4
    for citation in reply.citations:
        original = one.original(citation.chunk.document).read_bytes().decode("cp932")
        assert citation.quote in original


def test_a_row_is_read_out_with_its_heads(one: Assistant):
    reply = one.ask(asking("アイロンの出し方を教えてください"))
    assert isinstance(reply, Answer)
    assert "品目: アイロン、出し方: 小型家電" in reply.text
    assert compact(reply.citations[0].quote) == "アイロン小型家電電池を外す"


def test_an_exception_is_quoted_with_what_it_restricts(one: Assistant):
    reply = one.ask(asking("出張の宿泊費の上限はいくらですか"))
    assert isinstance(reply, Answer)
    assert "10,900円" in reply.text and "ただし、東京都" in reply.text


@pytest.mark.parametrize("question", ["今日の為替レートは", "明日の天気を教えて", "プロ野球の優勝チームはどこですか"])
def test_what_the_documents_do_not_say_is_not_answered(one: Assistant, question: str):
    reply = one.ask(asking(question))
    assert isinstance(reply, NotFound)
    assert reply.confidence.label == "none"


def test_a_question_may_be_limited_to_departments(one: Assistant):
    hits = one.search(asking("手数料はいくらですか", departments=frozenset({"環境課"})))
    assert hits and {hit.chunk.document.department for hit in hits} == {"環境課"}


def test_whom_to_ask_is_the_nearest_department(one: Assistant):
    assert whom_to_ask(one.search(asking("転入届の期限"))) == "市民課 住民記録係（内線2110）"
    assert whom_to_ask(()) is None


@pytest.mark.parametrize("text", ["", " \n\u3000", "？？？", "\x00\x07", "あ" * 5_000])
def test_an_impossible_question_is_refused_with_advice(text: str):
    with pytest.raises(InvalidQuestion) as refused:
        checked(asking(text), 1_000)
    assert refused.value.remedy


def test_control_characters_do_not_matter(one: Assistant):
    reply = one.ask(asking("住民票の\x00写しの\x1b[31m手数料は\u202eいくらですか"))
    assert isinstance(reply, Answer) and "400円" in reply.text


def test_a_follow_up_is_answered_from_the_questions_before_it(one: Assistant):
    followed = replace(asking("その手数料は？"), history=("犬を飼い始めました", "住民票の写しが欲しい"))
    reply = one.ask(followed)
    assert isinstance(reply, Answer) and "400円" in reply.text and "3000円" not in reply.text
    assert one.search(followed) == one.search(asking("住民票の写し 手数料は?"))
    changed = replace(asking("転入届はいつまでに出せばよいですか"), history=("住民票の写しの手数料は",))
    assert one.search(changed) == one.search(asking(changed.text))


def test_what_says_nothing_of_the_condition_asked_for_is_not_stated(one: Assistant):
    fee = asking("住民票の写しの手数料はいくらですか")
    plain, window = one.ask(fee), one.ask(replace(fee, text="窓口での住民票の写しの手数料はいくらですか"))
    other = one.ask(replace(fee, text="代理人なら？", history=(fee.text,)))
    assert isinstance(plain, Answer) and plain.confidence.label == "stated"
    assert isinstance(window, Answer) and window.confidence.label == "stated"
    assert not (isinstance(other, Answer) and other.confidence.label == "stated")


def test_an_impossible_history_is_refused():
    with pytest.raises(InvalidQuestion):
        checked(replace(asking("手数料は？"), history=("あ" * 5_000,)), 1_000)


def test_before_anything_is_in_force_nothing_is_found(put, sync, assistant):
    put("総務課/職員旅費規程.md", RULE)
    put("総務課/collection.toml", '[[document]]\nfile = "職員旅費規程.md"\nvalid_from = 2026-04-01\n')
    sync()
    assert assistant().search(asking("宿泊費", day=date(2026, 3, 31))) == ()


@pytest.mark.parametrize(
    "far", ["為替の見通し", "今日の天気は", "ラーメンの作り方", "総理大臣は誰ですか", "犬の登録料"]
)
def test_a_section_with_one_document_does_not_answer_everything_from_it(put, sync, assistant, far: str):
    """Scores are shares of the best: what is found among few says little by itself."""
    put("市民課/手数料.md", "# 手数料\n\n住民票の写しの手数料は、1通300円とする。\n")
    sync()
    assert isinstance(assistant().ask(asking(far)), NotFound)
    assert "300円" in assistant().ask(asking("住民票の写しの手数料はいくら")).text


FEES = """質問,回答
のら猫の不妊手術に補助はありますか,飼い主のいない猫の手術に補助があります。メスの不妊手術は8000円、オスの去勢手術は5000円が上限です。
犬の登録手数料はいくらですか,犬の登録手数料は3000円です。
図書の貸出しは何冊までですか,一人10冊までです。
"""


def test_what_both_readings_find_decides_where_grammar_does_not(tmp_path_factory, embedder):
    cats = open_assistant(build(tmp_path_factory.mktemp("cats"), embedder, {"環境課/FAQ.csv": FEES}))
    before = ("のら猫の手術の補助を知りたい",)
    going_on = replace(asking("メスだといくらまで？"), history=before)
    assert cats.understood(going_on).carried and "8000円" in cats.search(going_on)[0].chunk.text
    other = replace(asking("犬の登録手数料はいくらですか"), history=before)
    assert not cats.understood(other).carried
    said = replace(asking("ところで、メスだといくらまで？"), history=before)
    assert not cats.understood(said).carried, "the person says that it is another matter"


def test_what_was_looked_up_to_understand_a_question_is_not_looked_up_again(one: Assistant, monkeypatch):
    looked_up: list[str] = []

    def counted(edition, embedder, question, k):
        looked_up.append(question.text)
        return search(edition, embedder, question, k)

    monkeypatch.setattr("rag.assistant.search", counted)
    one.ask(replace(asking("出張したときは日当がいくら出ますか"), history=("住民票の写しの交付を受けたい",)))
    assert len(looked_up) == len(set(looked_up)) == 2, "as it stands, and as one that goes on"


def test_an_answer_without_the_amount_asked_for_is_none(tmp_path_factory, embedder):
    file = {
        "都市計画課/FAQ.csv": "質問,回答\n応急修理の限度額はいくらですか,応急修理は災害救助法による支援です。担当は都市計画課です。\n"
    }
    without = open_assistant(build(tmp_path_factory.mktemp("without"), embedder, file))
    reply = without.ask(asking("応急修理の限度額はいくらですか"))
    assert isinstance(reply, NotFound) and reply.confidence.label == "none" and reply.nearest
    whose = without.ask(asking("応急修理の担当はどこですか"))
    assert not isinstance(whose, Answer) or "都市計画課" in whose.text


def test_the_asker_s_own_section_goes_first_where_two_say_the_same(tmp_path_factory, embedder):
    rows = "質問,回答\n郵便物の差出しの締切は何時ですか,{}では、郵便物の差出しは午後{}時に締め切ります。\n"
    files = {"税務課/FAQ.csv": rows.format("税務課", 3), "環境課/FAQ.csv": rows.format("環境課", 4)}
    two = open_assistant(build(tmp_path_factory.mktemp("two"), embedder, files))
    for section in ("税務課", "環境課"):
        question = asking("郵便物の差出しの締切は何時ですか", viewer=Viewer(department=section))
        passages = two.passages(question, two.search(question))
        assert passages[0].chunk.document.department == section


def test_where_nothing_answers_the_passages_judged_best_are_shown(one: Assistant):
    question = asking("市長の車の色は何色ですか")
    hits = one.search(question)
    reply = one.reply(question, hits)
    assert isinstance(reply, NotFound)
    judged = list(dict.fromkeys(passage.chunk.id for passage in one.passages(question, hits)))
    assert [hit.chunk.id for hit in reply.nearest] == judged[: len(reply.nearest)]
