"""The records that cross from the crawler to the store: frozen, so that no stage edits another's data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from archive.text.forms import Forms
from archive.urls import Identity

Precision = Literal["second", "minute", "day"]
Via = Literal["feed", "sitemap", "listing", "manual", "warc"]
EndpointKind = Literal["feed", "sitemap", "listing"]
EndpointOutcome = Literal["read", "not_modified", "robots", "blocked", "gone", "failed"]
# How a page's text was found: by its site's template alone, by the template and, for the blocks that it does not
# know, trafilatura; or by trafilatura and the filter that needs no other page.
ExtractionPath = Literal["template", "mixed", "single"]


class Outcome(StrEnum):
    """What became of a lead in a run; every lead that a run finds ends in exactly one of these."""

    STORED = "stored"  # a new article
    CHANGED = "changed"  # a known article whose text is another: a new revision
    UNCHANGED = "unchanged"  # fetched again, same text
    DUPLICATE = "duplicate"  # led to an article that this run had reached already
    NOT_ARTICLE = "not_an_article"  # fetched, and no report in it (soft 404, empty, listing ...)
    TOO_OLD = "too_old"  # before `since`
    TOO_NEW = "too_new"  # after `until`
    ROBOTS = "robots"  # robots.txt forbids it
    BLOCKED = "blocked"  # 401, 403, 429, 451: the site refuses us
    GONE = "gone"  # 404 or 410
    FAILED = "failed"  # network, server or extraction error, after the retries
    KNOWN = "known"  # dealt with in an earlier run, and not due: not said to have changed, or too soon to try again
    WAITING = "waiting"  # over the run's limit, or the run ended first: left for the next run


class LeadState(StrEnum):
    """Where a lead stands over all runs."""

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"
    SKIPPED = "skipped"


class ArticleState(StrEnum):
    """How an article's address stands, as far as that is sure; see `archive.tables.states`."""

    LIVE = "live"  # there, as first archived
    CHANGED = "changed"  # there, with another text than first archived
    MOVED = "moved"  # redirects to another address
    GONE = "gone"  # missing (404, 410 ...) at two looks at least a day apart
    BLOCKED = "blocked"  # the site refuses us


class PageState(StrEnum):
    """What the looks at an article's address showed over a stretch of time; see `archive.tables.states`."""

    LIVE = "live"  # there, whatever its text
    MISSING = "missing"  # 404, 410, a page that says that there is none, the homepage: not for a day yet
    GONE = "gone"  # the same, for a day and more
    MOVED = "moved"  # redirects to another address
    BLOCKED = "blocked"  # the site refuses us
    RESTORED = "restored"  # there again, after it was gone


class BlockKind(StrEnum):
    """What a block of a report is; which of them are its body, `crawler.extraction.body.typed` decides."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"  # a passage that is set apart as somebody else's words
    TABLE_ROW = "table_row"
    CAPTION = "caption"  # of a picture or a video, with its credit
    STANDFIRST = "standfirst"
    EMBED = "embed"  # a post of another service (Telegram, X, Facebook ...), with its address
    LIVE_ENTRY = "live_entry"  # the head of an entry of a live blog, with its time


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet, as the archive's `sources` table holds it.

    domains, identity: what makes two addresses one report; see `archive.urls.Identity`. revisit: the ages at which
    its reports are looked at again; see `archive.tables.revisits`.
    """

    id: str
    name: str
    homepage: str
    languages: tuple[str, ...]
    conflict: str
    country: str | None
    kind: str
    time_zone: str | None = None
    domains: tuple[str, ...] = ()
    identity: str | None = None
    revisit: tuple[str, ...] = ()

    def identifier(self) -> Identity:
        """Return what tells the source's reports apart."""
        hosts = (urlsplit(self.homepage).hostname or "", *self.domains)
        pattern = re.compile(self.identity) if self.identity else None
        return Identity(tuple(host.removeprefix("www.") for host in hosts), pattern)


