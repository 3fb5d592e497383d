"""Do the texts have the hashes that were written with them, and does each report say what its newest revision says?"""

from __future__ import annotations

import sqlite3

from archive.models import ArticleText
from archive.tables.articles import content_sha256
from archive.tables.removals import is_blank, removed_ids
from archive.verify.report import Findings

_STEP = 500
_REVISIONS = "select * from revisions order by id"
# All that a revision has of a report's text and what stands beside it.
_SHARED = (
    "title", "standfirst", "body", "author", "agency", "dateline", "section", "tags", "language", "published_at",
    "modified_at", "is_truncated", "content_sha256", "date_candidates", "blocks",
)  # fmt: skip
_DIFFERING = f"""
select a.id, a.revision_count, r.id, {", ".join(f"a.{name} is not r.{name}" for name in _SHARED)}
from articles a left join revisions r on r.article_id = a.id and r.number = a.revision_count
where r.id is null or {" or ".join(f"a.{name} is not r.{name}" for name in _SHARED)}
order by a.id
"""  # noqa: S608 - ours
_MISCOUNTED = """
select a.id, a.revision_count, count(r.id) from articles a left join revisions r on r.article_id = a.id
group by a.id having count(r.id) <> a.revision_count or min(r.number) <> 1
"""


def check_revisions(conn: sqlite3.Connection, findings: Findings) -> str:
    """Hash the text of every revision; return a summary. conn: its rows are `sqlite3.Row`."""
    removed = removed_ids(conn)
    (last,) = conn.execute("select max(id) from revisions").fetchone()
    findings.progress.begin(findings.name, last or 0)
    count, blank, told = 0, 0, 0
    for row in conn.execute(_REVISIONS):
        count += 1
        if row["id"] - told >= _STEP:
            findings.progress.advance(row["id"] - told)
            told = row["id"]
        if row["capture_id"] in removed:
            blank += 1
            if not is_blank(row):
                findings.damage(
                    f"revision {row['id']} still has text, though capture {row['capture_id']} was removed"
                )
        elif _sha256(row) != row["content_sha256"]:
            findings.damage(
                f"revision {row['id']} of article {row['article_id']} was changed: its text does not give its hash"
            )
    return f"{count} texts" + (f", {blank} of them removed on purpose" if blank else "")


def _sha256(row: sqlite3.Row) -> str | None:
    try:
        return content_sha256(
            ArticleText(
                title=row["title"], body=row["body"], standfirst=row["standfirst"], author=row["author"]
            )
        )
    except (TypeError, UnicodeError):  # no text at all
        return None


def check_articles(conn: sqlite3.Connection, findings: Findings) -> str:
    """Compare every report with its newest revision; return a summary."""
    (count,) = conn.execute("select count(*) from articles").fetchone()
    findings.progress.begin(findings.name, count)
    for article, number, revision, *differs in conn.execute(_DIFFERING):
        if revision is None:
            findings.damage(f"article {article} has no revision {number}, which is said to be its newest")
            continue
        names = ", ".join(name for name, is_other in zip(_SHARED, differs, strict=True) if is_other)
        findings.damage(f"article {article} does not say what its newest revision says: {names}")
    for article, said, found in conn.execute(_MISCOUNTED):
        findings.damage(f"article {article} is said to have {said} revisions, and has {found}")
    return f"{count} reports"
