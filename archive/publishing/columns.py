"""What of a report an operator may leave out of a published copy, by the names of columns of `articles`.

Leaving out a column leaves the same out of `revisions`, of the blocks, of the ledger of edits and of the search index. What the
body says of it in its own words stays: that is what patterns are for.
"""

from __future__ import annotations

from typing import Final

# The column, and what else goes with it.
COLUMNS: Final[dict[str, str]] = {
    "articles.standfirst": "also of the blocks",
    "articles.author": "bylines in the body stay",
    "articles.agency": "",
    "articles.dateline": "",
    "articles.section": "",
    "articles.tags": "",
    "articles.body": "and with it blocks and the words of edits: titles and what stands beside them stay",
    "articles.blocks": "captions, embedded posts and the kinds of paragraphs; the body stays",
    "articles.date_candidates": "and the words of the date (published_at_text)",
    "articles.url": "also of captures and leads: no link leads to the report",
    "captures.payload_sha256": "no hash of a captured page at all",
}
REPORT: Final = frozenset(name.partition(".")[2] for name in COLUMNS if name.startswith("articles."))
