"""Do the texts follow from the captures? A sample of them is extracted anew, by whoever can do that.

The archive knows nothing of the extraction. What does (our crawler) offers it as an entry point of the group
`conflict_archive.derivation`: a class that is made without arguments and is a `Deriver`. Only revisions that the
present version of the extraction made can be compared; `scrapy reextract --apply` brings the others up to it.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from archive.models import ArticleText
from archive.tables.articles import content_sha256
from archive.text.counting import counted
from archive.text.terminal import one_line
from archive.verify.report import Check, Findings

GROUP = "conflict_archive.derivation"
_IDS = """
select id from revisions where extractor_version = ? and capture_id is not null
    and capture_id not in (select capture_id from custody where action = 'removed') order by id
"""
_AROUND = 60  # characters that are shown of a difference

Choose = Callable[[Sequence[int], int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Derived:
    """What the extraction makes of a revision's capture: a report, or none, and why (a sentence)."""

    revision_id: int
    article: ArticleText | None
    trouble: str | None = None


class Deriver(Protocol):
    """Extracts captures anew."""

    version: str
    """The extraction's, as `revisions.extractor_version` has it."""

    def derive(
        self, archive: Path, conn: sqlite3.Connection, revision_ids: Sequence[int]
    ) -> Iterator[Derived]:
        """Yield what comes of the captures of these revisions, each read with the template that its row names.

        archive: the file; the WARC folder lies beside it. conn: reads it, its rows are `sqlite3.Row`. What can't be
        read or extracted is told, never raised.
        """


def installed() -> Deriver | None:
    """Return the extraction that is installed; None if there is none."""
    for point in entry_points(group=GROUP):
        return cast("Deriver", point.load()())
    return None


def check_derivation(
    archive: Path, conn: sqlite3.Connection, findings: Findings, deriver: Deriver, sample: int, choose: Choose
) -> Check:
    """Compare the text of at most `sample` revisions with what their captures say. choose: so many of these ids."""
    ids = array("q", (row[0] for row in conn.execute(_IDS, [deriver.version])))
    (all_of_them,) = conn.execute("select count(*) from revisions where capture_id is not null").fetchone()
    if not ids:
        return findings.skipped(
            f"none of {all_of_them} texts was made by this version of the extraction (`scrapy reextract --apply`)"
        )
    chosen = sorted(choose(ids, sample)) if len(ids) > sample else ids
    findings.progress.begin(findings.name, len(chosen))
    for derived in deriver.derive(archive, conn, chosen):
        _compare(conn, derived, findings)
        findings.progress.advance(1)
    if len(ids) < all_of_them:
        findings.note(
            f"{counted(all_of_them - len(ids), 'text')} made by another version of the extraction not compared"
        )
    return findings.done(f"{len(chosen)} of {all_of_them} texts, extracted anew")


def _compare(conn: sqlite3.Connection, derived: Derived, findings: Findings) -> None:
    row = conn.execute("select * from revisions where id = ?", [derived.revision_id]).fetchone()
    name = f"revision {row['id']} of article {row['article_id']}"
    if derived.article is None:
        findings.damage(
            f"{name} can't be derived from its capture: {one_line(derived.trouble or 'no report in it')}"
        )
    elif content_sha256(derived.article) != row["content_sha256"]:
        findings.damage(f"{name} is not what its capture says now: {_difference(row, derived.article)}")


def _difference(row: sqlite3.Row, article: ArticleText) -> str:
    for column in ("title", "standfirst", "author", "body"):
        stored, made = row[column] or "", getattr(article, column) or ""
        if stored != made:
            at = next(
                (at for at, pair in enumerate(zip(stored, made, strict=False)) if pair[0] != pair[1]),
                min(len(stored), len(made)),
            )
            begin = max(0, at - _AROUND // 2)
            told = (one_line(text[begin : begin + _AROUND]) for text in (stored, made))
            return f"{column} {' / '.join(repr(text) for text in told)}"
    return "its hash was changed"
