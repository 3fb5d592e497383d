"""Who reads the captured pages of a rebuild: whatever is installed that can (our crawler).

It is offered as an entry point of the group `conflict_archive.rebuilding`: a class that is made without arguments and
is a `Reader`. The archive knows nothing of the extraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from archive.evidence.reading import Trouble
from archive.models import Extraction, Source, Via

GROUP = "conflict_archive.rebuilding"


@dataclass(frozen=True, slots=True)
class Page:
    """A captured page, and what was known of it when it was read first.

    title, published_at, modified_at: as its feed or sitemap gave them. template: the document of what was learned of
    its site, and its id.
    """

    source: Source
    url: str
    content_type: str | None
    fetched_at: datetime
    warc_file: str
    warc_offset: int
    payload_sha256: str
    via: Via
    title: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    template: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A page that can't be read: the sentence; and of which kind that is, if its record is to blame."""

    sentence: str
    trouble: Trouble | None = None


class Reader(Protocol):
    """Extracts captured pages."""

    version: str
    """The extraction's, as `revisions.extractor_version` has it."""

    def read(self, folder: Path, pages: Iterable[Page | None]) -> Iterator[Extraction | Unread | None]:
        """Yield what comes of each page, in their order; None for None. folder: of the WARC files.

        Pages are taken a bounded number ahead. An extraction has its `columns`. May be called while another of its
        iterators is not at its end.
        """

    def close(self) -> None:
        """End the workers."""


def installed() -> Reader | None:
    """Return the reader that is installed; None if there is none."""
    for point in entry_points(group=GROUP):
        return cast("Reader", point.load()())
    return None
