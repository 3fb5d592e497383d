import gzip
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.feed_trim import MAX_ENTRIES, FeedTrim
from crawler.discovery.feeds import FeedPage, parse_feed
from crawler.errors import DiscoveryError

URL = "https://news.example/feed/"
ITEM = "<item><title>Shelling of {0}</title><link>https://news.example/{0}</link></item>"


def rss(items: str, head: str = "<title>News</title>", version: str = "2.0") -> str:
    return f'<?xml version="1.0"?><rss version="{version}"><channel>{head}{items}</channel></rss>'


def atom(entries: str, attributes: str = "") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>News</title>{entries}</feed>'.encode()
    )


def urls(page: FeedPage) -> list[str]:
    return [lead.url for lead in page.leads]


def test_a_plain_rss_feed() -> None:
    page = parse_feed(
        rss(
            "<item><title>Five killed in Saraqeb</title><link>https://news.example/1</link>"
            "<guid isPermaLink='false'>n-1</guid><pubDate>Sat, 24 Jan 2026 18:04:11 +0200</pubDate>"
            "<description><![CDATA[<p>Long <b>text</b></p>]]></description></item>",
            "<title>News &amp; Views</title><language>en-GB</language><link>https://news.example/</link>"
            "<image><title>Logo</title><url>https://news.example/logo.png</url></image>",
        ).encode(),
        URL,
    )
    (lead,) = page.leads
    assert (lead.url, lead.via, lead.endpoint_url) == ("https://news.example/1", "feed", URL)
    assert lead.published_hint == datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    assert (lead.modified_hint, lead.title_hint) == (None, "Five killed in Saraqeb")
    assert (page.title, page.language, page.broken, page.skipped) == ("News & Views", "en-GB", None, 0)


def test_rss_1_with_dublin_core() -> None:
    page = parse_feed(
        b"""<?xml version="1.0"?>
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
          xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://news.example/"><title>News</title><items><rdf:Seq>
        <rdf:li rdf:resource="https://news.example/1"/></rdf:Seq></items></channel>
        <item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link>
        <dc:date>2026-01-24T16:04:11+02:00</dc:date></item></rdf:RDF>""",
        URL,
    )
    assert urls(page) == ["https://news.example/1"]
    assert page.leads[0].published_hint == datetime(2026, 1, 24, 14, 4, 11, tzinfo=UTC)


def test_rss_0_91_with_its_doctype() -> None:
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x.example/rss-0.91.dtd">'
    )
    text = rss(ITEM.format("homs"), version="0.91").replace("<rss", doctype + "<rss", 1)
    assert urls(parse_feed(text.encode(), URL)) == ["https://news.example/homs"]


def test_atom_takes_the_alternate_link_and_keeps_both_dates() -> None:
    page = parse_feed(
        atom(
            '<entry xml:base="2026/"><title type="html">Toll &lt;b&gt;rises&lt;/b&gt; &amp;amp; grows</title>'
            '<link rel="replies" href="c"/><link rel="enclosure" type="image/jpeg" href="p.jpg"/>'
            '<link rel="alternate" type="application/json" href="j"/><link rel="alternate" href="one"/>'
            "<id>tag:news.example,2026:1</id><published>2026-01-24T16:04:11.5Z</published>"
            "<updated>2026-01-25T00:00:00+05:30</updated>"
            "<source><title>Other</title><link href='https://other.example/'/></source></entry>",
            'xml:base="https://news.example/base/" xml:lang="uk"',
        ),
        URL,
    )
    (lead,) = page.leads
    assert lead.url == "https://news.example/base/2026/one"
    assert lead.published_hint == datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    assert lead.modified_hint == datetime(2026, 1, 24, 18, 30, tzinfo=UTC)
    assert lead.title_hint == "Toll rises & grows"
    assert (page.title, page.language) == ("News", "uk")


def test_an_atom_entry_that_was_only_updated_has_no_date_of_publication() -> None:
    page = parse_feed(atom('<entry><link href="/1"/><updated>2026-01-25T00:00:00Z</updated></entry>'), URL)
    assert page.leads[0].published_hint is None
    assert page.leads[0].modified_hint == datetime(2026, 1, 25, tzinfo=UTC)


