"""Pages that hold no report, each for a reason: a stable word for statistics, and a sentence for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extraction.body.blocks import normal_space
from crawler.extraction.body.matching import words
from crawler.extraction.notices import asks_consent, notice
from crawler.extraction.page import Page

# Two short sentences: less is a heading or a caption that was taken for a report.
_MIN_CHARACTERS = 60
_MIN_WORDS = 8
# A page that says of itself that nothing was found says little else.
_MAX_NOTICE = 700
# One sentence: it may be all there is to a flash, or come with the pictures or the video that the page is for.
_MAX_SENTENCE = 160
# A listing: many links, each long enough for a headline, and hardly any prose.
_MIN_HEADLINES = 15
_MIN_HEADLINE = 25
_MAX_LISTING_CHARACTERS = 500
_LISTING_TYPES = frozenset({"collectionpage", "searchresultspage"})
# A page that calls itself a listing may have teasers as long as paragraphs: its headings are links, so many of them,
# and those of a report's page are not (but for the stories beside it).
_MIN_LINKED_HEADINGS = 6
_MOST_HEADINGS = 300
_LISTING_MARKS = frozenset({"archive", "category", "search-results", "author", "blog"})  # WordPress's words
_TAG_MARKS = frozenset({"tag", "tax-post_tag", "page-taxonomy"})
_REPORT_MARKS = frozenset(
    {"single", "single-post", "singular", "page-node-type-article", "node-type-article"}
)
_LISTING_PATH = re.compile(r"/(?:category|categories|author|authors|archives?|search)(?:/|$)", re.IGNORECASE)
_TAG_PATH = re.compile(
    r"/(?:tags?|topics?|keywords?|theme|themes|тег|теги|вс[её]-по-теме|وسم|برچسب|etiket)/[^/]+/?(?:page/\d+/?)?$",
    re.IGNORECASE,
)

# A teaser is no longer; a paragraph that is belongs to a report.
_MAX_TEASER = 600
_MAX_CLASS = 2_000
_MIN_PICTURES = 4
_MAX_CAPTIONS = 6_000
_MAX_TEXT = 1_000
_MOST_TEXTS = 40
_MOST_LINKS = 5_000
_MOST_FIGURES = 200
_SLIDER = re.compile(r"gallery|slider|slideshow|carousel|swiper|fotorama", re.IGNORECASE)
_GALLERY_TYPES = frozenset({"imagegallery", "mediagallery", "gallery"})
_GALLERY_PATH = re.compile(
    r"/(?:\w+-)?(?:gallery|galleries|photos?|photo-?gallery|fotos?|pictures|in-pictures|фото|صور|galerie?s?|album)(?:[/-]|$)",
    re.IGNORECASE,
)
_VIDEO_PATH = re.compile(r"/(?:videos?|watch|видео|відео|فيديو|vídeos?|vidéos?)(?:[/-]|$)", re.IGNORECASE)
_PLAYERS = re.compile(
    r"^(?:https?:)?//[\w.-]*(?:youtube(?:-nocookie)?\.com/embed|youtu\.be|vimeo\.com|dailymotion\.com|rumble\.com|brightcove|jwplatform|jwplayer"
    r"|ok\.ru/videoembed|vk\.com/video|rutube\.ru|aparat\.com|facebook\.com/plugins/video|streamable\.com|odysee\.com)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?؟。۔]['\"”»)]*\s+\S")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a page is no article: `reason` is one of the words of this module, `detail` a sentence."""

    reason: str
    detail: str


def rejection(
    page: Page, title: str | None, body: str, types: frozenset[str] = frozenset()
) -> Rejection | None:
    """Return why a page is no article, or None where it may well be one.

    `types`: what the page calls itself (og:type and JSON-LD types), lower-cased. Reasons: `soft_404`,
    `error_page`, `challenge`, `login_wall`, `consent_wall`, `gallery`, `video`, `tag`, `listing`, `empty`,
    `too_short`. Doubt speaks for the page: an alert of two sentences is an article, with a video or without.
    """
    if len(body) <= _MAX_NOTICE and (said := notice(page, title, body)):
        return Rejection(said[0], f"{page.url} {said[1]}")
    if asks_consent(body):
        return Rejection("consent_wall", f"{page.url} asks for consent before it shows anything")
    reason = _media(page, body, types) or _listing(page, body, types)
    if reason:
        return Rejection(reason, f"{page.url} {_SHAPES[reason]}")
    if not _LETTER.search(body):
        return Rejection("empty", f"{page.url} has no body text")
    if _is_tiny(body):
        return Rejection("too_short", f"{page.url} has only {len(body)} characters of body text")
    return None


def is_article(kind: str) -> bool:
    """Tell whether an og:type or a JSON-LD type, lower-cased, names some sort of article."""
    return kind.endswith(("article", "blogposting", "posting"))


