"""The only definition of the schema, as named migrations: old archives always open.

The schema is a public interface: people write SQL against it. Names are the field's terms, times are UTC text
`YYYY-MM-DDTHH:MM:SSZ`, booleans 0 or 1. A foreign key points to an earlier table only. What is derived (the
full-text index, the folded words) can be rebuilt from what is not. Each migration's SQL is a module of its own.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archive import searchindex
from archive.migrations import changes as _006
from archive.migrations import custody as _005
from archive.migrations import extraction as _004
from archive.migrations import imports as _008
from archive.migrations import publications as _018
from archive.migrations import revisits as _007
from archive.migrations import schedule as _003
from archive.migrations import seals as _009
from archive.migrations import search as _002
from archive.migrations import search_index as _014
from archive.migrations import search_keys as _016
from archive.migrations import source_pages as _017
from archive.migrations import tables as _001
from archive.migrations import watches as _015
from archive.text.folding import folded_words

migrations = Migrations("conflict-archive")


@migrations(name="001_tables")
def tables(db: Database) -> None:
    """The eight rooms of the main job, from sources to revisions."""
    _run(db, _001.SCRIPT)


@migrations(name="002_search")
def search(db: Database) -> None:
    """Full-text search on articles, kept in step by triggers that plain sqlite3 runs too."""
    _run(db, _002.SCRIPT)


@migrations(name="003_schedule")
def schedule(db: Database) -> None:
    """What crawls on a schedule know of each other: pauses, validators, refusals, backfills."""
    _run(db, _003.SCRIPT)


@migrations(name="004_extraction")
def extraction(db: Database) -> None:
    """What a citation needs, how each text was found, and what was learned of each site."""
    db.conn.create_function("folded_words", -1, folded_words, deterministic=True)
    _run(db, _004.SCRIPT)


@migrations(name="005_custody")
def custody(db: Database) -> None:
    """Captures in a chain of hashes that only grows, and a log of what was done to them and their texts."""
    _run(db, _005.SCRIPT)
    _005.chain_captures(db.conn)
    _run(db, _005.TRIGGERS)


@migrations(name="006_changes")
def changes(db: Database) -> None:
    """What each edit did, and how each report's address answered over time."""
    _run(db, _006.SCRIPT)
    _006.fill(db.conn)


@migrations(name="007_revisits")
def revisits(db: Database) -> None:
    """At which ages a source's reports are looked at again."""
    _run(db, _007.SCRIPT)


@migrations(name="008_imports")
def imports(db: Database) -> None:
    """Captures from the WARC files of others: which files were read, how far, and what came of them."""
    _run(db, _008.SCRIPT)


@migrations(name="009_seals")
def seals(db: Database) -> None:
    """What the archive held when it was sealed, signed and timestamped."""
    _run(db, _009.SCRIPT)


@migrations(name="014_search_index")
def search_index(db: Database) -> None:
    """The index holds words in one form: normalised and stemmed."""
    _run(db, _014.SCRIPT)


@migrations(name="015_watches")
def watches(db: Database) -> None:
    """Saved searches and what they found."""
    _run(db, _015.SCRIPT)


@migrations(name="016_search_keys")
def search_keys(db: Database) -> None:
    """The index holds source, language and day of each report."""
    _run(db, _016.SCRIPT)
    searchindex.fill(db.conn)


@migrations(name="017_source_pages")
def source_pages(db: Database) -> None:
    """What is asked of one source is answered from indexes."""
    _run(db, _017.SCRIPT)


@migrations(name="018_publications")
def publications(db: Database) -> None:
    """A copy that was made to be published says so."""
    _run(db, _018.SCRIPT)


def _run(db: Database, script: str) -> None:
    """Execute a script's statements; `executescript` would commit the migration's own transaction."""
    for statement in _statements(script):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    statements, lines = [], []
    for line in script.strip().splitlines():
        lines.append(line)
        inside_trigger = any(part.startswith("create trigger") for part in lines)
        if line == "end;" or (line.endswith(";") and not inside_trigger):
            statements.append("\n".join(lines))
            lines = []
    return [statement for statement in statements if statement.strip()]
