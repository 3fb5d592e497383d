"""What the spider hands to the pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from archive.models import Lead, Outcome, RawResponse
from crawler.unpacking import Packed


@dataclass(frozen=True, slots=True)
class Fetched:
    """A lead that was fetched, or tried: what the spider hands over.

    responses: the exchanges as received; url: the last one's; body: its bytes, no longer content-encoded unless
    they are `Packed`.
    failure: set when there is nothing to extract, with the sentence `error`. not_modified: the server said
    that the page is as it was. retry_at: not to be asked for before, as the server wants.
    """

    lead: Lead
    responses: tuple[RawResponse, ...] = field(repr=False)
    url: str | None = None
    body: bytes | Packed = field(default=b"", repr=False)
    content_type: str | None = None
    failure: Outcome | None = None
    error: str | None = None
    not_modified: bool = False
    retry_at: datetime | None = None
