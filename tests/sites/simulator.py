"""What sites do over weeks: validators that lie, blocks, traps without end, bombs, a new design. Built on awkward.py.

Each function returns a page for `Site.pages`; those that go on without end are for `Site.otherwise`.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from tests.sites.awkward import Answer, Asked, Dynamic, Site, links, report, rss

CHALLENGE = (
    b"<!DOCTYPE html><html lang=en-US><head><title>Just a moment...</title>"
    b"<meta name=robots content=noindex,nofollow></head><body><h1>news.example</h1>"
    b"<p>Checking if the site connection is secure. Enable JavaScript and cookies to continue</p>"
    b"<script src=/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1></script></body></html>"
)


def tag_of(body: bytes) -> str:
    """Return an honest ETag."""
    return f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324 - as servers do


@dataclass
class Feed:
    """A feed whose links a test changes.

    tag: makes its ETag of the body. obeys: whether it answers a conditional request with 304.
    """

    links: list[str]
    tag: Callable[[bytes], str] = tag_of
    obeys: bool = True
    served: list[int] = field(default_factory=list)

    def page(self) -> Dynamic:
        return Dynamic(self._respond)

    def _respond(self, asked: Asked) -> Answer:
        body = rss(*((link, None) for link in self.links)).body
        etag = self.tag(body)
        same = self.obeys and asked.headers.get("if-none-match") == etag
        self.served.append(304 if same else 200)
        return Answer(b"" if same else body, self.served[-1], "text/xml", (("ETag", etag),))


def ever_new_tags() -> Callable[[bytes], str]:
    """Return an ETag for `Feed` that is another at each request, as of a cluster that never agrees."""
    numbers = count()
    return lambda _: f'W/"{next(numbers)}"'


def same_tag(_: bytes) -> str:
    """Return the ETag of a server whose file dates never change."""
    return '"always"'


def refusing(times: int, retry_after: Callable[[], str], then: bytes, status: int = 429) -> Dynamic:
    """Return a page that refuses `times` times, each time with this Retry-After, and then answers."""
    left = iter(range(times))

    def respond(_: Asked) -> Answer:
        if next(left, None) is None:
            return Answer(then)
        return Answer(b"<p>Too many requests</p>", status, headers=(("Retry-After", retry_after()),))

    return Dynamic(respond)


def endless_listing(base: str, per_page: int = 5) -> Dynamic:
    """Return what lies at /archive?page=N: new reports on each page for ever, older and older."""

    def respond(asked: Asked) -> Answer:
        match = re.search(r"page=(\d+)", asked.target)
        page = int(match[1]) if match else 1
        numbers = range(page * per_page, (page + 1) * per_page)
        shown = links(*(f"{base}/news/{number}" for number in numbers)).body
        return Answer(shown + b'<a rel=next href="/archive?page=%d">Older</a>' % (page + 1))

    return Dynamic(respond)


def endless_site() -> Dynamic:
    """Return what is at any address of a site that answers everything: a calendar with a next month for ever.

    Its listings link to it, to search pages and to themselves in ever deeper folders; reports are reports.
    """

    def respond(asked: Asked) -> Answer:
        if re.fullmatch(r"/news/\d+", asked.target):
            return Answer(report(f"Village {asked.target[6:]}"))
        if asked.target == "/robots.txt" or asked.target.endswith(".xml"):
            return Answer(b"", 404)
        month = re.search(r"(\d{4})-(\d\d)", asked.target)
        day = (
            datetime(int(month[1]), int(month[2]), 15, tzinfo=UTC)
            if month
            else datetime(2026, 1, 15, tzinfo=UTC)
        )
        following = f"/calendar/{day + timedelta(days=31):%Y-%m}"
        deeper = f"{asked.target.rstrip('/')}/archive/archive/archive/"
        shown = links(following, deeper, "/search?q=idlib&page=2", "/news/1", "/news/2").body
        return Answer(shown + f'<a rel=next href="{following}">Next month</a>'.encode())

    return Dynamic(respond)


def with_session_ids(base: str, numbers: Sequence[int]) -> Dynamic:
    """Return a listing whose every second link carries a session id, another one at each look."""
    sessions = count(0x5EED)

    def respond(_: Asked) -> Answer:
        marked = [
            f"{base}/news/{number}" + (f"?PHPSESSID={next(sessions):032x}" if number % 2 else "")
            for number in numbers
        ]
        return links(*marked)

    return Dynamic(respond)


def chain(site: Site, name: str, hops: int, end: str) -> str:
    """Lay a chain of redirects into the site; returns its first address, a report's."""
    steps = [f"/news/{name}"] + [f"/hop/{name}/{number}" for number in range(1, hops)] + [end]
    for here, there in pairwise(steps):
        site.pages[here] = Answer(status=302, headers=(("Location", there),))
    return steps[0]


