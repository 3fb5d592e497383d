"""What was learned of each site's pages, and the lessons that it was learned from: SQL on one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.clock import from_text, to_text
from archive.models import SiteTemplate, TemplateLesson
from archive.tables import rows

_CURRENT = """
select source_id, version, learned_at, page_count, score, template, id from site_templates
where source_id = ? and replaced_at is null order by version desc limit 1
"""
_LESSONS = """
select source_id, url, layout, seen_at, lesson from template_lessons where source_id = ? order by seen_at, id
"""
# By way of the source's runs, newest first: each step goes along an index, and ends with the limit.
_RECENT_PATHS = """
select revisions.extraction_path
from runs
cross join captures on captures.run_id = runs.id
cross join revisions on revisions.capture_id = captures.id
where runs.source_id = :source and revisions.extraction_path is not null and captures.fetched_at >=
    (select learned_at from site_templates where source_id = :source order by version limit 1)
order by runs.started_at desc, runs.id desc, captures.id desc
limit :limit
"""


def current(conn: sqlite3.Connection, source_id: str) -> SiteTemplate | None:
    """Return the version of a source's template that is in use; None where none was learned."""
    row = conn.execute(_CURRENT, [source_id]).fetchone()
    if row is None:
        return None
    source, version, learned_at, page_count, score, document, template_id = row
    return SiteTemplate(source, version, from_text(learned_at), page_count, score, document, template_id)


def lessons(conn: sqlite3.Connection, source_id: str) -> list[TemplateLesson]:
    """Return what is kept of a source's pages to learn the next version from, oldest first."""
    found = conn.execute(_LESSONS, [source_id])
    return [
        TemplateLesson(source, url, layout, from_text(seen_at), bytes(lesson))
        for source, url, layout, seen_at, lesson in found
    ]


def recent_paths(conn: sqlite3.Connection, source_id: str, limit: int) -> list[str]:
    """Return how the texts of a source's last new revisions were found, newest capture first, at most `limit`.

    Only of captures since its first template was learned: before that, there was but one way.
    """
    found = conn.execute(_RECENT_PATHS, {"source": source_id, "limit": limit})
    return [path for (path,) in found]


def save(conn: sqlite3.Connection, template: SiteTemplate) -> int:
    """Insert a version of a source's template, which replaces the one in use; return its id."""
    learned_at = to_text(template.learned_at)
    conn.execute(
        "update site_templates set replaced_at = ? where source_id = ? and replaced_at is null",
        [learned_at, template.source_id],
    )
    row = {
        "source_id": template.source_id,
        "version": template.version,
        "learned_at": learned_at,
        "page_count": template.page_count,
        "score": template.score,
        "template": template.document,
    }
    return rows.insert(conn, "site_templates", row)


def keep_lessons(conn: sqlite3.Connection, source_id: str, kept: Sequence[TemplateLesson]) -> None:
    """Replace what is kept of a source's pages; of two lessons of one address, the later in `kept` stays."""
    conn.execute("delete from template_lessons where source_id = ?", [source_id])
    for lesson in {lesson.url: lesson for lesson in kept}.values():
        row = {
            "source_id": source_id,
            "layout": lesson.layout,
            "url": lesson.url,
            "seen_at": to_text(lesson.seen_at),
            "lesson": lesson.lesson,
        }
        rows.insert(conn, "template_lessons", row)
