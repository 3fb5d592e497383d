"""What the spider hands to the pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.models import Lead, Outcome, RawResponse


@dataclass(frozen=True, slots=True)
class Fetched:
    """A lead that was fetched, or tried: what the spider hands over.

    responses: the exchanges as received; url: the last one's; body: its bytes, no longer content-encoded.
    failure: set when there is nothing to extract, with the sentence `error`.
    """

    lead: Lead
    responses: tuple[RawResponse, ...] = field(repr=False)
    url: str | None = None
    body: bytes = field(default=b"", repr=False)
    content_type: str | None = None
    failure: Outcome | None = None
    error: str | None = None
