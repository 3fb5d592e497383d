"""The ledger of edits and deletions in the browser, and its feed."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
from sqlite_utils import Database

from archive.errors import InvalidInput
from archive.open import reading
from archive.tables import changelog
from archive.views.events import Wanted, events
from tests.browsing import Browser, plugin, text_of

__all__ = ["plugin"]

ATOM = "{http://www.w3.org/2005/Atom}"


def edit(db: Database, article: int, number: int, seen_at: str, **values: str) -> None:
    first = next(db.query("select * from revisions where article_id = ? and number = 1", [article]))
    row = {**first, "id": 100 * article + number, "number": number, "seen_at": seen_at} | values
    db["revisions"].insert(row)
    changelog.write(db.conn, row["id"])
    db.conn.commit()


def absent(
    db: Database, article: int, state: str, since: str, until: str | None = None, **values: str
) -> None:
    db["article_states"].insert({"article_id": article, "state": state, "since": since, "last_confirmed_at": since,
                                 "until": until, "how": "404"} | values)  # fmt: skip


@pytest.fixture(scope="module")
def eventful_made(small_archive_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edit of a number, one of nothing but words, a deletion that was taken back, another one, and a move."""
    path = Path(shutil.copy(small_archive_made, tmp_path_factory.mktemp("eventful") / "archive.db"))
    with closing(Database(path)) as db:
        edit(db, 1, 2, "2026-01-29T00:00:00Z",
             body="Twelve civilians were killed in an airstrike on Saraqeb.\n\nThe toll is expected to rise.")  # fmt: skip
        edit(db, 2, 2, "2026-01-30T00:00:00Z",
             body="At least seven people died when shells hit a market in Idlib.\n\nRescuers are still at work.")  # fmt: skip
        absent(db, 3, "gone", "2026-01-30T00:00:00Z", "2026-02-02T00:00:00Z")
        absent(db, 3, "restored", "2026-02-02T00:00:00Z", how=None)
        absent(db, 4, "gone", "2026-02-01T00:00:00Z", how="soft_404")
        absent(
            db, 5, "moved", "2026-01-31T00:00:00Z", how="redirected", detail="to https://elsewhere.example/5"
        )
        absent(db, 6, "missing", "2026-02-03T00:00:00Z")
    return path


@pytest.fixture
def eventful(eventful_made: Path, tmp_path: Path) -> Path:
    """A copy for a test that changes it."""
    return Path(shutil.copy(eventful_made, tmp_path / "archive.db"))


@pytest.fixture(scope="module")
def browser(eventful_made: Path) -> Iterator[Browser]:
    """For tests that only read."""
    browser = Browser(eventful_made)
    yield browser
    browser.close()


def order(page: str) -> list[str]:
    return re.findall(r'<li class="(edit|gone|moved|restored)">', page)


def test_what_counts_is_shown_newest_first_in_words(browser: Browser) -> None:
    page = browser.page("/-/changes")
    assert order(page) == ["restored", "gone", "moved", "gone", "edit"]
    text = " ".join(text_of(page).split())
    assert "Five → Twelve civilians were killed" in text
    assert "deleted: a page that says that there is no such page" in text
    assert "moved: redirects to another address to https://elsewhere.example/5" in text
    assert "there again, after it was gone" in text
    assert "deleted until 2026-02-02 00:00:00" in text
    assert 'href="/-/report/1/diff?first=1&amp;last=2"' in page
    assert 'href="/-/sources/zamanalwsl-ar"' in page


def test_switch_shows_small_edits_too(browser: Browser) -> None:
    page = browser.page("/-/changes", small="1")
    assert order(page) == ["restored", "gone", "moved", "edit", "gone", "edit"]
    assert "small edit" in page
    assert 'href="/-/changes">Only those' in page
    assert 'href="/-/changes?small=1">Small ones too' in browser.page("/-/changes")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"what": "edits"}, ["edit"]),
        ({"what": "deletions"}, ["restored", "gone", "moved", "gone"]),
        ({"source": "zamanalwsl-ar"}, ["restored", "gone"]),
        ({"source": "zamanalwsl-en", "small": "1"}, ["edit", "edit"]),
        ({"since": "2026-02-01"}, ["restored", "gone"]),
        ({"until": "2026-01-29"}, ["edit"]),
        ({"since": "2026-01-30", "until": "2026-01-31", "small": "1"}, ["moved", "edit", "gone"]),
        ({"until": "9999-12-31", "what": "edits"}, ["edit"]),
    ],
)
def test_filters(browser: Browser, asked: dict[str, str], found: list[str]) -> None:
    assert order(browser.page("/-/changes", **asked)) == found


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"source": "nobody"}, 404),
        ({"since": "yesterday"}, 400),
        ({"since": "2026-02-02", "until": "2026-02-01"}, 400),
        ({"what": "<script>"}, 400),
        ({"before": "2026"}, 400),
        ({"before": "2026-01-01T00:00:00Z,9,1"}, 400),
    ],
)
def test_what_can_not_be_asked_for_is_said(browser: Browser, asked: dict[str, str], status: int) -> None:
    page = browser.get("/-/changes", status=status, **asked).text
    assert '<p class="problem"' in page
    assert "<script>" not in page


