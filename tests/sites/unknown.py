"""Sites that no catalogue knows, each of another make: what a survey of them meets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from tests.sites.awkward import Answer, Page, Site, report, rss, sitemap

PLACES = (
    "saraqeb",
    "idlib",
    "kherson",
    "omdurman",
    "mocha",
    "goma",
    "hama",
    "sumy",
    "taiz",
    "bunia",
    "homs",
    "kupiansk",
)
ABOUT = ("about-us", "contact-us", "privacy-policy", "terms-of-use")
ARABIC = ("قصف-جوي-على-سوق-في-سراقب", "مقتل-خمسة-مدنيين-في-ريف-إدلب", "اشتباكات-عنيفة-غرب-مدينة-حماة",
          "نزوح-آلاف-العائلات-من-الخرطوم", "غارة-على-مستشفى-في-مدينة-تعز", "الأمم-المتحدة-تحذر-من-مجاعة-وشيكة")  # fmt: skip


def page(*blocks: str, head: str = "", language: str = "en") -> Answer:
    """Return a page of the blocks."""
    body = "".join(blocks)
    return Answer(
        f"<!doctype html><html lang={language}><head>{head}</head><body>{body}</body></html>".encode()
    )


def nav(*links: tuple[str, str]) -> str:
    """Return a menu of (address, words)."""
    inner = "".join(f'<a href="{href}">{words}</a> ' for href, words in links)
    return f"<nav>{inner}</nav>"


def teasers(links: Iterable[tuple[str, str]]) -> str:
    """Return headlines of (address, words)."""
    inner = "".join(f'<h2><a href="{href}">{words}</a></h2>' for href, words in links)
    return f"<main>{inner}</main>"


def footer() -> str:
    """Return what stands at the end of every page."""
    inner = "".join(f'<a href="/{name}/">{name}</a>' for name in ABOUT)
    return f"<footer>{inner}</footer>"


def dated() -> Iterator[tuple[str, str]]:
    """Yield paths of reports as WordPress makes them, with headlines."""
    for day, place in enumerate(PLACES, start=10):
        yield (
            f"/2026/01/{day}/shelling-of-{place}-kills-{day}-civilians/",
            f"Shelling of {place} kills {day} civilians",
        )


def wordpress(site: Site) -> dict[str, Page]:
    """A site that has everything, a feed of comments and links of a calendar among it."""
    news = list(dated())
    feed = rss(*((site.url + path, datetime(2026, 1, int(path[9:11]), tzinfo=UTC)) for path, _ in news[2:]))
    comments = rss(*((f"{site.url}{path}#comment-{number}", None) for number, (path, _) in enumerate(news)))
    declared = (
        '<link rel="alternate" type="application/rss+xml" title="Front Line Review &raquo; Feed" href="/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Front Line Review &raquo; Comments Feed" href="/comments/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Talk" href="/talk.xml">'
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'
        '<meta property="og:site_name" content="Front Line &quot;Review&quot;">'
    )
    menu = nav(("/", "Home"), ("/category/syria/", "Syria"), ("/category/long-reads-from-all-fronts/", "Long reads"),
               ("/calendar/2026/01/", "Calendar"), ("/2026/01/", "January"))  # fmt: skip
    children = (f"{site.url}/wp-sitemap-taxonomies-tag-1.xml", f"{site.url}/wp-sitemap-posts-post-1.xml")
    index = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in children)
    return {
        "/robots.txt": Answer(
            f"User-agent: *\nSitemap: {site.url}/wp-sitemap.xml\n".encode(), content_type="text/plain"
        ),
        "/": page(menu, teasers(news), footer(), head=declared),
        "/feed/": feed,
        "/comments/feed/": comments,
        "/talk.xml": comments,
        "/wp-sitemap.xml": Answer(f"<sitemapindex>{index}</sitemapindex>".encode(), content_type="text/xml"),
        "/wp-sitemap-taxonomies-tag-1.xml": sitemap((f"{site.url}/tag/idlib/", None)),
        "/wp-sitemap-posts-post-1.xml": sitemap(*((site.url + path, "2026-01-21") for path, _ in news)),
        **{path: Answer(report(words, published=f"2026-01-{path[9:11]}T10:00:00Z")) for path, words in news},
    }


def old_php(_: Site) -> dict[str, Page]:
    """A site of scripts, whose reports are told apart by their ids, and that declares nothing."""
    news = [(f"/news/newse.php?nid={5600 + number}", f"Shelling of {place} kills civilians at dawn")
            for number, place in enumerate(PLACES)]  # fmt: skip
    menu = nav(
        ("/", "Home"),
        ("/news/cat.php?id=1", "Yemen"),
        ("/news/cat.php?id=2", "Aden"),
        ("/aboutus.php", "About us"),
    )
    listed = {
        f"/news/cat.php?id={number}": page(menu, teasers(news[number::2]), footer()) for number in (1, 2)
    }
    return {
        "/": page(menu, teasers(news[:8]), footer()),
        **listed,
        **{path: Answer(report(words)) for path, words in news},
    }


def arabic(_: Site) -> dict[str, Page]:
    """A site whose addresses are Arabic, percent-encoded in half of its links."""
    news = [
        (f"/{quote(slug) if number % 2 else slug}", slug.replace("-", " "))
        for number, slug in enumerate(ARABIC)
    ]
    menu = nav(
        ("/", "الرئيسية"), ("/سوريا", "سوريا"), ("/من-نحن", "من نحن"), ("/وسم/إدلب-الآن-في-صور-جديدة", "إدلب")
    )
    body = "<p>قتل خمسة مدنيين وأصيب عشرة آخرون بجروح في قصف جوي استهدف سوقا شعبيا في مدينة سراقب بريف إدلب يوم السبت.</p>"
    pages = {f"/{quote(slug)}": page(f"<article><h1>{slug.replace('-', ' ')}</h1>{body * 3}</article>", language="ar")
             for slug in ARABIC}  # fmt: skip
    return {"/": page(menu, teasers(news), language="ar"), **pages}


def only_a_homepage(_: Site) -> dict[str, Page]:
    """A site of one page that links to its reports, and to a calendar without an end."""
    news = [
        (f"/story/{40_000 + number}", f"A market in {place} was hit by a shell")
        for number, place in enumerate(PLACES)
    ]
    calendar = [(f"/calendar/2026/{month:02}/", "Next month") for month in range(1, 13)]
    return {
        "/": page(teasers(news), teasers(calendar), footer(), head="<title>The Post of the Valley</title>"),
        **{path: Answer(report(words)) for path, words in news},
    }


def nothing(_: Site) -> dict[str, Page]:
    """A site without any report."""
    return {"/": page(nav(("/", "Home"), ("/shop/", "Shop")), footer())}


MAKES = {make.__name__: make for make in (wordpress, old_php, arabic, only_a_homepage, nothing)}