_SHAPES = {
    "gallery": "shows pictures with their captions, and no report",
    "video": "shows a video, and no report",
    "tag": "is a list of the reports that share a tag",
    "listing": "is mostly a list of links to other pages",
}


def _is_tiny(text: str) -> bool:
    return len(text) < _MIN_CHARACTERS and len(words(text)) < _MIN_WORDS


def _is_one_sentence(text: str) -> bool:
    return len(text) <= _MAX_SENTENCE and not _SENTENCE_END.search(text)


def _media(page: Page, body: str, types: frozenset[str]) -> str | None:
    """Return "gallery" or "video" where that is what the page is for, and the text no more than its label."""
    if len(body) > _MAX_CAPTIONS:
        return None
    path = unquote(urlsplit(page.url).path)
    shows_pictures = bool(types & _GALLERY_TYPES or _GALLERY_PATH.search(path))
    if shows_pictures or len(body) < _MIN_CHARACTERS:
        captions, pictures = _pictures(page.tree, in_sliders=shows_pictures)
        prose = "\n".join(line for line in body.split("\n") if normal_space(line) not in captions)
        if pictures >= _MIN_PICTURES and (_is_tiny(prose) or (shows_pictures and _is_one_sentence(prose))):
            return "gallery"
    shows_video = any(kind.startswith("video") for kind in types) or bool(_VIDEO_PATH.search(path))
    if (shows_video and _is_one_sentence(body)) or _is_tiny(body):
        return "video" if _has_player(page.tree) else None
    return None


def _pictures(tree: HtmlElement, *, in_sliders: bool) -> tuple[set[str], int]:
    """Return the captions of a page's pictures, and how many pictures have one or, `in_sliders`, are in a gallery."""
    captions, count = set(), 0
    for figure in islice(tree.iter("figure"), _MOST_FIGURES):
        caption = next(figure.iter("figcaption"), None)
        text = _text(caption) if caption is not None else ""
        if text and next(figure.iter("img", "picture", "amp-img"), None) is not None:
            captions.add(text)
            count += 1
    if in_sliders and count < _MIN_PICTURES:
        holders = (
            node for node in tree.iter("div", "ul", "section") if _SLIDER.search(node.get("class") or "")
        )
        count = max((sum(1 for _ in holder.iter("img")) for holder in islice(holders, 3)), default=0)
    return captions, count


def _has_player(tree: HtmlElement) -> bool:
    if next(tree.iter("video", "amp-youtube"), None) is not None:
        return True
    return any(
        _PLAYERS.match(frame.get("src") or frame.get("data-src") or "")
        for frame in islice(tree.iter("iframe"), _MOST_FIGURES)
    )


def _listing(page: Page, body: str, types: frozenset[str]) -> str | None:
    """Return "listing" or "tag" where a page holds links to reports, with teasers perhaps, and none itself."""
    if any(is_article(kind) for kind in types):
        return None
    path = unquote(urlsplit(page.url).path)
    marks = _marks(page.tree)
    is_tag = bool(marks & _TAG_MARKS or _TAG_PATH.search(path))
    is_marked = is_tag or bool(types & _LISTING_TYPES or marks & _LISTING_MARKS or _LISTING_PATH.search(path))
    longest = max(map(len, body.split("\n")))
    if len(body) <= _MAX_LISTING_CHARACTERS:
        is_listing = bool(types & _LISTING_TYPES) or (
            longest < 2 * _MIN_CHARACTERS and _headlines(page.tree) >= _MIN_HEADLINES
        )
    else:
        is_listing = False
    if not is_listing and is_marked and not marks & _REPORT_MARKS and longest <= _MAX_TEASER:
        is_listing = _linked_headings(page.tree) >= _MIN_LINKED_HEADINGS
    return ("tag" if is_tag else "listing") if is_listing else None


def _marks(tree: HtmlElement) -> frozenset[str]:
    body = tree.find("body")
    names = (body.get("class") or "")[:_MAX_CLASS] if body is not None else ""
    return frozenset(names.lower().split())


def _headlines(tree: HtmlElement) -> int:
    texts = (_text(link) for link in islice(tree.iter("a"), _MOST_LINKS))
    return len({text for text in texts if len(text) >= _MIN_HEADLINE})


def _linked_headings(tree: HtmlElement) -> int:
    """Return how many headings are links to something else, by their different texts."""
    return len(
        {
            _text(heading)
            for heading in islice(tree.iter("h2", "h3", "h4"), _MOST_HEADINGS)
            if heading.getparent().tag == "a" or next(heading.iter("a"), None) is not None
        }
    )


def _text(element: HtmlElement) -> str:
    """Return the beginning of an element's text: elements that nobody closed hold all that follows."""
    return normal_space("".join(text[:_MAX_TEXT] for text in islice(element.itertext(), _MOST_TEXTS)))