def test_pages_hold_each_event_once_also_within_one_second(eventful: Path) -> None:
    with closing(Database(eventful)) as db:
        for number in range(3, 9):
            edit(db, 1, number, "2026-01-30T00:00:00Z", title=f"Airstrike kills {number}")
        absent(db, 2, "gone", "2026-01-30T00:00:00Z")
    with reading(eventful) as connection:
        every = events(connection, Wanted(small=True), 100).events
        for size in (1, 2, 3, 5):
            seen, before = [], None
            while True:
                page = events(connection, Wanted(small=True, before=before), size)
                seen += page.events
                if page.next is None:
                    break
                before = page.next
            assert tuple(seen) == every
    assert all(one.at >= other.at for one, other in pairwise(every))
    assert len({(event.what, event.id) for event in every}) == len(every) == 13


def test_older_ones_are_a_link_away(eventful: Path) -> None:
    with closing(Database(eventful)) as db:
        for number in range(3, 60):
            edit(db, 1, number, f"2026-02-03T00:00:{number:02}Z", title=f"Airstrike kills {number}")
    browser = Browser(eventful)
    first = browser.page("/-/changes", since="2026-01-01")
    (older,) = re.findall(r'id="older" href="([^"]*)"', first)
    second = browser.page(older.replace("&amp;", "&"))
    browser.close()
    assert order(first) == ["edit"] * 50
    assert order(second) == ["edit"] * 7 + ["restored", "gone", "moved", "gone", "edit"]
    assert 'id="newest" href="/-/changes?since=2026-01-01"' in second


def test_an_untold_change_is_no_edit(eventful: Path) -> None:
    with closing(Database(eventful)) as db:
        db["changes"].update(1, {"kinds": "[]"})
    with reading(eventful) as connection:
        assert events(connection, Wanted(what="edits", small=True, until=date(2026, 1, 29)), 9).events == ()
        with pytest.raises(InvalidInput, match="no place in the ledger"):
            events(connection, Wanted(before="x"), 9)


def test_feed_is_valid(browser: Browser) -> None:
    response = browser.get("/-/changes.atom", small="1")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    check_atom(response.content)
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert [entry.title.split(":")[0] for entry in parsed.entries] == [
        "There again", "Deleted", "Moved", "Edited", "Deleted", "Edited",
    ]  # fmt: skip
    assert parsed.entries[-1].link.endswith("/-/report/1/diff?first=1&last=2")
    assert parsed.entries[-1].updated == "2026-01-29T00:00:00Z"
    assert "→ Twelve" in parsed.entries[-1].summary
    again = browser.datasette.client.get(
        "/-/changes.atom?small=1", headers={"if-none-match": response.headers["etag"]}
    )
    assert asyncio.run(again).status_code == 304


def test_feed_of_hostile_texts_is_valid(eventful: Path) -> None:
    attack = "]]><script>alert(1)</script>&\x0b\x00\ufffe\u202e\"'"
    with closing(Database(eventful)) as db:
        db["articles"].update(1, {"title": attack, "url": "javascript:alert(1)", "language": '"><x'})
        db["sources"].update("zamanalwsl-ar", {"name": attack})
        detail = [{"kind": "number", "sentence": attack}]
        db["changes"].update(1, {"details": json.dumps(detail)})
    browser = Browser(eventful)
    content = browser.get("/-/changes.atom").content
    page = browser.page("/-/changes")
    browser.close()
    check_atom(content)
    assert b"javascript" not in content
    assert "<script>alert" not in page
    assert not re.search(r'href="javascript', page)


def check_atom(content: bytes) -> None:
    """What RFC 4287 asks of a feed and its entries."""
    feed = ET.fromstring(content)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    selves = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert len(selves) == 1
    ids = []
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (one,) = element.findall(f"{ATOM}{name}")
            assert (one.text or "").strip(), name
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated") or "")
        assert element.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
        assert element.findtext(f"{ATOM}author/{ATOM}name")
        alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(alternates) == 1
        assert str(alternates[0].get("href")).startswith("http")
        ids.append(element.findtext(f"{ATOM}id"))
    assert len(set(ids)) == len(ids)
