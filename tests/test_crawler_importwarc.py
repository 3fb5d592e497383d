"""`scrapy importwarc`, as a user runs it: files made by warcio, a real archive, and what became of every record."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from archive.clock import utc_now
from archive.evidence.reading import content, read_response
from crawler.commands.crawling.together import LOCKED
from crawler.commands.importwarc import Command, import_files
from crawler.extraction.pool import WorkerPool
from crawler.locks import SourceLock
from crawler.run import Workshop
from crawler.sources.loader import load_catalogue
from tests.sites.crawling import ROOT, rows, start, write_source
from tests.warcs import Rec, chunked, records, story, trained, warc, zst

HERALD = "https://herald.example"


def report(number: int, **given: Any) -> Rec:
    return Rec(f"{HERALD}/news/{number}", story(number), **given)


@dataclass(frozen=True)
class Done:
    told: dict[str, Any]
    err: str

    @property
    def outcomes(self) -> dict[str, int]:
        found: dict[str, int] = self.told["outcomes"]
        return found


class Here:
    """Runs the command in this process, with workers that have their libraries loaded."""

    def __init__(self) -> None:
        self.pool = WorkerPool(1)
        self.runner = asyncio.Runner()

    def run(self, folder: Path, *given: str) -> int:
        made, parser = Command(), ArgumentParser()
        made.settings = Settings()
        made.add_options(parser)
        parser.add_argument("names", nargs="*")
        opts = parser.parse_args(["--json", *given])
        workshop = Workshop(folder / "archive.db", self.pool, utc_now)
        try:
            catalogue = load_catalogue([folder])
            return self.runner.run(import_files(opts.names, opts, workshop, catalogue, every=60))
        finally:
            workshop.writer.close()

    def close(self) -> None:
        self.pool.close()
        self.runner.close()


HERE: list[Here] = []


@pytest.fixture(scope="module", autouse=True)
def here() -> Iterator[None]:
    with closing(Here()) as made:
        HERE.append(made)
        yield
        HERE.clear()


def run(folder: Path, *arguments: str, data: bytes | None = None, code: int = 0) -> Done:
    """Import, which has to end as expected, with sums that agree."""
    out, err = StringIO(), StringIO()
    given = SimpleNamespace(buffer=BytesIO(data or b""))
    with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", given):
        got = HERE[0].run(folder, *arguments)
    assert got == code, err.getvalue()
    told = json.loads(out.getvalue())
    assert told["records"] == sum(told["outcomes"].values())
    return Done(told, err.getvalue())


def begin(folder: Path, name: str, captures: int) -> subprocess.Popen[str]:
    """Begin an import as a user does, and return when it has stored so many captures more."""
    before = count(folder)
    process = start(folder, "importwarc", "--db", str(folder / "archive.db"), "--json", name)
    deadline = time.monotonic() + 60
    while process.poll() is None and count(folder) < before + captures and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


def count(folder: Path) -> int:
    try:
        return int(rows(folder, "select count(*) from captures")[0][0])
    except sqlite3.OperationalError:  # it has no tables yet
        return 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_source(tmp_path, "herald", homepage=f"{HERALD}/", domains=["herald-mirror.example"])
    return tmp_path


def put(folder: Path, data: bytes, name: str = "x.warc.gz") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def payloads(folder: Path) -> dict[tuple[str, str], bytes]:
    """Return what is kept of each capture, unpacked, by address and date."""
    found = {}
    for row in rows(folder, "select * from captures"):
        stored = read_response(folder / "warc", row["warc_file"], row["warc_offset"], row["payload_sha256"])
        assert stored.url == row["url"]
        found[row["url"], row["fetched_at"]] = content(stored)
    return found


def test_each_record_becomes_a_capture_and_a_report_of_its_date_or_is_counted(folder: Path) -> None:
    odd = [
        Rec(f"{HERALD}/about", story(50)),
        Rec(f"{HERALD}/robots.txt", b"User-agent: *", content_type="text/plain"),
        Rec(f"{HERALD}/news/51", b"%PDF", content_type="application/pdf"),
        Rec(f"{HERALD}/news/52", b"gone", status="404 Not Found"),
        Rec("https://elsewhere.example/news/1", story(53)),
        Rec(f"{HERALD}/news/54", b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        Rec(f"{HERALD}/news/55", b"note", kind="metadata"),
        Rec(f"{HERALD}/news/56", b"<p>Nothing here.</p>"),
        Rec(f"{HERALD}/news/57", bytes(33 * 1024**2)),
        Rec(f"{HERALD}/news/58", story(58), date="some day"),
        Rec("https://m.herald.example/news/59", story(59)),
        Rec("https://www.herald-mirror.example/news/60", story(60)),
    ]
    done = run(folder, put(folder, warc([report(number) for number in range(1, 8)] + odd)))
    assert done.outcomes == {
        "stored": 9, "not_an_article": 1, "no report by its address": 1, "robots.txt": 1, "content type": 1,
        "status": 1, "of no source": 1, "request": 1, "metadata": 1, "warcinfo": 1, "too large": 1, "no date": 1,
    }  # fmt: skip
    kept = rows(folder, "select a.*, c.fetched_at from articles a join revisions r on r.article_id = a.id"
                " join captures c on c.id = r.capture_id")  # fmt: skip
    assert {row["first_seen_at"] for row in kept} == {"2025-03-01T10:00:00Z"}
    assert {row["fetched_at"] for row in kept} == {"2025-03-01T10:00:00Z"}
    assert {row["origin"] for row in kept} == {"crawl"}
    (run_row,) = rows(folder, "select * from runs")
    assert (run_row["kind"], run_row["found"], run_row["stored"], run_row["finish_reason"]) == (
        "import", 10, 9, "finished",
    )  # fmt: skip
    assert {row["via"] for row in rows(folder, "select via from leads")} == {"warc"}
    assert len(payloads(folder)) == 10
    (file,) = rows(folder, "select * from import_files")
    assert (file["state"], file["records"]) == ("done", done.told["records"])


def test_records_are_kept_byte_for_byte_with_a_note_of_where_they_came_from(folder: Path) -> None:
    made = records([report(1)])
    run(folder, put(folder, b"".join(made)))
    (kept,) = (folder / "warc").glob("herald-*.warc.gz")
    assert made[1] in kept.read_bytes()
    text = gzip.decompress(kept.read_bytes()).decode()
    assert f"imported-from: x.warc.gz\r\nimported-offset: {len(made[0])}\r\n" in text
    (row,) = rows(folder, "select * from imported_captures")
    assert f"WARC-Refers-To: {row['record_id']}" in text
    check = subprocess.run(["warcio", "check", str(kept)], capture_output=True, text=True, cwd=ROOT,
                           env=os.environ | {"PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"})  # fmt: skip
    assert check.returncode == 0, check.stdout


def test_what_is_there_already_is_passed_by(folder: Path) -> None:
    name = put(folder, warc([report(number) for number in range(1, 5)]))
    run(folder, name)
    again = run(folder, name)
    assert (again.told["records"], again.told["done_before"]) == (0, 1)
    again = run(folder, name, "--again")
    assert again.outcomes == {"known": 4, "warcinfo": 1}
    assert len(rows(folder, "select * from runs")) == 1
    assert len(rows(folder, "select * from captures")) == 4
    assert len([*(folder / "warc").glob("*")]) == 1


SPOILABLE = [
    warc([report(1), report(2)]),
    warc([report(1), report(2)], gzipped=False),
    zst([report(1), report(2)]),
]
FORMS = [report(number) for number in range(1, 9)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.warc", warc(FORMS, gzipped=False)),
        ("x.warc.zst", zst(FORMS)),
        ("y.warc.zst", zst(FORMS, dictionary=trained(FORMS), packed=True)),
        ("one.warc.gz", gzip.compress(warc(FORMS, gzipped=False))),
    ],
)
def test_every_form_of_file(folder: Path, name: str, data: bytes) -> None:
    assert run(folder, put(folder, data, name)).outcomes["stored"] == 8
    assert set(payloads(folder).values()) == {rec.body for rec in FORMS}


@pytest.mark.slow
def test_a_wacz_a_folder_and_standard_input(folder: Path) -> None:
    collection = folder / "collection"
    collection.mkdir()
    with zipfile.ZipFile(collection / "a.wacz", "w") as made:
        made.writestr("archive/data.warc.gz", warc(FORMS[:2]))
        made.writestr("archive/more.warc.gz", warc(FORMS[2:3]))
        made.writestr("datapackage.json", "{}")
    (collection / "b.warc.gz").write_bytes(warc(FORMS[3:4]))
    done = run(folder, str(collection))
    assert (done.outcomes["stored"], done.told["files"]) == (4, 3)
    done = run(folder, "-", data=warc(FORMS[3:]))
    assert (done.outcomes["stored"], done.outcomes["known"]) == (4, 1)


@pytest.mark.slow
def test_payloads_packed_in_every_way(folder: Path) -> None:
    body = story(9)
    ways = {
        1: ((("Content-Encoding", "gzip"),), gzip.compress(body)),
        2: ((("Content-Encoding", "br"),), brotli.compress(body)),
        3: ((("Transfer-Encoding", "chunked"),), chunked(body)),
        4: ((("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")), chunked(gzip.compress(body))),
        5: ((("Content-Encoding", "gzip"),), body),  # an archive that has unpacked it
    }
    recs = [
        Rec(f"{HERALD}/news/{number}", packed, headers=headers) for number, (headers, packed) in ways.items()
    ]
    bomb = gzip.compress(bytes(200 * 1024**2))
    recs.append(Rec(f"{HERALD}/news/6", bomb, headers=(("Content-Encoding", "gzip"),)))
    done = run(folder, put(folder, warc(recs)))
    assert done.outcomes["stored"] == 5
    assert done.outcomes["not_an_article"] == 1
    assert {row["word_count"] for row in rows(folder, "select * from articles")} == {
        rows(folder, "select word_count from articles limit 1")[0][0]
    }


def revisit(of: Rec, record: bytes, **given: Any) -> Rec:
    """Return a revisit of a record as Heritrix and warcio write it."""
    digest = next(
        line for line in gzip.decompress(record).decode("latin-1").split("\r\n") if "Payload-Digest" in line
    )
    warc_headers = {
        "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
        "WARC-Payload-Digest": digest.partition(": ")[2],
        "WARC-Refers-To-Target-URI": of.url,
        "WARC-Refers-To-Date": of.date,
    } | given.pop("warc", {})
    return replace(of, kind="revisit", body=b"", warc=tuple(warc_headers.items()), **given)


@pytest.mark.slow
def test_revisits_find_their_originals_before_and_behind_them(folder: Path) -> None:
    first, second = report(1), report(2)
    made = records([first, second])
    later = revisit(first, made[1], date="2025-03-05T10:00:00Z")
    earlier = revisit(second, made[2], date="2025-02-05T10:00:00Z")
    lost = revisit(report(3), made[1], warc={"WARC-Payload-Digest": "sha1:" + "A" * 32})
    (_, *revisits) = records([later, earlier, lost])
    done = run(folder, put(folder, b"".join([revisits[1], *made, revisits[0], revisits[2]])))
    assert done.outcomes == {
        "stored": 2, "unchanged": 2, "warcinfo": 1, "a revisit without its original": 1,
    }  # fmt: skip
    kept = payloads(folder)
    assert kept[first.url, "2025-03-05T10:00:00Z"] == first.body
    assert kept[second.url, "2025-02-05T10:00:00Z"] == second.body
    seen = {
        row["url"]: (row["first_seen_at"], row["last_seen_at"])
        for row in rows(folder, "select * from articles")
    }
    assert seen[first.url] == (first.date, later.date)
    assert seen[second.url] == (earlier.date, second.date)
    assert {row["revision_count"] for row in rows(folder, "select * from articles")} == {1}
    (file,) = rows(folder, "select * from import_files")
    assert file["state"] == "done"


@pytest.mark.slow
def test_captures_of_one_report_make_revisions_in_the_order_of_time(folder: Path) -> None:
    def edition(number: int, day: int) -> Rec:
        return Rec(f"{HERALD}/news/1", story(1, edition=number), date=f"2025-03-{day:02}T10:00:00Z")

    run(
        folder,
        put(folder, warc([edition(2, 20), edition(0, 2), edition(1, 10), edition(2, 25)]), "b.warc.gz"),
    )
    run(folder, put(folder, warc([edition(0, 1), edition(3, 15)]), "a.warc.gz"))
    told = rows(folder, "select number, seen_at, body from revisions order by number")
    assert [row["seen_at"][8:10] for row in told] == ["01", "10", "15", "20"]
    (kept,) = rows(folder, "select * from articles")
    assert "Correction 2" in kept["body"]
    assert (kept["revision_count"], kept["state"], kept["last_seen_at"]) == (
        4,
        "changed",
        "2025-03-25T10:00:00Z",
    )


def test_a_broken_record_and_an_end_that_is_missing_are_told_and_cost_no_other(folder: Path) -> None:
    made = records([report(number) for number in range(1, 6)])
    cut = made[2][:-40]
    done = run(folder, put(folder, b"".join([made[0], made[1], cut, *made[3:5], made[5][:-20]])))
    assert done.outcomes == {"stored": 3, "broken": 2, "warcinfo": 1}
    assert f"x.warc.gz at byte {len(made[0]) + len(made[1])}: skipped, since" in done.err


def test_files_that_are_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.commands.importing.inputs._MOST_UNPACKED", 10 * 1024**2)
    good = put(folder, warc([report(1)]))
    bad = put(folder, b"<html>", "bad.warc.gz")
    broken_zip = put(folder, b"PK\x03\x04xxxx", "bad.wacz")
    done = run(folder, bad, str(folder / "none"), broken_zip, good, code=1)
    assert done.outcomes["stored"] == 1
    assert len(done.told["problems"]) == 3
    bomb = folder / "bomb.wacz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made, made.open("a.warc", "w") as entry:
        for _ in range(11):
            entry.write(bytes(1024**2))
    assert "times its size: not read" in run(folder, str(bomb), code=1).err


def test_one_source_dates_and_addresses(folder: Path) -> None:
    write_source(folder, "other", homepage="https://other.example/")
    recs = [report(10), report(11, date="2025-04-01T00:00:00Z"), report(12, date="2025-03-31T23:59:59Z"), report(1),
            Rec("https://other.example/news/20", story(20), date="2025-03-05T10:00:00Z")]  # fmt: skip
    name = put(folder, warc(recs))
    done = run(folder, name, "--source", "herald", "--since", "2025-03-02", "--until", "2025-03-31",
               "--url-pattern", r"/news/\d\d")  # fmt: skip
    assert done.outcomes == {
        "stored": 1, "not --url-pattern": 1, "of another source": 1, "before --since": 1, "after --until": 1,
        "warcinfo": 1,
    }  # fmt: skip
    assert run(folder, name).outcomes["stored"] == 4  # another wish: the file is read again


def test_a_source_that_no_catalogue_has_takes_every_page(folder: Path) -> None:
    recs = [Rec("https://a.example/x", story(1)), Rec("https://b.example/y.html", story(2)), report(3)]
    name = put(folder, warc(recs))
    assert run(folder, name, "--source", "war-crawl").outcomes == {"stored": 3, "warcinfo": 1}
    source = next(row for row in rows(folder, "select * from sources"))
    assert (source["id"], source["kind"], source["homepage"]) == ("war-crawl", "import", "https://a.example/")
    more = put(folder, warc([Rec("https://c.example/z", story(4))]), "more.warc.gz")
    run(folder, more, "--source", "war-crawl")
    assert rows(folder, "select homepage from sources")[0][0] == "https://a.example/"


def test_unknown_hosts_become_sites_on_request(folder: Path) -> None:
    recs = [
        Rec("https://www.front.example/2025/03/01/shelling-of-the-market-kills-seven/", story(1)),
        Rec("https://www.front.example/contact/", story(2)),
    ]
    name = put(folder, warc(recs))
    assert run(folder, name).outcomes == {"of no source": 2, "warcinfo": 1}
    done = run(folder, name, "--unknown")
    assert done.outcomes == {"stored": 1, "no report by its address": 1, "warcinfo": 1}
    assert [row["id"] for row in rows(folder, "select id from sources")] == ["site-front-example"]


def test_a_source_that_is_being_crawled_is_left_for_the_next_run(folder: Path) -> None:
    write_source(folder, "other", homepage="https://other.example/")
    name = put(folder, warc([report(1), Rec("https://other.example/news/1", story(20)), report(2)]))
    run(folder, put(folder, warc([]), "empty.warc.gz"))
    with SourceLock(folder / "archive.db", "herald"):
        done = run(folder, name, code=LOCKED)
    assert done.outcomes == {"stored": 1, "its source is being crawled": 2, "warcinfo": 1}
    done = run(folder, name)
    assert (done.outcomes["stored"], done.told["resumed"]) == (2, 1)


@pytest.mark.slow
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_broken_every_record_is_counted(folder: Path, draw: st.DataObject) -> None:
    spoilt = bytearray(draw.draw(st.sampled_from(SPOILABLE)))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(spoilt) - 1))
        if draw.draw(st.booleans()):
            spoilt[at] ^= draw.draw(st.integers(1, 255))
        else:
            del spoilt[at : at + draw.draw(st.integers(1, 500))]
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(folder / "herald.toml", name)
        path = put(Path(name), bytes(spoilt))
        code = HERE[0].run(Path(name), path)  # raises nothing
        assert code in {0, 1}
        if code == 0:
            again = run(Path(name), path, "--again")
            assert not again.outcomes.get("stored")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x", "--since", "spring"], "--since='spring' is not a date"),
        (["x", "--until", "9999-12-31"], "--until"),
        (["x", "--url-pattern", "("], "is no regular expression"),
        (["x", "--source", "No Such"], "is no source id"),
        (["x", "--since", "2025-03-02", "--until", "2025-03-01"], "is after --until"),
    ],
)
def test_mistakes_get_one_sentence(folder: Path, arguments: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        HERE[0].run(folder, *arguments)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(folder: Path, kills: int) -> None:
    recs = [
        report(number, date=f"2025-03-01T10:{number // 60:02}:{number % 60:02}Z") for number in range(1, 161)
    ]
    name = put(folder, warc(recs))
    rng = random.Random(7)
    for _ in range(kills):
        process = begin(folder, name, rng.randint(0, 120 // kills))
        time.sleep(rng.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = run(folder, name)
    assert done.outcomes.get("stored", 0) + done.outcomes.get("known", 0) <= 160
    assert rows(folder, "select count(*), count(distinct url), count(distinct payload_sha256) from captures")[0][:] == (
        160, 160, 160,
    )  # fmt: skip
    assert rows(folder, "select count(*), sum(revision_count) from articles")[0][:] == (160, 160)
    assert len(payloads(folder)) == 160
    with closing(sqlite3.connect(folder / "archive.db")) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("pragma foreign_key_check").fetchall() == []


@pytest.mark.slow
def test_the_first_interrupt_finishes_what_is_under_way(folder: Path) -> None:
    recs = [report(number) for number in range(1, 400)]
    name = put(folder, warc(recs))
    process = begin(folder, name, 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "the same command goes on where it was" in err
    assert "Traceback" not in err
    (stopped,) = rows(folder, "select finish_reason from runs")
    assert stopped[0] == "stopped"
    assert count(folder) < 399
    done = run(folder, name)
    assert count(folder) == 399
    assert done.told["resumed"] == 1


def test_the_summary_for_a_person(folder: Path) -> None:
    recs = [report(1), report(2), Rec("https://elsewhere.example/1", story(3))]
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "importwarc", "--db", str(folder / "archive.db"), "-s",
         f"SOURCES_DIR={folder}", "-s", "EXTRACTION_WORKERS=1", put(folder, warc(recs))],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.startswith("4 records in 1 file, ")
    assert lines == [
        "        2  new reports",
        "        1  pages of hosts that no source has (--unknown takes them)",
        "        1  records that are no responses (warcinfo 1)",
        "    by source: herald 2",
    ]
