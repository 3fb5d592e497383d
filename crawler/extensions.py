"""What lives as long as a crawl: the run (its row, its workers, its summary) and the demo site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import click
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured

from archive.models import Outcome
from archive.store import RunKind
from crawler.discovery.rules import LinkKind
from crawler.ledger import Ledger
from crawler.middlewares.backoff import OUTSIDE_HOURS, PAUSED
from crawler.middlewares.trouble import TROUBLES, WRITE_FAILED, said
from crawler.run import CrawlRun, Workshop
from crawler.spiders.news import NewsSpider

if TYPE_CHECKING:
    from crawler.demo.server import DemoSite

ARCHIVE_UNUSABLE = "archive_unusable"
# The finish reasons of a crawl that could not store what it fetched.
ARCHIVE_FAILED = frozenset({ARCHIVE_UNUSABLE, WRITE_FAILED})
# Scrapy's own, of a crawl that was told to stop.
STOPPED = "shutdown"
# Scrapy's own, of a spider whose `start` failed: a mistake of ours.
START_ERROR = "start_error"
DEMO_SOURCE = "demo"
# What must not be taken for a report, but is fetched to find them: feeds, sitemaps, robots.txt.
_ENDPOINT_RULES = frozenset({"feed", "media"})


class RunExtension:
    """Opens the archive for the spider's run, and closes it with the run's figures."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run: CrawlRun | None = None
        self._own_workshop: Workshop | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension; other spiders than the catalogue's have no run."""
        if crawler.spidercls is None or not issubclass(crawler.spidercls, NewsSpider):
            raise NotConfigured
        extension = cls(crawler)
        crawler.signals.connect(extension.open, signal=signals.spider_opened)
        crawler.signals.connect(extension.close, signal=signals.spider_closed)
        return extension

    def open(self, spider: NewsSpider) -> None:
        """Begin the run."""
        try:
            # several crawls of one process share a workshop, which its command makes and closes
            workshop = getattr(self._crawler, "workshop", None)
            if workshop is None:
                workshop = self._own_workshop = Workshop.from_settings(self._crawler.settings)
            kind: RunKind = "backfill" if spider.options.backfill else "crawl"
            self._run = CrawlRun(workshop, spider.entry.record(), kind=kind)
        except TROUBLES as error:
            click.echo(said(self._crawler, error), err=True)
            raise CloseSpider(ARCHIVE_UNUSABLE) from error  # else it would crawl and store nothing
        spider.begin(self._run)

    def close(self, spider: NewsSpider, reason: str) -> None:
        """End the run, and say on standard output what it brought."""
        if self._run is None:
            return
        stats, ledger = self._crawler.stats, self._run.ledger
        looked_at, errors = ledger.endpoints()
        stats.set_value("endpoints/read", looked_at - len(errors))
        stats.set_value("endpoints/failed", len(errors))
        figures = {**stats.get_stats(), "refused": ledger.refused_by_rule()}
        requests = int(stats.get_value("downloader/request_count", 0))
        try:
            self._run.finish(reason, requests, json.dumps(figures, default=str, sort_keys=True))
        except TROUBLES as error:
            if reason != WRITE_FAILED:  # else it's said already
                click.echo(f"the end of this run is not stored: {said(self._crawler, error)}", err=True)
        if self._own_workshop is not None:
            self._own_workshop.close()
        click.echo(summary(spider.name, requests, reason, ledger))


class DemoSiteExtension:
    """Serves the embedded site on loopback while its own source is crawled."""

    def __init__(self, site: DemoSite, addresses: tuple[str, ...], crawler: Crawler) -> None:
        """addresses: of the site, as its pages have them; the first is the one that links are resolved with."""
        self._site = site
        self._addresses = addresses
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension for the source `demo`; others don't need it."""
        if getattr(crawler.spidercls, "name", None) != DEMO_SOURCE:
            raise NotConfigured
        from crawler.demo.pages import BASE, WWW  # noqa: PLC0415 - with Jinja, which no other source needs
        from crawler.demo.server import DemoSite  # noqa: PLC0415

        site = DemoSite(edition=crawler.settings.getint("DEMO_EDITION"))
        extension = cls(site, (BASE, WWW), crawler)
        crawler.signals.connect(extension.open, signal=signals.spider_opened)
        crawler.signals.connect(extension.close, signal=signals.spider_closed)
        return extension

    def open(self, spider: NewsSpider) -> None:
        """Start the site, and let it stand for the demo's public host."""
        self._site.start()
        here = f"http://127.0.0.1:{self._site.port}"
        spider.host_map |= {urlsplit(base).netloc: here for base in self._addresses}

    def close(self, spider: NewsSpider) -> None:
        """Stop the site, and keep what a well-behaved crawl has none of: votes, and requests to traps."""
        self._site.stop()
        verdicts = {path: spider.rules.verdict(self._addresses[0] + path) for path in self._site.requests}
        traps = [path for path, verdict in verdicts.items()
                 if verdict.kind is LinkKind.REFUSED and verdict.rule not in _ENDPOINT_RULES]  # fmt: skip
        if self._crawler.stats is not None:
            self._crawler.stats.set_value("demo/votes", self._site.votes)
            self._crawler.stats.set_value("demo/traps", traps)


_WORDS = {
    Outcome.STORED: "new",
    Outcome.CHANGED: "changed",
    Outcome.UNCHANGED: "looked at again, unchanged",
    Outcome.DUPLICATE: "at another address of a known report",
    Outcome.NOT_ARTICLE: "no report",
    Outcome.TOO_OLD: "before `since`",
    Outcome.TOO_NEW: "after `until`",
    Outcome.ROBOTS: "forbidden by robots.txt",
    Outcome.BLOCKED: "blocked",
    Outcome.GONE: "gone",
    Outcome.FAILED: "failed",
    Outcome.KNOWN: "known from earlier runs",
    Outcome.WAITING: "left for the next run",
}


# What to say of a crawl that looked at nothing; a backfill that has come to its end does so too.
_NOT_CRAWLED = {
    PAUSED: "not crawled: it refused us, and is left alone for a time",
    OUTSIDE_HOURS: "not crawled: it is outside its hours",
    STOPPED: "stopped before anything was read",
    START_ERROR: "could not be crawled",
}


def summary(source_id: str, requests: int, reason: str, ledger: Ledger) -> str:
    """Return a run's outcome for a person: one line, then one an outcome that occurred.

    requests: how many were sent; reason: why the run ended, as Scrapy has it.
    """
    counts, (looked_at, errors) = ledger.counts(), ledger.endpoints()
    fetched = sum(counts[outcome.value] for outcome in (Outcome.STORED, Outcome.CHANGED))
    head = f"{fetched} reports archived" if fetched else "nothing new"
    if not looked_at:
        head = _NOT_CRAWLED.get(reason, head)
    elif looked_at == len(errors):
        head = f"could not be crawled: {errors[0]}"
    how = f"{requests} requests, {reason.replace('_', ' ')}"
    lines = [f"{source_id}: {head} ({counts['found']} found, {how})"]
    lines += [
        f"  {counts[outcome.value]:>6}  {words}" for outcome, words in _WORDS.items() if counts[outcome.value]
    ]
    if counts["refused"]:
        lines.append(f"  {counts['refused']:>6}  links refused by a rule, never fetched")
    if errors:
        lines.append(f"  {len(errors)} of {looked_at} feeds, sitemaps and listings could not be read")
    return "\n".join(lines)
