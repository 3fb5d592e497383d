"""One run of one source: what its spider, pipelines and extensions share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from archive import __version__, leads
from archive.clock import Clock, to_text, utc_now
from archive.leads import LeadStatus
from archive.models import EndpointCheck, Lead, Outcome, Source, Visit
from archive.urls import url_key
from archive.writer import ArchiveWriter, Desk
from crawler.extraction.pool import WorkerPool
from crawler.ledger import Ledger


class CrawlRun:
    """The run's writer, its read-only view of the frontier, its workers and its ledger.

    Reads see what is committed; what the run itself just found, the ledger knows.
    """

    def __init__(self, path: Path, source: Source, pool: WorkerPool, *, clock: Clock = utc_now) -> None:
        """Open the archive and begin the run; raises ArchiveError if it can't be opened."""
        self.source = source
        self.pool = pool
        self.ledger = Ledger()
        self._clock = clock
        self._writer = ArchiveWriter(path, source, version=__version__, clock=clock)
        self.run_id = self._writer.start()
        self._reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)

    def now(self) -> str:
        """Return the present instant as the archive writes it."""
        return to_text(self._clock())

    # -- reading ------------------------------------------------------------------------------------------

    def statuses(self, keys: Sequence[str]) -> dict[str, LeadStatus]:
        """Return what earlier runs know of these url_keys."""
        return leads.statuses(self._reader, keys)

    def left_over(self, limit: int) -> list[Lead]:
        """Return leads that earlier runs left waiting and that are due, newest first."""
        return leads.waiting(self._reader, self.source.id, self.now(), limit)

    def listed_before(self, endpoint_url: str) -> Iterator[Lead]:
        """Yield the stored leads that the endpoint listed when it was last read."""
        return leads.listed_by(self._reader, endpoint_url)

    # -- writing ------------------------------------------------------------------------------------------

    def add_leads(self, found: Sequence[Lead], *, listed_by: str | None) -> None:
        """Queue leads for the frontier (see `Store.add_leads`)."""
        self._submit(lambda desk: desk.store.add_leads(self.source.id, found, listed_by=listed_by))

    def skip(self, lead: Lead, outcome: Outcome, reason: str) -> None:
        """Queue why a lead is not fetched."""
        self._submit(lambda desk: desk.store.skip_lead(self.source.id, lead, outcome, reason))

    def check_endpoint(self, check: EndpointCheck) -> None:
        """Queue what a look at an endpoint gave."""
        self._submit(lambda desk: desk.store.check_endpoint(self.source.id, check))

    def endpoint_gave_new(self, url: str) -> None:
        """Queue that the endpoint listed something new."""
        at = self.now()
        self._submit(lambda desk: desk.store.endpoint_gave_new(url, at))

    def record(self, visit: Visit) -> Future[Outcome]:
        """Queue a visit; the future resolves when it's on the disk."""
        return self._writer.record_visit(visit)

    def note(self, lead: Lead, outcome: Outcome) -> None:
        """Set a lead's outcome in the run's ledger."""
        self.ledger.note(url_key(lead.url), outcome)

    def finish(self, reason: str, requests: int, stats: str) -> None:
        """Write the run's row, wait until everything is written, and close the archive and the workers.

        requests: how many were sent; stats: Scrapy's figures as JSON.
        """
        counts = self.ledger.counts() | {"requests": requests}
        self._submit(lambda desk: desk.store.finish_run(self.run_id, reason, counts, stats))
        # The last connection to close folds the write-ahead log into the file, which a read-only one can't.
        self._reader.close()
        self._writer.close()
        self.pool.close()

    def _submit(self, job: Callable[[Desk], None]) -> None:
        self._writer.submit(job)
