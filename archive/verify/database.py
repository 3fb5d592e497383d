"""Is the database file sound: its pages, its references, and the search index?"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from archive import searchindex
from archive.text.forms import COLUMNS
from archive.text.normalise import Normaliser
from archive.verify.report import Check, Findings, Mode

_MOST_PROBLEMS = 100  # that SQLite is asked to tell of
_WAITING = "(select article_id from search_pending)"
_UNINDEXED = f"""
select id from articles where id not in (select id from articles_fts_docsize) and id not in {_WAITING} order by id
"""  # noqa: S608 - ours
_LEFT_OVER = f"""
select id from articles_fts_docsize where id not in (select id from articles) and id not in {_WAITING} order by id
"""  # noqa: S608 - ours
# What the index should hold, in place of the texts that SQLite would compare it with.
_NORMALISED = f"""
create view normalised_articles as
select id, {", ".join(f"normalised(cast({name} as blob), cast(language as blob)) as {name}" for name in COLUMNS[:-1])},
    with_keys(normalised(cast(folded_words as blob), cast(language as blob)), cast(source_id as blob), cast(language as blob),
        cast(published_at as blob)) as folded_words from articles
"""  # noqa: S608 - ours
_POINT_TO_IT = """
update sqlite_master set sql = replace(sql, 'content="articles"', 'content="normalised_articles"')
where name = 'articles_fts'
"""


def check_pages(conn: sqlite3.Connection, findings: Findings, mode: Mode) -> str:
    """Have SQLite look at its own file; return a summary."""
    pragma = "integrity_check" if mode is Mode.FULL else "quick_check"
    findings.progress.begin(findings.name, 1)
    for (problem,) in conn.execute(f"pragma {pragma}({_MOST_PROBLEMS})"):
        if problem != "ok":
            findings.damage(problem.replace("\n", " "))
    return pragma


def check_references(conn: sqlite3.Connection, findings: Findings) -> str:
    """Look for rows that point to rows which are not there; return a summary."""
    findings.progress.begin(findings.name, 1)
    for table, row_id, parent, _ in conn.execute("pragma foreign_key_check"):
        findings.damage(f"row {row_id} of {table} points to a row of {parent} that is not there")
    return "foreign_key_check"


def check_index_counts(conn: sqlite3.Connection, findings: Findings) -> str:
    """Look whether every report is in the search index, and nothing else; return a summary."""
    findings.progress.begin(findings.name, 1)
    (count,) = conn.execute("select count(*) from articles_fts_docsize").fetchone()
    state = searchindex.state(conn)
    if state.pending:
        findings.note(f"{state.pending} reports wait to be indexed: `archive reindex` does it")
    if not state.is_current:
        findings.note(
            "the index was made by another version of this program: `archive reindex` makes it anew"
        )
    for (article,) in conn.execute(_UNINDEXED):
        findings.damage(f"article {article} is not in the search index")
    for (article,) in conn.execute(_LEFT_OVER):
        findings.damage(f"the search index has an article {article}, which is not there")
    return f"{count} reports, counted"


def check_index(conn: sqlite3.Connection, findings: Findings) -> Check:
    """Have the search index compared with the texts, word by word, in the forms in which it holds them.

    SQLite writes (nothing, but under the lock that writing takes) to check an index. So that no crawl has to wait, and
    an archive can be checked that may not be written, this is done on a copy.
    """
    summary = check_index_counts(conn, findings)
    state = searchindex.state(conn)
    if not findings.count and (not state.is_current or state.pending > searchindex.FEW):
        return findings.skipped("the index is not complete: `archive reindex` makes it so")
    with tempfile.TemporaryDirectory(prefix="archive-verify-") as folder:
        try:
            copy = _copy(conn, Path(folder), findings)
        except (sqlite3.OperationalError, OSError) as error:
            if findings.count:
                return findings.done(summary)
            return findings.skipped(f"no room for a copy of the archive in {tempfile.gettempdir()} ({error})")
        with closing(copy):
            try:
                compare(copy)
            except sqlite3.DatabaseError as error:
                findings.damage(f"the search index does not hold the words of the reports ({error})")
    return findings.done(summary.replace("counted", "word by word"))


def compare(copy: sqlite3.Connection) -> None:
    """Compare the index of a copy of an archive with its texts, word by word; raises sqlite3.DatabaseError.

    What waits is indexed first. The copy's schema is changed, so that SQLite compares with the normalised texts.
    """
    normaliser = Normaliser()
    searchindex.catch_up(copy, normaliser)
    copy.create_function("normalised", 2, lambda text, language: _normalised(normaliser, text, language))
    copy.create_function(
        "with_keys", 4, lambda *values: searchindex.with_keys(*map(searchindex.as_text, values))
    )
    copy.execute(_NORMALISED)
    copy.execute("pragma writable_schema = on")
    copy.execute(_POINT_TO_IT)
    (schema,) = copy.execute("pragma schema_version").fetchone()
    copy.execute(f"pragma schema_version = {schema + 1}")
    copy.execute("pragma writable_schema = off")
    copy.commit()
    copy.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


def _normalised(normaliser: Normaliser, text: object, language: object) -> str | None:
    return normaliser.text(searchindex.as_text(text), searchindex.as_text(language))


def _copy(conn: sqlite3.Connection, folder: Path, findings: Findings) -> sqlite3.Connection:
    copy = sqlite3.connect(folder / "copy.db")
    try:
        copy.execute("pragma synchronous = off")
        findings.progress.begin(findings.name, 2)
        conn.backup(copy)
        findings.progress.advance(1)
    except BaseException:
        copy.close()
        raise
    return copy
