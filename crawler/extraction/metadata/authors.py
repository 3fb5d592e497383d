"""Who signs a report: the people who wrote it, or the outlet, and the agencies that it is credited to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crawler.extraction.dates.months import fold
from crawler.extraction.metadata.agencies import agencies_in, agency_named, others, sourced_agencies
from crawler.extraction.metadata.jsonld import Node, names
from crawler.extraction.metadata.signals import Signals, Spot, set_aside, short_text
from crawler.extraction.metadata.titles import clean, is_site

_METAS = ("author", "article:author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator",
          "dcterms.creator", "dc.contributor", "byl", "cxenseparse:author", "cxenseparse:recs:author", "citation_author",
          "article:authors", "authors")  # fmt: skip
_BY = re.compile(
    r"^\s*(?:(?:written|reported|posted|published)?\s*\bby\b|von|par|por|de|di|door|av|przez|автор(?:ы|и|ка)?|текст|"
    r"بقلم|كتب[ته]?|إعداد|المصدر|مراسل\S*|نویسنده|yazan|haber(?:\s*merkezi)?|author|autor(?:in|en|es|a)?|auteur|text|"
    r"reporter|foto|reportaj)(?:\s*[:：]\s*|\s+)",
    re.IGNORECASE,
)  # fmt: skip
_SPLIT = re.compile(
    r"\s*(?:[;|/•·\n]|,\s*(?:and|und|et|(?-i:y|e))\s|,|&|\s(?:and|und|et|та|ve|og|och|en|mit|with|(?-i:y|e|i|a|и|і|й|û|o))\s"
    r"|\sو\s|،|、|－|／)\s*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@]{1,64}@[\w.-]{1,64}")
# "سامي الخطيب وريما حداد": "and" is written onto the next name; of the names that begin with its letter, the usual.
_ARABIC_AND = re.compile(
    r"(?<=\w\s)و(?!ليد|ائل|سام|سيم|فاء|جدي|جيه|ديع|رد|ضاح|هيب|هبة|لاء|صال|داد|حيد|اصف|هبي|جدان|لد\b|فيق|صفي)"
    r"(?=[\u0600-\u06ff]{2,}\s[\u0600-\u06ff]{2,})"
)
_SURNAME_FIRST = re.compile(r"^([^\W\d_][\w'’-]+),\s([^\W\d_][\w'’-]+)$")  # "Petrenko, Olena"
_NOT_A_NAME = re.compile(r"https?:|www\.|@|\.(?:html?|php)\b|[<>{}=\[\]_:\d]")
_PICTURE = re.compile(
    r"\b(?:image|photo|picture|foto|bild|video|credit|getty|istock)\b|\bbild|foto:|الصورة", re.IGNORECASE
)
_NO_BYLINE = re.compile(r"bild|photo|image|credit|comment|follow|caption|avatar|copyright", re.IGNORECASE)
_PERSON_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|i)?|auteurs?|staff|profiles?|by|journalists?|reporters?|yazar(?:lar)?|writers?|"
    r"contributors?|redakteure?)/[^/]",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:staff|editors?|editorial|redaktion\w*|redactie|rédaction|redaccion|redacción|redazione|redacao|redakcja|"
    r"redakce|newsroom|news ?desk|desk|correspondents?|reporters?|writers?|journalists?|contributors?|columnists?|"
    r"producers?|admin(?:istrator)?|webmaster|guest|bureau|team|chief|deputy|senior|director|professor|analyst|"
    r"korrespondent\w*|redakteur\w*|autor(?:in)?|journaliste?|chefredakteur\w*|reporterin|volontär\w*|"
    r"корр?еспондент\S*|редакция|редактор\S*|журналист\S*|редакція|muhabir\w*|editör\w*|haber merkezi|"
    r"photographer|freelance\w*|special to|updated|published|minutes?|read|follow|unknown|anonymous|n/?a|null|none|"
    r"undefined|share|email|twitter|facebook|subscribe|comments?)\b|محرر|شؤون|مراسل|التحرير|هيئة|كاتب|صحفي|تحریریه|記者|编辑|責任編集",
    re.IGNORECASE,
)
_ROLES_BEFORE = re.compile(rf"^(?:(?:{_ROLE.pattern})\s+)+", re.IGNORECASE)
_FILLER = re.compile(r"\b(?:by|the|our|from|of|in|and|for|web|news|online)\b|[\W\d_]", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"\b(?:news|agency|agencies|agentur|agence|agencia|press|media|tv|radio|online|times|post|staff|redaktion\w*|desk|"
    r"newsroom|team|group|network|council|ministry|service|magazine|journal|daily|herald|institute|foundation|"
    r"\w+\.(?:com|de|net|org|be|fr|nl|tr|ru|at|ch|tv|info|co\.uk))\b|وكالة|صحيفة|قناة|агентство|新聞|日報|通信",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(
    r"\s*[\(\[][^)\]]{0,60}[\)\]]|\s+[–—-]\s+.*$|\s+(?:for|in|at|aus|in)\s+[A-Z].*$|\s*@\w+"
)
_SHOWN = 2  # from this place on, origins are what the page shows; before it, what software fills in
_SOURCE_KEYS = ("sourceOrganization", "provider", "contributor", "copyrightHolder", "creator")
_SOURCE_METAS = ("source", "article:source", "dc.source", "dcterms.source", "syndication-source", "original-source",
                 "agency", "news_source", "article:agency", "parsely-network")  # fmt: skip
_NO_SOURCE = re.compile(
    r"photo|image|img|picture|video|caption|media|bild|foto|resource|card|follow", re.IGNORECASE
)
_MOST_SOURCES, _MOST_AGENCIES = 8, 4
_TRIM = " \t-–—:,.;\"'|*•"
_LABELLED = re.compile(
    r"^\s*(?:(?:by|von|par|por)\s|(?:автор(?:ы|и|ка)?|текст|журналіст(?:ка)?|корреспондент|بقلم|كتب|إعداد|تقرير|الكاتب|نویسنده"
    r"|yazan|yazar|haber|muhabir|autor(?:in|a|es)?|auteur|author|written by|reported by)\s*[:：]|بقلم\s)\s*",
    re.IGNORECASE,
)
_LINES = frozenset(
    {"p", "span", "div", "strong", "b", "em", "i", "small", "li", "td", "h3", "h4", "h5", "h6"}
)
_BYLINE_BELOW = 60  # elements below the headline in which a byline without a name of its own stands
_LONGEST_BYLINE = 1_000
_NEAR, _FAR = 150, 1_500  # elements below the headline: where most bylines stand, and where one may yet
_LONGEST_NAME, _MOST_WORDS, _MOST_NAMES = 60, 6, 20


@dataclass(frozen=True, slots=True)
class Outlet:
    """Whose page it is: its address, and the names under which the outlet may sign, also as `site_keys`."""

    url: str
    sites: tuple[str, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Credits:
    """Who signs a report: authors and agencies, each apart by ", ", or None."""

    author: str | None
    agency: str | None


def choose_credits(
    signals: Signals, linked: tuple[Node | None, tuple[Node, ...]], heading: Spot | None, outlet: Outlet
) -> Credits:
    """Return who wrote the report, and the agencies that it is credited to besides.

    Asked in turn are JSON-LD, the metas, the byline shown and the links to people's pages; the first that names a
    person ends the search. Where none does, the outlet is the author if the page shows it as its byline.
    """
    origins: tuple[Callable[[], list[tuple[str, bool]]], ...] = (
        lambda: _declared(*linked),
        lambda: _in_metas(signals),
        lambda: _in_bylines(signals, heading),
        lambda: _in_labelled(signals, heading),
        lambda: _in_links(signals, heading),
    )
    signed = _Signed([], [], [])
    for place, origin in enumerate(origins):
        for text, is_body in origin():
            signed.sort(split_names(text), outlet, is_body=is_body, is_shown=place >= _SHOWN)
        if signed.people:
            break
    # Another body says more than the outlet's own name.
    bodies = sorted(signed.bodies, key=lambda name: is_site(name, outlet.keys))[:1]
    author = ", ".join(_distinct(signed.people)[:_MOST_NAMES] or bodies)
    return Credits(author or None, _agency(signals, linked[0], heading, outlet, signed.agencies))


@dataclass(frozen=True, slots=True)
class _Signed:
    """Names that sign, sorted: persons, the outlet or another body, agencies."""

    people: list[str]
    bodies: list[str]
    agencies: list[str]

    def sort(self, found: list[str], outlet: Outlet, *, is_body: bool, is_shown: bool) -> None:
        """Add each name to its list; the outlet's own only counts where the page shows it."""
        for name in found:
            if agency := agency_named(name):
                self.agencies.append(agency)
            elif not is_body and not is_organisation(name, outlet.keys):
                self.people.append(name)
            elif is_shown or not is_site(name, outlet.keys):
                self.bodies.append(name)


