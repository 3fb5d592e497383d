"""What a worker process does with one capture: read it back from its WARC file, and extract it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.evidence.reading import CaptureUnreadable, Trouble, content, read_response
from archive.models import Extraction
from archive.reextraction import StoredPage
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.remote import extract_remotely


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A capture whose bytes can't be had: of which kind the trouble is, and the sentence."""

    trouble: Trouble
    sentence: str


@dataclass(frozen=True, slots=True)
class Task:
    """A capture to read. folder: of the WARC files. template: what was learned of its site, to be read with."""

    folder: Path
    page: StoredPage
    hints: Hints
    template: KnownTemplate | None


def read_again(task: Task) -> Extraction | Unreadable:
    """Return what the extraction makes of a capture now; never raises on what a file or a page holds."""
    page = task.page
    try:
        response = read_response(task.folder, page.warc_file, page.warc_offset, page.payload_sha256)
        payload = content(response)
    except CaptureUnreadable as error:
        return Unreadable(error.trouble, str(error))
    return extract_remotely(
        payload,
        url=page.url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        hints=task.hints,
        template=task.template,
    )


def extractor_version() -> str:
    """Return the version of the extraction, which a worker has loaded and the command itself can do without."""
    from crawler.extraction.article import EXTRACTOR_VERSION  # noqa: PLC0415 - see above

    return EXTRACTOR_VERSION
