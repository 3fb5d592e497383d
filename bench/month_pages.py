"""What the sites of the virtual month send: reports, listings, feeds, sitemaps and robots.txt, with their traps.

Pages are much smaller than those of bench/generate.py, since a month has some ten thousand of them, but made in
the same manner: navigation, byline, share and vote links, a comment form, related stories, a calendar.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from bench.month_world import MAX_PAGES, Report, Site, Trouble, feed_path, listing_path, sitemap_path


def _list(words: str) -> list[str]:
    return words.split()


_WORDS = _list(
    "the of in to and for on after near with from by at over during against between about since before "
    "under airstrike shelling artillery drone rocket mortar convoy checkpoint village town city "
    "district border crossing hospital school market bridge camp road river valley hill airport "
    "civilians residents families children farmers doctors teachers drivers rescuers soldiers officials "
    "witnesses monitors envoys ministers killed wounded displaced detained released evacuated reported "
    "confirmed denied warned accused announced agreed refused reached entered left returned opened "
    "closed damaged destroyed repaired talks ceasefire agreement statement aid food water power fuel "
    "medicine shelter several dozens two three seven eleven early late morning evening night week month "
    "local regional northern southern eastern western overnight"
)
_PLACES = [
    "Darun",
    "Velmeh",
    "Karsout",
    "Ostriv",
    "Lomako",
    "Tazrin",
    "Minjur",
    "Sefidkuh",
    "Pavlyne",
    "Nyaruk",
]
# In the path or the query of every trap that these sites set; no honest address of theirs has one of these.
TRAP = re.compile(
    r"/(?:like|vote|reply|print|share|login|search|calendar)(?:[/?]|$)"
    r"|[?&](?:replytocom|share|print|s|PHPSESSID|vote)="
)
_NAME = re.compile(r"\(report (s\d+-\d+)\)")


def name_of(site: Site, report: Report) -> str:
    """Return the words by which a report is known wherever it appears."""
    return f"{site.id}-{report.number}"


def names_in(text: str) -> list[str]:
    """Return the names of the reports in a title."""
    return _NAME.findall(text)


def edition(site: Site, report: Report, version: int) -> str:
    """Return the sentence that only this version of a report has."""
    return f"This is edition {version} of the report {name_of(site, report)}, as the desk has it."


def title_of(site: Site, report: Report) -> str:
    """Return a report's headline."""
    rng = random.Random(f"title-{site.id}-{report.number}")
    words = " ".join(rng.choices(_WORDS, k=7)).capitalize()
    return f"{words} in {rng.choice(_PLACES)} (report {name_of(site, report)})"


def report_page(site: Site, report: Report, now: datetime) -> bytes:
    """Return a report's page as it stands now."""
    base = f"http://{site.current_host(now)}"
    path, title = site.path(report, now), title_of(site, report)
    paragraphs = "\n".join(f"<p>{text}</p>" for text in paragraphs_of(site, report, report.version(now)))
    if site.has(Trouble.SHELL, now):
        title, paragraphs = site.id, ""
    when, stamp = report.published, f"{report.published:%Y-%m-%dT%H:%M:%SZ}"
    if site.has(Trouble.REDESIGN, now):
        main = (
            f'<div class="x7"><div class="x8"><span class="kicker">{when:%d %B %Y, %H:%M} UTC</span><h1>{title}</h1>'
            f'<div class="x9">{paragraphs}</div></div>{_actions(base, path, report)}</div>'
        )
        meta = f'<meta name="date" content="{stamp}">'
    else:
        main = (
            f'<article class="post"><h1 class="entry-title">{title}</h1><p class="byline">By <a rel="author" '
            f'href="/author/desk">Our Desk</a> <time datetime="{stamp}">{when:%d %B %Y, %H:%M}</time></p>'
            f'<div class="entry-content">{paragraphs}</div>{_actions(base, path, report)}</article>'
        )
        meta = (
            f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
            f'<meta property="article:published_time" content="{stamp}">'
        )
    head = f'{meta}<link rel="canonical" href="{base}{escape(path)}">'
    rng = random.Random(f"page-{site.id}-{report.number}")
    related = _links(site, rng.sample(site.reports, min(6, len(site.reports))), now)
    return _page(site, title, f"{main}<aside><h2>Related stories</h2><ul>{related}</ul></aside>", head, now)