def _agency(
    signals: Signals, article: Node | None, heading: Spot | None, outlet: Outlet, found: list[str]
) -> str | None:
    """Return the agencies in the bylines, `found`, else those that are named as the source; never the outlet."""
    found = others(found, outlet.url, outlet.sites)
    if not found:
        told = [name for key in _SOURCE_KEYS for name, _ in names(article or {}, key, ())]
        told += [value for key in _SOURCE_METAS for value in signals.metas.get(key, ())]
        found = others((agency for text in told for agency in agencies_in(text)), outlet.url, outlet.sites)
    if not found and heading is not None:
        found = others(_in_source_lines(signals, heading), outlet.url, outlet.sites)
    return ", ".join(found[:_MOST_AGENCIES]) or None


def _in_source_lines(signals: Signals, heading: Spot) -> list[str]:
    for spot in signals.near("source", heading, 10, _BYLINE_BELOW)[:_MOST_SOURCES]:
        if _NO_SOURCE.search(spot.label) or spot.tag in {"img", "figcaption", "picture"}:
            continue
        text = short_text(spot.element, 80)
        found = (sourced_agencies(text) or agencies_in(text)) if text else []
        if found and not set_aside(spot.element, heading.element):
            return found
    return []


def split_names(text: str) -> list[str]:
    """Return the names in a byline, without "by", job titles, addresses, handles and whatever is no name."""
    text = clean(text[:_LONGEST_BYLINE])
    if _NOT_A_NAME.search(text) and " " not in text:
        return []
    if _PICTURE.search(text):
        return []
    text = _BY.sub("", text)
    if "@" in text:
        text = _EMAIL.sub(" ", text)
    if "و" in text:
        text = _ARABIC_AND.sub(" و ", text)
    if surname_first := _SURNAME_FIRST.match(text):
        text = f"{surname_first[2]} {surname_first[1]}"
    parts = [
        _CREDENTIAL.sub("", _without_role(_BY.sub("", part))).strip(_TRIM) for part in _SPLIT.split(text)
    ]
    found = [part for part in parts if _is_name(part)]
    # What follows a full name or an agency as a single word is where they are ("Anna Sleegers, Frankfurt").
    full = any(" " in name or is_organisation(name) for name in found)
    return [name for name in found if " " in name or not full or not name.isascii() or is_organisation(name)]


