"""The published state: history, going back, a second person's approval, verification, a watched folder."""

import shutil
import threading
from datetime import UTC, datetime

import pytest

from ingest import editions
from ingest.build import ingest
from ingest.draft import verify
from ingest.watch import changes
from rag.edition import DataFolder
from rag.edition.vectors import Vectors
from rag.errors import DamagedEdition, NoEdition, NotApproved, StorageFull
from tests.conftest import asking

FEE = "# 手数料\n\n住民票の写しの手数料は、1通{}円とする。\n"


def found(assistant) -> str:
    return assistant().search(asking("住民票の写しの手数料"))[0].chunk.text


@pytest.fixture
def counted(embedder, monkeypatch) -> list[str]:
    """The texts that are embedded from here on."""
    texts: list[str] = []
    passages = embedder.passages
    monkeypatch.setattr(embedder, "passages", lambda asked: texts.extend(asked) or passages(asked))
    return texts


def test_history_and_the_way_back(put, sync, settings, assistant, counted):
    data = DataFolder(settings.data)
    put("市民課/手数料.md", FEE.format(300))
    first = sync().edition
    put("市民課/手数料.md", FEE.format(400))
    second = sync().edition
    assert [(r.edition, r.state) for r in editions.history(data)] == [(second, "current"), (first, "kept")]
    assert editions.history(data)[0].changes["changed"] == ["市民課/手数料.md"]
    assert editions.rollback(data) == first
    assert "300円" in found(assistant)
    counted.clear()  # the words of a question are embedded too
    third = sync()
    assert third.published
    assert counted == [], "the texts were embedded already, in an edition that is kept"
    assert "400円" in found(assistant)
    assert [event.event for event in editions.events(data)] == ["published", "rolled back", "published", "published"]
    with pytest.raises(NoEdition, match="ありません"):
        editions.rollback(data, "no-such-edition")


def test_there_is_no_way_back_before_the_first_edition(put, sync, settings):
    put("市民課/手数料.md", FEE.format(300))
    sync()
    with pytest.raises(NoEdition, match="前の版がありません"):
        editions.rollback(DataFolder(settings.data))


def test_another_model_and_back_embeds_nothing_again(put, sync, settings, embedder, counted, monkeypatch):
    put("市民課/手数料.md", FEE.format(300))
    sync()
    monkeypatch.setattr(embedder, "fingerprint", "another@1")
    sync()
    monkeypatch.undo()
    counted.clear()
    assert sync().published
    assert counted == []


def test_an_edition_waits_for_a_second_person(put, settings, embedder, assistant, monkeypatch):
    data = DataFolder(settings.data)
    careful = settings.model_copy(update={"publish": settings.publish.model_copy(update={"approval": "required"})})
    put("市民課/手数料.md", FEE.format(300))
    ingest(settings, embedder)
    put("市民課/手数料.md", FEE.format(400))
    report = ingest(careful, embedder)
    assert report.waiting and not report.published and "300円" in found(assistant)
    again = ingest(careful, embedder)
    assert not again.published and again.edition == report.edition, "the same corpus waits once"
    with pytest.raises(NotApproved, match="別の人"):
        editions.approve(data)
    monkeypatch.setattr(editions, "user", lambda: "second")
    assert editions.approve(data) == report.edition
    assert "400円" in found(assistant) and data.waiting() is None
    with pytest.raises(NoEdition, match="待っている"):
        editions.approve(data)


def test_garbage_never_takes_what_is_published_or_waits(put, sync, settings, assistant):
    data = DataFolder(settings.data)
    for price in range(300, 300 + settings.keep_editions):
        put("市民課/手数料.md", FEE.format(price))
        sync()
    oldest = editions.history(data)[-1].edition
    editions.rollback(data, oldest)
    editions.collect_garbage(data, 2)
    assert len(editions.history(data)) == 3
    assert oldest in [record.edition for record in editions.history(data)]
    assert "300円" in found(assistant)


