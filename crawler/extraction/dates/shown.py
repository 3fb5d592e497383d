"""Dates that a page shows to people: time elements, and the words around its headline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile

from lxml.html import HtmlElement

from crawler.extraction.dates.candidates import Candidate, Place, Trust
from crawler.extraction.dates.fallback import read_with_dateparser
from crawler.extraction.dates.months import fold, month_names
from crawler.extraction.dates.relative import read_relative
from crawler.extraction.dates.stamps import Reading, read_stamp
from crawler.extraction.dates.text import LONGEST, Context, plain, read_words
from crawler.extraction.metadata.signals import Signals, Spot, set_aside, short_text

_UPDATED = re.compile(
    r"updat|modif|aktualis|bearbeitet|обновл|оновл|измен|змінен|تحديث|تعديل|guncel|actualiz|actualis|mis a jour"
    r"|mise a jour|bijgewerkt|uppdater|oppdater|به\s*روز|نوژه|נוכח|עודכן|aggiorna|atualiz|degistir|nu kir|diperbarui"
)
_PUBLISHED = re.compile(
    r"publi|posted|first|veroffent|erstellt|опубл|نشر|yayin|pubbl|geplaatst|created|منتشر|انتشار|بلاو|issued|stand:"
    r"|giris|eklenme|weshan|פורסם|opublik|diterbit|تاريخ|datum|^date\b|^fecha|^data\b|^дата"
)
_MARKED = re.compile(
    r"datepublished|pubdate|published|publish-?date|publication|entry-date|post-date|article-date|article_date",
    re.IGNORECASE,
)
# Captions date their picture, and comments themselves.
_PICTURE = re.compile(r"caption|credit|copyright|photo|image|bild|foto|legend|comment|avatar", re.IGNORECASE)
_PICTURE_TEXT = re.compile(
    r"^\W*(?:archiv|file\b|foto|photo|image|picture|illustration|bild|صوره|ارشيف|фото|снимок|архив)"
)
# The boxes of a site's head, in which a calendar may stand.
_HEAD = re.compile(
    r"\b(?:top[-_]?bar|top[-_]?(?:head|menu|nav|line|strip)\w*|site[-_]?header|masthead|today\w*|current[-_]?(?:date|time|day)"
    r"|date[-_]?today|calendar|clock|hijri\w*)\b",
    re.IGNORECASE,
)
_HAS_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\d{4}")
_INLINE = frozenset(
    {"p", "div", "span", "li", "td", "small", "strong", "em", "b", "i", "font", "dd", "h3", "h4", "h5", "h6"}
)
# Where scripts are told the moment that they are to show.
_ATTRIBUTES = ("content", "datetime", "data-timestamp", "data-datetime", "data-date", "data-time",
               "data-published", "data-publish-date", "data-utc", "data-utctime")  # fmt: skip
_FAR_ABOVE, _FAR_BELOW = 80, 250  # elements around the headline in which its date line stands
_CLOSE_ABOVE, _CLOSE_BELOW = 15, 40  # and in which it may stand under no telling name
_NO_HEADLINE = 1_500  # elements from the page's beginning that are looked at where it shows no headline
_FOOT = 500  # and at whose foot it may stand with a label
_LONGEST_LABEL = 300  # characters of an element's names that are looked at
_MOST_AROUND = 12  # ancestors that are looked at
_MOST_TIMES = 20
_MOST_TEXTS = 30
_MOST_READ = 4  # dates in words that are taken from one page
_MOST_FALLBACKS = 2  # dateparser takes a millisecond or two a string
_MOST_PARTS = 5  # elements in a line that may be a date
_SHORT = 60  # a line without a telling name that is only a date
_CLOCK_RUNS = timedelta(minutes=30)  # a page that shows the time of day may lie in a cache for so long


@dataclass(slots=True)
class Near:
    """Where the headline stands, and how dates are to be read."""

    heading: Spot | None
    context: Context
    _around: frozenset[HtmlElement] = field(init=False)  # the elements that the headline stands in

    def __post_init__(self) -> None:
        self._around = frozenset(self.heading.element.iterancestors()) if self.heading else frozenset()

    @property
    def place(self) -> int:
        """Return where the headline stands, or 0."""
        return self.heading.order if self.heading else 0

    def stretch(self, signals: Signals, above: int, below: int) -> tuple[Spot, int, int]:
        """Return what `signals` is to be asked for: around the headline, or else down from the page's beginning."""
        if self.heading is not None:
            return self.heading, above, below
        return Spot(signals.elements.root, "html", "", 0), 0, _NO_HEADLINE

    def is_aside(self, spot: Spot) -> bool:
        """Return whether a spot belongs to other reports, or to comments, rather than to this one.

        One beside the headline that is called the publication's isn't, whatever it stands in.
        """
        if _in_link(spot.element) or self._in_another(spot.element):
            return True
        close = self.heading is not None and -_CLOSE_ABOVE <= spot.order - self.heading.order <= _CLOSE_BELOW
        if close and _MARKED.search(spot.label):
            return False
        return set_aside(spot.element, self.heading and self.heading.element)

    def place_of(self, spot: Spot) -> Place:
        """Return where a spot stands: what is above the headline may be the same above every story."""
        if self.heading is not None and spot.order > self.heading.order:
            return "below"
        nodes = chain((spot.element,), spot.element.iterancestors())
        around = takewhile(lambda node: node not in self._around, nodes)
        in_head = any(
            node.tag in {"header", "nav"} or _HEAD.search(f"{node.get('class', '')} {node.get('id', '')}")
            for node in islice(around, _MOST_AROUND)
        )
        return "head" if in_head else "above"

    def _in_another(self, element: HtmlElement) -> bool:
        """Return whether an element stands in an article element that isn't the headline's, though that is in one."""
        if not any(node.tag == "article" for node in self._around):
            return False
        return any(node not in self._around for node in element.iterancestors("article"))


