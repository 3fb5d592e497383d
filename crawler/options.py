"""The options of a crawl, as `-a name=value` gives them."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass
from datetime import date
from typing import Self

from archive.clock import parse_day
from archive.errors import InvalidInput
from crawler.errors import BadOption

_ALLOWED = ("since", "until", "limit", "backfill", "url")
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no", ""})
_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """since, until: days (UTC), both inclusive; limit: how many pages of reports a run fetches at most.

    backfill: walk sitemaps and listings back to `since`, which is then needed. url: of the site that the source
    `site` is to crawl.
    """

    since: date | None = None
    until: date | None = None
    limit: int | None = None
    backfill: bool = False
    url: str | None = None

    @property
    def is_restricted(self) -> bool:
        """Tell whether such a run leaves out reports that another one would fetch."""
        return self.since is not None or self.until is not None

    @classmethod
    def parse(cls, given: dict[str, str]) -> Self:
        """Read the options; raises BadOption with one sentence for what can't be used."""
        unknown = sorted(set(given) - set(_ALLOWED))
        if unknown:
            raise BadOption(f"-a {unknown[0]}= is not an option of a crawl: there are {', '.join(_ALLOWED)}")
        try:
            since, until = (parse_day(given[name], f"-a {name}") if given.get(name) else None
                            for name in ("since", "until"))  # fmt: skip
        except InvalidInput as error:
            raise BadOption(str(error)) from None
        if since and until and since > until:
            raise BadOption(f"-a since={since} is after -a until={until}: no day is in both")
        backfill = _truth(given.get("backfill", ""))
        if backfill and since is None:
            raise BadOption("-a backfill=1 needs the day to go back to: -a since=YYYY-MM-DD")
        return cls(since, until, _positive(given.get("limit")), backfill, given.get("url"))


def _truth(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise BadOption(f"-a backfill={reprlib.repr(text)} is neither 1 nor 0")
    return text.lower() in _YES


def _positive(limit: str | None) -> int | None:
    if not limit:
        return None
    if not _NUMBER.fullmatch(limit) or int(limit) < 1:
        raise BadOption(f"-a limit={reprlib.repr(limit)} is not a whole number of at least 1")
    return int(limit)
