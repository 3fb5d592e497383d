"""dateparser for the dates that our own tables don't know: slow, so it gets a few short strings a page."""

from __future__ import annotations

import re

from crawler.extraction.dates.stamps import Reading, reading
from crawler.extraction.dates.text import Context, plain

# dateparser raises for codes that it has no data for, and its own list takes an import to read.
_CODES = """
ar be bg bn cs da de el en es et fa fi fr he hi hr hu hy id it ja ka ko lt lv mk ms my nb nl pl pt ro ru
sk sl so sq sr sv sw th tr uk ur uz vi zh
"""
_LANGUAGES = frozenset(_CODES.split())
_NUMBER = re.compile(r"\d+")


def read_with_dateparser(text: str, context: Context) -> Reading | None:
    """Return what dateparser makes of a short text in the page's language, or None.

    It guesses freely, so an answer counts only if its year and its day both stand in the text.
    """
    if context.language not in _LANGUAGES:
        return None
    from dateparser import parse  # noqa: PLC0415 - takes 0.1 s and 10 MB, and most pages never need it

    folded = plain(text)
    moment = parse(
        folded,
        languages=[context.language],
        settings={
            "RELATIVE_BASE": context.now,
            "DATE_ORDER": "MDY" if context.month_first else "DMY",
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PREFER_DATES_FROM": "past",
        },
    )
    if moment is None:
        return None
    if not {moment.year, moment.day} <= {
        int(number) for number in _NUMBER.findall(folded) if len(number) <= 4
    }:
        return None
    return reading(moment.replace(tzinfo=None), moment.utcoffset(), "minute" if ":" in folded else "day")
