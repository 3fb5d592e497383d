"""How a report's address answers over time, by a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.models import (
    ArticleText,
    Extraction,
    Lead,
    Outcome,
    PageState,
    RawResponse,
    Source,
    StoredCapture,
    Visit,
)
from archive.store import Store
from archive.tables.absence import absence_of
from archive.tables.leads import RETRY_AFTER
from archive.tables.states import SURE_AFTER

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
HOME = "https://x.example/"
SOURCE = Source("x", "X News", HOME, ("en",), "Syria", None, "independent")
URL = "https://x.example/news/1"
LEAD = Lead(URL, via="feed")
TEXT = ArticleText("Strike kills five", "Five civilians were killed.", language="en")
HOUR = timedelta(hours=1)


def response(url: str, status: int, at: datetime) -> RawResponse:
    return RawResponse(url, status, "", "GET", (), (("Content-Type", "text/html"),), b"<p>x", at)


class Bench:
    """A store with one report, and the looks at its address."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.store = Store(path, clock=lambda: self.now)
        self.run = self.store.begin_run(SOURCE, "test")
        self.db = Database(path)
        self.found()

    def look(self, urls: Sequence[str] = (URL,), status: int = 200, **changes: Any) -> Outcome:
        responses = [response(url, 301, self.now) for url in urls[:-1]]
        responses.append(response(urls[-1], status, self.now))
        captures = [
            StoredCapture(one, "ab" * 32, "x.warc.gz", number) for number, one in enumerate(responses)
        ]
        lead = changes.pop("lead", LEAD)
        visit = Visit(lead, tuple(responses), **changes)
        outcome = self.store.record_visit(self.run, visit, captures)
        self.store.commit()
        return outcome

    def found(self, url: str = URL, text: ArticleText = TEXT, **changes: Any) -> Outcome:
        urls = changes.pop("urls", (url,))
        return self.look(urls, url=url, extraction=Extraction(text, extractor_version="1"), **changes)

    def missed(self, status: int = 404, **changes: Any) -> Outcome:
        return self.look(status=status, failure=Outcome.GONE, error=f"HTTP {status}", **changes)

    def blocked(self, status: int = 403) -> Outcome:
        return self.look(status=status, failure=Outcome.BLOCKED, error=f"HTTP {status}")

    def no_report(self, reason: str, urls: Sequence[str] = (URL,), **changes: Any) -> Outcome:
        extraction = Extraction(None, reason=reason)
        return self.look(
            urls, failure=Outcome.NOT_ARTICLE, error=f"{reason}: ...", extraction=extraction, **changes
        )

    def states(self) -> list[tuple[str, str | None, str, str]]:
        query = (
            "select state, how, since, last_confirmed_at from article_states where article_id = 1 order by id"
        )
        return [tuple(row) for row in self.db.execute(query)]  # type: ignore[misc]

    def names(self) -> list[str]:
        return [state for state, *_ in self.states()]

    @property
    def article(self) -> str:
        return str(self.db.execute("select state from articles where id = 1").fetchone()[0])

    @property
    def due(self) -> datetime | None:
        text = self.db.execute("select next_attempt_at from leads where url = ?", [URL]).fetchone()[0]
        return text and datetime.fromisoformat(text)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "archive.db")
    yield made
    made.store.close()
    made.db.close()


