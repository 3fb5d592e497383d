"""The only module that writes to the archive.

A Store belongs to one thread. What it is told is seen by nobody before `commit`; the caller syncs the WARC
file first, so that a row never points to bytes that a crash could take away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from archive import schema
from archive.clock import Clock, to_text, utc_now
from archive.models import (
    CapturePlace,
    EndpointCheck,
    Extraction,
    ImportedArticle,
    Lead,
    Outcome,
    SiteTemplate,
    Source,
    StoredCapture,
    TemplateLesson,
    Visit,
)
from archive.tables import (
    absence,
    articles,
    backfills,
    chain,
    copies,
    custody,
    custodyfile,
    endpoints,
    facts,
    identities,
    imports,
    leads,
    published,
    reextraction,
    rows,
    templates,
)
from archive.tables.articles import Sighting
from archive.tables.backfills import BackfillProgress
from archive.tables.reextraction import Applied, Reread
from archive.tables.revisits import read_ages
from archive.upkeep import Upkeep
from archive.urls import Identity, canonical_url

# A writer that meets another (two sources crawled at once) waits this long for its turn, in seconds.
BUSY_TIMEOUT = 60.0

RunKind = Literal["crawl", "backfill", "import"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is open: its row's id, the source that it's of, and the ages at which its reports are revisited.

    is_import: it fetches nothing, and takes in what others captured before.
    """

    id: int
    source_id: str
    identity: Identity
    homepage: str = ""
    revisit: tuple[timedelta, ...] = ()
    is_import: bool = False


