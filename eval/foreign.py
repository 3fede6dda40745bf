"""Test collections of others in our forms: BEIR and SQuAD for ``eval bench``, four-choice questions as cases.

What is read comes from anywhere: every line is checked, names of files are never taken from it, and a fault is named by line or
place. Files appear in the target folder only when all of them are whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingest.readers.guard import check_file
from rag.errors import StorageFull, UnreadableDocument

Files = Mapping[str, Iterable[str]]
"""The lines of every file that is to be written, by its name in the target folder."""

_HEAD = "query-id\tcorpus-id\tscore\n"


def read_beir(folder: Path) -> tuple[Files, dict[str, int]]:
    """A folder in BEIR form: corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/test.tsv."""
    documents, queries = (_texts(_existing(folder, name)) for name in ("corpus.jsonl", "queries.jsonl"))
    judged = _judgements(_existing(folder, "qrels.tsv", "qrels/test.tsv"), documents, queries)
    files: Files = {
        "corpus.jsonl": (line({"_id": id_, **row}) for id_, row in documents.items()),
        "queries.jsonl": (line({"_id": id_, "text": row["text"]}) for id_, row in queries.items()),
        "qrels.tsv": [_HEAD, *(f"{q}\t{d}\t{gain}\n" for q, d, gain in judged)],
    }
    asked = len({q for q, *_ in judged})
    return files, {"documents": len(documents), "queries": len(queries), "unjudged": len(queries) - asked}


def read_squad(file: Path) -> tuple[Files, dict[str, int]]:
    """A JSON file in SQuAD form (JSQuAD, JaQuAD): paragraphs are documents, questions with an answer are queries."""
    content = load(file)
    documents: dict[str, str] = {}
    corpus, queries, judged = [], {}, []
    left_out = 0
    for place, paragraph, title in _paragraphs(file, content):
        context = text_at(file, paragraph, "context", place)
        if context not in documents:
            documents[context] = f"d{len(documents)}"
            corpus.append(line({"_id": documents[context], "title": title, "text": context}))
        for number, asked in enumerate(list_at(file, paragraph, "qas", place)):
            here = f"{place}.qas[{number}]"
            id_, question = text_at(file, asked, "id", here), text_at(file, asked, "question", here)
            _no_tab(file, id_, here)
            if id_ in queries:
                raise broken(file, here, f"id「{id_}」が二度使われています")
            if asked.get("is_impossible") or not list_at(file, asked, "answers", here):
                left_out += 1
                continue
            queries[id_] = question
            judged.append(f"{id_}\t{documents[context]}\t1\n")
    if not queries:
        raise broken(file, "全体", "答えのある質問が一つもありません")
    texts = (line({"_id": id_, "text": text}) for id_, text in queries.items())
    files: Files = {"corpus.jsonl": corpus, "queries.jsonl": texts, "qrels.tsv": [_HEAD, *judged]}
    return files, {"documents": len(corpus), "queries": len(queries), "unanswerable": left_out}


def write(folder: Path, files: Files) -> None:
    """Write all files, or none: each beside its place, then all are renamed. Raises StorageFull."""
    parts: dict[Path, Path] = {}
    try:
        for name, lines in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            part = parts[target] = target.with_name(f".{target.name}.part")
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(lines)
        for target, part in parts.items():
            part.replace(target)
    except OSError as error:
        raise StorageFull(
            f"{folder} に書き込めません（{error.strerror}）。", "書き込めるフォルダを指定してください。"
        ) from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def load(file: Path) -> Any:
    """A JSON file. Raises UnreadableDocument with the line at fault."""
    check_file(file)
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise broken(file, f"{error.lineno}行目", "JSON として読めません") from error
    except UnicodeDecodeError as error:
        number = file.read_bytes()[: error.start].count(b"\n") + 1
        raise broken(file, f"{number}行目", "UTF-8 の文字として読めません") from error
    except (ValueError, RecursionError) as error:
        raise broken(file, "全体", "JSON として読めません（入れ子が深すぎるか、数が大きすぎます）") from error


def lines_of(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON Lines file, each with its place (「3行目」)."""
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(file.open("rb"))
        except OSError as error:
            raise broken(file, "全体", f"開けません（{error.strerror}）") from error
        for number, raw in enumerate(stream, start=1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError as error:
                raise broken(file, f"{number}行目", "UTF-8 の文字として読めません") from error
            except (ValueError, RecursionError) as error:
                raise broken(file, f"{number}行目", "JSON として読めません") from error
            if not isinstance(row, dict):
                raise broken(file, f"{number}行目", "{…} の形をしていません")
            yield f"{number}行目", row


def text_at(file: Path, row: Any, key: str, place: str) -> str:
    """A text that is not empty."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise broken(file, place, f"{key} の文字列がありません")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise broken(file, place, f"{key} に文字でない符号（サロゲート）があります")
    return value


def list_at(file: Path, row: Any, key: str, place: str) -> list[Any]:
    """A list."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, list):
        raise broken(file, place, f"{key} の並び（[…]）がありません")
    return value


def line(row: dict[str, Any]) -> str:
    """One line of JSON Lines."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def short_hash(text: str) -> str:
    """A name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def broken(file: Path, place: str, what: str) -> UnreadableDocument:
    """What is wrong, and where."""
    return UnreadableDocument(f"{file.name} の{place}: {what}。", "docs/eval-format.md の形か確かめてください。")


def _existing(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UnreadableDocument(
        f"{folder} に {' も '.join(names)} もありません。", "BEIR 形式のフォルダを指定してください。"
    )


def _texts(file: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for place, row in lines_of(file):
        id_ = str(row["_id"]) if isinstance(row.get("_id"), int) else text_at(file, row, "_id", place)
        _no_tab(file, id_, place)
        if id_ in found:
            raise broken(file, place, f"_id「{id_}」が二度使われています")
        title = text_at(file, row, "title", place) if row.get("title") else ""
        found[id_] = {
            "title": title,
            "text": text_at(file, row, "text", place) if row.get("text") or not title else title,
        }
    if not found:
        raise broken(file, "全体", "一行もありません")
    return found


def _judgements(file: Path, documents: Iterable[str], queries: Iterable[str]) -> list[tuple[str, str, int]]:
    """Rows of query, document and gain; the first line is a head unless it judges something."""
    known_documents, known_queries = frozenset(documents), frozenset(queries)
    found: dict[tuple[str, str], int] = {}
    for number, raw in enumerate(file.read_bytes().split(b"\n"), start=1):
        cells = raw.decode("utf-8", errors="replace").lstrip("\ufeff").rstrip("\r").split("\t")
        if not raw.strip() or (number == 1 and cells[0] not in known_queries):
            continue
        if len(cells) == 4:  # TREC: query, iteration, document, gain
            del cells[1]
        if len(cells) != 3:
            raise broken(file, f"{number}行目", "3列（質問・文書・評点）ではありません")
        query, document, gain = cells
        if query not in known_queries or document not in known_documents:
            raise broken(file, f"{number}行目", f"質問「{query}」か文書「{document}」がありません")
        if not gain.strip().lstrip("-").isdecimal():
            raise broken(file, f"{number}行目", f"評点「{gain}」が整数ではありません")
        found[query, document] = int(gain)
    if not found:
        raise broken(file, "全体", "評価が一行もありません")
    return [(query, document, gain) for (query, document), gain in found.items()]


def _paragraphs(file: Path, content: Any) -> Iterator[tuple[str, Any, str]]:
    """(place, paragraph, title) of every paragraph."""
    for i, article in enumerate(list_at(file, content, "data", "全体")):
        named = isinstance(article, dict) and article.get("title")
        title = text_at(file, article, "title", f"data[{i}]") if named else ""
        for j, paragraph in enumerate(list_at(file, article, "paragraphs", f"data[{i}]")):
            yield f"data[{i}].paragraphs[{j}]", paragraph, title


def _no_tab(file: Path, id_: str, place: str) -> None:
    if any(character in id_ for character in "\t\r\n"):
        raise broken(file, place, "id にタブか改行があります")
