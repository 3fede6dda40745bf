"""Ingestion end to end, on real Chroma and the real model."""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.build import ingest
from rag.assistant import Assistant
from rag.domain import NotFound, Sensitivity, Viewer
from rag.edition import DataFolder
from rag.errors import EmbedderMismatch, IngestionBusy, InvalidSettings, NoEdition
from tests.conftest import asking

FEES = "# 証明手数料\n\n## 住民票\n\n住民票の写しの交付手数料は、1通につき400円とする。\n\n## 印鑑\n\n印鑑登録証明書の交付手数料は、1通につき350円とする。\n"
FAQ = "質問,回答,カテゴリ\n犬の登録はいくらですか,犬の登録手数料は3000円です。,動物\n狂犬病の注射はいつですか,4月から6月に集合注射を行います。,動物\n"


def texts(assistant: Assistant, text: str, **more: object) -> list[str]:
    return [hit.chunk.text for hit in assistant.search(asking(text, **more))]


def test_documents_are_added_found_changed_and_removed(put, sync, assistant):
    put("市民課/手数料.md", FEES)
    put("環境課/犬.csv", FAQ)
    report = sync()
    assert report.published and set(report.plan.added) == {"市民課/手数料.md", "環境課/犬.csv"} and not report.refused
    assert "400円" in texts(assistant(), "住民票の写しの手数料")[0]
    assert "3000円" in texts(assistant(), "犬の登録")[0]

    put("市民課/手数料.md", FEES.replace("400円", "500円"))
    report = sync()
    assert report.plan.changed == ("市民課/手数料.md",) and report.plan.unchanged == 1
    found = texts(assistant(), "住民票の写しの手数料")
    assert "500円" in found[0] and not any("400円" in text for text in found)

    put("環境課/犬.csv", FAQ).unlink()
    report = sync()
    assert report.plan.removed == ("環境課/犬.csv",)
    assert not any("3000円" in text for text in texts(assistant(), "犬の登録手数料は3000円です。"))


def test_nothing_changed_publishes_nothing(put, sync, settings):
    put("市民課/手数料.md", FEES)
    first, second = sync(), sync()
    assert first.published and not second.published
    assert first.edition == second.edition and second.plan.unchanged == 1 and second.chunks == first.chunks
    assert len(list(DataFolder(settings.data).editions.iterdir())) == 1


def test_a_moved_document_and_new_metadata_embed_only_what_names_them(put, sync, assistant, embedder, monkeypatch):
    file = put("市民課/手数料.md", FEES)
    sync()
    embedded: list[str] = []
    passages = embedder.passages
    monkeypatch.setattr(embedder, "passages", lambda texts: embedded.extend(texts) or passages(texts))
    file.rename(file.with_name("証明.md"))
    put("市民課/collection.toml", '[[document]]\nfile = "証明.md"\ntitle = "手数料"\nvalid_from = 2026-04-01\n')
    report = sync()
    assert report.plan.moved == ("市民課/証明.md",) and not report.plan.removed and not report.plan.added
    assert embedded == []
    assert not texts(assistant(), "住民票の写しの手数料", day=date(2026, 3, 31))
    assert texts(assistant(), "住民票の写しの手数料", day=date(2026, 4, 1))


def test_the_edition_of_a_date_answers_that_date(put, sync, assistant):
    put("市民課/旧.md", FEES.replace("400円", "300円"))
    put("市民課/新.md", FEES)
    put("市民課/collection.toml", '[[document]]\nfile = "新.md"\nvalid_from = 2026-04-01\nsupersedes = "旧.md"\n')
    sync()
    before, after = (
        texts(assistant(), "住民票の写しの手数料", day=day) for day in (date(2026, 3, 31), date(2026, 4, 1))
    )
    assert "300円" in before[0] and not any("400円" in text for text in before)
    assert "400円" in after[0] and not any("300円" in text for text in after)