class Store(Upkeep):
    """The writing side of one archive file; a context manager that commits on success."""

    def __init__(
        self, path: Path, *, clock: Clock = utc_now, create: bool = True, busy_timeout: float | None = None
    ) -> None:
        """Open the archive at `path`, made or migrated to the newest schema.

        busy_timeout: seconds that a write waits for another program's to end, a minute if it isn't given.

        Raises ArchiveUnreadable where there is none and `create` is false, or where the file is no archive, and
        ArchiveUnwritable where it is a published copy of one.
        """
        self.path = path
        timeout = BUSY_TIMEOUT if busy_timeout is None else busy_timeout
        published.require_archive(path)
        super().__init__(
            schema.open_for_writing(path, create=create, timeout=timeout),
            clock,
            warc_folder=path.absolute().parent / "warc",
            custody_file=custodyfile.beside(path),
        )

    def sync(self) -> None:
        """Return when all that was committed is on the disk. Raises ArchiveUnwritable.

        The last program to close an archive does so; but as long as another one reads, what was committed last is only
        in the log, which nobody has synced yet.
        """
        schema.sync_log(self.path)

    def close(self) -> None:
        """Close the file; what was not committed is gone, what was is on the disk. Raises ArchiveUnwritable."""
        super().close()
        self.sync()

    # -- sources, runs, endpoints -------------------------------------------------------------------------

    def save_source(self, source: Source) -> None:
        """Write a source's row, or bring it up to date; its reports keep one identity if that changed."""
        row = asdict(source) | {
            "languages": ", ".join(source.languages),
            "domains": ", ".join(source.domains),
            "revisit": ", ".join(source.revisit),
        }
        before = self._conn.execute(
            "select homepage, domains, identity from sources where id = ?", [source.id]
        ).fetchone()
        rows.upsert(self._conn, "sources", row, key="id")
        now = (source.homepage, row["domains"], source.identity)
        if before is not None and (before[0], before[1], before[2]) != now:
            identities.renew(self._conn, source.id, source.identifier())

    def begin_run(self, source: Source, version: str, *, kind: RunKind = "crawl") -> Run:
        """Open a run of `source`; what is written for it belongs to it."""
        self.save_source(source)
        run = {"source_id": source.id, "started_at": self._now(), "version": version, "kind": kind}
        run_id, ages = rows.insert(self._conn, "runs", run), read_ages(source.revisit)
        return Run(run_id, source.id, source.identifier(), source.homepage, ages, is_import=kind == "import")

    def finish_run(
        self, run: Run, reason: str, counts: Mapping[str, int], refused: Mapping[str, int], stats: str,
        tell: Callable[[facts.Told], None] | None = None,
    ) -> None:  # fmt: skip
        """Close a run: why it ended, how many leads had each outcome, and Scrapy's own figures as JSON.

        refused: how many links each rule refused. tell: is told what the run came to, before the custody log notes what
        its WARC files are.
        """
        row = {"finished_at": self._now(), "finish_reason": reason, "stats": stats, **counts}
        rows.update(self._conn, "runs", run.id, row)
        for rule, links in refused.items():
            rows.insert(self._conn, "refusals", {"run_id": run.id, "rule": rule, "links": links})
        if tell is not None:
            tell(facts.of_run(self._conn, run.id))
        custody.note_captured(self._conn, run.id, run.source_id, self._now(), self.warc_folder)

    def facts_of_run(self, run: Run) -> facts.Told:
        """Return what a WARC file is to tell of a run (see `archive.evidence.facts`)."""
        return facts.of_run(self._conn, run.id)

    def facts_of_visit(self, visit: Visit, captures: int) -> facts.Told:
        """Return what a WARC file is to tell of the visit that was recorded last, and made so many captures."""
        return facts.of_visit(self._conn, visit, captures)

    def pause_source(self, source_id: str, until: str, reason: str) -> None:
        """Write down that a source refused us, and when it may be asked again."""
        self._conn.execute(
            "update sources set paused_until = ?, pause_reason = ?, pauses = pauses + 1 where id = ?",
            [until, reason, source_id],
        )

    def resume_source(self, source_id: str) -> None:
        """Write down that a source answers (again)."""
        self._conn.execute(
            "update sources set paused_until = null, pause_reason = null, pauses = 0"
            " where id = ? and pauses > 0",
            [source_id],
        )

    def check_endpoint(self, source_id: str, check: EndpointCheck) -> None:
        """Write down what a look at a feed, sitemap or listing gave."""
        endpoints.note_check(self._conn, source_id, check)

    def endpoint_gave_new(self, url: str, at: str) -> None:
        """Write down when an endpoint last listed something new."""
        self._conn.execute("update endpoints set last_new_at = ? where url = ?", [at, url])

    def note_backfill(self, source_id: str, progress: BackfillProgress) -> None:
        """Write down how far the walk back through an endpoint has come."""
        backfills.note(self._conn, source_id, progress, self._now())

    def note_dropped(self, url: str, alive: int | None) -> None:
        """Write down what became of reports that a sitemap dropped (see `endpoints.note_dropped`)."""
        endpoints.note_dropped(self._conn, url, alive)

    # -- templates ----------------------------------------------------------------------------------------

    def save_template(self, template: SiteTemplate) -> int:
        """Write a new version of what was learned of a source's pages; return its id.

        The version in use until then is replaced; what it extracted keeps pointing to it.
        """
        return templates.save(self._conn, template)

    def keep_lessons(self, source_id: str, lessons: Sequence[TemplateLesson]) -> None:
        """Keep these lessons of a source's pages, and no others, for the next version of its template."""
        templates.keep_lessons(self._conn, source_id, lessons)

    # -- leads --------------------------------------------------------------------------------------------

    def add_leads(
        self, run: Run, found: Sequence[Lead], *, due: Collection[str] = (), listed_by: str | None = None
    ) -> None:
        """Put leads on the frontier; those that are known stay as they are.

        due: url_keys of known leads that are to be looked at again. listed_by: the URL of an endpoint that
        lists every report for good (a sitemap, not a feed), so that a report which is missing from it one day
        may have been taken down: known leads are tied to it as well.
        """
        ids = {self._key(run, lead): self._lead_id(run, lead) for lead in found}
        leads.make_due(self._conn, [ids[key] for key in due if key in ids], self._now())
        if listed_by is not None:
            leads.tie(self._conn, ids.values(), listed_by)

    def skip_leads(self, run: Run, skipped: Iterable[tuple[Lead, Outcome, str]]) -> None:
        """Write down why leads were not fetched (too old, too new), a sentence for each."""
        for lead, outcome, reason in skipped:
            leads.settle(self._conn, self._lead_id(run, lead), outcome, reason, attempted_at=None)

    def put_back(self, lead_ids: Iterable[int]) -> int:
        """Have these leads fetched by the next run as if they had never been tried; return how many.

        What is stored by now is left alone.
        """
        cursor = self._conn.executemany(
            "update leads set state = 'waiting', attempts = 0, next_attempt_at = null"
            " where id = ? and state <> 'stored'",
            ((lead_id,) for lead_id in lead_ids),
        )
        return cursor.rowcount

    # -- visits -------------------------------------------------------------------------------------------

    def record_visit(self, run: Run, visit: Visit, captures: Iterable[StoredCapture]) -> Outcome:
        """Store a fetched lead: its captures, its article or why there is none, and the lead's new state.

        All in the caller's transaction: a lead is never `stored` without its capture and article. What is older than
        the last look at the lead says nothing of its state today, which stays.
        """
        seen_at = to_text(visit.responses[-1].fetched_at) if visit.responses else self._now()
        lead_id = self._lead_id(run, visit.lead, seen_at if run.is_import else self._now())
        capture_id = None
        for capture in captures:
            capture_id = self._add_capture(run, lead_id, visit, capture)
        looked_at, last_outcome = leads.last_look(self._conn, lead_id)
        is_past = looked_at is not None and seen_at < looked_at
        outcome, reason = self._save_report(run, lead_id, visit, seen_at, capture_id, is_past=is_past)
        if is_past:
            missed = absence.remembered(last_outcome) if outcome is Outcome.STORED else None
            if missed is not None and looked_at is not None:
                key = self._key(run, visit.lead)
                articles.note_absence(self._conn, key, lead_id, missed, looked_at, None)
            return outcome
        retry_at = to_text(visit.retry_at) if visit.retry_at else None
        leads.settle(
            self._conn, lead_id, outcome, reason,
            attempted_at=seen_at, retry_at=retry_at, is_passing=visit.is_passing,
        )  # fmt: skip
        self._note_absence(run, lead_id, visit, seen_at, capture_id)
        leads.note_listing(self._conn, lead_id, visit.lead)
        leads.note_page(self._conn, lead_id, visit)
        leads.plan_revisit(self._conn, lead_id, run.revisit, now=self._now() if run.is_import else seen_at)
        return outcome

    def places_of(self, payload_sha256: str, payload_bytes: int) -> list[CapturePlace]:
        """Return where captures of this payload lie; see `archive.tables.copies.holding`."""
        return copies.holding(self._conn, payload_sha256, payload_bytes)

    def last_page(self, url: str) -> CapturePlace | None:
        """Return where the page lies that was captured last at an address; None if there is none."""
        return copies.last_page(self._conn, url)

    def import_article(self, imported: ImportedArticle, columns: Mapping[str, Any] | None = None) -> Outcome:
        """Store a report that comes as text, without a capture; its source's row must exist.

        A report that was crawled is not touched (DUPLICATE): what was captured is better evidence. columns: what
        `archive.tables.articles.text_columns` makes of it, if that is made already.
        """
        url = canonical_url(imported.url)
        key = identities.of_source(self._conn, imported.source_id).key_of(url)
        if articles.origin(self._conn, key) == "crawl":
            return Outcome.DUPLICATE
        seen_at = to_text(imported.seen_at or self._clock())
        sighting = self._import_sighting(url, key, seen_at)
        outcome = articles.save(self._conn, imported.source_id, imported.article, sighting, columns)
        if outcome is not Outcome.UNCHANGED:
            self._note_import(key, imported)
        return outcome

    def begin_file(self, path: str, size: int | None, wanted: str) -> int:
        """Write down that the import of a file begins or goes on; return its row's id (see `archive.tables.imports`)."""
        return imports.begin(self._conn, path, size, wanted, self._now())

    def note_file(self, file_id: int, *, offset: int, records: int, is_done: bool) -> None:
        """Write down how far an import has come in a file: all before `offset` (bytes) is dealt with."""
        imports.note(self._conn, file_id, offset, records, self._now(), is_done=is_done)

    def apply_rereads(self, source_id: str, rereads: Iterable[Reread]) -> list[Applied]:
        """Write what a later extraction makes of a source's captures: all of it, or nothing if it raises."""
        with self.savepoint():
            rereads = list(rereads)
            for each in rereads:
                self.expect(each.extraction.forms)
            written = [(reread, reextraction.apply(self._conn, source_id, reread)) for reread in rereads]
            custody.note_reextraction(self._conn, source_id, written, self._now())
        return [each for _, each in written]

    # -- inside -------------------------------------------------------------------------------------------

    def _save_report(
        self, run: Run, lead_id: int, visit: Visit, seen_at: str, capture_id: int | None, *, is_past: bool
    ) -> tuple[Outcome, str | None]:
        extraction, lead_key = visit.extraction, self._key(run, visit.lead)
        if visit.not_modified:
            articles.see_unmodified(self._conn, lead_key, lead_id, seen_at, capture_id)
            return Outcome.UNCHANGED, None
        if visit.failure is not None or visit.url is None or extraction is None or extraction.article is None:
            return visit.failure or Outcome.NOT_ARTICLE, visit.error
        key = run.identity.key(visit.url)
        sighting = self._sighting(visit.url, key, seen_at, capture_id, extraction)
        self.expect(extraction.forms)
        if visit.is_same:
            outcome = articles.see_same(self._conn, extraction.article, sighting, extraction.columns)
        else:
            outcome = articles.save(
                self._conn, run.source_id, extraction.article, sighting, extraction.columns
            )
        if key == lead_key:
            return outcome, visit.error
        if not is_past:
            articles.note_move(self._conn, lead_key, absence.move_to(visit), seen_at, capture_id)
        if outcome is Outcome.UNCHANGED and leads.is_known(self._conn, key):
            return Outcome.DUPLICATE, f"leads to the report at {visit.url}"
        return outcome, f"the report is at {visit.url}"

    def _note_import(self, key: str, imported: ImportedArticle) -> None:
        custody.note_import(self._conn, key, imported.source_id, imported.line_sha256, self._now())

    def _import_sighting(self, url: str, key: str, seen_at: str) -> Sighting:
        return Sighting(url, key, seen_at, capture_id=None, extractor_version="import")

    def _sighting(
        self, url: str, key: str, seen_at: str, capture_id: int | None, extraction: Extraction
    ) -> Sighting:
        way = extraction.extractor_version, extraction.path, extraction.template_id
        return Sighting(url, key, seen_at, capture_id, *way)

    def _note_absence(
        self, run: Run, lead_id: int, visit: Visit, seen_at: str, capture_id: int | None
    ) -> None:
        """Note that an archived report was not there, and have it looked at again until that is sure."""
        found = absence.absence_of(visit, run.homepage)
        if found is None:
            return
        key = self._key(run, visit.lead)
        if visit.failure is Outcome.DUPLICATE:  # it leads to an address that speaks for itself
            articles.note_move(self._conn, key, found, seen_at, capture_id)
            return
        until = articles.note_absence(self._conn, key, lead_id, found, seen_at, capture_id)
        if until is not None:
            leads.look_again(self._conn, lead_id, until)

    @staticmethod
    def _key(run: Run, lead: Lead) -> str:
        return lead.key or run.identity.key(lead.url)

    def _lead_id(self, run: Run, lead: Lead, first_seen_at: str | None = None) -> int:
        key, seen_at = self._key(run, lead), first_seen_at or self._now()
        return leads.put(self._conn, run.source_id, lead, key=key, first_seen_at=seen_at)

    def _add_capture(self, run: Run, lead_id: int, visit: Visit, capture: StoredCapture) -> int:
        response = capture.response
        headers = {name.lower(): value for name, value in response.response_headers}
        row = {
            "run_id": run.id,
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
        capture_id = chain.append(self._conn, "captures", row)
        if response.origin is not None:
            imports.note_capture(self._conn, capture_id, response.origin)
        return capture_id