@pytest.mark.parametrize(("inside", "url"), [
    ("<link>/1</link>", "https://news.example/1"),
    ("<link> \n /1?a=1&amp;b=2 \n</link>", "https://news.example/1?a=1&b=2"),
    ("<link>/1?a=1&b=2&copy=3</link>", "https://news.example/1?a=1&b=2&copy=3"),
    ("<link><![CDATA[https://news.example/1?a=1&b=2]]></link>", "https://news.example/1?a=1&b=2"),
    ("<guid>https://news.example/g</guid>", "https://news.example/g"),
    ("<link/><guid isPermaLink='true'>https://news.example/g</guid>", "https://news.example/g"),
    ("<link>https://news.example/1</link><guid>https://news.example/?p=1</guid>", "https://news.example/1"),
    ("<atom:link rel='self' href='https://news.example/s'/><link>/1</link>", "https://news.example/1"),
    ("<link>http://proxy.example/x</link><feedburner:origLink>https://news.example/o</feedburner:origLink>",
     "https://news.example/o"),
    ("<link>/1</link><media:content url='https://x.example/m.jpg'><media:title>M</media:title></media:content>",
     "https://news.example/1"),
])  # fmt: skip
def test_the_best_link_of_an_rss_item(inside: str, url: str) -> None:
    page = parse_feed(rss(f"<item><title>T</title>{inside}</item>").encode(), URL)
    assert urls(page) == [url]
    assert page.leads[0].title_hint == "T"


def test_entries_without_an_address_are_counted_and_each_address_comes_once() -> None:
    items = (
        "<item><title>No</title><guid isPermaLink='false'>17</guid></item>"
        "<item><title>Bad</title><link>javascript:alert(1)</link></item>"
        + ITEM.format("homs") + ITEM.format("homs")
    )  # fmt: skip
    page = parse_feed(rss(items).encode(), URL)
    assert urls(page) == ["https://news.example/homs"]
    assert page.skipped == 2


@pytest.mark.parametrize("date", [
    "", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00",
    "Mon, 31 Feb 2026 10:00:00 GMT", "1994-12-31T23:59:59Z",
])  # fmt: skip
def test_a_nonsense_date_is_none(date: str) -> None:
    page = parse_feed(rss(f"<item><link>/1</link><pubDate>{date}</pubDate></item>").encode(), URL)
    assert page.leads[0].published_hint is None


@pytest.mark.parametrize(("written", "title"), [
    ("A &amp;amp; B", "A & B"),
    ("A &amp; B", "A & B"),
    ("A & B", "A & B"),
    ("A&nbsp;B &mdash; C", "A B — C"),
    ("<![CDATA[<b>A</b> &quot;B&quot;]]>", 'A "B"'),
    ("&lt;b&gt;A&lt;/b&gt; B", "A B"),
    ("5 < 6 killed", "5 < 6 killed"),
    ("  A \n\t B ", "A B"),
    ("قصف&#8230;", "قصف…"),
    ("", None),
])  # fmt: skip
def test_titles_lose_their_markup(written: str, title: str | None) -> None:
    page = parse_feed(rss(f"<item><title>{written}</title><link>/1</link></item>").encode(), URL)
    assert page.leads[0].title_hint == title


ARABIC = rss("<item><title>قصف على سراقب</title><link>/1</link></item>", "<title>زمان الوصل</title>")


@pytest.mark.parametrize(("payload", "content_type"), [
    (ARABIC.encode(), None),
    (ARABIC.encode(), "text/xml; charset=windows-1256"),  # declared wrongly: valid UTF-8 is UTF-8
    (ARABIC.encode("utf-8-sig"), None),
    (b"\r\n  \n" + ARABIC.encode(), None),
    (ARABIC.encode("utf-16"), None),
    (ARABIC.encode("utf-16-be"), None),
    (ARABIC.replace('"1.0"', '"1.0" encoding="windows-1256"').encode("windows-1256"), None),
    (ARABIC.replace('"1.0"', '"1.0" encoding="windows-1256"').encode("windows-1256"), "application/rss+xml"),
    (ARABIC.encode("windows-1256"), "text/xml; charset=windows-1256"),
    (ARABIC.encode("iso-8859-6"), "text/xml; charset=ISO-8859-6"),
    (gzip.compress(ARABIC.encode(), mtime=0), "application/gzip"),
])  # fmt: skip
def test_arabic_in_every_encoding(payload: bytes, content_type: str | None) -> None:
    page = parse_feed(payload, URL, content_type)
    assert (page.title, page.leads[0].title_hint) == ("زمان الوصل", "قصف على سراقب")
    assert page.broken is None


