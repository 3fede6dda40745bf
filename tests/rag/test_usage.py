"""A command that is called wrongly says so in Japanese."""

import re
import sys

import pytest
import typer

from rag.console import command_line, run
from rag.usage import explain


@pytest.fixture
def called(as_program, capfd):
    def call(module: str, *arguments: str) -> tuple[int, str]:
        return as_program(module, *arguments), capfd.readouterr().err

    return call


@pytest.mark.parametrize(
    ("module", "arguments", "says"),
    [
        ("rag", ("ask",), "質問 を指定してください。"),
        ("rag", ("ask", "手数料", "--nonsense"), "--nonsense という指定はありません。"),
        ("rag", ("ask", "手数料", "--as-of", "昨日"), "「昨日」は日付として読めません。"),
        ("rag", ("ask", "手数料", "--as-of"), "--as-of に値を指定してください。"),
        ("rag", ("ask", "手数料", "余り"), "余分な指定があります（余り）。"),
        ("eval", ("rum",), "「rum」という命令はありません（run のことでしょうか）。"),
        ("eval", ("xyzzy",), "「xyzzy」という命令はありません。"),
        ("eval", ("run", "無い.jsonl"), "SET に指定した 無い.jsonl がありません。"),
        ("eval", ("report", "README.md"), "RUN に指定した README.md はフォルダではありません。"),
        ("eval", ("lint", "eval"), "SET に指定した eval はファイルではありません。"),
        ("eval", ("run", "eval/sets", "--half", "x"), "--half に指定できるのは dev・test です。"),
        ("eval", ("calibrate", "eval/sets", "--max-wrong", "2"), "--max-wrong は 0.9 以下にしてください。"),
        ("eval", ("lint", ""), "SET に指定した 空の値 はファイルではありません。"),
        ("eval", ("lint", "it's.jsonl"), "SET に指定した it's.jsonl がありません。"),
        ("rag", ("ask", "手数料", "--as-of", "o'clock, x"), "「o'clock, x」は日付として読めません。"),
        ("eval", ("ground", "--count", "3"), "--count は 50 以上にしてください。"),
        ("eval", ("ground", "--seed", "x"), "--seed は数で指定してください。"),
        ("eval", ("import", "csv", "eval", "--to", "x"), "KIND に指定できるのは beir・squad・choice です。"),
    ],
)
def test_what_is_wrong_is_said_in_japanese(called, module: str, arguments: tuple[str, ...], says: str):
    status, err = called(module, *arguments)
    assert status == 2 and err.startswith(says) and "--help" in err and "使い方を見られます" in err
    assert not re.search(r"Usage|Error|Invalid|Missing|No such", err)


def test_no_command_at_all_shows_which_there_are(called):
    status, err = called("eval")
    assert status == 2 and "calibrate" in err


def test_help_is_no_failure(called):
    assert called("eval", "run", "--help")[0] == 0


@pytest.mark.parametrize(
    ("said", "hint", "says"),
    [
        ("日付不正。", "'--day'", "日付不正。"),
        ("カタカナ。", None, "カタカナ。"),
        ("File '旧。' does not exist.", "'SET'", "SET に指定した 旧。 がありません。"),
        ("Something 'あ' nobody foresaw.", "'--day' / '-d'", "--day / -d の指定が正しくありません。"),
        ("Something nobody foresaw.", None, "指定が正しくありません。"),
    ],
)
def test_no_english_is_shown_whatever_is_wrong(said: str, hint: str | None, says: str, caplog):
    caplog.set_level("DEBUG", "hikitsugi")
    assert explain(typer.BadParameter(said, param_hint=hint)).splitlines()[0] == says
    assert ("foresaw" in caplog.text) == ("foresaw" in said)


def test_who_breaks_off_is_told_so_and_no_more(monkeypatch, capsys):
    app = command_line("x")

    @app.command()
    def stopped() -> None:
        raise EOFError  # an answer was awaited

    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.setattr("rag.console._log_to_stderr", lambda _: None)
    with pytest.raises(SystemExit) as end:
        run(app)
    assert end.value.code == 1 and capsys.readouterr().err.strip() == "中止しました。"
