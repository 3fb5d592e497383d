"""Generated news pages: the size and make-up of real ones, from a seed and a small vocabulary.

276 saved news pages were counted, and these come near their means: 285 KB of HTML, half of it scripts and
styles and a third attributes; 1,000 elements, of them 200 <div>, 177 <a>, 123 <li>, 37 <p>, 73 <span>, 65 of
icons, 40 <meta>, 36 comments; paragraphs ten elements deep; a publication date in a meta element on 60 % and
in JSON-LD on 90 %.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def _list(words: str) -> list[str]:
    return words.split()


_WORDS = _list(
    "the a of in to and for on after near with from by at over during against between about since before under "
    "airstrike shelling artillery drone rocket mortar sniper convoy checkpoint front line village town city "
    "district province border crossing hospital school market bridge camp road river valley hill airport "
    "civilians residents families children women farmers doctors teachers drivers rescuers soldiers fighters "
    "officials witnesses monitors observers envoys ministers commanders prisoners refugees volunteers "
    "killed wounded displaced detained released evacuated targeted reported confirmed denied warned accused "
    "announced agreed refused reached crossed entered left returned opened closed damaged destroyed repaired "
    "talks ceasefire agreement statement sanctions aid food water power fuel medicine shelter ambulance "
    "several dozens hundreds two three five seven eleven twenty forty early late morning evening night week "
    "month new second heavy local regional northern southern eastern western armed humanitarian military "
    "overnight yesterday again also meanwhile however still only more than at least according what was said "
    "they it this that there no one had been were would could may has have not as an its their his her"
)
_PLACES = _list("Darun Velmeh Karsout Ostriv Lomako Tazrin Bel-Hara Minjur Sefidkuh Pavlyne Wad-Kasra Nyaruk")
_SECTIONS = _list("world conflict analysis region humanitarian diplomacy")
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: its path on the site, and its HTML in UTF-8."""

    path: str
    html: bytes


def generate_page(number: int, seed: int = 1) -> Page:
    """Return page `number` of the site with this seed; the same arguments give the same bytes."""
    rng = random.Random(f"{seed}-{number}")
    title = f"{_title(rng)} near {rng.choice(_PLACES)}, report {number}"
    published = _FIRST + timedelta(minutes=37 * number)
    slug = "-".join(_words(rng, 6)).lower()
    path = f"/{published:%Y/%m/%d}/{slug}-{number}.html"
    body = "\n".join(_paragraphs(rng))
    html = _PAGE.format(
        title=title,
        head=_head(rng, path, title, published),
        nav=_links(
            rng, rng.randint(25, 80), "menu-item menu-item-type-taxonomy menu-item-object-category nav__entry"
        ),
        byline=_byline(rng, published),
        body=body,
        related=_cards(rng, rng.randint(15, 55)),
        comments=_comments(rng, rng.randint(0, 20)),
        footer=_links(rng, rng.randint(20, 80), "footer-link footer-link--secondary"),
        scripts="\n".join(_script(rng) for _ in range(rng.randint(10, 50))),
    )
    return Page(path, html.encode())


