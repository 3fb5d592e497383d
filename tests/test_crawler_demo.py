"""The demo site itself: that it serves what it lists, and is as awkward as it says."""

from __future__ import annotations

import gzip
import http.client
import re
import signal
import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from lxml import etree, html

import crawler.demo
from archive.models import Outcome
from archive.urls import canonical_url, url_key
from crawler.demo.expected import NEVER, ExpectedReport, expected_outcomes, expected_reports
from crawler.demo.pages import BASE
from crawler.demo.reports import load_reports
from crawler.demo.server import DemoSite
from crawler.demo.site import Site
from crawler.sources.model import SourceEntry

CATALOGUE = Path(crawler.demo.__file__).parent.parent / "sources" / "demo.toml"
CORRECTED = f"{BASE}/world/2025/12/19/ethiopia-amhara-clinic-strike/"
TAKEN_DOWN = f"{BASE}/en/news/article/121455/"
NEW = f"{BASE}/en/news/article/121519/"
HUGE = f"{BASE}/en/news/article/121493/"
SLOW = f"{BASE}/en/news/article/121508/"
WINDOWS_1256 = f"{BASE}/ar/news/article/88331"


class Reader:
    """A plain client on one kept connection, with the host mapping that the crawler has."""

    def __init__(self, site: DemoSite) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)

    def get(self, url: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        sent = {"Host": "demo.conflict-archive.example"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", url.removeprefix(BASE), headers=sent)
        response = self.connection.getresponse()
        return response, response.read()

    def body(self, url: str) -> bytes:
        response, body = self.get(url)
        assert response.status == 200, url
        return body

    def links(self, url: str) -> list[str]:
        """Return the addresses that a page links to, in order."""
        return [urljoin(url, str(link)) for link in html.fromstring(self.body(url)).xpath("//a/@href")]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoSite]:
    with DemoSite(slow_seconds=0.05) as site:
        yield site


@pytest.fixture(scope="module")
def reader(demo: DemoSite) -> Iterator[Reader]:
    reader = Reader(demo)
    yield reader
    reader.connection.close()


@pytest.fixture(scope="module")
def entry() -> SourceEntry:
    return SourceEntry(**tomllib.loads(CATALOGUE.read_text(encoding="utf-8")))


def is_article(entry: SourceEntry, url: str) -> bool:
    return bool(re.search(entry.article_pattern, url)) and not any(
        re.search(deny, url) for deny in entry.deny
    )


def locations(sitemap: bytes) -> list[str]:
    return [node.text or "" for node in etree.fromstring(sitemap).iterfind("{*}*/{*}loc")]


def walk(reader: Reader, entry: SourceEntry) -> Counter[str]:
    """Return the canonical article addresses that feeds, sitemaps and listings lead to, with how often."""
    found = [item.link for feed in entry.feeds for item in feedparser.parse(reader.body(feed)).entries]
    for index in entry.sitemaps:
        for sitemap in locations(reader.body(index)):
            body = reader.body(sitemap)
            found += locations(gzip.decompress(body) if sitemap.endswith(".gz") else body)
    for listing in entry.listings:
        for page in range(1, entry.max_pages + 1):
            url = listing.format(page=page)
            if reader.get(url)[0].status == 200:
                found += reader.links(url)
    return Counter(canonical_url(url) for url in found if is_article(entry, url))


def words(text: str) -> str:
    return " ".join(text.split())


def test_about_seventy_reports_each_unlike_the_others() -> None:
    reports = load_reports(1)
    assert Counter(report.section for report in reports) == {"en": 24, "ar": 17, "world": 18, "ru": 12}
    assert len({report.path for report in reports}) == len({report.title for report in reports}) == 71
    assert len({report.published for report in reports}) == 71
    own = [block.text for report in reports if not report.copy_of for block in report.body if block.text]
    own = [text for text in own if text not in {"Demo Observer, Agencies", "المراقب التجريبي، وكالات"}]
    assert len(set(own)) == len(own), "a paragraph is in two reports"
    assert sum(bool(report.copy_of) for report in reports) == 5
    assert all(4 <= len(report.body) <= 15 for report in reports)
    lengths = [sum(len(block.text.split()) for block in report.body) for report in reports]
    assert min(lengths) > 65
    assert max(lengths) > 250


def test_dates_are_past() -> None:
    first, last = datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    for edition in (1, 2):
        assert all(first < report.published < last for report in load_reports(edition))
        assert all(
            not report.modified or report.published < report.modified for report in load_reports(edition)
        )


def test_the_site_shows_every_layout_of_a_report() -> None:
    kinds = {
        (report.section, block.kind, block.service) for report in load_reports(1) for block in report.body
    }
    for section, *shown in (
        ("world", "heading", "item", "row", "quote", "picture", "entry"),
        ("ar", "quote", "picture"),
        ("ru", "heading", "row", "quote", "picture", "entry"),
    ):
        assert {kind for held, kind, _ in kinds if held == section} >= set(shown)
        assert {(section, "post", service) for service in ("telegram", "x")} <= kinds
        assert [report.page for report in load_reports(1) if report.section == section].count("paywall") == 1
    assert sum(report.language == "uk" for report in load_reports(1)) == 2


@pytest.mark.parametrize(
    ("language", "script"), [("en", "LATIN"), ("ar", "ARABIC"), ("ru", "CYRILLIC"), ("uk", "CYRILLIC")]
)
def test_each_language_is_in_its_script(language: str, script: str) -> None:
    for report in expected_reports():
        if report.language == language:
            letters = [letter for letter in report.title + "".join(report.paragraphs) if letter.isalpha()]
            own = sum(unicodedata.name(letter).startswith(script) for letter in letters)
            assert own > 0.97 * len(letters), report.url


def test_no_body_holds_a_string_of_the_layouts() -> None:
    for edition in (1, 2):
        for report in expected_reports(edition):
            text = "\n".join((report.title, *report.paragraphs, *report.optional))
            assert not [string for string in (*NEVER, *report.never) if string in text], report.url


def test_every_string_that_no_body_may_hold_is_on_some_page(demo: DemoSite) -> None:
    pages = "".join(
        html.fromstring(demo.site.answer(report.path).body).text_content() for report in load_reports(1)
    )
    assert not [string for string in NEVER if string not in pages]


def test_every_report_is_found_and_every_page_holds_its_text(reader: Reader, entry: SourceEntry) -> None:
    found = walk(reader, entry)
    reports = {report.url: report for report in expected_reports()}
    assert {url_key(url) for url in found} == {url_key(url) for url in (*reports, *expected_outcomes())}
    for url, report in reports.items():
        body = reader.body(url)
        tree = html.fromstring(body)
        text = words(tree.text_content())
        place = text.find(words(report.paragraphs[0]))
        for part in (part for paragraph in report.paragraphs for part in paragraph.split(" | ")):
            place = text.find(words(part), place)
            assert place >= 0, (url, part)
        assert words(str(tree.xpath("string(//h1 | //h2)"))) == words(report.title)
        assert "демонстрации" in text or "demo data" in text or "لأغراض العرض" in text
        assert all(string in text for string in report.never), url
    assert sum(count > 1 for count in found.values()) > 50, "most are led to in more than one way"


def test_some_reports_are_on_listings_only(reader: Reader, entry: SourceEntry) -> None:
    elsewhere = walk(reader, entry.model_copy(update={"listings": ()}))
    english = [report.url for report in expected_reports() if "/en/" in report.url]
    assert [url for url in english if url not in elsewhere] == english[-6:]


def test_what_is_odd_answers_as_it_should(reader: Reader) -> None:
    statuses = {Outcome.GONE: 404, Outcome.NOT_ARTICLE: 200, Outcome.DUPLICATE: 301, Outcome.BLOCKED: 403}
    openings = [report.paragraphs[0] for report in expected_reports()]
    for url, outcome in expected_outcomes().items():
        response, body = reader.get(url)
        assert response.status == statuses.get(outcome, 200), url
        if outcome is Outcome.DUPLICATE:
            assert urljoin(url, response.headers["Location"]) == f"{BASE}/en/news/article/121423/"
        if outcome is Outcome.NOT_ARTICLE:
            assert not any(opening in body.decode() for opening in openings), url
    assert set(expected_outcomes().values()) == {*statuses, Outcome.ROBOTS}


def test_robots_forbids_the_private_the_search_and_one_report(reader: Reader) -> None:
    lines = reader.body(f"{BASE}/robots.txt").decode().splitlines()
    forbidden = [
        url.removeprefix(BASE) for url, outcome in expected_outcomes().items() if outcome is Outcome.ROBOTS
    ]
    assert {"Disallow: /admin/", "Disallow: /search", f"Disallow: {forbidden[0]}"} <= set(lines)
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert "crawl-delay" not in "\n".join(lines).lower()


def test_the_catalogue_knows_every_trap(entry: SourceEntry) -> None:
    assert entry.id == "demo"
    assert entry.private
    article = f"{BASE}/en/news/article/121515"
    world = f"{BASE}/world/2026/01/24/idlib-bombing-families-flee-border/"
    for trap in (
        *(f"{article}/{action}" for action in ("like", "dislike", "comment", "?print=1")),
        f"{BASE}/ar/news/article/88381?print=1", f"{world}comments/", f"{world}comments/?reply=1",
        f"{BASE}/en/news/search/airstrike/2", f"{BASE}/search?q=Idlib", f"{BASE}/calendar/2026/01/",
        f"{BASE}/admin/login", f"{BASE}/en/news/articles/1/2", f"{BASE}/world/page/2/", f"{BASE}/ru/news/?page=2",
        f"{BASE}/world/authors/", f"{BASE}/",
    ):  # fmt: skip
        assert not is_article(entry, trap), trap
    for spelling in (
        article, f"{article}/?utm_source=rss&utm_medium=feed", f"{article}/#comments",
        article.replace("//", "//www."), world, f"{BASE}/ru/news/410611-evakuatsiya-iz-kupyanska.html",
        *entry.examples,
    ):  # fmt: skip
        assert is_article(entry, spelling), spelling


def test_votes_count_when_they_are_fetched() -> None:
    site = Site(1)
    before = site.answer("/en/news/article/121515/").body.decode()
    likes, dislikes = next(report.first_votes for report in load_reports(1) if report.id == "121515")
    assert f"({likes})</span>" in before
    assert site.votes() == {}
    assert "Idlib: 63 civilians" in site.answer("/en/news/article/121515/like").body.decode()
    site.answer("/ar/news/article/88381/dislike")
    assert site.votes() == {"/en/news/article/121515/like": 1, "/ar/news/article/88381/dislike": 1}
    after = site.answer("/en/news/article/121515/").body.decode()
    assert f'<span id="like">({likes + 1})</span>' in after
    assert f'<span id="dislike">({dislikes})</span>' in after


def test_edition_two_differs_in_three_reports_only() -> None:
    first = {report.url: report for report in expected_reports(1)}
    second = {report.url: report for report in expected_reports(2)}
    assert first.keys() - second.keys() == {TAKEN_DOWN}
    assert second.keys() - first.keys() == {NEW}
    assert [url for url in first.keys() & second.keys() if first[url] != second[url]] == [CORRECTED]
    old, new = first[CORRECTED], second[CORRECTED]
    assert ("seven" in old.title, "nine" in new.title) == (True, True)
    assert sum(a != b for a, b in zip(old.paragraphs, new.paragraphs, strict=True)) == 4
    assert new.published == old.published
    assert (old.modified, new.modified) == (old.published, datetime(2025, 12, 21, 6, 30, tzinfo=UTC))
    assert expected_outcomes(2).keys() - expected_outcomes(1).keys() == {TAKEN_DOWN}


def test_edition_two_on_the_wire(reader: Reader, entry: SourceEntry) -> None:
    with DemoSite(edition=2, slow_seconds=0) as site:
        second = Reader(site)
        assert second.get(TAKEN_DOWN)[0].status == 410
        found = walk(second, entry)
        assert TAKEN_DOWN not in found
        assert found[NEW] > 2
        assert b"At least nine" in second.body(CORRECTED)
        assert b'"dateModified": "2025-12-21T09:30:00+03:00"' in second.body(CORRECTED)
        lastmod = f"<loc>{CORRECTED}</loc><lastmod>2025-12-21T09:30:00+03:00</lastmod>".encode()
        assert lastmod in second.body(f"{BASE}/sitemap-world.xml")
        assert lastmod not in reader.body(f"{BASE}/sitemap-world.xml")
        second.connection.close()


def test_feeds_give_dates_and_tracked_links(reader: Reader, entry: SourceEntry) -> None:
    expected: dict[str, ExpectedReport] = {report.url: report for report in expected_reports()}
    for feed in entry.feeds:
        items = feedparser.parse(reader.body(feed)).entries
        assert len(items) == 10
        for item in items:
            report = expected[canonical_url(item.link)]
            assert "utm_source=" in item.link
            assert item.title == report.title
            assert datetime(*item.published_parsed[:6], tzinfo=UTC) == report.published


def test_arabic_comes_in_windows_1256_too(reader: Reader) -> None:
    response, page = reader.get(WINDOWS_1256)
    assert response.headers["Content-Type"] == "text/html"
    assert b"charset=windows-1256" in page
    assert "تعليقات حول الموضوع" in page.decode("windows-1256")
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")
    feed = reader.body(f"{BASE}/ar/rss.php")
    assert feed.startswith(b'<?xml version="1.0" encoding="windows-1256"?>')
    assert "إدلب" in feed.decode("windows-1256")


def test_visible_dates_in_every_tradition(reader: Reader) -> None:
    for path, date in (
        ("/en/news/article/121515/", "2026-01-24 18:04:11"),
        ("/ar/news/article/88381", "24 كانون الثاني 2026 - 18:30"),
        ("/ar/news/article/88325", "22 نوفمبر 2025 - 11:30"),
        ("/ar/news/article/88350", "١٥ كانون الأول ٢٠٢٥ - ٠٨:٣٠"),
        ("/ru/news/410611-evakuatsiya-iz-kupyanska.html", "24 января 2026, 18:04"),
    ):
        assert date in reader.body(BASE + path).decode(), path


def test_the_huge_page_is_five_megabytes_and_parses(reader: Reader) -> None:
    body = reader.body(HUGE)
    assert 5_000_000 < len(body) < 5_500_000
    assert html.fromstring(body).xpath("count(//div[@class='usercomment'])") == 300


def test_the_slow_page_is_slow(reader: Reader) -> None:
    started = monotonic()
    reader.body(SLOW)
    assert monotonic() - started >= 0.05


def test_traps_never_end_and_listings_do(reader: Reader) -> None:
    assert f"{BASE}/en/news/search/airstrike/801" in reader.links(f"{BASE}/en/news/search/airstrike/800")
    assert f"{BASE}/calendar/1899/12/" in reader.links(f"{BASE}/calendar/1900/01/")
    assert f"{BASE}/calendar/1900/02/" in reader.links(f"{BASE}/calendar/1900/01/")
    english = f"{BASE}/en/news/articles/1/"
    assert reader.links(f"{english}4") == reader.links(f"{english}40")
    assert 'class="item"' not in reader.body(f"{BASE}/ar/news/articles/1/9").decode()
    assert reader.get(f"{BASE}/world/page/9/")[0].status == 404
    assert reader.links(f"{BASE}/ru/news/?page=9") == reader.links(f"{BASE}/ru/news/?page=1")


def test_conditional_requests_and_gzip(reader: Reader, entry: SourceEntry) -> None:
    for url in (*entry.feeds, *entry.sitemaps, f"{BASE}/sitemap-ru.xml.gz", CORRECTED):
        plain, body = reader.get(url)
        etag, changed = plain.headers["ETag"], plain.headers["Last-Modified"]
        assert changed.endswith(" GMT")
        assert reader.get(url, If_None_Match=etag)[0].status == 304
        assert reader.get(url, If_Modified_Since=changed)[0].status == 304
        assert reader.get(url, If_None_Match='"other"', If_Modified_Since=changed)[0].status == 200
        assert reader.get(url, If_Modified_Since="no date")[0].status == 200
        packed, sent = reader.get(url, Accept_Encoding="gzip")
        if packed.headers["Content-Encoding"] == "gzip":
            assert gzip.decompress(sent) == body
        else:
            assert url.endswith(".gz")


def test_www_leads_home_and_any_other_host_gets_its_own_links(demo: DemoSite, reader: Reader) -> None:
    response, _ = reader.get("/ru/news/", Host="www.demo.conflict-archive.example")
    assert (response.status, response.headers["Location"]) == (301, f"{BASE}/ru/news/")
    response, _ = reader.get("/ru/news/", Host="demo.conflict-archive.example")
    assert response.status == 200
    here = f"http://127.0.0.1:{demo.port}"
    for path in ("/", "/world/", "/sitemap.xml", "/en/rss.php"):
        body = reader.get(path, Host=urlsplit(here).netloc)[1]
        assert BASE.encode() not in body
        assert b"www." not in body.replace(b"www.w3.org", b"").replace(b"www.sitemaps.org", b"")
    assert f"{here}/sitemap-en.xml".encode() in reader.get("/sitemap.xml", Host=urlsplit(here).netloc)[1]
    assert BASE.encode() in reader.get("/sitemap.xml", Host='x"><script>')[1]


def test_requests_are_logged_and_the_port_is_freed() -> None:
    with DemoSite() as site:
        reader = Reader(site)
        reader.get(f"{BASE}/robots.txt")
        reader.get("http://demo.conflict-archive.example/nothing?x=1", Host="demo.conflict-archive.example")
        reader.connection.request("POST", "/en/news/article/121515/comment", body=b"x=1")
        assert reader.connection.getresponse().status == 405
        assert site.requests == ("/robots.txt", "/nothing?x=1", "/en/news/article/121515/comment")
        assert site.votes == {}
        reader.connection.close()
        port = site.port
    with DemoSite(port=port) as again:
        assert again.port == port


def test_a_site_that_never_started_can_be_stopped_and_stopped_again() -> None:
    site = DemoSite()
    site.stop()
    site.stop()


@pytest.mark.parametrize(
    "target", ["/en/news/articles/1/99999999999999999999", "/calendar/0000/00/", "/calendar/9999/99/", "//", "/%ff",
               "/en/news/search/%00/1", "/ru/news/?page=-1", "/ru/news/?page=²", "/world/page/0/", "/nothing/like",
               "/sitemap-x.xml", "/x/comment"]
)  # fmt: skip
def test_a_strange_address_gets_an_answer(demo: DemoSite, target: str) -> None:
    assert demo.site.answer(target).status in {200, 404}


def test_the_site_can_be_looked_at_in_a_browser() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.demo", "--edition", "2"], stdout=subprocess.PIPE, text=True,
        cwd=Path(crawler.demo.__file__).parents[2],
    ) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/ \(edition 2; Ctrl-C stops\)\n", line)
