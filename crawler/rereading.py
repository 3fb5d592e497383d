"""Reading a stored capture again: back from its WARC file, and through the extraction, in a worker process."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archive.evidence.reading import CaptureUnreadable, Trouble, content, read_response
from archive.models import Extraction
from archive.tables.articles import content_sha256
from archive.tables.reextraction import StoredPage
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely, to_be_stored

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A capture whose bytes can't be had: of which kind the trouble is, and the sentence."""

    trouble: Trouble
    sentence: str


@dataclass(frozen=True, slots=True)
class Task:
    """A capture to read. folder: of the WARC files. template: what was learned of its site, to be read with.

    known_sha256: the content_sha256 of the text that is stored of it.
    """

    folder: Path
    page: StoredPage
    hints: Hints
    template: KnownTemplate | None
    known_sha256: str | None = None

    def known(self) -> dict[str, Any]:
        """Return what the extraction takes beside the page's bytes, by its arguments' names."""
        page = self.page
        return {
            "url": page.url,
            "content_type": page.content_type,
            "fetched_at": page.fetched_at,
            "hints": self.hints,
            "template": self.template,
        }


def read_again(task: Task) -> Extraction | Unreadable:
    """Return what the extraction makes of a capture now; never raises on what a file or a page holds."""
    payload = payload_of(task)
    return payload if isinstance(payload, Unreadable) else extract_remotely(payload, **task.known())


def payload_of(task: Task) -> bytes | Unreadable:
    """Return the body of a capture, content-decoded; never raises on what a file holds."""
    page = task.page
    try:
        return content(read_response(task.folder, page.warc_file, page.warc_offset, page.payload_sha256))
    except CaptureUnreadable as error:
        return Unreadable(error.trouble, str(error))


def read_to_correct(task: Task) -> Extraction | Unreadable:
    """Return what `read_again` returns, as it is to be stored."""
    found = read_again(task)
    return found if isinstance(found, Unreadable) else to_be_stored(found, task.known_sha256)


def extractor_version() -> str:
    """Return the version of the extraction, which a worker has loaded and the command itself can do without."""
    from crawler.extraction.article import EXTRACTOR_VERSION  # noqa: PLC0415 - see above

    return EXTRACTOR_VERSION


class Rereader(Protocol):
    """A run that compares a page with the one that is archived: a crawl, or an import."""

    @property
    def pool(self) -> WorkerPool:
        """Return the workers."""
        ...

    @property
    def warc_folder(self) -> Path:
        """Return where the WARC files are."""
        ...

    def last_page(self, key: str) -> StoredPage | None:
        """Return the capture of the revision to compare with, by the article's url_key."""
        ...


async def says_the_same(
    run: Rereader, key: str, extraction: Extraction, hints: Hints, template: KnownTemplate | None
) -> bool:
    """Tell whether a report says what its newest revision says, though its text was extracted in another way.

    A template learned since, or a later version of the extraction, may read the same page otherwise: that is no edit
    by the outlet. So the capture of the newest revision is read in the present way (template), and the texts are
    compared. key: the article's url_key.
    """
    page = run.last_page(key)
    if page is None or page.stored is None or extraction.article is None:
        return False
    told, sha256 = page.stored.revision, content_sha256(extraction.article)
    way = (extraction.extractor_version, extraction.path, extraction.template_id)
    if told["content_sha256"] == sha256 or _way(told) == way:
        return False
    task = Task(run.warc_folder, page, hints, template)
    before = await run.pool.run_now(read_again, task)
    if isinstance(before, Unreadable):
        logger.warning("a capture can't be compared with the present page: %s", before.sentence)
        return False
    return before.article is not None and content_sha256(before.article) == sha256


def _way(told: Mapping[str, Any]) -> tuple[str, str, int | None]:
    return told["extractor_version"], told["extraction_path"], told["site_template_id"]
