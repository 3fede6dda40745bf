"""What a generated sentence may say, given the passages that it cites."""

import pytest

from eval.corruption import CORRUPTIONS, Statement
from eval.ground import REWRITINGS, make, measure
from rag.answer.ground import Supported, check
from rag.answer.polarity import said
from rag.domain import Chunk, DocumentInfo, Kind, Struck
from rag.edition import open_edition
from tests.conftest import build

MANUAL = DocumentInfo(
    "d", "証明書交付事務マニュアル", "市民課/m.md", "0", "市民課", contact="市民課 証明係（内線2110）"
)
PROSE = Chunk(
    "p",
    MANUAL,
    "第12条　住民票の写しの手数料は、窓口では1通400円とする。コンビニ交付の手数料は、1通200円とする。\n"
    "2　転入届は、新しい住所に住み始めた日から14日以内に提出しなければならない。\n"
    "(1) 代理人には、住民票の写しを交付しない。ただし、委任状を提出したときは、この限りでない。\n"
    "3　出張所の受付は、令和8年4月1日から午後5時15分までとし、18歳未満の者からの申請は受け付けない。",
    heading=("第12条（手数料）",),
)
ROW = Chunk(
    "r",
    MANUAL,
    "住民票\t住民票の写し\t1通\t400\t200円\t520",
    kind=Kind.ROW,
    columns=("区分", "証明書等の名称", "単位", "窓口・郵送（円）", "コンビニ交付", "交付件数"),
)
FAQ = Chunk("f", MANUAL, "工事後の申請では支給できません。", kind=Kind.FAQ, question="手すりの補助はありますか。")


@pytest.mark.parametrize(
    "sentence",
    [
        "住民票の写しの手数料は、窓口では１通四百円です。",
        "コンビニ交付の手数料は1通200円です。",
        "転入届は、住み始めた日から14日以内に提出してください。",
        "第12条第2項により、転入届は14日以内に提出する必要があります。",
        "出張所の受付は、2026年4月1日から17時15分までです。",
        "18歳未満の者からの申請は受け付けません。",
        "住民票は、窓口では1通400円です。",
        "赤ちゃんの親が委任状を提出したときは、代理人の住民票の写しの手数料は、窓口では1通400円です。",
        "第12条第2項第1号により、代理人には住民票の写しを交付しません。ただし、委任状を提出したときを除きます。",
    ],
)
def test_what_the_passage_says_in_other_words(sentence: str):
    verdict = check(sentence, [PROSE])
    assert isinstance(verdict, Supported), verdict
    assert all(citation.quote in PROSE.text for citation in verdict.citations) and verdict.citations


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("住民票の写しの手数料は、窓口では1通300円です。", "「300円」は、根拠の箇所にありません"),
        ("コンビニ交付の手数料は1通400円です。", "別の事柄"),
        ("転入届は、住み始めた日から2週間以内に提出してください。", "「2週間」"),
        ("転入届は、住み始めた日から14日以上たってから提出してください。", "「14日」"),
        ("第13条により、転入届は14日以内に提出してください。", "「第13条」"),
        ("第12条第4項により、転入届は14日以内に提出してください。", "「第12条第4項」"),
        ("出張所の受付は、令和9年4月1日から午後5時15分までです。", "「令和9年4月1日」"),
        ("18歳未満の者からの申請は受け付けます。", "打ち消す"),
        ("代理人には住民票の写しを交付します。", "打ち消す"),
        ("転入届を提出する必要はありません。", "打ち消す"),
        ("税務課の窓口では、住民票の写しの手数料は1通400円です。", "「税務課」"),
        ("住民基本台帳法により、転入届は14日以内に提出してください。", "「住民基本台帳法」"),
        ("犬の登録には、狂犬病の予防注射の証明が要ります。", "一致する言葉"),
        ("印鑑登録は、新しい住所に住み始めた日から14日以内に提出しなければなりません。", "「印鑑登録」についての記載"),
        ("証明書交付事務マニュアル 第12条(手数料)", "題名や見出し"),
        ("はい。", "照らし合わせる"),
    ],
)
def test_what_the_passage_does_not_say_is_struck(sentence: str, reason: str):
    verdict = check(sentence, [PROSE])
    assert isinstance(verdict, Struck) and reason in verdict.reason, verdict


def test_without_a_passage_nothing_is_said():
    assert isinstance(check("住民票の写しの手数料は1通400円です。", []), Struck)
    assert isinstance(check("住民票の写しの手数料は1通400円です。", [FAQ]), Struck)


def test_a_row_says_what_stands_in_its_columns():
    assert isinstance(check("住民票の写しは、窓口・郵送では1通400円です。", [ROW]), Supported)
    assert isinstance(check("住民票の写しの交付件数は520件です。", [ROW]), Supported)
    wrong = check("住民票の写しは、コンビニ交付では1通400円です。", [ROW])
    assert isinstance(wrong, Struck) and "別の事柄" in wrong.reason


def test_an_exception_that_was_left_out_is_reported():
    verdict = check("代理人には、住民票の写しを交付しません。", [PROSE])
    assert isinstance(verdict, Supported) and verdict.warnings
    assert verdict.proviso and verdict.proviso.quote == "ただし、委任状を提出したときは、この限りでない。"
    kept = check("18歳未満の者からの申請は受け付けません。", [PROSE])
    assert isinstance(kept, Supported) and kept.proviso is None


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("受け取ることができません。", {"取る", "出来る"}),
        ("手数料は必要ありません。", {"必要"}),
        ("費用は不要です。", {"必要"}),
        ("市外の者は対象外である。", {"対象"}),
        ("提出しなければならない。", set()),
        ("使用してはならない。", {"使用"}),
        ("やむを得ない場合は、申し出てください。", set()),
        ("備品を除く。", {"含む"}),
    ],
)
def test_denials(text: str, denied: set[str]):
    assert {s.word for s in said(text) if s.denied} == denied


def test_corruptions_and_rewritings_of_an_edition(tmp_path, embedder):
    files = {
        "市民課/手引.md": f"# 手引\n\n## 第12条 手数料\n\n{PROSE.text}\n\n証明係は、市民課に置く。税の証明は税務課で扱う。\n",
        "環境課/案内.md": "# 案内\n\n収集の申込みは、環境課へ3日前までに行う。手数料は1点500円とする。事業者のごみを除く。\n",
    }
    edition = open_edition(build(tmp_path, embedder, files).data)
    result = measure(edition, seed=5, count=60)
    assert (
        sum(row["of"] for row in result["corrupted"].values())
        == 60
        == sum(r["of"] for r in result["paraphrased"].values())
    )
    assert result["figures_caught"] == 1.0 and result["wrongly_struck"] <= 0.05
    assert measure(edition, seed=5, count=60) == result
    statement = Statement("手数料は1点500円とする。", FAQ)
    made = make("seed", [statement], {"amount": CORRUPTIONS["amount"], "plain": REWRITINGS["plain_end"]}, 2)
    assert made[0].text != statement.text and made[1].text == "手数料は1点500円です。"
