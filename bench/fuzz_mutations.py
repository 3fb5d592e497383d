"""What `bench/fuzz.py` does to pages: each mutation takes a random generator and a page, and returns the page mangled."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

from bench.fuzz_text import CONTROLS, DATES, KILLERS, TITLES

Mutation = Callable[[random.Random, bytes], bytes]

_REPEATS = (3, 30, 30, 300, 300, 3_000)
_TAGS = (
    b"div", b"span", b"table><tr><td", b"b", b"i", b"a href=/x", b"ul><li", b"ol><li", b"blockquote", b"p", b"font",
    b"form", b"svg", b"math", b"object", b"button", b"select", b"noscript", b"template", b"section", b"h1", b"h2",
    b"figure", b"figcaption", b"dl><dd", b"label", b"time", b"em", b"article", b"aside", b"x-y", b"script", b"style",
    b"body", b"html", b"head", b"title", b"textarea", b"td", b"li", b"address", b"iframe", b"video",
)  # fmt: skip
_ENTITIES = (
    b"&amp;", b"&#38;", b"&#x26;#x26;", b"&#1;", b"&#xD800;", b"&#x110000;", b"&#99999999999999999999;", b"&nosuch;", b"&lt",
    b"&nbsp;", b"&amp;amp;", b"&#x1F600;", b"&", b"&#", b"&#x", b"&zwnj;", b"&#0;", b"&apos;", b"&#150;",
)  # fmt: skip
_ENCODINGS = (
    "cp1251", "cp1252", "cp1256", "koi8-r", "iso8859-5", "iso8859-6", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7",
    "gb18030", "cp932", "cp949", "big5", "mac-cyrillic", "cp864", "utf-8-sig", "cp037",
)  # fmt: skip
LABELS = (
    None, "", "text/html", "text/html; charset=utf-8", "text/html; charset=windows-1251", "text/html; charset=windows-1256",
    "text/html; charset=iso-8859-1", "text/html; charset=gb2312", "text/html; charset=utf-16", "text/html; charset=utf-7",
    "text/html; charset=base64", "text/html; charset=punycode", "text/html; charset=\u0663", "text/html; charset=",
    "text/html; charset=unicode_escape", "application/pdf", "image/png", ";" * 5_000, "text/html; charset=" + "x" * 5_000,
)  # fmt: skip
_CLOSING = re.compile(rb"</[a-zA-Z][^<>]{0,30}>")
_OPENING = re.compile(rb"<[a-zA-Z][^<>]{0,300}>")


def _place(rng: random.Random, page: bytes) -> int:
    """Return a place between two tags, or any."""
    any_place = rng.randrange(len(page) + 1)
    return page.find(b">", any_place) + 1 or any_place


def _put(rng: random.Random, page: bytes, piece: bytes) -> bytes:
    place = _place(rng, page)
    return page[:place] + piece + page[place:]


def _count(rng: random.Random) -> int:
    return rng.choice(_REPEATS)


def _cut(rng: random.Random, page: bytes) -> bytes:
    return page[: rng.randrange(len(page) + 1)]


def _drop(rng: random.Random, page: bytes) -> bytes:
    start = rng.randrange(len(page) + 1)
    return page[:start] + page[start + rng.randint(1, 2_000) :]


def _repeat(rng: random.Random, page: bytes) -> bytes:
    start = rng.randrange(len(page) + 1)
    return _put(rng, page, page[start : start + rng.randint(1, 500)] * rng.randint(2, 30))


def _swap(rng: random.Random, page: bytes) -> bytes:
    first, second = sorted((rng.randrange(len(page) + 1), rng.randrange(len(page) + 1)))
    return page[second:] + page[first:second] + page[:first]


def _flip(rng: random.Random, page: bytes) -> bytes:
    data = bytearray(page)
    for _ in range(rng.choice((1, 10, 200)) if data else 0):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _noise(rng: random.Random, page: bytes) -> bytes:
    return _put(rng, page, rng.randbytes(rng.choice((1, 50, 2_000))))


def _unclose(rng: random.Random, page: bytes) -> bytes:
    share = rng.random()
    return _CLOSING.sub(lambda match: b"" if rng.random() < share else match[0], page)


def _unopen(rng: random.Random, page: bytes) -> bytes:
    share = rng.random()
    return _OPENING.sub(lambda match: b"" if rng.random() < share else match[0], page)


def _rename(rng: random.Random, page: bytes) -> bytes:
    old, new = (rng.choice(_TAGS).split(b">")[0].split()[0] for _ in range(2))
    return re.sub(rb"(</?)" + old + rb"\b", rb"\1" + new, page)


def _nest(rng: random.Random, page: bytes) -> bytes:
    tag = rng.choice(_TAGS)
    return _put(rng, page, b"<" + tag + b">" + (b"x<" + tag + b">") * rng.choice((30, 300, 300, 10_000)))


def _recode(rng: random.Random, page: bytes) -> bytes:
    text = page.decode("utf-8", "replace")
    return text.encode(rng.choice(_ENCODINGS), rng.choice(("ignore", "replace", "xmlcharrefreplace")))


def _declare(rng: random.Random, page: bytes) -> bytes:
    label = rng.choice(LABELS[3:]).partition("charset=")[2].encode()
    head = rng.choice(
        (
            b"<meta charset='%b'>",
            b"<?xml version='1.0' encoding='%b'?>",
            b"<meta http-equiv=content-type content='x;charset=%b'>",
        )
    )
    return rng.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0")) + head % label + page


def _entities(rng: random.Random, page: bytes) -> bytes:
    flood = rng.choice(_ENTITIES) * _count(rng)
    return _put(
        rng,
        page,
        rng.choice((b"%b", b"<p>%b</p>", b"<a title='%b' href='%b'>", b"<title>%b", b"<h1>%b</h1>")).replace(
            b"%b", flood
        ),
    )


def _doctype(rng: random.Random, page: bytes) -> bytes:
    inner = b"".join(
        b'<!ENTITY e%d "%b">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, rng.randint(2, 12))
    )
    return (
        b'<!DOCTYPE html [<!ENTITY e0 "boom"><!ENTITY x SYSTEM "file:///etc/passwd">'
        + inner
        + b"]>"
        + page
        + b"<p>&e11;&x;"
    )


def _controls(rng: random.Random, page: bytes) -> bytes:
    for _ in range(rng.choice((1, 20))):
        page = _put(rng, page, rng.choice(CONTROLS) * rng.choice((1, 5, 500)))
    return page


def _linked_data(rng: random.Random, page: bytes) -> bytes:
    depth = _count(rng) * rng.choice((1, 30))
    long = rng.choice(KILLERS) * _count(rng)
    date = rng.choice(DATES)
    node = {
        "@context": "https://schema.org",
        "@type": rng.choice(("NewsArticle", ["Article", 7, None], {"a": 1}, "LiveBlogPosting")),
    }
    for key in ("headline", "datePublished", "dateModified", "author", "articleBody", "keywords", "articleSection", "inLanguage",
                "description", "publisher", "url", "@id", "mainEntityOfPage", "wordCount", "isAccessibleForFree", "liveBlogUpdate"):  # fmt: skip
        node[key] = rng.choice(
            (
                long,
                date,
                None,
                7,
                -1e308,
                True,
                [long] * 20,
                {"@value": date},
                {"name": long, "@type": "Person"},
                [[[]]],
                {},
            )
        )
    text = rng.choice((
        json.dumps(node, ensure_ascii=rng.random() < 0.5), "[" * depth, '{"a":' * depth, '{"@graph":[' * depth + json.dumps(node) + "]}" * depth,
        json.dumps([node] * 50), '{"wordCount":' + "9" * 6_000 + "}", json.dumps(node)[: rng.randrange(200)], "<!--" + json.dumps(node) + "-->",
        '"\\ud800"', json.dumps(node) + "," * depth, "/*" * depth + json.dumps(node), "NaN" + json.dumps({"headline": "\ud800"}),
    ))  # fmt: skip
    script = f'<script type="application/ld+json">{text}</script>'
    return _put(rng, page, script.encode("utf-8", "surrogatepass"))


def _dates(rng: random.Random, page: bytes) -> bytes:
    date = rng.choice(DATES).encode()
    shape = rng.choice((
        b"<time datetime='%b'>%b</time>", b"<meta property='article:published_time' content='%b'>", b"<h1>Shelling</h1><p class=date>%b</p>",
        b"<span class='byline date'>%b</span>", b"<meta name=date content='%b'>", b"<p>%b</p>", b"<time>%b</time>", b"<h1>x</h1><div>%b</div>",
        b"<meta itemprop=dateModified content='%b'>", b"<div class='post-date updated'>%b", b"<h1>x</h1>%b",
    ))  # fmt: skip
    return _put(rng, page, shape.replace(b"%b", date))


def _names(rng: random.Random, page: bytes) -> bytes:
    name = rng.choice(
        (b"a-", b"aA", b"share ", b"_", b"date", b"x1 ", b"author-", b"paywall ", b"-", b"A")
    ) * _count(rng)
    names = rng.choice((b"class", b"id", b"itemprop", b"rel", b"style", b"role", b"href", b"data-x"))
    return _put(rng, page, b"<div %b='%b'><p %b='%b'>Five killed" % (names, name, names, name))


def _killer(rng: random.Random, page: bytes) -> bytes:
    long = (
        rng.choice(TITLES)
        + rng.choice(KILLERS) * rng.choice((30, 300, 3_000, 30_000))
        + rng.choice(("", "!", "x", "\n"))
    ).encode("utf-8", "surrogatepass")
    shape = rng.choice((
        b"<title>%b</title>", b"<h1>%b</h1>", b"<p>%b</p>", b"<meta property='og:title' content=\"%b\">", b"<p class=byline>%b</p>",
        b"<meta name=author content=\"%b\">", b"<figcaption>%b</figcaption>", b"<a href='/x'>%b</a>", b"<time>%b</time>", b"<li>%b</li>",
        b"<meta name=description content=\"%b\">", b"<td>%b</td><td>%b</td>", b"<html lang=\"%b\">", b"<link rel=canonical href=\"%b\">",
        b"<h2>%b</h2>", b"<div class='author'>%b</div>", b"<span style=\"%b\">x</span>", b"<script>%b</script>", b"<base href=\"%b\">",
        b"<nav class=breadcrumb><a>%b</a>%b</nav>", b"<iframe src=\"%b\">", b"<blockquote>%b</blockquote>", b"<pre>%b</pre>",
        b"<meta name=keywords content=\"%b\">", b"<meta property='article:tag' content=\"%b\">", b"<p>Five killed<p>%b",
    ))  # fmt: skip
    return _put(rng, page, shape.replace(b"%b", long))


def _many(rng: random.Random, page: bytes) -> bytes:
    return _put(rng, page, _pieces(rng, _count(rng)))


def _pieces(rng: random.Random, count: int) -> bytes:
    start, piece = rng.choice((
        (b"<ul>", b"<li>Five killed in the town"), (b"", b"<br>"), (b"", b"Five killed<br>"), (b"", b"<a href=/x>Shelling hits a market</a> "),
        (b"<table>", b"<tr><td>5<td>killed in the town"), (b"<table><tr>", b"<td>5"), (b"", b"<h1>Shelling</h1>"), (b"", b"<p>"),
        (b"", b"<p>Five killed in the town."), (b"", b"<meta name=author content='By A B'>"), (b"", b"<script></script>"),
        (b"", b"<time datetime=2026-11-20>x</time>"), (b"", b"<span class=date>20 November 2026</span>"), (b"", b"<figure><img><figcaption>x"),
        (b"", b"<blockquote>Five"), (b"<p>", b"<b>Five</b> <i>killed</i> "), (b"<dl>", b"<dt>x<dd>y"), (b"", b"<h2>Comments (3)</h2>"),
        (b"", b"<meta property='article:published_time' content='2026-11-20'>"), (b"<div>", b"</div></p></td></b>"), (b"", b"<!-- x -->"),
        (b"", b"<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"Shelling\"}</script>"), (b"", b"<title>x</title>"),
        (b"<ul>", b"<li><a href=/x>Shelling number five hits a market</a>"), (b"", b"<div class='tweet-embed'><a href=https://t.me/x/1>x</a></div>"),
    ))  # fmt: skip
    return start + piece * count


def _large_attribute(rng: random.Random, page: bytes) -> bytes:
    name = rng.choice((b"class", b"title", b"id", b"style", b"data-x", b"href", b"content", b"datetime"))
    tag = rng.choice((b"div", b"p", b"meta name=author", b"time", b"a", b"html", b"span"))
    return _put(
        rng,
        page,
        b"<%b %b='%b'>"
        % (
            tag,
            name,
            rng.choice((b"a", b"a ", b"-", b"1", "й".encode(), b"x-Y_"))
            * rng.choice((10**6, 10**7, 25 * 10**6)),
        ),
    )


def _large_text(rng: random.Random, page: bytes) -> bytes:
    tag = rng.choice(
        (b"p", b"h1", b"title", b"time", b"script", b"pre", b"div class=byline", b"a", b"li", b"td")
    )
    piece = rng.choice((*KILLERS, "Five killed in the town. ", "قتل خمسة مدنيين. ")).encode(
        "utf-8", "surrogatepass"
    )
    size = rng.choice((10**5, 10**6, 9 * 10**6, 50 * 10**6))
    return _put(rng, page, b"<" + tag + b">" + piece * (size // len(piece)))


def _large_attributes(rng: random.Random, page: bytes) -> bytes:
    return _put(
        rng,
        page,
        b"<div " + b" ".join(b"a%x=1" % n for n in range(rng.choice((10**4, 10**5, 10**6)))) + b">x</div>",
    )


def _large_many(rng: random.Random, page: bytes) -> bytes:
    return _put(rng, page, _pieces(rng, rng.choice((20_000, 100_000))))


def _large_nest(rng: random.Random, page: bytes) -> bytes:
    tags = rng.sample(_TAGS, 3)
    return _put(rng, page, b"".join(b"<" + tag + b">x" for tag in tags) * rng.choice((10_000, 100_000)))


def _large_json(rng: random.Random, page: bytes) -> bytes:
    text = rng.choice(('{"a":[' * 10**6, json.dumps({"@graph": [{"@type": "NewsArticle", "headline": "x"}] * 20_000}), '{"@type":"NewsArticle","datePublished":"'
                       + "1" * 1_500_000 + '"}', '{"@type":"Article","headline":"' + "a " * 900_000 + '"}', "[" + "1," * 900_000, '"' * 1_900_000,
                       "," * 1_900_000 + "}", "//" * 900_000, "/*" * 900_000, "&quot;" * 300_000))  # fmt: skip
    return _put(rng, page, b"<script type=application/ld+json>" + text.encode() + b"</script>")


def _large_entities(rng: random.Random, page: bytes) -> bytes:
    return _put(rng, page, b"<p>" + rng.choice(_ENTITIES) * rng.choice((10**5, 10**6)))


def _large_dates(rng: random.Random, page: bytes) -> bytes:
    digits = rng.choice((b"1", b"20", b"2026-", b"1 January ", "٢".encode(), b"12:", b"1/1/"))
    shape = rng.choice(
        (
            b"<time datetime='%b'>",
            b"<time>%b</time>",
            b"<h1>x</h1><p class=date>%b",
            b"<meta property='article:published_time' content='%b'>",
        )
    )
    return _put(
        rng, page, shape.replace(b"%b", digits * (rng.choice((10**5, 10**6, 5 * 10**6)) // len(digits)))
    )


def _by_name(*mutations: Mutation) -> dict[str, Mutation]:
    return {mutation.__name__.removeprefix("_"): mutation for mutation in mutations}


SMALL = _by_name(
    _cut, _drop, _repeat, _swap, _flip, _noise, _unclose, _unopen, _rename, _nest, _recode, _declare, _entities, _doctype,
    _controls, _linked_data, _dates, _names, _killer, _many,
)  # fmt: skip
LARGE = _by_name(
    _large_attribute,
    _large_text,
    _large_attributes,
    _large_many,
    _large_nest,
    _large_json,
    _large_entities,
    _large_dates,
)
