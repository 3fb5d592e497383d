"""Which links of a site that nobody has described are reports: by their shape, their place and their company.

Points for and against, added up. The weights were set on the addresses of some hundred news sites' pages, and on
the links of those pages; the catalogue's examples were kept for the test.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from archive.urls import Identity, canonical_url
from crawler.discovery.rules import LinkKind, Verdict
from crawler.discovery.traps import MAX_URL, trap
from crawler.discovery.unknown.anchors import Anchor
from crawler.discovery.unknown.hosts import SiteHosts
from crawler.discovery.unknown.segments import DATES, Kind, Segment, Shape, canonical_shape, shape_of

ENOUGH = 3.0  # points that make a link a report
_LITTLE = 0.5  # at most so many make it surely none
_NEVER = -20.0  # against a trap, by its shape


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What follows such a segment is a collection, whatever it's called.
_COLLECTIONS = _words(
    "tag tags tagged category categories cat author authors auteur auteurs autor autores yazar yazarlar topic topics"
    " label labels keyword keywords writer writers journalist journalists contributor contributors columnist profile"
    " profiles user users member members people person staff search product products shop store forum forums"
    " etiqueta etiquetas etiquette categorie categoria kategori kategoria etiket taxonomy term terms hashtag series"
    " event events wp-content wp-json wp-admin wp-includes cdn-cgi تصنيف وسم كاتب الكاتب قسم برچسب рубрика рубрики"
    " категория тег теги автор авторы категорія"
)
# Pages that a site has once.
_SINGLE = re.compile(
    r"(?:index|home|default|main|start|front-?page|about(?:us)?|contacts?|contactus|team|our-(?:team|people|staff|story|mission)|imprint"
    r"|impressum|legal|careers?|jobs|vacanc(?:y|ies)|donate|donation|support(?:-us)?|faqs?|help|site-?map|archives?"
    r"|newsletters?|podcasts?|live|weather|horoscopes?|rss|apps?|mobile|advertis\w*|corrections?|feedback|who-we-are"
    r"|what-we-do|(?:join|follow|write-for|work-with)-us|sponsors?|partners?|membership|من-نحن|اتصل-بنا|о-нас|контакты)"
    r"|(?:about|contact|advertise|donate|hire|pitch)[-_](?:us|our|the|you|with)\b.*"
    r"|.*(?:privacy|cookies?|editorial|ethics|comments?|corrections?)[-_](?:policy|policies|notice|statement|settings"
    r"|guidelines|standards)\b.*|terms[-_](?:of|and)[-_].*|code-of-(?:ethics|conduct).*|copyright.*|disclaimer.*",
    re.IGNORECASE,
)
_FRONT = re.compile(
    r"index|home|default|main|start", re.IGNORECASE
)  # index.php?id=12 is what many small sites have
_SCRIPTS_OF_LISTS = re.compile(
    r"(?:cat(?:egory|egories|s)?|sections?|tags?|authors?|archives?|list|listing|browse|rubrique|mot|auteur"
    r"|search|gallery|albums?|polls?|users?|profile|topics?)\w{0,3}",
    re.IGNORECASE,
)
_ID_NAME = re.compile(
    r"(?:p|n|a|id|nid|aid|sid|no|num|news|newsid|story|article|art|post|item|content|entry|doc|show|read|view|key|uid"
    r"|\w*[-_]?id|id[-_]?\w+)",
    re.IGNORECASE,
)
_LIST_NAME = re.compile(
    r"(?:cat|cats|category|cat_?id|categoryid|page|paged|pg|page_?id|pageno|start|offset|limit|section|sec|section_?id|tag"
    r"|tag_?id|author|author_?id|user_?id|lang|language|lng|year|month|day|date|m|menu|menu_?id|itemid|sort|order|rubrique"
    r"|mot|auteur|topic|topic_?id|view_mode|archive|tab|refer\w*|poll_?id|img_?id|photo_?id|album_?id|ads?_?id|banner_?id)",
    re.IGNORECASE,
)
_LETTER_AND_NUMBER = re.compile(r"[^\W\d_]{1,2}[-_]\d+")
_ONE_NUMBER = re.compile(r"=?\d{1,12}(?::[^&]*)?", re.ASCII)  # Joomla writes id=123:slug


@dataclass(frozen=True, slots=True)
class Points:
    """What speaks for (above 0) or against a link's being a report, and why, in words."""

    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link with its score, and the reasons for it.

    is_refused: it's a trap, no web address or the front page: never a report, whatever leads there.
    """

    url: str
    score: float
    reasons: tuple[str, ...]
    is_refused: bool = False

    @property
    def is_article(self) -> bool:
        """Tell whether it's likely enough a report."""
        return self.score >= ENOUGH

    @property
    def is_other(self) -> bool:
        """Tell whether it's surely none."""
        return self.score <= _LITTLE


