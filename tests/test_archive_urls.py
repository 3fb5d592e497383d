"""Canonical URLs: one identity for the spellings of an address, and none for two addresses."""

from __future__ import annotations

import gzip
import json
import pickle
import re
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import Identity, bare_host, believable_canonical, canonical_url, key_of, url_key

BENCH = Path(__file__).parents[2] / "shared" / "bench"
PLAIN = Identity(("x.org",))


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (
            "https://En.ZamanAlWsl.net:443/news/article/121515/",
            "https://en.zamanalwsl.net/news/article/121515/",
        ),
        (
            "http://www.sudantribune.com/spip.php?article46716",
            "http://www.sudantribune.com/spip.php?article46716",
        ),
        ("https://sana.sy/en/?p=171552&utm_source=x&fbclid=1#top", "https://sana.sy/en/?p=171552"),
        ("https://x.org/a?b=2&a=1", "https://x.org/a?b=2&a=1"),
        ("https://x.org/a/../b/./c/", "https://x.org/b/c/"),
        ("https://x.org", "https://x.org/"),
        ("https://www.syria.tv/قوات", "https://www.syria.tv/%D9%82%D9%88%D8%A7%D8%AA"),
        ("https://x.org/%d9%82", "https://x.org/%D9%82"),
        (" https://x.org/a b ", "https://x.org/a%20b"),
        ("https://موقع.وزارة-الاتصالات.مصر/خبر", "https://xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c/%D8%AE%D8%A8%D8%B1"),
        ("https://x.org/a?xtor=RSS-1&id=5&mc_cid=a&wt_mc=b&smid=tw&at_medium=c&_hsenc=d&ysclid=e", "https://x.org/a?id=5"),
        ("https://x.org/a?amp;utm_source=rss&lang=ar", "https://x.org/a?lang=ar"),
        ("https://x.org/a?CMP=share_btn_tw", "https://x.org/a"),
        # Another dress of the page is fetched as it is: nobody knows that the plain one exists.
        ("https://m.x.org/a/amp/?print=1&from=rss", "https://m.x.org/a/amp/?print=1&from=rss"),
    ],
)  # fmt: skip
def test_canonical_urls(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.x.org/a/", "https://x.org/a"),
        ("https://x.org/a?b=2&a=1", "https://x.org/a?a=1&b=2"),
        ("https://sana.sy./en/?p=1", "https://sana.sy/en/?p=1"),
        ("https://x.org/a?utm_medium=rss", "https://x.org/a#comments"),
        ("https://m.x.org/a", "https://mobile.x.org/a"),
        ("https://amp.x.org/a", "https://www.x.org/a"),
        ("https://www.m.x.org/a", "https://m.www.x.org/a"),
        ("https://x.org/a/amp", "https://x.org/a/amp/"),
        ("https://x.org/a/amp/", "https://x.org/a/?amp"),
        ("https://x.org/a?amp=1", "https://x.org/a?outputType=amp"),
        ("https://x.org/amp/rubric-ato/4076257-a.html", "https://x.org/rubric-ato/4076257-a.html"),
        ("https://x.org/4076257-a.amp.html", "https://x.org/4076257-a.html"),
        ("https://x.org/news/a.amp", "https://x.org/news/a"),
        ("https://x-org.cdn.ampproject.org/v/s/x.org/a?amp_js_v=0.1&usqp=mq331AQ", "https://x.org/a"),
        ("https://www.google.co.uk/amp/s/x.org/a/amp/?id=5", "https://x.org/a?id=5"),
        ("https://www.bing.com/amp/s/x.org/a", "https://x.org/a"),
        ("https://x.org/a/print/", "https://x.org/a?print=1"),
        ("https://x.org/a?id=5&view=print", "https://x.org/a?id=5"),
        ("https://x.org/a?id=5&tmpl=component&print=1&layout=print", "https://x.org/a?id=5"),
        ("https://x.org/a/index.html", "https://x.org/a"),
        ("https://x.org/index.php?p=171552", "https://x.org/?p=171552"),
        ("https://x.org//a///b/", "https://x.org/a/b"),
        ("https://x.org/spip.php?article46716=", "https://x.org/spip.php?article46716"),
        ("https://x.org/a?id=5&id=5", "https://x.org/a?id=5"),
        ("https://x.org/a?q=a%20b", "https://x.org/a?q=a+b"),
        ("https://x.org/%7Ea/%41-b%2Dc", "https://x.org/~a/A-b-c"),
        ("https://x.org/it's-(a),b", "https://x.org/it%27s-%28a%29%2Cb"),
        ("https://x.org/a?from=rss", "https://x.org/a?source=RSS"),
        ("https://x.org/a;jsessionid=0123456789ABCDEF", "https://x.org/a?PHPSESSID=0123456789abcdef"),
        ("https://X.org:443/a", "http://x.org:80/a"),
        ("https://www.сайт.рф/a", "https://xn--80aswg.xn--p1ai/a"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://sana.sy/en/?p=1", "https://sana.sy/en/?p=2"),
        ("https://en.zamanalwsl.net/news/article/1", "https://www.zamanalwsl.net/news/article/1"),
        ("http://x.org/spip.php?article1", "http://x.org/spip.php?article2"),
        ("https://x.org/A", "https://x.org/a"),
        ("https://x.org:8080/a", "https://x.org/a"),
        ("https://x.org/?id=5&lang=ar", "https://x.org/?id=5&lang=en"),
        ("https://x.org/newse.php?nid=12", "https://x.org/news.php?nid=12"),
        ("https://x.org/print.php?id=5", "https://x.org/article.php?id=5"),
        ("https://x.org/a?print=5", "https://x.org/a?print=6"),
        ("https://x.org/a?view=5", "https://x.org/a"),
        ("https://x.org/a?source=12", "https://x.org/a?source=13"),
        ("https://x.org/a?cmp=12", "https://x.org/a?cmp=13"),
        ("https://x.org/ramp", "https://x.org/r"),
        ("https://x.org/on-camp", "https://x.org/on-c"),
        ("https://x.org/blueprint", "https://x.org/blue"),
        ("https://x.org/amp", "https://x.org/"),
        ("https://x.org/a/reindex.html", "https://x.org/a"),
        ("https://x.org/a%2Fb", "https://x.org/a/b"),
        ("https://x.org/a%3Fb", "https://x.org/a?b"),
        ("https://x.org/a?q=a%26b=1", "https://x.org/a?q=a&b=1"),
        ("https://x.org/a?q=1%2B1", "https://x.org/a?q=1+1"),
        ("https://m.tv/a", "https://tv.org/a"),
        ("https://google.com/amp/a", "https://a/"),
    ],
)
def test_addresses_that_differ(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b.c", "javascript:alert(1)", "https://", "//x.org/a", "ftp://x.org/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        canonical_url(url)


@given(st.text(max_size=60), st.text(max_size=30))
def test_canonical_is_a_fixed_point(path: str, query: str) -> None:
    try:
        once = canonical_url(f"https://x.org/{path}?{query}")
    except ValueError:
        return
    assert canonical_url(once) == once
    assert url_key(once) == url_key(f"https://x.org/{path}?{query}")


@given(st.text(alphabet="aB1/.-_~%2Fé?&=+;:@!'(),*#[]| ", max_size=50))
def test_the_short_way_gives_what_the_long_way_gives(rest: str) -> None:
    # a blank in front of it is stripped, but no plain address begins with one
    assert canonical_url(f"https://x.org/{rest}") == canonical_url(f" https://x.org/{rest}")


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for url in (text, f"https://{text}", f"http://x.org{text}"):
        try:
            key = url_key(url)
        except ValueError:
            continue
        assert key == key_of(canonical_url(url))


SLUGS = st.text(alphabet="abcdefgh0123456789-é", min_size=1, max_size=20).map(lambda text: f"r{text}x")
NUMBERS = st.integers(1, 10**7)
SHAPES = st.sampled_from(["/{slug}", "/news/{slug}", "/2026/01/24/{slug}", "/news/{number}/{slug}.html", "/news/{number}",
                          "/?p={number}", "/newse.php?nid={number}", "/spip.php?article{number}", "/en/x.aspx?id={number}&lang=ar"])  # fmt: skip


def _with(url: str, parameter: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def _on_path(url: str, change: str) -> str:
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}{change}{mark}{query}"


VARIATIONS = {
    "scheme": lambda url: url if ":443" in url else url.replace("https://", "http://"),
    "www": lambda url: url.replace("https://", "https://www."),
    "mobile": lambda url: url.replace("https://", "https://m."),
    "amp host": lambda url: url.replace("https://", "https://amp."),
    "port": lambda url: url.replace("x.org", "x.org:443"),
    "host's case": lambda url: url.replace("x.org", "X.ORG"),
    "final dot": lambda url: url.replace("x.org", "x.org."),
    "slash": lambda url: _on_path(url, "/"),
    "slashes": lambda url: _on_path(url, "//"),
    "doubled slash": lambda url: url.replace("x.org/", "x.org//"),
    "fragment": lambda url: f"{url}#respond",
    "default document": lambda url: _on_path(url, "/index.html"),
    "amp path": lambda url: url if "x.org/?" in url else _on_path(url, "/amp/"),
    "amp": lambda url: _with(url, "amp"),
    "amp=1": lambda url: _with(url, "amp=1"),
    "output": lambda url: _with(url, "outputType=amp"),
    "print": lambda url: _with(url, "print=1"),
    "tracker": lambda url: _with(url, "utm_source=rss&fbclid=aB1"),
    "referral": lambda url: _with(url, "from=rss"),
    "escapes": lambda url: quote(url, safe="/:?&=%.").replace("%C3%A9", "%c3%a9"),
    "needless escapes": lambda url: url.replace("-", "%2D").replace("x.org/r", "x.org/%72"),
    "dots": lambda url: url.replace("x.org/", "x.org/a/../"),
    "blanks": lambda url: f" {url}\n",
}


@given(
    SHAPES, SLUGS, NUMBERS, st.lists(st.sampled_from(sorted(VARIATIONS)), min_size=1, max_size=4, unique=True)
)
def test_no_variation_makes_another_report(shape: str, slug: str, number: int, names: list[str]) -> None:
    url = f"https://x.org{shape.format(slug=slug, number=number)}"
    varied = url
    for name in sorted(names):
        changed = VARIATIONS[name](varied)
        try:
            host = urlsplit(canonical_url(changed)).hostname
        except ValueError:  # www. and a port and a dot may not go together
            continue
        # two dresses of a host at once (m.amp.x.org) are nobody's
        varied = changed if bare_host(host or "") == "x.org" else varied
    assert url_key(varied) == url_key(url)


@given(SHAPES, SLUGS, NUMBERS, SHAPES, SLUGS, NUMBERS)
def test_two_reports_keep_two_keys(
    shape: str, slug: str, number: int, other_shape: str, other_slug: str, other_number: int
) -> None:
    one = f"https://x.org{shape.format(slug=slug, number=number)}"
    other = f"https://x.org{other_shape.format(slug=other_slug, number=other_number)}"
    assert (url_key(one) == url_key(other)) == (canonical_url(one) == canonical_url(other))


# -- the identity of a source -----------------------------------------------------------------------------

MIRRORED = Identity(("www.sana.sy", "archive.sana.sy", "sananews.online"), re.compile(r"/([a-z]{2})/[a-z-]+/(\d{5,})$"))  # fmt: skip


@pytest.mark.parametrize(("url", "key"), [
    ("https://sana.sy/en/?p=171552", "sana.sy/en?p=171552"),
    ("http://www.archive.sana.sy/en/?p=171552&utm_source=x", "sana.sy/en?p=171552"),
    ("https://m.sananews.online./en/?p=171552", "sana.sy/en?p=171552"),
    ("https://sana.sy/?p=171552", "sana.sy/?p=171552"),
    ("https://sana.sy/en/syria/2289847/", "sana.sy#en/2289847"),
    ("https://archive.sana.sy/en/local-news/2289847/amp/", "sana.sy#en/2289847"),
    ("https://sana.sy/ar/syria/2289847/", "sana.sy#ar/2289847"),
    ("https://other.example/en/syria/2289847/", "other.example#en/2289847"),
])  # fmt: skip
def test_mirrors_and_sections_don_t_make_another_report(url: str, key: str) -> None:
    assert MIRRORED.key(url) == key


def test_only_groups_that_took_part_count_and_case_may_be_ignored() -> None:
    either = Identity(("x.org",), re.compile(r"/(?:short/(\d+)|(fa)/long/(\d+))$"))
    assert either.key("https://x.org/short/5") == "x.org#5"
    assert either.key("https://x.org/fa/long/5") == "x.org#fa/5"
    folded = Identity(("x.org",), re.compile(r"(?i)/documents/([a-z]+\d+)$"))
    assert folded.key("https://x.org/Documents/MDE15") == folded.key("https://x.org/documents/mde15")
    assert Identity(("x.org",), re.compile(r"/(a?)b")).key("https://x.org/b") == "x.org/b"


def test_without_domains_or_pattern_it_is_the_plain_key() -> None:
    assert Identity().key("https://www.x.org/a/") == url_key("https://www.x.org/a/") == "x.org/a"


def test_an_identity_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(MIRRORED)) == MIRRORED  # noqa: S301 - our own