_ICON = '<svg viewBox="0 0 24 24" aria-hidden="true"><g fill="none"><path d="M4 12v8h16v-8M12 3v13M7 8l5-5 5 5"/></g></svg>'
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} | The Generated Observer</title>
{head}
</head>
<body class="post-template single single-post">
<header class="site-header"><div class="logo"><a href="/"><img src="/static/logo.svg" alt="Observer"></a></div>
<nav class="main-navigation"><ul>{nav}</ul></nav></header>
<div class="layout layout--wide"><div class="layout__row"><main id="content"><div class="container">
<article class="post type-post status-publish"><div class="post__inner">
<h1 class="entry-title">{title}</h1>
{byline}
<div class="post__grid"><div class="entry-content">
{body}
</div></div></div>
<div class="newsletter"><form action="/subscribe" method="post"><p>Get our news by mail.</p><label>Address
<input type="email" name="address"></label><input type="hidden" name="list" value="daily">
<button type="submit">Subscribe</button></form></div>
</article></div>
<aside class="related"><h2>Related stories</h2>{related}</aside>
<section id="comments"><h3>Comments</h3><ol class="comment-list">{comments}</ol></section>
</main></div></div>
<footer class="site-footer"><ul>{footer}</ul><p>All pages of this site are generated.</p></footer>
{scripts}
</body>
</html>
"""


def _head(rng: random.Random, path: str, title: str, published: datetime) -> str:
    about = " ".join(_words(rng, 25))
    when = published.isoformat()
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "description": about,
        "datePublished": when,
        "dateModified": when,
        "author": {"@type": "Person", "name": "Generated Author"},
        "publisher": {"@type": "Organization", "name": "The Generated Observer"},
    }
    lines = [
        f'<meta property="og:title" content="{title}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:description" content="{about}">',
        f'<link rel="canonical" href="{path}">',
        *(f'<meta name="site:{_token(rng, 8)}" content="{_token(rng, 24)}">' for _ in range(30)),
        *(f'<link rel="stylesheet" href="/static/{_token(rng, 12)}.css" media="all">' for _ in range(22)),
        f"<style>{_style(rng)}</style>",
    ]
    if rng.random() < 0.6:
        lines.append(f'<meta property="article:published_time" content="{when}">')
    if rng.random() < 0.9:
        lines.append(f'<script type="application/ld+json">{json.dumps(data)}</script>')
    return "\n".join(lines)


def _byline(rng: random.Random, published: datetime) -> str:
    share = "".join(
        f'<li class="share-item"><a rel="nofollow" href="/out/{_token(rng, 20)}" title="Share">{_ICON}'
        f"<span>{name}</span></a></li>"
        for name in ("Facebook", "Telegram", "Bluesky", "Mail", "Copy", "Feed")
    )
    return (
        f'<p class="byline">By <a rel="author" href="/author/generated">Generated Author</a> '
        f'<time datetime="{published.isoformat()}">{published:%d %B %Y, %H:%M}</time></p><ul class="share">{share}</ul>'
    )


def _paragraphs(rng: random.Random) -> list[str]:
    found = []
    for number in range(rng.randint(5, 40)):
        text = " ".join(_sentence(rng) for _ in range(rng.randint(2, 4)))
        if rng.random() < 0.2:
            linked = " ".join(_words(rng, 3))
            text += f' <strong><a href="/topic/{_token(rng, 8)}">{linked}</a></strong> {_sentence(rng)}'
        found.append(f"<p>{text}</p>")
        if number % 6 == 4:
            found.append(
                f'<div class="ad-slot"><div id="slot-{_token(rng, 8)}"><script>show()</script></div></div>'
            )
            found.append(
                f'<figure class="wp-block-image"><img src="/media/{_token(rng, 16)}.jpg" alt="{_sentence(rng)}">'
                f"<figcaption>{_sentence(rng)}</figcaption></figure>"
            )
    return found


def _cards(rng: random.Random, count: int) -> str:
    return "\n".join(
        f'<!-- teaser {_token(rng, 8)} --><div class="card card--horizontal card--small" data-id="{_token(rng, 24)}" '
        f'data-track="{"-".join(_words(rng, 220))}"><div class="card__media"><a class="card__link" '
        f'href="/{rng.choice(_SECTIONS)}/{_token(rng, 30)}"><img loading="lazy" src="/media/{_token(rng, 16)}.jpg" '
        f'srcset="{_sources(rng)}" sizes="(max-width: 600px) 100vw, 33vw" alt=""></a></div><div class="card__body">'
        f'<div class="card__meta"><span class="card__section">{_ICON if rng.random() < 0.3 else ""}{rng.choice(_SECTIONS)}</span><span '
        f'class="card__age">{rng.randint(2, 50)} hours ago</span></div><div class="card__text"><h3 '
        f'class="card__title"><a href="/{rng.choice(_SECTIONS)}/{_token(rng, 30)}">{_title(rng)}</a></h3></div></div></div>'
        for _ in range(count)
    )


def _sources(rng: random.Random) -> str:
    return ", ".join(
        f"/media/{_token(rng, 16)}-{width}.webp {width}w" for width in (320, 640, 960, 1280, 1920)
    )


def _comments(rng: random.Random, count: int) -> str:
    return "\n".join(
        f'<li class="comment" id="comment-{_token(rng, 6)}"><div class="comment__body"><cite>{_token(rng, 7)}</cite>'
        f'<p>{_sentence(rng)}</p><a href="?replytocom={number}">Reply</a></div></li>'
        for number in range(count)
    )


def _links(rng: random.Random, count: int, kind: str) -> str:
    return "\n".join(
        f'<li id="item-{_token(rng, 6)}" class="{kind}"><a href="/{rng.choice(_SECTIONS)}/{_token(rng, 10)}">'
        f"{' '.join(_words(rng, 2)).title()}</a></li>"
        for _ in range(count)
    )


def _script(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f'<script async src="/static/{_token(rng, 20)}.js"></script>'
    items = ",".join(
        f'"{"_".join(_words(rng, 2))}":{{"value":"{"-".join(_words(rng, 5))}","on":true}}'
        for _ in range(rng.randint(5, 160))
    )
    return f"<script>window.__{_token(rng, 6)}={{{items}}};(function(d){{d.push({{}})}})([]);</script>"


def _style(rng: random.Random) -> str:
    return "".join(
        f".{_token(rng, 8)}__item{{display:flex;margin:0 {rng.randint(1, 40)}px;color:#{rng.randrange(16**6):06x}}}\n"
        for _ in range(rng.randint(300, 2_200))
    )


def _title(rng: random.Random) -> str:
    return " ".join(_words(rng, rng.randint(5, 9))).capitalize()


def _sentence(rng: random.Random) -> str:
    text = " ".join(_words(rng, rng.randint(8, 22)))
    return f"{text[0].upper()}{text[1:]} in {rng.choice(_PLACES)}."


def _words(rng: random.Random, count: int) -> list[str]:
    return rng.choices(_WORDS, k=count)


def _token(rng: random.Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"
