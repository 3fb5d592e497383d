"""Who a page credits: several authors in the ways of many languages, agencies apart from them, and its tags."""

from __future__ import annotations

import json

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.metadata.agencies import agencies_in, agency_named, sourced_agencies
from crawler.extraction.metadata.authors import split_names
from crawler.extraction.metadata.read import Metadata, read_metadata
from crawler.extraction.page import Hints, Page
from tests.test_crawler_extraction_metadata import NOW, STORY, TITLE, URL, ld, person, read

OUTLET = Hints(source_name="Al Watch")


def credited(head: str = "", body: str = "", url: str = URL) -> tuple[str | None, str | None]:
    found = read(f"<title>{TITLE}</title>{head}", f"<h1>{TITLE}</h1>{body}", url=url, hints=OUTLET)
    return found.author, found.agency


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Mary E Jones, Tom Roe and Ann Lee", ["Mary E Jones", "Tom Roe", "Ann Lee"]),
        ("Von Jana Meier und Max Huber", ["Jana Meier", "Max Huber"]),
        ("Par Jean Dupont et Anne Petit (avec AFP)", ["Jean Dupont", "Anne Petit"]),
        ("Por Ana Pérez y Luis Gómez", ["Ana Pérez", "Luis Gómez"]),
        ("Ali Veli ve Ayşe Kaya", ["Ali Veli", "Ayşe Kaya"]),
        ("Автор: Олена Петренко і Ірина Бойко", ["Олена Петренко", "Ірина Бойко"]),
        ("Олег Марченко и Ирина Бойко", ["Олег Марченко", "Ирина Бойко"]),
        ("بقلم: سامي الخطيب، ريما حداد", ["سامي الخطيب", "ريما حداد"]),
        ("سامي الخطيب وريما حداد", ["سامي الخطيب", "ريما حداد"]),
        ("سامي محمد وليد الخطيب", ["سامي محمد وليد الخطيب"]),
        ("Petrenko, Olena", ["Olena Petrenko"]),
        ("Olena Petrenko olena@watch.example", ["Olena Petrenko"]),
        ("Ann Lee @annlee", ["Ann Lee"]),
        ("Staff Writer Ann Lee", ["Ann Lee"]),
        ("Ann Lee, Senior Middle East Correspondent", ["Ann Lee"]),
        ("Senior Middle East Correspondent", []),
        ("Кореспондент Іван Франко", ["Іван Франко"]),
        ("محرر الشؤون العربية", []),
        ("Staff", []),
        ("Editor", []),
        ("Редакция", []),
        ("Special to the Post", []),
    ],
)
def test_names_come_out_of_bylines_without_what_is_round_them(byline: str, names: list[str]) -> None:
    assert split_names(byline) == names


@pytest.mark.parametrize(
    ("head", "body", "author", "agency"),
    [
        (ld(person("Olena Petrenko", "AFP")), "", "Olena Petrenko", "AFP"),
        (ld({**STORY, "author": {"@type": "Organization", "name": "Agence France-Presse"}}), "", None, "AFP"),
        (ld(person("Al Watch")), "<div class='author'>dpa</div>", None, "dpa"),
        (ld({**person("Olena Petrenko"), "sourceOrganization": {"name": "Reuters"}}), "", "Olena Petrenko", "Reuters"),
        ('<meta name="source" content="AFP">' + ld(person("Olena Petrenko")), "", "Olena Petrenko", "AFP"),
        ("", "<p class='byline'>Olena Petrenko / Reuters</p>", "Olena Petrenko", "Reuters"),
        ("", "<span class='writer'>وكالات</span>", None, "وكالات"),
        ("", "<span class='article-source'>المصدر: الأناضول</span>", None, "Anadolu"),
        ("", "<p>Автор: Олена Петренко</p><p class='source'>Джерело: Укрінформ</p>", "Олена Петренко", "Укрінформ"),
        ("", "<figure><span class='source'>AFP</span></figure>", None, None),  # of a picture
        ("", "<span class='photo-credit'>Reuters</span>", None, None),
        ("", "<div class='writer'>Al Watch</div>", "Al Watch", None),  # the outlet signs itself
        (ld(person("Al Watch")), "", None, None),  # what software fills in
        ("", "<p>By Friday the town was empty.</p>", None, None),
        ("", "<p>بقلم سامي الخطيب</p>", "سامي الخطيب", None),
    ],
)  # fmt: skip
def test_agencies_stand_apart_from_authors(
    head: str, body: str, author: str | None, agency: str | None
) -> None:
    assert credited(head, body) == (author, agency)


