"""Explaining a stored capture in a worker process, where a hostile page costs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.evidence.reading import CaptureUnreadable, content, read_response
from archive.tables.reextraction import StoredPage
from crawler.errors import ExtractionError
from crawler.extraction.page import Hints, KnownTemplate

if TYPE_CHECKING:  # what it imports takes a third of a second, and only a worker needs it
    from crawler.extraction.explain import Explanation


@dataclass(frozen=True, slots=True)
class Task:
    """A capture to explain. folder: of the WARC files. template: the one to read it with."""

    folder: Path
    page: StoredPage
    hints: Hints
    template: KnownTemplate | None


def explain_capture(task: Task) -> Explanation:
    """Return what the extraction makes of a capture's lines; raises ExtractionError if its bytes can't be had."""
    from crawler.extraction.explain import explain  # noqa: PLC0415 - see above

    page = task.page
    try:
        response = read_response(task.folder, page.warc_file, page.warc_offset, page.payload_sha256)
        payload = content(response)
    except CaptureUnreadable as error:
        raise ExtractionError(str(error)) from None
    return explain(
        payload,
        url=page.url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        hints=task.hints,
        template=task.template,
    )