@dataclass(frozen=True, slots=True)
class Lead:
    """A URL that may be a report, and why we think so.

    published_hint and modified_hint are aware datetimes, as the feed or sitemap gave them. key: its url_key by
    its source's `Identity`; None if nobody has made it yet. etag, last_modified: what the server gave with the
    page when it was last stored.
    """

    url: str
    via: Via
    endpoint_url: str | None = None
    published_hint: datetime | None = None
    modified_hint: datetime | None = None
    title_hint: str | None = None
    key: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """The record of another's WARC file that a capture was taken from.

    file: its name, without folders; file_id: its row in `import_files`. offset: of the record's gzip member, or of the
    record itself (bytes). record_id, payload_digest: as the record gives them. record: its bytes as they are to be
    kept, a gzip member that holds nothing else; None where it can't be kept as it is. head: of the HTTP answer, as it
    was received, up to its blank line. payload_from: the record_id of the original whose payload a revisit stands for.
    """

    file: str
    file_id: int
    offset: int
    record_id: str | None
    payload_digest: str | None
    head: bytes = field(repr=False)
    record: bytes | None = field(default=None, repr=False)
    payload_from: str | None = None


@dataclass(frozen=True, slots=True)
class RawResponse:
    """One HTTP exchange as it was received: the body is still content-encoded, headers keep their order.

    origin: where it was taken from, if another program captured it; the request is not known then.
    """

    url: str
    status: int
    reason: str
    request_method: str
    request_headers: tuple[tuple[str, str], ...]
    response_headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    fetched_at: datetime
    protocol: str = "HTTP/1.1"
    ip_address: str | None = None
    origin: RecordOrigin | None = None