def in_times(signals: Signals, near: Near, *, is_settled: bool) -> Iterator[tuple[bool, Candidate]]:
    """Yield (is about a change, candidate) for the time elements, those below the headline first, the nearest first.

    is_settled: the page's own data tell the date, so that only stamps are read.
    """
    start = near.place
    far = (_CLOSE_ABOVE, _CLOSE_BELOW) if is_settled else (_FAR_ABOVE, _FAR_BELOW)
    spots = signals.times(*near.stretch(signals, *far))
    spots.sort(key=lambda spot: (spot.order < start, abs(spot.order - start)))
    for spot in spots[:_MOST_TIMES]:
        element = spot.element
        stamp = (element.get("datetime") or element.get("content") or "").strip()
        text = stamp
        reading = (read_stamp(stamp) or read_words(stamp, near.context)) if stamp else None
        if reading is None and not is_settled:
            text = short_text(element, LONGEST) or ""
            reading = _read(text, near.context)
        if reading is None or near.is_aside(spot):
            continue
        updated, marked = _called(spot)
        trust = Trust.GUESS if reading.guessed else Trust.TIME_MARKED if marked else Trust.TIME
        origin = "time[datetime]" if text is stamp else "time"
        yield updated, Candidate(reading, origin, trust, text, near.place_of(spot))


def in_texts(signals: Signals, near: Near, *, with_fallback: bool) -> Iterator[tuple[bool, Candidate]]:
    """Yield (is about a change, candidate) for the words around the headline, the likeliest first.

    Those farther away are only looked at where the close ones give no date. with_fallback: dateparser may try a few
    that our own tables can't read.
    """
    fallbacks = _MOST_FALLBACKS if with_fallback else 0
    seen: set[str] = set()
    for lines in (_close_lines, _far_lines):
        read = 0
        for spot, text in _texts(lines(signals, near), near, seen):
            for updated, labelled, part in _labelled(text):
                reading = _read(part, near.context)
                if reading is None and fallbacks and _YEAR.search(part):
                    fallbacks -= 1
                    reading = read_with_dateparser(part, near.context)
                if reading is not None:
                    found = _candidate(reading, part, spot, near, labelled=labelled)
                    read += found.place == "below" and not reading.guessed
                    yield updated, found
            if read >= _MOST_READ:
                break
        if read:
            return


def _candidate(reading: Reading, text: str, spot: Spot, near: Near, *, labelled: bool) -> Candidate:
    trust = Trust.TEXT_MARKED if labelled or _MARKED.search(spot.label) else Trust.TEXT
    return Candidate(reading, "text", Trust.GUESS if reading.guessed else trust, text, near.place_of(spot))


def in_attributes(signals: Signals, near: Near) -> Iterator[tuple[bool, Candidate]]:
    """Yield (is about a change, candidate) for stamps that scripts are to show, below the headline."""
    start = near.place - _CLOSE_ABOVE
    for order, element in signals.numbered(start, near.place + _CLOSE_BELOW * 2):
        if element.tag in {"time", "meta"} or len(element.attrib) == 0:
            continue
        # A title may say anything; that of an abbreviation is how the hAtom format writes its dates.
        names = ("title",) if element.tag == "abbr" else _ATTRIBUTES
        name, value = next(((n, v) for n in names if (v := element.get(n))), ("", ""))
        reading = read_stamp(value) if name and _HAS_DIGIT.search(value) else None
        if reading is None or near.is_aside(spot := _spot(element, order)):
            continue
        updated, marked = _called(spot)
        trust = Trust.TIME_MARKED if marked else Trust.TIME
        yield updated, Candidate(reading, f"attribute:{name}", trust, value, near.place_of(spot))


def at_the_foot(signals: Signals, near: Near) -> Iterator[tuple[bool, Candidate]]:
    """Yield (is about a change, candidate) for short lines far below the headline that name themselves a date."""
    start = near.place + _CLOSE_BELOW
    for order, element in signals.numbered(start, start + _FOOT):
        if element.tag not in _INLINE or len(element) > _MOST_PARTS:
            continue
        text = short_text(element, _SHORT)
        if not text or not _HAS_DIGIT.search(text) or near.is_aside(_spot(element, order)):
            continue
        for updated, labelled, part in _labelled(text):
            reading = read_words(part, near.context) if labelled or updated else None
            if reading is not None and not reading.guessed:
                yield updated, Candidate(reading, "text", Trust.TEXT, part)


