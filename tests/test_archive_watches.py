"""Saved searches: which revisions they find, each once; where those go; what happens where that fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner, Result

from archive.cli import cli
from archive.models import ArticleText, ImportedArticle, Source
from archive.store import Store
from archive.watches import engine
from archive.watches.engine import pause_after
from archive.watches.webhook import is_private

SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")
OTHER = Source("y", "Y News", "https://y.example/", ("ar",), "Ukraine", None, "agency")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Desk:
    """An archive, and the commands on it at some moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW

    def store(
        self, number: int, title: str, body: str, *, source: Source = SOURCE, language: str = "en"
    ) -> None:
        self.now += timedelta(seconds=1)
        with Store(self.path, clock=lambda: self.now) as store:
            store.save_source(source)
            text = ArticleText(title, body, language=language)
            store.import_article(ImportedArticle(source.id, f"{source.homepage}{number}", text, self.now))

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, ["watch", *words, "--db", str(self.path)], obj=lambda: self.now)
        assert result.exit_code == code, result.output + result.stderr
        return result

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as conn:
            return conn.execute(sql).fetchall()

    def standing(self) -> dict[str, Any]:
        (watch,) = json.loads(self.run("list", "--json").stdout)["watches"]
        found: dict[str, Any] = watch
        return found

    def feed(self, name: str) -> Any:
        content = (self.path.parent / "feeds" / f"{name}.atom").read_bytes()
        ET.fromstring(content)  # noqa: S314 - made by us
        parsed = feedparser.parse(content)
        assert not parsed.bozo
        return parsed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "archive.db")
    desk.store(1, "Barrel bomb on Idlib", "A barrel bomb fell.")
    return desk


