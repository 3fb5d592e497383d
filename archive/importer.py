"""Reports that come as text: one JSON object a line, checked before it is let in.

Required: url, source (an id such as zamanalwasl-en), title, body. Optional: published_at, language, author, agency,
standfirst, section, dateline, tags, is_truncated, modified_at, seen_at. A line that `archive export` wrote is one that can be
imported; what the archive works out for itself (id, word_count ...) is then left aside.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from archive.errors import InvalidInput
from archive.models import ArticleText, ImportedArticle, Precision, PublishedDate, Source
from archive.urls import canonical_url

MAX_LINE_BYTES = 16 * 1024 * 1024

KEYS = (
    "url", "source", "title", "body", "published_at", "language", "author", "agency", "standfirst", "section",
    "dateline", "tags", "is_truncated", "modified_at", "seen_at",
)  # fmt: skip
# What an export has besides: its name for `source`, what is used if it is there, and what is worked out anew.
_EXPORTED = frozenset({
    "source_id", "published_at_precision", "first_seen_at", "id", "url_key", "published_at_from",
    "published_at_text", "word_count", "content_sha256", "origin", "state", "last_seen_at", "revision_count",
    "source_name", "folded_words", "date_candidates", "blocks",
})  # fmt: skip

_SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WITH_SECONDS = re.compile(r"[T ]\d{2}:?\d{2}:?\d{2}")
# C0 and C1 but tab and newline: nothing that a reader could see, and a NUL ends the text for some of them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_END = re.compile("\r\n?")
_FIRST_YEAR = 1900


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A line that can be imported, its keys that mean nothing here, and the line itself."""

    imported: ImportedArticle
    unknown_keys: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file. number: from 1. content: without its line end; None if it is over the limit."""

    number: int
    content: bytes | None


def read_lines(stream: BinaryIO, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield the lines of `stream` that are not blank; one of more than `max_bytes` is never held whole."""
    number = 0
    while raw := stream.readline(max_bytes + 1):
        number += 1
        if len(raw) > max_bytes and not raw.endswith(b"\n"):
            while (rest := stream.readline(max_bytes)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, None)
            continue
        content = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if content.strip():
            yield Line(number, content.strip())


def parse_line(line: Line, now: datetime) -> ParsedLine:
    """Return the report on one line.

    now: aware; a report that claims to be published more than a day after it has a slip in its date. Times
    without an offset are taken as UTC. Raises InvalidInput with what is wrong, without the line's number.
    """
    fields = _fields(line)
    article = ArticleText(
        title=" ".join(_required(fields, "title").split()),
        body=_required(fields, "body"),
        standfirst=_text(fields, "standfirst"),
        author=_text(fields, "author"),
        agency=_text(fields, "agency"),
        dateline=_text(fields, "dateline"),
        section=_text(fields, "section"),
        tags=_tags(fields),
        is_truncated=_is_truncated(fields),
        language=_language(fields),
        published=_published(fields, now),
        modified_at=_moment(fields, "modified_at", now),
    )
    imported = ImportedArticle(
        source_id=_source(fields),
        url=_url(fields),
        article=article,
        seen_at=_moment(fields, "seen_at", now) or _moment(fields, "first_seen_at", now),
        line_sha256=hashlib.sha256(line.content or b"").hexdigest(),
    )
    unknown = tuple(key for key in fields if key not in KEYS and key not in _EXPORTED)
    return ParsedLine(imported, unknown, line.content or b"")


def new_source(imported: ImportedArticle) -> Source:
    """Return a row for a source of which only its reports are known; a crawl of it fills the row in."""
    parts = urlsplit(imported.url)
    language = imported.article.language
    return Source(
        id=imported.source_id,
        name=imported.source_id,
        homepage=f"{parts.scheme}://{parts.netloc}/",
        languages=(language,) if language else (),
        conflict="",
        country=None,
        kind="",
    )


