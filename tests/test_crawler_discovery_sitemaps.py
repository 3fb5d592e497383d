import gzip
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.sitemaps import SitemapChild, parse_sitemap, sitemaps_in_robots
from crawler.errors import DiscoveryError

URL = "https://news.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(inside: str, attributes: str = NS) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {attributes}>{inside}</urlset>'.encode()


def many(count: int) -> bytes:
    return urlset("".join(
        f"<url><loc>https://news.example/2026/01/24/a-report-of-that-day-{number}/</loc>"
        f"<lastmod>2026-01-24T16:04:11+03:00</lastmod><changefreq>daily</changefreq></url>\n"
        for number in range(count)
    ))  # fmt: skip


def test_a_plain_sitemap() -> None:
    page = parse_sitemap(
        urlset(
            "<url><loc> https://news.example/1 </loc><lastmod>2026-01-24T18:04:11+02:00</lastmod></url>"
            "<url><loc><![CDATA[/2?a=1&b=2]]></loc><priority>0.5</priority></url>"
            "<url><loc>https://news.example/1</loc></url><url><loc>mailto:x</loc></url><url/>"
        ),
        URL,
    )
    first, second = page.leads
    assert (first.url, first.via, first.endpoint_url) == ("https://news.example/1", "sitemap", URL)
    assert first.modified_hint == datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    assert (first.published_hint, first.title_hint) == (None, None)
    assert (second.url, second.modified_hint) == ("https://news.example/2?a=1&b=2", None)
    assert (page.children, page.is_news, page.broken) == ((), False, None)


def test_a_news_sitemap_with_pictures() -> None:
    page = parse_sitemap(
        urlset(
            "<url><loc>https://news.example/1</loc><image:image><image:loc>https://x.example/p.jpg</image:loc>"
            "<image:title>A picture</image:title></image:image><news:news><news:publication><news:name>N</news:name>"
            "</news:publication><news:publication_date>2026-01-24T16:04Z</news:publication_date>"
            "<news:title>Shelling &amp;amp; fire</news:title></news:news></url>",
            f'{NS} {NEWS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
        ),
        URL,
    )
    (lead,) = page.leads
    assert page.is_news
    assert lead.url == "https://news.example/1"
    assert lead.published_hint == datetime(2026, 1, 24, 16, 4, tzinfo=UTC)
    assert lead.title_hint == "Shelling & fire"
    assert page.broken is None


def test_an_index() -> None:
    page = parse_sitemap(
        f"<sitemapindex {NS}><sitemap><loc>https://news.example/a.xml.gz</loc><lastmod>2026-01-24</lastmod></sitemap>"
        "<sitemap><loc>b.xml</loc><lastmod>never</lastmod></sitemap></sitemapindex>".encode(),
        URL,
    )
    assert page.leads == ()
    assert page.children == (
        SitemapChild("https://news.example/a.xml.gz", datetime(2026, 1, 24, tzinfo=UTC)),
        SitemapChild("https://news.example/b.xml"),
    )


@pytest.mark.parametrize("payload", [
    urlset("<url><loc>https://news.example/1</loc></url>", ""),
    urlset("<url><loc>https://news.example/1</loc></url>", 'xmlns="https://www.google.com/wrong"'),
    b'<s:urlset xmlns:s="x"><s:url><s:loc>https://news.example/1</s:loc></s:url></s:urlset>',
    b"<s:urlset><s:url><s:loc>https://news.example/1</s:loc></s:url></s:urlset>",
    b"<URLSET><URL><LOC>https://news.example/1</LOC></URL></URLSET>",
    (b"\xef\xbb\xbf\n\n<?xml version='1.0'?><?xml-stylesheet href='s.xsl'?><!-- <url> --><urlset><url>"
    b"<loc>https://news.example/1</loc></url></urlset>"),
    gzip.compress(urlset("<url><loc>https://news.example/1</loc></url>"), mtime=0),
    gzip.compress(b"<urlset><url><loc>https://news.", mtime=0) + gzip.compress(b"example/1</loc></url></urlset>", mtime=0),
    urlset("<url><loc>https://news.example/1</loc></url>").decode().encode("utf-16"),
    b"https://news.example/1\r\n",
    b"\xef\xbb\xbfhttps://news.example/1",
    "https://news.example/1\n".encode("utf-16"),
])  # fmt: skip
def test_sloppy_and_packed_forms(payload: bytes) -> None:
    assert [lead.url for lead in parse_sitemap(payload, URL).leads] == ["https://news.example/1"]