def judge(url: str) -> Candidate:
    """Return what a URL's shape alone says of it. Never raises: what is no URL, or a trap, scores below 0."""
    try:
        points = (
            _points(canonical_url(url)) if len(url) <= MAX_URL else [Points(_NEVER, "a trap (trap-depth)")]
        )
    except ValueError:
        points = [Points(_NEVER, "not a web address")]
    return _candidate(url, points)


def _points(canonical: str) -> list[Points]:
    caught = trap(canonical)
    return [Points(_NEVER, f"a trap ({caught})")] if caught else _by_shape(canonical_shape(canonical))


def is_single(url: str) -> bool:
    """Tell whether a URL is that of a page that a site has once, such as /about-us/. Raises ValueError for no URL."""
    last = shape_of(url).last
    return last is not None and _SINGLE.fullmatch(unquote(last.text)) is not None


def candidates(pages: Sequence[Sequence[Anchor]], listed: Collection[str] = ()) -> list[Candidate]:
    """Return every link of some pages of one site, the likeliest reports first.

    pages: each page's links; a link on most of three pages or more is navigation. listed: what feeds and news
    sitemaps list, which are reports whatever they look like, unless they are traps.
    """
    seen = Counter(url for page in pages for url in {anchor.url for anchor in page})
    anchors: dict[str, Anchor] = {}
    for anchor in (anchor for page in pages for anchor in page):
        kept = anchors.get(anchor.url)
        if kept is None or len(anchor.words) > len(kept.words):
            anchors[anchor.url] = anchor
    families = _families([*anchors, *(url for url in listed if url not in anchors)])
    found = []
    for url in dict.fromkeys((*anchors, *listed)):
        company = _of_company(families.get(url, 0), _share(seen[url], len(pages)), is_listed=url in listed)
        found.append(_in_context(judge(url), anchors.get(url), company))
    return sorted(found, key=lambda candidate: -candidate.score)


@dataclass(frozen=True, slots=True)
class ShapeRules:
    """Rules for the links of a site that has no article pattern, with the interface of `rules.LinkRules`."""

    hosts: SiteHosts
    learned: re.Pattern[str] | None = None
    identity: Identity = field(default_factory=Identity)

    def verdict(self, url: str) -> Verdict:
        """Return what an absolute URL is: a trap to refuse, a report by its shape, or neither. Never raises."""
        if len(url) > MAX_URL:
            return Verdict(kind=LinkKind.REFUSED, rule="trap-depth")
        try:
            canonical = canonical_url(url)
            caught = trap(canonical)
        except ValueError:
            return Verdict(kind=LinkKind.REFUSED, rule="not-http")
        if caught:
            return Verdict(kind=LinkKind.REFUSED, rule=caught, url=canonical)
        if not self.hosts.owns(canonical) or not self._is_report(canonical):
            return Verdict(kind=LinkKind.OTHER, url=canonical)
        return Verdict(kind=LinkKind.ARTICLE, url=canonical, key=self.identity.key_of(canonical))

    def _is_report(self, canonical: str) -> bool:
        if self.learned is not None and self.learned.search(canonical):
            return True
        return _candidate(canonical, _by_shape(canonical_shape(canonical))).is_article