def paragraphs_of(site: Site, report: Report, version: int) -> list[str]:
    """Return a report's text: what every version has, then what this one says of itself."""
    rng = random.Random(f"text-{site.id}-{report.number}")
    texts = [" ".join(_sentence(rng) for _ in range(rng.randint(2, 4))) for _ in range(rng.randint(4, 9))]
    return [*texts, f"{edition(site, report, version)} {_sentence(rng)}"]


def _sentence(rng: random.Random) -> str:
    return f"{' '.join(rng.choices(_WORDS, k=rng.randint(8, 20))).capitalize()} in {rng.choice(_PLACES)}."


def _actions(base: str, path: str, report: Report) -> str:
    """Return what readers may do with a report: votes, comments, sharing, printing. All of it is a trap."""
    mark = "&amp;" if "?" in path else "?"
    bare = path.partition("?")[0].rstrip("/")
    return (
        f'<div class="tools"><a href="{bare}/like">Like</a> <a href="/vote/{report.number}?up=1">Vote</a> '
        f'<a href="{escape(path)}{mark}share=telegram">Share</a> <a href="/print/{report.number}">Print</a> '
        f'<a href="{base}{escape(path)}{mark}print=1">Print view</a></div>'
        f'<section id="comments"><ol><li><cite>A reader</cite><p>Thank you for this.</p>'
        f'<a href="{escape(path)}{mark}replytocom={report.number}">Reply</a></li></ol>'
        f'<form action="{bare}/reply" method="post"><textarea name="text"></textarea></form></section>'
    )


def _page(site: Site, title: str, main: str, head: str, now: datetime) -> bytes:
    menu = "".join(f'<li><a href="/topic/{word}">{word.title()}</a></li>' for word in _WORDS[30:60])
    month = f"{now:%Y-%m}"
    days = "".join(f'<td><a href="/calendar/{month}-{day:02}/">{day}</a></td>' for day in range(1, 29))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | {site.id}</title>{head}</head>'
        f'<body><header><a href="/">Home</a> <a href="/login?next=/">Log in</a>'
        f'<form action="/search"><input name="q"></form><a href="/search?q=war">Search</a>'
        f"<nav><ul>{menu}</ul></nav></header><main>{main}</main>"
        f'<aside class="calendar"><table><tr>{days}</tr></table><a href="/calendar/next/{month}/">Next</a></aside>'
        f'<footer><a href="/about">About us</a> <a href="/?PHPSESSID=0123456789abcdef0123456789abcdef">Mobile</a>'
        f"</footer></body></html>"
    ).encode()


def _links(site: Site, reports: Iterable[Report], now: datetime) -> str:
    return "".join(
        f'<li><h3><a href="{escape(site.path(report, now))}">{title_of(site, report)}</a></h3></li>'
        for report in reports
        if report.is_up(now)
    )


def listing_page(site: Site, number: int, now: datetime) -> bytes | None:
    """Return a page of the listing; None after the last. The last of those that count leads on to a calendar."""
    live = site.live(now)
    shown = live[(number - 1) * site.page_size : number * site.page_size]
    if not shown and number > 1:
        return None
    teasers = "".join(
        f'<div class="card"><h2><a href="{escape(site.path(report, now))}">{title_of(site, report)}</a></h2>'
        f"{_actions('', site.path(report, now), report)}</div>"
        for report in shown
    )
    if len(live) <= number * site.page_size or number >= MAX_PAGES:
        following = f"/calendar/{now:%Y-%m}/"
    else:
        following = listing_path(site).replace("{page}", str(number + 1))
        following = following if "{page}" in listing_path(site) else f"{following}?page={number + 1}"
    main = f'<h1>Latest</h1>{teasers}<a rel="next" href="{following}">Older</a>'
    return _page(site, "Latest", main, "", now)


def home_page(site: Site, now: datetime) -> bytes:
    """Return the homepage."""
    links = _links(site, site.live(now)[:10], now)
    feed = (
        f'<link rel="alternate" type="application/rss+xml" href="{feed_path(site.feed)}">'
        if site.feed
        else ""
    )
    return _page(site, "Home", f"<h1>Home</h1><ul>{links}</ul>", feed, now)


