"""The entries of a live blog or a timeline: where each begins, and at what time."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from datetime import time as clock_time
from itertools import islice, pairwise

from lxml.html import HtmlElement

from crawler.extraction.body.blocks import BlockTree, Node, normal_space
from crawler.extraction.dates.stamps import ZONE_NAMES, read_offset, read_stamp
from crawler.extraction.dates.text import Context, read_words
from crawler.extraction.page import Page

# A line that is a time: perhaps with a date, a zone or a word before it ("Updated at"), but no sentence.
_MAX_LINE = 60
_MAX_OTHER = 40
_TIME = re.compile(
    r"(?<![\d:.,])([01٠١۰۱]?\d|[2٢۲][0-3٠-٣۰-۳])[:٫]([0-5٠-٥۰-۵]\d)(?:[:.]\d\d)?(?![\d:])"
    r"\s*((?i:[ap]\.?m\b\.?)|[صم](?!\w))?\s*\(?((?:UTC|GMT)(?:\s?[+-]\d{1,2}(?::?\d\d)?)?|(?:"
    + "|".join(name.upper() for name in ZONE_NAMES)
    + r")(?!\w))?"
)
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
# Fewer lines than this may be a date line and a correction's.
_MIN_ENTRIES = 3
# So much of the report at least follows the time of each entry.
_MIN_ENTRY_TEXT = 25
_STAMPS = (
    "datetime",
    "data-timestamp",
    "data-datetime",
    "data-time",
    "data-date",
    "data-published",
    "content",
)
_STAMPED_ANCESTORS = 3
_DAY_NAMES = frozenset({"article:published_time", "datepublished", "article:modified_time", "datemodified"})
_IN_SCRIPT = re.compile(r'"date(Published|Modified)"\s*:\s*"([^"]{10,40})"')
_MAX_SCRIPT = 200_000
_SLACK = timedelta(hours=1)
_MAX_DAYS = 3
# How many blocks around a date the link of the story that it belongs to is looked for.
_MAX_BOX = 4
# Bounds for hostile pages.
_MAX_GROUPS = 20
_MAX_TIMES = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """The head of an entry: its time as the page shows it, and as a moment (UTC) where that can be told.

    is_line: the block is no more than that time; else the time opens a block of the report's own words.
    """

    text: str
    at: datetime | None
    is_line: bool


def find_entries(tree: BlockTree, chosen: Sequence[int], numbers: range, clock: Clock) -> dict[int, Entry]:
    """Return the heads of entries among the blocks `numbers`, by block; empty where the page is no live blog.

    They are told by repetition: three blocks of one kind at least that are a time, or begin with one, each
    followed by words of the report (`chosen`).
    """
    groups = defaultdict(list)
    own = set(chosen)
    for number in numbers:
        text = tree.blocks[number].text
        if (len(text) <= _MAX_LINE or text[0].isdigit()) and _DIGIT.search(text):
            shape = _shape(tree, number, is_chosen=number in own)
            if shape:
                groups[shape].append(number)
    entries: dict[int, Entry] = {}
    repeated = ((shape[0], group) for shape, group in groups.items() if len(group) >= _MIN_ENTRIES)
    for is_line, group in islice(repeated, _MAX_GROUPS):
        heads = _with_text(tree, own, group, is_line=is_line, end=numbers.stop)
        if len(heads) >= _MIN_ENTRIES:
            entries |= _entries(tree, heads, clock, is_line=is_line)
    return entries


def _shape(tree: BlockTree, number: int, *, is_chosen: bool) -> tuple[bool, str, str] | None:
    """Return whether a block is a time or begins with one, and its element's kind and its parent's; else None."""
    text = tree.blocks[number].text
    node = tree.nodes[tree.blocks[number].node]
    if len(text) <= _MAX_LINE and _is_line(text, node):
        is_line = True
    elif is_chosen and text[0].isdigit() and _TIME.match(text):
        is_line = False
    else:
        return None
    return is_line, node.kind, tree.nodes[node.parent].kind if node.parent >= 0 else ""


def _is_line(text: str, node: Node) -> bool:
    match = _TIME.search(text)
    if match:
        return len(text) - len(match[0]) <= _MAX_OTHER
    if node.element is None or not any(map(str.isdigit, text)):
        return False
    stamped = next(node.element.iter("time"), None)
    return stamped is not None and bool(stamped.get("datetime"))


def _with_text(tree: BlockTree, own: set[int], group: Sequence[int], *, is_line: bool, end: int) -> list[int]:
    """Return those of `group` that enough chosen text follows before the next, and that belong to that text."""
    heads = {}
    for number, after in pairwise((*group, end)):
        following = [other for other in range(number + is_line, after) if other in own]
        if sum(len(tree.blocks[other].text) for other in following) >= _MIN_ENTRY_TEXT:
            heads[number] = _meeting(tree, number, following[0])
    meetings = Counter(meeting for meeting, _ in heads.values())
    # The date of another story, in a box between the report's paragraphs, stands beside that story's link.
    return [
        number
        for number, (meeting, side) in heads.items()
        if side is None or meetings[meeting] == 1 or not _has_link(tree, number, side)
    ]


def _meeting(tree: BlockTree, line: int, text: int) -> tuple[int, int | None]:
    """Return the deepest node that holds two blocks, and the one directly in it that holds the first alone."""
    around = set()
    number = tree.blocks[text].node
    while number >= 0:
        around.add(number)
        number = tree.nodes[number].parent
    side, number = None, tree.blocks[line].node
    while number >= 0 and number not in around:
        side, number = number, tree.nodes[number].parent
    return number, side


def _has_link(tree: BlockTree, line: int, side: int) -> bool:
    """Tell whether a block near `line` in node `side` is hardly more than a link."""
    for other in range(max(line - _MAX_BOX, 0), min(line + _MAX_BOX, len(tree.blocks))):
        block = tree.blocks[other]
        number = block.node
        while number > side:
            number = tree.nodes[number].parent
        if number == side and len(block.text) >= _MIN_ENTRY_TEXT and 2 * block.link_chars > len(block.text):
            return True
    return False


def _entries(tree: BlockTree, heads: Sequence[int], clock: Clock, *, is_line: bool) -> dict[int, Entry]:
    stamps = {number: _stamp(tree, number) if is_line else None for number in heads}
    # What several entries would have their time from is the page's, not theirs.
    holders = Counter(stamp[0] for stamp in stamps.values() if stamp)
    entries = {}
    for number, stamp in stamps.items():
        text = tree.blocks[number].text
        match = _TIME.search(text)
        if not is_line and match is not None:
            text = match[0].strip(" (")
        own = stamp is not None and holders[stamp[0]] == 1
        entries[number] = Entry(text, stamp[1] if stamp and own else clock.moment(text), is_line)
    return entries


def _stamp(tree: BlockTree, number: int) -> tuple[HtmlElement, datetime] | None:
    """Return the element that gives a time line's moment for machines, and that moment.

    It is a <time> whose words are in the line, the line's element or one close around it.
    """
    block = tree.blocks[number]
    element = tree.nodes[block.node].element
    if element is None:
        return None
    for holder in _holders(element, block.text):
        for name in _STAMPS:
            read = read_stamp(holder.get(name, "")[:100])
            if read and read.offset is not None and read.precision != "day":
                return holder, read.local.replace(tzinfo=timezone(read.offset)).astimezone(UTC)
    return None


def _holders(element: HtmlElement, line: str) -> Iterator[HtmlElement]:
    for stamped in islice(element.iter("time"), _MAX_TIMES):
        if normal_space(stamped.text_content()) in line:
            yield stamped
    yield element
    yield from islice(element.iterancestors(), _STAMPED_ANCESTORS)


class Clock:
    """Turns the times of day that a page shows into moments, as far as there is one answer.

    zone: the source's; where it is None, the page's own offset from UTC stands for it, unless that is zero:
    many sites write UTC for machines and their own time for readers. published: for pages that tell machines
    nothing.
    """

    def __init__(self, page: Page, zone: tzinfo | None = None, published: datetime | None = None) -> None:
        self._page, self._zone, self._published = page, zone, published
        self._span: tuple[datetime, datetime] | None = None
        self._is_read = False

    def moment(self, line: str) -> datetime | None:
        """Return the moment (UTC) that a line names, or None.

        The day is the line's own, or else the one between the page's first and last publication on which
        that time of day is possible; where two days are, there is no answer.
        """
        match = _TIME.search(line)
        if not self._is_read:
            self._span, self._is_read = _span(self._page.tree), True
            if self._span is None and self._published is not None:
                self._span = (self._published, self._published)
        if match is None or self._span is None or _LETTER.search(line[match.end() :]):
            return None
        zone = self._zone_of(match, self._span[0])
        if zone is None:
            return None
        published, modified = (moment.astimezone(zone) for moment in self._span)
        moments = [
            moment
            for moment in _moments(line, match, published.date(), modified.date(), zone)
            if moment <= self._page.fetched_at
        ]
        if len(moments) > 1:
            moments = [moment for moment in moments if published - _SLACK <= moment <= modified + _SLACK]
        return moments[0].astimezone(UTC) if len(moments) == 1 else None

    def _zone_of(self, match: re.Match[str], published: datetime) -> tzinfo | None:
        if match[4]:
            named = read_offset(match[4])
            return None if named is None else timezone(named)
        return self._zone or (published.tzinfo if published.utcoffset() else None)


def _moments(line: str, match: re.Match[str], first: date, last: date, zone: tzinfo) -> list[datetime]:
    """Return the moments that a time of day may be on the days from `first` to `last`."""
    if (last - first).days > _MAX_DAYS:
        return []
    hour, half = int(match[1]), (match[3] or "").lower()[:1]
    if half:
        hour = hour % 12 + 12 * (half in {"p", "م"})
    time = clock_time(hour, int(match[2]), tzinfo=zone)
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    if _DIGIT.search(line[: match.start()]) or _DIGIT.search(line[match.end() :]):
        now = datetime.combine(last, clock_time(23, 59))
        read = read_words(line, Context(None, month_first=False, now=now))
        days = [day for day in days if read and day == read.local.date()]
    return [datetime.combine(day, time) for day in days]


def _span(tree: HtmlElement) -> tuple[datetime, datetime] | None:
    """Return when the page says it was published and last modified, with their offset; None without the first."""
    found: dict[str, datetime] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("itemprop") or meta.get("name") or "").lower()
        if name in _DAY_NAMES:
            _keep(found, "modified" if "modified" in name else "published", meta.get("content", ""))
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json":
            for match in _IN_SCRIPT.finditer((script.text or "")[:_MAX_SCRIPT]):
                _keep(found, match[1].lower(), match[2])
    published = found.get("published")
    return None if published is None else (published, max(published, found.get("modified", published)))


def _keep(found: dict[str, datetime], name: str, value: str) -> None:
    read = read_stamp(value[:100])
    if name not in found and read and read.offset is not None:
        found[name] = read.local.replace(tzinfo=timezone(read.offset))
