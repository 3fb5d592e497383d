"""The only module that writes to the archive.

A Store belongs to one thread. What it is told is seen by nobody before `commit`; the caller syncs the WARC
file first, so that a row never points to bytes that a crash could take away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from archive import articles, leads, rows, schema
from archive.articles import Sighting
from archive.clock import Clock, to_text, utc_now
from archive.models import EndpointCheck, ImportedArticle, Lead, Outcome, Source, StoredCapture, Visit
from archive.urls import canonical_url, url_key

# A writer that meets another (two sources crawled at once) waits this long for its turn, in seconds.
_BUSY_TIMEOUT = 60.0


class Store:
    """The writing side of one archive file; a context manager that commits on success."""

    def __init__(self, path: Path, *, clock: Clock = utc_now, create: bool = True) -> None:
        """Open the archive at `path`, made or migrated to the newest schema.

        Raises ArchiveUnreadable where there is none and `create` is false, or where the file is no archive.
        """
        self.path = path
        self._clock = clock
        self._conn = schema.open_for_writing(path, create=create, timeout=_BUSY_TIMEOUT)
        self._run_id: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()
        self.close()

    def commit(self) -> None:
        """Make everything since the last commit lasting and visible, at once."""
        self._conn.commit()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._conn.rollback()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside, and only that, if it raises."""
        if not self._conn.in_transaction:  # else releasing the savepoint would commit
            self._conn.execute("begin immediate")
        self._conn.execute("savepoint job")
        try:
            yield
        except BaseException:
            self._conn.execute("rollback to job")
            raise
        finally:
            self._conn.execute("release job")

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self._conn.close()

    # -- sources, runs, endpoints -------------------------------------------------------------------------

    def save_source(self, source: Source) -> None:
        """Write a source's row, or bring it up to date."""
        row = asdict(source) | {"languages": ", ".join(source.languages)}
        rows.upsert(self._conn, "sources", row, key="id")

    def begin_run(self, source: Source, version: str) -> int:
        """Open a run of `source`; captures that follow belong to it. Returns its id."""
        self.save_source(source)
        run = {"source_id": source.id, "started_at": self._now(), "version": version}
        self._run_id = rows.insert(self._conn, "runs", run)
        return self._run_id

    def finish_run(self, run_id: int, reason: str, counts: Mapping[str, int], stats: str) -> None:
        """Close a run: why it ended, how many leads had each outcome, and Scrapy's own figures as JSON."""
        row = {"finished_at": self._now(), "finish_reason": reason, "stats": stats, **counts}
        rows.update(self._conn, "runs", run_id, row)

    def check_endpoint(self, source_id: str, check: EndpointCheck) -> None:
        """Write down what a look at a feed, sitemap or listing gave."""
        row = {
            "source_id": source_id,
            "url": check.url,
            "kind": check.kind,
            "status": check.status,
            "etag": check.etag,
            "last_modified": check.last_modified,
            "last_checked_at": to_text(check.checked_at),
            "last_error": check.error,
        }
        rows.upsert(self._conn, "endpoints", row, key="url")
        self._conn.execute(
            "update endpoints set failures = case when ? then failures + 1 else 0 end where url = ?",
            [check.failed, check.url],
        )

    def endpoint_gave_new(self, url: str, at: str) -> None:
        """Write down when an endpoint last listed something new."""
        self._conn.execute("update endpoints set last_new_at = ? where url = ?", [at, url])

    # -- leads --------------------------------------------------------------------------------------------

    def add_leads(self, source_id: str, found: Sequence[Lead], *, listed_by: str | None = None) -> None:
        """Put leads on the frontier; those that are known stay as they are.

        listed_by: the URL of an endpoint that lists every report for good (a sitemap, not a feed), so that a
        report which is missing from it one day may have been taken down: known leads are tied to it as well.
        """
        ids = [self._lead_id(source_id, lead) for lead in found]
        if listed_by is not None:
            leads.tie(self._conn, ids, listed_by)

    def skip_lead(self, source_id: str, lead: Lead, outcome: Outcome, reason: str) -> None:
        """Write down why a lead was not fetched (too old, too new)."""
        leads.settle(self._conn, self._lead_id(source_id, lead), outcome, reason, attempted_at=None)

    # -- visits -------------------------------------------------------------------------------------------

    def record_visit(self, source_id: str, visit: Visit, captures: Iterable[StoredCapture]) -> Outcome:
        """Store a fetched lead: its captures, its article or why there is none, and the lead's new state.

        All in the caller's transaction: a lead is never `stored` without its capture and article.
        """
        lead_id = self._lead_id(source_id, visit.lead)
        capture_id = None
        for capture in captures:
            capture_id = self._add_capture(lead_id, visit, capture)
        seen_at = to_text(visit.responses[-1].fetched_at) if visit.responses else self._now()
        outcome, reason = self._save_report(source_id, lead_id, visit, seen_at, capture_id)
        leads.settle(self._conn, lead_id, outcome, reason, attempted_at=seen_at)
        leads.note_listing(self._conn, lead_id, visit.lead)
        return outcome

    def import_article(self, imported: ImportedArticle) -> Outcome:
        """Store a report that comes as text, without a capture; its source's row must exist.

        A report that was crawled is not touched (DUPLICATE): what was captured is better evidence.
        """
        url = canonical_url(imported.url)
        if articles.origin(self._conn, url) == "crawl":
            return Outcome.DUPLICATE
        seen_at = to_text(imported.seen_at or self._clock())
        sighting = Sighting(seen_at, capture_id=None, extractor_version="import")
        return articles.save(self._conn, imported.source_id, url, imported.article, sighting)

    # -- inside -------------------------------------------------------------------------------------------

    def _save_report(
        self, source_id: str, lead_id: int, visit: Visit, seen_at: str, capture_id: int | None
    ) -> tuple[Outcome, str | None]:
        extraction = visit.extraction
        if visit.failure is not None or visit.url is None or extraction is None or extraction.article is None:
            outcome = visit.failure or Outcome.NOT_ARTICLE
            articles.note_absence(self._conn, visit.lead.url, lead_id, outcome)
            return outcome, visit.error
        sighting = Sighting(seen_at, capture_id, extraction.extractor_version)
        outcome = articles.save(self._conn, source_id, visit.url, extraction.article, sighting)
        if url_key(visit.url) == url_key(visit.lead.url):
            return outcome, visit.error
        articles.note_move(self._conn, visit.lead.url)
        if outcome is Outcome.UNCHANGED and leads.is_known(self._conn, visit.url):
            return Outcome.DUPLICATE, f"leads to the report at {visit.url}"
        return outcome, f"the report is at {visit.url}"

    def _lead_id(self, source_id: str, lead: Lead) -> int:
        return leads.put(self._conn, source_id, lead, first_seen_at=self._now())

    def _add_capture(self, lead_id: int, visit: Visit, capture: StoredCapture) -> int:
        response = capture.response
        headers = {name.lower(): value for name, value in response.response_headers}
        row = {
            "run_id": self._run_id,
            "lead_id": lead_id,
            "url": response.url,
            "final_url": visit.responses[-1].url,
            "status": response.status,
            "content_type": headers.get("content-type"),
            "fetched_at": to_text(response.fetched_at),
            "payload_sha256": capture.payload_sha256,
            "payload_bytes": len(response.body),
            "warc_file": capture.warc_file,
            "warc_offset": capture.warc_offset,
        }
        return rows.insert(self._conn, "captures", row)

    def _now(self) -> str:
        return to_text(self._clock())
