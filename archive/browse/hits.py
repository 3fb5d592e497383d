"""What a search found, as pages show it."""

from __future__ import annotations

import html
from typing import Any

from markupsafe import Markup

from archive.search import Hit
from archive.text import highlight


def marked(text: str) -> Markup:
    """Return a text from the archive for a page, the words that were searched for in `<mark>`."""
    # it is escaped before the marks, which are no characters of HTML, become tags
    return Markup(highlight.render(html.escape(text), "<mark>", "</mark>"))  # noqa: S704


def row_of(hit: Hit) -> dict[str, Any]:
    """Return a hit as the list of reports takes it; it was searched for with the marks of `archive.text.highlight`."""
    return {
        "id": hit.id,
        "title": hit.title,
        "marked_title": marked(hit.marked_title),
        "snippet": marked(hit.snippet),
        "language": hit.language,
        "published_at": hit.published_at,
        "published_at_precision": hit.published_at_precision,
        "source_id": hit.source_id,
        "source_name": hit.source_name,
        "state": hit.state,
    }
