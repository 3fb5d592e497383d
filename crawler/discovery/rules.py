"""What to do with a link: an article to fetch, a trap to refuse, or neither; and which dates a crawl is about."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from archive.models import Lead, Outcome
from archive.urls import Identity, canonical_url
from crawler.discovery.traps import MAX_URL, trap

if TYPE_CHECKING:  # the workers have the rules, and can do without what checks the catalogue
    from crawler.sources.model import SourceEntry

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR, _MONTH_NUMBER, _DAY_NUMBER = r"((?:19|20)\d\d)", r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
_DAY = re.compile(
    rf"/{_YEAR}(?:/{_MONTH_NUMBER}/{_DAY_NUMBER}(?=/|$)|-{_MONTH_NUMBER}-{_DAY_NUMBER}(?!\d)"
    r"|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-_/]|$))"
)
_MONTH = re.compile(rf"/{_YEAR}/(?:{_MONTH_NUMBER}|({'|'.join(_MONTHS)}))(?=/|$)", re.IGNORECASE)
MAX_REFUSED = 2_000  # addresses kept for each rule: enough to see what it caught, however many there were


class LinkKind(StrEnum):
    """What a link is to a source."""

    ARTICLE = "article"  # fetch it
    REFUSED = "refused"  # never fetch it
    OTHER = "other"  # navigation, another site, or an article whose address the pattern doesn't know


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a link is.

    rule: what refused it. url: its canonical form, if it has one. key: its url_key for the source, of an
    article only.
    """

    kind: LinkKind
    rule: str | None = None
    url: str | None = None
    key: str | None = None


class Rules(Protocol):
    """Whatever tells reports from other links: a source's LinkRules, or the shapes of an unknown site's."""

    def verdict(self, url: str) -> Verdict:
        """Return what an absolute URL is. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class LinkRules:
    """The rules for a source's links: its own deny patterns, then the traps of all sites, then its article pattern.

    home: the host of its home page, as it is written there; its identity's domains are taken for it.
    """

    article: re.Pattern[str]
    deny: tuple[re.Pattern[str], ...] = ()
    identity: Identity = field(default_factory=Identity)
    home: str = ""

    @classmethod
    def from_entry(cls, entry: SourceEntry) -> LinkRules:
        """Return the rules of a catalogue entry, whose patterns were checked when it was loaded."""
        return cls(
            re.compile(entry.article_pattern),
            tuple(re.compile(pattern) for pattern in entry.deny),
            entry.record().identifier(),
            urlsplit(canonical_url(entry.homepage)).netloc,
        )

    def verdict(self, url: str) -> Verdict:
        """Return what an absolute URL is. Never raises.

        The rule of a refusal is "not-http", "source-deny" or one of traps.RULE_NAMES. Patterns are searched
        for in the URL as it stands, in its canonical form, and, of a mirror's, in the address that it would
        have at home; any match counts.
        """
        if len(url) > MAX_URL:  # before any pattern of a source is tried on it
            return Verdict(LinkKind.REFUSED, "trap-depth")
        try:
            canonical = canonical_url(url)
            caught = trap(canonical)  # without the fragment: `#respond` asks for the report itself
        except ValueError:
            return Verdict(LinkKind.REFUSED, "not-http")
        forms = self._forms(url, canonical)
        if any(pattern.search(form) for pattern in self.deny for form in forms):
            return Verdict(LinkKind.REFUSED, "source-deny", canonical)
        if caught:
            return Verdict(LinkKind.REFUSED, caught, canonical)
        if any(self.article.search(form) for form in forms):
            return Verdict(LinkKind.ARTICLE, None, canonical, self.identity.key_of(canonical))
        return Verdict(LinkKind.OTHER, None, canonical)

    def _forms(self, url: str, canonical: str) -> tuple[str, ...]:
        """Return the spellings of an address on which the source's patterns are tried."""
        forms = (canonical,) if url == canonical else (url.strip(), canonical)
        scheme, _, rest = canonical.partition("://")
        host, _, path = rest.partition("/")
        if host == self.home or host.removeprefix("www.").removesuffix(".") not in self.identity.domains:
            return forms
        return (*forms, f"{scheme}://{self.home}/{path}")


@dataclass(frozen=True, slots=True)
class Sorted:
    """What the leads of one document come to.

    reports: by url_key, the first lead of each, with its canonical URL and its key. refused: by rule, the first
    MAX_REFUSED addresses that it refused; refused_counts: how many those were in all. other: how many leads
    were neither.
    """

    reports: Mapping[str, Lead]
    refused: Mapping[str, tuple[str, ...]]
    refused_counts: Mapping[str, int]
    other: int = 0


def sort_out(leads: Iterable[Lead], rules: Rules) -> Sorted:
    """Return the reports among leads, each once, and what the rules refused. Pure, and never raises."""
    reports: dict[str, Lead] = {}
    refused: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    other = 0
    for lead in leads:
        verdict = rules.verdict(lead.url)
        if verdict.url is not None and verdict.key is not None:
            if verdict.key not in reports:
                reports[verdict.key] = replace(lead, url=verdict.url, key=verdict.key)
        elif verdict.rule is not None:
            counts[verdict.rule] += 1
            if counts[verdict.rule] <= MAX_REFUSED:
                refused.setdefault(verdict.rule, []).append(lead.url)
        else:
            other += 1
    return Sorted(reports, {rule: tuple(urls) for rule, urls in refused.items()}, dict(counts), other)


def in_range(lead: Lead, since: date | None, until: date | None) -> Outcome | None:
    """Return TOO_OLD or TOO_NEW for a lead published outside the days `since` to `until`, else None.

    Both days are UTC and belong to the range. A lead without a date is outside if the days that its address
    names are so by more than one, since nobody knows their time zone. Else it passes: only its page can tell.
    """
    if lead.published_hint is not None:
        first = last = lead.published_hint.astimezone(UTC).date().toordinal()
    else:
        days = address_days(lead.url)
        if days is None:
            return None
        first, last = days[0].toordinal() - 1, days[1].toordinal() + 1
    if since is not None and last < since.toordinal():
        return Outcome.TOO_OLD
    return Outcome.TOO_NEW if until is not None and first > until.toordinal() else None


def address_days(url: str) -> tuple[date, date] | None:
    """Return the first and the last day that a report's address allows for its publication; None if it has no date.

    /2026/01/24/, /2026/1/24/, /20260124-, /2026-01-24 name a day; /2026/01/ and /2026/Jan/ a month. Only what
    begins a segment of the path counts: a date within a slug is often that of the event.
    """
    path = url.partition("://")[2].partition("?")[0].partition("#")[0]
    found = _DAY.search(path) or _MONTH.search(path)
    if found is None:
        return None
    year, month, *rest = (group for group in found.groups() if group)
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    try:
        if rest:
            day = date(int(year), number, int(rest[0]))
            return day, day
        return date(int(year), number, 1), date(int(year), number, monthrange(int(year), number)[1])
    except ValueError:  # 31 February: a number of something else
        return None