@pytest.mark.parametrize("left", [0, 100, 600])
def test_verify_notices_that_vectors_of_words_are_cut(put, sync, settings, left: int):
    put("市民課/手数料.md", FEE.format(300))
    sync()
    folder = DataFolder(settings.data).current()
    file = folder / "terms" / "meanings.npy"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(DamagedEdition, match="言葉の意味"):
        verify(folder)


def test_verify_notices_what_was_tampered_with(put, sync, settings):
    put("市民課/手数料.md", FEE.format(300))
    sync()
    data = DataFolder(settings.data)
    edition = data.current()
    verify(edition, thorough=True)
    assert editions.damaged_originals(data, edition) == []
    next(data.files.iterdir()).write_text("別の文", "utf-8")
    assert editions.damaged_originals(data, edition) == ["市民課/手数料.md"]
    vectors = Vectors(edition / "vectors")
    vectors.delete("body", sorted(vectors.ids("body"))[:1])
    vectors.close()
    with pytest.raises(DamagedEdition, match="一致しません"):
        verify(edition, thorough=True)


def test_a_copy_of_a_document_is_named(put, sync):
    put("市民課/手数料.md", FEE.format(300))
    put("税務課/手数料.md", FEE.format(300))
    assert sync().plan.duplicates == (("市民課/手数料.md", "税務課/手数料.md"),)


def test_two_equal_passages_survive_a_new_title(put, sync, assistant):
    put("市民課/手数料.csv", "証明,手数料\n住民票の写し,300円\n住民票の写し,300円\n")
    sync()
    put("市民課/collection.toml", '[[document]]\nfile = "手数料.csv"\ntitle = "手数料のきまり"\n')
    assert sync().published
    assert len(assistant().search(asking("写しの手数料"))) == 2


def test_a_watched_folder_is_reported_at_once_and_after_a_change(put, settings):
    put("市民課/手数料.md", FEE.format(300))
    stop = threading.Event()
    seen = changes(settings.corpus, 0.2, stop)
    next(seen)
    put("市民課/手数料.md", FEE.format(400))
    next(seen)
    put("市民課/新しい.md", FEE.format(500))
    next(seen)
    stop.set()
    assert next(seen, "ended") == "ended"


@pytest.fixture
def careful(settings):
    return settings.model_copy(update={"publish": settings.publish.model_copy(update={"approval": "required"})})


def test_what_was_never_approved_is_no_state_to_go_back_to(put, settings, careful, embedder, assistant):
    data = DataFolder(settings.data)
    put("市民課/手数料.md", FEE.format(300))
    ingest(settings, embedder)
    put("市民課/手数料.md", FEE.format(400))
    first = ingest(careful, embedder).edition
    with pytest.raises(NoEdition):
        editions.rollback(data, first)
    put("市民課/手数料.md", FEE.format(500))
    second = ingest(careful, embedder).edition
    states = {record.edition: record.state for record in editions.history(data)}
    assert (states[first], states[second]) == ("unapproved", "waiting")
    for edition in (first, second, None):
        with pytest.raises(NoEdition):
            editions.rollback(data, edition)
    assert "300円" in found(assistant) and data.waiting().name == second


def test_what_waits_is_published_when_approval_is_given_up(put, settings, careful, embedder, assistant):
    put("市民課/手数料.md", FEE.format(300))
    ingest(careful, embedder)
    assert ingest(careful, embedder).waiting
    assert ingest(settings, embedder).published
    assert "300円" in found(assistant) and DataFolder(settings.data).waiting() is None


def test_going_back_leaves_what_waits(put, settings, careful, embedder):
    data = DataFolder(settings.data)
    for price in (300, 400):
        put("市民課/手数料.md", FEE.format(price))
        ingest(settings, embedder)
    put("市民課/手数料.md", FEE.format(500))
    waiting = ingest(careful, embedder).edition
    editions.rollback(data)
    assert data.waiting().name == waiting


def test_who_one_is_cannot_be_said_by_the_environment(monkeypatch):
    before = editions.user()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert editions.user() == before