def _fields(line: Line) -> dict[str, object]:
    if line.content is None:
        raise InvalidInput(f"the line is longer than {MAX_LINE_BYTES // (1024 * 1024)} MB")
    try:
        value = json.loads(line.content.decode())
    except UnicodeDecodeError:
        raise InvalidInput("the line is not UTF-8") from None
    except RecursionError:
        raise InvalidInput("the line is nested too deeply") from None
    except ValueError as error:
        raise InvalidInput(f"the line is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput('the line is not a JSON object such as {"url": ..., "title": ...}')
    return value


def _text(fields: dict[str, object], key: str) -> str | None:
    """Return the text of a key without control characters; None where it is absent, null or blank."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput(f"{key} is {_shown(value)}, not a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{key} has half a character in it (a lone surrogate)") from None
    return _CONTROL.sub("", _LINE_END.sub("\n", value)).strip() or None


def _tags(fields: dict[str, object]) -> tuple[str, ...]:
    """Return the tags: a JSON array of texts, or a text that holds one, as an export's does."""
    value = fields.get("tags")
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except (ValueError, RecursionError):
            raise InvalidInput(f"tags {_shown(fields['tags'])} is no JSON array") from None
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidInput(f"tags is {_shown(value)}, not a list of texts")
    tags = (_text({"a tag": tag}, "a tag") for tag in value)
    return tuple(" ".join(tag.split()) for tag in tags if tag)


def _is_truncated(fields: dict[str, object]) -> bool:
    value = fields.get("is_truncated")
    if value is not None and (not isinstance(value, int) or value not in {0, 1}):
        raise InvalidInput(f"is_truncated is {_shown(value)}, not true or false")
    return bool(value)


def _required(fields: dict[str, object], key: str) -> str:
    text = _text(fields, key)
    if text is None:
        raise InvalidInput(f"{key} is missing or empty")
    return text


def _source(fields: dict[str, object]) -> str:
    source = _text(fields, "source") or _text(fields, "source_id")
    if source is None:
        raise InvalidInput("source is missing or empty")
    if not _SOURCE_ID.fullmatch(source):
        raise InvalidInput(
            f"source {_shown(source)} is no source id: small letters, digits and dashes, such as zamanalwasl-en"
        )
    return source


def _url(fields: dict[str, object]) -> str:
    url = _required(fields, "url")
    try:
        return canonical_url(url)
    except ValueError:
        raise InvalidInput(f"url {_shown(url)} is not an http or https URL") from None


def _language(fields: dict[str, object]) -> str | None:
    language = _text(fields, "language")
    if language is None:
        return None
    match = _LANGUAGE.fullmatch(language)
    if match is None:
        raise InvalidInput(f"language {_shown(language)} is no language code such as en or ar")
    return match[1].lower()


def _published(fields: dict[str, object], now: datetime) -> PublishedDate | None:
    moment = _moment(fields, "published_at", now)
    text = _text(fields, "published_at")
    if moment is None or text is None:
        return None
    precision = _text(fields, "published_at_precision") or _precision(text)
    if precision not in {"second", "minute", "day"}:
        raise InvalidInput(f"published_at_precision {_shown(precision)} is none of second, minute and day")
    return PublishedDate(moment, cast("Precision", precision), "import", text)


def _precision(text: str) -> Precision:
    if _DAY.fullmatch(text):
        return "day"
    return "second" if _WITH_SECONDS.search(text) else "minute"


def _moment(fields: dict[str, object], key: str, now: datetime) -> datetime | None:
    text = _text(fields, key)
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
        moment = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"{key} {_shown(text)} is no date: write 2026-01-24 or 2026-01-24T18:04:00+02:00"
        ) from None
    if moment.year < _FIRST_YEAR:
        raise InvalidInput(f"{key} {_shown(text)} is before {_FIRST_YEAR}")
    if (moment - now).days >= 1:
        raise InvalidInput(f"{key} {_shown(text)} is in the future")
    return moment


def _shown(value: object) -> str:
    """Return a value as a message may quote it: ASCII, and short."""
    shown = ascii(value) if isinstance(value, str | int | float) else type(value).__name__
    return shown if len(shown) <= 60 else shown[:57] + "..."