def test_a_restricted_document_is_found_by_those_who_may_see_it_alone(put, sync, assistant):
    put("福祉課/内部.md", "# 内部手順\n\n虐待の通報を受けたときは、48時間以内に安全を確認する。\n")
    put("福祉課/公開.md", "# 案内\n\n窓口は8時30分から開いている。\n")
    put("福祉課/collection.toml", '[[document]]\nfile = "内部.md"\nsensitivity = 3\naudience = ["福祉課"]\n')
    sync()
    inside, outside = Viewer("a", "福祉課", Sensitivity.CONFIDENTIAL), Viewer("b", "税務課", Sensitivity.CONFIDENTIAL)
    assert any("48時間" in text for text in texts(assistant(), "虐待の通報", viewer=inside))
    assert not any("48時間" in text for text in texts(assistant(), "虐待の通報", viewer=outside))
    shown = assistant().library(outside).documents
    assert [record.document.path for record in shown] == ["福祉課/公開.md"]


def test_bad_files_are_refused_by_name_and_the_others_go_in(put, sync, settings, assistant):
    put("市民課/手数料.md", FEES)
    put("市民課/空.txt", b"")
    put("市民課/壊れた.pdf", b"%PDF-1.7\ngarbage")
    report = sync()
    assert report.plan.added == ("市民課/手数料.md",)
    assert {refusal.path for refusal in report.refused} == {"市民課/空.txt", "市民課/壊れた.pdf"}
    assert all(refusal.reason and refusal.remedy for refusal in report.refused)
    again = sync()
    assert not again.published and again.refused == report.refused
    assert {r.path for r in assistant().library(Viewer()).refused} == {"市民課/空.txt", "市民課/壊れた.pdf"}


def test_a_document_that_breaks_keeps_answering_from_what_was_read_before(put, sync, assistant):
    put("市民課/手数料.md", FEES)
    sync()
    put("市民課/手数料.md", b"\x00\x01\x02\x03" * 100)
    report = sync()
    assert [refusal.path for refusal in report.refused] == ["市民課/手数料.md"]
    assert report.plan.changed == () and "前に取り込んだ内容" in report.refused[0].remedy
    assert "400円" in texts(assistant(), "住民票の写しの手数料")[0]
    put("市民課/collection.toml", "sensitivity = 2\n")
    assert sync().published and not sync().published
    assert not texts(assistant(), "住民票の写しの手数料"), "restricting it must work though its file is broken"
    put("市民課/collection.toml", "sensitivity = 1\n")
    put("市民課/手数料.md", FEES.replace("400円", "500円"))
    assert sync().plan.changed == ("市民課/手数料.md",)
    assert "500円" in texts(assistant(), "住民票の写しの手数料")[0]


def test_a_broken_collection_leaves_its_documents_as_they_were(put, sync, assistant):
    put("市民課/手数料.md", FEES)
    put("市民課/collection.toml", '[[document]]\nfile = "手数料.md"\nsensitivity = 2\n')
    sync()
    put("市民課/collection.toml", "sensitivity = ???")
    put("市民課/新規.md", FEES)
    report = sync()
    assert [refusal.path for refusal in report.refused] == ["市民課/collection.toml"]
    assert not texts(assistant(), "住民票の写しの手数料"), "restricted text must not become public by a typing error"
    assert texts(assistant(), "住民票の写しの手数料", viewer=Viewer("a", None, Sensitivity.INTERNAL))


def test_a_document_that_the_collection_names_and_nobody_put_there_is_reported(put, sync):
    put("市民課/手数料.md", FEES)
    put("市民課/collection.toml", '[[document]]\nfile = "ない.pdf"\n')
    (refusal,) = sync().refused
    assert "ない.pdf" in refusal.reason


def test_links_out_of_the_corpus_are_refused(put, sync, settings, tmp_path: Path):
    put("市民課/手数料.md", FEES)
    (tmp_path / "secret.txt").write_text("秘密の文書です。", encoding="utf-8")
    (settings.corpus / "市民課" / "link.txt").symlink_to(tmp_path / "secret.txt")
    report = sync()
    assert [refusal.path for refusal in report.refused] == ["市民課/link.txt"]