def is_organisation(name: str, outlet: frozenset[str] = frozenset()) -> bool:
    """Return whether a name is an agency's, the outlet's own (its `site_keys`) or another body's, not a person's."""
    if agency_named(name) or _ORGANISATION.search(name) or is_site(name, outlet):
        return True
    first = fold(name.split(" ", 1)[0])
    return len(first) >= 2 and first in outlet


def _without_role(part: str) -> str:
    """Return "Staff Writer Ann Lee" as "Ann Lee"; a title alone, or one with more title behind, is as it was."""
    rest = _ROLES_BEFORE.sub("", part.strip(_TRIM))
    return rest if _is_full_name(rest) and not _ROLE.search(rest) else part


def _is_name(name: str) -> bool:
    if not 2 <= len(name) <= _LONGEST_NAME or len(name.split()) > _MOST_WORDS or _NOT_A_NAME.search(name):
        return False
    if not _FILLER.sub("", _BY.sub("", f"{name} ")):
        return False
    if not _ROLE.search(name):
        return True
    if name.casefold().startswith("special to"):
        return False
    return bool(_FILLER.sub("", _ROLE.sub("", name)) and _ORGANISATION.search(name))


def _declared(article: Node | None, nodes: tuple[Node, ...]) -> list[tuple[str, bool]]:
    if article is None:
        return []
    return [*names(article, "author", nodes)] or [*names(article, "creator", nodes)]


