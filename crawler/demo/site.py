"""What the demo site answers to each address. Only votes change anything, as on the sites it stands for."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from crawler.demo import feeds
from crawler.demo.pages import PAGE_LENGTH, Pages
from crawler.demo.reports import OddPage, Report, gone_paths

_HTML = "text/html; charset=utf-8"
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mOsr6//DwAFhAKAjM1mJgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is sent. changed: when its content last did, for conditional requests."""

    body: bytes
    status: int = 200
    content_type: str = _HTML
    location: str | None = None
    changed: datetime | None = None
    slow: bool = False


class Site:
    """One edition of the site: paths in, answers out; and the votes that were cast."""

    def __init__(self, edition: int) -> None:
        self.pages = Pages(edition)
        self._votes: Counter[str] = Counter()
        self._lock = Lock()
        self._gone = gone_paths(edition)
        self._reports = {report.path.rstrip("/"): report for report in self.pages.reports}
        self._odd = {odd.path.rstrip("/"): odd for odd in self.pages.odd}
        self._routes: list[tuple[re.Pattern[str], Callable[..., Answer]]] = [
            (re.compile(pattern), method)
            for pattern, method in (
                (r"/", self._home),
                (r"/(en|ar)/rss\.php|/world/atom\.xml", self._feed),
                (r"/robots\.txt|/sitemap[\w.-]*", self._machine_page),
                (r"/(en|ar)(?:/(?:news/(?:articles/(\d+)(?:/(\d+))?)?)?)?", self._classic_listing),
                (r"/(world)/(?:page/(\d+)/)?", self._numbered_listing),
                (r"/(ru)/(?:news/)?", self._numbered_listing),
                (r"/(en|ar)/news/search/(?:([^/]+)/(\d+))?", self._search),
                (r"/calendar/(\d{4})/(\d\d)/", self._calendar),
                (r"(.+)/(like|dislike)/?", self._vote),
                (r"(.+)/comments?/?", self._comment),
                (r"/(?:css|js|images|uploads)/.+|/captcha\.php|/favicon\.ico", self._static),
                (r"/admin/.*|/search|/world/(?:authors|newsletter)/?", self._note),
            )
        ]

    def votes(self) -> dict[str, int]:
        """Return how often each vote link was fetched, by its path."""
        with self._lock:
            return dict(self._votes)

    def answer(self, target: str) -> Answer:
        """Return the answer to a GET of `target`, a path with or without a query."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = self._article(parts.path, query)
        if found is not None:
            return found
        for pattern, method in self._routes:
            match = pattern.fullmatch(parts.path)
            if match:
                return method(match, query)
        return self._missing(parts.path)

    def _article(self, path: str, query: dict[str, str]) -> Answer | None:
        odd = self._odd.get(path.rstrip("/"))
        if odd is not None:
            return self._odd_answer(odd)
        if path in self._gone or path + "/" in self._gone:
            return Answer(self.pages.not_found("en").encode(), status=410)
        report = self._reports.get(path.rstrip("/"))
        if report is None:
            return None
        if "print" in query:
            return Answer(self.pages.print_version(report).encode())
        if report.section == "world" and not path.endswith("/"):
            return Answer(b"", status=301, location=report.path)
        return self._article_answer(report)

    def _article_answer(self, report: Report) -> Answer:
        likes, dislikes = self._counts(report)
        text = self.pages.article(report, likes, dislikes)
        if report.page == "windows-1256":
            return Answer(text.encode("windows-1256", "xmlcharrefreplace"), content_type="text/html")
        changed = (report.modified or report.published) if report.section == "world" else None
        return Answer(text.encode(), changed=changed, slow=report.page == "slow")

    def _odd_answer(self, odd: OddPage) -> Answer:
        if odd.kind == "redirect":
            target = next(report for report in self.pages.reports if report.id == odd.target)
            return Answer(b"", status=301, location=target.path)
        if odd.kind == "empty":
            return Answer(self.pages.empty_article(odd).encode())
        if odd.kind in {"video", "gallery"}:
            return Answer(self.pages.media(odd).encode())
        if odd.kind == "forbidden":
            text = self.pages.note(odd.section, "Members only", "Log in to read this briefing.")
            return Answer(text.encode(), status=403)
        if odd.kind == "robots":
            return Answer(
                self.pages.note(odd.section, odd.title, "robots.txt asks not to fetch this.").encode()
            )
        status = 404 if odd.kind == "missing" else 200
        return Answer(self.pages.not_found(odd.section).encode(), status=status)

    def _counts(self, report: Report) -> tuple[int, int]:
        likes, dislikes = report.first_votes
        path = report.path.rstrip("/")
        with self._lock:
            return likes + self._votes[f"{path}/like"], dislikes + self._votes[f"{path}/dislike"]

    def _vote(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        report = self._reports.get(match[1])
        if report is None:
            return self._missing(match[1])
        with self._lock:
            self._votes[f"{match[1]}/{match[2]}"] += 1
        return self._article_answer(report)

    def _comment(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        report = self._reports.get(match[1])
        return self._missing(match[1]) if report is None else self._article_answer(report)

    def _home(self, _match: re.Match[str], _query: dict[str, str]) -> Answer:
        return Answer(self.pages.render("home.html", "en").encode())

    def _feed(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        section = match[1] or "world"
        changed = feeds.newest_change(self.pages.of(section)[: feeds.FEED_LENGTH])
        if section == "world":
            return Answer(feeds.atom(self.pages), content_type="application/atom+xml", changed=changed)
        kind = "application/rss+xml" if section == "ar" else "text/xml; charset=utf-8"
        return Answer(feeds.rss(self.pages, section), content_type=kind, changed=changed)

    def _machine_page(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        path = match[0]
        if path == "/robots.txt":
            return Answer(feeds.robots(self.pages), content_type="text/plain; charset=utf-8")
        changed = feeds.newest_change(self.pages.reports)
        kind = "application/gzip" if path.endswith(".gz") else "application/xml"
        if path == "/sitemap.xml":
            return Answer(feeds.sitemap_index(self.pages), content_type=kind, changed=changed)
        if path == "/sitemap-news.xml":
            return Answer(feeds.news_sitemap(self.pages), content_type=kind, changed=changed)
        if path in feeds.SITEMAPS:
            return Answer(feeds.sitemap(self.pages, path), content_type=kind, changed=changed)
        return self._missing(path)

    def _classic_listing(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        """Past the last page, section en repeats that page and section ar shows an empty one."""
        section, category, number = match[1], match[2] or "1", int(match[3] or 1)
        items = self._items(section, category)
        last = max(1, -(-len(items) // PAGE_LENGTH))
        number = max(1, min(number, last) if section == "en" else number)
        root = f"/{section}/news/articles/{category}"
        pages = [(page, f"{root}/{page}") for page in range(1, last + 1)]
        shown = items[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
        after = f"{root}/{number + 1}"
        return Answer(self.pages.listing(section, match[0], shown, pages=pages, next=after).encode())

    def _numbered_listing(self, match: re.Match[str], query: dict[str, str]) -> Answer:
        """Past the last page, section world says 404 and section ru begins again with the first."""
        section = match[1]
        given = match[2] if section == "world" else query.get("page", "1")
        number = int(given) if given and given.isdecimal() else 1
        items = self._items(section, "1")
        last = -(-len(items) // PAGE_LENGTH)
        if not 1 <= number <= last:
            if section == "world":
                return self._missing(match[0])
            number = 1
        link = "/world/page/{}/" if section == "world" else "/ru/news/?page={}"
        pages = [(page, link.format(page)) for page in range(1, last + 1)]
        shown = items[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
        after = link.format(number + 1) if number < last else None
        return Answer(self.pages.listing(section, match[0], shown, pages=pages, next=after).encode())

    def _items(self, section: str, category: str) -> list[Report | OddPage]:
        items: list[Report | OddPage] = [*self.pages.of(section)]
        if category == "1":
            items += [odd for odd in self.pages.odd if odd.section == section]
        elif category == "12":
            items = [report for report in self.pages.of(section) if report.agency]
        else:
            items = []
        return sorted(items, key=lambda item: item.published, reverse=True)

    def _search(self, match: re.Match[str], query: dict[str, str]) -> Answer:
        """The trap: every page of results has a next one, and links to the search for another word."""
        section, word = match[1], match[2] or query.get("q", "airstrike")
        number = int(match[3] or 1)
        reports = self.pages.of(section)
        found: list[Report | OddPage] = [
            reports[(number * 5 + place * 3) % len(reports)] for place in range(5)
        ]
        root = f"/{section}/news/search"
        other = f"{root}/{'-'.join(str(found[0].title).split()[:2])}/1".replace("%", "").replace("?", "")
        pages = [(number + 1, f"{root}/{word}/{number + 1}"), ("+", other)]
        return Answer(self.pages.listing(section, match[0], found, heading=word, pages=pages).encode())

    def _calendar(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        """The other trap: every month links to the one before and the one after, for ever."""
        year, month = int(match[1]), int(match[2])
        items: list[Report | OddPage] = [
            report
            for report in self.pages.of("en")
            if (report.published.year, report.published.month) == (year, month)
        ]
        months = [year * 12 + month - 2, year * 12 + month]
        pages = [
            (f"{at // 12:04}-{at % 12 + 1:02}", f"/calendar/{at // 12:04}/{at % 12 + 1:02}/") for at in months
        ]
        return Answer(self.pages.listing("en", match[0], items, heading=match[0], pages=pages).encode())

    def _static(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        if match[0] == "/css/site.css":
            style = Path(__file__).parent / "static" / "site.css"
            return Answer(style.read_bytes(), content_type="text/css; charset=utf-8")
        if match[0].startswith("/js/"):
            return Answer(b"", content_type="text/javascript")
        return Answer(_PIXEL, content_type="image/png")

    def _note(self, match: re.Match[str], _query: dict[str, str]) -> Answer:
        return Answer(
            self.pages.note("world", "Demo site", f"There is nothing at {match[0]} in the demo.").encode()
        )

    def _missing(self, path: str) -> Answer:
        section = path.strip("/").split("/", 1)[0]
        known = section if section in {"en", "ar", "world", "ru"} else "en"
        return Answer(self.pages.not_found(known).encode(), status=404)