def test_hostile_addresses_take_no_time() -> None:
    started = time.process_time()
    for unit in (
        "/amp",
        "//",
        "/index.php",
        "?",
        "&a=",
        "%41",
        "%2e/",
        ";jsessionid=",
        "&utm_",
        "a.",
        "/../",
        "-a",
    ):
        url = f"https://x.org/{unit * (100_000 // len(unit))}"
        MIRRORED.key(url)
        believable_canonical(url, "https://x.org/a-b-c", PLAIN)
    assert time.process_time() - started < 6


# -- rel=canonical ----------------------------------------------------------------------------------------

BELIEVED = [
    ("/news/70348", "/news/70348?x=1"),
    ("/2026/01/24/five-killed-in-idlib/", "/2026/01/24/five-killed-in-idlib/?foo=rss"),
    ("/news/190369/five-killed-in-idlib", "/news/190369/six-killed-in-idlib"),
    ("/security/five-killed-in-idlib", "/syria/five-killed-in-idlib"),
    ("/security/five-killed-in-idlib", "/syria/five-killed-in-idlib.html"),
    ("/five-killed-in-idlib-70348", "/syria/five-killed-in-idlib"),
    ("/article/319476/five-killed-in-idlib", "/article319476"),
    ("/newse.php?nid=12&foo=rss", "/newse.php?nid=12"),
    ("/news/12/five-killed-in-idlib", "/syria/12/five-killed-in-idlib"),
    ("/?p=8538", "/2026/01/five-killed-in-idlib/"),
    ("/index.php?id=171552&cat=4", "/?id=171552&cat=4&amp=1"),
    ("/news/read.php?nid=171552", "/news/171552"),
    ("/en/news/70348", "/en/syria/five-killed-in-idlib-70348"),
    ("/قصف-على-سراقب", "/syria/%D9%82%D8%B5%D9%81-%D8%B9%D9%84%D9%89-%D8%B3%D8%B1%D8%A7%D9%82%D8%A8"),
]
NOT_BELIEVED = [
    ("/news/70348", "/"),
    ("/news/70348", "/news/"),
    ("/news/70348", "/news/70349"),
    ("/syria/5001/70348", "/syria/5001"),
    ("/newse.php?nid=12", "/newse.php"),
    ("/all-the-news.php?nid=171552", "/all-the-news.php"),
    ("/a.php?cat=12345&id=171552", "/b.php?cat=12345&id=171553"),
    ("/2026/01/24/5", "/2026/01/25/5"),
    ("/syria/501/five-killed-in-idlib", "/syria/501/six-killed-in-homs"),
    ("/news/12/five-killed-in-idlib", "/news/13/five-killed-in-idlib"),
    ("/article/319", "/opinion/319"),
    ("/newse.php?nid=12", "/newse.php?nid=13"),
    ("/newse.php?nid=12&cat=3", "/news/3"),
    ("/spip.php?article46716", "/spip.php?article46717"),
    ("/2026/01/24/daily-briefing-on-syria/", "/2026/01/25/daily-briefing-on-syria/"),
    ("/2026/01/24/five-killed-in-idlib/", "/2026/01/24/six-killed-in-idlib/"),
    ("/research/update-september-27-2026", "/research/update-september-27-2025"),
    ("/research/iran-update-special-report-2026", "/research/"),
    ("/en/news/70348", "/ar/news/70348"),
    ("/en/news/70348", "/news/70348"),
    ("/?id=171552&lang=ar", "/?id=171552&lang=en"),
    ("/syria/explainer", "/iraq/explainer"),
    ("/news/70348?page=2", "/news/70348"),
    ("/five-killed-in-idlib/", "/five-killed-in-idlib-2/"),
    ("/?p=8538", "/news/"),
    ("/?p=8538", "/?p=8539"),
    ("/five-killed-in-idlib", "/?p=8539"),
    ("/tag/war/2026", "/tag/peace/2026"),
]  # fmt: skip


