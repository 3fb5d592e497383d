"""Is an archive as it was written? Everything that can be recomputed is, and what is wrong is named.

It only reads, and takes no lock that a crawl would wait for: all queries see the archive as it was when the check
began, while WARC files may grow.
"""

from __future__ import annotations

import functools
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.progress import Progress
from archive.tables import custodyfile
from archive.tables.chain import Head
from archive.tables.published import publication
from archive.verify import chains, database, derivation, texts
from archive.verify.derivation import Choose, Deriver
from archive.verify.files import Files
from archive.verify.report import Check, Cut, Findings, Mode, Report, Verdict, guarded

__all__ = ["Check", "Cut", "Mode", "Report", "Verdict", "Wish", "verify"]


def _choose(ids: Sequence[int], count: int) -> Sequence[int]:
    # nobody who falsifies a text should know beforehand that it will not be looked at
    return secrets.SystemRandom().sample(ids, count)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. examples: sentences to keep of each check. sample: texts that a full check extracts anew.

    deriver: what extracts them; None where nothing that can is installed. choose: which of them.
    """

    mode: Mode = Mode.DEFAULT
    examples: int = 5
    sample: int = 100
    deriver: Deriver | None = None
    choose: Choose = _choose


def verify(path: Path, conn: sqlite3.Connection, wish: Wish, progress: Progress) -> Report:
    """Check the archive at `path`, and return how it is. conn: reads it (see `archive.open`), and is not used besides.

    What can't be read is told as damage; nothing is raised for it.
    """
    # what an attacker wrote needs not be text
    conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    conn.execute("begin")
    try:
        return _Verification(path, conn, wish, progress).report()
    finally:
        conn.rollback()
        conn.text_factory = str


class _Verification:
    def __init__(self, path: Path, conn: sqlite3.Connection, wish: Wish, progress: Progress) -> None:
        self._path = path
        self._conn = conn
        self._wish = wish
        self._progress = progress
        self._heads = {"captures": Head(), "custody": Head()}
        self._cuts: tuple[Cut, ...] = ()

    def report(self) -> Report:
        """Make all checks that are wanted, and return how they came out."""
        conn, mode = self._conn, self._wish.mode
        is_quick = mode is Mode.QUICK
        published = publication(conn)
        checks = [*self._chains(), *self._files()] if published is None else self._no_evidence()
        if not is_quick:
            checks.append(self._check("texts", functools.partial(texts.check_revisions, conn)))
            checks.append(self._check("reports", functools.partial(texts.check_articles, conn)))
        look = database.check_index_counts if is_quick else database.check_index
        index = self._check("search index", functools.partial(look, conn))
        checks.append(index)
        checks.append(self._check("references", functools.partial(database.check_references, conn)))
        if not is_quick:
            checks.append(
                self._check("database file", functools.partial(database.check_pages, conn, mode=mode))
            )
        if mode is Mode.FULL and published is None:
            checks.append(self._check("texts from captures", self._derive))
        return Report(
            mode, tuple(checks), self._heads["captures"], self._heads["custody"], self._cuts,
            has_bad_index=index.verdict is Verdict.DAMAGED, published=published.sentence if published else None,
        )  # fmt: skip

    def _findings(self, name: str) -> Findings:
        return Findings(name, self._progress, self._wish.examples)

    def _check(self, name: str, check: Callable[[Findings], str | Check]) -> Check:
        return guarded(self._findings(name), check)

    def _no_evidence(self) -> list[Check]:
        why = "this is a published copy: chains, custody log and captured pages are with the archive that it was made of"
        return [self._findings("evidence").skipped(why)]

    def _chains(self) -> list[Check]:
        def captures(findings: Findings) -> str:
            summary, self._heads["captures"] = chains.check_captures(self._conn, findings)
            return summary

        def custody(findings: Findings) -> str:
            summary, self._heads["custody"] = chains.check_custody(self._conn, findings)
            return summary

        def file(findings: Findings) -> str:
            return chains.check_custody_file(self._conn, findings, custodyfile.beside(self._path))

        return [
            self._check("chain of captures", captures),
            self._check("custody log", custody),
            self._check("custody file", file),
        ]

    def _files(self) -> list[Check]:
        of_captures = self._findings("captured pages")
        summary = "not all of them could be read"

        def look(of_files: Findings) -> str:
            nonlocal summary
            files = Files(self._conn, self._path.absolute().parent / "warc", of_files, of_captures)
            if self._wish.mode is Mode.QUICK:
                return files.look()
            told, summary = files.read()
            self._cuts = tuple(files.cuts)
            return told

        of_files = self._check("WARC files", look)
        return [of_files] if self._wish.mode is Mode.QUICK else [of_files, of_captures.done(summary)]

    def _derive(self, findings: Findings) -> Check:
        wish = self._wish
        if wish.deriver is None:
            return findings.skipped(f"no extraction is installed (entry point {derivation.GROUP})")
        return derivation.check_derivation(
            self._path, self._conn, findings, wish.deriver, wish.sample, wish.choose
        )
