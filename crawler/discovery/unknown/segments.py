"""The parts of an address by what they look like: a year, a number, a slug. URL shapes and patterns are made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from archive.urls import canonical_url
from crawler.discovery.unknown.hosts import host_of


class Kind(StrEnum):
    """What a segment of a path looks like."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    DATE = "date"  # 2026-01-24 or 20260124
    NUMBER = "number"
    LANGUAGE = "language"
    WORD = "word"  # a section, or anything that is short
    SLUG = "slug"  # words apart by hyphens
    ID_SLUG = "number and slug"
    SLUG_ID = "slug and number"
    PREFIX_ID = "word and number"  # news3445018
    CODE = "code"  # a hash, or letters and digits without a meaning


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DATES = frozenset({Kind.YEAR, Kind.MONTH, Kind.DAY, Kind.DATE})
IDS = frozenset({Kind.NUMBER, Kind.ID_SLUG, Kind.SLUG_ID, Kind.PREFIX_ID, Kind.CODE})

_MAX_SEGMENT = 1_000
_ENDING = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cfm|cms|do)$", re.IGNORECASE)
_LANGUAGES = _words(
    "aa af am ar as az be bg bn bo bs ca cs da de el en eo es et eu fa fi fr ga gl gu ha he hi hr hu hy id ig is it ja"
    " ka kk km kn ko ku ky lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru rw si sk sl so sq sr sv sw"
    " ta te tg th ti tk tl tr tt ug uk ur uz vi wo xh yo zh zu"
)
_MONTH_NAMES = _words(
    "jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september"
    " october november december"
)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_MONTH = re.compile(r"0?[1-9]|1[0-2]", re.ASCII)
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]", re.ASCII)
_DATE = re.compile(
    r"(?:19|20)\d\d(?:-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))",
    re.ASCII,
)
_TONGUE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2})?", re.IGNORECASE | re.ASCII)
_MADE = (
    (Kind.NUMBER, re.compile(r"\d+", re.ASCII)),
    (Kind.CODE, re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    # Five digits and more: fewer are a count or a year (`11-civilians-killed`, `...-september-2026`).
    (Kind.ID_SLUG, re.compile(r"\d{5,}[-_,.~].+", re.ASCII | re.DOTALL)),
    (Kind.SLUG_ID, re.compile(r".+[-_,.~]\d{5,}", re.ASCII | re.DOTALL)),
    (Kind.PREFIX_ID, re.compile(r"[^\W\d_]+\d{3,}", re.ASCII)),
    (Kind.CODE, re.compile(r"(?=(?:[^\W_]*\d){2})[^\W_]{8,}", re.ASCII)),
)
_BARE_ID = re.compile(r"([A-Za-z_]+)(\d+)", re.ASCII)  # spip.php?article46716
_BETWEEN_WORDS = re.compile(r"[-_+,~.\s]+")
_LONG_SECTION = 5  # words; a section's name has fewer


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it stands in the canonical URL (percent-encoded, without an ending such as .html)."""

    kind: Kind
    text: str

    def words(self) -> int:
        """Return how many words it has, of a slug with a number the number's too."""
        return len([word for word in _BETWEEN_WORDS.split(unquote(self.text)) if word])


@dataclass(frozen=True, slots=True)
class Shape:
    """What an address is made of. host: without `www.`; ending: ".html" and the like, of the last segment.

    query: names and values, these with their "="; of `spip.php?article46716`, "article" and "46716".
    """

    host: str
    segments: tuple[Segment, ...]
    ending: str
    query: tuple[tuple[str, str], ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of the segments."""
        return tuple(segment.kind for segment in self.segments)

    @property
    def last(self) -> Segment | None:
        """Return the last segment, leaving out a language that follows the slug."""
        before = (
            self.segments[:-1]
            if len(self.segments) > 2 and self.kinds[-1] is Kind.LANGUAGE
            else self.segments
        )
        return before[-1] if before else None

    @property
    def family(self) -> tuple[object, ...]:
        """Return what addresses of the same make have in common."""
        return self.kinds, self.ending.lower(), tuple(name for name, _ in self.query)


def shape_of(url: str) -> Shape:
    """Return the shape of an absolute URL. Raises ValueError for what is no http(s) URL."""
    return canonical_shape(canonical_url(url))


def canonical_shape(canonical: str) -> Shape:
    """Return the shape of what `canonical_url` returned, without canonicalising it once more."""
    parts = urlsplit(canonical)
    texts = [text for text in parts.path.split("/") if text]
    ending = _ENDING.search(texts[-1]) if texts and not parts.path.endswith("/") else None
    if ending is not None:
        texts[-1] = texts[-1][: ending.start()]
    return Shape(host_of(canonical), _classified(texts), ending[0] if ending else "", _pairs(parts.query))


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in filter(None, query.split("&")):
        bare = _BARE_ID.fullmatch(part)
        name, equals, value = (bare[1], "", bare[2]) if bare else part.partition("=")
        pairs.append((name, equals + value))
    return tuple(pairs)


def _classified(texts: list[str]) -> tuple[Segment, ...]:
    kinds: list[Kind] = []
    for place, text in enumerate(texts):
        kinds.append(_kind(unquote(text)[:_MAX_SEGMENT], kinds, is_last=place == len(texts) - 1))
    return tuple(Segment(kind, text) for kind, text in zip(kinds, texts, strict=True))


def _kind(text: str, before: list[Kind], *, is_last: bool) -> Kind:
    if dated := _part_of_a_date(text, before, is_last=is_last):
        return dated
    tongue = _TONGUE.fullmatch(text)
    if tongue and tongue[1].lower() in _LANGUAGES:
        return Kind.LANGUAGE
    if made := next((kind for kind, pattern in _MADE if pattern.fullmatch(text)), None):
        return made
    words = len([word for word in _BETWEEN_WORDS.split(text) if word])
    if not is_last:
        return Kind.SLUG if words >= _LONG_SECTION else Kind.WORD
    follows_identity = any(kind in DATES or kind in IDS for kind in before)
    return Kind.SLUG if words > 1 or follows_identity else Kind.WORD


def _part_of_a_date(text: str, before: list[Kind], *, is_last: bool) -> Kind | None:
    previous = before[-1] if before else None
    if previous is Kind.YEAR and (_MONTH.fullmatch(text) or text.lower() in _MONTH_NAMES):
        return Kind.MONTH
    if previous is Kind.MONTH and _DAY.fullmatch(text):
        return Kind.DAY
    if _YEAR.fullmatch(text) and not (is_last and before):  # /news/2012 may be the report of that number
        return Kind.YEAR
    return Kind.DATE if _DATE.fullmatch(text) else None
