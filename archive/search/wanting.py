"""What a search asks the index for: the words that were typed, and, where few reports have them, others of their family.

Words of one family are found by generous rules. Where hundreds of reports have the word itself, they would only push in
between, and into counts; where hardly any has, they are what somebody looks for who does not know how it was put.
"""

from __future__ import annotations

import sqlite3

from archive.filters import Filters
from archive.matching import Matching, matching
from archive.text.normalise import Normaliser
from archive.text.query import Query

FEW = 10
_COUNT = """
select count(*) from (
    select 1 from articles_fts where articles_fts match :match and articles_fts.rowid <= :newest limit :most
)
"""


def wanted(
    connection: sqlite3.Connection,
    query: Query,
    filters: Filters,
    normaliser: Normaliser,
    newest: int,
    *,
    related: bool,
) -> Matching:
    """Return what a search is to match. newest: the id of the last report that it may find, which keeps its pages the same.

    related: with words of the same family where fewer than FEW reports match without. Raises as `matching` does.
    """
    typed = matching(connection, query, filters, normaliser)
    if not related or typed.match is None:
        return typed
    parameters = {"match": typed.match, "newest": newest, "most": FEW}
    if connection.execute(_COUNT, parameters).fetchone()[0] >= FEW:
        return typed
    return matching(connection, query, filters, normaliser, related=True)
