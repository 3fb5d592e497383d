"""A stored value as HTML for people. Whatever comes from the archive is escaped before anything is built of it."""

from __future__ import annotations

import json
import re

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

# A column that holds another table's key, by the name that the schema and the canned queries give it.
KEYS = {
    "article_id": "articles",
    "capture_id": "captures",
    "endpoint_id": "endpoints",
    "last_capture_id": "captures",
    "lead_id": "leads",
    "revision_id": "revisions",
    "run_id": "runs",
    "site_template_id": "site_templates",
    "source_id": "sources",
}
# What the canned queries put around a hit; readable in JSON and CSV too, and unlikely in a report.
MARK_START, MARK_END = "⟦", "⟧"

# JSON of many lines, of which a list shows the beginning.
DATA = frozenset({"blocks", "date_candidates", "details", "template"})

_PROSE = frozenset(
    {"title", "title_before", "standfirst", "body", "author", "agency", "dateline", "section", "snippet", "post_text",
     "summary"}
)  # fmt: skip
_SHORT_DATA = 80
_LONG_DATA = 200_000
_SHORT = 300  # characters of a body in a list: enough to tell what the report is about
_LONG = 5000  # in a query's result, which may have a thousand rows
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z")
_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f]+")
_MARKED = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")


def text(value: str, column: str, table: str | None, *, day_only: bool) -> Markup | None:
    """Return the HTML for a text, or None for what Datasette shows well by itself.

    table: None in the result of a query. day_only: the time of a `published_at` isn't known.
    """
    if found := _TIME.fullmatch(value):
        return _moment(found, day_only=day_only)
    if _URL.fullmatch(value.strip()):
        return link(value.strip())
    if column in DATA and table:
        return shortened(value, _SHORT_DATA)
    if column == "body":
        return shortened(value, _SHORT) if table else paragraphs(value[:_LONG] + "…" * (len(value) > _LONG))
    if column in _PROSE and value:
        return _prose(_marks(escape(value)) if table is None else escape(value))
    return None


def key(value: str | int, table_path: str) -> Markup:
    """Return a link to the row with that key."""
    return Markup('<a href="{}/{}">{}</a>').format(table_path, tilde_encode(str(value)), value)


def title(value: str, article_id: object, articles_path: str) -> Markup:
    """Return a headline in a query's result, its hits highlighted, as a link to the report."""
    path = f"{articles_path}/{tilde_encode(str(article_id))}"
    return _prose(Markup('<a href="{}">{}</a>').format(path, _marks(escape(value))))


def link(url: str) -> Markup:
    """Return a link to an http(s) URL that tells the site nothing of where its reader comes from."""
    return Markup('<a class="away" rel="nofollow noopener noreferrer" href="{0}">{0}</a>').format(url)


def paragraphs(body: str) -> Markup:
    """Return a whole text, whose paragraphs are apart by a blank line."""
    inner = Markup().join(
        Markup('<p dir="auto">{}</p>').format(part.strip()) for part in body.split("\n\n") if part.strip()
    )
    return Markup('<div class="report">{}</div>').format(inner)


def moment(value: str | None, precision: str | None = None) -> Markup:
    """Return a moment of the archive as day and time (UTC), or only the day, where that is how precise it is."""
    found = _TIME.fullmatch(value or "")
    return _moment(found, day_only=precision == "day") if found else escape(value or "")


def data(value: str) -> Markup:
    """Return JSON as lines, one for each of its values; what is no JSON, or too long for a page, as it is."""
    try:
        shown = json.dumps(json.loads(value[:_LONG_DATA]), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        shown = value[:_LONG_DATA]
    return Markup('<pre class="data">{}</pre>').format(shown)


def shortened(body: str, limit: int) -> Markup | None:
    """Return the beginning of a text as one line, cut after a word within `limit` characters."""
    line = " ".join(body[: 2 * limit].split())
    if len(line) > limit:
        line = line[:limit].rpartition(" ")[0] or line[:limit]
        line += "…"
    return _prose(escape(line)) if line else None


def _moment(found: re.Match[str], *, day_only: bool) -> Markup:
    day, time = found.groups()
    shown = day if day_only else f"{day} {time}"
    return Markup('<time datetime="{}" title="UTC">{}</time>').format(day if day_only else found[0], shown)


def _prose(inner: Markup) -> Markup:
    return Markup('<div dir="auto">{}</div>').format(inner)


def _marks(escaped: Markup) -> Markup:
    # the text is escaped already, so the only tags are the ones put in here
    return Markup(_MARKED.sub(r"<mark>\1</mark>", str(escaped)))  # noqa: S704
