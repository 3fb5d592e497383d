"""What runs and leads came to, in words and in SQL: shared by all that tells what was missed."""

from __future__ import annotations

import re
import sqlite3

from archive.models import Outcome

# A condition on `runs`: it read at least one feed, sitemap or listing. Scrapy's figures may hold a NaN, which
# is no JSON; a run that was killed has neither figures nor counts, and is not taken for a look.
READ_SOMETHING = """
(coalesce(case when json_valid(runs.stats) then json_extract(runs.stats, '$."endpoints/read"') end, runs.found) > 0)
"""

_LONGEST_REASON = 60
_URL = re.compile(r"\b[a-z]{3,5}://\S+", re.IGNORECASE)
_HOST = re.compile(r"(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?![\w.-])")
_WORD = re.compile(r"^\w{1,40}$")
_ERROR_CLASS = re.compile(r"^[A-Z]\w{0,45}(?:Error|Exception|Failed|Failure|Lost|Done)$")
# Their sentence names another address, or a day, and adds nothing to the word.
_SELF_EXPLAINING = frozenset({Outcome.DUPLICATE, Outcome.TOO_OLD, Outcome.TOO_NEW})


def short_reason(outcome: str | None, last_error: str | None) -> str:
    """Return why a lead is not archived in a few words, the same for all leads with the same trouble.

    outcome, last_error: as in the table `leads`; the sentence of last_error has addresses in it, which go.
    """
    sentence = " ".join((last_error or "").split())
    if not sentence or outcome in _SELF_EXPLAINING:
        return _cut((outcome or "no reason was recorded").replace("_", " "))
    head, colon, _ = sentence.partition(":")
    if colon and outcome == Outcome.NOT_ARTICLE and _WORD.match(head):
        return f"no report: {head}"
    if colon and (head == "extraction" or _ERROR_CLASS.match(head)):
        return head
    words = _HOST.sub("…", _URL.sub("…", sentence.replace("robots.txt", "robots\0txt")))
    return _cut(words.replace("\0", "."))


def teach_reasons(connection: sqlite3.Connection) -> None:
    """Give a connection the SQL function `short_reason(outcome, last_error)`."""
    connection.create_function("short_reason", 2, short_reason, deterministic=True)


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1].rstrip() + "…"
