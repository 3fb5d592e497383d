"""What a visit shows of a report that was archived before: that it is missing, has moved, or is refused; or nothing."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.models import Outcome, PageState, Visit
from archive.tables.states import Absence
from archive.urls import bare_host

# A front page, or that of one of a site's languages.
_FRONT = re.compile(
    r"/?(?:[a-z]{2,3}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|default)(?:\.\w{2,5})?/?)?", re.IGNORECASE
)
# What stands before a front page, so that nothing is known of what is behind it.
_WALLS = frozenset({"challenge", "error_page", "login_wall", "consent_wall"})
_LISTS = frozenset({"listing", "tag"})


def absence_of(visit: Visit, homepage: str) -> Absence | None:
    """Return what a visit that found no report at a lead's address says of it; None if it says nothing for sure.

    A network error, an empty page or one that asks for something says nothing. homepage: of the source.
    """
    if not visit.responses:
        return None
    status = visit.responses[-1].status
    if visit.failure is Outcome.GONE:
        return Absence(PageState.MISSING, str(status) if status >= 400 else "404", visit.error)
    if visit.failure is Outcome.BLOCKED:
        how = str(status) if status >= 400 else "challenge"
        return Absence(PageState.BLOCKED, how, visit.error)
    if visit.failure is Outcome.DUPLICATE:  # it leads to an address that speaks for itself
        return Absence(PageState.MOVED, "redirected", visit.error)
    if visit.failure is Outcome.NOT_ARTICLE:
        return _no_report(visit, homepage)
    return None


def remembered(outcome: Outcome | None) -> Absence | None:
    """Return what the last look at an address, of which only the outcome is known, said of a report; None for nothing."""
    states = {
        Outcome.GONE: PageState.MISSING,
        Outcome.BLOCKED: PageState.BLOCKED,
        Outcome.DUPLICATE: PageState.MOVED,
    }
    state = states.get(outcome) if outcome else None
    return Absence(state, "last look") if state else None


def move_to(visit: Visit) -> Absence:
    """Return what a visit says of the lead's own address whose report is at another one."""
    how = (
        "redirected" if is_redirected(visit) else "canonical"
    )  # else the page itself names the other address
    return Absence(PageState.MOVED, how, f"the report is at {visit.url}")


def _no_report(visit: Visit, homepage: str) -> Absence | None:
    first, last = visit.responses[0].url, visit.responses[-1].url
    reason = visit.extraction.reason if visit.extraction else None
    if is_redirected(visit):
        if _is_front_page(last, homepage) and not _is_front_page(first, homepage) and reason not in _WALLS:
            return Absence(PageState.MISSING, "redirected_home", f"it redirects to the homepage, {last}")
        if reason in _LISTS:
            return Absence(
                PageState.MISSING, "redirected_to_list", f"it redirects to a list of reports, {last}"
            )
    if visit.is_passing:
        return None
    if reason == "soft_404":
        return Absence(PageState.MISSING, "soft_404", visit.error)
    if visit.extraction and visit.extraction.article and is_redirected(visit):
        return Absence(PageState.MOVED, "redirected", visit.error)
    return None


def is_redirected(visit: Visit) -> bool:
    """Tell whether a visit ended at another page than the one that was asked for."""
    return bool(visit.responses) and _address(visit.responses[0].url) != _address(visit.responses[-1].url)


def _address(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return bare_host(parts.hostname or ""), parts.path.rstrip("/"), parts.query


def _is_front_page(url: str, homepage: str) -> bool:
    parts = urlsplit(url)
    if _address(url) == _address(homepage):
        return True
    return not parts.query and _FRONT.fullmatch(parts.path) is not None