@pytest.mark.parametrize(("title", "charset"), [
    ("قصف جوي على مدينة سراقب يقتل خمسة مدنيين", "windows-1256"),
    ("Обстріл Херсона: загинули двоє людей, ще троє поранені", "windows-1251"),
])  # fmt: skip
@pytest.mark.parametrize("declared", ["windows-1256", "windows-1251", "utf-8", "no-such-charset"])
def test_an_old_charset_with_broken_xml_and_a_wrong_declaration(
    title: str, charset: str, declared: str
) -> None:
    item = f"<item><title>{title} &amp; &nbsp;&hellip;</title><link>/news?id=1&lang=2&copy=3</link></item>"
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><channel>{item}<item><title>{title}<br>'
    page = parse_feed(text.encode(charset, "xmlcharrefreplace"), URL)
    assert urls(page) == ["https://news.example/news?id=1&lang=2&copy=3"]
    assert page.broken is not None
    if declared in {charset, "utf-8", "no-such-charset"}:  # one old charset may pass for another
        assert page.leads[0].title_hint == f"{title} & …"


def test_a_doctype_of_html_makes_no_page_of_a_feed() -> None:
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://x.example/">'
    assert urls(parse_feed((doctype + rss(ITEM.format("homs"))).encode(), URL)) == [
        "https://news.example/homs"
    ]


def test_a_prefix_that_nobody_declared_breaks_nothing() -> None:
    page = parse_feed(rss(ITEM.format("homs") + "<podcast:locked>no</podcast:locked>").encode(), URL)
    assert (urls(page), page.broken) == (["https://news.example/homs"], None)


@pytest.mark.parametrize("spoil", [
    lambda text: text[:-30],
    lambda text: text.replace("</title><link>https://news.example/1<", "<link>https://news.example/1<"),
    lambda text: text.replace("Shelling of 1", "Shelling <b>of 1"),
    lambda text: text.replace("Shelling of 1", "Shelling \x02 & of < 1 &bogus; &#0;") + "<!-- cache --><p>x</p>",
    lambda text: text + text,
])  # fmt: skip
def test_broken_xml_gives_its_entries_and_says_so(spoil) -> None:  # type: ignore[no-untyped-def]
    page = parse_feed(spoil(rss("".join(ITEM.format(number) for number in range(4)))).encode(), URL)
    assert urls(page)[:3] == [f"https://news.example/{number}" for number in range(3)]
    assert page.broken is not None
    assert page.broken.startswith(f"{URL} is a broken feed: ")


def test_an_empty_feed_is_no_error() -> None:
    assert parse_feed(rss("").encode(), URL) == FeedPage((), "News")


@pytest.mark.parametrize(("payload", "found"), [
    (b"", "is not XML"),
    (b"   ", "is not XML"),
    (b'{"items": []}', "is not XML"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "is not XML"),
    (b"<!DOCTYPE html><html><head><title>Just a\nmoment</title>", "is an HTML page titled 'Just a moment'"),
    (b"<html><body>Not Found</body></html>", "is an HTML page"),
    (b"<urlset><url><loc>x</loc></url></urlset>", "root is <urlset>"),
    (b"<rss", "no entry could be read"),
    (b"<rss><channel><item><title>x", "no entry could be read"),
])  # fmt: skip
def test_anything_else_is_named(payload: bytes, found: str) -> None:
    with pytest.raises(DiscoveryError) as error:
        parse_feed(payload, URL)
    assert str(error.value).startswith(URL)
    assert found in str(error.value)


