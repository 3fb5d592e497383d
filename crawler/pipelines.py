"""From a fetched page to a stored report: extraction in a worker process, then the archive's writer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Self, cast

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.clock import to_text
from archive.errors import ArchiveError
from archive.models import Extraction, Lead, LeadState, Outcome, Visit
from crawler.discovery.addresses import report_address
from crawler.discovery.rules import in_range
from crawler.errors import CrawlerError, PackedTooWell
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.remote import PASSING, read_report
from crawler.items import Fetched
from crawler.learning import learn_from
from crawler.middlewares.trouble import give_up
from crawler.rereading import says_the_same
from crawler.spiders.news import NewsSpider


class _Pipeline:
    """Has the crawler; its spider is there once the pipeline is in use."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the pipeline for one crawl."""
        return cls(crawler)

    @property
    def _spider(self) -> NewsSpider:
        return cast("NewsSpider", self._crawler.spider)


class ExtractPipeline(_Pipeline):
    """Turns what was fetched into a visit: the page's report, or why there is none."""

    async def process_item(self, item: Fetched) -> Visit:
        """Extract the page in a worker; a page that fails is a failed visit, not an error of the crawl."""
        run = self._spider.run
        visit = Visit(
            item.lead, item.responses, failure=item.failure, error=item.error,
            not_modified=item.not_modified, retry_at=item.retry_at,
        )  # fmt: skip
        if item.failure is not None or item.url is None or item.not_modified:
            return visit
        visit = replace(visit, is_own_date=run.is_the_pages_own(item.lead))
        run.pages_in_hand += 1
        try:
            return await self._read(item, item.url, visit)
        finally:
            run.pages_in_hand -= 1

    async def _read(self, item: Fetched, url: str, visit: Visit) -> Visit:
        try:
            template, extraction = await self._extracted(item, url)
        except PackedTooWell as error:
            return replace(visit, failure=Outcome.NOT_ARTICLE, error=f"refused: {error}")
        except CrawlerError as error:
            return replace(visit, failure=Outcome.FAILED, error=f"extraction: {error}")
        address = reason = None
        if extraction.article is None:
            reason = f"{extraction.reason}: {extraction.detail}"
        else:
            address = self._address(url, extraction)
        if address is None:
            reason = reason or f"it redirects to {url}, which is no report of this source by its address"
            is_passing = extraction.reason in PASSING
            return replace(
                visit, extraction=extraction, failure=Outcome.NOT_ARTICLE, error=reason, is_passing=is_passing
            )
        await learn_from(self._spider.run, url, item.responses[-1].fetched_at, extraction)
        is_same = await self._says_the_same(address, extraction, item.lead, template)
        return self._dated(replace(visit, extraction=extraction, url=address, is_same=is_same))

    async def _extracted(self, item: Fetched, url: str) -> tuple[KnownTemplate | None, Extraction]:
        """Return what a worker makes of a page, and the template that it had for it."""
        run = self._spider.run
        # Hundreds may wait for their turn, and are to be read with what is known by then.
        async with run.pool.turn():
            template = run.templates.known
            extraction = await run.pool.run_now(
                read_report,
                item.body,
                url=url,
                content_type=item.content_type,
                fetched_at=item.responses[-1].fetched_at,
                hints=self._hints(item.lead),
                template=template,
                teach=run.templates.teaches(),
            )
        return template, extraction

    async def _says_the_same(
        self, url: str, extraction: Extraction, lead: Lead, template: KnownTemplate | None
    ) -> bool:
        run = self._spider.run
        try:
            return await says_the_same(run, run.identity.key_of(url), extraction, self._hints(lead), template)
        except CrawlerError as error:
            self._spider.logger.warning("the last capture of %s can't be compared: %s", url, error)
            return False

    def _hints(self, lead: Lead) -> Hints:
        entry = self._spider.entry
        return Hints(
            source_name=entry.name,
            time_zone=entry.time_zone,
            languages=entry.languages,
            title=lead.title_hint,
            published_at=None if self._spider.run.is_the_pages_own(lead) else lead.published_hint,
            modified_at=lead.modified_hint,
            via=lead.via,
        )

    def _address(self, url: str, extraction: Extraction) -> str | None:
        spider = self._spider
        return report_address(
            url, extraction, rules=spider.rules, identity=spider.run.identity, homepage=spider.entry.homepage
        )

    def _dated(self, visit: Visit) -> Visit:
        """Fail a visit whose report is outside the run's dates, which only the page could tell."""
        article = visit.extraction.article if visit.extraction else None
        days = self._spider.options
        if article is None or article.published is None or days.since is days.until is None:
            return visit
        # kept with the lead, so that the next run needs not fetch the page to know
        lead = replace(visit.lead, published_hint=article.published.moment)
        outside = in_range(lead, days.since, days.until)
        if outside is None or self._is_archived(lead):
            return visit
        reason = f"published {to_text(article.published.moment)} as the page says"
        return replace(visit, lead=lead, failure=outside, error=reason)

    def _is_archived(self, lead: Lead) -> bool:
        key = lead.key or self._spider.run.identity.key(lead.url)
        status = self._spider.run.statuses([key]).get(key)
        return status is not None and status.state is LeadState.STORED


class StorePipeline(_Pipeline):
    """Hands visits to the archive's writer, and counts what became of them."""

    async def process_item(self, item: Visit) -> Visit:
        """Return when the visit is on the disk; if it can't be written (a full disk), end the crawl."""
        run = self._spider.run
        try:
            outcome = await asyncio.wrap_future(run.record(item, is_urgent=self._nothing_else_goes_on()))
        except ArchiveError as error:
            give_up(self._crawler, error)
            raise DropItem(str(error), log_level="DEBUG") from error
        run.note(item.lead, outcome)
        return item

    def _nothing_else_goes_on(self) -> bool:
        """Tell whether the crawl waits for nothing but the writer, who then had better hurry."""
        engine = self._crawler.engine
        return engine is not None and not engine.downloader.active and not self._spider.run.pages_in_hand
