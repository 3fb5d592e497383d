"""RSS 0.9x, 1.0, 2.0 and Atom: bytes to leads."""

from __future__ import annotations

import html
import io
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.models import Lead
from crawler.discovery.bytes_in import unpacked
from crawler.discovery.feed_trim import MAX_ENTRIES, PREFIXES, FeedTrim
from crawler.discovery.links import web_url
from crawler.discovery.moments import plausible
from crawler.discovery.safe_xml import Kind, read_xml
from crawler.errors import DiscoveryError

_FEED = Kind("a feed", frozenset({"rss", "rdf", "feed"}), doctype_allowed=True, prefixes=PREFIXES)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--[^<>]*-->")
_MAX_TITLE = 500


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What a feed says: its leads in its own order, each address once, and its title and language.

    broken: a sentence if only a part could be read. skipped: entries that have no usable address.
    """

    leads: tuple[Lead, ...]
    title: str | None = None
    language: str | None = None
    broken: str | None = None
    skipped: int = 0


def parse_feed(payload: bytes, url: str, content_type: str | None = None) -> FeedPage:
    """Return what the feed at `url` says; `content_type` is the HTTP header's value.

    Links are made absolute. Dates are aware and in UTC; what is no date, or not of a plausible year, is None.
    Raises DiscoveryError for anything but a feed, for a DTD with entities, for a decompression bomb, and for
    XML so broken that no entry could be read.
    """
    import feedparser  # noqa: PLC0415 - only workers read feeds, and they have it already

    data, broken_gzip = unpacked(payload, url)
    trim = FeedTrim(url)
    broken = read_xml(data, url, _FEED, trim, content_type) or broken_gzip
    trim.close()  # which lxml doesn't do where the reading was stopped
    parsed = feedparser.parse(
        io.BytesIO(trim.document),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    # Plain dictionaries: those of feedparser answer for a missing "updated" with "published", and warn.
    entries = [dict(entry) for entry in parsed["entries"][:MAX_ENTRIES]]
    leads: dict[str, Lead] = {}
    found = [lead for entry in entries if (lead := _lead(entry, url, is_atom=trim.is_atom))]
    for lead in found:
        leads.setdefault(lead.url, lead)
    if broken and not leads:
        raise DiscoveryError(f"{url} is a feed of which no entry could be read: {broken}")
    return FeedPage(
        leads=tuple(leads.values()),
        title=_title(parsed["feed"]),
        language=_text(parsed["feed"], "language") or None,
        broken=f"{url} is a broken feed: {broken}" if broken else None,
        skipped=len(entries) - len(found),
    )


def _lead(entry: Mapping[str, Any], feed_url: str, *, is_atom: bool) -> Lead | None:
    url = _address(entry, feed_url)
    if url is None:
        return None
    published = _moment(entry, "published_parsed")
    updated = _moment(entry, "updated_parsed")
    if published is None:
        created = _moment(entry, "created_parsed")
        # feedparser files dc:date under "updated"; in RSS it is the date of publication.
        published = created if is_atom else created or updated
    return Lead(
        url=url,
        via="feed",
        endpoint_url=feed_url,
        published_hint=published,
        modified_hint=updated if updated != published or is_atom else None,
        title_hint=_title(entry),
    )


def _address(entry: Mapping[str, Any], feed_url: str) -> str | None:
    """Return the best address of an entry: feedburner's original, rel=alternate, or a guid that is a link."""
    links = entry.get("links", ())
    alternates = [link for link in links if link.get("rel") == "alternate" and "href" in link]
    alternates.sort(key=lambda link: "html" not in link.get("type", "html"))
    for candidate in (
        _text(entry, "feedburner_origlink"),
        *(str(link["href"]) for link in alternates),
        _text(entry, "link"),
        _text(entry, "id"),
    ):
        if found := web_url(candidate, feed_url, absolute_only=True):
            return found
    return None


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    parts = entry.get(key)
    if parts is None:
        return None
    try:
        return plausible(datetime.fromtimestamp(timegm(parts), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _title(entry: Mapping[str, Any]) -> str | None:
    text = _text(entry, "title")
    detail = entry.get("title_detail", {})
    if detail.get("type") != "text/plain" or "&" in text or "</" in text:
        text = _TAG.sub("", html.unescape(_TAG.sub("", text)))
    return " ".join(text.split())[:_MAX_TITLE].strip() or None


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""