def _in_metas(signals: Signals) -> list[tuple[str, bool]]:
    for name in _METAS:
        values = signals.metas.get(name)
        if values and any(split_names(value) for value in values):
            return [(value, False) for value in values]
    return []


def _in_bylines(signals: Signals, heading: Spot | None) -> list[tuple[str, bool]]:
    """Return what the bylines near the headline say: the one most surely a byline alone."""
    for below in (_NEAR, _FAR):
        found = _best_byline(signals.near("author", heading, 40, below), heading)
        if found or heading is None:
            return [(found, False)] if found else []
    return []


def _best_byline(spots: list[Spot], heading: Spot | None) -> str | None:
    best: tuple[int, str] | None = None
    looked = 0
    for spot in spots:
        if spot.tag in {"button", "img", "input"} or _NO_BYLINE.search(spot.label):
            continue
        looked += 1
        if looked > 40:
            break
        text = short_text(spot.element, 120)
        if not text or set_aside(spot.element, heading.element if heading else None) or not split_names(text):
            continue
        sure = 2 * ("author" in spot.label.split()) + bool(_BY.match(text))
        if best is None or sure > best[0]:
            best = (sure, text)
    return best[1] if best else None


def _in_labelled(signals: Signals, heading: Spot | None) -> list[tuple[str, bool]]:
    """Return the names in a short line below the headline that begins like a byline ("Автор: Олена Петренко")."""
    if heading is None:
        return []
    for element in signals.between(heading.order + 1, heading.order + _BYLINE_BELOW):
        if element.tag not in _LINES or not _LABELLED.match((element.text or "")[:_LONGEST_NAME]):
            continue
        text = short_text(element, _LONGEST_NAME * 2)
        label = _LABELLED.match(text or "")
        found = split_names(text[label.end() :]) if text and label else []
        if found and all(map(_is_full_name, found)) and not set_aside(element, heading.element):
            return [(", ".join(found), False)]
    return []


def _is_full_name(name: str) -> bool:
    words = name.split()
    return 2 <= len(words) <= 4 and all(not word[0].islower() for word in words)


def _in_links(signals: Signals, heading: Spot | None) -> list[tuple[str, bool]]:
    """Return the names that link to a person's page of the outlet, near the headline."""
    if heading is None:
        return []
    found: list[tuple[str, bool]] = []
    for element in signals.between(heading.order - 40, heading.order + 120):
        if element.tag == "a" and _PERSON_PAGE.search(element.get("href") or ""):
            text = short_text(element, _LONGEST_NAME)
            if text and " " in text and not set_aside(element, heading.element):
                found.append((text, False))
    return found[:5]


def _distinct(found: Iterable[str]) -> list[str]:
    """Return the names once each, whatever their case, in the order given."""
    return list({fold(name): name for name in reversed(list(found))}.values())[::-1]
