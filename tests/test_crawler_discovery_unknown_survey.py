"""What is asked of a site that nobody has described, in which order, and what counts as found."""

from __future__ import annotations

import contextlib
import pickle
import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Lead
from crawler.discovery.sitemaps import SitemapChild
from crawler.discovery.unknown.draft import Remarks, draft
from crawler.discovery.unknown.entries import country_of, entry_for, learn, site_entry, source_id
from crawler.discovery.unknown.places import is_comments, newest_children
from crawler.discovery.unknown.survey import MAX_ASKS, Ask, Found, Survey, look
from crawler.errors import DiscoveryError
from crawler.sources.loader import load_file
from tests.sites.awkward import Answer, Page, Site, links, rss, sitemap
from tests.sites.unknown import MAKES, PLACES, arabic, nav, old_php, only_a_homepage, page, teasers, wordpress

HOME = "http://127.0.0.1:8080"
NEWS = [
    (f"/news/{5000 + number}/", f"A shell hits the market of {place}") for number, place in enumerate(PLACES)
]


def survey(pages: dict[str, Page], homepage: str = HOME + "/") -> tuple[Found, list[str]]:
    """Drive a survey over pages by their paths, or full addresses; return what it found and what it asked."""
    made, asked = Survey(homepage), []
    waiting = made.first()
    while waiting:
        ask = waiting.pop(0)
        asked.append(unquote(ask.url.removeprefix(HOME)))
        url = ask.url
        answer = answer_of(pages, url)
        while answer.status == 302:
            url = dict(answer.headers)["Location"]
            answer = answer_of(pages, url)
        if answer.status == 0:
            waiting += made.failed(ask, "the server refuses connections")
        else:
            waiting += made.read(ask, answer.status, answer.body, answer.content_type, url)
    return made.found(), asked


def answer_of(pages: dict[str, Page], url: str) -> Answer:
    known = {unquote(path): answer for path, answer in pages.items()}
    answer = known.get(unquote(url.removeprefix(HOME)), Answer(b"no", 404))
    assert isinstance(answer, Answer)
    return answer


def of(make: Callable[[Site], dict[str, Page]]) -> dict[str, Page]:
    return make(Site(port=8080))


def urls(endpoints: object) -> list[str]:
    assert isinstance(endpoints, tuple)
    return [unquote(each.url.removeprefix(HOME)) for each in endpoints]


# -- sites ------------------------------------------------------------------------------------------------------


def test_what_a_site_declares_is_all_that_is_asked() -> None:
    found, asked = survey(of(wordpress))
    assert asked[:2] == ["/robots.txt", "/"]
    assert sorted(asked[2:]) == ["/feed/", "/talk.xml", "/wp-sitemap-posts-post-1.xml",
                                 "/wp-sitemap-taxonomies-tag-1.xml", "/wp-sitemap.xml"]  # fmt: skip
    assert urls(found.feeds) == ["/feed/"]
    assert urls(found.sitemaps) == ["/wp-sitemap.xml"]
    assert found.listings == ()
    assert (found.feeds[0].why, found.sitemaps[0].why) == (
        "the homepage declares it (link rel=alternate)",
        "robots.txt names it",
    )
    assert len(found.feeds[0].leads) == 10
    assert any("talk.xml: lists comments" in note for note in found.notes)
    assert found.robots_status == 200


def test_usual_places_come_next_one_of_each_kind_at_a_time() -> None:
    pages: dict[str, Page] = {
        "/": page(teasers(NEWS)),
        "/rss.xml": rss(*((HOME + path, None) for path, _ in NEWS)),
    }
    found, asked = survey(pages)
    assert asked == ["/robots.txt", "/", "/feed/", "/sitemap_index.xml", "/rss.xml", "/sitemap.xml"]
    assert urls(found.feeds) == ["/rss.xml"]
    assert found.notes[-1] == "nothing at /feed/, /sitemap_index.xml, /sitemap.xml"


@pytest.mark.parametrize(
    "answer",
    [
        page(teasers(NEWS)),  # a page where a 404 should be
        rss(("https://other.example/news/5000", None)),
        rss(),
        Answer(b"<rss><channel><item>"),
        rss(*((f"{HOME}{path}#comment-7", None) for path, _ in NEWS)),
    ],
)
def test_what_is_no_feed_of_this_site_does_not_count(answer: Answer) -> None:
    found, _ = survey({"/": page(teasers(NEWS)), "/feed/": answer})
    assert found.feeds == ()
    assert any("/feed/" in note for note in found.notes)


@pytest.mark.parametrize(
    "answer",
    [
        sitemap((f"{HOME}/about-us/", None), (f"{HOME}/tag/war/", None)),
        sitemap(("https://other.example/news/5000", None)),
    ],
)
def test_a_sitemap_without_reports_does_not_count(answer: Answer) -> None:
    found, _ = survey({"/": page(teasers(NEWS)), "/sitemap.xml": answer})
    assert found.sitemaps == ()
    assert any("/sitemap.xml: lists no address that looks like a report" in note for note in found.notes)


