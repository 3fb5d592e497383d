"""Which of a page's dates is the day it was published: candidates of every origin, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from archive.models import DateCandidate, PublishedDate
from crawler.extraction.dates.candidates import LONGEST_TEXT, VISIBLE, Candidate, Finds, Trust
from crawler.extraction.dates.frame import EARLIEST, Frame, resolve, to_moment
from crawler.extraction.dates.shown import is_calendar
from crawler.extraction.dates.stamps import Reading

_MOST_LISTED = 40
_SAME = timedelta(seconds=60)
_DAY = timedelta(days=1)
# What is called the publication's moment outright, and may correct a date that is only the last change's.
_OUTRIGHT = frozenset({Trust.JSON_LD, Trust.META, Trust.TIME_MARKED})
_Role = Literal["published", "modified"]


@dataclass(frozen=True, slots=True)
class Dates:
    """When a page was published and last changed (aware, UTC), and every candidate with what became of it."""

    published: PublishedDate | None
    modified_at: datetime | None
    candidates: tuple[DateCandidate, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with its moment, or with what speaks against it."""

    candidate: Candidate
    moment: datetime | None
    against: str | None


def choose_dates(finds: Finds, frame: Frame) -> Dates:
    """Return the most trusted plausible date of publication and of change, and the list that explains the choice.

    Where the best date of publication is a mere day, the time of the next candidate of the same local day is added,
    and `origin` names both ("json-ld:datePublished+time"). Never later than the fetch, save for a day's tolerance
    where the zone is not known, and never before 1995. At most 40 candidates are listed, the chosen ones first.
    """
    published = _weigh(finds.published, frame)
    best = _best(published, finds.modified, frame)
    timed = _timed(best, published, frame) if best else None
    chosen = timed or best
    moment = chosen.moment if chosen else None
    modified = _weigh_changes(finds.modified, frame, moment)
    change = next((found for found in modified if found.against is None), None)
    listed = [
        *_listed("published", published, chosen, _notes(best, timed)),
        *_listed("modified", modified, change, {}),
    ]
    listed.sort(key=lambda candidate: candidate.verdict != "chosen")
    return Dates(_as_published(chosen), change.moment if change else None, tuple(listed[:_MOST_LISTED]))


def _weigh_changes(
    candidates: Iterable[Candidate], frame: Frame, published: datetime | None
) -> list[_Weighed]:
    """Return the candidates for the last change, the most trusted first, with what speaks against each."""
    weighed = []
    for found in _weigh(candidates, frame):
        against = found.against
        if against is None and found.candidate.trust is Trust.HINT:
            # A sitemap's lastmod moves with a comment or a new advertisement: it's no statement about the report.
            against = "of the whole page, whichever part of it changed"
        elif against is None and published and found.moment and found.moment < published:
            against = "before the publication"
        weighed.append(replace(found, against=against))
    return weighed


def _weigh(candidates: Iterable[Candidate], frame: Frame) -> list[_Weighed]:
    """Return the candidates once each, the most trusted first, with what speaks against each."""
    weighed: list[_Weighed] = []
    seen: set[tuple[str, str]] = set()
    for candidate in sorted(candidates, key=lambda candidate: candidate.trust):
        key = (candidate.origin, candidate.text)
        if key in seen:
            continue
        seen.add(key)
        reading = candidate.reading
        moment = resolve(reading, frame) if reading else None
        against = _refusal(candidate, moment, frame)
        weighed.append(
            _Weighed(candidate, moment or (to_moment(reading, frame) if reading else None), against)
        )
    return weighed


def _refusal(candidate: Candidate, moment: datetime | None, frame: Frame) -> str | None:
    """Return what speaks against a candidate by itself, or None."""
    if candidate.reading is None:
        return "no date that can be read, or none of our time"
    if moment is None:
        early = to_moment(candidate.reading, frame) < EARLIEST
        return "before 1995" if early else "after the fetch"
    if candidate.trust in VISIBLE:
        if is_calendar(candidate, frame.local_now):
            head = candidate.place == "head"
            return "in the head of the site" if head else "shown above every story: today's date"
        return _contradicted(candidate, candidate.reading.local.date(), frame)
    return None


