"""What the rows of a visit, a run and a template are, as a WARC file is told them: see `archive.evidence.facts`.

SQL on the writing connection, inside the transaction that wrote these rows.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.clock import to_text
from archive.models import Extraction, Lead, RecordOrigin, SiteTemplate, Visit
from archive.tables.articles import text_columns

Told = dict[str, Any]

# Of a text, what stays known of it when its page is removed; see `archive.tables.removals`.
_KEPT_OF_TEXT = (
    "content_sha256", "language", "published_at", "published_at_precision", "published_at_from", "modified_at",
    "is_truncated",
)  # fmt: skip
_VERDICT = ("url", "failure", "error", "not_modified", "is_passing", "is_same", "is_own_date")


def of_visit(conn: sqlite3.Connection, visit: Visit, captures: int) -> Told:
    """Return what is to be told of the visit whose captures are the last `captures` rows."""
    found = _rows(conn, "select * from captures order by id desc limit ?", captures)[::-1]
    last = found[-1]
    (lead,) = _rows(conn, "select * from leads where id = ?", last["lead_id"])
    told: Told = {
        "previous_hash": found[0].get("previous_hash"),
        "hash": last["hash"],
        "captures": [
            {name: value for name, value in row.items() if name not in {"hash", "previous_hash"}}
            for row in found
        ],
        "lead": lead,
        "listed": _listed(visit.lead),
        "visit": _verdict(visit),
    }
    if "endpoint_id" in lead:
        query = "select id, url, kind from endpoints where id = ?"
        told["endpoint"] = _rows(conn, query, lead["endpoint_id"])[0]
    if visit.extraction is not None:
        told["read"] = _read(visit.extraction)
    revision = _rows(conn, "select id, article_id from revisions where capture_id = ?", last["id"])
    if revision:
        told["revision"] = revision[0]
    origin = visit.responses[-1].origin
    return told if origin is None else told | {"origin": _origin(origin)}


def of_run(conn: sqlite3.Connection, run_id: int) -> Told:
    """Return what is to be told of a run as it stands, and of its source."""
    (run,) = _rows(conn, "select * from runs where id = ?", run_id)
    (source,) = _rows(conn, "select * from sources where id = ?", run["source_id"])
    refusals = _rows(conn, "select rule, links from refusals where run_id = ? order by rule", run_id)
    told = {"run": run, "source": source}
    return told | ({"refusals": {each["rule"]: each["links"] for each in refusals}} if refusals else {})


def of_template(template: SiteTemplate, template_id: int) -> Told:
    """Return what is to be told of a version of a source's template."""
    return {
        "id": template_id,
        "source_id": template.source_id,
        "version": template.version,
        "learned_at": to_text(template.learned_at),
        "page_count": template.page_count,
        "score": template.score,
        "template": template.document,
    }


def _origin(origin: RecordOrigin) -> Told:
    return {
        "file": origin.file,
        "file_id": origin.file_id,
        "offset": origin.offset,
        "record_id": origin.record_id,
        "payload_digest": origin.payload_digest,
    }


def _listed(lead: Lead) -> Told:
    listed = {
        "url": lead.url,
        "via": lead.via,
        "endpoint_url": lead.endpoint_url,
        "published_hint": to_text(lead.published_hint) if lead.published_hint else None,
        "modified_hint": to_text(lead.modified_hint) if lead.modified_hint else None,
    }
    return {name: value for name, value in listed.items() if value is not None}


def _verdict(visit: Visit) -> Told:
    told = {name: getattr(visit, name) for name in _VERDICT}
    told["retry_at"] = to_text(visit.retry_at) if visit.retry_at else None
    return {name: value for name, value in told.items() if value is not None and value is not False}


def _read(extraction: Extraction) -> Told:
    told: Told = {
        "version": extraction.extractor_version,
        "path": extraction.path,
        "template": extraction.template_id,
        "reason": extraction.reason,
    }
    if extraction.article is not None:
        columns = extraction.columns or text_columns(extraction.article)
        told |= {name: columns[name] for name in _KEPT_OF_TEXT}
    return {name: value for name, value in told.items() if value is not None}


def _rows(conn: sqlite3.Connection, query: str, *values: Any) -> list[Told]:
    """Return rows without their null columns."""
    cursor = conn.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in cursor
    ]
