"""Dates: a page, its address and its lead in; one date of publication out, and a list that explains it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.models import DateCandidate
from crawler.extraction.dates.candidates import Candidate, Finds, Trust
from crawler.extraction.dates.choose import Dates, choose_dates
from crawler.extraction.dates.frame import make_frame
from crawler.extraction.dates.stamps import read_stamp
from crawler.extraction.dates.text import Context, read_words
from crawler.extraction.metadata.read import Metadata, read_metadata
from crawler.extraction.page import Hints, Page

NOW = datetime(2026, 1, 25, 12, 0, tzinfo=UTC)
HERE = Context("en", month_first=False, now=datetime(2026, 1, 25, 12, 0))  # noqa: DTZ001 - a wall clock
URL = "https://a.example/x"
TITLE = "Shelling of Saraqeb market kills five civilians"
DAMASCUS = "Asia/Damascus"


def candidate(text: str, origin: str, trust: Trust) -> Candidate:
    return Candidate(read_stamp(text) or read_words(text, HERE), origin, trust, text)


def weigh(*published: Candidate, modified: tuple[Candidate, ...] = (), zone: str | None = None) -> Dates:
    finds = Finds(published, modified)
    return choose_dates(finds, make_frame(NOW, Hints(time_zone=zone), URL, finds))


def chosen(*candidates: Candidate, zone: str | None = None) -> tuple[str, str, str] | None:
    found = weigh(*candidates, zone=zone).published
    return found and (found.moment.isoformat(), found.precision, found.origin)


def read(head: str = "", body: str = "", hints: Hints | None = None, url: str = URL) -> Metadata:
    markup = f"<html lang='en'><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    return read_metadata(Page(url, lxml.html.document_fromstring(markup), "utf-8", NOW), hints or Hints())


def told(found: Metadata) -> tuple[str, str] | None:
    return found.published and (f"{found.published.moment:%Y-%m-%dT%H:%M}", found.published.origin)


def verdicts(found: Metadata) -> dict[str, str]:
    return {f"{row.role} {row.origin}": row.verdict for row in found.date_candidates}


def ld(**values: str) -> str:
    pairs = ", ".join(f'"{key}": "{value}"' for key, value in values.items())
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {pairs}}}</script>'


def test_json_ld_is_trusted_before_metas_and_text() -> None:
    assert chosen(
        candidate("20 January 2026", "text", Trust.TEXT),
        candidate("2026-01-22T10:00:00Z", "meta:date", Trust.META),
        candidate("2026-01-24T18:04:11+02:00", "json-ld:datePublished", Trust.JSON_LD),
    ) == ("2026-01-24T16:04:11+00:00", "second", "json-ld:datePublished")


def test_a_time_is_added_to_a_day_only_from_the_same_day() -> None:
    day = candidate("2026-01-24", "json-ld:datePublished", Trust.JSON_LD)
    same = candidate("2026-01-24T00:30:00+03:00", "time[datetime]", Trust.TIME)  # still the 23rd in UTC
    other = candidate("2026-01-23 10:00", "time[datetime]", Trust.TIME)
    assert chosen(day, same) == ("2026-01-23T21:30:00+00:00", "second", "json-ld:datePublished+time")
    assert chosen(day, other) == ("2026-01-24T00:00:00+00:00", "day", "json-ld:datePublished")
    assert [(row.origin, row.verdict) for row in weigh(day, same).candidates] == [
        ("json-ld:datePublished+time", "chosen"),
        ("json-ld:datePublished", "the day that was chosen, without a time"),
        ("time[datetime]", "gave the chosen day its time"),
    ]


def test_a_bare_clock_is_the_pages_then_the_sources_then_utc() -> None:
    bare = candidate("2026-01-24 18:04:11", "meta:date", Trust.META)
    twin = candidate("2026-01-24T18:04:59+02:00", "time[datetime]", Trust.TIME)
    assert chosen(bare) == ("2026-01-24T18:04:11+00:00", "second", "meta:date")
    assert chosen(bare, zone=DAMASCUS) == ("2026-01-24T15:04:11+00:00", "second", "meta:date")
    assert chosen(bare, twin) == ("2026-01-24T16:04:11+00:00", "second", "meta:date")
    assert chosen(bare, twin, zone="Asia/Tokyo") == ("2026-01-24T16:04:11+00:00", "second", "meta:date")


def test_the_same_second_in_utc_gives_a_bare_clock_its_offset() -> None:
    bare = candidate("2026-01-24 18:04:11", "meta:date", Trust.META)
    twin = candidate("2026-01-24T15:04:11Z", "time[datetime]", Trust.TIME)
    other = candidate("2026-01-24T15:04:12Z", "time[datetime]", Trust.TIME)
    assert chosen(bare, twin) == ("2026-01-24T15:04:11+00:00", "second", "meta:date")
    assert chosen(bare, other) == ("2026-01-24T18:04:11+00:00", "second", "meta:date")


def test_a_stamp_that_says_utc_and_is_in_the_future_is_the_sources_own_clock() -> None:
    ahead = candidate("2026-01-25T14:30:00Z", "json-ld:datePublished", Trust.JSON_LD)
    assert chosen(ahead) is None
    assert chosen(ahead, zone=DAMASCUS) == ("2026-01-25T11:30:00+00:00", "second", "json-ld:datePublished")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("2026-01-25T12:00:00Z", "chosen"),
        ("2026-01-25T12:00:01Z", "after the fetch"),
        ("2026-01-25T20:00:00", "chosen"),  # may be an hour ago, in the Pacific
        ("2026-01-26", "chosen"),
        ("2026-01-27", "after the fetch"),
        ("1994-12-31", "before 1995"),
        ("1995-01-01", "chosen"),
        ("0000-00-00", "no date that can be read, or none of our time"),
        ("9999-12-31", "no date that can be read, or none of our time"),
        ("soon", "no date that can be read, or none of our time"),
    ],
)
def test_no_date_is_in_the_future_or_before_the_web(text: str, verdict: str) -> None:
    found = weigh(candidate(text, "meta:date", Trust.META))
    assert [row.verdict for row in found.candidates] == [verdict]
    assert (found.published is not None) is (verdict == "chosen")


def test_a_change_is_never_before_the_publication() -> None:
    published = candidate("2026-01-24T10:00:00Z", "json-ld:datePublished", Trust.JSON_LD)
    early = candidate("2026-01-23T10:00:00Z", "json-ld:dateModified", Trust.JSON_LD)
    late = candidate("2026-01-24T11:00:00Z", "meta:article:modified_time", Trust.META)
    assert weigh(published, modified=(early,)).modified_at is None
    found = weigh(published, modified=(early, late))
    assert found.modified_at == datetime(2026, 1, 24, 11, tzinfo=UTC)
    assert [(row.origin, row.verdict) for row in found.candidates if row.role == "modified"] == [
        ("meta:article:modified_time", "chosen"),
        ("json-ld:dateModified", "before the publication"),
    ]


def test_a_date_that_is_only_the_last_changes_gives_way_to_an_earlier_one() -> None:
    changed = candidate("2026-01-24T15:00:00Z", "meta:article:modified_time", Trust.META)
    wrong = candidate("2026-01-24T15:00:01Z", "meta:dc.date.issued", Trust.META)
    right = candidate("2026-01-24T08:22:57+02:00", "time[datetime]", Trust.TIME_MARKED)
    vague = candidate("2026-01-24T08:22:57+02:00", "time[datetime]", Trust.TIME)
    found = weigh(wrong, right, modified=(changed,))
    assert found.published is not None
    assert found.published.origin == "time[datetime]"
    assert [row.verdict for row in found.candidates if row.origin == "meta:dc.date.issued"] == [
        "the moment of the last change"
    ]
    kept = weigh(wrong, vague, modified=(changed,)).published
    assert kept is not None
    assert kept.origin == "meta:dc.date.issued"


def test_a_day_keeps_its_printed_day_whatever_the_zone() -> None:
    day = candidate("2026-01-24", "url", Trust.URL)
    assert chosen(day, zone="Asia/Tokyo") == ("2026-01-24T00:00:00+00:00", "day", "url")


def test_the_list_is_bounded_and_names_each_date_once() -> None:
    many = [
        candidate(f"2026-01-{1 + n // 60:02d}T10:{n % 60:02d}:00Z", "time[datetime]", Trust.TIME)
        for n in range(90)
    ]
    changed = candidate("2026-01-24T15:00:00Z", "json-ld:dateModified", Trust.JSON_LD)
    found = weigh(*many, *many, modified=(changed,)).candidates
    assert len(found) == 40
    assert len(set(found)) == 40
    assert [row.role for row in found if row.verdict == "chosen"] == ["published", "modified"]
    long = Candidate(read_stamp("2026-01-24"), "text", Trust.TEXT, "x" * 5_000)
    assert len(weigh(long).candidates[0].text) == 120


def test_every_candidate_is_listed_with_its_origin() -> None:
    found = read(
        ld(datePublished="2026-01-24T18:04:11+02:00", dateModified="2026-01-24T19:00:00+02:00")
        + '<meta property="article:published_time" content="2026-01-24T16:04:11Z">'
        + '<meta name="pubdate" content="tomorrow">'
        + '<meta name="date" content="2026-01-20">',
        f"<h1>{TITLE}</h1><time datetime='2026-01-24T15:00:00Z'>17:00</time>",
        Hints(published_at=datetime(2026, 1, 24, 16, 10, tzinfo=UTC), via="sitemap"),
        "https://a.example/2026/01/24/x",
    )
    assert verdicts(found) == {
        "published json-ld:datePublished": "chosen",
        "modified json-ld:dateModified": "chosen",
        "published meta:article:published_time": "the same instant",
        "published meta:pubdate": "no date that can be read, or none of our time",
        "published meta:date": "less trusted than json-ld:datePublished",
        "published time[datetime]": "less trusted than json-ld:datePublished",
        "published url": "the same day",
        "published sitemap": "less trusted than json-ld:datePublished",
    }
    assert found.date_candidates[0] == DateCandidate(
        "published", datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC), "second", "json-ld:datePublished",
        "2026-01-24T18:04:11+02:00", "chosen",
    )  # fmt: skip


@pytest.mark.parametrize("via", ["feed", "sitemap", "listing", "manual", None])
def test_the_lead_tells_the_date_where_the_page_does_not(via: str | None) -> None:
    hints = Hints(published_at=datetime(2026, 1, 24, 16, 5, tzinfo=UTC), via=via)  # type: ignore[arg-type]
    assert told(read(body=f"<h1>{TITLE}</h1>", hints=hints)) == ("2026-01-24T16:05", via or "feed")


def test_a_leads_midnight_is_a_mere_day() -> None:
    hints = Hints(published_at=datetime(2026, 1, 24, tzinfo=UTC), via="sitemap", time_zone=DAMASCUS)
    found = read(body=f"<h1>{TITLE}</h1><p class='date'>24/01/2026 18:04</p>", hints=hints)
    assert told(found) == ("2026-01-24T15:04", "text")
    alone = read(body=f"<h1>{TITLE}</h1>", hints=hints).published
    assert alone is not None
    assert (alone.moment, alone.precision) == (datetime(2026, 1, 24, tzinfo=UTC), "day")


def test_a_sitemaps_lastmod_is_listed_and_a_bound_and_neither_date_of_the_report() -> None:
    hints = Hints(modified_at=datetime(2026, 1, 20, 10, 0, tzinfo=UTC), via="sitemap")
    found = read(body=f"<h1>{TITLE}</h1>", hints=hints)
    assert found.published is None
    assert found.modified_at is None  # a comment moves it too
    assert verdicts(found) == {"modified sitemap": "of the whole page, whichever part of it changed"}
    later = read(body=f"<h1>{TITLE}</h1><p>24 January 2026</p>", hints=hints)
    assert told(later) is None  # an event's date, or a calendar's: the page was there four days before
    assert verdicts(later)["published text"] == "after the last change that is known"
    called_so = read(body=f"<h1>{TITLE}</h1><p>Published: 24 January 2026</p>", hints=hints)
    assert told(called_so) == ("2026-01-24T00:00", "text")  # not every sitemap keeps its word
    changed = '<meta property="article:modified_time" content="2026-01-20T10:00:00Z">'
    assert read(changed, f"<h1>{TITLE}</h1><p>Published: 24 January 2026</p>").published is None


FEED = Hints(published_at=datetime(2026, 1, 20, 10, 0, tzinfo=UTC), via="feed")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # What the page's own data say is believed before the feed, what only stands beside the headline is not.
        (ld(datePublished="2026-01-17T09:00:00Z"), "", ("2026-01-17T09:00", "json-ld:datePublished")),
        ("", "<p>17 January 2026</p>", ("2026-01-20T10:00", "feed")),
        ("", "<p>24 January 2026</p>", ("2026-01-20T10:00", "feed")),
        ("", "<time datetime='2026-01-24T08:00:00Z'>x</time>", ("2026-01-20T10:00", "feed")),
        # Feeds bring a report up again when it changes, so an earlier date that is called so stands.
        ("", "<p>Published: 17 January 2026</p>", ("2026-01-17T00:00", "text")),
        ("", "<p>Published: 24 January 2026</p>", ("2026-01-20T10:00", "feed")),
        # They agree on the day: the feed adds the time.
        ("", "<p>20 January 2026</p>", ("2026-01-20T10:00", "text+feed")),
        ("", "<p>5 days ago</p>", ("2026-01-20T10:00", "feed")),
    ],
)
def test_where_page_and_feed_differ_by_days(head: str, body: str, expected: tuple[str, str]) -> None:
    assert told(read(head, f"<h1>{TITLE}</h1>{body}", FEED)) == expected


CALENDARS = [
    "<div class='x'>Sunday, 25 January 2026</div>",
    "<div class='date'>Sunday, 25 January 2026</div>",
    "<div class='x'>25/01/2026 11:58</div>",
    "<div class='x'><time datetime='2026-01-25'>25 January</time></div>",
    "<div class='top-bar'><span class='date'>24 January 2026</span></div>",  # from a cache
    "<header><span class='published'>24 January 2026</span></header>",
    "<div class='today'>٢٥ كانون الثاني ٢٠٢٦</div>",
]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_todays_date_above_every_story_is_not_believed(calendar: str) -> None:
    alone = read(body=f"{calendar}<h1>{TITLE}</h1>")
    assert alone.published is None
    assert {row.verdict for row in alone.date_candidates} <= {
        "shown above every story: today's date",
        "in the head of the site",
    }
    assert alone.date_candidates
    both = read(body=f"{calendar}<h1>{TITLE}</h1><p>20 January 2026</p>")
    assert told(both) == ("2026-01-20T00:00", "text")


def test_todays_date_of_a_page_without_a_headline_is_not_believed() -> None:
    found = read(body="<p class='date'>Sunday, 25 January 2026</p><p>Five were killed.</p>")
    assert found.published is None
    assert verdicts(found) == {"published text": "shown above every story: today's date"}


def test_a_report_of_today_has_its_date_below_the_headline() -> None:
    assert told(read(body=f"<h1>{TITLE}</h1><p>25 January 2026</p>")) == ("2026-01-25T00:00", "text")
    assert told(read(body=f"<p>2 hours ago</p><h1>{TITLE}</h1>")) == ("2026-01-25T00:00", "text")
    assert told(read(body=f"<p class='date'>24 January 2026</p><h1>{TITLE}</h1>")) == (
        "2026-01-24T00:00",
        "text",
    )


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://a.example/2020/Aug/1/x", "today's date, and the address names another month"),
        ("https://a.example/2026/01/20/x", "the address names another day"),
    ],
)
def test_the_address_speaks_against_todays_date(url: str, verdict: str) -> None:
    found = read(body=f"<h1>{TITLE}</h1><p>25 January 2026</p>", url=url)
    assert verdicts(found)["published text"] == verdict


@pytest.mark.parametrize(
    "line",
    [
        "<p>1 day ago</p>",
        "<p>24 January</p>",
    ],
)
def test_what_is_told_from_the_fetch_comes_after_what_the_page_says(line: str) -> None:
    found = read(body=f"<h1>{TITLE}</h1>{line}<p>24 January 2018</p>")
    assert told(found) == ("2018-01-24T00:00", "text")
    assert told(read(body=f"<h1>{TITLE}</h1>{line}")) == ("2026-01-24T00:00", "text")


@pytest.mark.parametrize(
    "line",
    [
        "<p class='caption'>24 January 2018</p>",
        "<p>Archive photo, 24 January 2018</p>",
        "<figure><figcaption>24 January 2018</figcaption></figure>",
        "<a href='/other'>24 January 2018</a>",
        "<article><span class='entry-date'>24 January 2018</span></article>",  # of another report
        "<div class='related'>24 January 2018</div>",
    ],
)
def test_dates_of_pictures_and_of_other_reports_are_not_the_pages(line: str) -> None:
    assert read(body=f"<article><h1>{TITLE}</h1></article>{line}").published is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<x-timestamp data-timestamp='1769277851000'></x-timestamp>", ("2026-01-24T18:04", "attribute:data-timestamp")),
        ("<span itemprop='datePublished' content='2026-01-24T18:04:11Z'></span>", ("2026-01-24T18:04", "attribute:content")),
        ("<abbr class='published' title='2026-01-24T18:04:11Z'>Saturday</abbr>", ("2026-01-24T18:04", "attribute:title")),
        ("<aside><div class='publication-date'>24 January 2026, 18:04</div></aside>", ("2026-01-24T18:04", "text")),
        ("<div>" + "<p>Five were killed.</p>" * 90 + "<ul><li>Date 24 January 2026</li></ul></div>", ("2026-01-24T00:00", "text")),
    ],
)  # fmt: skip
def test_where_else_a_page_may_show_its_date(line: str, expected: tuple[str, str]) -> None:
    assert told(read(body=f"<h1>{TITLE}</h1>{line}")) == expected


def test_the_words_of_a_page_are_not_searched_where_its_data_tell_the_moment() -> None:
    page = f"<h1>{TITLE}</h1><p>20 January 2026</p>"
    assert verdicts(read(ld(datePublished="2026-01-24T18:04:11Z"), page)) == {
        "published json-ld:datePublished": "chosen"
    }
    assert "published text" in verdicts(read(ld(datePublished="2026-01-24"), page))


ODD = st.sampled_from(
    ["2026-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00", "0000-00-00", "2024-02-29", "2026-01-24T18:04:11+25:00",
     "2026-01-24T24:00:00Z", "1447/13/40", "5 شعبان 1447", "31 November 2025", "99999999999999", "-1", "\x00", "{{ date }}",
     "2026-01-24T18:04:11.123456789Z", "31 12 9999", "2 hours ago", "منذ ساعتين", "12/31/1994 23:59"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        ODD | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30), min_size=4, max_size=4
    ),
    st.sampled_from([None, DAMASCUS, "Pacific/Kiritimati"]),
    st.datetimes(datetime(1996, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
)
def test_no_page_raises_and_each_choice_is_in_the_list(
    texts: list[str], zone: str | None, hint: datetime
) -> None:
    one, two, three, four = (
        text.replace("<", "").replace("'", "").replace('"', "").replace("\\", "") for text in texts
    )
    found = read(
        ld(datePublished=one, dateModified=two) + f"<meta name='date' content='{three}'>",
        f"<p class='date'>{two}</p><h1>{TITLE}</h1><p class='date'>{four}</p><time datetime='{one}'>{three}</time>",
        Hints(time_zone=zone, published_at=hint, modified_at=hint - timedelta(days=1), via="feed"),
    )
    for role, moment in (
        ("published", found.published and found.published.moment),
        ("modified", found.modified_at),
    ):
        rows = [row for row in found.date_candidates if row.role == role and row.verdict == "chosen"]
        assert [row.moment for row in rows] == ([moment] if moment else [])
        assert moment is None or moment <= NOW + timedelta(hours=24)


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", None])
def test_a_feed_that_gives_the_year_9999_gives_no_date(moment: datetime, zone: str | None) -> None:
    hints = Hints(published_at=moment, time_zone=zone, via="feed")
    told = read("", "<h1>Shelling hits a market in the old town</h1>", hints=hints)
    assert told.published is None