def test_the_original_is_kept_when_the_file_is_replaced(put, sync, assistant):
    put("市民課/手数料.md", FEES)
    sync()
    before = assistant()
    document = before.library(Viewer()).documents[0].document
    put("市民課/手数料.md", FEES.replace("400円", "500円"))
    sync()
    assert "400円" in before.original(document).read_text(encoding="utf-8")


def test_an_open_assistant_moves_on_when_asked(put, sync, assistant):
    put("市民課/手数料.md", FEES)
    sync()
    one = assistant()
    put("市民課/手数料.md", FEES.replace("400円", "500円"))
    sync()
    assert "400円" in texts(one, "住民票の写しの手数料")[0]
    one.refresh()
    assert "500円" in texts(one, "住民票の写しの手数料")[0]


def test_a_second_ingestion_says_who_holds_the_folder(put, sync, settings, embedder):
    put("市民課/手数料.md", FEES)
    sync()
    data = DataFolder(settings.data)
    with FileLock(data.lock):
        data.lock.with_suffix(".holder").write_text("pc-1、プロセス 42", encoding="utf-8")
        with pytest.raises(IngestionBusy, match="プロセス 42"):
            ingest(settings, embedder, wait=0.1)


def test_another_model_is_refused_until_the_edition_is_built_with_it(
    put, sync, settings, embedder, assistant, monkeypatch
):
    put("市民課/手数料.md", FEES)
    sync()
    monkeypatch.setattr(embedder, "fingerprint", "other@1")
    one = assistant()
    monkeypatch.setattr(one._embedder, "fingerprint", "other@1")
    with pytest.raises(EmbedderMismatch, match="python -m ingest"):
        one.search(asking("住民票"))
    report = sync()
    assert report.published and report.plan.unchanged == 1
    assert DataFolder(settings.data).current() is not None


def test_no_corpus_and_no_edition_are_explained(settings, embedder, assistant, tmp_path: Path):
    with pytest.raises(NoEdition, match="python -m ingest"):
        assistant()
    with pytest.raises(InvalidSettings, match="資料フォルダ"):
        ingest(settings.model_copy(update={"corpus": tmp_path / "none"}), embedder)


def test_only_the_last_editions_and_what_they_cite_are_kept(put, sync, settings):
    for number in range(8):
        put("市民課/手数料.md", FEES.replace("400円", f"{number}00円"))
        sync()
    data = DataFolder(settings.data)
    assert len(list(data.editions.iterdir())) == settings.keep_editions == len(list(data.files.iterdir()))


def test_an_empty_corpus_is_an_edition_that_finds_nothing(sync, assistant):
    assert sync().chunks == 0
    assert isinstance(assistant().ask(asking("住民票")), NotFound)


