from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from crawler.errors import ExtractionError
from crawler.extraction.page import Page, parse_page

URL = "https://outlet.example/news/1"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ARABIC = "قصف جوي على مدينة سراقب في ريف إدلب أدى إلى مقتل خمسة مدنيين وجرح تسعة آخرين"
RUSSIAN = "Обстрел города привел к гибели пяти мирных жителей, еще девять человек ранены"


def read(payload: bytes, content_type: str | None = None) -> Page:
    return parse_page(payload, URL, content_type, NOW)


def text(page: Page) -> str:
    return " ".join(page.tree.text_content().split())


def html(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><p>{body}</p></body></html>"


def test_page_keeps_what_it_was_given() -> None:
    page = read(html("x").encode())
    assert (page.url, page.fetched_at, page.encoding) == (URL, NOW, "utf-8")
    assert isinstance(page.tree, HtmlElement)


@pytest.mark.parametrize(
    ("body", "codec", "content_type", "head", "encoding"),
    [
        (ARABIC, "cp1256", "text/html; charset=windows-1256", "", "cp1256"),
        (ARABIC, "cp1256", None, '<meta charset="windows-1256">', "cp1256"),
        (RUSSIAN, "cp1251", None,
         '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"),
        (RUSSIAN, "koi8-r", "text/html; charset=KOI8-R", "", "koi8-r"),
        ("“Curly” quotes – in latin1", "cp1252", "text/html; charset=ISO-8859-1", "", "cp1252"),
        (ARABIC, "utf-8-sig", None, '<meta charset="windows-1256">', "utf-8"),
        (ARABIC, "utf-8", "text/html; charset=ISO-8859-1", "", "utf-8"),
        (RUSSIAN, "utf-8", None, '<meta charset="windows-1251">', "utf-8"),
        (RUSSIAN, "cp1251", "text/html; charset=utf-8", '<meta charset="windows-1251">', "cp1251"),
        (RUSSIAN, "utf-16", None, "", "utf-16-le"),
        ("联通 新闻", "gb18030", None, '<meta charset="gb2312">', "gb18030"),
    ],
)  # fmt: skip
def test_encoding(body: str, codec: str, content_type: str | None, head: str, encoding: str) -> None:
    page = read(html(body, head).encode(codec), content_type)
    assert text(page) == body
    assert page.encoding == encoding


def test_encoding_of_an_xml_declaration() -> None:
    page = read(b'<?xml version="1.0" encoding="windows-1251"?>' + html(RUSSIAN).encode("cp1251"))
    assert text(page) == RUSSIAN


def test_encoding_is_guessed_where_nothing_is_declared() -> None:
    page = read(html((RUSSIAN + ". ") * 20).encode("cp1251"))
    assert RUSSIAN in text(page)


def test_one_broken_character_does_not_change_the_encoding() -> None:
    payload = html(ARABIC + "@").encode().replace(b"@", b"\xff")
    page = read(payload, "text/html; charset=utf-8")
    assert ARABIC in text(page)
    assert page.encoding == "utf-8"


def test_control_characters_go_in_the_raw_and_as_references() -> None:
    page = read(b"<html><body><p>Five\x00 were\x0b &#1;killed&#x0c;, &#65534;nine &#31;wounded&#1234;</p>")
    assert text(page) == "Five were killed , nine woundedӒ"


def test_a_declaration_inside_the_page_does_not_mislead_the_parser() -> None:
    page = read(html(ARABIC, '<meta charset="koi8-r">').encode())
    assert text(page) == ARABIC


@pytest.mark.parametrize(
    "payload",
    [b"", b" \n ", b"%PDF-1.7 <html>", b"\x89PNG\r\n<p>", b'{"a": "<"}', b"plain words", b"PK\x03\x04<p>",
     b'<?xml version="1.0"?>\n<rss><channel></channel></rss>', b"<!-- x --><urlset></urlset>", b"\0" * 100],
)  # fmt: skip
def test_what_is_no_html_is_refused_in_one_sentence(payload: bytes) -> None:
    with pytest.raises(ExtractionError, match=URL):
        read(payload)


def test_deep_nesting_keeps_what_stands_before_it() -> None:
    page = read(b"<html><body><p>before</p>" + b"<div>" * 100_000 + b"deep")
    assert text(page).startswith("before")


def test_a_large_page_is_read_whole() -> None:
    page = read(b"<html><body>" + b"<p>five killed</p>" * 300_000 + b"<p>the end</p>")
    assert text(page).endswith("the end")


@given(
    st.binary(max_size=400),
    st.sampled_from([None, "text/html; charset=windows-1256", "x; charset=utf-7", "🙂"]),
)
def test_any_bytes_are_read_or_refused(tail: bytes, content_type: str | None) -> None:
    for payload in (tail, b"<html><p>" + tail):
        try:
            page = read(payload, content_type)
        except ExtractionError:
            continue
        assert "\x00" not in page.tree.text_content()


def test_a_page_of_more_than_64_mb_is_none() -> None:
    with pytest.raises(ExtractionError, match="has 65 MB, and no page has more than 64"):
        read(b"<html>" + b" " * (65 << 20))
