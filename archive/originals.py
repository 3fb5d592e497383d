"""What of a crawl's answers an earlier record holds already: asked in the writer's thread, for each answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from archive.evidence.reading import CaptureUnreadable, find_original
from archive.evidence.revisit import Original
from archive.models import CapturePlace, StoredCapture
from archive.store import Store

logger = logging.getLogger(__name__)


class Originals:
    """Finds the records that hold a payload, among all captures of an archive, committed or not.

    A record that can't be read back is none: a page is rather written twice than referred to where it is not.
    """

    def __init__(self, store: Store, written: Sequence[StoredCapture]) -> None:
        """written: what was just written, and has no row yet; it may grow."""
        self._store = store
        self._written = written

    def holding(self, payload_sha256: str, payload_bytes: int) -> Original | None:
        """Return a record that holds this payload; None if none does."""
        just_now = (each for each in self._written if each.payload_sha256 == payload_sha256)
        places = [CapturePlace(each.payload_sha256, each.warc_file, each.warc_offset) for each in just_now]
        return self._first([*self._store.places_of(payload_sha256, payload_bytes), *places[:1]])

    def last_page(self, url: str) -> Original | None:
        """Return the record with the page that was captured last at an address; None if there is none."""
        place = self._store.last_page(url)
        return self._first([place]) if place is not None else None

    def _first(self, places: Iterable[CapturePlace]) -> Original | None:
        for place in places:
            try:
                return find_original(
                    self._store.warc_folder, place.warc_file, place.warc_offset, place.payload_sha256
                )
            except CaptureUnreadable as error:
                logger.debug("not referred to: %s", error)
        return None