def test_a_news_prefix_that_nobody_declared() -> None:
    page = parse_sitemap(
        urlset(
            "<url><loc>/1</loc><news:news><news:publication_date>2026-01-24</news:publication_date></news:news>"
            "<image:image><image:loc>/p.jpg</image:loc></image:image></url>"
        ),
        URL,
    )
    assert page.is_news
    assert page.leads[0].url == "https://news.example/1"
    assert page.leads[0].published_hint == datetime(2026, 1, 24, tzinfo=UTC)


def test_an_ampersand_as_it_is_keeps_the_address_whole() -> None:
    page = parse_sitemap(urlset("<url><loc>https://news.example/n.php?a=1&b=2&copy=3</loc></url>"), URL)
    assert page.leads[0].url == "https://news.example/n.php?a=1&b=2&copy=3"


def test_a_text_sitemap_ignores_what_is_no_address() -> None:
    page = parse_sitemap(
        b"https://news.example/1\n# note\n\nhttps://news.example/2\nhttps://news.example/1", URL
    )
    assert [lead.url for lead in page.leads] == ["https://news.example/1", "https://news.example/2"]


@pytest.mark.parametrize("cut", [-1, -10, -60, -150])
def test_truncated_xml_gives_what_was_read_and_says_so(cut: int) -> None:
    page = parse_sitemap(many(5)[:cut], URL)
    assert len(page.leads) >= 3
    assert page.broken is not None
    assert page.broken.startswith(f"{URL} is a broken sitemap: ")


def test_no_half_address_of_a_truncated_sitemap_is_used() -> None:
    whole = {lead.url for lead in parse_sitemap(many(3), URL).leads}
    data = many(3)
    for cut in range(len(data) - 250, len(data)):
        with suppress(DiscoveryError):
            assert {lead.url for lead in parse_sitemap(data[:cut], URL).leads} <= whole


