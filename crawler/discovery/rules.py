"""What to do with a link: an article to fetch, a trap to refuse, or neither; and which dates a crawl is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum

from archive.models import Lead, Outcome
from archive.urls import canonical_url
from crawler.discovery.traps import MAX_URL, trap
from crawler.sources.model import SourceEntry


class LinkKind(StrEnum):
    """What a link is to a source."""

    ARTICLE = "article"  # fetch it
    REFUSED = "refused"  # never fetch it
    OTHER = "other"  # navigation, another site, or an article whose address the pattern doesn't know


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a link is; `rule` names what refused it; `url` is its canonical form, if it has one."""

    kind: LinkKind
    rule: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRules:
    """The rules for a source's links: its own deny patterns, then the traps of all sites, then its article pattern."""

    article: re.Pattern[str]
    deny: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def from_entry(cls, entry: SourceEntry) -> LinkRules:
        """Return the rules of a catalogue entry, whose patterns were checked when it was loaded."""
        return cls(re.compile(entry.article_pattern), tuple(re.compile(pattern) for pattern in entry.deny))

    def verdict(self, url: str) -> Verdict:
        """Return what an absolute URL is. Never raises.

        The rule of a refusal is "not-http", "source-deny" or one of traps.RULE_NAMES. Patterns are searched
        for in the URL as it stands and in its canonical form; either match counts.
        """
        if len(url) > MAX_URL:  # before any pattern of a source is tried on it
            return Verdict(LinkKind.REFUSED, "trap-depth")
        try:
            canonical = canonical_url(url)
            caught = trap(canonical)  # without the fragment: `#respond` asks for the report itself
        except ValueError:
            return Verdict(LinkKind.REFUSED, "not-http")
        forms = (url.strip(), canonical)
        if any(pattern.search(form) for pattern in self.deny for form in forms):
            return Verdict(LinkKind.REFUSED, "source-deny", canonical)
        if caught:
            return Verdict(LinkKind.REFUSED, caught, canonical)
        if any(self.article.search(form) for form in forms):
            return Verdict(LinkKind.ARTICLE, None, canonical)
        return Verdict(LinkKind.OTHER, None, canonical)


def in_range(lead: Lead, since: date | None, until: date | None) -> Outcome | None:
    """Return TOO_OLD or TOO_NEW for a lead published outside the days `since` to `until`, else None.

    Both days are UTC and belong to the range. A lead without a date passes: only its page can tell.
    """
    if lead.published_hint is None:
        return None
    day = lead.published_hint.astimezone(UTC).date()
    if since is not None and day < since:
        return Outcome.TOO_OLD
    return Outcome.TOO_NEW if until is not None and day > until else None
