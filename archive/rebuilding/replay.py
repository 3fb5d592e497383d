"""Writing a visit again as it was written first: the same rows, with the ids, times and hashes that they had."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.clock import from_text, to_text
from archive.errors import ArchiveError
from archive.models import Extraction, ImportedArticle, Lead, Outcome, Source, StoredCapture, Visit
from archive.rebuilding.told import InvalidFact, Row, VisitFact, hashed, plain_row
from archive.store import Run, Store
from archive.tables import custody, reextraction, removals, rows
from archive.tables.articles import Sighting
from archive.tables.custody import Action
from archive.tables.reextraction import Reread, StoredPage
from archive.tables.revisits import read_ages
from archive.troubles import is_environment

_CHAINED = (
    "select name, sql from sqlite_master where type = 'trigger' and name like '%\\_chained' escape '\\'"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Replay(Store):
    """A new archive that is filled with what was told of an older one."""

    def __init__(self, path: Path) -> None:
        """Make the archive; raises ArchiveUnreadable where that can't be done."""
        self._moment = _EPOCH
        super().__init__(path, clock=lambda: self._moment)
        self._custody_file = None  # it is there already
        self._told: VisitFact | None = None
        self._entry: Mapping[str, Any] = {}
        self._next: list[dict[str, Any]] = []
        self._with_ids = True
        self._columns: dict[str, frozenset[str]] = {}
        conn = self._conn
        conn.execute("pragma foreign_keys = off")  # what is lost may be pointed to; it's checked at the end
        conn.execute("pragma synchronous = off")  # a rebuild that is killed is begun anew
        # Where a capture is lost, the next one keeps its hash, and `archive verify` tells what is missing.
        self._triggers = conn.execute(_CHAINED).fetchall()
        for name, _ in self._triggers:
            conn.execute(f"drop trigger {name}")

    # -- what is told ---------------------------------------------------------------------------------------

    def begin_told_run(self, told: Mapping[str, Any]) -> Run:
        """Write a run's row and its source's as they were told. Raises InvalidFact."""
        with self._checked():
            source, run_id = source_of(told), self._write_run(told)
            self.save_source(source)
            self._write_source(told)
            ages = read_ages(source.revisit)
            is_import = told["run"].get("kind") == "import"
            return Run(run_id, source.id, source.identifier(), source.homepage, ages, is_import=is_import)

    def end_told_run(self, told: Mapping[str, Any]) -> None:
        """Write how a run, whose row is there, ended. Raises InvalidFact."""
        with self._checked():
            run_id = self._write_run(told)
            self._write_source(told)
            refused = plain_row(told.get("refusals", {}), "refusals")
            for rule, links in refused.items():
                rows.insert(self._conn, "refusals", {"run_id": run_id, "rule": rule, "links": links})

    def save_told_template(self, told: Mapping[str, Any]) -> None:
        """Write a version of a source's template as it was told. Raises InvalidFact."""
        score = told.get("score")
        if score is not None and type(score) is not float:
            raise InvalidFact("its score is no number")
        with self._checked():
            known = self._known("site_templates", {name: told[name] for name in told if name != "score"})
            self._conn.execute(
                "update site_templates set replaced_at = ? where source_id = ? and replaced_at is null",
                [known["learned_at"], known["source_id"]],
            )
            rows.insert(self._conn, "site_templates", {**known, "score": score})

    def replay(self, run: Run, told: VisitFact, extraction: Extraction | None) -> Outcome:
        """Write a visit: its captures, its lead, its report.

        extraction: what was read now; None where nothing is to be stored of the page. Raises InvalidFact.
        """
        self._moment = told.at
        visit = told.visit if extraction is None else replace(told.visit, extraction=extraction)
        with self._checked():
            try:
                with self.savepoint():
                    return self._replay(run, told, visit, with_ids=True)
            except sqlite3.IntegrityError:  # where texts are other than they were, another may have the id
                return self._replay(run, told, visit, with_ids=False)

    def keep_captures(self, run: Run, told: VisitFact) -> None:
        """Write the rows of a visit whose page can't be read, and of its lead; no report. Raises InvalidFact."""
        with self._checked():
            self._ensure_lead(run, told)
            for row in hashed(told.captures, told.previous_hash):
                rows.insert(self._conn, "captures", self._known("captures", row))
            self._settle_as_told(told)

    def log(self, row: Mapping[str, Any]) -> None:
        """Write an entry of the custody log as it was; if it's a removal's, blank the texts. Raises InvalidFact."""
        plain = self._known("custody", row)
        with self._checked():
            if plain.get("action") == Action.REMOVED and type(plain.get("capture_id")) is int:
                self._blank(int(plain["capture_id"]), _hashes(plain))
            rows.insert(self._conn, "custody", plain)

    def import_again(self, imported: ImportedArticle, entry: Mapping[str, Any], source: Source) -> None:
        """Store a text that came without a page as it was stored by that entry; source: if it is not there yet."""
        with self._checked():
            self._moment = from_text(str(entry["at"]))
            if self._conn.execute("select 1 from sources where id = ?", [source.id]).fetchone() is None:
                self.save_source(source)
            self._entry = entry
            self.import_article(imported)

    def correct(self, source_id: str, rereads: Iterable[Reread]) -> None:
        """Write what a later extraction made of captures, without another entry in the custody log."""
        with self.savepoint():
            for reread in rereads:
                reextraction.apply(self._conn, source_id, reread)

    def note_way(self, capture_id: int, path: str, template_id: int | None) -> None:
        """Write how the text of a page was read that is no longer there."""
        self._conn.execute(
            "update revisions set extraction_path = ?, site_template_id = ? where capture_id = ?",
            [path, template_id, capture_id],
        )

    def pages_of(self, capture_ids: Sequence[int]) -> list[StoredPage]:
        """Return the pages of these captures, as the rows say now."""
        conn = self._conn
        conn.row_factory = sqlite3.Row
        try:
            pages = []
            for capture_id in capture_ids:
                query = "select id from revisions where capture_id = ? order by id limit 1"
                revision = conn.execute(query, [capture_id]).fetchone()
                if revision is not None:
                    pages += reextraction.of_revisions(conn, [revision["id"]])
                else:
                    pages += reextraction.of_captures(conn, [capture_id])
            return pages
        finally:
            conn.row_factory = None

    def head(self) -> str | None:
        """Return the hash of the last capture."""
        row = self._conn.execute("select hash from captures order by id desc limit 1").fetchone()
        return row and str(row[0])

    def finish(self, at: datetime, figures: Mapping[str, Any]) -> list[str]:
        """Have the archive be one like any other, note that it was rebuilt; return what its rows point to in vain."""
        self._moment = at
        conn = self._conn
        for _, sql in self._triggers:
            conn.execute(sql)
        (captures,) = conn.execute("select count(*) from captures").fetchone()
        custody.note(conn, Action.REBUILT, to_text(at), items=captures, details=figures)
        self.commit()
        found = conn.execute("pragma foreign_key_check").fetchall()
        conn.execute("pragma synchronous = full")
        conn.execute("pragma wal_checkpoint(truncate)")
        return [f"row {row[1]} of {row[0]} points to no row of {row[2]}" for row in found]

    def counts(self) -> dict[str, int]:
        """Return how many rows the tables have that tell of reports."""
        tables = (
            "captures",
            "articles",
            "revisions",
            "changes",
            "article_states",
            "leads",
            "runs",
            "sources",
            "custody",
        )
        return {
            table: int(self._conn.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608 - ours
            for table in tables
        }

    # -- inside -------------------------------------------------------------------------------------------

    @contextmanager
    def _checked(self) -> Iterator[None]:
        """Undo what is done inside if what was told makes no sense, and say so: InvalidFact."""
        try:
            with self.savepoint():
                yield
        except sqlite3.Error as error:
            if is_environment(error):
                raise
            raise InvalidFact(f"it can't be stored: {error}") from None
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
            raise InvalidFact(f"it makes no sense: {error!r}") from None

    def _replay(self, run: Run, told: VisitFact, visit: Visit, *, with_ids: bool) -> Outcome:
        self._told, self._with_ids = told, with_ids
        self._next = hashed(told.captures, told.previous_hash)
        self._ensure_lead(run, told)
        captures = [
            StoredCapture(
                response, str(row["payload_sha256"]), str(row["warc_file"]), int(row["warc_offset"])
            )
            for response, row in zip(visit.responses, told.captures, strict=True)
        ]
        outcome = self.record_visit(run, visit, captures)
        self._settle_as_told(told)
        return outcome

    def _lead_id(self, run: Run, lead: Lead, first_seen_at: str | None = None) -> int:  # noqa: ARG002 - as the store's
        if self._told is None:
            raise InvalidFact("no visit is told of")
        return int(self._told.lead["id"])

    def _add_capture(self, run: Run, lead_id: int, visit: Visit, capture: StoredCapture) -> int:  # noqa: ARG002
        row = self._next.pop(0)
        capture_id = rows.insert(self._conn, "captures", self._known("captures", row))
        if self._told is not None and self._told.origin is not None and not self._next:
            self._note_origin(capture_id, self._told)
        return capture_id

    def _note_origin(self, capture_id: int, told: VisitFact) -> None:
        origin = told.origin or {}
        file = plain_row({"id": origin.get("file_id"), "path": origin.get("file")}, "origin")
        times = {"started_at": to_text(told.at), "updated_at": to_text(told.at)}
        known = {**file, **times, "wanted": "", "state": "done"}
        if self._lacks("import_files", known["id"]):
            rows.insert(self._conn, "import_files", known)
        found = {
            "capture_id": capture_id,
            "import_file_id": origin.get("file_id"),
            "record_offset": origin.get("offset"),
            "record_id": origin.get("record_id"),
            "payload_digest": origin.get("payload_digest"),
        }
        rows.insert(
            self._conn,
            "imported_captures",
            plain_row({k: v for k, v in found.items() if v is not None}, "origin"),
        )

    def _sighting(
        self, url: str, key: str, seen_at: str, capture_id: int | None, extraction: Extraction
    ) -> Sighting:
        sighting = super()._sighting(url, key, seen_at, capture_id, extraction)
        if self._told is None or self._told.stored_as is None or not self._with_ids:
            return sighting
        revision_id, article_id = self._told.stored_as
        return replace(sighting, revision_id=revision_id, article_id=article_id)

    def _import_sighting(self, url: str, key: str, seen_at: str) -> Sighting:
        article_id = self._entry.get("article_id")
        sighting = super()._import_sighting(url, key, seen_at)
        return replace(sighting, article_id=article_id) if type(article_id) is int else sighting

    def _note_import(self, key: str, imported: ImportedArticle) -> None:
        """Note nothing: the log is there already."""

    def _ensure_lead(self, run: Run, told: VisitFact) -> None:
        """Write the lead's row as it was before its first look, if it's not there."""
        lead, conn = told.lead, self._conn
        if told.endpoint is not None and self._lacks("endpoints", told.endpoint["id"]):
            endpoint = self._known("endpoints", told.endpoint)
            rows.insert(conn, "endpoints", {**endpoint, "source_id": run.source_id})
        if not self._lacks("leads", lead["id"]):
            return
        kept = (
            "id",
            "source_id",
            "url",
            "url_key",
            "via",
            "first_seen_at",
            "published_hint",
            "modified_hint",
        )
        rows.insert(conn, "leads", {name: lead[name] for name in kept if name in lead})

    def _settle_as_told(self, told: VisitFact) -> None:
        lead = self._known("leads", told.lead)
        every = {name: None for name in self._of("leads") if name != "id"}
        rows.update(
            self._conn, "leads", int(lead["id"]), {**every, **{k: v for k, v in lead.items() if k != "id"}}
        )

    def _blank(self, capture_id: int, hashes: Mapping[int, str]) -> None:
        """Blank the texts of a capture. hashes: what they hashed to when they were removed, by revision."""
        try:
            capture = removals.find(self._conn, capture_id)
        except ArchiveError as error:
            raise InvalidFact(str(error)) from None
        removals.blank_texts(self._conn, capture)
        for text in capture.texts:
            if (sha256 := hashes.get(text.revision_id)) is not None:
                rows.update(self._conn, "revisions", text.revision_id, {"content_sha256": sha256})
                if text.is_newest:
                    rows.update(self._conn, "articles", text.article_id, {"content_sha256": sha256})

    def _write_run(self, told: Mapping[str, Any]) -> int:
        row = self._known("runs", told.get("run"))
        rows.upsert(self._conn, "runs", row, key="id")
        return int(row["id"])

    def _write_source(self, told: Mapping[str, Any]) -> None:
        row = self._known("sources", told.get("source"))
        every = {name: None for name in self._of("sources") if name != "pauses"}
        rows.upsert(self._conn, "sources", {**every, **row}, key="id")

    def _lacks(self, table: str, row_id: str | int) -> bool:
        query = f"select 1 from {table} where id = ?"  # noqa: S608 - ours
        return self._conn.execute(query, [row_id]).fetchone() is None

    def _known(self, table: str, row: Any) -> Row:
        """Return a row that was told, if its columns are the table's. Raises InvalidFact."""
        plain = plain_row(row, table)
        if strange := plain.keys() - self._of(table):
            raise InvalidFact(f"{table} has no column {min(strange)!r}")
        return plain

    def _of(self, table: str) -> frozenset[str]:
        if table not in self._columns:
            found = self._conn.execute(f"pragma table_info({table})")
            self._columns[table] = frozenset(name for _, name, *_ in found)
        return self._columns[table]


def _hashes(entry: Row) -> dict[int, str]:
    try:
        texts = json.loads(str(entry.get("details")))["texts"]
        return {int(revision_id): str(sha256) for revision_id, sha256 in texts.items()}
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}


def source_of(told: Mapping[str, Any]) -> Source:
    """Return the source that a run's fact tells of. Raises InvalidFact."""
    row = plain_row(told.get("source"), "source")
    try:
        lists = {
            name: tuple(filter(None, str(row.get(name, "")).split(", ")))
            for name in ("languages", "domains", "revisit")
        }

        def text(name: str) -> str | None:
            return None if row.get(name) is None else str(row[name])

        source = Source(
            id=str(row["id"]), name=str(row["name"]), homepage=str(row["homepage"]),
            conflict=str(row.get("conflict", "")), kind=str(row.get("kind", "")),
            country=text("country"),
            time_zone=text("time_zone"),
            identity=text("identity"),
            **lists,
        )  # fmt: skip
        source.identifier()
        read_ages(source.revisit)
    except Exception as error:  # noqa: BLE001 - a pattern or an age that was made up
        raise InvalidFact(f"its source makes no sense: {error}") from None
    return source