def test_sections_come_last() -> None:
    found, asked = survey(of(old_php))
    assert len(asked) == 14
    assert asked[-2:] == ["/news/cat.php?id=1", "/news/cat.php?id=2"]
    assert urls(found.listings) == ["/", "/news/cat.php?id=1", "/news/cat.php?id=2"]
    assert all("newse.php" in lead.url for listing in found.listings for lead in listing.leads)


def test_a_section_that_has_only_the_sidebar_of_all_is_none() -> None:
    sidebar = f"<aside>{teasers(NEWS[:4])}</aside>"
    menu = nav(("/syria/", "Syria"), ("/staff/", "Staff"), ("/shop/", "Shop"), ("/yemen/", "Yemen"))
    pages: dict[str, Page] = {
        "/": page(menu, teasers(NEWS)),
        "/staff/": page(menu, sidebar),
        "/shop/": page(menu, sidebar),
    }
    pages |= {
        "/syria/": page(menu, teasers(NEWS[4:8]), sidebar),
        "/yemen/": page(menu, teasers(NEWS[8:]), sidebar),
    }
    found, asked = survey(pages)
    assert {"/staff/", "/shop/"} < set(asked)
    assert urls(found.listings) == ["/", "/syria/", "/yemen/"]


def test_a_site_of_one_page_and_one_of_arabic_addresses() -> None:
    found, asked = survey(of(only_a_homepage))
    assert urls(found.listings) == ["/"]
    assert not any("calendar" in url for url in asked)
    found, _ = survey(of(arabic))
    assert urls(found.listings) == ["/"]
    assert len(found.listings[0].leads) == 6


@pytest.mark.parametrize("make", MAKES.values())
def test_no_survey_asks_more_than_it_may(make: Callable[[Site], dict[str, Page]]) -> None:
    _, asked = survey(of(make))
    assert len(asked) == len(set(asked)) <= MAX_ASKS


def test_feeds_are_found_by_links_too_and_each_once() -> None:
    feed = rss(*((HOME + path, None) for path, _ in NEWS))
    head = page(
        '<a href="/rss.php"><img src=x></a><a href="/comments/rss">Comments</a><a href="/feed/atom/">Atom</a>'
    )
    found, asked = survey({"/": head, "/rss.php": feed, "/feed/atom/": feed})
    assert urls(found.feeds) == ["/rss.php"]
    assert "/comments/rss" not in asked
    assert any("lists nothing that another feed does not list" in note for note in found.notes)


# -- what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503, 429, 0])
def test_nothing_is_asked_where_robots_can_t_be_had(status: int) -> None:
    found, asked = survey({"/robots.txt": Answer(b"busy", status), "/": page(teasers(NEWS))})
    assert asked == ["/robots.txt", "/"]  # both were asked at once
    assert found.unreachable is not None
    assert "nothing may be fetched" in found.unreachable
    assert found.endpoints() == () or found.feeds == found.sitemaps == ()


@pytest.mark.parametrize(
    ("status", "says"), [(403, "HTTP 403"), (404, "HTTP 404"), (0, "refuses connections")]
)
def test_a_homepage_that_can_t_be_read_ends_it(status: int, says: str) -> None:
    found, asked = survey({"/": Answer(b"", status)})
    assert asked == ["/robots.txt", "/"]
    assert found.unreachable is not None
    assert says in found.unreachable


def test_a_homepage_elsewhere_is_followed_and_its_robots_asked() -> None:
    moved = "https://www.news.example"
    pages: dict[str, Page] = {
        "/": Answer(status=302, headers=(("Location", f"{moved}/en/"),)),
        "/robots.txt": Answer(b"Sitemap: https://other.example/sitemap.xml"),
        f"{moved}/en/": page(teasers(NEWS)),
        f"{moved}/robots.txt": Answer(f"Sitemap: {moved}/news.xml".encode()),
        f"{moved}/news.xml": sitemap((f"{moved}/news/5000/", None)),
    }
    found, asked = survey(pages)
    assert asked == ["/robots.txt", "/", f"{moved}/robots.txt", f"{moved}/news.xml"]
    assert found.homepage == f"{moved}/en/"
    assert urls(found.sitemaps) == [f"{moved}/news.xml"]
    assert any("names sitemaps of other sites" in note for note in found.notes)


