"""An archive with WARC files, written by the writer itself, for tests of what is kept and checked."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.evidence.scan import Record, scan
from archive.models import ArticleText, Extraction, Lead, Outcome, RawResponse, Source, Visit
from archive.writer import ArchiveWriter

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")
OTHER = Source("y", "Y News", "https://y.example/", ("ar",), "Syria", None, "independent")


def page(number: int, text: str = "") -> bytes:
    """Return the gzipped page of a report."""
    html = f"<html><h1>Report {number}</h1><p>Five people died in strike {number}. {text}</p></html>"
    return gzip.compress(html.encode(), mtime=0)


def visit(source: Source, number: int, text: str = "") -> Visit:
    """Return a visit to a report: it was moved, and then answered (so two captures)."""
    url = f"{source.homepage}news/{number}"
    packed = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    responses = (
        RawResponse(
            url + "?old", 301, "Moved", "GET", (("User-Agent", "test"),), (("Location", url),), b"", NOW
        ),
        RawResponse(url, 200, "OK", "GET", (("User-Agent", "test"),), packed, page(number, text), NOW),
    )
    article = ArticleText(
        title=f"Report {number}", body=f"Five people died in strike {number}. {text}", author="A. Reporter"
    )
    return Visit(Lead(url, "feed"), responses, url=url, extraction=Extraction(article, extractor_version="1"))


def make(folder: Path, *, reports: int = 5) -> Path:
    """Make an archive of two runs of two sources that have ended, `reports` of each; return its path."""
    path = folder / "archive.db"
    writer = ArchiveWriter(path, version="test", clock=lambda: NOW)
    writer.start()
    for source in (SOURCE, OTHER):
        run = writer.begin_run(source)
        visits = [run.record_visit(visit(source, number)) for number in range(1, reports + 1)]
        run.submit(lambda desk: desk.finish_run("finished", {}, {}, "{}"), is_urgent=True).result(timeout=20)
        assert {done.result(timeout=20) for done in visits} == {Outcome.STORED}
        run.end()
    writer.close()
    return path


@dataclass(frozen=True)
class Warc:
    """One WARC file and its records."""

    path: Path

    def records(self) -> list[Record]:
        with self.path.open("rb") as file:
            return [piece for piece in scan(file, self.path.stat().st_size) if isinstance(piece, Record)]

    def flip(self, offset: int) -> None:
        """Change one bit of the byte there."""
        with self.path.open("r+b") as file:
            file.seek(offset)
            (byte,) = file.read(1)
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def cut(self, size: int) -> None:
        with self.path.open("r+b") as file:
            file.truncate(size)


def warcs(path: Path) -> list[Warc]:
    """Return the WARC files beside an archive, by name."""
    return [Warc(each) for each in sorted((path.parent / "warc").iterdir())]
