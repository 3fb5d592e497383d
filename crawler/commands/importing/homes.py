"""Whose page an address is: a catalogue source's, a new source's of the import, or a site's that nobody described."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from archive.models import Extraction, Source, Via
from archive.urls import Identity, bare_host, believable_canonical, canonical_url
from crawler.commands.importing.tally import NO_REPORT, NO_SOURCE, OTHER_SOURCE
from crawler.discovery.addresses import report_address
from crawler.discovery.rules import LinkKind, LinkRules, Rules
from crawler.discovery.unknown.entries import UNDETERMINED, UNKNOWN, site_entry
from crawler.discovery.unknown.shapes import shape_rules
from crawler.extraction.page import Hints
from crawler.sources.loader import Catalogue
from crawler.sources.model import SourceEntry

VIA: Via = "warc"
_KIND = "import"  # of a source that is in no catalogue
# Rules of sites that nobody described; a file of CC-NEWS has thousands.
_SITES = 4096


@dataclass(frozen=True, slots=True)
class Home:
    """A source to which pages belong. rules: None where all of its pages are taken for reports."""

    source: Source
    identity: Identity
    rules: Rules | None

    def hints(self) -> Hints:
        """Return what is known of its pages before they are read."""
        source = self.source
        return Hints(source.name, source.time_zone, source.languages, via=VIA)

    def address(self, url: str, extraction: Extraction) -> str | None:
        """Return under which address the report that was captured at `url` is archived; None if it's none of it."""
        if self.rules is not None:
            return report_address(
                url, extraction, rules=self.rules, identity=self.identity, homepage=self.source.homepage
            )
        declared = extraction.canonical_url
        is_told = declared is not None and believable_canonical(declared, url, self.identity)
        return canonical_url(declared if declared and is_told else url)


@dataclass(frozen=True, slots=True)
class Place:
    """What an address is: a report of that home. url: its canonical form; key: its url_key."""

    home: Home
    url: str
    key: str


class Homes:
    """Tells whose page an address is."""

    def __init__(self, catalogue: Catalogue, *, only: str | None = None, unknown: bool = False) -> None:
        """only: the id of the one source of the catalogue that is wanted. unknown: make sources for other hosts."""
        self._only = only
        self._unknown = unknown
        self._by_host: defaultdict[str, list[Home]] = defaultdict(list)
        for entry in catalogue.entries.values():
            home = _of_entry(entry)
            for domain in home.identity.domains:
                self._by_host[domain].append(home)

    def look(self, url: str) -> Place | str:
        """Return the home and the address of a report, or why it's none (the tally's word). Never raises."""
        try:
            canonical = canonical_url(url)
            host = bare_host(urlsplit(canonical).hostname or "")
        except ValueError:
            return NO_REPORT
        homes = self._of_host(host)
        if not homes:
            return self._of_site(canonical, host) if self._unknown else NO_SOURCE
        wanted = [home for home in homes if self._only in {None, home.source.id}]
        if not wanted:
            return OTHER_SOURCE
        return next((place for home in wanted if (place := _place(home, url)) is not None), NO_REPORT)

    def _of_host(self, host: str) -> Sequence[Home]:
        """Return the homes at a host, or at the domain that it is below."""
        name = host
        while name:
            if name in self._by_host:
                return self._by_host[name]
            name = name.partition(".")[2]
        return ()

    def _of_site(self, canonical: str, host: str) -> Place | str:
        if self._only is not None:
            return OTHER_SOURCE
        home = _of_site(host)
        return (_place(home, canonical) if home else None) or NO_REPORT


class OneHome:
    """Takes every page for a report of one source that is in no catalogue."""

    def __init__(self, source_id: str, known: Source | None) -> None:
        """known: what the archive has of the source, if it has it."""
        self._id = source_id
        self._home = _taking_all(known) if known else None

    def look(self, url: str) -> Place | str:
        """Return the home and the address, as Homes does; the first page's host is taken for the source's own."""
        try:
            canonical = canonical_url(url)
        except ValueError:
            return NO_REPORT
        if self._home is None:
            parts = urlsplit(canonical)
            homepage = f"{parts.scheme}://{parts.netloc}/"
            made = Source(self._id, self._id, homepage, (UNDETERMINED,), UNKNOWN, None, _KIND)
            self._home = _taking_all(made)
        return Place(self._home, canonical, self._home.identity.key_of(canonical))


def archived_source(conn: sqlite3.Connection, source_id: str) -> Source | None:
    """Return a source as its row has it; conn's rows must be `sqlite3.Row`."""
    row = conn.execute("select * from sources where id = ?", [source_id]).fetchone()
    if row is None:
        return None
    lists = {
        name: tuple(filter(None, (row[name] or "").split(", ")))
        for name in ("languages", "domains", "revisit")
    }
    return Source(
        row["id"], row["name"], row["homepage"], lists["languages"], row["conflict"] or UNKNOWN, row["country"],
        row["kind"] or _KIND, row["time_zone"], lists["domains"], row["identity"], lists["revisit"],
    )  # fmt: skip


def _taking_all(source: Source) -> Home:
    return Home(source, source.identifier(), None)


def _of_entry(entry: SourceEntry) -> Home:
    source = entry.record()
    return Home(source, source.identifier(), LinkRules.from_entry(entry))


@lru_cache(maxsize=_SITES)
def _of_site(host: str) -> Home | None:
    # a pure function of the host, kept since each is met thousands of times
    homepage = f"https://{host}/"
    try:
        source = site_entry(homepage).record()
        return Home(source, source.identifier(), shape_rules(homepage))
    except ValueError:  # pydantic's is one: what is no host for an entry
        return None


def _place(home: Home, url: str) -> Place | None:
    if home.rules is None:
        return None
    verdict = home.rules.verdict(url)
    if verdict.kind is not LinkKind.ARTICLE or verdict.url is None or verdict.key is None:
        return None
    return Place(home, verdict.url, verdict.key)