def test_a_homepage_that_only_leads_on_is_followed_a_few_times() -> None:
    refresh = '<meta http-equiv="refresh" content="0; url={}">'
    found, asked = survey({"/": page(head=refresh.format("/ar/")), "/ar/": page(teasers(NEWS))})
    assert asked[:3] == ["/robots.txt", "/", "/ar/"]
    assert found.homepage == f"{HOME}/ar/"
    endless = {f"/{number}": page(head=refresh.format(f"/{number + 1}")) for number in range(50)}
    _, asked = survey({"/": page(head=refresh.format("/0")), **endless})
    assert "/5" not in asked


def test_an_index_of_indexes_without_end() -> None:
    def index(number: int) -> Answer:
        children = "".join(f"<sitemap><loc>{HOME}/{number + step}.xml</loc></sitemap>" for step in (1, 2, 3))
        return Answer(f"<sitemapindex>{children}</sitemapindex>".encode())

    pages: dict[str, Page] = {f"/{number}.xml": index(number) for number in range(200)}
    _, asked = survey({"/": page(), "/robots.txt": Answer(f"Sitemap: {HOME}/0.xml".encode()), **pages})
    assert len(asked) == MAX_ASKS


BODIES = st.sampled_from([
    b"", b"<rss><channel>", b"\x1f\x8b", links("/news/5000", "/feed/", "/en/", "//x.example/feed").body, page().body,
    sitemap((f"{HOME}/news/5000", None)).body, rss((f"{HOME}/news/5001", None)).body, f"Sitemap: {HOME}/s.xml".encode(),
    f"<sitemapindex><sitemap><loc>{HOME}/a.xml</loc></sitemap></sitemapindex>".encode(), page(nav(("/a", "A"))).body,
    page(head='<meta http-equiv=refresh content="0;url=http://10.0.0.1/"><link rel=alternate type=text/xml href=/f>').body,
])  # fmt: skip


@given(st.data())
def test_no_answers_make_it_fail_or_go_on_for_ever(data: st.DataObject) -> None:
    made, asked = Survey(f"{HOME}/"), 0
    waiting = made.first()
    while waiting:
        ask = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        asked += 1
        status = data.draw(st.sampled_from([200, 200, 200, 404, 503, 301, 0]))
        url = data.draw(st.sampled_from([ask.url, f"{HOME}/other", "https://away.example/"]))
        if status == 0:
            waiting += made.failed(ask, "no")
        else:
            sight = look(ask, status, data.draw(BODIES), "text/html", url)
            waiting += made.take(pickle.loads(pickle.dumps(sight)))  # noqa: S301 - as it comes from a worker
    assert asked <= MAX_ASKS
    found = made.found()
    with contextlib.suppress(DiscoveryError):  # nothing looks like a report
        entry_for(f"{HOME}/", found)


# -- what only looks like one -----------------------------------------------------------------------------------


def test_comments_are_no_reports() -> None:
    assert is_comments(
        [Lead("https://x.example/a#comment-1", "feed"), Lead("https://x.example/b#comments", "feed")]
    )
    assert not is_comments([Lead("https://x.example/a#top", "feed"), Lead("https://x.example/b", "feed")])


def test_the_sitemaps_of_an_index_that_hold_reports_come_first() -> None:
    names = [
        "page-sitemap.xml",
        "category-sitemap.xml",
        "sitemap-2.xml",
        "post-sitemap.xml",
        "tag-news-sitemap.xml",
    ]
    ordered = newest_children([SitemapChild(f"{HOME}/{name}") for name in names])
    assert urls_of(ordered)[:2] == ["post-sitemap.xml", "sitemap-2.xml"]
    assert ordered[-1].endswith(("page-sitemap.xml", "category-sitemap.xml"))


def urls_of(addresses: list[str]) -> list[str]:
    return [urlsplit(url).path.lstrip("/") for url in addresses]


