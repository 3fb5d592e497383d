"""Who wrote a report: names of people, or of the agency or outlet where no person is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from crawler.extraction.dates.months import fold
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
    r"\s*(?:[;|/•·\n]|,\s*(?:and|und|et|y|e)\s|,|&|\s(?:and|und|et|y|и|та|i|ve|og|och|en|a|mit|with)\s|\sو\s|،|、|－)\s*",
    re.IGNORECASE,
)
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
    r"корреспондент\S*|редакция|редактор\S*|журналист\S*|редакція|muhabir\w*|editör\w*|haber merkezi|"
    r"photographer|freelance\w*|special to|updated|published|minutes?|read|follow|unknown|anonymous|n/?a|null|none|"
    r"undefined|share|email|twitter|facebook|subscribe|comments?)\b|محرر|مراسل|التحرير|هيئة|كاتب|صحفي|تحریریه|記者|编辑|責任編集",
    re.IGNORECASE,
)
_FILLER = re.compile(r"\b(?:by|the|our|from|of|in|and|for|web|news|online)\b|[\W\d_]", re.IGNORECASE)
_AGENCIES = frozenset(
    fold(name)
    for name in (
        "AFP", "AP", "Associated Press", "The Associated Press", "Reuters", "dpa", "dpa-infocom", "APA", "SID", "epd", "KNA",
        "EFE", "ANSA", "Agence France-Presse", "Anadolu", "Anadolu Ajansı", "Anadolu Agency", "AA", "DHA", "İHA", "TASS",
        "ТАСС", "РИА Новости", "Интерфакс", "Interfax", "Xinhua", "Kyodo", "PA", "PA Media", "Press Association", "UPI",
        "Bloomberg", "CNN", "BBC", "SANA", "سانا", "WAFA", "وفا", "AFP Deutschland", "Deutsche Presse-Agentur", "رويترز",
        "ا ف ب", "أ ف ب", "فرانس برس", "الأناضول", "وكالات", "Agencies", "Укрінформ", "Ukrinform", "PAP", "ČTK", "CTK",
        "Belga", "ANP", "NTB", "TT", "Ritzau", "Lusa", "AAP", "PTI", "ANI", "IANS",
    )
)  # fmt: skip
_ORGANISATION = re.compile(
    r"\b(?:news|agency|agencies|agentur|agence|agencia|press|media|tv|radio|online|times|post|staff|redaktion\w*|desk|"
    r"newsroom|team|group|network|council|ministry|service|magazine|journal|daily|herald|institute|foundation|"
    r"\w+\.(?:com|de|net|org|be|fr|nl|tr|ru|at|ch|tv|info|co\.uk))\b|وكالة|صحيفة|قناة|агентство|新聞|日報|通信",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(
    r"\s*[\(\[][^)\]]{0,60}[\)\]]|\s+[–—-]\s+.*$|\s+(?:for|in|at|aus|in)\s+[A-Z].*$|\s*@\w+"
)
_TRIM = " \t-–—:,.;\"'|*•"
_LONGEST_BYLINE = 1_000
_LONGEST_NAME, _MOST_WORDS, _MOST_NAMES = 60, 6, 20


def choose_author(
    signals: Signals,
    article: Node | None,
    nodes: tuple[Node, ...],
    heading: Spot | None,
    sites: Iterable[str],
) -> str | None:
    """Return the authors joined by "; ", people only where there is one, else an agency or outlet, else None.

    Asked in turn are JSON-LD, the metas and the byline shown; the first that names a person ends the search.
    """
    sites = tuple(sites)
    organisations: list[str] = []
    origins: tuple[Callable[[], list[tuple[str, bool]]], ...] = (
        lambda: _declared(article, nodes),
        lambda: _in_metas(signals),
        lambda: _in_bylines(signals, heading),
        lambda: _in_links(signals, heading),
    )
    for origin in origins:
        people: list[str] = []
        for text, organisation in origin():
            for name in split_names(text):
                known = organisation or is_organisation(name, sites)
                (organisations if known else people).append(name)
        if people:
            return "; ".join(_distinct(people)[:_MOST_NAMES])
    organisations.sort(
        key=lambda name: is_site(name, sites)
    )  # a wire agency says more than the outlet's own name
    return organisations[0] if organisations else None


def split_names(text: str) -> list[str]:
    """Return the names in a byline, without "by", job titles, addresses, handles and whatever is no name."""
    text = clean(text[:_LONGEST_BYLINE])
    if _NOT_A_NAME.search(text) and " " not in text:
        return []
    if _PICTURE.search(text):
        return []
    parts = [_CREDENTIAL.sub("", _BY.sub("", part)).strip(_TRIM) for part in _SPLIT.split(_BY.sub("", text))]
    found = [part for part in parts if _is_name(part)]
    # What follows a full name or an agency as a single word is where they are ("Anna Sleegers, Frankfurt").
    full = any(" " in name or is_organisation(name, ()) for name in found)
    return [
        name for name in found if " " in name or not full or not name.isascii() or is_organisation(name, ())
    ]


def is_organisation(name: str, sites: Iterable[str]) -> bool:
    """Return whether a name is an agency's, the outlet's own or another body's rather than a person's."""
    if fold(name) in _AGENCIES or _ORGANISATION.search(name) or is_site(name, sites):
        return True
    first = fold(name.split(" ", 1)[0])
    return len(first) >= 2 and any(first == fold(site) for site in sites)


def _is_name(name: str) -> bool:
    if not 2 <= len(name) <= _LONGEST_NAME or len(name.split()) > _MOST_WORDS or _NOT_A_NAME.search(name):
        return False
    if not _FILLER.sub("", _BY.sub("", f"{name} ")):
        return False
    if not _ROLE.search(name):
        return True
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
    best: tuple[int, str] | None = None
    looked = 0
    for spot in signals.spots["author"]:
        if heading is not None and not -40 <= spot.order - heading.order <= 1500:
            continue
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
    return [(best[1], False)] if best else []


def _in_links(signals: Signals, heading: Spot | None) -> list[tuple[str, bool]]:
    """Return the names that link to a person's page of the outlet, near the headline."""
    if heading is None:
        return []
    found: list[tuple[str, bool]] = []
    for element in signals.elements[max(0, heading.order - 40) : heading.order + 120]:
        if element.tag == "a" and _PERSON_PAGE.search(element.get("href") or ""):
            text = short_text(element, _LONGEST_NAME)
            if text and " " in text and not set_aside(element, heading.element):
                found.append((text, False))
    return found[:5]


def _distinct(found: Iterable[str]) -> list[str]:
    """Return the names once each, whatever their case, in the order given."""
    return list({fold(name): name for name in reversed(list(found))}.values())[::-1]