def feed(site: Site, now: datetime) -> bytes:
    """Return the feed. Half of the sites tell their readers' counters apart from their addresses."""
    base = f"http://{site.current_host(now)}"
    tracker = "utm_source=feed&utm_medium=rss" if site.knows_domains else ""
    entries = []
    for report in site.in_feed(now):
        path = site.path(report, now)
        url = escape(f"{base}{path}{('&' if '?' in path else '?') + tracker if tracker else ''}")
        entries.append(_entry(site, report, url, now))
    # an item that is a trap: what a plug-in for sharing adds
    if site.in_feed(now):
        path = site.path(site.in_feed(now)[-1], now)
        url = escape(f"{base}{path}{'&' if '?' in path else '?'}share=facebook")
        entries.append(_entry(site, site.in_feed(now)[-1], url, now))
    if site.feed and site.feed.kind == "atom":
        text = (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<title>{site.id}</title><id>{base}/</id>{''.join(entries)}</feed>"
        )
    else:
        text = (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{site.id}</title><link>{base}/</link><description>News</description>{''.join(entries)}</channel></rss>"
        )
    return text.encode()


def _entry(site: Site, report: Report, url: str, now: datetime) -> str:
    title = escape(title_of(site, report))
    if site.feed and site.feed.kind == "atom":
        return (
            f'<entry><title>{title}</title><link rel="alternate" href="{url}"/><id>{url}</id>'
            f"<published>{_w3c(report.published)}</published><updated>{_w3c(report.lastmod(now))}</updated></entry>"
        )
    return (
        f'<item><title>{title}</title><link>{url}</link><guid isPermaLink="true">{url}</guid>'
        f"<pubDate>{format_datetime(report.published)}</pubDate><comments>{url}#respond</comments></item>"
    )


def sitemap(site: Site, path: str, now: datetime) -> bytes | None:
    """Return the sitemap at a path; None if there is none. Some of their addresses are traps."""
    reports = site.in_sitemap(now)
    base = f"http{'s' if site.feed else ''}://{site.current_host(now)}"
    if site.sitemap is None:
        return None
    if path == sitemap_path(site.sitemap):
        return _index(site, base, now) if site.sitemap == "months" else _urlset(site, base, reports, now)
    if match := re.fullmatch(r"/sitemap-(\d{4}-\d\d)\.xml\.gz", path):
        month = [report for report in reports if f"{report.published:%Y-%m}" == match[1]]
        return gzip.compress(_urlset(site, base, month, now), mtime=0) if month else None
    return None


def _index(site: Site, base: str, now: datetime) -> bytes:
    months: dict[str, datetime] = {}
    for report in site.in_sitemap(now):
        month, changed = f"{report.published:%Y-%m}", site.sitemap_lastmod(report, now)
        months[month] = max(changed, months.get(month, changed))
        if report.is_moved(now) and report.moved is not None:
            months[month] = max(months[month], report.moved)
    children = "".join(
        f"<sitemap><loc>{base}/sitemap-{month}.xml.gz</loc><lastmod>{_w3c(changed)}</lastmod></sitemap>"
        for month, changed in sorted(months.items())
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>'.encode()


def _urlset(site: Site, base: str, reports: list[Report], now: datetime) -> bytes:
    entries = []
    for report in reports:
        news = ""
        if site.sitemap == "news":
            news = (
                f"<news:news><news:publication_date>{_w3c(report.published)}</news:publication_date>"
                f"<news:title>{escape(title_of(site, report))}</news:title></news:news>"
            )
        entries.append(
            f"<url><loc>{escape(base + site.path(report, now))}</loc>"
            f"<lastmod>{_w3c(site.sitemap_lastmod(report, now))}</lastmod>{news}</url>"
        )
    traps = (
        f"{base}/search/?q=war",
        f"{base}/calendar/{now:%Y-%m}/",
        f"{base}/print/100001",
        f"{base}/about",
    )
    entries += [f"<url><loc>{trap}</loc></url>" for trap in traps]
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{"".join(entries)}</urlset>'
    ).encode()


def robots(site: Site, now: datetime) -> bytes:
    """Return robots.txt."""
    lines = ["User-agent: *", "Disallow: /private/", "Disallow: /search"]
    if site.pace:
        lines.append(site.pace)
    if site.sitemap:
        lines.append(f"Sitemap: http://{site.current_host(now)}{sitemap_path(site.sitemap)}")
    return ("\n".join(lines) + "\n").encode()


CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>"
    b'<noscript>Enable JavaScript and cookies to continue</noscript><form id="challenge-form" action="/cdn-cgi/x">'
    b"</form></body></html>"
)


def _w3c(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
