"""What is known of a source when its captures are read anew: the same as in a crawl of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.clock import to_text
from archive.models import Extraction, SiteTemplate
from archive.tables import identities
from archive.tables.reextraction import StoredPage, template_spans
from archive.urls import Identity
from crawler.discovery.addresses import report_address
from crawler.discovery.rules import LinkRules, Rules
from crawler.discovery.unknown.shapes import shape_rules
from crawler.errors import UnknownSource
from crawler.extraction.page import Hints
from crawler.sources.loader import Catalogue

Spans = Sequence[tuple[SiteTemplate, str | None]]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A source: its catalogue entry's name, zone and rules; its row's, if the catalogue has it no longer.

    templates: all versions of what was learned of its pages, oldest first, with the instants of their replacement.
    """

    source_id: str
    name: str
    homepage: str
    time_zone: str | None
    languages: tuple[str, ...]
    rules: Rules
    identity: Identity
    templates: Spans

    def hints(self, page: StoredPage) -> Hints:
        """Return what is known of a page before it's read."""
        return Hints(
            source_name=self.name,
            time_zone=self.time_zone,
            languages=self.languages,
            published_at=page.published_hint,
            modified_at=page.modified_hint,
            via=page.via,
        )

    def template(self, page: StoredPage) -> SiteTemplate | None:
        """Return the template to read a page with; see `template_of_the_time`."""
        return template_of_the_time(self.templates, to_text(page.fetched_at))

    def address(self, url: str, extraction: Extraction) -> str | None:
        """Return the canonical URL of a report that was found at `url`, as in a crawl; None if it's none of this source."""
        return report_address(
            url, extraction, rules=self.rules, identity=self.identity, homepage=self.homepage
        )


def outlet(conn: sqlite3.Connection, catalogue: Catalogue, source_id: str) -> Outlet:
    """Return what is known of a source that the archive has; conn's rows must be `sqlite3.Row`."""
    identity, templates = identities.of_source(conn, source_id), template_spans(conn, source_id)
    try:
        entry = catalogue.get(source_id)
    except UnknownSource:
        row = conn.execute("select * from sources where id = ?", [source_id]).fetchone()
        languages = tuple(filter(None, (row["languages"] or "").split(", ")))
        rules = shape_rules(row["homepage"])
        return Outlet(
            source_id, row["name"], row["homepage"], row["time_zone"], languages, rules, identity, templates
        )
    return Outlet(
        source_id, entry.name, entry.homepage, entry.time_zone, entry.languages, LinkRules.from_entry(entry),
        identity, templates,
    )  # fmt: skip


def template_of_the_time(spans: Spans, fetched_at: str) -> SiteTemplate | None:
    """Return the template that was in use when a page was fetched, else the current one; None if there is none.

    A page from before a redesign is read by what was learned of the design that it has. The pages that the first
    template was learned from are older than it, and get the current one; where that does not fit, the extraction
    sees it and does without.
    """
    for template, replaced_at in spans:
        if to_text(template.learned_at) <= fetched_at and (replaced_at is None or fetched_at < replaced_at):
            return template
    return next((template for template, replaced_at in reversed(spans) if replaced_at is None), None)