@dataclass(frozen=True, slots=True)
class PublishedDate:
    """When a page says that it was published.

    moment: aware, in UTC. precision: what the page gave; a day is stored as its first second UTC.
    origin: where it was found, for example "json-ld:datePublished", "meta:article:published_time",
    "time[datetime]", "text", "url", "feed". text: the words themselves, as the page had them.
    """

    moment: datetime
    precision: Precision
    origin: str
    text: str


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A date that a page, its address, its feed or its sitemap gives, chosen or not.

    role: what it claims to be the date of. moment: aware, in UTC; None where it can't be read as an instant.
    origin, text: as in PublishedDate. verdict: "chosen", or a few words that say why it was not.
    """

    role: Literal["published", "modified"]
    moment: datetime | None
    precision: Precision
    origin: str
    text: str
    verdict: str


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A block of a report, in the order of the page.

    in_body: whether the text is part of `ArticleText.body`, where it then stands as it is here. url: of an embed,
    the post's own address. at: of a live entry, its time (aware, UTC) if the page gives one.
    """

    kind: BlockKind
    text: str
    in_body: bool
    url: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What an extraction says a page's report is. Paragraphs of `body` are apart by a blank line.

    author: the names, apart by ", ". agency: to which news agency the report is credited, if not its own outlet.
    is_truncated: the page shows the beginning only (a paywall). date_candidates: the chosen one is `published`.
    """

    title: str
    body: str
    standfirst: str | None = None
    author: str | None = None
    dateline: str | None = None
    section: str | None = None
    language: str | None = None
    published: PublishedDate | None = None
    modified_at: datetime | None = None
    agency: str | None = None
    tags: tuple[str, ...] = ()
    is_truncated: bool = False
    date_candidates: tuple[DateCandidate, ...] = ()
    blocks: tuple[TextBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteTemplate:
    """What a source's own pages taught of its layouts, one version of it.

    id: its row, None before it's stored. learned_at: aware. page_count: how many pages it was learned from.
    score: how well templates learned from all but one of these pages choose on that one (the mean F1 of characters,
    against what each page tells by itself); None where too few pages were there to tell. document: the template as
    JSON; see `crawler.extraction.templates.model`.
    """

    source_id: str
    version: int
    learned_at: datetime
    page_count: int
    score: float | None
    document: str = field(repr=False)
    id: int | None = None


@dataclass(frozen=True, slots=True)
class PageLesson:
    """What a page teaches of its site's template: the group that it's put in, and JSON, deflated with zlib."""

    layout: str
    lesson: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TemplateLesson:
    """What one page teaches of its site's template, so that a later version can be learned without the page.

    layout, lesson: as in PageLesson.
    """

    source_id: str
    url: str
    layout: str
    seen_at: datetime
    lesson: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The outcome of reading one page: either an article, or the reason why there is none.

    reason: a short stable word ("soft_404", "empty", "too_short", "listing", "not_html", ...);
    detail: the sentence for a person. canonical_url: the page's own rel=canonical, if it has one.
    says_article: the page calls itself an article (og:type, JSON-LD). path: how its text was found; template_id: the
    `site_templates` row that it was read with (path "single": it did not fit). lesson: what
    the page can teach its site's template, if it was asked. columns: what `archive.tables.articles.text_columns` makes of the
    article, if that is made already; the article then comes without its blocks and date candidates, which are in there. forms:
    what the search index is to hold of it, if that is made already.
    """

    article: ArticleText | None
    reason: str | None = None
    detail: str | None = None
    canonical_url: str | None = None
    says_article: bool = False
    extractor_version: str = ""
    path: ExtractionPath = "single"
    template_id: int | None = None
    lesson: PageLesson | None = field(default=None, repr=False)
    columns: Mapping[str, Any] | None = field(default=None, repr=False)
    forms: Forms | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a run did with one lead, ready to be stored.

    responses: every exchange in the order of its time: retries, redirects, the last one.
    url: where the article is (canonical), if there is one. failure: why there is none, when the fetch or
    the extraction's verdict ended it; error: the sentence for a person. not_modified: the server answered 304.
    retry_at: not to be tried before, where the server said so (Retry-After). is_passing: there is no report on the
    page, but there may be one tomorrow (it's empty, or shows an error). is_same: the report says what the newest
    revision says, though that was extracted in another way, so that the two texts differ. is_own_date: the lead's date
    was read on its page before, and so was not told to the extraction.
    """

    lead: Lead
    responses: tuple[RawResponse, ...] = ()
    url: str | None = None
    extraction: Extraction | None = None
    failure: Outcome | None = None
    error: str | None = None
    not_modified: bool = False
    retry_at: datetime | None = None
    is_passing: bool = False
    is_same: bool = False
    is_own_date: bool = False


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """Where a response lies in its WARC file: the file's name beside the archive, and the byte offset."""

    response: RawResponse
    payload_sha256: str
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class CapturePlace:
    """Where the record of a capture begins, in which WARC file beside the archive; payload_sha256: as its row has it."""

    payload_sha256: str
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class ImportedArticle:
    """A report that comes as text, without a page: for `archive import`.

    line_sha256: of the bytes that it came as, in hex.
    """

    source_id: str
    url: str
    article: ArticleText
    seen_at: datetime | None = None
    line_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """What a look at a feed, sitemap or listing gave.

    error: the sentence, when it could not be read, or was broken and read as far as it went.
    etag, last_modified: validators for the next look; None where that one has to get all of it.
    payload_sha256: of the body, if all of it was taken in, so that the same body needs not be read again.
    modified_hint: what its sitemap index said of it. in_full: asked without validators. lies: it said "not
    modified", or gave the same ETag, for another body. is_window: it lists the newest reports only.
    """

    url: str
    kind: EndpointKind
    checked_at: datetime
    outcome: EndpointOutcome
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_sha256: str | None = None
    modified_hint: datetime | None = None
    in_full: bool = True
    lies: bool = False
    is_window: bool = False
    error: str | None = None
