"""Reading captures anew: which there are, what the rows say that were made of them, and correcting those rows.

A re-extraction is no edit by the outlet: the row of a revision is corrected in place, its number, its time and its
capture stay. SQL on one connection, a batch at a time, so that an archive of a million captures takes no more memory
than one of a thousand.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from archive.clock import from_text, to_text
from archive.models import Extraction, Outcome, SiteTemplate, Via
from archive.tables import articles, candidates, changelog, leads, rows
from archive.tables.articles import Sighting, text_columns
from archive.urls import url_key

# What a reader reads and cites, in the order in which changes are told. The other columns (hashes, counts, folded
# words, blocks, candidates of dates) follow from the page or from these, and are written without being told.
TOLD = (
    "title", "standfirst", "body", "author", "agency", "dateline", "section", "tags", "language", "published_at",
    "published_at_precision", "modified_at", "is_truncated",
)  # fmt: skip
_IDS = """
select revisions.id from articles
join revisions on revisions.article_id = articles.id {newest}
join captures on captures.id = revisions.capture_id
where articles.source_id = :source and captures.status between 200 and 299 {since}
order by revisions.article_id, revisions.number
"""
_NEWEST = "and revisions.number = (select max(number) from revisions r where r.article_id = articles.id)"
_LAST = """
select revisions.id from articles
join revisions on revisions.article_id = articles.id and revisions.number = articles.revision_count
where articles.url_key = ? and revisions.capture_id is not null
"""
# The revision of that time; before all, the first one.
_OF_THE_TIME = """
select revisions.id from articles join revisions on revisions.article_id = articles.id
where articles.url_key = :key and revisions.capture_id is not null and revisions.number = max(1, (
    select count(*) from revisions r where r.article_id = articles.id and r.seen_at <= :at))
"""
_REVISION = """
select id from revisions where article_id = :article and capture_id is not null
    and (:number is null or number = :number)
order by number desc limit 1
"""
_SOURCE_OF = (
    "select runs.source_id from captures join runs on runs.id = captures.run_id where captures.id = ?"
)
_CAPTURE_AT = """
select max(id) from (
    select id from captures where url = :url
    union all
    select revisions.capture_id from articles join revisions on revisions.article_id = articles.id
    where articles.url_key = :key)
having max(id) is not null
"""
_SINCE = "and captures.fetched_at >= :since"
_TURNED_DOWN = """
select captures.id from leads
join captures on captures.id = (select max(id) from captures c where c.lead_id = leads.id)
where leads.source_id = :source and leads.outcome = 'not_an_article' and captures.status between 200 and 299
    and (captures.content_type is null or captures.content_type like '%html%') {since}
order by leads.id
"""
_CAPTURES = """
select captures.*, leads.via, leads.published_hint, leads.modified_hint
from captures left join leads on leads.id = captures.lead_id where captures.id in ({marks})
"""
_BEFORE = "select content_sha256 from revisions where article_id = ? and number = ?"
_TEMPLATES = """
select source_id, version, learned_at, page_count, score, template, id, replaced_at from site_templates
where source_id = ? order by version
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredText:
    """The revision that was made of a capture, as its row says.

    revision: that row; article: the article's row. sha256_before: the content hash of the revision before it.
    """

    revision: Row
    article: Row
    sha256_before: str | None

    @property
    def is_newest(self) -> bool:
        """Tell whether the article says what this revision says."""
        return bool(self.revision["number"] == self.article["revision_count"])

    def said(self, column: str) -> Any:
        """Return what is stored in a column: the article's, if this is its newest revision, else the revision's."""
        return self.article[column] if self.is_newest else self.revision[column]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A capture that is to be read anew. hints: what its feed, sitemap or listing said of it (aware moments).

    stored: the revision that was made of it; None for a page that was turned down.
    """

    capture_id: int
    lead_id: int | None
    url: str
    content_type: str | None
    fetched_at: datetime
    warc_file: str
    warc_offset: int
    payload_sha256: str
    via: Via | None
    published_hint: datetime | None
    modified_hint: datetime | None
    stored: StoredText | None = None


@dataclass(frozen=True, slots=True)
class Reread:
    """A page and what the extraction makes of it now.

    url, key: the report's address, for one that was found anew. template_id: the template that it was read with, also
    where it did not fit: so the next re-extraction knows that nothing new is to be had from this page.
    """

    page: StoredPage
    extraction: Extraction
    url: str | None = None
    key: str | None = None
    template_id: int | None = None


class Applied(StrEnum):
    """What was written for a page."""

    CORRECTED = "corrected"
    CONFIRMED = "confirmed"  # it says what it said; only how it was read is written
    FOUND = "found"
    NOTHING = "nothing"


# -- reading --------------------------------------------------------------------------------------------------


def sources(conn: sqlite3.Connection) -> list[str]:
    """Return the ids of all sources, sorted."""
    return [source_id for (source_id,) in conn.execute("select id from sources order by id")]


def revision_ids(
    conn: sqlite3.Connection, source_id: str, *, since: str | None = None, all_revisions: bool = False
) -> array[int]:
    """Return the revisions of a source that have a page, by article and number; else only each article's newest.

    since: the first instant at which the page may have been fetched.
    """
    query = _IDS.format(newest="" if all_revisions else _NEWEST, since=_SINCE if since else "")
    return array("q", (row[0] for row in conn.execute(query, {"source": source_id, "since": since})))


def turned_down_ids(conn: sqlite3.Connection, source_id: str, *, since: str | None = None) -> array[int]:
    """Return the last captures of a source's leads in which no report was found, in the order of the leads."""
    query = _TURNED_DOWN.format(since=_SINCE if since else "")
    return array("q", (row[0] for row in conn.execute(query, {"source": source_id, "since": since})))