def is_calendar(candidate: Candidate, now: datetime) -> bool:
    """Return whether a visible date is what a site shows above every story: today's, perhaps with the time.

    now: the fetch on the source's clock (naive).
    """
    reading = candidate.reading
    if candidate.place == "head":
        return True
    if reading is None or candidate.place == "below" or reading.local.date() < now.date():
        return False
    words = plain(candidate.text).replace("ago", "").split()
    if reading.guessed and not month_names(words):
        return False  # "2 hours ago" is no calendar's
    return reading.precision == "day" or now - _CLOCK_RUNS <= reading.local <= now + _CLOCK_RUNS


def _texts(lines: Iterable[tuple[Spot, int]], near: Near, seen: set[str]) -> Iterator[tuple[Spot, str]]:
    """Yield the texts of lines that may be a date line, once each, with where they stand."""
    for spot, limit in lines:
        text = short_text(spot.element, limit) if not _PICTURE.search(spot.label) else None
        if text and text not in seen:
            seen.add(text)
            if _may_date(text) and not near.is_aside(spot):
                yield spot, text


def _close_lines(signals: Signals, near: Near) -> list[tuple[Spot, int]]:
    """Return the lines beside the headline, and how long a date line they may be.

    Those called the publication's come first, then those below the headline, the nearest first.
    """
    if near.heading is None:
        return []
    start = near.place
    found = {spot.order: (spot, LONGEST) for spot in _named(signals, near, _CLOSE_ABOVE, _CLOSE_BELOW)}
    for order, element in signals.numbered(start - _CLOSE_ABOVE, start + _CLOSE_BELOW):
        if order not in found and element.tag in _INLINE and len(element) <= _MOST_PARTS:
            found[order] = (_spot(element, order), _SHORT)
    return sorted(found.values(), key=lambda line: _rank(line[0], start))


def _far_lines(signals: Signals, near: Near) -> list[tuple[Spot, int]]:
    """Return the lines farther away that are called a date."""
    found = sorted(_named(signals, near, _FAR_ABOVE, _FAR_BELOW), key=lambda spot: _rank(spot, near.place))
    return [(spot, LONGEST) for spot in found[:_MOST_TEXTS]]


def _named(signals: Signals, near: Near, above: int, below: int) -> list[Spot]:
    return signals.near("date", *near.stretch(signals, above, below))


def _rank(spot: Spot, start: int) -> tuple[bool, bool, int]:
    return not _MARKED.search(spot.label), spot.order < start, abs(spot.order - start)


def _spot(element: HtmlElement, order: int) -> Spot:
    label = " ".join(filter(None, map(element.get, ("class", "id", "itemprop", "property"))))
    return Spot(element, str(element.tag), label, order)


def _may_date(text: str) -> bool:
    """Return whether a text may hold a date: a digit, or a dual such as "two hours ago"; a caption's doesn't count."""
    if not _HAS_DIGIT.search(text) and len(text) > 30:
        return False
    return not _PICTURE_TEXT.match(fold(text[:30]))


def _called(spot: Spot) -> tuple[bool, bool]:
    """Return whether an element is called the moment of a change, and whether that of the publication."""
    element = spot.element
    parent = element.getparent()
    outer, before = (parent.get("class") or "", parent.text or "") if parent is not None else ("", "")
    label = f"{spot.label[:_LONGEST_LABEL]} {outer[:_LONGEST_LABEL]}".casefold()
    lead = fold(f"{label} {before[-40:]}")
    is_pubdate = element.get("pubdate") is not None
    updated = bool(_UPDATED.search(lead)) and not _PUBLISHED.search(lead) and not is_pubdate
    return updated, is_pubdate or bool(_MARKED.search(label))


def _read(text: str, context: Context) -> Reading | None:
    return (read_words(text, context) or read_relative(text, context)) if text else None


def _labelled(text: str) -> Iterator[tuple[bool, bool, str]]:
    """Yield (is about a change, is called the publication, words) for "Published … Updated …" in either order."""
    folded = plain(text)
    updated = _UPDATED.search(folded)
    published = _PUBLISHED.search(folded)
    if updated is None:
        yield False, published is not None, text
    elif published is not None and published.start() > updated.start():
        yield False, True, folded[published.start() :]
        yield True, False, folded[: published.start()]
    else:
        if _HAS_DIGIT.search(folded[: updated.start()]):
            yield False, published is not None, folded[: updated.start()]
        yield True, False, folded[updated.start() :]


def _in_link(element: HtmlElement) -> bool:
    """Return whether a date stands in a link: that of a teaser, then, and not of this page."""
    return any(node.get("href") for node in element.iterancestors("a"))