def test_the_report_of_the_command_line(put, settings):
    import subprocess
    import sys

    put("市民課/手数料.md", FEES)
    put("市民課/空.txt", b"")
    command = [sys.executable, "-m", "ingest", str(settings.corpus), "--data", str(settings.data), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 1 and not done.stderr
    assert set(report) == {"edition", "documents", "refused", "chunks", "seconds"}
    assert report["documents"] == {
        "added": ["市民課/手数料.md"], "changed": [], "moved": [], "removed": [], "unchanged": 0, "duplicates": [],
    }  # fmt: skip
    assert set(report["refused"][0]) == {"path", "reason", "remedy"}


def test_a_broken_sidecar_leaves_its_document_as_it_was(put, sync, assistant):
    put("市民課/内部.md", FEES)
    put("市民課/内部.md.meta.toml", "sensitivity = 2\n")
    sync()
    assert texts(assistant(), "住民票の写しの手数料") == []
    broken = put("市民課/内部.md.meta.toml", "sensitivty = 1\n")
    report = sync()
    assert [refusal.path for refusal in report.refused] == ["市民課/内部.md.meta.toml"]
    assert texts(assistant(), "住民票の写しの手数料") == []
    broken.write_text("sensitivity = 1\n", "utf-8")
    report = sync()
    assert not report.refused and report.plan.changed == ("市民課/内部.md",)
    assert "400円" in texts(assistant(), "住民票の写しの手数料")[0]


def test_what_cannot_be_a_document_is_named(put, sync, tmp_path):
    put("市民課/手数料.md", FEES)
    (tmp_path / "外").mkdir()
    (put("市民課/手数料.md", FEES).parent / "リンク").symlink_to(tmp_path / "外")
    put("市民課/ない.pdf.meta.toml", 'title = "ない"\n')
    put("市民課/\u304c.txt", "一つ目です。")
    put("市民課/\u304b\u3099.txt", "二つ目です。")
    report = sync()
    assert {refusal.path for refusal in report.refused} >= {
        "市民課/リンク",
        "市民課/ない.pdf.meta.toml",
        "市民課/\u304b\u3099.txt",
    }
    assert "市民課/手数料.md" in report.plan.added
    assert not sync().published


RESTRICTED = "sensitivity = 2\n"


def found_by_anyone(assistant) -> list[str]:
    return texts(assistant(), "住民票の写しの手数料")


@pytest.mark.parametrize("kind", ["sidecar", "stem", "collection"])
def test_a_renamed_document_keeps_its_restriction_until_that_follows(put, sync, assistant, settings, kind):
    file = put("市民課/内部.md", FEES)
    name = {"sidecar": "内部.md.meta.toml", "stem": "内部.meta.toml", "collection": "collection.toml"}[kind]
    entry = '[[document]]\nfile = "{}"\n' if kind == "collection" else ""
    said = put(f"市民課/{name}", entry.format("内部.md") + RESTRICTED)
    sync()
    file.rename(file.with_name("改名.md"))
    put("市民課/写し.md", FEES)
    report = sync()
    assert {"市民課/改名.md", "市民課/写し.md"} <= {refusal.path for refusal in report.refused}
    assert found_by_anyone(assistant) == [] and not sync().published
    (settings.corpus / "市民課/写し.md").unlink()
    said.unlink()
    put(f"市民課/{name.replace('内部', '改名')}", entry.format("改名.md") + RESTRICTED)
    report = sync()
    assert not report.refused and report.plan.moved == ("市民課/改名.md",) and found_by_anyone(assistant) == []


@pytest.mark.parametrize("others", [["内部.docx"], []])
def test_a_sidecar_of_several_files_or_one_too_many_makes_nothing_public(put, sync, assistant, others):
    put("市民課/内部.md", FEES)
    put("市民課/内部.meta.toml", RESTRICTED)
    sync()
    for name in others:
        put(f"市民課/{name}", b"PK")
    if not others:
        put("市民課/内部.md.META.TOML", "sensitivity = 1\n")
    report = sync()
    assert "市民課/内部.meta.toml" in {refusal.path for refusal in report.refused}
    assert found_by_anyone(assistant) == []


@pytest.mark.parametrize("broken", ["", "---\n機密性: 2\n---\n"])
def test_a_document_whose_text_is_gone_is_not_shown_to_more_people(put, sync, assistant, broken):
    put("市民課/内部.md", f"---\n機密性: 2\n---\n{FEES}")
    sync()
    put("市民課/内部.md", broken)
    assert sync().refused
    assert found_by_anyone(assistant) == []
    assert not sync().published and found_by_anyone(assistant) == []


def test_a_slip_in_the_newer_document_does_not_bring_the_older_one_back(put, sync, assistant):
    put("市民課/旧.md", FEES)
    put("市民課/新.md", FEES.replace("400円", "500円"))
    said = put("市民課/新.md.meta.toml", 'valid_from = 2026-04-01\nsupersedes = "旧.md"\n')
    sync()
    said.write_text('valid_from = 来年\nsupersedes = "旧.md"\n', "utf-8")
    put("市民課/別.md", "別の資料です。")
    assert sync().refused
    assert not any("400円" in text for text in found_by_anyone(assistant))


@pytest.mark.parametrize("question", ["8214500円の積算は？", "8,214,500円の積算は？", "８，２１４，５００円の積算は？"])
def test_a_number_is_found_with_and_without_separators(put, sync, assistant, question):
    put("財政課/積算.csv", '事業,金額\n防災倉庫,"8,214,500"\n公園修繕,8214600\n図書購入,"8,214,700"\n')
    sync()
    assert assistant().search(asking(question))[0].chunk.text == "防災倉庫\t8,214,500"


def test_two_names_that_look_the_same_survive_a_rebuild(put, sync, settings, embedder):
    put("市民課/\u304c.txt", "一つ目です。")
    put("市民課/\u304b\u3099.txt", "二つ目です。")
    first = sync()
    assert len(first.refused) == 1
    assert ingest(settings, embedder, rebuild=True).published


def test_two_folders_that_look_the_same_may_not_hold_the_same_name(put, sync, settings):
    for form in ("NFC", "NFD"):
        put(f"{unicodedata.normalize(form, 'がいこく')}/手数料.md", FEES)
    if len(list(settings.corpus.iterdir())) < 2:
        pytest.skip("this file system knows one form of a name")
    report = sync()
    assert report.plan.added == ("がいこく/手数料.md",)
    assert [refusal.path for refusal in report.refused] == [f"{unicodedata.normalize('NFD', 'がいこく')}/手数料.md"]
    assert not sync().published


def test_a_folder_that_cannot_be_entered_loses_nothing(put, sync, assistant, monkeypatch):
    import os

    put("市民課/手数料.md", FEES)
    sync()
    scandir = os.scandir

    def locked(path):
        if str(path).endswith("市民課"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    report = sync()
    assert [refusal.path for refusal in report.refused] == ["市民課"] and not report.plan.removed
    assert "400円" in found_by_anyone(assistant)[0]


@pytest.mark.parametrize("below", ["", "var"])
def test_editions_are_not_kept_among_the_documents(put, settings, embedder, below: str):
    put("市民課/手数料.md", FEES)
    with pytest.raises(InvalidSettings, match="資料フォルダの中"):
        ingest(settings.model_copy(update={"data": settings.corpus / below}), embedder)


EVERYTHING_ELSE = """department = "税務課"
sensitivity = 2
audience = ["市民課"]
valid_from = 2026-04-01
valid_until = 2027-04-01
contact = "内線2110"
supersedes = "旧.md"
source_url = "https://www.city.mirai.example.jp/"
licence = "CC BY 4.0"
review_by = 2027-03-31
"""


def test_whatever_is_said_of_a_document_besides_its_title_embeds_nothing(put, sync, assistant, embedder, monkeypatch):
    put("市民課/手数料.md", FEES)
    sync()
    embedded: list[str] = []
    monkeypatch.setattr(embedder, "passages", lambda texts: embedded.extend(texts))
    put("市民課/手数料.md.meta.toml", EVERYTHING_ELSE)
    assert sync().plan.changed == ("市民課/手数料.md",) and embedded == []
    monkeypatch.undo()
    document = assistant().library(Viewer("a", "市民課", Sensitivity.CONFIDENTIAL)).documents[0].document
    assert (document.department, document.contact, document.validity.end) == ("税務課", "内線2110", date(2027, 4, 1))


def test_a_file_that_changes_or_goes_while_it_is_taken_in_is_named_and_the_others_go_in(put, sync, monkeypatch):
    import ingest.build

    paths = [put(f"市民課/{name}.md", FEES.replace("400", number)) for name, number in (("a", "100"), ("b", "200"))]
    put("市民課/c.md", FEES)
    keep = ingest.build._keep_original

    def meanwhile(data, document, source):
        if len(paths) == 2:
            paths.pop(0).unlink()
        elif paths:
            paths.pop().write_text("別の内容です。", "utf-8")
        return keep(data, document, source)

    monkeypatch.setattr("ingest.build._keep_original", meanwhile)
    report = sync()
    assert {refusal.path for refusal in report.refused} == {"市民課/a.md", "市民課/b.md"}
    assert report.plan.added == ("市民課/c.md",)
    assert all("途中で" in refusal.reason for refusal in report.refused)
