"""Filling a new archive with what may be published of another, table by table, in batches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from archive import searchindex
from archive.clock import day_end, day_start
from archive.errors import InvalidInput, NotFound
from archive.publishing import parts
from archive.publishing.addresses import holds_pattern, is_public
from archive.publishing.redacting import Found, Redactor
from archive.publishing.reports import publish
from archive.publishing.rules import Rules
from archive.publishing.tables import copied
from archive.publishing.tally import Tally
from archive.tables import chain, changelog, rows
from archive.text.normalise import Normaliser

_BATCH: Final = 200  # reports whose texts are held at once
_MANY: Final = 2_000  # rows without texts
_HOMEPAGE: Final = "urn:left-out:homepage:{id}"
_LEAD: Final = "urn:left-out:address:{id}"
_ARTICLES = """
select * from articles where id > :after and (:since is null or published_at >= :since)
    and (:until is null or published_at < :until) order by id limit :most
"""
_REVISIONS = "select * from revisions where article_id = ? order by number"
_STATES = "select * from article_states where article_id = ? order by id"
# As `archive.views.show` has them.
_CAPTURES = """
select id from captures
where id in (select capture_id from revisions where article_id = :id)
    or lead_id in (select id from leads where url_key = :url_key) or url = :url
"""
# Which captures are published, of which report, and whether less of it is published than the capture shows.
_SCRATCH = """
create table publishing_captures (
    capture_id integer primary key, article_id integer not null, is_touched integer not null
)
"""
_NOTE_CAPTURE = """
insert into publishing_captures values (?, ?, ?)
on conflict (capture_id) do update set is_touched = max(is_touched, excluded.is_touched)
"""
_ALSO_OF = "select distinct article_id from revisions where capture_id = ?"
_LEADS = """
select leads.*, articles.id as article_id from leads left join articles on articles.url_key = leads.url_key
where leads.id > ? order by leads.id limit ?
"""
_LED_TO = """
select distinct revisions.article_id from captures join revisions on revisions.capture_id = captures.id
where captures.lead_id = ?
"""
_ENDPOINTS_READ = "endpoints/read"


class Copying:
    """Copies from one connection to another. tell: is told how many reports were looked at, now and then."""

    def __init__(
        self, source: sqlite3.Connection, target: sqlite3.Connection, rules: Rules, redactor: Redactor,
        tell: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._source = source
        self._target = target
        self._rules = rules
        self._redactor = redactor
        self._tell = tell
        self._sources: frozenset[str] = frozenset()
        self.tally = Tally()
        self._normaliser = Normaliser()

    def copy(self) -> None:
        """Copy all tables. Raises NotFound, InvalidInput and NotPublished for what can't be done as it's wanted."""
        self._target.execute(_SCRATCH)
        self._copy_sources()
        self._copy_of_sources()
        self._copy_reports()
        self._copy_leads()
        self._copy_captures()
        self._target.execute("drop table publishing_captures")
        for table, column in (
            ("revisions", "capture_id"), ("article_states", "capture_id"), ("article_states", "last_capture_id"),
        ):  # fmt: skip
            self._target.execute(
                f"update {table} set {column} = null where {column} not in (select id from captures)"  # noqa: S608 - ours
            )
        self._target.commit()

    # -- sources and what crawls left of them ---------------------------------------------------------------

    def _copy_sources(self) -> None:
        known = self._source.execute("select * from sources order by id").fetchall()
        self._sources = self._chosen(frozenset(row["id"] for row in known))
        for row in known:
            if row["id"] not in self._sources:
                self.tally.out["sources"] += 1
                continue
            number = self._redactor.finds(row["id"].replace("-", " ")) or self._redactor.finds(row["id"])
            if number is not None:
                raise InvalidInput(
                    f"patterns[{number}] finds something in the id of the source {row['id']}, which stands in every address "
                    "of the pages: leave the source out, or change the pattern"
                )
            homepage = row["homepage"] if self._is_fit(row["homepage"]) else _HOMEPAGE.format(id=row["id"])
            self._insert("sources", row, homepage=homepage)

    def _chosen(self, known: frozenset[str]) -> frozenset[str]:
        rules = self._rules
        for key, wanted in (("only", rules.only or frozenset()), ("leave_out", rules.without)):
            for name in sorted(wanted - known):
                shown = ", ".join(sorted(known)[:12]) + (", ..." if len(known) > 12 else "")
                raise NotFound(
                    f"sources.{key} names {name!r}, which the archive doesn't have: it has {shown or 'none'}"
                )
        return known & (known if rules.only is None else rules.only) - rules.without

    def _copy_of_sources(self) -> None:
        for row in self._walk("runs"):
            if row["source_id"] in self._sources:
                self._insert("runs", row, stats=_read_endpoints(row["stats"]))
        for row in self._walk("endpoints"):
            if row["source_id"] not in self._sources:
                continue
            if self._is_fit(row["url"], is_report=False):
                self._insert("endpoints", row, url=row["url"])
            else:
                self.tally.out["addresses of feeds"] += 1
        self._target.commit()

    def _walk(self, table: str) -> Iterator[sqlite3.Row]:
        after = -1 << 63
        query = f"select * from {table} where id > ? order by id limit ?"  # noqa: S608 - ours
        while found := self._source.execute(query, [after, _MANY]).fetchall():
            yield from found
            after = found[-1]["id"]

    def _is_fit(self, url: object, *, is_report: bool = True) -> bool:
        return (
            isinstance(url, str)
            and is_public(url, is_report=is_report)
            and holds_pattern(url, self._redactor) is None
        )

    # -- reports ----------------------------------------------------------------------------------------------

    def _copy_reports(self) -> None:
        rules = self._rules
        limits = {
            "since": day_start(rules.since) if rules.since else None,
            "until": day_end(rules.until) if rules.until else None,
            "most": _BATCH,
        }
        (all_reports,) = self._source.execute("select count(*) from articles").fetchone()
        looked_at, after = 0, -1 << 63
        while found := self._source.execute(_ARTICLES, limits | {"after": after}).fetchall():
            for row in found:
                if row["source_id"] in self._sources:
                    self._copy_report(row)
            after, looked_at = found[-1]["id"], looked_at + len(found)
            searchindex.catch_up(self._target, self._normaliser)
            self._target.commit()
            self._tell(looked_at)
        self.tally.out["reports"] = all_reports - self.tally.rows["articles"]

    def _copy_report(self, row: sqlite3.Row) -> None:
        revisions = self._source.execute(_REVISIONS, [row["id"]]).fetchall()
        report = publish(dict(row), [dict(each) for each in revisions], self._rules, self._redactor)
        self.tally.note(report)
        if report.is_barred:
            return
        rows.insert(self._target, "articles", report.article)
        self.tally.rows["articles"] += 1
        for each in report.revisions:
            rows.insert(self._target, "revisions", each)
        self.tally.rows["revisions"] += len(report.revisions)
        if len(report.revisions) > 1:
            self._tell_changes(row["id"])
        for state in self._source.execute(_STATES, [row["id"]]).fetchall():
            self._insert("article_states", state)
        keys = {name: row[name] for name in ("id", "url", "url_key")}
        self._target.executemany(
            _NOTE_CAPTURE,
            [(id_, row["id"], int(report.is_touched)) for (id_,) in self._source.execute(_CAPTURES, keys)],
        )

    def _tell_changes(self, article_id: int) -> None:
        """Tell anew what the revisions changed; then look at that as well: two words may stand together only there."""
        changelog.write_report(self._target, article_id)
        query = "select id, summary, details from changes where article_id = ?"
        for row_id, summary, details in self._target.execute(query, [article_id]).fetchall():
            found, self._redactor.found = self._redactor.found, Found()
            told = {"summary": self._redactor.text(summary)}
            known = json.loads(details)
            made = parts.redacted(known, self._redactor)
            if told["summary"] != summary or made != known:
                told["details"] = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
                rows.update(self._target, "changes", row_id, told)
            self._redactor.found = found
            self.tally.rows["changes"] += 1

    # -- leads and captures -----------------------------------------------------------------------------------

    def _copy_leads(self) -> None:
        """Copy what led to published reports; of what gave no report, that there was an address, and what became of it."""
        after = -1 << 63
        while found := self._source.execute(_LEADS, [after, _MANY]).fetchall():
            for row in found:
                if row["source_id"] in self._sources:
                    self._copy_lead(row)
            after = found[-1]["id"]
            self._target.commit()

    def _copy_lead(self, row: sqlite3.Row) -> None:
        nowhere = _LEAD.format(id=row["id"])
        if row["article_id"] is not None:
            report = self._report(row["article_id"])
            if report is not None:
                self._insert("leads", row, url=report["url"], url_key=report["url_key"])
            return
        if row["state"] == "stored":
            led_to = [each for (each,) in self._source.execute(_LED_TO, [row["id"]])]
            if not any(self._report(each) for each in led_to):
                return
        elif not self._is_within(row["published_hint"] or row["first_seen_at"]):
            return
        self._insert("leads", row, url=nowhere, url_key=nowhere)
        self.tally.out["addresses without a report"] += 1

    def _is_within(self, moment: str) -> bool:
        since, until = self._rules.since, self._rules.until
        is_early = since is not None and moment < day_start(since)
        return not is_early and not (until is not None and moment >= day_end(until))

    def _report(self, article_id: int) -> Mapping[str, Any] | None:
        row = self._target.execute("select url, url_key from articles where id = ?", [article_id]).fetchone()
        return {"url": row[0], "url_key": row[1]} if row else None

    def _copy_captures(self) -> None:
        """Copy captures of published reports, chained anew: a chain that proves nothing, but which the schema asks for."""
        head = chain.Head()
        query = "select * from publishing_captures where capture_id > ? order by capture_id limit ?"
        after = -1 << 63
        while found := self._target.execute(query, [after, _MANY]).fetchall():
            for capture_id, article_id, is_touched in found:
                row = self._source.execute("select * from captures where id = ?", [capture_id]).fetchone()
                if self._has_run(row["run_id"]):
                    head = self._copy_capture(row, article_id, bool(is_touched), head)
                else:
                    self.tally.out["captures"] += 1
            after = found[-1][0]
            self._target.commit()
        (all_captures,) = self._source.execute("select count(*) from captures").fetchone()
        self.tally.out["captures"] = all_captures - self.tally.rows["captures"]

    def _copy_capture(
        self, row: sqlite3.Row, article_id: int, is_touched: bool, head: chain.Head
    ) -> chain.Head:
        others = [each for (each,) in self._source.execute(_ALSO_OF, [row["id"]])]
        is_hidden = (
            is_touched
            or "captures.payload_sha256" in self._rules.columns
            or any(self._report(each) is None for each in others)
        )
        report = self._report(article_id) or {"url": ""}
        made = {
            **copied("captures", dict(row), self._redactor), "url": report["url"], "final_url": report["url"],
            "payload_sha256": "" if is_hidden else _sha256(row["payload_sha256"]),
            "payload_bytes": 0 if is_hidden or type(row["payload_bytes"]) is not int else row["payload_bytes"],
            "previous_hash": head.hash,
        }  # fmt: skip
        made["hash"] = chain.row_hash(made)
        rows.insert(self._target, "captures", made)
        self.tally.rows["captures"] += 1
        return chain.Head(row["id"], made["hash"])

    def _has_run(self, run_id: int) -> bool:
        return self._target.execute("select 1 from runs where id = ?", [run_id]).fetchone() is not None

    def _insert(self, table: str, row: sqlite3.Row, **made: str | None) -> None:
        found, self._redactor.found = self._redactor.found, Found()
        rows.insert(self._target, table, copied(table, dict(row), self._redactor) | made)
        self._redactor.found = found
        self.tally.rows[table] += 1


def _read_endpoints(stats: object) -> str | None:
    """Return of Scrapy's figures the one that tells whether a run looked at its source."""
    try:
        figures = json.loads(stats) if isinstance(stats, str) else {}
    except (ValueError, RecursionError):
        return None
    number = figures.get(_ENDPOINTS_READ) if isinstance(figures, dict) else None
    return json.dumps({_ENDPOINTS_READ: number}) if type(number) is int else None


def _sha256(value: Sequence[str] | None) -> str:
    text = str(value or "")
    return text if len(text) == 64 and all(char in "0123456789abcdef" for char in text) else ""