@pytest.mark.parametrize(("fetched", "declared"), BELIEVED)
def test_a_canonical_address_of_the_same_report_is_believed(fetched: str, declared: str) -> None:
    assert believable_canonical(f"https://x.org{declared}", f"https://www.x.org{fetched}", PLAIN)


@pytest.mark.parametrize(("fetched", "declared"), NOT_BELIEVED)
def test_a_canonical_address_of_something_else_is_not(fetched: str, declared: str) -> None:
    assert not believable_canonical(f"https://x.org{declared}", f"https://x.org{fetched}", PLAIN)


def test_another_site_is_not_believed_unless_it_is_a_domain_of_the_source() -> None:
    fetched, declared = "https://text.x.org/news/a-b-c", "https://x.org/syria/a-b-c"
    assert not believable_canonical(declared, fetched, PLAIN)
    assert believable_canonical(declared, fetched, Identity(("x.org", "text.x.org")))
    assert not believable_canonical("https://evil.example/news/a-b-c", fetched, PLAIN)


def test_two_reports_by_the_sources_identity_are_never_one() -> None:
    identity = Identity(("x.org",), re.compile(r"/([ef])/(\d+)/"))
    fetched, declared = "https://x.org/e/1/five-killed-in-idlib", "https://x.org/f/1/five-killed-in-idlib"
    assert believable_canonical(declared, fetched, PLAIN)
    assert not believable_canonical(declared, fetched, identity)
    assert believable_canonical(declared.replace("/f/", "/e/"), fetched, identity)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_declaration_gets_an_answer(declared: str, fetched: str) -> None:
    for prefix in ("", "https://x.org/"):
        assert believable_canonical(prefix + declared, f"https://x.org/{fetched}", PLAIN) in {True, False}