def _contradicted(candidate: Candidate, day: date, frame: Frame) -> str | None:
    """Return what the address, the page's data or the feed say against a date that only the eye is told.

    Such a date may be the page's calendar, another story's, or that of an event.
    """
    is_today = day == frame.local_now.date()
    if frame.url_day is not None:
        year, month, number = frame.url_day
        if number is None:
            if is_today and (year, month) != (day.year, day.month):
                return "today's date, and the address names another month"
        elif abs(date(year, month, number) - day) > (1 if is_today else 2) * _DAY:
            return "the address names another day"
    is_called_so = candidate.trust is Trust.TEXT_MARKED
    for change in (frame.last_change, None if is_called_so else frame.hint_change):
        if change is not None and day - change > _DAY:
            return "after the last change that is known"
    if frame.hint_day is not None:
        if day - frame.hint_day > _DAY:
            return f"after the date in the {frame.hint_origin}"
        # One that is called the publication's may be earlier: feeds bring a report up again when it's changed.
        if frame.hint_day - day > _DAY and not is_called_so:
            return f"the {frame.hint_origin} names another day"
    return None


def _best(published: Sequence[_Weighed], modified: Iterable[Candidate], frame: Frame) -> _Weighed | None:
    """Return the most trusted plausible candidate; one that is the moment of a change gives way to an earlier one."""
    plausible = [found for found in published if found.against is None]
    if not plausible:
        return None
    best = plausible[0]
    if best.candidate.trust is Trust.JSON_LD:
        return best
    changes = {resolve(found.reading, frame) for found in modified if found.reading}
    if not _is_one_of(best.moment, changes):
        return best
    for other in plausible[1:]:
        reading = other.candidate.reading
        exact = reading is not None and reading.precision != "day" and reading.offset is not None
        if exact and other.candidate.trust in _OUTRIGHT and _is_earlier(other.moment, best.moment):
            return other
    return best


def _is_one_of(moment: datetime | None, moments: Iterable[datetime | None]) -> bool:
    return moment is not None and any(other is not None and abs(moment - other) < _SAME for other in moments)


def _is_earlier(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one <= other - _SAME


def _timed(best: _Weighed, published: Sequence[_Weighed], frame: Frame) -> _Weighed | None:
    """Return the best candidate with the time of another of the same local day, if it is a mere day."""
    if best.candidate.reading is None or best.candidate.reading.precision != "day":
        return None
    day = best.candidate.reading.local.date()
    for other in published:
        reading = other.candidate.reading
        if other.against is None and reading and reading.precision != "day" and reading.local.date() == day:
            kind = other.candidate.origin.split(":")[0].split("[")[0]
            joined = replace(best.candidate, reading=reading, origin=f"{best.candidate.origin}+{kind}")
            return _Weighed(joined, resolve(reading, frame), None)
    return None


def _notes(best: _Weighed | None, timed: _Weighed | None) -> dict[Reading | None, str]:
    """Return the verdicts of the two halves that a joined date is made of, by their readings."""
    if best is None or timed is None:
        return {}
    return {
        best.candidate.reading: "the day that was chosen, without a time",
        timed.candidate.reading: "gave the chosen day its time",
    }


def _listed(
    role: _Role, weighed: Sequence[_Weighed], chosen: _Weighed | None, notes: dict[Reading | None, str]
) -> list[DateCandidate]:
    """Return the candidates of a role with their verdicts; a chosen one that is joined from two comes first."""
    rows = weighed if chosen is None or chosen in weighed else [chosen, *weighed]
    found: list[DateCandidate] = []
    for row in rows:
        reading = row.candidate.reading
        verdict = row.against or notes.get(reading) or _compared(row, chosen)
        found.append(
            DateCandidate(
                role, row.moment, reading.precision if reading else "day", row.candidate.origin,
                row.candidate.text[:LONGEST_TEXT], "chosen" if row is chosen else verdict,
            )
        )  # fmt: skip
    return found


def _compared(row: _Weighed, chosen: _Weighed | None) -> str:
    """Return why a plausible candidate was not chosen."""
    if chosen is None or row.moment is None or chosen.moment is None:
        return "not chosen"
    one, other = row.candidate.reading, chosen.candidate.reading
    if one and other and "day" in {one.precision, other.precision}:
        if one.local.date() == other.local.date():
            return "the same day"
    elif abs(row.moment - chosen.moment) < _SAME:
        return "the same instant"
    if row.candidate.trust < chosen.candidate.trust:
        return "the moment of the last change"
    if row.candidate.trust == chosen.candidate.trust:
        return f"as trusted as {chosen.candidate.origin}, but after it"
    return f"less trusted than {chosen.candidate.origin}"


def _as_published(chosen: _Weighed | None) -> PublishedDate | None:
    if chosen is None or chosen.moment is None or chosen.candidate.reading is None:
        return None
    found = chosen.candidate
    precision = chosen.candidate.reading.precision
    return PublishedDate(chosen.moment, precision, found.origin, found.text[:LONGEST_TEXT])