class Hook(ThreadingHTTPServer):
    """A web server that takes what it's given, and answers what it's told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.delay = threading.Event()
        self.delay.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.delay.wait(10)
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.server.taken.append((dict(self.headers), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.delay.set()
        server.shutdown()
        thread.join()


# what is found


def test_only_what_comes_after_is_found_and_each_revision_once(desk: Desk) -> None:
    desk.run("add", '"barrel bomb"')
    assert desk.feed("barrel-bomb").entries == []
    desk.store(2, "Barrel bombs on Aleppo", "Two barrel bombs fell.")
    desk.store(3, "Truce", "Quiet.")
    assert desk.run("run").stdout == "1 new matches, 1 delivered.\n"
    assert desk.run("run").stdout == "0 new matches, 0 delivered.\n"
    desk.store(2, "Barrel bombs on Aleppo", "Three barrel bombs fell.")
    desk.store(1, "Barrel bomb on Idlib", "A barrel bomb fell.")  # the same text again
    assert desk.run("run").stdout == "1 new matches, 1 delivered.\n"
    entries = desk.feed("barrel-bomb").entries
    assert [entry.summary for entry in entries] == ["Three barrel bombs fell.", "Two barrel bombs fell."]
    assert len({entry.id for entry in entries}) == 2
    assert [entry.link for entry in entries] == ["https://x.example/2"] * 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["airstrike"], {2}),
        (["القصف"], {3}),
        (["airstrike OR قصف", "--source", "y"], {3}),
        (["lang:ar"], {3}),
        (["kind:agency conflict:ukraine"], {3}),
        (["NOT lang:ar"], {2, 4}),
        (["deir ezzor"], set()),
        (["deir ezzor", "--synonyms"], {4}),
        (["since:2031"], set()),
    ],
)
def test_the_query_is_the_one_of_a_search(desk: Desk, words: list[str], found: set[int]) -> None:
    desk.store(9, "Before", "Nothing.", source=OTHER, language="ar")
    desk.run("add", *words, "--name", "w")
    desk.store(2, "Airstrikes reported", "Many of them.")
    desk.store(3, "قصف على المدينة", "بالقصف", source=OTHER, language="ar")
    desk.store(4, "Deir Azzor", "Calm.")
    desk.run("run")
    sql = "select r.article_id from watch_matches m join revisions r on r.id = m.revision_id"
    titles = dict(desk.rows("select id, substr(url, 19) from articles"))
    assert {int(titles[row[0]]) for row in desk.rows(sql)} == found


def test_reports_that_wait_to_be_indexed_are_found(desk: Desk) -> None:
    desk.run("add", "shells")
    desk.store(2, "Shelling", "Shells fell.")
    with closing(sqlite3.connect(desk.path)) as conn:
        conn.execute("update search_normalisers set version = 'another'")
        conn.commit()
    assert desk.run("run").stdout == "1 new matches, 1 delivered.\n"


def test_a_watch_whose_source_is_gone_disturbs_no_other(desk: Desk) -> None:
    desk.store(9, "Before", "Nothing.", source=OTHER)
    desk.run("add", "shells conflict:Ukraine", "--name", "one")
    desk.run("add", "shells", "--name", "two")
    with closing(sqlite3.connect(desk.path)) as conn:
        conn.execute("update sources set conflict = 'Syria'")
        conn.commit()
    desk.store(2, "Shelling", "Shells fell.")
    assert desk.run("run").stdout == "1 new matches, 1 delivered.\n"


# what a user asks for


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bomb", "--source", "nowhere"], "no source 'nowhere'"),
        (["conflict:mars"], "no source of this archive has the conflict 'mars'"),
        (["bomb", "--to", "webhook"], "--to webhook needs --url"),
        (["bomb", "--to", "command"], "--to command needs --run"),
        (["bomb", "--to", "command", "--run", "'"], "is no command line"),
        (["bomb", "--to", "command", "--run", " "], "the command to run is empty"),
        (["bomb", "--url", "https://h.example/"], "--url is for --to webhook"),
        (["bomb", "--to", "webhook", "--url", "ftp://h.example/"], "is no address to post to"),
        (["bomb", "--to", "webhook", "--url", "https://me:pass@h.example/"], "without a name or password"),
        (["bomb", "--to", "webhook", "--url", "http://[::1"], "is no address to post to"),
        (["bomb", "--name", "../../etc"], "--name is to be"),
        (["***"], "no word"),
        (["bomb", "--name", "taken"], "there is a watch 'taken' already"),
    ],
)
def test_mistakes_are_told_in_a_sentence(desk: Desk, words: list[str], sentence: str) -> None:
    desk.run("add", "x", "--name", "taken")
    result = desk.run("add", *words, code=1 if "nowhere" in words or "conflict:mars" in words else 2)
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert len(desk.rows("select 1 from watches")) == 1


def test_a_malformed_query_is_said_to_be_one(desk: Desk) -> None:
    assert "Note: no search expression" in desk.run("add", '"barrel', "--name", "w").stderr


def test_list_and_remove(desk: Desk) -> None:
    assert "No watch yet" in desk.run("list").stdout
    desk.run("add", "bomb", "--source", "x", "--name", "Bombs of X")
    assert "Bombs of X" in desk.run("list").stdout
    told = desk.standing()
    assert (told["query"], told["source"], told["to"], told["target"]) == (
        "bomb",
        "x",
        "feed",
        "feeds/Bombs-of-X.atom",
    )
    assert "there is no watch 'other': there is Bombs of X" in desk.run("remove", "other", code=1).stderr
    desk.store(2, "Bomb", "Bomb.")
    desk.run("run")
    desk.run("remove", "Bombs of X")
    assert (
        desk.rows("select count(*) from watches") == desk.rows("select count(*) from watch_matches") == [(0,)]
    )


def test_a_test_shows_what_is_there_and_notes_nothing(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    desk.run("add", "barrel", "--name", "w", "--to", "command", "--run", _writes(out))
    shown = desk.run("test", "w").stdout
    assert "Barrel bomb on Idlib" in shown
    told = json.loads(out.read_text())
    assert told["is_test"] is True
    assert [match["title"] for match in told["matches"]] == ["Barrel bomb on Idlib"]
    assert desk.rows("select count(*) from watch_matches") == [(0,)]


# where it goes


def _writes(path: Path, *, code: int = 0) -> str:
    """Return a command that puts what it is told into a file."""
    script = f"import sys; open({str(path)!r}, 'a').write(sys.stdin.read() + chr(10)); sys.exit({code})"
    return f'{sys.executable} -c "{script}"'


def test_a_command_gets_json_and_no_shell_sees_it(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    desk.run("add", "bomb", "--name", "w", "--to", "command", "--run", f"{_writes(out)} '$(touch x)' ;")
    desk.store(2, "Bomb `touch y` $(touch z)", "Bomb; touch w")
    desk.run("run")
    told = json.loads(out.read_text())
    assert told["watch"] == "w"
    assert told["is_test"] is False
    assert told["matches"][0]["title"] == "Bomb `touch y` $(touch z)"
    assert told["matches"][0]["number"] == 1
    assert not any((tmp_path / name).exists() or Path(name).exists() for name in "wxyz")


def test_what_fails_is_kept_and_tried_again(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    desk.run("add", "bomb", "--name", "w", "--to", "command", "--run", _writes(out, code=3))
    desk.store(2, "Bomb", "Bomb.")
    assert "ended with 3" in desk.run("run", code=1).stderr
    told = desk.standing()
    assert (told["matched"], told["waiting"]) == (1, 1)
    assert "ended with 3" in told["last_error"]
    assert desk.run("run").stdout == "0 new matches, 0 delivered.\n"  # not before five minutes have passed
    desk.now += timedelta(minutes=6)
    desk.run("run", code=1)
    desk.now += timedelta(minutes=6)
    desk.run("run")  # ten, the second time
    desk.run("run", "--again", code=1)
    assert len(out.read_text().splitlines()) == 3
    assert desk.rows("select attempts, delivered_at from watch_matches") == [(3, None)]


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 5), (1, 10), (4, 80), (9, 24 * 60), (10_000, 24 * 60)])
def test_pauses_grow(attempts: int, minutes: int) -> None:
    assert pause_after(attempts) == timedelta(minutes=minutes)


def test_a_command_that_is_not_there_or_does_not_end(desk: Desk) -> None:
    desk.run("add", "bomb", "--name", "a", "--to", "command", "--run", "no-such-program-here")
    desk.run("add", "bomb", "--name", "b", "--to", "command", "--run", "sleep 30", "--timeout", "0.2")
    desk.store(2, "Bomb", "Bomb.")
    errors = desk.run("run", code=1).stderr
    assert "no-such-program-here can't be run" in errors
    assert "sleep did not end within 0.2 seconds" in errors


def test_a_webhook_is_told_once_and_signed(desk: Desk, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_KEY", "s3cret")
    desk.run(
        "add",
        "bomb",
        "--name",
        "w",
        "--to",
        "webhook",
        "--url",
        hook.url,
        "--allow-private",
        "--secret-env",
        "HOOK_KEY",
    )
    desk.store(2, "Bomb", "Bomb.")
    hook.answers = [500]
    assert "HTTP 500" in desk.run("run", code=1).stderr
    assert desk.run("run", "--again").stdout == "0 new matches, 1 delivered.\n"
    assert desk.run("run", "--again").stdout == "0 new matches, 0 delivered.\n"
    assert len(hook.taken) == 2
    headers, body = hook.taken[-1]
    assert headers["X-Archive-Signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert [match["url"] for match in json.loads(body)["matches"]] == ["https://x.example/2"]
    assert "s3cret" not in str(desk.rows("select * from watches"))


def test_a_webhook_may_not_be_private_nor_send_on(desk: Desk, hook: Hook) -> None:
    desk.run("add", "bomb", "--name", "w", "--to", "webhook", "--url", hook.url)
    desk.store(2, "Bomb", "Bomb.")
    assert "127.0.0.1 is a private address" in desk.run("run", code=1).stderr
    assert hook.taken == []
    desk.run("remove", "w")
    desk.run("add", "bomb", "--name", "v", "--to", "webhook", "--url", hook.url, "--allow-private")
    desk.store(3, "Bomb", "Bomb again.")
    hook.answers = [302]
    assert "HTTP 302" in desk.run("run", code=1).stderr


@pytest.mark.parametrize(
    ("address", "private"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("169.254.169.254", True), ("::1", True), ("fe80::1%eth0", True),
     ("::ffff:192.168.0.1", True), ("2002:7f00:1::", True), ("224.0.0.1", True), ("0.0.0.1", True),
     ("93.184.216.34", False), ("2606:4700::1111", False)],
)  # fmt: skip
def test_private_addresses(address: str, private: bool) -> None:
    assert is_private(address) == private


def test_a_slow_webhook_holds_no_lock_on_the_archive(desk: Desk, hook: Hook) -> None:
    desk.run("add", "bomb", "--name", "w", "--to", "webhook", "--url", hook.url, "--allow-private")
    desk.store(2, "Bomb", "Bomb.")
    hook.delay.clear()
    done: list[engine.Done] = []
    thread = threading.Thread(
        target=lambda: done.append(engine.run(desk.path, lambda: desk.now, lambda *_: None))
    )
    thread.start()
    desk.store(3, "Truce", "Quiet.")  # would wait for a minute, and then fail
    hook.delay.set()
    thread.join()
    assert done == [engine.Done(1, 1)]


def test_two_at_once_deliver_each_match_once(desk: Desk, hook: Hook) -> None:
    desk.run("add", "bomb", "--name", "w", "--to", "webhook", "--url", hook.url, "--allow-private")
    for number in range(2, 12):
        desk.store(number, "Bomb", f"Bomb {number}.")
    threads = [
        threading.Thread(target=lambda: engine.run(desk.path, lambda: desk.now, lambda *_: None))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    urls = [match["url"] for _, body in hook.taken for match in json.loads(body)["matches"]]
    assert sorted(urls) == sorted({f"https://x.example/{number}" for number in range(2, 12)})


def test_a_feed_holds_hostile_text_as_text(desk: Desk) -> None:
    desk.run("add", "bomb", "--name", "w")
    desk.store(2, "Bomb <script>alert(1)</script> ]]> & \x00\ufffe", "Bomb </summary><x>")
    desk.run("run")
    (entry,) = desk.feed("w").entries
    assert "&lt;script&gt;" in (desk.path.parent / "feeds" / "w.atom").read_text()
    assert entry.title_detail.type == "text/plain"


def test_a_feed_that_cannot_be_written_is_made_later(desk: Desk) -> None:
    desk.run("add", "bomb", "--name", "w")
    path = desk.path.parent / "feeds" / "w.atom"
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("in the way")
    desk.store(2, "Bomb", "Bomb.")
    assert "can't be written" in desk.run("run", code=1).stderr
    path.parent.unlink()
    desk.run("run", "--again")
    assert len(desk.feed("w").entries) == 1


@pytest.mark.slow
def test_a_crawl_asks_the_watches_when_it_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    desk = Desk(path)

    def crawl(edition: int) -> None:
        command = [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", str(path), "-s", f"DEMO_EDITION={edition}",
                   "-s", f"NOW=2026-12-0{edition}T00:00:00Z"]  # fmt: skip
        subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, timeout=120)

    crawl(1)
    desk.run("add", "lang:en", "--name", "English")
    desk.run("add", "lang:en", "--name", "failing", "--to", "command", "--run", "no-such-program-here")
    crawl(2)
    new = desk.rows("select count(*) from revisions join articles on articles.id = article_id where seen_at > '2026-12-01T12'"
                    " and articles.language = 'en'")  # fmt: skip
    assert len(desk.feed("English").entries) == new[0][0] > 0
    assert desk.rows("select distinct attempts from watch_matches where delivered_at is null") == [(1,)]