# -- entries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.sana.sy/", "sana"),
        ("https://en.zamanalwsl.net/x", "zamanalwsl-en"),
        ("https://nna-leb.gov.lb", "nna-leb"),
        ("http://127.0.0.1:8080/", "site-127-0-0-1-8080"),
        ("http://[::1]/", "site-1"),
        ("https://one.wordpress.com", "one"),
        ("https://أخبار.example/", "xn-igbicxr"),
    ],
)
def test_ids(url: str, expected: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", source_id(url))
    assert source_id(url) == expected
    assert re.fullmatch(r"site-[a-z0-9-]+", site_entry(url).id)


def test_an_entry_to_begin_with() -> None:
    entry = site_entry("https://www.example.org/en/")
    assert (entry.id, entry.name, entry.languages) == ("site-example-org", "example.org", ("und",))
    assert entry.feeds == entry.sitemaps == entry.listings == ()
    assert re.search(entry.article_pattern, "http://news.example.org/x")
    assert not re.search(entry.article_pattern, "http://badexample.org/x")
    with pytest.raises(ValueError, match="not an http"):
        site_entry("mailto:x@example.org")


@pytest.mark.parametrize(("url", "code"), [("https://sana.sy/", "SY"), ("https://x.co.uk/", "GB"), ("https://syria.tv", None),
                                           ("https://x.example", None), ("http://127.0.0.1/", None)])  # fmt: skip
def test_countries(url: str, code: str | None) -> None:
    assert country_of(url) == code


def test_an_entry_of_what_was_found() -> None:
    found, _ = survey(of(wordpress))
    entry = entry_for(f"{HOME}/", found)
    assert entry.feeds == (f"{HOME}/feed/",)
    assert entry.sitemaps == (f"{HOME}/wp-sitemap.xml",)
    assert (entry.name, entry.languages, entry.verified) == ('Front Line "Review"', ("en",), False)
    assert entry.article_pattern == r"^https?://(?:www\.)?127\.0\.0\.1:8080/\d{4}/\d{2}/\d{1,2}/[^/?#]+/?$"
    assert len(entry.examples) == 4


@pytest.mark.parametrize("make", [wordpress, old_php, arabic, only_a_homepage])
def test_the_pattern_takes_every_report_of_the_site_and_nothing_else(
    make: Callable[[Site], dict[str, Page]],
) -> None:
    pages = of(make)
    learned = learn(survey(pages)[0])
    reports = {
        unquote(path)
        for path, answer in pages.items()
        if isinstance(answer, Answer) and b"<article>" in answer.body
    }
    links_of_all = {unquote(each.url.removeprefix(HOME)) for each in learned.reports} | set(
        map(unquote, learned.others)
    )
    linked = {
        path
        for path in links_of_all | set(map(unquote, pages))
        if re.search(learned.induced.pattern, HOME + path)
    }
    assert linked == reports
    assert learned.induced.covered == learned.induced.total == len(reports)
    assert learned.others


def test_what_a_crawl_saw_teaches_too() -> None:
    found, _ = survey({"/": page(teasers(NEWS))})
    assert not re.search(learn(found).induced.pattern, f"{HOME}/read/raid")
    assert re.search(learn(found, [f"{HOME}/read/raid"]).induced.pattern, f"{HOME}/read/raid")


def test_odd_addresses_become_ones_that_the_catalogue_takes() -> None:
    head = '<link rel=alternate type=application/rss+xml href="/feed/{page}/a b/أخبار">'
    feed = rss(*((HOME + path, None) for path, _ in NEWS))
    found, _ = survey({"/": page(head=head), "/feed/{page}/a b/أخبار": feed})
    entry = entry_for(f"{HOME}/", found)
    assert entry.feeds == (f"{HOME}/feed/%7Bpage%7D/a%20b/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1",)
    text = draft(entry, found, learn(found), Remarks(date(2026, 11, 23), "nothing tells it"))
    assert type(entry).model_validate(tomllib.loads(text)) == entry


def test_nothing_is_learned_where_nothing_is_a_report() -> None:
    found, _ = survey({"/": page(nav(("/about-us", "About us")))})
    with pytest.raises(DiscoveryError, match=r"no address at .* looks like that of a report"):
        entry_for(f"{HOME}/", found)


FOUND = survey({"/": page(teasers(NEWS))})[0]
LEARNED = learn(FOUND)
NASTY = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(NASTY, NASTY)
def test_a_draft_is_read_back_as_it_was_meant(name: str, note: str) -> None:
    entry = entry_for(f"{HOME}/", FOUND, learned=LEARNED, name=name, private=True)
    text = draft(entry, FOUND, LEARNED, Remarks(date(2026, 11, 23), note, (note,)))
    values = tomllib.loads(text)
    assert type(entry).model_validate(values) == entry
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_draft_is_a_source_of_the_catalogue(tmp_path: Path) -> None:
    found, _ = survey(of(wordpress))
    learned = learn(found)
    entry = entry_for(f"{HOME}/", found, learned=learned, entry_id="front-line")
    text = draft(
        entry,
        found,
        learned,
        Remarks(date(2026, 11, 23), "of 3 reports that were read", ("tried x: a report",)),
    )
    (tmp_path / "front-line.toml").write_text(text, encoding="utf-8")
    assert load_file(tmp_path / "front-line.toml") == entry
    for said in (
        "from a look at http://127.0.0.1:8080/ on 2026-11-23",
        'conflict = "unknown"  # say which conflict or region it reports on',
        "# the homepage declares it (link rel=alternate); 10 addresses seen, the newest of 2026-01-21",
        "# Matches 12 of the 12 addresses seen that look like reports, none of",
        "# tried x: a report",
        "verified = false",
    ):
        assert said in text


def test_an_ask_says_why() -> None:
    assert Survey(HOME).first()[0] == Ask(
        f"{HOME}/robots.txt", "robots.txt", "where every site has its rules"
    )
    with pytest.raises(ValueError, match="not an http"):
        Survey("ftp://x.example/")
