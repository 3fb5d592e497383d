"""What a WARC file tells of a visit, checked: whoever wrote the file may have meant us harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args

from archive.clock import from_text
from archive.models import ArticleText, Extraction, ExtractionPath, Lead, Outcome, RawResponse, Via, Visit
from archive.tables import chain

Row = Mapping[str, str | int]

_MOST_CAPTURES = 1000  # of one visit: retries and redirects are a few
_CAPTURE = {
    "id": int, "run_id": int, "lead_id": int, "url": str, "final_url": str, "status": int, "content_type": str,
    "fetched_at": str, "payload_sha256": str, "payload_bytes": int, "warc_file": str, "warc_offset": int,
}  # fmt: skip
_MAY_BE_NULL = frozenset({"content_type"})
_TEXT = (
    "language",
    "published_at",
    "published_at_precision",
    "published_at_from",
    "modified_at",
    "is_truncated",
)


class InvalidFact(Exception):
    """A fact is not what a crawl tells; the words say why."""


@dataclass(frozen=True, slots=True)
class ReadFact:
    """How a page was read, and what came of it. text: what stays known of a text whose page is removed."""

    version: str
    path: ExtractionPath
    template_id: int | None
    reason: str | None
    text: Mapping[str, str | int | None]

    @property
    def content_sha256(self) -> str | None:
        """Return the hash of the text; None if there was none."""
        return cast("str | None", self.text.get("content_sha256"))


@dataclass(frozen=True, slots=True)
class VisitFact:
    """A visit as its record tells it. lead: the row of `leads` afterwards. stored_as: the revision's and the article's id."""

    at: datetime
    captures: Sequence[Row]
    previous_hash: str | None
    hash: str
    lead: Row
    endpoint: Row | None
    visit: Visit
    read: ReadFact | None
    stored_as: tuple[int, int] | None
    origin: Mapping[str, Any] | None

    @property
    def first_id(self) -> int:
        """Return the first capture's id."""
        return int(self.captures[0]["id"])

    @property
    def last_id(self) -> int:
        """Return the last capture's id."""
        return int(self.captures[-1]["id"])

    @property
    def run_id(self) -> int:
        """Return the run's id."""
        return int(self.captures[0]["run_id"])

    @property
    def has_report(self) -> bool:
        """Tell whether the page was read, and a report stored of it."""
        return (
            self.visit.failure is None
            and self.visit.url is not None
            and not self.visit.not_modified
            and self.read is not None
            and self.read.content_sha256 is not None
        )


def visit_of(told: Mapping[str, Any], at: str) -> VisitFact:
    """Return what was told of a visit. Raises InvalidFact."""
    try:
        return _visit_of(told, at)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        raise InvalidFact(f"it is none of ours: {error}") from None


def hashed(captures: Sequence[Row], previous_hash: str | None) -> list[dict[str, Any]]:
    """Return the captures' rows with their hashes, the first of them behind the row with that hash."""
    rows: list[dict[str, Any]] = []
    for row in captures:
        chained = {**row, **({} if previous_hash is None else {"previous_hash": previous_hash})}
        previous_hash = chain.row_hash(chained)
        rows.append(chained | {"hash": previous_hash})
    return rows


def plain_row(row: Any, what: str) -> Row:
    """Return a row of texts and integers. Raises InvalidFact."""
    if not isinstance(row, dict):
        raise InvalidFact(f"its {what} is no row")
    for name, value in row.items():
        _plain(value, f"{what}.{name}")
    return row


def _plain(value: Any, name: str) -> None:
    if type(value) is int and abs(value) < 2**63:
        return
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidFact(f"{name} can't be stored") from None
        return
    raise InvalidFact(f"{name} is neither a text nor an integer")