def test_there_is_a_way_back_from_a_lost_edition_and_a_half_written_history(put, sync, settings, assistant):
    data = DataFolder(settings.data)
    for price in (300, 400):
        put("市民課/手数料.md", FEE.format(price))
        sync()
    shutil.rmtree(data.current())
    with data.history.open("a", encoding="utf-8") as stream:
        stream.write('{"at": "2026-\n')
    editions.rollback(data)
    assert "300円" in found(assistant) and len(editions.events(data)) == 3


@pytest.mark.parametrize("harm", ["gone", "garbage"])
def test_a_damaged_kept_edition_does_not_stand_in_the_way(put, sync, settings, assistant, harm):
    data = DataFolder(settings.data)
    put("市民課/手数料.md", FEE.format(300))
    old = data.editions / sync().edition
    put("市民課/手数料.md", FEE.format(400))
    sync()
    database = old / "vectors" / "chroma.sqlite3"
    database.unlink() if harm == "gone" else database.write_bytes(b"garbage")
    put("市民課/手数料.md", FEE.format(500))
    assert sync().published and "500円" in found(assistant)
    assert harm != "gone" or not database.exists()


def test_what_is_written_after_a_torn_line_of_the_history_is_kept(settings):
    data = DataFolder(settings.data)
    data.root.mkdir()
    data.history.write_text('{"at": "2026-', "utf-8")
    editions.record(data, "submitted", "a")
    editions.record(data, "approved", "b")
    assert [event.edition for event in editions.events(data)] == ["b", "a"]


def test_an_edition_made_after_the_clock_was_set_back_is_the_newest(settings):
    data = DataFolder(settings.data)
    first = editions.next_name(data, datetime(2026, 4, 1, tzinfo=UTC))
    (data.editions / first).mkdir(parents=True)
    (data.editions / "控え").mkdir()
    second = editions.next_name(data, datetime(2020, 1, 1, tzinfo=UTC))
    assert first < second < editions.next_name(data, datetime(2026, 4, 2, tzinfo=UTC))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nowhere", b"..", b"a\x00b", b"x" * 300, b"/", b".draft-1"])
def test_a_damaged_pointer_is_named_with_the_way_back(settings, content: bytes):
    data = DataFolder(settings.data)
    (data.editions / ".draft-1").mkdir(parents=True)
    data.pointer.write_bytes(content)
    with pytest.raises(DamagedEdition, match=r"CURRENT.*python -m ingest rollback"):
        data.current()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"nowhere"])
def test_there_is_a_way_back_and_forward_from_a_damaged_pointer(
    put, sync, settings, assistant, counted, content: bytes
):
    data = DataFolder(settings.data)
    put("市民課/手数料.md", FEE.format(300))
    edition = sync().edition
    data.pointer.write_bytes(content)
    assert editions.rollback(data) == edition and "300円" in found(assistant)
    data.pointer.write_bytes(content)
    counted.clear()
    assert sync().published and counted == [], "all is read again, and nothing is embedded again"
    assert "300円" in found(assistant)


def test_nothing_that_fails_ends_the_watch(settings, monkeypatch, capsys):
    from ingest.__main__ import watch_command

    failures = [RuntimeError("broken"), NoEdition("版がありません。"), StorageFull("空きが足りません。")]
    monkeypatch.setattr("rag.embedding.open_embedder", lambda _: None)
    monkeypatch.setattr("ingest.watch.changes", lambda *_: iter([None] * 3))

    def fail(*_, **__):
        raise failures.pop()

    monkeypatch.setattr("ingest.build.ingest", fail)
    watch_command(settings.corpus, settings.data)
    said = capsys.readouterr().err
    assert not failures and all(text in said for text in ("broken", "版がありません", "空きが足りません"))


@pytest.mark.parametrize("command", [editions.rollback, editions.approve])
def test_a_disk_that_cannot_be_written_is_explained_whoever_publishes(settings, monkeypatch, command):
    data = DataFolder(settings.data)
    data.root.mkdir()

    def read_only(*_, **__):
        raise OSError(30, "Read-only file system", str(data.lock))

    monkeypatch.setattr("filelock.FileLock.acquire", read_only)
    with pytest.raises(StorageFull, match=r"ingest\.lock.*書き込めません"):
        command(data)
