"""docs/eval-format.md says what the program does."""

import re
from pathlib import Path

from eval.gate import CHANCE
from eval.lint import __file__ as lint_file
from eval.measures import MEASURES
from eval.tables import COLUMNS
from rag.config import PROJECT

TEXT = (PROJECT / "docs" / "eval-format.md").read_text(encoding="utf-8")
CODES = set(re.findall(r', "([a-z]+(?:-[a-z]+)*)", "(?:error|warning)"', Path(lint_file).read_text(encoding="utf-8")))


def test_every_command_is_described(evaluate):
    commands = re.findall(r"^  ([a-z]+)  ", evaluate("--help")[1], re.MULTILINE)
    assert {"run", "compare", "gate"} < set(commands)
    missing = [name for name in commands if f"python -m eval {name}" not in TEXT]
    assert missing == []


def test_every_figure_and_every_finding_is_described():
    assert len(CODES) >= 10
    assert {name for name in [*MEASURES, *CODES] if f"`{name}`" not in TEXT} == set()


def test_every_column_name_is_described():
    table = TEXT[TEXT.index("### Excel・CSV で書く") : TEXT.index("### 検査")]
    rows = {
        m[1]: set(m[2].partition("（")[0].split("、"))
        for m in re.finditer(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
    }
    assert rows == {key: set(names) - {"no."} for key, names in COLUMNS.items()}


def test_the_rule_of_the_gate_is_described():
    assert CHANCE == 0.05 and "20 回に 1 回" in TEXT