@given(SHAPES, SLUGS, NUMBERS)
def test_no_page_is_believed_to_be_the_front_page(shape: str, slug: str, number: int) -> None:
    url = f"https://x.org{shape.format(slug=slug, number=number)}"
    assert believable_canonical(url, url, PLAIN)
    assert not believable_canonical("https://x.org/", url, PLAIN)


@pytest.mark.skipif(not BENCH.is_dir(), reason="the pages of the wild are not here")
def test_pages_of_the_wild() -> None:
    link = re.compile(rb"""<link[^>]*rel=["']?canonical["']?[^>]*>""", re.IGNORECASE)
    href = re.compile(rb"""href=["']?([^"'\s>]+)""")
    declared = other = believed = 0
    for line in (BENCH / "pages.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        found = link.search(gzip.decompress((BENCH / page["path"]).read_bytes()))
        address = href.search(found[0]) if found else None
        if address is None or not address[1].startswith(b"http"):
            continue
        declared += 1
        if url_key(address[1].decode()) != url_key(page["url"]):
            other += 1
            identity = Identity((urlsplit(page["url"]).hostname or "",))
            believed += believable_canonical(address[1].decode(), page["url"], identity)
    assert declared > 250
    assert other - believed <= 5  # four lead to sister papers, none to another report of the same one


@given(
    st.sampled_from([("http", 80), ("https", 443)]),
    st.integers(1, 99_999) | st.sampled_from([80, 443, 65_535]),
)
def test_a_port_is_kept_unless_it_is_the_schemes_own(scheme: tuple[str, int], port: int) -> None:
    url = f"{scheme[0]}://x.org:{port}/a"
    if port > 65_535:
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            canonical_url(url)
    else:
        assert canonical_url(url) == (f"{scheme[0]}://x.org/a" if port == scheme[1] else url)
