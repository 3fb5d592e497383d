"""What a page says of itself: titles, authors, dates, standfirst, section, from pages in the manner of real ones."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.elements import Elements
from crawler.extraction.metadata.read import Metadata, read_metadata
from crawler.extraction.metadata.signals import collect
from crawler.extraction.page import Hints, Page

NOW = datetime(2026, 1, 25, 12, 0, tzinfo=UTC)
URL = "https://www.alwatch.example/news/121515/"
TITLE = "Shelling of Saraqeb market kills five civilians"


def read(
    head: str = "", body: str = "", *, url: str = URL, hints: Hints | None = None, lang: str = "en"
) -> Metadata:
    markup = f'<html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
    return read_metadata(Page(url, lxml.html.document_fromstring(markup), "utf-8", NOW), hints or Hints())


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def when(found: Metadata) -> tuple[str, str, str] | None:
    if found.published is None:
        return None
    return (
        found.published.moment.strftime("%Y-%m-%d %H:%M:%S"),
        found.published.precision,
        found.published.origin,
    )


STORY = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-01-24T18:04:11+02:00"}


# Titles


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (f"<title>{TITLE} - Al Watch</title>", "", TITLE),
        (f"<title>{TITLE} | alwatch.example</title>", "", TITLE),
        (f"<title>Al Watch — {TITLE}</title>", "", TITLE),
        (f"<title>{TITLE}</title>", f"<h2>{TITLE}</h2>", TITLE),
        (f'<meta property="og:title" content="{TITLE}">', "<h1>Al Watch</h1>", TITLE),
        (f'<meta property="og:title" content="{TITLE}">', "<h1>Middle East</h1>", TITLE),
        ('<meta property="og:title" content="Horror in Saraqeb">' + ld(STORY), f"<h1>{TITLE}</h1>", TITLE),
        ("<title>Al Watch</title>", f"<h1>{TITLE}</h1>", TITLE),
        ("", "<h1>\n  Shelling of <br>Saraqeb   market\tkills <i>five</i> civilians\n</h1>", TITLE),
        (
            '<meta property="og:title" content="Assad&amp;#039;s &amp;quot;aid&amp;quot;">',
            "",
            'Assad\'s "aid"',
        ),
        ("<title>Gaza - the second year</title>", "", "Gaza - the second year"),  # no outlet's name: it stays
        (
            f'<meta property="og:title" content="{TITLE}">',
            f"<h1><span>Northern Syria</span> <span>{TITLE}</span></h1>",
            TITLE,
        ),
        (f"<title>{TITLE} - Politics</title>", f"<h1>{TITLE}</h1>", TITLE),
        # somebody worded the title that is given out: software would have made it of the heading, as it did the other
        (
            f'<title>{TITLE} | Al Watch</title><meta property="og:title" content="Five dead as shells hit market">',
            f"<h1>{TITLE}</h1>",
            "Five dead as shells hit market",
        ),
        (
            f'<title>{TITLE}</title><meta property="og:title" content="Shelling of Saraqeb market ...">',
            f"<h1>{TITLE}</h1>",
            TITLE,
        ),
        (
            f'<title>{TITLE}</title><meta property="og:title" content="News from Syria">',
            f"<h1>{TITLE}</h1>",
            TITLE,
        ),
        (
            '<title>Saraqeb: five killed</title><meta property="og:title" content="Saraqeb: five killed">',
            "<h1><span>Saraqeb</span><span>five killed</span></h1>",
            "Saraqeb: five killed",
        ),
        (
            "<title>Five killed in Saraqeb</title>",
            "<h1><b>F</b>ive killed in <i>Saraqeb</i></h1>",
            "Five killed in Saraqeb",
        ),
        (f"<title>{TITLE}｜Al Watch</title>", "", TITLE),
        ("", "", ""),
    ],
)
def test_the_headline_shown_wins_where_the_page_agrees_with_itself(head: str, body: str, title: str) -> None:
    assert read(head, body, hints=Hints(source_name="Al Watch")).title == title


def test_the_outlets_name_may_be_known_from_the_page_alone() -> None:
    head = (
        f'<meta property="og:site_name" content="The Daily Herald"><title>{TITLE} – The Daily Herald</title>'
    )
    assert read(head).title == TITLE


def test_a_heading_of_a_related_story_is_no_title() -> None:
    body = f'<div class="related"><h1>Another story of the day</h1></div><h1>{TITLE}</h1>'
    assert read(f"<title>{TITLE}</title>", body).title == TITLE


def test_a_heading_in_a_wrapper_with_a_misleading_name_is_the_title() -> None:
    story = (
        f"<h1>{TITLE}</h1><div class='date'>2026-01-24 16:04</div>" + "<p>Five people were killed.</p>" * 20
    )
    for start, end in (("<form id='aspnet'>", "</form>"), ("<div class='content-sidebar-wrap'>", "</div>")):
        found = read('<meta property="og:title" content="Horror in Saraqeb market">', start + story + end)
        assert when(found) == ("2026-01-24 16:04:00", "minute", "text")


def test_an_arabic_title_keeps_its_words() -> None:
    head = "<title>قصف جوي على سراقب - زمان الوصل</title>"
    assert read(head, "<h2>قصف جوي على سراقب</h2>", lang="ar").title == "قصف جوي على سراقب"


# Dates


def test_json_ld_of_the_page_is_read_and_that_of_others_is_not() -> None:
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebPage", "@id": "https://www.alwatch.example/about/", "datePublished": "2001-01-01"},
            {"@type": "NewsArticle", "url": "https://www.alwatch.example/news/9/", "headline": "Another story of today",
             "datePublished": "2026-01-20T08:00:00Z"},
            {**STORY, "mainEntityOfPage": {"@id": URL}, "comment": [{"@type": "Comment", "datePublished": "2026-01-25"}]},
        ],
    }  # fmt: skip
    found = read(f"<title>{TITLE}</title>" + ld(graph), f"<h1>{TITLE}</h1>")
    assert when(found) == ("2026-01-24 16:04:11", "second", "json-ld:datePublished")
    assert found.published is not None
    assert found.published.text == "2026-01-24T18:04:11+02:00"
    assert found.json_ld_types == ("WebPage", "NewsArticle")


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "NewsArticle", "datePublished": "2026-01-24T16:04:11Z"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "datePublished": "2026-01-24T16:04:11Z"}\n//]]>',
        '{"@type": "NewsArticle", "datePublished": "2026-01-24T16:04:11Z",}',
        '[{"@type": ["NewsArticle", "Thing"], "datePublished": "2026-01-24T16:04:11Z",},]',
        '{"@type": "NewsArticle", "description": "a\nraw\tline", "datePublished": "2026-01-24T16:04:11Z"}',
        '{"@type": "Thing"}{"@type": "http://schema.org/NewsArticle", "datePublished": "2026-01-24T16:04:11Z"}',
        '{"@type": "NewsArticle", "datePublished": "2026-01-24T16:04:11Z"};',
        '/* story */ {"@type": "NewsArticle", "datePublished": ["2026-01-24T16:04:11Z"]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": {"@value": "2026-01-24T16:04:11Z"}}}',
    ],
)
def test_json_ld_with_the_usual_faults_is_read(script: str) -> None:
    found = read(f'<script type="application/ld+json">{script}</script>')
    assert when(found) == ("2026-01-24 16:04:11", "second", "json-ld:datePublished")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta property="article:published_time" content="2026-01-24T18:04:11+02:00">', "", ("2026-01-24 16:04:11", "second", "meta:article:published_time")),
        ('<meta name="DC.date.issued" content="2026-01-24">', "", ("2026-01-24 00:00:00", "day", "meta:dc.date.issued")),
        ('<meta itemprop="datePublished" content="2026-01-24T16:04:11Z">', "", ("2026-01-24 16:04:11", "second", "meta:datepublished")),
        ('<meta name="date" content="24 January 2026 16:04">', "", ("2026-01-24 16:04:00", "minute", "meta:date")),
        ("", "<h1>{t}</h1><time datetime='2026-01-24T16:04:11Z'>yesterday</time>", ("2026-01-24 16:04:11", "second", "time[datetime]")),
        ("", "<h1>{t}</h1><div class='date'>2026-01-24 16:04:11</div>", ("2026-01-24 16:04:11", "second", "text")),
        ("", "<h1>{t}</h1><p>24 كانون الثاني 2026</p>", ("2026-01-24 00:00:00", "day", "text")),
        ("", "<div class='post-date'>24 января 2026, 18:04</div><h1>{t}</h1>", ("2026-01-24 18:04:00", "minute", "text")),
        ("", "<h1>{t}</h1><span class='published'>منذ ساعتين</span>", ("2026-01-25 00:00:00", "day", "text")),
        ("", "<h1>{t}</h1><p class='meta'>Updated 25 January 2026 09:00 | Published 24 January 2026 18:04</p>", ("2026-01-24 18:04:00", "minute", "text")),
        ("", "<h1>{t}</h1>", None),
    ],
)  # fmt: skip
def test_each_origin_gives_its_date(head: str, body: str, expected: tuple[str, str, str] | None) -> None:
    assert when(read(f"<title>{TITLE}</title>{head}", body.format(t=TITLE))) == expected


def test_times_of_related_stories_and_comments_are_not_the_pages() -> None:
    body = (
        '<div class="related-stories"><time datetime="2026-01-20T08:00Z">20 Jan</time></div>'
        f"<h1>{TITLE}</h1>"
        '<a href="/other"><time datetime="2026-01-21T08:00Z">21 Jan</time></a>'
        '<p class="byline"><time datetime="2026-01-24T16:04Z">24 Jan</time></p><p>Five people were killed.</p>'
        '<div id="comments"><time datetime="2026-01-25T08:00Z">today</time></div>'
    )
    assert when(read(f"<title>{TITLE}</title>", body)) == ("2026-01-24 16:04:00", "minute", "time[datetime]")


def test_an_updated_time_is_the_modification_and_not_the_publication() -> None:
    body = (
        f"<h1>{TITLE}</h1><time class='updated' datetime='2026-01-25T08:00:00Z'>x</time>"
        "<time class='published' datetime='2026-01-24T16:04:00Z'>y</time>"
    )
    found = read(f"<title>{TITLE}</title>", body)
    assert when(found) == ("2026-01-24 16:04:00", "second", "time[datetime]")
    assert found.modified_at == datetime(2026, 1, 25, 8, tzinfo=UTC)


def test_a_modification_before_the_publication_is_none() -> None:
    assert read(ld({**STORY, "dateModified": "2026-01-23T10:00:00Z"})).modified_at is None
    assert read(ld({**STORY, "dateModified": "2026-01-24T18:00:00Z"})).modified_at == datetime(
        2026, 1, 24, 18, tzinfo=UTC
    )


def test_a_day_is_completed_by_the_time_of_the_same_day() -> None:
    head = ld({**STORY, "datePublished": "2026-01-24"})
    body = f"<h1>{TITLE}</h1><time datetime='2026-01-24T18:04:11+02:00'>18:04</time>"
    assert when(read(head, body)) == ("2026-01-24 16:04:11", "second", "json-ld:datePublished+time")
    feed = Hints(published_at=datetime(2026, 1, 24, 16, 5, tzinfo=UTC))
    assert when(read(head, hints=feed)) == ("2026-01-24 16:05:00", "second", "json-ld:datePublished+feed")


def test_a_bare_clock_is_the_sources() -> None:
    body = f"<h1>{TITLE}</h1><div class='date'>2026-01-24 18:04:11</div>"
    hints = Hints(time_zone="Asia/Damascus")
    assert when(read(f"<title>{TITLE}</title>", body, hints=hints)) == (
        "2026-01-24 15:04:11",
        "second",
        "text",
    )


def test_the_calendar_above_every_story_is_no_publication() -> None:
    body = f"<div class='date'>Sunday, January 25, 2026</div><h1>{TITLE}</h1><p>Five people were killed.</p>"
    title = f"<title>{TITLE}</title>"
    assert when(read(title, body)) is None
    assert when(read(title, body, url="https://a.example/2026/01/20/x/")) == (
        "2026-01-20 00:00:00",
        "day",
        "url",
    )
    below = f"<h1>{TITLE}</h1><div class='date'>January 25, 2026</div>"
    assert when(read(title, below)) == ("2026-01-25 00:00:00", "day", "text")
    assert when(read(title, below, url="https://a.example/news4/2020/Aug/1/x.aspx")) is None


def test_the_feeds_date_is_the_last_resort() -> None:
    hints = Hints(published_at=datetime(2026, 1, 24, 18, 4, 11, tzinfo=UTC), time_zone="Asia/Damascus")
    assert when(read(hints=hints)) == ("2026-01-24 18:04:11", "second", "feed")
    assert when(read(ld(STORY), hints=hints)) == ("2026-01-24 16:04:11", "second", "json-ld:datePublished")


def test_american_pages_put_the_month_first() -> None:
    body = f"<h1>{TITLE}</h1><div class='date'>02/03/2025</div>"
    assert when(read(f"<title>{TITLE}</title>", body, lang="en-US")) == ("2025-02-03 00:00:00", "day", "text")
    assert when(read(f"<title>{TITLE}</title>", body, lang="en-GB")) == ("2025-03-02 00:00:00", "day", "text")


# Authors


def person(*names: str) -> dict[str, object]:
    return {**STORY, "author": [{"@type": "Person", "name": name} for name in names]}


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        (ld(person("Olena Petrenko", "Sami al-Khatib")), "", "Olena Petrenko, Sami al-Khatib"),
        (ld(person("Olena Petrenko", "OLENA PETRENKO")), "", "Olena Petrenko"),
        (ld(person("By Olena Petrenko and Sami al-Khatib")), "", "Olena Petrenko, Sami al-Khatib"),
        (ld(person("Olena Petrenko", "AFP")), "", "Olena Petrenko"),
        (ld({**STORY, "author": {"@type": "Organization", "name": "Agence France-Presse"}}), "", None),  # its agency
        (ld({**STORY, "author": "Olena Petrenko"}), "", "Olena Petrenko"),
        (ld({**STORY, "author": {"@id": "#p"}}, {"@type": "Person", "@id": "#p", "name": "Olena Petrenko"}), "", "Olena Petrenko"),
        (ld(person("Staff", "Redaktion", "admin", "https://a.example/p", "@handle", "a@b.example")), "", None),
        (ld(person("Olena Petrenko, Political Correspondent")), "", "Olena Petrenko"),
        (ld(person("Al Watch")), "<p class='byline'>By Olena Petrenko</p>", "Olena Petrenko"),
        ('<meta name="author" content="Von Jana Meier und Max Huber">', "", "Jana Meier, Max Huber"),
        ('<meta property="article:author" content="https://www.facebook.com/x">', "", None),
        ("", "<div class='writer'>Zaman Al Wasl</div>", "Zaman Al Wasl"),
        ("", "<span class='author'>بقلم: سامي الخطيب</span>", "سامي الخطيب"),
        ("", "<p class='author'>Автор: Олена Петренко</p>", "Олена Петренко"),
        ("", "<p>By <a href='/author/olena/'>Olena Petrenko</a></p>", "Olena Petrenko"),
        ("", "<div class='author'>Anna Sleger, Frankfurt</div>", "Anna Sleger"),
        ("", "<div class='photo author'>Photo: Getty Images</div>", None),
        ("", "<div id='comments'><b class='comment-author'>Reader One</b></div>", None),
        (ld(person("Al Watch")), "<div class='author'>dpa</div>", None),  # of which the page shows the agency only
    ],
)  # fmt: skip
def test_authors_are_people_or_else_whoever_signs(head: str, body: str, author: str | None) -> None:
    found = read(
        f"<title>{TITLE}</title>{head}", f"<h1>{TITLE}</h1>{body}", hints=Hints(source_name="Al Watch")
    )
    assert found.author == author


# Standfirst, section, language, addresses

LEAD = (
    "Rescuers are still searching the rubble of the market, which was full on the last day before the feast."
)
FIRST = "Five civilians were killed and ten wounded on Saturday when shells hit the market of Saraqeb."


@pytest.mark.parametrize(
    ("head", "body", "standfirst"),
    [
        ("", f"<p class='standfirst'>{LEAD}</p><div><p>{FIRST}</p></div>", LEAD),
        (f'<meta name="description" content="{LEAD}">', f"<h2>{LEAD}</h2><div><p>{FIRST}</p></div>", LEAD),
        (
            f'<meta name="description" content="{LEAD}">',
            f"<div><p>{FIRST}</p></div>",
            None,
        ),  # for search engines only
        (f'<meta name="description" content="{FIRST}">', f"<div><p>{FIRST}</p><p>{LEAD}</p></div>", None),
        ("", f"<p class='lead'>{FIRST}</p><div><p>{FIRST} Rescuers are at work.</p></div>", None),
        ("", f"<div class='lead'><img src='x'>{LEAD}</div><p>{FIRST}</p>", None),  # a caption
        ("", f"<div class='sidebar'><p class='intro'>{LEAD}</p></div><p>{FIRST}</p>", None),
        ("", f"<p>{FIRST}</p>", None),
    ],
)
def test_a_standfirst_is_a_lead_that_is_set_apart(head: str, body: str, standfirst: str | None) -> None:
    assert read(f"<title>{TITLE}</title>{head}", f"<h1>{TITLE}</h1>{body}").standfirst == standfirst


@pytest.mark.parametrize(
    ("head", "body", "section"),
    [
        ('<meta property="article:section" content="Syria">', "", "Syria"),
        (ld({**STORY, "articleSection": ["Syria", "War"]}), "", "Syria"),
        (
            ld(
                {
                    "@type": "BreadcrumbList",
                    "itemListElement": [{"name": "Home"}, {"item": {"name": "Syria"}}, {"name": TITLE}],
                }
            ),
            "",
            "Syria",
        ),
        (
            "",
            f"<ul class='breadcrumb'><li><a>Home</a></li><li><a>Idlib</a></li><li><a>{TITLE}</a></li></ul>",
            "Idlib",
        ),
        ("", "", None),
    ],
)
def test_a_section_is_declared_or_the_last_breadcrumb(head: str, body: str, section: str | None) -> None:
    assert read(f"<title>{TITLE}</title>{head}", f"{body}<h1>{TITLE}</h1>").section == section


def test_language_and_addresses_are_as_declared() -> None:
    head = '<link rel="canonical" href="/news/121515"><meta property="og:type" content="article">'
    found = read(head, lang="ar-SY")
    assert (found.language, found.canonical_url, found.og_type) == (
        "ar",
        "https://www.alwatch.example/news/121515",
        "article",
    )
    assert read('<meta property="og:locale" content="uk_UA">', lang="").language == "uk"
    assert read(ld({**STORY, "inLanguage": "ru"}), lang="").language == "ru"
    assert read('<link rel="canonical" href="javascript:alert(1)">').canonical_url is None
    assert read('<link rel="canonical" href="https://[bad">').canonical_url is None


# Pages from strangers

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.just("2026-01-24T16:04:11Z"), st.just("NewsArticle"))  # fmt: skip
KEYS = st.sampled_from(["@type", "@graph", "@id", "headline", "datePublished", "dateModified", "author", "name", "url",
                        "mainEntityOfPage", "publisher", "articleSection", "inLanguage", "itemListElement", "item"])  # fmt: skip
NODES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(NODES, st.integers(0, 40))
def test_no_json_ld_raises(value: object, cut: int) -> None:
    text = json.dumps(value).replace("<", "\\u003c")
    for script in (text, text[:-cut] if cut else text, f"{text},{text}"):
        found = read(f'<script type="application/ld+json">{script}</script>')
        assert found.published is None or found.published.moment <= NOW + timedelta(hours=24)


def test_a_deep_json_ld_is_left_out() -> None:
    script = "[" * 100_000
    assert read(f'<script type="application/ld+json">{script}</script>').published is None
    nested = "[" * 900 + "]" * 900
    assert read(f'<script type="application/ld+json">{nested}</script>{ld(STORY)}').published is not None


TAGS = st.sampled_from(["div", "p", "h1", "h2", "time", "span", "a", "meta", "script", "article", "ul", "li"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class", "id", "datetime", "content", "property", "name", "itemprop", "href", "rel", "type"]),
    st.sampled_from(["date", "author", "lead", "byline", "published updated", "breadcrumb", "og:title", "date", "2026-01-24",
                     "article:published_time", "/author/x", "application/ld+json", "", "//[", "related"]),
    max_size=3,
)  # fmt: skip
TEXTS = st.sampled_from(["", TITLE, "24 January 2026", "By Olena Petrenko", "2 hours ago", "{", "\x0b", "Updated: 1.1.2026 5:00"])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TAGS, ATTRIBUTES, TEXTS, st.booleans()), max_size=12))
def test_no_page_raises(parts: list[tuple[str, dict[str, str], str, bool]]) -> None:
    markup = "".join(
        f"<{tag} {' '.join(f'{key}={value!r}' for key, value in attributes.items())}>{text}"
        + (f"</{tag}>" if closed else "")
        for tag, attributes, text, closed in parts
    )
    found = read("", markup)
    assert found.published is None or found.published.moment <= NOW + timedelta(hours=24)


def test_a_huge_or_deep_page_is_read_in_bounded_time() -> None:
    deep = "<div class='date author lead'>" * 3_000 + "x" + "</div>" * 3_000
    wide = "<span class='date author lead'>24 January</span>" * 20_000
    assert read(f"<title>{TITLE}</title>", f"<h1>{TITLE}</h1>{deep}").title == TITLE
    assert read(f"<title>{TITLE}</title>", f"<h1>{TITLE}</h1>{wide}").title == TITLE


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"a": 1} x' + "\n" * 300_000 + "</script>",
        '<script type="application/ld+json">[-->' + " " * 300_000 + "x</script>",
        '<script type="application/ld+json">[' + "/*" * 200_000 + "</script>",
        '<meta name="author" content="' + "a, b & " * 100_000 + '">',
        '<meta name="author" content="' + "a@" * 300_000 + '">',
        '<meta name="source" content="' + "AFP / " * 100_000 + '">',
        '<meta name="keywords" content="' + "a, b " * 100_000 + '">',
        '<meta property="article:tag" content="a b">' * 20_000,
        '<meta property="og:title" content="' + "a - " * 200_000 + '">',
        "<title>" + "x " * 300_000 + "</title>",
        '<link rel="canonical" href="' + "/2026" * 100_000 + '">',
    ],
)
def test_a_swollen_head_is_read_in_bounded_time(head: str) -> None:
    start = time.process_time()
    read(head, f"<h1>{TITLE}</h1><div class='{'date ' * 50_000}'>{'<i></i>' * 20_000}</div>")
    assert time.process_time() - start < 10


def test_places_are_counted_from_the_headline_in_the_pages_order() -> None:
    page = lxml.html.document_fromstring(
        "<div><p>a<b>b</b></p><!-- c --></div><div><span>d</span><h1>e<i>f</i></h1>g</div><p>h<br>i</p>"
    )
    signals = collect(Elements(page))
    every = [element for element in page.iter() if isinstance(element.tag, str)]
    place = every.index(page.find(".//h1"))
    assert signals.between(0, 1_000) == every
    signals.spot(every[place])
    for start, stop in ((-1_000, 1_000), (-2, 1), (0, 2), (1, 1_000), (-1, 3)):
        assert signals.between(start, stop) == every[max(0, place + start) : place + stop]
        assert [(order + place, element) for order, element in signals.numbered(start, stop)] == [
            (order, element) for order, element in enumerate(every) if start <= order - place < stop
        ]
