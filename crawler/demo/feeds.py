"""The demo site's feeds, sitemaps and robots.txt: what a crawler asks for first."""

from __future__ import annotations

import gzip
from datetime import datetime
from email.utils import format_datetime

from crawler.demo.pages import BASE, Pages
from crawler.demo.reports import Report

FEED_LENGTH = 10
# Reports of section `en` that are older than its sitemap reaches back are found on listing pages only.
_SITEMAP_LENGTH = {"en": 18, "ar": 17, "world": 18, "ru": 12}
SITEMAPS = {f"/sitemap-{section}.xml": section for section in ("en", "ar", "world")} | {
    "/sitemap-ru.xml.gz": "ru"
}


def rss(pages: Pages, section: str) -> bytes:
    """Return a section's RSS feed; the Arabic one is in windows-1256, as many still are."""
    charset = "windows-1256" if section == "ar" else "utf-8"
    reports = pages.of(section)[:FEED_LENGTH]
    text = pages.render(
        "rss.xml",
        section,
        reports=reports,
        charset=charset,
        mail_date=format_datetime,
        updated=format_datetime(newest_change(reports)),
    )
    return text.encode(charset, "xmlcharrefreplace")


def atom(pages: Pages) -> bytes:
    """Return the Atom feed of section `world`."""
    reports = pages.of("world")[:FEED_LENGTH]
    return pages.render("atom.xml", "world", reports=reports, updated=newest_change(reports)).encode()


def sitemap_index(pages: Pages) -> bytes:
    """Return the sitemap index, which leads to the news sitemap and to one sitemap a section."""
    sitemaps = [(path, newest_change(pages.of(section))) for path, section in SITEMAPS.items()]
    newest = ("/sitemap-news.xml", newest_change(pages.reports))
    return pages.render("sitemap_index.xml", "en", sitemaps=[newest, *sitemaps]).encode()


def news_sitemap(pages: Pages) -> bytes:
    """Return the news sitemap: the newest reports of all sections, with their publication dates."""
    return pages.render("sitemap.xml", "en", news=True, reports=pages.reports[:FEED_LENGTH]).encode()


def sitemap(pages: Pages, path: str) -> bytes:
    """Return one section's sitemap by its path, compressed where its name ends in .gz."""
    section = SITEMAPS[path]
    reports = pages.of(section)[: _SITEMAP_LENGTH[section]]
    text = pages.render("sitemap.xml", section, reports=reports).encode()
    return gzip.compress(text, mtime=0) if path.endswith(".gz") else text


def robots(pages: Pages) -> bytes:
    """Return robots.txt; it also forbids one address that looks like a report's."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /search"]
    lines += [f"Disallow: {odd.path}" for odd in pages.odd if odd.kind == "robots"]
    lines += ["", "User-agent: HungryBot", "Disallow: /", "", f"Sitemap: {BASE}/sitemap.xml", ""]
    return "\n".join(lines).encode()


def newest_change(reports: list[Report] | tuple[Report, ...]) -> datetime:
    """Return the moment of the newest report or correction among `reports`."""
    return max(report.modified or report.published for report in reports)
