"""A site where everything goes wrong, served for the public name `hostile.example`."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from tests.sites.awkward import Answer, Page, Site, links, redirect, report, rss, sitemap

HOST = "http://hostile.example"
GZIPPED = gzip.compress(report("Idlib"))
XML_BOMB = b'<?xml version="1.0"?><!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><urlset>&b;</urlset>'
# What is said to us counts, not what is said to all others.
ROBOTS = (
    b"User-agent: conflict-archive\nDisallow: /news/18\nDisallow: /closed.xml\n\nUser-agent: *\nDisallow: /\n"
)
# What each lead of the site comes to.
OUTCOMES = {
    "/news/1": "stored",
    "/news/2": "stored",
    "/news/3": "gone",
    "/news/4": "gone",
    "/news/5": "blocked",
    "/news/6": "failed",  # 500 each time
    "/news/7": "stored",  # 503 at first
    "/news/8": "failed",  # a timeout
    "/news/9": "stored",  # two hops
    "/news/10": "failed",  # a loop
    "/news/11": "not_an_article",  # leads to a vote
    "/news/12": "not_an_article",  # leads to 127.0.0.1
    "/news/13": "not_an_article",  # leads to 169.254.169.254
    "/news/14": "not_an_article",  # empty
    "/news/15": "not_an_article",  # a PDF
    "/news/16": "not_an_article",  # a gzip file that ends too early
    "/news/17": "not_an_article",  # a gzip bomb
    "/news/18": "robots",
    "/news/19": "failed",  # ends before its Content-Length
    "/news/20": "not_an_article",  # leads to the front page
    "/news/21": "duplicate",  # leads to /news/1
    "/news/22": "not_an_article",  # random bytes
    "/news/23": "stored",  # chunked
    "/news/24": "failed",  # larger than allowed
    "/news/25": "failed",  # leads to a name that stands for 127.0.0.1
    "/news/26": "stored",  # leads to an address of another form, which calls itself an article
}
TRAPS = ["/news/1/like", "/news/1/dislike", "/search?q=idlib", "/news/1/print", "/news/1?replytocom=5",
         "/calendar/2026/01", "/news/1/comment-page-2", "/login?next=/news/1"]  # fmt: skip


def site() -> Site:
    """Return the site; it is asked through HOST_MAP."""
    made = Site()
    tries = iter((Answer(b"busy", 503), Answer(report("Kherson"))))
    late = iter((Answer(b"busy", 503, wait=0.5), redirect("/news/1")))  # when /news/1 has been fetched
    pages: dict[str, Page] = {
        "/robots.txt": Answer(ROBOTS, content_type="text/plain"),
        "/feed.xml": rss(*((f"{HOST}{path}", datetime(2026, 1, 24, tzinfo=UTC)) for path in
                           ["/news/1", "/news/2", "/news/3", "/news/1", "/about", *TRAPS])),
        "/sitemap.xml": sitemap(*((f"{HOST}/news/{number}", None) for number in range(4, 27)),
                                *((f"{HOST}{path}", None) for path in TRAPS)),
        "/listing": links("/news/1", "/news/2#comments", "//hostile.example/news/3?utm_source=x", *TRAPS,
                          "javascript:alert(1)", "http://[::1/news/99", "/"),
        "/broken.xml": Answer(b"<rss><channel><item><link>", content_type="text/xml"),
        "/html.xml": Answer(b"<!doctype html><html><body><p>Not a sitemap</p></body></html>"),
        "/bomb.xml": Answer(XML_BOMB, content_type="text/xml"),
        "/bomb.xml.gz": Answer(gzip.compress(b"<urlset>" + b" " * 60_000_000), content_type="application/gzip"),
        "/index.xml": Answer(f"<sitemapindex><sitemap><loc>{HOST}/news/1/like</loc></sitemap></sitemapindex>".encode()),
        "/trapped": Answer(b'<link rel=next href="/news/2/like"><a href="/news/1">A report</a>'),
        "/voting": redirect("/news/1/like"),
        "/slow.xml": Answer(wait=30),
        "/": links(*(f"/news/{number}" for number in range(1, 9))),
        "/news/1": Answer(report("Saraqeb")),
        "/news/2": Answer(GZIPPED, headers=(("Content-Encoding", "gzip"),)),
        "/news/4": Answer(b"taken down", 410),
        "/news/5": Answer(b"no entry", 403),
        "/news/6": Answer(b"<h1>Internal error</h1>", 500),
        "/news/7": lambda: next(tries, Answer(report("Kherson"))),
        "/news/8": Answer(wait=30),
        "/news/9": redirect("/moved/9", 301),
        "/moved/9": redirect("/news/900"),
        "/news/900": Answer(report("Khartoum")),
        "/news/10": redirect("/loop"),
        "/loop": redirect("/news/10"),
        "/news/11": redirect("/news/1/like"),
        "/news/12": redirect("http://127.0.0.1:1/news/5"),
        "/news/13": redirect("http://169.254.169.254/news/5"),
        "/news/14": Answer(b""),
        "/news/15": Answer(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(500), content_type="application/pdf"),
        "/news/16": Answer(GZIPPED[:60], headers=(("Content-Encoding", "gzip"),)),
        "/news/17": Answer(gzip.compress(b"<p>" + b" " * 60_000_000), headers=(("Content-Encoding", "gzip"),)),
        "/news/18": Answer(report("Aleppo")),
        "/news/19": Answer(report("Homs"), claimed_length=100_000),
        "/news/20": redirect("/"),
        "/news/21": lambda: next(late, redirect("/news/1")),
        "/news/22": Answer(bytes(range(256)) * 8),
        "/news/23": Answer(CHUNKED, headers=(("Transfer-Encoding", "chunked"),)),
        "/news/24": Answer(b"<p>" + b"x" * 3_000_000),
        "/news/25": redirect("http://127.1/news/5"),
        "/news/26": redirect("/2026/renamed"),
        "/2026/renamed": Answer(report("Deir ez-Zor", head='<meta property="og:type" content="article">')),
    }  # fmt: skip
    made.pages |= pages
    return made


PAGE = report("Hama")
CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PAGE[:200], PAGE[200:])) + b"0\r\n\r\n"
