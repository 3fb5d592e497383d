"""Reports to HTML: the layouts of the demo site's four sections, and the listings round them."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from crawler.demo.reports import OddPage, Report, load_odd_pages, load_reports, load_sections

BASE = "http://demo.conflict-archive.example"
WWW = BASE.replace("//", "//www.")
TWEET_BY = "— Demo Witness (@demo_witness)"
LAYOUT = {"en": "classic", "ar": "classic", "world": "world", "ru": "ru"}
PAGE_LENGTH = 8
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a listing. href is the link as the page writes it, path the address that it means."""

    title: str
    path: str
    href: str
    date: str
    text: str
    published: datetime


class Pages:
    """Renders the pages of one edition of the site; every method returns text and changes nothing."""

    def __init__(self, edition: int) -> None:
        self.reports = load_reports(edition)
        self.odd = load_odd_pages()
        self.words = load_sections()
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
        self._templates.globals.update(base=BASE, base_or_www=(BASE, WWW), tweet_by=TWEET_BY)

    def of(self, section: str) -> list[Report]:
        """Return a section's reports, newest first."""
        return [report for report in self.reports if report.section == section]

    def render(self, template: str, section: str, **values: Any) -> str:
        """Return a template filled in with what every page of a section shows, and with `values`."""
        own = self.of(section)
        shared = {
            "section": section,
            "words": self.words[section],
            "charset": "utf-8",
            "most_read": own[3:6],
            "latest": own[0],
        }
        return self._templates.get_template(template).render(shared | values)

    def article(self, report: Report, likes: int, dislikes: int) -> str:
        """Return a report's page. likes and dislikes are the counts that it shows."""
        huge = report.page == "huge"
        modified = report.modified or report.published
        return self.render(
            f"{LAYOUT[report.section]}_article.html",
            report.section,
            report=report,
            date=self.date(report),
            modified=modified,
            modified_date=self.english_date(modified),
            related=[other for other in self.of(report.section) if other != report][1:4],
            graph=self._graph(report),
            likes=likes,
            dislikes=dislikes,
            comments=reader_comments() if huge else [],
            filler=filler() if huge else None,
            charset=report.page if report.page == "windows-1256" else "utf-8",
        )

    def print_version(self, report: Report) -> str:
        """Return a report's page for printing."""
        return self.render("print.html", report.section, report=report, date=self.date(report))

    def empty_article(self, odd: OddPage) -> str:
        """Return the page of a report that has a title, a date and no text."""
        date = f"{odd.published:%Y-%m-%d %H:%M:%S}"
        return self.render("classic_note.html", odd.section, report=odd, date=date)

    def media(self, odd: OddPage) -> str:
        """Return a page that has a video or pictures, and no report."""
        return self.render(f"{LAYOUT[odd.section]}_media.html", odd.section, odd=odd, date=self.date(odd))

    def note(self, section: str, heading: str, text: str) -> str:
        """Return a page in a section's layout that only says one thing."""
        return self.render(f"{LAYOUT[section]}_note.html", section, heading=heading, text=text)

    def not_found(self, section: str) -> str:
        """Return a section's page for what is not there."""
        heading, text = self.words["not_found"][section]
        return self.note(section, heading, text)

    def listing(self, section: str, here: str, items: list[Report | OddPage], **values: Any) -> str:
        """Return a listing page. here: its own path; values: heading, pages [(number, href)], next."""
        lines = [self._item(item, here, place) for place, item in enumerate(items)]
        return self.render(f"{LAYOUT[section]}_list.html", section, items=lines, **values)

    def date(self, item: Report | OddPage) -> str:
        """Return when an item was published, as its section's pages write it."""
        at = item.published
        if item.section == "en":
            return f"{at:%Y-%m-%d %H:%M:%S}"
        if item.section == "world":
            return self.english_date(at)
        if item.section == "ru":
            return f"{at.day} {self.words['months']['ru'][at.month - 1]} {at.year}, {at:%H:%M}"
        tradition, _, digits = (item.months if isinstance(item, Report) else "levant").partition("-")
        text = f"{at.day} {self.words['months'][tradition][at.month - 1]} {at.year} - {at:%H:%M}"
        return text.translate(_ARABIC_INDIC) if digits else text

    def english_date(self, at: datetime) -> str:
        """Return a moment as the world section writes it, without its offset."""
        return f"{at.day} {self.words['months']['en'][at.month - 1]} {at.year}, {at:%H:%M}"

    def _item(self, item: Report | OddPage, here: str, place: int) -> Item:
        """Return a listing's line; its link is root-relative, absolute or relative, by its place."""
        relative = posixpath.relpath(item.path, posixpath.dirname(here)) + "/" * item.path.endswith("/")
        href = (item.path, f"{BASE}{item.path}?utm_source=listing", relative)[place % 3]
        text = ""
        if isinstance(item, Report):
            text = item.standfirst if item.section == "world" else item.body[0].text[:90] * (place == 0)
        return Item(item.title, item.path, href, self.date(item), text, item.published)

    def _graph(self, report: Report) -> Markup:
        """Return the JSON-LD of a report, fit to stand inside a script element."""
        url = BASE + report.path
        outlet = {
            "@type": "NewsMediaOrganization",
            "@id": f"{BASE}/#org",
            "name": self.words["world"]["outlet"],
        }
        article: dict[str, Any] = {
            "@type": "NewsArticle",
            "@id": f"{url}#article",
            "headline": report.title,
            "description": report.standfirst,
            "datePublished": report.published.isoformat(),
            "dateModified": (report.modified or report.published).isoformat(),
            "author": [{"@type": "Person" if report.bio else "Organization", "name": report.author}],
            "publisher": {"@id": f"{BASE}/#org"},
            "articleSection": report.category,
            "inLanguage": "en-GB",
            "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        }
        if report.page == "paywall":
            article["isAccessibleForFree"] = False
        trail = {
            "@type": "BreadcrumbList",
            "itemListElement": [{"@type": "ListItem", "position": 1, "name": "World"}],
        }
        graph = {"@context": "https://schema.org", "@graph": [outlet, trail, article]}
        return Markup(json.dumps(graph).replace("<", "\\u003c"))  # noqa: S704 -- JSON of our own, "<" escaped


def filler() -> dict[str, str]:
    """Return what makes the huge page five megabytes: a picture, a script and a comment, always the same."""
    noise = base64.b64encode(hashlib.shake_256(b"demo").digest(3_750_000)).decode()
    return {"image": noise[:2_600_000], "script": noise[2_600_000:4_400_000], "comment": noise[4_400_000:]}


def reader_comments() -> list[dict[str, str]]:
    """Return the readers' comments below the huge page."""
    return [
        {"name": f"reader_{number}", "text": f"Opinion number {number}: may it end soon, for all of them."}
        for number in range(1, 301)
    ]
