"""One run of one source: what its spider, pipelines and extensions share; and what the runs of a process share."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Self

from scrapy.settings import BaseSettings

from archive import __version__
from archive.clock import Clock, from_text, to_text
from archive.models import EndpointCheck, Lead, Outcome, SiteTemplate, Source, TemplateLesson, Visit
from archive.store import BUSY_TIMEOUT, RunKind
from archive.tables import backfills, candidates, endpoints, leads, reextraction, templates
from archive.tables.backfills import BackfillProgress
from archive.tables.endpoints import EndpointMemory
from archive.tables.leads import LeadStatus
from archive.tables.reextraction import StoredPage
from archive.writer import ArchiveWriter, Desk
from crawler.clock import clock_from
from crawler.errors import ExtractionError
from crawler.extraction.pool import WorkerPool
from crawler.extraction.templates.model import from_json
from crawler.ledger import Ledger
from crawler.templates import PATHS, SiteTemplates

logger = logging.getLogger(__name__)

# What of the settings decides which responses a WARC file has, and how much of them.
_TOLD_SETTINGS = (
    "ROBOTSTXT_OBEY", "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT", "REDIRECT_MAX_TIMES", "RETRY_TIMES", "COOKIES_ENABLED"
)  # fmt: skip


class Workshop:
    """What the crawls of one process share: the archive's one writer, the workers and the clock."""

    def __init__(
        self,
        path: Path,
        pool: WorkerPool,
        clock: Clock,
        *,
        about: Mapping[str, str] | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        """Open the archive for writing; raises ArchiveError if it can't be opened.

        about: who crawls and how, for the WARC files.
        """
        self.path = path
        self.pool = pool
        self.clock = clock
        self.writer = ArchiveWriter(
            path, version=__version__, clock=clock, about=about, busy_timeout=busy_timeout
        )
        self.writer.start()

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Make the workshop that the settings ask for; raises ArchiveError or BadOption."""
        clock = clock_from(settings["NOW"])
        workers, timeout = settings.getint("EXTRACTION_WORKERS"), settings.getfloat("EXTRACTION_TIMEOUT")
        pool = WorkerPool(workers, timeout=timeout)
        busy_timeout = settings.getfloat("ARCHIVE_BUSY_TIMEOUT")
        path = Path(settings["ARCHIVE_DB"])
        return cls(path, pool, clock, about=_about(settings), busy_timeout=busy_timeout)

    def close(self) -> None:
        """Write what is queued, and end the writer and the workers."""
        self.writer.close()
        self.pool.close()


def _about(settings: BaseSettings) -> dict[str, str]:
    """Return what a WARC file tells of its making, by the names of the WARC standard where it has one."""
    told = " ".join(f"{name}={settings[name]}" for name in _TOLD_SETTINGS)
    about = {
        "operator": settings["CONTACT"],
        "http-header-user-agent": settings["USER_AGENT"],
        "settings": told,
    }
    return {name: value for name, value in about.items() if value}


def known_templates(conn: sqlite3.Connection, source_id: str) -> SiteTemplates:
    """Return what the archive knows of a source's template."""
    current = templates.current(conn, source_id)
    is_usable = True
    try:
        if current is not None:
            from_json(current.document)
    except ExtractionError as error:
        is_usable = False
        logger.warning("the template of %s is learned anew: %s", source_id, error)
    return SiteTemplates(
        source_id,
        current,
        templates.lessons(conn, source_id),
        templates.recent_paths(conn, source_id, PATHS)[::-1],
        is_usable=is_usable,
    )


class CrawlRun:
    """The run's writer, its read-only view of the frontier, its workers and its ledger.

    Reads see what is committed; what the run itself just found, the ledger knows.
    """

    def __init__(self, workshop: Workshop, source: Source, *, kind: RunKind = "crawl") -> None:
        """Begin the run; raises ArchiveError if its row can't be written."""
        self.source = source
        self.identity = source.identifier()
        self.pool = workshop.pool
        self.ledger = Ledger()
        self.pages_in_hand = 0  # that were fetched, and are being read
        self.clock = workshop.clock
        self._writer = workshop.writer.begin_run(source, kind=kind)
        self.run_id = self._writer.run_id
        self.warc_folder = workshop.path.absolute().parent / "warc"
        self._uri = f"{workshop.path.absolute().as_uri()}?mode=ro"
        self._reader = sqlite3.connect(self._uri, uri=True)
        self.templates = known_templates(self._reader, source.id)

    def now(self) -> str:
        """Return the present instant as the archive writes it."""
        return to_text(self.clock())

    # -- reading ------------------------------------------------------------------------------------------

    def statuses(self, keys: Sequence[str]) -> dict[str, LeadStatus]:
        """Return what earlier runs know of these url_keys."""
        return leads.statuses(self._reader, keys)

    def due(self, limit: int, days: tuple[str | None, str | None] = (None, None)) -> list[Lead]:
        """Return leads that are due, newest first (see `archive.tables.leads.due`)."""
        return leads.due(self._reader, self.source.id, self.now(), limit, days)

    def listed_before(self, endpoint_url: str) -> Iterator[Lead]:
        """Yield the stored leads that the endpoint listed when it was last read."""
        return leads.listed_by(self._reader, endpoint_url)

    def endpoint(self, url: str) -> EndpointMemory | None:
        """Return what is known of an endpoint; None if it was never looked at."""
        return endpoints.memory(self._reader, url)

    def backfills(self, since: date, until: date) -> dict[str, BackfillProgress]:
        """Return how far the source's backfill of these days came in earlier runs, by endpoint."""
        return backfills.progress(self._reader, self.source.id, since, until)

    def paused_until(self) -> tuple[datetime, str] | None:
        """Return when the source may be asked again and why not before, if it refused us and that lies ahead."""
        row = self._reader.execute(
            "select paused_until, pause_reason from sources where id = ? and paused_until > ?",
            [self.source.id, self.now()],
        ).fetchone()
        return None if row is None else (from_text(row[0]), str(row[1]))

    def pauses(self) -> int:
        """Return how many times in a row the source has refused us before this run."""
        row = self._reader.execute("select pauses from sources where id = ?", [self.source.id]).fetchone()
        return int(row[0])

    def requests_since(self, instant: str) -> int:
        """Return how many requests the source's other runs that began at `instant` or later have sent."""
        query = (
            "select coalesce(sum(requests), 0) from runs where source_id = ? and started_at >= ? and id <> ?"
        )
        return int(self._reader.execute(query, [self.source.id, instant, self.run_id]).fetchone()[0])

    def last_page(self, key: str) -> StoredPage | None:
        """Return the capture that an article's newest revision was made of, by the article's url_key."""
        if self._reader.execute("select 1 from articles where url_key = ?", [key]).fetchone() is None:
            return None
        with closing(sqlite3.connect(self._uri, uri=True)) as conn:
            conn.row_factory = sqlite3.Row
            return reextraction.last_of(conn, key)

    def is_the_pages_own(self, lead: Lead) -> bool:
        """Tell whether a lead's date is what was read on its page before: it would vouch for itself as a feed's."""
        if lead.published_hint is None:
            return False
        row = self._reader.execute(
            "select published_at_from, date_candidates from articles where url_key = ? and published_at = ?",
            [lead.key or self.identity.key(lead.url), to_text(lead.published_hint)],
        ).fetchone()
        return row is not None and not candidates.came_with_the_lead(*row)

    # -- writing ------------------------------------------------------------------------------------------

    def add_leads(
        self, found: Sequence[Lead], *, due: Collection[str] = (), listed_by: str | None = None
    ) -> Future[None]:
        """Write leads to the frontier (see `Store.add_leads`); `due` sees them once the future resolves."""
        return self._writer.submit(
            lambda desk: desk.store.add_leads(desk.run, found, due=due, listed_by=listed_by), is_urgent=True
        )

    def skip(self, skipped: Sequence[tuple[Lead, Outcome, str]]) -> None:
        """Queue why leads are not fetched."""
        self._submit(lambda desk: desk.store.skip_leads(desk.run, skipped))

    def note_backfill(self, progress: BackfillProgress) -> None:
        """Queue how far a backfill has come."""
        self._submit(lambda desk: desk.store.note_backfill(self.source.id, progress))

    def check_endpoint(self, check: EndpointCheck) -> None:
        """Queue what a look at an endpoint gave."""
        self._submit(lambda desk: desk.store.check_endpoint(self.source.id, check))

    def endpoint_gave_new(self, url: str) -> None:
        """Queue that the endpoint listed something new."""
        at = self.now()
        self._submit(lambda desk: desk.store.endpoint_gave_new(url, at))

    def note_dropped(self, url: str, alive: int | None) -> None:
        """Queue what became of reports that a sitemap listed no longer (see `archive.tables.endpoints.note_dropped`)."""
        self._submit(lambda desk: desk.store.note_dropped(url, alive))

    def pause(self, until: datetime, reason: str) -> None:
        """Queue that the source refuses us, and is not to be crawled before `until`."""
        self._submit(lambda desk: desk.store.pause_source(self.source.id, to_text(until), reason))

    def resume(self) -> None:
        """Queue that the source answers."""
        self._submit(lambda desk: desk.store.resume_source(self.source.id))

    def record(self, visit: Visit, *, is_urgent: bool) -> Future[Outcome]:
        """Queue a visit; the future resolves when it's on the disk: at once if that's urgent, or within half a second."""
        return self._writer.record_visit(visit, is_urgent=is_urgent)

    def save_template(self, template: SiteTemplate, lessons: Sequence[TemplateLesson]) -> Future[int]:
        """Queue a new version of the site's template and what it was learned from; the future gives its id."""
        return self._writer.submit(lambda desk: desk.save_template(template, lessons), is_urgent=True)

    def note(self, lead: Lead, outcome: Outcome) -> None:
        """Set a lead's outcome in the run's ledger."""
        self.ledger.note(lead.key or self.identity.key(lead.url), outcome)

    def finish(self, reason: str, requests: int, stats: str) -> None:
        """Write the run's row, and wait until everything is written.

        requests: how many were sent; stats: Scrapy's figures as JSON.
        """
        counts, refused = self.ledger.counts() | {"requests": requests}, self.ledger.refused_by_rule()
        self._submit(lambda desk: desk.finish_run(reason, counts, refused, stats))
        if self.templates.has_new:
            kept = self.templates.lessons
            self._submit(lambda desk: desk.store.keep_lessons(self.source.id, kept))
        # The last connection to close folds the write-ahead log into the file, which a read-only one can't.
        self._reader.close()
        self._writer.end()

    def _submit(self, job: Callable[[Desk], None]) -> None:
        self._writer.submit(job)