def gzip_bomb(head: bytes, size: int) -> bytes:
    """Return a gzip file of `size` bytes that begin with `head`."""
    return gzip.compress(head + b" " * size, compresslevel=9, mtime=0)


def big_sitemap(base: str, size: int, newest: datetime) -> bytes:
    """Return a sitemap of `size` reports, one an hour, the newest first; each says when it was modified."""
    entries = "".join(
        f"<url><loc>{base}/news/{size - number}</loc><lastmod>{newest - timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}"
        "</lastmod></url>"
        for number in range(size)
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


@dataclass(frozen=True)
class Story:
    """A report as a newsroom has it: what stays the same whatever the site's design."""

    title: str
    toll: int = 5
    published: str = "2026-01-24T16:04:11Z"

    def paragraphs(self) -> tuple[str, ...]:
        return (
            f"At least {self.toll} civilians were killed on Saturday in {self.title}, local rescuers said.",
            "Witnesses said that two houses near the market were destroyed and that the road was closed.",
            "The army did not comment on the strike, which came after a week of heavy shelling in the area.",
            "Hospitals in the district asked for blood, and said that most of the wounded were women.",
        )

    def old_design(self) -> bytes:
        """A page of tables and font tags, as of 2009: no structure, no metadata."""
        text = "".join(f"<p><font size=2>{paragraph}</font></p>" for paragraph in self.paragraphs())
        menu = "".join(
            f"<a href=/section/{name}>{name}</a> | " for name in ("Home", "Politics", "Sport", "Opinion")
        )
        return (
            f"<html><head><title>{self.title}</title></head><body><table><tr><td class=menu>{menu}</td></tr>"
            f"<tr><td class=content><h1>{self.title}</h1><div class=date>Saturday 24 January 2026</div>{text}</td>"
            "<td class=side><b>Most read</b><br><a href=/news/90>Another report of the day</a></td></tr></table>"
            "<p class=foot>Copyright 2026. All rights reserved.</p></body></html>"
        ).encode()

    def new_design(self) -> bytes:
        """The same report in the markup of 2026: metadata, a header, a share bar, related reports, a newsletter."""
        text = "".join(f"<p class='wp-block-paragraph'>{paragraph}</p>" for paragraph in self.paragraphs())
        meta = f'<meta property="article:published_time" content="{self.published}"><meta property="og:type" content="article">'
        related = "".join(
            f"<li><a href=/news/{number}>Report {number} of the war</a></li>" for number in range(80, 84)
        )
        return (
            f"<!doctype html><html lang=en><head><title>{self.title} - The Local Post</title>{meta}</head><body>"
            "<header><nav><ul><li><a href=/>Home</a></li><li><a href=/world>World</a></li></ul></nav></header>"
            f"<main><article class=post><header><h1 class=entry-title>{self.title}</h1>"
            f"<time datetime={self.published}>24 January 2026</time></header>"
            "<div class=share-bar><a href=#>Share</a><a href=#>Tweet</a></div>"
            f"<div class=entry-content>{text}</div>"
            "<aside class=newsletter><p>Sign up to our newsletter and never miss a story.</p></aside>"
            f"</article><section class=related><h2>Related</h2><ul>{related}</ul></section></main>"
            "<footer><p>Copyright 2026 The Local Post</p></footer></body></html>"
        ).encode()
