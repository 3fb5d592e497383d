"""`archive rebuild`: what a crawl wrote, derived anew from its WARC files and its custody log.

The pages are read by a stand-in for the extraction; tests/test_crawler_rebuilding.py has the real one.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archive import removal
from archive.cli import cli
from archive.commands import rebuild as command
from archive.evidence.facts import BadFact, Fact, read_fact
from archive.evidence.reading import CaptureUnreadable, content, read_response
from archive.evidence.scan import Record, scan
from archive.evidence.warc import WarcFile
from archive.models import (
    ArticleText,
    EndpointCheck,
    Extraction,
    Lead,
    Outcome,
    RawResponse,
    RecordOrigin,
    SiteTemplate,
    Visit,
)  # fmt: skip
from archive.rebuilding.derivation import Page, Unread
from archive.rebuilding.engine import Rebuild, Rebuilt, Sources
from archive.rebuilding.replay import Replay
from archive.rebuilding.told import InvalidFact, visit_of
from archive.store import Store
from archive.tables import custodyfile, reextraction
from archive.tables.articles import text_columns
from archive.tables.reextraction import Reread
from archive.tables.removals import Capture, find
from archive.verify import Mode, Wish, verify
from archive.writer import ArchiveWriter, RunWriter
from tests.keeping import NOW, OTHER, SOURCE, page, warcs
from tests.rebuilding import differences

FEED = "https://x.example/feed"
DAY = timedelta(days=1)


class Reader:
    """Reads a page as `page` writes it."""

    version = "1"

    def read(self, folder: Path, pages: Iterable[Page | None]) -> Iterator[Extraction | Unread | None]:
        for each in pages:
            yield None if each is None else self._read(folder, each)

    def close(self) -> None:
        """End nothing."""

    def _read(self, folder: Path, each: Page) -> Extraction | Unread:
        try:
            response = read_response(folder, each.warc_file, each.warc_offset, each.payload_sha256)
            html = content(response).decode()
        except CaptureUnreadable as error:
            return Unread(str(error), error.trouble)
        found = re.search(r"<h1>(.*?)</h1><p>(.*?)</p>", html)
        assert found is not None
        return read(found[1], found[2], each.template and each.template[1])


def read(title: str, text: str, template_id: int | None = None) -> Extraction:
    article = ArticleText(title=title, body=text, author="A. Reporter", language="en")
    path = "template" if template_id else "single"
    return Extraction(
        article,
        extractor_version="1",
        path=path,
        template_id=template_id,
        columns=text_columns(article),  # type: ignore[arg-type]
    )


@dataclass
class Crawl:
    """An archive that is being written; now: what its clock says."""

    path: Path
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.writer = ArchiveWriter(self.path, version="test", clock=lambda: self.now)
        self.writer.start()

    def answer(self, number: int, body: bytes, status: int = 200, **given: Any) -> RawResponse:
        headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("ETag", '"1"'))
        url = f"https://x.example/news/{number}"
        return RawResponse(url, status, "OK", "GET", (), headers, body, self.now, **given)

    def visit(self, number: int, text: str = "", **given: Any) -> Visit:
        lead = Lead(f"https://x.example/news/{number}", "feed", FEED, title_hint=f"Nota {number} – تقرير")
        extraction = read(
            f"Report {number}", f"Five people died in strike {number}. {text}", given.pop("template", None)
        )
        answer = self.answer(number, page(number, text))
        return Visit(lead, (answer,), url=answer.url, extraction=extraction, **given)

    def end(self, run: RunWriter) -> None:
        run.submit(
            lambda desk: desk.finish_run("finished", {"found": 3}, {"vote": 2}, "{}"), is_urgent=True
        ).result(20)
        run.end()


def crawl_twice(folder: Path) -> Path:
    """Make an archive in which all has happened that can; return its path."""
    crawl = Crawl(folder / "archive.db")
    run = crawl.writer.begin_run(SOURCE)
    run.submit(
        lambda desk: desk.store.check_endpoint("x", EndpointCheck(FEED, "feed", crawl.now, "read", 200))
    )
    for number in (1, 2, 3):
        run.record_visit(crawl.visit(number))
    run.submit(
        lambda desk: desk.save_template(SiteTemplate("x", 1, crawl.now, 5, 0.9, '{"a": "ö"}'), [])
    ).result(20)
    run.record_visit(crawl.visit(4, template=1))
    nothing = Extraction(None, "listing", "a list of reports", extractor_version="1")
    turned_down = crawl.visit(5)
    run.record_visit(
        replace(
            turned_down, url=None, extraction=nothing, failure=Outcome.NOT_ARTICLE, error="listing: a list"
        )
    )
    moved = crawl.visit(6)
    first = replace(crawl.answer(6, b"", 301), url="https://x.example/old/6")
    run.record_visit(
        replace(moved, responses=(first, *moved.responses), lead=Lead(first.url, "sitemap"))
    ).result(20)
    crawl.end(run)
    crawl.now += DAY
    run = crawl.writer.begin_run(OTHER)
    run.record_visit(replace(crawl.visit(9), lead=Lead("https://x.example/news/9", "manual")))
    crawl.end(run)
    for _ in range(2):
        run = crawl.writer.begin_run(SOURCE)
        run.record_visit(crawl.visit(1, text=f"At least {crawl.now.day} were wounded."))
        gone = crawl.visit(2)
        run.record_visit(
            replace(
                gone,
                responses=(crawl.answer(2, b"", 404),),
                url=None,
                extraction=None,
                failure=Outcome.GONE,
                error="404",
            )
        )
        run.record_visit(
            replace(
                crawl.visit(3),
                responses=(crawl.answer(3, b"", 304),),
                url=None,
                extraction=None,
                not_modified=True,
            )
        ).result(20)
        crawl.end(run)
        crawl.now += 2 * DAY
    run = crawl.writer.begin_run(SOURCE, kind="import")
    file_id = crawl.writer.submit(
        lambda store: store.begin_file("/there/cc.warc.gz", 9, "{}"), is_urgent=True
    ).result(20)
    origin = RecordOrigin(
        "cc.warc.gz",
        file_id,
        12,
        "<urn:uuid:1>",
        "sha1:A",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    )
    taken = crawl.visit(4, text="As it was before.")
    (answer,) = taken.responses
    answer = replace(answer, fetched_at=NOW - 30 * DAY, origin=origin)
    run.record_visit(
        replace(taken, lead=Lead(answer.url, "warc"), responses=(answer,)), is_urgent=True
    ).result(20)
    crawl.end(run)
    crawl.writer.close()
    return crawl.path


def read_again(path: Path) -> None:
    """Have a re-extraction correct a revision, and find a report."""
    with closing(sqlite3.connect(path)) as conn:
        conn.row_factory = sqlite3.Row
        pages = reextraction.of_revisions(conn, [4]) + reextraction.of_captures(conn, [5])
    with Store(path, clock=lambda: NOW + 9 * DAY, create=False) as store:
        texts = [read(f"Report {number}", f"Five people died in strike {number}. ", 1) for number in (4, 5)]
        key = "x.example/news/5"
        store.apply_rereads(
            "x", [Reread(pages[0], texts[0]), Reread(pages[1], texts[1], "https://x.example/news/5", key)]
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = crawl_twice(tmp_path_factory.mktemp("made"))
    read_again(path)
    removal.remove(path, [_capture_of(path, 1)], "a court", lambda: NOW + 10 * DAY)
    return path


def _capture_of(path: Path, number: int) -> Capture:
    with closing(sqlite3.connect(path)) as conn:
        url = f"https://x.example/news/{number}"
        return find(conn, conn.execute("select min(id) from captures where url = ?", [url]).fetchone()[0])


class Quiet:
    """Shows nothing."""

    def begin(self, name: str, length: int) -> None:
        """Show nothing."""

    def advance(self, steps: int) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""


@pytest.fixture
def archive(tmp_path: Path, made: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(made.parent, tmp_path / "copy")
    return tmp_path / "copy" / made.name


def rebuilt(archive: Path, *, log: bool = True) -> tuple[Path, Rebuilt]:
    new = archive.with_name("new.db")
    made_from = Sources(archive.parent / "warc", custodyfile.beside(archive) if log else None)
    return new, Rebuild(made_from, Reader(), Quiet(), lambda: NOW + 20 * DAY).run(new)


def test_a_rebuilt_database_is_the_one_that_was_there(archive: Path) -> None:
    new, done = rebuilt(archive)
    assert differences(archive, new) == []
    assert (done.lost, done.unusable, done.taken_back, done.differing, done.dangling) == (0, 0, 0, {}, [])
    assert done.removed == 1
    assert done.rows["captures"] == 15
    with closing(sqlite3.connect(new)) as conn:
        conn.row_factory = sqlite3.Row
        assert verify(new, conn, Wish(Mode.DEFAULT), Quiet()).is_clean


def test_a_feeds_title_is_known_and_goes_with_the_page(archive: Path) -> None:
    told = [record.headers.get("x-title-hint") for warc in warcs(archive) for record in warc.records()]
    assert "Nota 2 – تقرير" in told
    assert told.count("Nota 1 – تقرير") == 2  # the first of its three captures was removed


def test_a_damaged_record_costs_itself_only(archive: Path) -> None:
    warc = warcs(archive)[0]
    facts = [
        record for record in warc.records() if record.kind == "metadata" and b"fact-visit" in record.start
    ]
    warc.flip(facts[1].offset + facts[1].length // 2)
    new, done = rebuilt(archive)
    assert done.unusable >= 1
    assert done.sentences
    told = differences(archive, new)
    assert "captures (2, None) is missing" in told
    assert not [line for line in told if line.startswith("captures") and "(2, None)" not in line]


def test_a_damaged_page_costs_its_text_only(archive: Path) -> None:
    warc = warcs(archive)[0]
    answers = [record for record in warc.records() if record.kind == "response"]
    warc.flip(answers[1].offset + answers[1].length - 30)
    new, done = rebuilt(archive)
    assert done.lost == 1
    assert "is damaged" in done.sentences[-1] or "does not hold" in done.sentences[-1] or done.sentences
    assert not [line for line in differences(archive, new) if line.startswith("captures")]


@pytest.mark.parametrize("names", [["fact-run:"], ["fact-run:", "fact-run-end:"]])
def test_a_run_whose_beginning_is_damaged_is_known_by_the_rest(archive: Path, names: list[str]) -> None:
    warc = warcs(archive)[1]
    for record in warc.records():
        if any(record.start.startswith(name.encode()) for name in names):
            warc.flip(record.offset + record.length // 2)
    new, done = rebuilt(archive)
    assert done.unusable == len(names)
    told = differences(archive, new)
    assert {line.split()[0] for line in told} <= {"runs", "refusals"}
    assert bool(told) == (len(names) == 2)


def test_hostile_records_cost_themselves_only(archive: Path, told: list[Fact]) -> None:
    visit, run = (next(dict(fact.told) for fact in told if fact.name == name) for name in ("visit", "run"))
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    warc = WarcFile(archive.parent / "warc", "evil", NOW)
    hostile = [
        Fact("visit", "yesterday", {}),
        Fact("visit", "2026-01-24T18:00:00Z", visit | {"hash": "sha256:0"}),
        Fact("visit", "2026-01-24T18:00:00Z", visit | {"captures": []}),
        Fact("run", "2026-01-24T18:00:00Z", {"run": {"id": "x"}}),
        Fact("run", "2026-01-24T18:00:00Z", {"run": {"id": 99}, "source": run["source"] | {"identity": "("}}),
        Fact("template", "2026-01-24T18:00:00Z", {"id": 10**30}),
        Fact("template", "2026-01-24T18:00:00Z", {"id": 7, "x) --": 1}),
        Fact("run-end", "2026-01-24T18:00:00Z", deep),
    ]
    for fact in hostile:
        warc.tell(fact)
    warc.close()
    (archive.parent / "warc" / "noise.warc.gz").write_bytes(b"\x1f\x8b\x08" + bytes(range(256)) * 40)
    new, done = rebuilt(archive)
    assert differences(archive, new) == []
    assert done.unusable >= len(hostile) - 1


def test_what_was_written_and_never_stored_is_left_out(archive: Path) -> None:
    """A full disk at the wrong moment: the WARC file has the visit, the database took it back."""
    with Store(archive, clock=lambda: NOW + 12 * DAY, create=False) as store:
        run = store.begin_run(SOURCE, "test")
        warc = WarcFile(
            archive.parent / "warc",
            "x",
            NOW + 12 * DAY,
            first=Fact("run", "2026-02-05T18:00:00Z", store.facts_of_run(run)),
        )
        crawl = Crawl.__new__(Crawl)
        crawl.now = NOW + 12 * DAY
        for number in (7, 8):
            visit = crawl.visit(number)
            with suppress(ZeroDivisionError), store.savepoint():
                store.record_visit(run, visit, [warc.add(visit.responses[0])])
                warc.tell(Fact("visit", "2026-02-05T18:00:00Z", store.facts_of_visit(visit, 1)), of_answers=1)
                raise ZeroDivisionError
        visit = crawl.visit(8, "Ten were wounded.")
        store.record_visit(run, visit, [warc.add(visit.responses[0])])
        warc.tell(Fact("visit", "2026-02-05T18:00:00Z", store.facts_of_visit(visit, 1)), of_answers=1)
        warc.add(crawl.visit(7).responses[0])
        warc.close()
        store.finish_run(run, "finished", {}, {}, "{}")
    new, done = rebuilt(archive)
    assert (done.taken_back, done.crashed) == (2, 3)
    assert [line for line in differences(archive, new) if not line.startswith("runs")] == []


def test_without_a_custody_log_what_was_captured_is_there(archive: Path) -> None:
    new, done = rebuilt(archive, log=False)
    assert not done.has_log
    assert not [
        line for line in differences(archive, new) if line.startswith(("captures", "runs", "sources"))
    ]


def test_a_text_that_is_read_otherwise_now_is_counted(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Reader._read

    def other(self: Reader, folder: Path, each: Page) -> Extraction | Unread:
        found = before(self, folder, each)
        if isinstance(found, Extraction) and each.url.endswith("/news/9") and found.article:
            return read(found.article.title, found.article.body + " More.")
        return found

    monkeypatch.setattr(Reader, "_read", other)
    _, done = rebuilt(archive)
    assert done.differing == {"1": 1}


# -- the command ----------------------------------------------------------------------------------------------


def call(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["rebuild", *map(str, arguments)])
    return done.exit_code, done.output


def test_the_command_writes_over_nothing_and_says_what_it_did(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "installed", Reader)
    folder = archive.parent / "warc"
    code, told = call("--from", folder, "--db", archive)
    assert (code, "is there already" in told) == (2, True)
    assert call("--from", tmp_path / "none", "--db", tmp_path / "new.db")[0] == 2
    (tmp_path / "new").mkdir()
    new = tmp_path / "new" / "new.db"
    code, told = call("--from", folder, "--db", new)
    assert code == 0, told
    assert "15 captures" in told
    assert "1 pages that were removed on purpose" in told
    assert (new.parent / "warc").resolve() == folder.resolve()
    assert custodyfile.beside(new).read_bytes().startswith(custodyfile.beside(archive).read_bytes())
    assert differences(archive, new) == []
    assert CliRunner().invoke(cli, ["--db", str(new), "verify"]).exit_code == 0


def test_another_warc_folder_is_not_mixed_with(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "installed", Reader)
    (tmp_path / "warc").mkdir()
    code, told = call("--from", archive.parent / "warc", "--db", tmp_path / "new.db")
    assert (code, "is another folder than" in told) == (2, True)


def test_nothing_that_reads_pages_is_installed(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "installed", lambda: None)
    code, told = call("--from", archive.parent / "warc", "--db", archive.with_name("new.db"))
    assert (code, "no extraction is installed" in told) == (1, True)


def test_captures_of_an_earlier_version_are_counted(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "installed", Reader)
    old = WarcFile(archive.parent / "warc", "x", NOW - DAY)
    crawl = Crawl.__new__(Crawl)
    crawl.now = NOW - DAY
    old.add(crawl.visit(7).responses[0])
    old.close()
    new = archive.with_name("new.db")
    code, told = call("--from", archive.parent / "warc", "--db", new, "--json")
    found = json.loads(told)
    assert (code, found["old"], found["files"], found["problems"]) == (1, 1, 6, [])
    assert found["rows"]["captures"] == 15
    assert differences(archive, new) == []


def test_a_lost_database_is_rebuilt_in_its_place(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "installed", Reader)
    lost = archive.rename(archive.with_name("lost"))
    log = custodyfile.beside(archive)
    before = log.read_bytes()
    wal = archive.with_name("archive.db-wal")
    wal.write_bytes(b"what was not folded in")
    assert call("--from", archive.parent / "warc", "--db", archive)[0] == 2
    wal.write_bytes(b"")
    assert call("--from", archive.parent / "warc", "--db", archive)[0] == 0
    assert log.read_bytes().startswith(before)
    assert differences(lost, archive) == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_texts_without_a_page_are_derived_from_their_lines(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    monkeypatch.setattr(command, "installed", Reader)
    line = {"url": "https://x.example/news/77", "source": "x", "title": "By hand", "body": "A text."}
    lines = [
        line,
        line | {"body": "Another."},
        line | {"source": "z", "url": "https://z.example/1", "body": "ö" * 9000},
    ]
    text = "\n".join(json.dumps(each) for each in lines)
    (tmp_path / "texts.jsonl").write_text(text)
    done = CliRunner().invoke(cli, ["--db", str(archive), "import", "--jsonl", str(tmp_path / "texts.jsonl")])
    assert done.exit_code == 0
    (kept,) = (archive.parent / "warc").glob("import-*")
    if not is_kept:  # an archive of an earlier version
        kept.unlink()
    new = archive.with_name("new.db")
    code, told = call("--from", archive.parent / "warc", "--db", new)
    if is_kept:
        assert (code, differences(archive, new)) == (0, [])
    else:
        assert (code, "3 texts that came without a page" in told) == (1, True)


# -- hostile records --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(made: Path) -> list[Fact]:
    found = []
    for path in sorted((made.parent / "warc").iterdir()):
        with path.open("rb") as file:
            records = [each for each in scan(file, path.stat().st_size) if isinstance(each, Record)]
        found += [fact for each in records if (fact := read_fact(each)) is not None]
    return found


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("\ud800")
    | st.just(2**63),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _spoilt(told: Any, data: st.DataObject) -> Any:
    """Return a JSON value with one part of it, somewhere, made another."""
    if isinstance(told, dict) and told and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(told)))
        if data.draw(st.integers(0, 9)) == 0:
            return {name: value for name, value in told.items() if name != key} | {"x) --": 1}
        return told | {key: _spoilt(told[key], data)}
    if isinstance(told, list) and told and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(told) - 1))
        return [*told[:at], _spoilt(told[at], data), *told[at + 1 :]]
    return data.draw(JSON)


@given(data=st.data())
def test_a_hostile_visit_is_refused_in_a_sentence(
    told: list[Fact], hostile: Replay, data: st.DataObject
) -> None:
    fact = data.draw(st.sampled_from([fact for fact in told if fact.name == "visit"]))
    run_fact = next(each for each in told if each.name == "run")
    try:
        visit = visit_of(_spoilt(dict(fact.told), data), fact.at)
    except InvalidFact:
        return
    run = hostile.begin_told_run(run_fact.told)
    try:
        hostile.replay(run, visit, read("Report", "A text.") if visit.has_report else None)
    except InvalidFact:
        pass
    finally:
        hostile.rollback()


@given(data=st.data())
def test_a_hostile_run_or_template_is_refused_in_a_sentence(
    told: list[Fact], hostile: Replay, data: st.DataObject
) -> None:
    fact = data.draw(st.sampled_from([fact for fact in told if fact.name != "visit"]))
    spoilt = _spoilt(dict(fact.told), data)
    write = {
        "run": hostile.begin_told_run, "run-end": hostile.end_told_run, "template": hostile.save_told_template
    }[fact.name]  # fmt: skip
    try:
        write(spoilt if isinstance(spoilt, dict) else {})
    except InvalidFact:
        pass
    finally:
        hostile.rollback()


@given(
    row=st.dictionaries(st.sampled_from(["id", "at", "action", "capture_id", "hash", "details", "x;"]), JSON)
)
def test_a_hostile_entry_is_refused_in_a_sentence(hostile: Replay, row: Mapping[str, Any]) -> None:
    try:
        hostile.log({"action": "removed", **row})
    except InvalidFact:
        pass
    finally:
        hostile.rollback()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    with closing(Replay(tmp_path_factory.mktemp("hostile") / "new.db")) as store:
        yield store


@given(block=st.binary(max_size=200))
def test_any_bytes_are_a_fact_or_none(block: bytes) -> None:
    for start in (block, b"fact-visit: " + block, b"fact-run: {" + block):
        record = Record(0, 1, "metadata", {"content-type": "application/warc-fields"}, start=start)
        with suppress(BadFact):
            read_fact(record)
