"""The search for older reports: which sitemaps and listing pages were walked already, and how far back that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date

from archive.clock import from_text
from archive.models import Lead, LeadState
from archive.tables.backfills import BackfillProgress
from crawler.discovery.reading import Listed
from crawler.discovery.rules import address_days
from crawler.discovery.walks import SitemapWalk
from crawler.options import CrawlOptions
from crawler.run import CrawlRun
from crawler.spiders.looks import Look

_MOST_PAGES = 10_000  # of one listing: beyond, it is a trap or has no end


class Backfill:
    """What a backfill run knows of its own progress; kept in the archive, so that the next run goes on there."""

    def __init__(self, run: CrawlRun, options: CrawlOptions) -> None:
        self._run = run
        self._since = options.since or date.min
        self._until = options.until or date.max
        self._progress = run.backfills(self._since, self._until)
        self._planned = 0
        self._held: list[tuple[Look, Listed, str]] = []

    def plan(self, walk: SitemapWalk) -> None:
        """Take the sitemaps that were finished in earlier runs out of a walk."""
        walk.children = [child for child in walk.children if not self.is_finished(child.url)]
        self._planned += len(walk.children)

    def is_finished(self, url: str) -> bool:
        """Tell whether an endpoint was walked to its end, for these days."""
        return url in self._progress and self._progress[url].finished

    def resume(self, look: Look) -> str | None:
        """Return the page of a listing to begin with; None if it was walked to its end."""
        if look.walk is None or self.is_finished(look.url):
            return None
        look.walk.thorough, look.walk.max_pages = True, _MOST_PAGES
        self._planned += 1
        before = self._progress.get(look.url)
        if before is None or before.next_url is None:
            return look.url
        look.walk.page = before.page + 1
        return before.next_url

    def hold(self, look: Look, listed: Listed, following: str) -> None:
        """Note that a listing's page was walked, and hold the next one back until its reports are fetched."""
        page = look.walk.page - 1 if look.walk else 1  # the walk has turned the page already
        self._note(look, listed, page=page, next_url=following)
        self._held.append((look, listed, following))

    def turn(self) -> list[tuple[Look, str]]:
        """Return the pages that were held back, now that the reports of those before say when they are from."""
        held, self._held = self._held, []
        pages = []
        for look, listed, following in held:
            if self._is_past(listed):
                self.finish(look, listed)
            else:
                pages.append((look, following))
        return pages

    def finish(self, look: Look, listed: Listed) -> None:
        """Note that an endpoint was walked to its end."""
        self._note(look, listed, page=look.walk.page if look.walk else 1, finished=True)

    def words(self) -> str:
        """Return how far the backfill has come, for the progress display."""
        done = sum(progress.finished for progress in self._progress.values())
        reached = [progress.reached_day for progress in self._progress.values() if progress.reached_day]
        back = f", back to {min(reached)}" if reached else ""
        return f"{done} of {max(done, self._planned)} sitemaps and listings walked{back}"

    def _is_past(self, listed: Listed) -> bool:
        """Tell whether all that a listing's page lists is from before the days asked for.

        By the addresses' dates; where they have none, by those of the reports themselves.
        """
        days = self._days(listed.reports.values())
        if not days:
            statuses = self._run.statuses([*listed.reports])
            if any(
                status.state is LeadState.WAITING and status.outcome is None for status in statuses.values()
            ):
                return False  # not all of them could be fetched yet
            days = self._known_days(listed.reports)
        return bool(days) and max(days) < self._since

    def _note(
        self, look: Look, listed: Listed, *, page: int, next_url: str | None = None, finished: bool = False
    ) -> None:
        before = self._progress.get(look.url) or BackfillProgress(look.url, self._since, self._until)
        days = self._days(listed.reports.values()) or self._known_days(listed.reports)
        reached = min((*days, *filter(None, [before.reached_day])), default=None)
        progress = replace(
            before, page=page, next_url=next_url, reached_day=reached, reports=look.reports, finished=finished
        )
        self._progress[look.url] = progress
        self._run.note_backfill(progress)

    @staticmethod
    def _days(leads: Iterable[Lead]) -> list[date]:
        days = []
        for lead in leads:
            if lead.published_hint is not None:
                days.append(lead.published_hint.astimezone(UTC).date())
            elif (address := address_days(lead.url)) is not None:
                days.append(address[1])
        return days

    def _known_days(self, keys: Iterable[str]) -> list[date]:
        found = self._run.statuses([*keys]).values()
        return [from_text(status.published_hint).date() for status in found if status.published_hint]