def shape_rules(homepage: str, pattern: str | None = None) -> ShapeRules:
    """Return the rules for the site whose homepage is at `homepage`; raises ValueError for what is no URL.

    pattern: a regular expression of reports' addresses that was learned since, if there is one.
    """
    home = (urlsplit(homepage).hostname or "").removeprefix("www.")
    return ShapeRules(SiteHosts.of(homepage), re.compile(pattern) if pattern else None, Identity((home,)))


def _candidate(url: str, points: Iterable[Points]) -> Candidate:
    kept = [each for each in points if each.score]
    kept.sort(key=lambda each: -abs(each.score))
    is_refused = any(each.score <= _NEVER for each in kept)
    return Candidate(url, sum(each.score for each in kept), tuple(each.reason for each in kept), is_refused)


# -- the shape --------------------------------------------------------------------------------------------------


def _by_shape(shape: Shape) -> list[Points]:
    identity = _of_query(shape)
    if not shape.segments and not any(points.score > 0 for points in identity):
        return [*identity, Points(_NEVER, "the front page")]
    points = [*identity, *_of_collections(shape), *_of_dates(shape)]
    last = shape.last
    text = unquote(last.text) if last else ""
    by_query = bool(identity) and identity[0].score > 0
    if _SINGLE.fullmatch(text) and not DATES & set(shape.kinds) and not (by_query and _FRONT.fullmatch(text)):
        return [*points, Points(-6, f"a page that a site has once ({text[:40]})")]
    if last is None or by_query:
        return points
    return [*points, *_of_last(last, shape)]


def _of_dates(shape: Shape) -> list[Points]:
    kinds = shape.kinds
    dated = [kind for kind in kinds if kind in DATES]
    if not dated:
        return []
    if kinds[-1] in DATES or (kinds[-1] is Kind.LANGUAGE and kinds[-2:-1] and kinds[-2] in DATES):
        return [Points(-5, "a date with nothing after it: an archive page")]
    if Kind.DATE in dated or len(dated) >= 3:
        return [Points(3, "a day in the path")]
    return [Points(2.5, "a month in the path") if len(dated) == 2 else Points(0.5, "a year in the path")]


def _of_last(last: Segment, shape: Shape) -> list[Points]:
    before = shape.segments[: shape.segments.index(last)]
    if last.words() == 1 and before and before[-1].kind in {Kind.SLUG_ID, Kind.ID_SLUG}:
        last = before[-1]  # /the-report-1019241/artikel
    ids = [segment for segment in (*before, last) if segment.kind in {Kind.NUMBER, Kind.PREFIX_ID}]
    points = [_of_number(ids[-1])] if ids else []
    if last.kind in {Kind.ID_SLUG, Kind.SLUG_ID}:
        points += _of_joined(last, before)
    elif last.kind is Kind.CODE:
        points.append(Points(3.0 if len(last.text) >= 12 else 2.0, "a code as its name"))
    elif last.kind is Kind.SLUG:
        points.append(_of_slug(last, last.words()))
    elif last.kind in {Kind.WORD, Kind.LANGUAGE} and not ids:
        points.append(Points(-2, "one word: a section"))
    if shape.ending.lower().startswith((".htm", ".shtm")) and points and points[0].score > 0:
        points.append(Points(0.5, f"ends in {shape.ending}"))
    return points


def _of_joined(last: Segment, before: tuple[Segment, ...]) -> list[Points]:
    if (
        _LETTER_AND_NUMBER.fullmatch(last.text) and before
    ):  # /the-slug/a-65197833, where /impressum/a-15718489 is too
        return [Points(2, "a number"), _of_slug(before[-1], before[-1].words())]
    return [Points(3, "a number joined to its slug"), _of_slug(last, last.words() - 1)]


def _of_number(segment: Segment) -> Points:
    digits = len(re.sub(r"\D", "", segment.text))
    if digits >= 4:
        return Points(3, f"a number of {digits} digits")
    return Points(2 if digits == 3 else 0.5, f"a short number ({segment.text[:20]})")