def at(hours: float) -> str:
    return (NOW + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_report_that_is_always_there_needs_no_row(bench: Bench) -> None:
    for _ in range(3):
        bench.now += HOUR
        bench.found()
    assert bench.states() == []
    assert bench.article == "live"


def test_a_single_404_is_no_deletion(bench: Bench) -> None:
    bench.now += HOUR
    bench.missed()
    assert bench.states() == [("live", None, at(0), at(0)), ("missing", "404", at(1), at(1))]
    assert bench.article == "live"


@pytest.mark.parametrize(
    ("wait", "state"), [(SURE_AFTER - timedelta(seconds=1), "missing"), (SURE_AFTER, "gone")]
)
def test_gone_is_what_was_missed_twice_a_day_apart(bench: Bench, wait: timedelta, state: str) -> None:
    bench.missed()
    bench.now += wait
    bench.missed(410)
    assert bench.names() == ["live", state]
    assert bench.article == ("gone" if state == "gone" else "live")
    (_, (_, how, since, confirmed)) = bench.states()
    assert (how, since, confirmed) == ("410", at(0), bench.now.strftime("%Y-%m-%dT%H:%M:%SZ"))


def test_the_captures_that_show_it_are_known(bench: Bench) -> None:
    bench.missed()
    bench.now += SURE_AFTER
    bench.missed()
    rows = bench.db.execute(
        "select capture_id, last_capture_id, until from article_states order by id"
    ).fetchall()
    assert rows == [(1, None, at(0)), (2, 3, None)]


def test_a_look_a_day_after_the_first_comes_by_itself(bench: Bench) -> None:
    """The frontier fetches what is due: at last, a day after the report was first missed."""
    looks = []
    while bench.article != "gone":
        bench.missed()
        looks.append((bench.now - NOW) / HOUR)
        assert bench.due is not None
        bench.now = bench.due
    assert looks == [0, 1, 7, 24]


def test_a_day_is_waited_for_even_when_all_tries_are_used_up(bench: Bench) -> None:
    for _ in RETRY_AFTER:
        bench.look(status=500, failure=Outcome.FAILED, error="HTTP 500")
        assert bench.due is not None
        bench.now = bench.due
    bench.missed()
    assert bench.due == bench.now + SURE_AFTER


def test_what_comes_back_was_restored(bench: Bench) -> None:
    bench.missed()
    bench.now += SURE_AFTER
    bench.missed()
    bench.now += HOUR
    bench.found()
    assert bench.names() == ["live", "gone", "restored"]
    assert bench.article == "live"
    bench.now += HOUR
    bench.found()
    assert bench.states()[-1] == ("restored", None, at(25), at(26))
    bench.missed()
    assert bench.names() == ["live", "gone", "restored", "missing"]


def test_what_was_missing_for_an_hour_is_merely_live_again(bench: Bench) -> None:
    bench.missed()
    bench.now += HOUR
    bench.found(text=ArticleText("Strike kills six", "Six civilians were killed."))
    assert bench.names() == ["live", "missing", "live"]
    assert bench.article == "changed"


def test_a_server_that_says_unchanged_says_that_it_is_there(bench: Bench) -> None:
    bench.missed()
    bench.now += SURE_AFTER
    bench.missed()
    bench.now += HOUR
    bench.look(status=304, not_modified=True)
    assert bench.names() == ["live", "gone", "restored"]
    assert bench.article == "live"


@pytest.mark.parametrize(
    ("reason", "urls", "how"),
    [
        ("soft_404", (URL,), "soft_404"),
        ("listing", (URL, HOME), "redirected_home"),
        ("soft_404", (URL, f"{HOME}en/"), "redirected_home"),
        ("empty", (URL, f"{HOME}index.php"), "redirected_home"),
        ("listing", (URL, f"{HOME}news/"), "redirected_to_list"),
        ("tag", (URL, f"{HOME}tag/idlib"), "redirected_to_list"),
        ("soft_404", (URL, f"{HOME}oops"), "soft_404"),
    ],
)
def test_other_ways_to_be_missing(bench: Bench, reason: str, urls: tuple[str, ...], how: str) -> None:
    for state in ("missing", "gone"):
        assert bench.no_report(reason, urls, is_passing=reason == "empty") is Outcome.NOT_ARTICLE
        assert [(one[0], one[1]) for one in bench.states()[1:]] == [(state, how)]
        if state == "missing":
            assert bench.due == bench.now + SURE_AFTER or reason == "empty"
        bench.now += SURE_AFTER


@pytest.mark.parametrize(
    ("reason", "urls", "passing"),
    [
        ("empty", (URL,), True),
        ("challenge", (URL,), True),
        ("consent_wall", (URL, HOME), True),
        ("gallery", (URL,), False),
        ("listing", (URL,), False),
        ("soft_404", (f"{URL}/", URL), True),
    ],
)
def test_what_says_nothing_of_the_report(
    bench: Bench, reason: str, urls: tuple[str, ...], passing: bool
) -> None:
    bench.no_report(reason, urls, is_passing=passing)
    assert bench.states() == []


def test_a_failure_says_nothing(bench: Bench) -> None:
    bench.look(status=503, failure=Outcome.FAILED, error="HTTP 503")
    assert bench.states() == []
    assert absence_of(Visit(LEAD, (), failure=Outcome.BLOCKED), HOME) is None  # nothing was asked


def test_a_refusal_is_no_deletion(bench: Bench) -> None:
    for hours in (0, 30):
        bench.now = NOW + hours * HOUR
        bench.blocked(451)
    assert bench.states()[1:] == [("blocked", "451", at(0), at(30))]
    assert bench.article == "blocked"
    bench.now += HOUR
    bench.missed()
    bench.now += 23 * HOUR  # the refusals before do not count
    bench.missed()
    assert bench.names() == ["live", "blocked", "missing"]
    assert bench.article == "blocked"  # as far as is sure
    bench.found()
    assert bench.names()[-1] == "live"


def test_a_report_that_redirects_has_moved(bench: Bench) -> None:
    new = "https://x.example/world/1"
    bench.found(new, urls=(URL, new))
    assert bench.states()[1:] == [("moved", "redirected", at(0), at(0))]
    assert bench.article == "moved"
    (detail,) = bench.db.execute("select detail from article_states where state = 'moved'").fetchone()
    assert detail == f"the report is at {new}"


def test_a_redirect_that_needs_not_be_followed_is_a_move(bench: Bench) -> None:
    bench.look(
        (URL, URL), status=301, failure=Outcome.DUPLICATE, error="leads to the report at https://x.example/2"
    )
    assert bench.states()[1:] == [("moved", "redirected", at(0), at(0))]


def test_a_redirect_to_a_report_of_another_site_is_a_move(bench: Bench) -> None:
    bench.look(
        (URL, "https://y.example/1"), failure=Outcome.NOT_ARTICLE, extraction=Extraction(TEXT),
        error="it redirects to https://y.example/1, which is no report of this source by its address",
    )  # fmt: skip
    assert [(one[0], one[1]) for one in bench.states()[1:]] == [("moved", "redirected")]


def test_what_was_seen_before_the_last_look_changes_nothing(bench: Bench) -> None:
    """Captures that are imported come in any order."""
    bench.now += 48 * HOUR
    bench.missed()
    bench.now += SURE_AFTER
    bench.missed()
    seen = bench.states()
    bench.now = NOW + HOUR
    bench.found()
    bench.blocked()
    assert bench.states() == seen
    assert bench.article == "gone"
    assert bench.db.execute("select last_seen_at from articles").fetchone() == (at(1),)


def test_only_one_state_holds_at_a_time(bench: Bench) -> None:
    for look in (bench.missed, bench.blocked, bench.found, bench.missed, bench.found, bench.missed):
        bench.now += HOUR
        look()
    rows = bench.db.execute(
        "select since, until from article_states where article_id = 1 order by id"
    ).fetchall()
    assert [until for _, until in rows[:-1]] == [since for since, _ in rows[1:]]
    assert rows[-1][1] is None


def test_the_states_are_those_of_the_schema(bench: Bench) -> None:
    (sql,) = bench.db.execute("select sql from sqlite_master where name = 'article_states'").fetchone()
    assert "check (state in ({}))".format(", ".join(f"'{state}'" for state in PageState)) in sql