def _visit_of(told: Mapping[str, Any], at: str) -> VisitFact:
    found = told["captures"]
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_CAPTURES:
        raise InvalidFact("it has no captures")
    captures = [_capture(row) for row in found]
    previous_hash = told.get("previous_hash")
    if previous_hash is not None:
        _plain(previous_hash, "previous_hash")
    if hashed(captures, previous_hash)[-1]["hash"] != told["hash"]:
        raise InvalidFact("its captures do not give their hash")
    if [int(row["id"]) for row in captures] != list(
        range(captures[0]["id"], captures[0]["id"] + len(captures))
    ):
        raise InvalidFact("its captures do not follow each other")
    lead = plain_row(told["lead"], "lead")
    if lead.get("id") != captures[-1]["lead_id"] or type(lead.get("url_key")) is not str:
        raise InvalidFact("its lead is another's")
    endpoint = plain_row(told["endpoint"], "endpoint") if "endpoint" in told else None
    read = _read(told["read"]) if "read" in told else None
    revision = told.get("revision")
    stored_as = None
    if revision is not None:
        row = plain_row(revision, "revision")
        stored_as = (_integer(row["id"]), _integer(row["article_id"]))
    origin = told.get("origin")
    visit = _visit(told, captures, read)
    return VisitFact(
        from_text(at), captures, previous_hash, told["hash"], lead, endpoint, visit, read, stored_as,
        None if origin is None else dict(origin),
    )  # fmt: skip


def _capture(row: Any) -> dict[str, Any]:
    plain_row(row, "capture")
    for name, kind in _CAPTURE.items():
        if name not in row and name in _MAY_BE_NULL:
            continue
        if type(row[name]) is not kind:
            raise InvalidFact(f"captures.{name} is {row[name]!r}")
    from_text(row["fetched_at"])
    return dict(row)


def _visit(told: Mapping[str, Any], captures: Sequence[Row], read: ReadFact | None) -> Visit:
    verdict, listed = told["visit"], told["listed"]
    responses = tuple(
        RawResponse(
            str(row["url"]), int(row["status"]), "", "GET", (), (), b"", from_text(str(row["fetched_at"]))
        )
        for row in captures
    )
    failure = verdict.get("failure")
    return Visit(
        _lead(listed),
        responses,
        url=_text_or_none(verdict.get("url")),
        extraction=_without_text(read) if read else None,
        failure=Outcome(failure) if failure is not None else None,
        error=_text_or_none(verdict.get("error")),
        not_modified=verdict.get("not_modified") is True,
        retry_at=_moment(verdict.get("retry_at")),
        is_passing=verdict.get("is_passing") is True,
        is_same=verdict.get("is_same") is True,
        is_own_date=verdict.get("is_own_date") is True,
    )


def _lead(listed: Mapping[str, Any]) -> Lead:
    via = listed["via"]
    if via not in get_args(Via):
        raise InvalidFact(f"nothing is listed by {via!r}")
    url = _text_or_none(listed["url"])
    if url is None:
        raise InvalidFact("its lead has no address")
    return Lead(
        url,
        via,
        endpoint_url=_text_or_none(listed.get("endpoint_url")),
        published_hint=_moment(listed.get("published_hint")),
        modified_hint=_moment(listed.get("modified_hint")),
    )


def _read(told: Any) -> ReadFact:
    path = told["path"]
    if path not in get_args(ExtractionPath):
        raise InvalidFact(f"a page was never read by {path!r}")
    text: dict[str, str | int | None] = {}
    if told.get("content_sha256") is not None:
        text = {name: told.get(name) for name in ("content_sha256", *_TEXT)}
        for name, value in text.items():
            if value is not None:
                _plain(value, name)
    template_id = told.get("template")
    return ReadFact(
        str(told["version"]),
        path,
        None if template_id is None else _integer(template_id),
        _text_or_none(told.get("reason")),
        text,
    )


def _without_text(read: ReadFact) -> Extraction:
    """Return an extraction that says what is needed where no text is stored: whether there was one, else why not."""
    article = ArticleText("", "") if read.content_sha256 is not None else None
    return Extraction(
        article, read.reason, extractor_version=read.version, path=read.path, template_id=read.template_id
    )


def _moment(text: Any) -> datetime | None:
    return None if text is None else from_text(text)


def _text_or_none(value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        raise InvalidFact(f"{value!r} is no text")
    _plain(value, "a text")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise InvalidFact(f"{value!r} is no id")
    return value