def test_an_agency_on_its_own_site_is_no_credit() -> None:
    byline = "<div class='author'>Anadolu Agency</div>"
    assert credited("", byline, url="https://www.aa.com.tr/en/world/x/1") == (None, None)
    assert credited("", byline) == (None, "Anadolu")


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Agence France-Presse", "AFP"), ("أ ف ب", "AFP"), ("وكالة فرانس برس", "AFP"), ("رويترز", "Reuters"),
        ("ИТАР-ТАСС", "ТАСС"), ("Itar-Tass", "TASS"), ("агентство Интерфакс", "Интерфакс"), ("وكالة سانا للأنباء", "SANA"),
        ("Укрінформ", "Укрінформ"), ("ap", None), ("Ap", None), ("AP", "AP"), ("aa", None), ("Petrenko", None), ("", None),
    ],
)  # fmt: skip
def test_an_agency_has_one_name_for_its_spellings(spelling: str, name: str | None) -> None:
    assert agency_named(spelling) == name


def test_a_credit_may_hold_several_agencies() -> None:
    assert agencies_in("dpa/AFP") == ["dpa", "AFP"]
    assert agencies_in("Al Watch, Agencies") == ["Agencies"]
    assert sourced_agencies("Quelle: ntv.de, mau/dpa") == ["dpa"]
    assert sourced_agencies("AFP") == []


@pytest.mark.parametrize(
    ("head", "body", "tags"),
    [
        ('<meta property="article:tag" content="Syria"><meta property="article:tag" content="SYRIA, Idlib">', "", ("Syria", "Idlib")),
        (ld({**STORY, "keywords": ["Syria", {"@type": "DefinedTerm", "name": "Idlib"}]}), "", ("Syria", "Idlib")),
        (ld({**STORY, "keywords": "Syria, Tom &amp; Ann"}), "", ("Syria", "Tom & Ann")),
        (f'<meta name="keywords" content="Al Watch, {TITLE}, سوريا، إدلب">', "", ("سوريا", "إدلب")),
        ("", "<a rel='tag' href='/t/1'>#Syria</a><a rel='nofollow'>x y</a>", ("Syria",)),
        ("", "<ul class='article-tags'><li>Topics</li><li><a href='/t'>Syria</a></li></ul><ul class='tagcloud'><a>x y</a></ul>", ("Syria",)),
        ("", "<div class='sidebar'><ul class='tags'><li><a href='/t'>Syria</a></li></ul></div>", ()),
        ('<meta name="news_keywords" content="channel_other, 100312362, Syria">', "", ("Syria",)),
        ('<meta name="keywords" content="Al Watch">', "", ()),
    ],
)  # fmt: skip
def test_tags_are_the_reports_own(head: str, body: str, tags: tuple[str, ...]) -> None:
    found = read(f"<title>{TITLE}</title>{head}", f"<h1>{TITLE}</h1>{body}", hints=OUTLET)
    assert found.tags == tags


def test_tags_are_few_and_short() -> None:
    words = ", ".join(f"tag{number}" for number in range(200))
    found = read(f'<meta name="keywords" content="{"x" * 300}, {words}">')
    assert len(found.tags) == 30
    assert max(map(len, found.tags)) <= 100


KEYS = st.sampled_from(["@type", "@graph", "@id", "headline", "author", "name", "keywords", "publisher", "creator", "url",
                        "sourceOrganization", "datePublished", "itemListElement", "item", "articleSection", "description"])  # fmt: skip
WORDS = st.sampled_from(
    ["NewsArticle", "BreadcrumbList", TITLE, "AFP", "By Ann Lee", URL, "#", "", "a" * 500]
) | st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
METAS = st.sampled_from(["og:title", "author", "article:tag", "keywords", "source", "og:url", "twitter:title", "og:site_name",
                         "article:section", "description", "article:published_time", "parsely-author"])  # fmt: skip


def page(metas: list[tuple[str, str]], nodes: list[object], title: str) -> Metadata:
    tree = lxml.html.document_fromstring("<html><head><title></title></head><body><h1></h1></body></html>")
    head = tree.find("head")
    assert head is not None
    tree.find(".//title").text = tree.find(".//h1").text = title
    for name, content in metas:
        head.append(lxml.html.Element("meta", property=name, content=content))
    for node in nodes:
        script = lxml.html.Element("script", type="application/ld+json")
        script.text = json.dumps(node)
        head.append(script)
    return read_metadata(Page(URL, tree, "utf-8", NOW), OUTLET)


XML_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(METAS, XML_TEXT), max_size=8), st.lists(JSON, max_size=3), XML_TEXT)
def test_no_metas_and_no_json_ld_raise(metas: list[tuple[str, str]], nodes: list[object], title: str) -> None:
    found = page(metas, nodes, title)
    assert len(found.tags) <= 30
    assert all(0 < len(tag) <= 100 for tag in found.tags)
    assert len({tag.casefold() for tag in found.tags}) == len(found.tags)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.text("ABab ,;/&|.-()@وا\u0650\n", max_size=200))
def test_no_byline_raises_or_holds_what_is_no_name(text: str) -> None:
    for name in split_names(text):
        assert 2 <= len(name) <= 60
        assert not set(name) & set("@<>{}=[]_:0123456789,;")
    agencies_in(text)
    sourced_agencies(text)