def test_entities_are_refused_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss><item><title>&l11;</title>'
    outside = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title></item></rss>'
    )
    for payload in (bomb, outside):
        with pytest.raises(DiscoveryError, match="entities of its own"):
            parse_feed(payload.encode(), URL)


def test_a_dtd_after_the_root_began_expands_nothing() -> None:
    text = rss("<item><title>a&x;b</title><link>/1</link></item>").replace(
        "<channel>", '<!DOCTYPE rss [<!ENTITY x "boom">]><channel>'
    )
    try:
        page = parse_feed(text.encode(), URL)
    except DiscoveryError:
        return
    assert "boom" not in str(page)


HOSTILE = {
    "deep": "<a>" * 100_000,
    "deep in an item": "<item>" + "<a>" * 100_000,
    "categories": "<item><link>/1</link>" + "".join(f"<category>{n}</category>" for n in range(30_000)) + "</item>",
    "author": "<item><link>/1</link><author>" + "a." * 20_000 + "@" + "a-" * 20_000 + "</author></item>",
    "links": "<item>" + "<link>/1</link>" * 30_000 + "</item>",
    "title": "<item><link>/1</link><title>" + "&lt;a" * 100_000 + "</title></item>",
    "date": "<item><link>/1</link><pubDate>" + "1 " * 100_000 + "</pubDate></item>",
    "attributes": "<item " + " ".join(f'a{n}="1"' for n in range(20_000)) + "><link>/1</link></item>",
    "unclosed cdata": "<item><title>" + "<![CDATA[" * 50_000,
    "unclosed tags": "<item><title>" + "<a " * 50_000,
    "ampersands": "<item><link>/1</link><title>" + "&" * 200_000 + "</title></item>",
    "bases": "<item>" + '<a xml:base="x/">' * 200 + "<link>1</link>",
    "prolog": "<!--" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_shapes_cost_little(name: str) -> None:
    payload = rss(HOSTILE[name]).encode()
    started = time.process_time()
    with suppress(DiscoveryError):
        parse_feed(payload, URL)
    assert time.process_time() - started < 6


def test_no_more_than_the_limit_of_entries_is_read() -> None:
    trim = FeedTrim(URL)
    assert trim.full is None
    for _ in range(MAX_ENTRIES + 1):
        trim.start("item", {})
        trim.end("item")
    assert trim.full == "only its first 10,000 entries were read"


def test_bodies_and_markup_are_not_kept_in_memory() -> None:
    payload = rss(
        ITEM.format("homs").replace("</item>", f"<description>{'<p>x</p>' * 60_000}</description></item>")
    )
    data = payload.encode()
    tracemalloc.start()
    try:
        parse_feed(data, URL)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(data)


def test_half_an_address_is_never_used() -> None:
    page = parse_feed(rss(f"<item><link>/{'x' * 5_000}</link></item>").encode(), URL)
    assert page.leads == ()


@given(st.binary(max_size=2_000))
def test_arbitrary_bytes(payload: bytes) -> None:
    with suppress(DiscoveryError):
        assert parse_feed(payload, URL).broken is None


MARKUP = st.sampled_from([
    "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "</link>", "<link href='", "'>",
    "<guid>", "</guid>", "<pubDate>", "</pubDate>", "<dc:date>", "<entry>", "</entry>", "<feed>", "<![CDATA[", "]]>",
    "<!--", "-->", "&amp;", "&", "<", ">", "2026-01-24", "http://[", "https://n.example/1", "/1", "xml:base='", "\x00",
    " ", "\ufffe", "<image>", "<language>", "ar", "<updated>", "</updated>", "<source>", "&#xD800;", "<media:title>",
])  # fmt: skip


@given(
    st.lists(MARKUP | st.text(max_size=8), max_size=60), st.sampled_from(["utf-8", "utf-16", "windows-1256"])
)
def test_arbitrary_markup(parts: list[str], encoding: str) -> None:
    payload = ("<rss><channel><item>" + "".join(parts)).encode(encoding, "replace")
    try:
        page = parse_feed(payload, URL)
    except DiscoveryError:
        return
    assert all(lead.url.startswith(("http://", "https://")) for lead in page.leads)