def _of_slug(segment: Segment, words: int) -> Points:
    length = len(unquote(segment.text))
    score = {0: 0.0, 1: 0.0, 2: 0.5, 3: 1.5 + (length >= 22), 4: 3.0}.get(words, 4.0)
    return Points(score, f"a slug of {words} words")


def _of_collections(shape: Shape) -> list[Points]:
    named = [unquote(segment.text).lower() for segment in shape.segments]
    points = [Points(-6, f"under /{name}/") for name in named[:-1] if name in _COLLECTIONS][:1]
    if named and named[-1] in _COLLECTIONS:
        points.append(Points(-6, f"named {named[-1]}"))
    if len(named) > 1 and named[-2] in {"page", "pagina", "p"} and shape.kinds[-1] is Kind.NUMBER:
        points.append(Points(-8, "a page of a listing"))
    return points


def _of_query(shape: Shape) -> list[Points]:
    """Return what the query says. Its identity, if it has one, comes first."""
    script = unquote(shape.segments[-1].text) if shape.segments and shape.ending else ""
    points = (
        [Points(-6, f"a script that lists ({script})")]
        if script and _SCRIPTS_OF_LISTS.fullmatch(script)
        else []
    )
    numbers = [(name, value.strip("=")) for name, value in shape.query if _ONE_NUMBER.fullmatch(value)]
    ids = [
        (name, value)
        for name, value in numbers
        if _ID_NAME.fullmatch(name) and not _LIST_NAME.fullmatch(name)
    ]
    if ids:
        name, value = ids[0]
        digits = len(value.partition(":")[0])
        points.insert(
            0, Points(4.0 if digits >= 3 else 1.0 + digits, f"an id in the query ({name}={value[:20]})")
        )
    elif any(_LIST_NAME.fullmatch(name) for name, _ in shape.query):
        points.append(Points(-4, "its query asks for a list"))
    return points


# -- the company ------------------------------------------------------------------------------------------------


def _families(urls: Iterable[str]) -> dict[str, int]:
    """Return how many of the URLs have the shape of each."""
    shapes: dict[str, tuple[object, ...]] = {}
    for url in urls:
        try:
            shape = shape_of(url)
        except ValueError:
            continue
        shapes[url] = (shape.host, *shape.family)
    counts = Counter(shapes.values())
    return {url: counts[family] for url, family in shapes.items()}


def _share(seen: int, pages: int) -> float:
    return seen / pages if pages >= 3 else 0.0


def _of_company(family: int, share: float, *, is_listed: bool) -> list[Points]:
    points = [Points(5, "a feed or news sitemap lists it")] if is_listed else []
    if share > 0.6:
        points.append(Points(-3, f"linked from {share:.0%} of the pages: navigation"))
    if family >= 5:
        points.append(Points(0.5, f"one of {family} links of this shape"))
    return points


def _in_context(by_shape: Candidate, anchor: Anchor | None, company: list[Points]) -> Candidate:
    if by_shape.is_refused:
        return by_shape
    points = company + (_of_anchor(anchor) if anchor is not None else [])
    score = by_shape.score + sum(each.score for each in points)
    return Candidate(by_shape.url, score, (*by_shape.reasons, *(each.reason for each in points)))


def _of_anchor(anchor: Anchor) -> list[Points]:
    points = []
    count = len(anchor.words.split())
    if anchor.place in {"nav", "header", "footer"}:
        # a menu may tease reports, in so many words
        points.append(Points(-2.5 if count < 5 else -1.5, f"stands in the page's {anchor.place}"))
    if count >= 4:
        points.append(Points(1.0, f"{count} words as its text"))
    elif 0 < count <= 2 and not anchor.is_heading:
        points.append(Points(-0.5, "a word or two as its text"))
    if anchor.is_heading and anchor.place not in {"nav", "header", "footer"}:
        points.append(Points(1.0, "a headline"))
    return points