def of_revisions(conn: sqlite3.Connection, ids: Sequence[int]) -> list[StoredPage]:
    """Return the pages of these revisions, in their order; conn's rows must be `sqlite3.Row`."""
    revisions = _by_id(conn, "select * from revisions where id in ({marks})", ids)
    known = _by_id(
        conn,
        "select * from articles where id in ({marks})",
        {row["article_id"] for row in revisions.values()},
    )
    captures = _by_id(conn, _CAPTURES, {row["capture_id"] for row in revisions.values()})
    pages = []
    for revision in (revisions[each] for each in ids if each in revisions):
        before = conn.execute(_BEFORE, [revision["article_id"], revision["number"] - 1]).fetchone()
        stored = StoredText(revision, known[revision["article_id"]], before and str(before[0]))
        pages.append(_page(captures[revision["capture_id"]], stored))
    return pages


def last_of(conn: sqlite3.Connection, key: str) -> StoredPage | None:
    """Return the page of the newest revision of the article with that url_key, if it has one; rows as above."""
    row = conn.execute(_LAST, [key]).fetchone()
    found = of_revisions(conn, [row[0]]) if row else []
    return found[0] if found else None


def revision_of(conn: sqlite3.Connection, article_id: int, number: int | None = None) -> int | None:
    """Return the id of an article's revision `number`, else of its newest, if there is a capture of it."""
    row = conn.execute(_REVISION, {"article": article_id, "number": number}).fetchone()
    return row[0] if row else None


def capture_at(conn: sqlite3.Connection, url: str) -> int | None:
    """Return the id of the newest capture of an address (as it was asked for, or as its report is cited)."""
    row = conn.execute(_CAPTURE_AT, {"url": url, "key": url_key(url)}).fetchone()
    return row[0] if row else None


def source_of(conn: sqlite3.Connection, capture_id: int) -> str | None:
    """Return the source whose crawl made a capture."""
    row = conn.execute(_SOURCE_OF, [capture_id]).fetchone()
    return row[0] if row else None


def of_capture(conn: sqlite3.Connection, capture_id: int) -> StoredPage | None:
    """Return the page of a capture, with the revision that was made of it, if there is one; rows as above."""
    row = conn.execute("select id from revisions where capture_id = ?", [capture_id]).fetchone()
    found = of_revisions(conn, [row[0]]) if row else of_captures(conn, [capture_id])
    return found[0] if found else None


def of_the_time(conn: sqlite3.Connection, key: str, at: str) -> StoredPage | None:
    """Return the page of the revision that the article with that url_key had at an instant; of its first one before."""
    row = conn.execute(_OF_THE_TIME, {"key": key, "at": at}).fetchone()
    found = of_revisions(conn, [row[0]]) if row else []
    return found[0] if found else None


def of_captures(conn: sqlite3.Connection, ids: Sequence[int]) -> list[StoredPage]:
    """Return the pages of these captures, of which there are no revisions, in their order."""
    captures = _by_id(conn, _CAPTURES, ids)
    return [_page(captures[each], None) for each in ids if each in captures]


def template_spans(conn: sqlite3.Connection, source_id: str) -> list[tuple[SiteTemplate, str | None]]:
    """Return all versions of a source's template, oldest first, each with the instant at which it was replaced."""
    return [
        (
            SiteTemplate(source, version, from_text(learned_at), pages, score, document, template_id),
            replaced_at,
        )
        for source, version, learned_at, pages, score, document, template_id, replaced_at in conn.execute(
            _TEMPLATES, [source_id]
        )
    ]


