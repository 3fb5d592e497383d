import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.listings import MAX_BYTES, MAX_LINKS, ListingPage, parse_listing

URL = "https://news.example/en/section/"


def found(page: ListingPage) -> dict[str, str | None]:
    return {lead.url: lead.title_hint for lead in page.leads}


def test_links_in_document_order_with_their_words() -> None:
    page = parse_listing(
        b"""<!doctype html><nav><a href="/">Home</a></nav>
        <a href="/news/1"><img src="p.jpg"></a> <h2><a href="/news/1">Five <b>killed</b>
          in&nbsp;Saraqeb</a></h2> <a href="/news/1">More</a>
        <a href="2?a=1&amp;b=2#c">Two</a><a href=//other.example/x>Other</a>
        <a href="https://news.example/news/article/70632/like">3</a>""",
        URL,
    )
    assert list(found(page).items()) == [
        ("https://news.example/", "Home"),
        ("https://news.example/news/1", "Five killed in Saraqeb"),
        ("https://news.example/en/section/2?a=1&b=2", "Two"),
        ("https://other.example/x", "Other"),
        ("https://news.example/news/article/70632/like", "3"),
    ]
    assert {(lead.via, lead.endpoint_url) for lead in page.leads} == {("listing", URL)}
    assert page.broken is None


def test_only_web_links() -> None:
    hrefs = (
        "javascript:void(0)",
        "mailto:a@b.example",
        "#top",
        "",
        "  ",
        "tel:1",
        "http://[",
        "data:,x",
        "x:y",
    )
    page = parse_listing("".join(f'<a href="{href}">x</a>' for href in hrefs).encode(), URL)
    assert page.leads == ()


def test_base_href_holds_for_the_whole_page() -> None:
    page = parse_listing(
        b"<a href=1>1</a><link rel=next href='?p=2'><base href='/ar/x/'><base href='/b/'><a href=2>2</a>", URL
    )
    assert list(found(page)) == ["https://news.example/ar/x/1", "https://news.example/ar/x/2"]
    assert page.next_url == "https://news.example/ar/x/?p=2"


@pytest.mark.parametrize(("html", "next_url"), [
    ('<link rel="next" href="/page/2">', "https://news.example/page/2"),
    ('<a class=x rel="nofollow NEXT" href="?page=2">Older</a>', f"{URL}?page=2"),
    ('<link rel="prev" href="/0"><link rel=next href=/2><a rel=next href=/3>x</a>', "https://news.example/2"),
    ('<a rel="nextish" href="/2">x</a>', None),
    ('<link rel=next href="javascript:x">', None),
    ("", None),
])  # fmt: skip
def test_the_next_page(html: str, next_url: str | None) -> None:
    assert parse_listing(html.encode(), URL).next_url == next_url


ARABIC = "<html><head>{0}</head><body><a href='/1'>قصف على سراقب</a></body></html>"
RUSSIAN = "<html><head>{0}</head><body><a href='/1'>Обстрел Херсона</a></body></html>"


@pytest.mark.parametrize(("text", "encoding", "meta", "content_type"), [
    (ARABIC, "utf-8", "", None),
    (ARABIC, "utf-8", "<meta charset=windows-1256>", "text/html; charset=windows-1256"),
    (ARABIC, "windows-1256", "<meta charset='windows-1256'>", None),
    (ARABIC, "windows-1256", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">', "text/html"),
    (ARABIC, "windows-1256", "", "text/html; charset=windows-1256"),
    (RUSSIAN, "windows-1251", "<meta charset=windows-1251>", "text/html"),
    (RUSSIAN, "koi8-r", "", "text/html; charset=koi8-r"),
    (RUSSIAN, "utf-16", "", None),
])  # fmt: skip
def test_encodings(text: str, encoding: str, meta: str, content_type: str | None) -> None:
    page = parse_listing(text.format(meta).encode(encoding), URL, content_type)
    assert page.leads[0].title_hint in {"قصف على سراقب", "Обстрел Херсона"}


def test_scripts_are_no_words_and_an_open_link_ends_with_the_page() -> None:
    page = parse_listing(
        b"<a href=/1><script>var x = '<a href=/0>';</script>One<style>a{}</style></a><a href=/2>Two", URL
    )
    assert list(found(page).items()) == [("https://news.example/1", "One"), ("https://news.example/2", "Two")]


@pytest.mark.parametrize(
    "payload", [b"", b"   ", b'{"a": 1}', b"\x89PNG\r\n\x1a\n\x00", b"%PDF-1.7", b"<urlset/>", b"<"]
)
def test_what_is_no_page_has_no_links(payload: bytes) -> None:
    assert parse_listing(payload, URL) == ListingPage()


def test_a_nul_does_not_end_the_page() -> None:
    assert list(found(parse_listing(b"<p>a\x00b</p><a href=/1>x</a>", URL))) == ["https://news.example/1"]


def test_what_was_left_out_is_said() -> None:
    links = parse_listing(b"".join(b"<a href=/%d>x</a>" % number for number in range(MAX_LINKS + 5)), URL)
    assert len(links.leads) == MAX_LINKS
    assert links.broken == f"{URL} was read in part: only its first 20,000 links were read"
    large = parse_listing(b"<a href=/1>x</a>" + b" " * MAX_BYTES + b"<a href=/2>y</a>", URL)
    assert list(found(large)) == ["https://news.example/1"]
    assert large.broken is not None


HOSTILE = {
    "deep": b"<div>" * 100_000,
    "deep, ended by others": b"<b>" * 50_000 + b"</i>" * 50_000,
    "many ends": b"<b>" * 900 + b"</i>" * 100_000,
    "links": b"<a href=x>" * 50_000,
    "less than": b"<" * 500_000,
    "open tags": b"<a " * 200_000,
    "comments": b"<!--" * 200_000,
    "quotes": b'<a href="' * 100_000,
    "tables": b"<p><table>" * 50_000,
    "references": b"&amp" * 500_000,
    "attributes": b"<a " + b" ".join(b"a%d=1" % number for number in range(100_000)),
    "selects": b"<select>" * 50_000 + b"</p>" * 50_000,
    "words": b"<a href=/1>" + b"word " * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_shapes_cost_little(name: str) -> None:
    started = time.process_time()
    parse_listing(HOSTILE[name], URL)
    assert time.process_time() - started < 6


@given(
    st.binary(max_size=2_000),
    st.sampled_from([None, "text/html; charset=utf-16", "text/html; charset=hex", ";="]),
)
def test_arbitrary_bytes(payload: bytes, content_type: str | None) -> None:
    parse_listing(payload, URL, content_type)


MARKUP = st.sampled_from(["<a href='", "'>", "</a>", "<base href='", "<link rel=next href='", "http://[", "//", "#", "?", "\x00",
                          "<script>", "</script>", "<!--", "&", "\ud800", "<", ">", "</", "\ufffe", "<svg>", "<a>"])  # fmt: skip


@given(st.lists(MARKUP | st.text(max_size=8), max_size=60))
def test_arbitrary_markup(parts: list[str]) -> None:
    page = parse_listing("".join(parts).encode("utf-8", "surrogatepass"), URL)
    assert all(lead.url.startswith(("http://", "https://")) for lead in page.leads)