def test_a_truncated_gzip_gives_what_was_read_and_says_so() -> None:
    packed = gzip.compress(many(5_000), mtime=0)
    page = parse_sitemap(packed[: len(packed) // 2], URL)
    assert 1_000 < len(page.leads) < 5_000
    assert page.broken is not None


@pytest.mark.parametrize(("payload", "found"), [
    (b"", "it is empty"),
    (b"Not found", "neither XML nor a list"),
    (b"\x00\x01\x02", "neither XML nor a list"),
    (b"<!doctype html><title>404</title>", "is an HTML page titled '404'"),
    (b"<html><head></head></html>", "is an HTML page"),
    (b"<rss><channel/></rss>", "root is <rss>"),
    (b"<!DOCTYPE urlset SYSTEM 'http://x.example/s.dtd'><urlset/>", "document type declaration"),
    (b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset/>", "entities of its own"),
    (b"<urlset><url><loc>https://news.exam", "no address could be read"),
    (b"\x1f\x8b garbage", "gzip file that can't be unpacked"),
])  # fmt: skip
def test_anything_else_is_named(payload: bytes, found: str) -> None:
    with pytest.raises(DiscoveryError) as error:
        parse_sitemap(payload, URL)
    assert str(error.value).startswith(URL)
    assert found in str(error.value)


def test_fifty_thousand_urls_are_cheap() -> None:
    data = gzip.compress(many(50_000), compresslevel=1, mtime=0)
    started = time.process_time()
    page = parse_sitemap(data, URL)
    assert time.process_time() - started < 8  # 1.2 measured; what grows with the square would take minutes
    assert len(page.leads) == 50_000
    assert page.broken is None


def test_memory_is_the_leads_and_little_else() -> None:
    data = many(10_000)  # 1.5 MB; tracing makes it slow
    tracemalloc.start()
    try:
        page = parse_sitemap(data, URL)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(page.leads) == 10_000
    assert held < 5e6
    assert peak < held + 2e6


@pytest.mark.parametrize("name", ["deep", "deep in a url", "laughs", "zeros", "elements", "locs", "long loc", "members"])  # fmt: skip
def test_bombs(name: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    payload = {
        "deep": b"<urlset>" + b"<a>" * 100_000,
        "deep in a url": b"<urlset><url>" + b"<a>" * 100_000,
        "laughs": f'<!DOCTYPE urlset [<!ENTITY l0 "ha">{laughs}]><urlset><url><loc>&l11;</loc>'.encode(),
        "zeros": gzip.compress(b"\x00" * 60_000_000, mtime=0),  # about 1:1000
        "elements": gzip.compress(b"<urlset>" + b"<a/>" * 2_000_000, mtime=0),
        "locs": b"<urlset><url>" + b"<loc>/1</loc>" * 100_000 + b"</url></urlset>",
        "long loc": b"<urlset><url><loc>/" + b"x" * 5_000_000 + b"</loc></url></urlset>",
        "members": gzip.compress(b"", mtime=0) * 100_000,
    }[name]
    started = time.process_time()
    with suppress(DiscoveryError):
        assert len(parse_sitemap(payload, URL).leads) <= 1
    assert time.process_time() - started < 6


def test_the_sitemaps_that_robots_txt_names() -> None:
    robots = (
        "\ufeffUser-agent: *\r\nDisallow: /x\r\nSitemap: https://news.example/a.xml # main\r"
        "SITEMAP:https://news.example/b.xml\n  sitemap : https://news.example/a.xml\n"
        "Sitemap:\n# Sitemap: https://news.example/c.xml\nSitemap: /d.xml\nSitemap: ftp://news.example/e.xml"
    ).encode()
    assert sitemaps_in_robots(robots) == ("https://news.example/a.xml", "https://news.example/b.xml")
    assert sitemaps_in_robots(robots, "https://news.example/robots.txt")[-1] == "https://news.example/d.xml"


@given(st.binary(max_size=2_000))
def test_arbitrary_bytes(payload: bytes) -> None:
    sitemaps_in_robots(payload)
    for data in (payload, gzip.compress(payload, mtime=0), b"\x1f\x8b\x08" + payload):
        with suppress(DiscoveryError):
            parse_sitemap(data, URL)


MARKUP = st.sampled_from([
    "<url>", "</url>", "<loc>", "</loc>", "<lastmod>", "</lastmod>", "<news:news>", "</news:news>", "<![CDATA[", "]]>",
    "<news:publication_date>", "</news:publication_date>", "<sitemap>", "</sitemap>", "<!--", "-->", "&", "&amp;", "<",
    "https://n.example/1", "http://[", "2026-01-24", "9999-12-31T23:59:59-14:00", "<image:loc>", "'", "\x00", " xmlns='",
])  # fmt: skip


@given(
    st.lists(MARKUP | st.text(max_size=8), max_size=60), st.sampled_from(["utf-8", "utf-16", "windows-1251"])
)
def test_arbitrary_markup(parts: list[str], encoding: str) -> None:
    with suppress(DiscoveryError):
        page = parse_sitemap(("<urlset>" + "".join(parts)).encode(encoding, "replace"), URL)
        assert all(found.url.startswith(("http://", "https://")) for found in (*page.leads, *page.children))
