"""``python -m rag``: ask and search from the command line, for people and for machines."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import law, library_commands
from rag.console import FAILED, command_line, emit, parse_day, run, today
from rag.domain import Answer, Chunk, Citation, Clarify, Hit, NotFound, Question, Reply
from rag.errors import UnreadableDocument

if TYPE_CHECKING:
    from rag.answer.draft import Draft

app = command_line("資料を検索し、質問に資料の文言で答えます。")
app.add_typer(library_commands.app, name="library")

Data = Annotated[Path | None, typer.Option("--data", help="版と原本を置くフォルダ（省略時は HIKITSUGI_DATA か var/）")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="どの日の時点で調べるか（省略時は今日）")
]
Json = Annotated[bool, typer.Option("--json", help="機械が読む形式で出力する")]

_LABELS = {"stated": "資料に明記", "inferred": "資料から推定", "none": "資料に見当たらない"}


@app.command("search")
def search_command(
    text: Annotated[str, typer.Argument(metavar="語", help="調べたい言葉または質問")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="何件まで示すか")] = 10,
    as_of: AsOf = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """資料の中から、近い箇所を順に示します。"""
    import time

    from rag.assistant import open_assistant
    from rag.config import load_settings

    settings = load_settings(data)
    question = Question(text, parse_day(as_of) or today(), settings.viewer)
    assistant = open_assistant(settings)
    begin = time.perf_counter()
    hits = assistant.search(question, k)
    seconds = round(time.perf_counter() - begin, 4)
    if json:
        rows = [_hit(rank, hit) for rank, hit in enumerate(hits, start=1)]
        notices = {"notices": list(hits.notices)} if hits.notices else {}
        emit({"edition": assistant.edition, "hits": rows, "seconds": seconds, **notices})
        return
    for notice in hits.notices:
        typer.echo(notice)
    for rank, hit in enumerate(hits, start=1):
        typer.echo(f"{rank}. {place(hit.chunk)}")
        typer.echo(f"   {_short(hit.chunk.question or hit.chunk.text)}")
    if not hits:
        typer.echo("近い箇所は見つかりませんでした。")


@app.command("ask")
def ask_command(
    text: Annotated[str, typer.Argument(metavar="質問", help="知りたいこと")],
    history: Annotated[
        list[str] | None, typer.Option("--history", metavar="質問", help="前にした質問（古い順に、いくつでも）")
    ] = None,
    drafted: Annotated[
        str | None,
        typer.Option(
            "--draft", metavar="NAME", help="回答から作る案: easy・points・reply など（言語モデルがあるとき）"
        ),
    ] = None,
    as_of: AsOf = None,
    fixed_day: Annotated[
        bool,
        typer.Option(
            "--fixed-day", help="質問の中の「昨年度」などの言葉によらず、--as-of の時点（省略時は今日）で調べる"
        ),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """質問に、資料の文言と出典で答えます。"""
    import time

    from rag.assistant import open_assistant
    from rag.config import load_settings
    from rag.temporal import describe

    begin = time.perf_counter()
    settings = load_settings(data)
    day = parse_day(as_of) or today()
    question = Question(text, day, settings.viewer, history=tuple(history or ()), fixed_day=fixed_day)
    assistant = open_assistant(settings)
    prompt = assistant.draft_prompt(drafted) if drafted else None
    hits = assistant.search(question)
    retrieved = time.perf_counter()
    reply = assistant.reply(question, hits)
    done = time.perf_counter()
    made = assistant.draft(question, reply, prompt) if prompt and isinstance(reply, Answer) else None
    understood = assistant.understood(question)
    carried, asked = understood.carried, understood.day(day)
    if json:
        seconds = {"retrieve": retrieved - begin, "answer": done - retrieved, "total": done - begin}
        about = {"carried": list(carried), "edition": assistant.edition, "notice": assistant.rule.note}
        about |= {"as_of": _iso(asked), "day_words": understood.when.words if understood.when else None}
        draft = {"draft": made and _draft(made)} if prompt else {}
        emit({**_reply(reply, day), **about, **draft, "seconds": {k: round(v, 4) for k, v in seconds.items()}})
    else:
        if carried:
            typer.echo(f"前の質問の続きとして調べました：{'・'.join(carried)}")
        if line := describe(understood.when, day):
            back = "" if asked == day else f"{day:%Y年%m月%d日}時点で調べるには、--fixed-day を付けてください。"
            typer.echo(f"{line}{back}")
        _print(reply, asked, day)
        if made:
            _print_draft(made)
        if assistant.rule.note:
            typer.echo(assistant.rule.note, err=True)
    if prompt and (made is None or made.failure):
        raise typer.Exit(FAILED)


@app.command("mask")
def mask_command(json: Json = False) -> None:
    """標準入力の文から個人情報を見つけ、〔氏名〕のように種類に置き換えて出力します。"""
    import sys

    from rag.privacy import mask

    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            "標準入力を UTF-8 の文字として読めません。", "文字コードを UTF-8 に変えてから、もう一度入力してください。"
        ) from error
    masked = mask(text)
    if json:
        rows = [{"kind": f.kind, "start": f.span[0], "end": f.span[1], "text": f.text} for f in masked.findings]
        emit({"text": masked.text, "findings": rows})
    else:
        sys.stdout.buffer.write(masked.text.encode())
        sys.stdout.buffer.flush()


def _reply(reply: Reply, today: date) -> dict[str, Any]:
    """A reply for machines; every kind has the same keys."""
    from rag.answer.amendments import as_row

    row: dict[str, Any] = {"kind": "", "text": "", "citations": [], "confidence": {"label": "none", "value": 0.0}}
    row |= {"mode": "extract", "fallback": None, "struck": [], "amendments": []}
    row["notices"] = list(reply.notices)
    match reply:
        case Answer():
            row |= {"kind": "answer", "text": reply.text, "mode": reply.mode, "fallback": reply.fallback}
            row["struck"] = [{"text": struck.text, "reason": struck.reason} for struck in reply.struck]
            row["citations"] = [_citation(n, citation) for n, citation in enumerate(reply.citations, start=1)]
            row["amendments"] = [as_row(amendment, today) for amendment in reply.amendments]
            row["confidence"] = {"label": reply.confidence.label, "value": reply.confidence.value}
        case NotFound():
            row |= {"kind": "not_found", "text": _not_found(reply), "ask": reply.ask}
            row["nearest"] = [_hit(rank, hit) for rank, hit in enumerate(reply.nearest, start=1)]
            row["confidence"] = {"label": "none", "value": reply.confidence.value}
        case Clarify():
            row |= {"kind": "clarify", "text": reply.question, "choices": [asdict(choice) for choice in reply.choices]}
    return row


def _draft(made: Draft) -> dict[str, Any]:
    """A draft for machines; ``text`` is None where there is none."""
    from rag.answer.draft import as_text

    struck = [{"text": struck.text, "reason": struck.reason} for struck in made.struck]
    text = as_text(made) if made.answer else None
    return {
        "name": made.prompt.name,
        "prompt": made.prompt.label,
        "text": text,
        "failure": made.failure,
        "struck": struck,
    }


def _print_draft(made: Draft) -> None:
    """The draft on standard output, what was struck and what failed on standard error: it is no part of the text."""
    from rag.answer.draft import NO_DRAFT, UNCONFIRMED, as_text

    typer.echo(f"\n【{made.prompt.called}】")
    if made.answer:
        typer.echo(as_text(made))
    for struck in made.struck:
        typer.echo(f"（{UNCONFIRMED}: {struck.text} ―― {struck.reason}）", err=True)
    if made.failure:
        typer.echo(f"{made.failure}{NO_DRAFT}", err=True)


def _citation(number: int, citation: Citation) -> dict[str, Any]:
    chunk, document = citation.chunk, citation.chunk.document
    return {
        "n": number,
        "document_id": document.id,
        "title": document.title,
        "path": document.path,
        "page": chunk.page,
        "page_label": chunk.page_label,
        "ocr": chunk.ocr,
        "heading": list(chunk.heading),
        "anchor": law.anchor(chunk, citation.span),
        "quote": citation.quote,
        "valid_from": _iso(document.validity.start),
        "valid_until": _iso(document.validity.end),
        "department": document.department,
    }


def _hit(rank: int, hit: Hit) -> dict[str, Any]:
    chunk, document = hit.chunk, hit.chunk.document
    return {
        "rank": rank,
        "score": round(hit.score, 4),
        "document_id": document.id,
        "title": document.title,
        "path": document.path,
        "page": chunk.page,
        "heading": list(chunk.heading),
        "text": chunk.text,
        "question": chunk.question,
        "columns": list(chunk.columns),
    }


def _print(reply: Reply, as_of: date, today: date) -> None:
    from rag.answer.amendments import describe

    for notice in reply.notices:
        typer.echo(f"（{notice}）")
    match reply:
        case Answer():
            typer.echo(f"【{_LABELS[reply.confidence.label]}】（{as_of:%Y年%m月%d日}時点）")
            for sentence in reply.sentences:
                typer.echo(f"{sentence.text} {''.join(f'［{n}］' for n in sentence.citations)}")
            if reply.fallback:
                typer.echo(f"（{reply.fallback}）")
            if reply.struck and reply.mode == "generate":
                typer.echo(f"（資料で確かめられなかった{len(reply.struck)}文を除きました。）")
            typer.echo("\n根拠")
            for number, citation in enumerate(reply.citations, start=1):
                path = citation.chunk.document.path
                typer.echo(f"［{number}］{place(citation.chunk, citation.span)}（{path}）")
            if reply.amendments:
                typer.echo("\n改正（答えには使っていません）")
            for amendment in reply.amendments:
                typer.echo(f"{describe(amendment, today)}（{amendment.other.path}）")
        case NotFound():
            typer.echo(f"【{_LABELS['none']}】{_not_found(reply)}")
            for hit in reply.nearest:
                typer.echo(f"・{place(hit.chunk)}")
                typer.echo(f"  {_short(hit.chunk.question or hit.chunk.text)}")
        case Clarify():
            typer.echo(reply.question)
            for number, choice in enumerate(reply.choices, start=1):
                typer.echo(f"{number}. {choice.label}　→　{choice.question}")


def _not_found(reply: NotFound) -> str:
    ask = f"{reply.ask}にお問い合わせください。" if reply.ask else "担当課にお問い合わせください。"
    return f"この質問に答える記載は、資料に見当たりません。{ask}"


def place(chunk: Chunk, span: tuple[int, int] | None = None) -> str:
    """Where a passage (None: the whole chunk) stands: 「題名」 第3章 第12条第2項 5頁, and whether OCR has read it."""
    page = [f"{chunk.page}頁"] if chunk.page else []
    recognised = ["OCR"] if chunk.ocr else []
    return " ".join([f"「{chunk.document.title}」", *law.headings(chunk, span), *page, *recognised])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:80] + "…"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


if __name__ == "__main__":
    run(app)
