"""The check of sentences against ``sentences.yaml``: wrong and honest ones written by hand, beyond what rules make.

The halves are told apart: the one for tuning has to be right, the other only reports, and may not become worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.answer.ground import check
from rag.domain import Chunk, DocumentInfo, Kind, Struck

PASSAGES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))


def passage(number: int, told: dict[str, Any]) -> Chunk:
    document = DocumentInfo(str(number), told["title"], "a/b.md", "0", told["department"])
    kind, columns = Kind(told.get("kind", "prose")), tuple(told.get("columns", ()))
    heading = tuple(told.get("heading", ()))
    return Chunk(str(number), document, told["text"], None, heading, kind, columns, told.get("question"))


def judged() -> Iterator[tuple[str, str, bool, str]]:
    """Half, class, whether it was judged rightly, and the sentence."""
    for number, one in enumerate(PASSAGES):
        chunk = passage(number, one["passage"])
        rows = [(kind, text, True) for kind, text in one["wrong"]], [("honest", text, False) for text in one["honest"]]
        for row in rows:
            for at, (kind, text, wrong) in enumerate(row):
                half = "test" if at % 2 and not one.get("tuning") else "dev"
                name = "honest" if not wrong else "figure" if kind.startswith("=") else "other"
                yield half, name, isinstance(check(text, [chunk]), Struck) is wrong, text


def test_sentences_written_by_hand():
    right, all_of, missed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), []
    for half, name, is_right, text in judged():
        all_of[half, name] += 1
        right[half, name] += is_right
        if half == "dev" and not is_right:
            missed.append(text)
    share = {key: right[key] / all_of[key] for key in all_of}
    assert (all_of["dev", "figure"], all_of["test", "figure"]) == (75, 52)
    assert sorted(missed) == [
        "オンラインなら24時間いつでも申し込めます。",
        "任意継続にした人は、国保に加入しなくてかまいません。",
        "個人の端末やUSBメモリなどの記録媒体は、仕事に使えません。",
        "餌とケージは市が用意します。",  # wrong, and passes: 「市」 is often said where the documents leave it out
    ]
    assert share["test", "figure"] >= 0.98 and share["test", "other"] >= 0.79 and share["test", "honest"] >= 0.86


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("届出は、転出した日から14日以内です。", "届出は、転入した日から14日以内とする。", "「転出」"),
        ("手数料は税込300円です。", "手数料は300円とする。", "「税込み」"),
        ("指名競争入札は10日前までに公告します。", "一般競争入札は10日前までに公告する。", "「指名競争入札」"),
        ("納期限後に申請してください。", "納期限までに申請しなければならない。", "「納期限後」"),
        ("3日前からご連絡ください。", "3日前（休日を除く。）までに連絡する。", "「3日」"),
        (
            "借家の場合は、家主が申請者となります。",
            "借家の場合は、借主が申請者となり、家主には写しを渡す。",
            "別の事柄",
        ),
        ("した日から7日以内に精算します。", "帰着した日の翌日から7日以内に精算する。", "数え始める日"),
        (
            "補助犬は、部屋に持ち込まないでください。",
            "動物は部屋に持ち込まない。ただし、補助犬は、この限りでない。",
            "例外",
        ),
        ("手数料は、そのとおりです。", "手数料は300円とする。", "述べていません"),
        (
            "住民票の写しの手数料は窓口では1通300円、郵送で請求する場合は1通400円で、毎年夏祭りに花火を打ち上げます。",
            "住民票の写しの手数料は、窓口では1通300円とし、郵送により請求する場合は、1通400円とする。",
            "についての記載",
        ),
    ],
)
def test_each_rule_says_why(sentence: str, text: str, reason: str):
    document = DocumentInfo("d", "手引", "a/b.md", "0", "市民課")
    verdict = check(sentence, [Chunk("c", document, text)])
    assert isinstance(verdict, Struck) and reason in verdict.reason, verdict


def test_a_name_that_is_nearly_right_is_not_that_name():
    document = DocumentInfo("d", "罹災証明書の手引", "a/b.md", "0", "防災課")
    chunk = Chunk("c", document, "罹災証明書の申請期限は、災害の翌日から3か月とする。")
    verdict = check("適災証明書の申請期限は、災害の翌日から3か月です。", [chunk])
    assert isinstance(verdict, Struck) and "適災証明" in verdict.reason, verdict


def test_the_cell_of_another_column_is_not_said_of_this_one():
    document = DocumentInfo("d", "手当の違い", "a/b.xlsx", "0", "市民課")
    row = Chunk("c", document, "支給月\t偶数月\t奇数月", kind=Kind.ROW, columns=("項目", "児童手当", "児童扶養手当"))
    assert isinstance(check("児童手当は奇数月に支給されます。", [row]), Struck)
    assert not isinstance(check("児童手当は偶数月、児童扶養手当は奇数月に支給されます。", [row]), Struck)
    assert not isinstance(check("児童扶養手当の支給月は奇数月です。", [row]), Struck)
