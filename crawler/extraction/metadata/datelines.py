"""The dateline at the head of a report: where it was filed from, and the agency named there or at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.extraction.dates.months import GREGORIAN, fold
from crawler.extraction.dates.text import plain
from crawler.extraction.metadata.agencies import agencies_in, agency_named, others, sourced_agencies
from crawler.extraction.metadata.authors import is_organisation

_WORD = r"[^\W\d_]++\.?"
_PLACE = rf"{_WORD}(?:[ '’-]{_WORD}|(?<=\.){_WORD}){{0,5}}"
_PLACES = rf"{_PLACE}(?:\s?[/,،]\s?{_PLACE}){{0,4}}"
_DATE = r"(?:\d{1,2}\s?[^\W\d_]{3,12}\.?|[^\W\d_]{3,12}\.?\s?\d{1,2})(?:,?\s\d{4})?(?:\s?года|\s?року)?"
_DASH = r"(?:--|\.?[-–—―:])"
# KHARTOUM (AFP) - | RAMALLAH, January 24, 2026 (WAFA) – | Idlib, Syria - | Madrid, 5 ene (EFE).-
_HEAD = re.compile(
    rf"^\s*(?P<places>{_PLACES})(?P<date>[,،]?\s*{_DATE})?"
    rf"(?:\s*\((?P<agency>[^()]{{2,30}})\)\s*{_DASH}|\s*{_DASH}(?=\s))\s*(?=\S)"
)
# Париж, 5 января, ТАСС. | МОСКВА, 24 янв - РИА Новости. | MOSCOW, January 5. /TASS/. | KYIV. Jan 5 (Interfax-Ukraine) –
_DATED = re.compile(
    rf"^\s*(?P<places>[^\W\d_][^\W\d_]+(?:[ -][^\W\d_]+){{0,2}})[.,]\s(?P<date>{_DATE})(?:[.,]\s|\s?[-–—]\s|\s(?=[/(\[]))[/(\[]?"
    r"(?P<agency>[^\W\d_][\w-]*(?:\s[^\W\d_]\w+)?)[/)\]]?\s?(?:[.:]|[-–—]{1,2})\s"
)
_COMMA_DATE = re.compile(
    r"^\s*(?P<places>[^\W\d_a-zа-яіїє][^\W\d_]+(?:[ -][^\W\d_]+){0,2}),\s*(?P<date>\d{1,2}\s[^\W\d_]{3,12})\.\s"
)
# دمشق-سانا | بغداد/ واع / | رام الله 24-1-2026 وفا- | غزة - "القدس العربي":
_TIGHT = re.compile(
    r"^\s*(?P<places>[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})"
    r"(?:\s?[-–—ـ/]\s?|\s\d{1,2}[-/]\d{1,2}[-/]\d{4}\s?[-–—]?\s?)(?P<agency>[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})"
)
_QUOTED = re.compile(
    r"^\s*(?P<places>[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})\s?[-–—]\s?[\"«“](?P<agency>[^\"»”\n]{2,30})[\"»”]\s?[:–—-]"
)
_OPENING = re.compile(r"^\s*\((?P<agency>[^()\n]{2,30})\)\s*(?:--|[-–—―])")
_SAYS_AGENCY = re.compile(r"\b(?:wire|agency|press)\b|وكالة|агентство", re.IGNORECASE)
_SIGN_OFF = re.compile(r"(?:^|[.!?»”\"'’\s])[(\[/–—-]\s?([^()\[\]\n]{2,40})[)\]]?\s*$")
_LAST_LINES, _SHORT_LINE, _END = 2, 90, 600
_SMALL = frozenset({"al", "ad", "an", "ar", "as", "at", "az", "am", "de", "del", "du", "des", "el", "la", "le", "les",
                    "sur", "of", "and", "upon", "und", "et", "y", "au", "aux", "bin"})  # fmt: skip
_LONGEST = 90
# First words of a sentence that a dash breaks ("The attack - the third ..."), and labels before a colon.
_NO_PLACE_WORDS = """
the a an this that these those it he she they we in on at for by from after before as while with when
who what breaking exclusive update updated watch video photo photos opinion analysis live read listen
editor note summary source sources key related interview report reports war file developing background
un une les des ce cette il elle una der die das ein eine lo gli в на по за из это он она что у це він
вона та як عاجل خاص فيديو صور قال قالت في من على إلى بعد قبل أكد أعلن تقرير مصدر مصادر bu bir son срочно
видео фото обновлено эксклюзив терміново відео news
"""
_NO_PLACE = frozenset(fold(word) for word in _NO_PLACE_WORDS.split())


def dateline(body: str) -> str | None:
    """Return the places named at the head of `body` ("Khartoum / El Fasher / Nyala"), or None.

    Date, agency and dash are left out. An outlet's credit is no place. Where it isn't sure, None.
    """
    head = _first_line(body)
    for match in _matches(head):
        place = _place(match)
        if place:
            return place
    return None


def agency_of(body: str, url: str = "", sites: Iterable[str] = ()) -> str | None:
    """Return to which agencies a report's text credits it, joined by ", ", or None.

    That is in the dateline ("BEIRUT (Reuters) -", "دمشق-سانا", "МОСКВА, 5 янв - РИА Новости."), or in a line at the
    end ("— AFP", "Al Watch, Agencies", "المصدر: وكالات"). url, sites: of the outlet, which is no agency to itself.
    """
    sites = tuple(sites)
    found = others(_in_head(_first_line(body)), url, sites)
    if not found:
        lines = [line.strip() for line in body[-_END:].splitlines() if line.strip()]
        found = others((name for line in lines[-_LAST_LINES:] for name in _in_last(line)), url, sites)
    return ", ".join(found) or None


def _first_line(body: str) -> str:
    return body[: _LONGEST * 20].lstrip()[: _LONGEST * 2].split("\n", 1)[0]


def _matches(head: str) -> list[re.Match[str]]:
    found = [pattern.match(head) for pattern in (_QUOTED, _TIGHT, _DATED, _COMMA_DATE, _HEAD)]
    return [match for match in found if match and match.end() <= _LONGEST]


def _place(match: re.Match[str]) -> str | None:
    text = " ".join(match["places"].split())
    groups = match.groupdict()
    parts = [part.strip() for part in re.split(r"[/,،]", text) if part.strip()]
    date = groups.get("date")
    if date and not _is_date(date):
        return None
    agency = groups.get("agency")
    if match.re is _QUOTED:
        return text if _fits(parts) else None
    if match.re in {_TIGHT, _DATED}:
        return text if agency and _leading_agency(agency) and _fits(parts) else None
    colon = ":" in match[0]
    if not parts or colon or not _fits(parts) or any(is_organisation(part) for part in parts):
        return None
    sure = bool(date or agency)
    rest = match.string[match.end() :]
    if not sure and (not parts[0][0].isupper() or rest[:1].islower()):
        return None  # what a dash only parts within a sentence; without capitals (Arabic) it may be anything
    return text


def _leading_agency(text: str) -> str | None:
    """Return the agency that the first words of `text` name."""
    words = text.split()
    return next(
        filter(None, (agency_named(" ".join(words[:count])) for count in range(len(words), 0, -1))), None
    )


def _in_head(head: str) -> list[str]:
    opening = _OPENING.match(head)
    for match in [opening] if opening else _matches(head):
        agency = match.groupdict().get("agency")
        if not agency:
            continue
        if match.re in {_HEAD, _OPENING}:
            unknown = [agency.strip()] if _SAYS_AGENCY.search(agency) else []
            return agencies_in(agency) or unknown
        if name := _leading_agency(agency):
            return [name]
    return []


def _in_last(line: str) -> list[str]:
    """Return the agencies of one of the last lines: those that it names as source, ends with, or is made of."""
    if len(line) <= _SHORT_LINE and (found := sourced_agencies(line)):
        return found
    match = _SIGN_OFF.search(line[-60:])
    if match and (found := agencies_in(match[1])):
        return found
    return (
        agencies_in(line)
        if len(line) <= _SHORT_LINE and len(line.split()) <= 8 and line[-1] not in "!?"
        else []
    )


def _fits(parts: list[str]) -> bool:
    return all(len(part.split()) <= 4 and _looks_like_place(part) for part in parts)


def _looks_like_place(part: str) -> bool:
    words = part.split()
    if fold(words[0]) in _NO_PLACE or any(fold(word) in GREGORIAN for word in words):
        return False
    return not words[0][0].islower() and all(not word[0].islower() or word in _SMALL for word in words)


def _is_date(text: str) -> bool:
    return any(word.strip(".,،") in GREGORIAN for word in plain(text).replace(",", " ").split())
