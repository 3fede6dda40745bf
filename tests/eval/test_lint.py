import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.cases import Case, Source, as_lines, read_cases
from eval.lint import lint
from rag.edition import open_edition
from tests.conftest import DAY
from tests.eval.conftest import a_case


@pytest.fixture(scope="module")
def catalog(town: Path):
    return open_edition(town).catalog


def codes(cases, catalog=None) -> list[tuple[str, str]]:
    return [(finding.id, finding.code) for finding in lint(cases, DAY, catalog)]


def test_a_sound_set_has_only_its_size_to_say(a_set: Path, catalog):
    assert codes(read_cases(a_set), catalog) == [("", "few")]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"sources": (Source("市民課/無.csv", "1通400円"),)}, "source-missing"),
        ({"sources": (Source("市民課/新.csv", "400円 1通"),)}, "quote-missing"),
        ({"sources": (Source("市民課/旧.csv", "1通300円"),), "facts": ("300円",)}, "source-not-in-force"),
        ({"as_of": date(2026, 3, 31)}, "source-not-in-force"),
        ({"facts": ("40円",)}, "fact-not-quoted"),
        ({"facts": ("40円",)}, "fact-missing"),
        ({"facts": ()}, "incomplete"),
        ({"answerable": False}, "contradictory"),
    ],
)
def test_a_planted_fault_is_found(a_set: Path, catalog, parts: dict, code: str):
    first, *rest = read_cases(a_set)
    assert ("fee", code) in codes([replace(first, **parts), *rest], catalog)
    assert ("fee", code) not in codes([first, *rest], catalog)


def test_a_quotation_may_be_broken_into_lines_and_widths(a_set: Path, catalog):
    first = replace(read_cases(a_set)[0], sources=(Source("市民課/新.csv", "１通\n400 円"),))
    assert codes([first], catalog) == [("", "few")]


def test_a_document_that_its_section_may_not_see_is_named(put, sync, settings):
    put("秘書課/席次.csv", "質問,回答\n席次は,1番です。\n")
    put("秘書課/collection.toml", 'audience = ["秘書課"]\n')
    sync()
    case = Case("a", "席次は", True, (Source("秘書課/席次.csv", "1番です"),), ("1番",), None, "税務課", "")
    catalog = open_edition(settings.data).catalog
    assert ("a", "source-hidden") in codes([case], catalog)
    assert codes([replace(case, department="秘書課")], catalog) == [("", "few")]


def test_near_duplicates_and_duplicate_ids():
    same = a_case("a", question="住民票の写しの手数料はいくらですか")
    alike = a_case("b", question="住民票の写しの手数料は、いくらですか?")
    then = replace(alike, id="c", as_of=date(2020, 1, 1))
    found = codes([same, alike, then, a_case("a", question="燃えるごみの日はいつですか")])
    assert ("a", "near-duplicate") in found and ("a", "duplicate-id") in found
    assert [code for _, code in found].count("near-duplicate") == 1, (
        "the same question of another day is another question"
    )


def test_shares():
    words = ["税", "水道", "保育", "道路", "公園", "図書", "住民票", "年金", "介護", "消防"]
    cases = [a_case(f"{n}", "A", question=f"{words[n % 10]}の{n}番", style="口語") for n in range(20)]
    found = [code for _, code in codes(cases)]
    assert "unbalanced-answerable" in found and "unbalanced-style" in found
    fair = [
        replace(case, style="職員" if n % 2 else "口語", answerable=n >= 5, facts=(), sources=()) for n, case in enumerate(cases)
    ]  # fmt: skip
    found = [code for _, code in codes(fair)]
    assert "unbalanced-answerable" not in found and "unbalanced-style" not in found


def test_the_command(evaluate, a_set: Path, town: Path, tmp_path: Path):
    status, out, _ = evaluate("lint", a_set, "--data", town, "--json")
    assert status == 0 and json.loads(out)["errors"] == 0
    first, *rest = read_cases(a_set)
    a_set.write_text(as_lines([replace(first, sources=(Source("無.csv", "x"),)), *rest]), encoding="utf-8")
    status, out, _ = evaluate("lint", a_set, "--data", town)
    assert status == 1 and "source-missing" in out and "誤り 1" in out
    assert evaluate("lint", tmp_path / "none.jsonl")[0] == 2
    assert evaluate("lint", a_set, "--data", tmp_path)[0] == 1  # nothing is published there