def _by_id(conn: sqlite3.Connection, query: str, ids: Any) -> dict[int, Row]:
    wanted = list(ids)
    found = conn.execute(query.format(marks=", ".join("?" * len(wanted))), wanted)
    return {row["id"]: dict(row) for row in found}


def _page(capture: Row, stored: StoredText | None) -> StoredPage:
    # a change that was listed after the fetch is none of this page
    hint, modified = capture["published_hint"], capture["modified_hint"]
    return StoredPage(
        capture_id=capture["id"],
        lead_id=capture["lead_id"],
        url=capture["url"],
        content_type=capture["content_type"],
        fetched_at=from_text(capture["fetched_at"]),
        warc_file=capture["warc_file"],
        warc_offset=capture["warc_offset"],
        payload_sha256=capture["payload_sha256"],
        via=capture["via"],
        published_hint=from_text(hint) if hint and not _is_our_own(hint, stored) else None,
        modified_hint=from_text(modified) if modified and modified <= capture["fetched_at"] else None,
        stored=stored,
    )


def _is_our_own(hint: str, stored: StoredText | None) -> bool:
    """Tell whether a lead's date is what an earlier extraction found on the page, rather than what a feed said.

    A lead without a date gets the page's (`leads.note_page`); taken for a feed's, a date that was read wrongly
    would vouch for itself.
    """
    if stored is None or hint != stored.revision["published_at"]:
        return False
    return not candidates.came_with_the_lead(
        stored.article["published_at_from"], stored.revision["date_candidates"]
    )


# -- comparing ------------------------------------------------------------------------------------------------


def changes(stored: StoredText, extraction: Extraction) -> dict[str, tuple[Any, Any]]:
    """Return what is read otherwise now: by column of TOLD, what is stored and what is to be."""
    if extraction.article is None:
        return {}
    columns = extraction.columns or text_columns(extraction.article)
    known = stored.article.keys() if stored.is_newest else stored.revision.keys()
    return {
        column: (stored.said(column), columns[column])
        for column in TOLD
        if column in known and stored.said(column) != columns[column]
    }


# -- writing --------------------------------------------------------------------------------------------------


def apply(conn: sqlite3.Connection, source_id: str, reread: Reread) -> Applied:
    """Write what the extraction makes of a page now; a page in which it finds no report changes nothing."""
    if reread.extraction.article is None:
        return Applied.NOTHING
    if reread.page.stored is not None:
        return _correct(conn, reread.page.stored, reread)
    return _add(conn, source_id, reread)


def _correct(conn: sqlite3.Connection, stored: StoredText, reread: Reread) -> Applied:
    """Correct a revision's row, and its article's if that says the same; only columns that differ are written.

    So the search index is left alone where the text is what it was. State, times and `revision_count` are what the
    outlet did, and stay.
    """
    extraction = reread.extraction
    if extraction.article is None:
        return Applied.NOTHING
    text = dict(extraction.columns or text_columns(extraction.article))
    how = {
        "extractor_version": extraction.extractor_version,
        "extraction_path": extraction.path,
        "site_template_id": extraction.template_id or reread.template_id,
    }
    differing = _others(stored.revision, text)
    rows.update(conn, "revisions", stored.revision["id"], differing | how)
    if differing.keys() & changelog.COLUMNS:
        changelog.write_around(conn, stored.revision["article_id"], stored.revision["number"])
    others = _others(stored.article, text) if stored.is_newest else {}
    if others:
        rows.update(conn, "articles", stored.article["id"], others)
    return Applied.CORRECTED if differing or others else Applied.CONFIRMED


def _others(row: Row, text: Mapping[str, Any]) -> dict[str, Any]:
    return {column: text[column] for column in row.keys() & text.keys() if row[column] != text[column]}


def _add(conn: sqlite3.Connection, source_id: str, reread: Reread) -> Applied:
    """Insert the report of a page that was turned down, unless there is one at its address; its lead is stored then."""
    page, extraction = reread.page, reread.extraction
    if extraction.article is None or reread.url is None or reread.key is None or page.lead_id is None:
        return Applied.NOTHING
    if articles.origin(conn, reread.key) is not None:
        return Applied.NOTHING
    sighting = Sighting(
        reread.url, reread.key, to_text(page.fetched_at), page.capture_id,
        extraction.extractor_version, extraction.path, extraction.template_id or reread.template_id,
    )  # fmt: skip
    articles.save(conn, source_id, extraction.article, sighting, extraction.columns)
    (lead_key,) = conn.execute("select url_key from leads where id = ?", [page.lead_id]).fetchone()
    reason = None if lead_key == reread.key else f"the report is at {reread.url}"
    leads.settle(conn, page.lead_id, Outcome.STORED, reason, attempted_at=None)
    return Applied.FOUND
