"""A score is what was measured with this very prompt, or nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval import runs
from eval.cases import read_cases
from rag import library
from rag.assistant import Assistant, open_assistant
from rag.config import LlmSettings, load_settings
from rag.library import Entry, Kind
from tests.conftest import DAY

PROMPT = Entry(Kind.PROMPT, "短く", "田中", "短い回答", "資料だけを根拠に答えます。", use="answer")


class Scripted:
    def stream(self, system: str, user: str, deadline: float):
        yield "住民票の写しは1通400円です[1]。"


@pytest.fixture
def data(town: Path, tmp_path: Path) -> Path:
    """The town's edition with a library of its own."""
    (tmp_path / "var").mkdir()
    for part in ("CURRENT", "editions", "files"):
        (tmp_path / "var" / part).symlink_to(town / part)
    library.add(tmp_path / "var", PROMPT)
    library.add(tmp_path / "var", library.example("住民票の写しの手数料はいくらですか", "よくある", "suzuki", "市民課"))
    return tmp_path / "var"


def measured(data: Path, a_set: Path, embedder, model: object) -> Path:
    """A run with the prompt, as the command makes it, by a model of ours."""
    llm = LlmSettings(base_url="http://127.0.0.1:1/v1", model="scripted", timeout=1, prompt=PROMPT.name)
    settings = load_settings(data).model_copy(update={"llm": llm})
    one = open_assistant(settings, embedder)
    if model:
        one = Assistant(settings, one._edition, embedder, model)
    cases = read_cases(a_set)
    configuration = {**settings.model_dump(mode="json"), "prompt": one.prompt.label}
    folder = runs.begin(data / "runs", runs.setup("town", cases, DAY, one.edition, "x", configuration), cases)
    list(runs.keep(folder, one, cases, DAY))
    return folder


def scores(data: Path) -> dict[str, str]:
    return {entry.name: entry.score for entry in library.own(data)[0]}


def test_a_prompt_and_an_example_get_what_was_measured(evaluate, data: Path, a_set: Path, embedder):
    folder = measured(data, a_set, embedder, Scripted())
    status, out, _ = evaluate("score", PROMPT.name, folder, "--data", data)
    counts = [row.outcome for row in runs.read_run(folder)[1]]
    assert (
        status == 0
        and f"4問中 正答{counts.count('correct')}・誤答{counts.count('wrong')}・回答なし{counts.count('abstained')}"
        in out
    )
    example = next(name for name in scores(data) if name != PROMPT.name)
    assert evaluate("score", example, folder, "--data", data)[0] == 0
    kept = scores(data)
    assert "town" in kept[PROMPT.name] and "モデル scripted" in kept[PROMPT.name]
    assert kept[example].startswith("正答（town")


def test_no_score_from_another_prompt_or_without_the_model(evaluate, data: Path, a_set: Path, embedder):
    folder = measured(data, a_set, embedder, None)  # nothing listens: every answer is quoted
    status, _, err = evaluate("score", PROMPT.name, folder, "--data", data)
    assert status == 1 and "言語モデルの文で答えた問いがありません" in err
    library.rewrite(data, replace(PROMPT, text="別の文言"))
    status, _, err = evaluate("score", PROMPT.name, folder, "--data", data)
    assert status == 1 and "今の" in err
    assert evaluate("score", "easy", folder, "--data", data)[0] == 1
    library.add(data, replace(PROMPT, name="案", use="draft", title="案"))
    status, _, err = evaluate("score", "案", folder, "--data", data)
    assert status == 1 and "回答用のプロンプトではない" in err
    assert set(scores(data).values()) == {""}


def test_a_run_says_how_it_was_answered(data: Path, a_set: Path, embedder):
    folder = measured(data, a_set, embedder, Scripted())
    modes = [row.record.mode for row in runs.read_run(folder)[1]]
    assert modes[0] == "generate" and modes[-1] == "extract"
    assert "短く 第1版" in json.loads((folder / "run.json").read_text(encoding="utf-8"))["configuration"]["prompt"]
