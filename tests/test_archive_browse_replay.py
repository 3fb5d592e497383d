"""Captured pages replayed: nothing but what is allowed by name, under a policy of their own."""

from __future__ import annotations

import asyncio
import hashlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.plugins import pm
from hypothesis import given
from hypothesis import strategies as st

import archive.browse
from archive.browse.pages.replay import POLICY, _html, _payload
from archive.browse.replaying.allowed import KEPT, may_have
from archive.browse.replaying.characters import characters
from archive.browse.replaying.safe import TooMuch, document, rebuild
from archive.browse.replaying.styles import safe_sheet

VECTORS = [
    "<script>alert(1)</script>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<template><script>alert(1)</script></template>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>", "<!--><img src=x onerror=alert(1)>-->", "<a href='java\tscript:alert(1)'>x</a>",
    "<scr\0ipt>alert(1)</scr\0ipt>", "<meta http-equiv=refresh content='0;url=//x.example'>", "<base href=//x.example>",
    "<link rel=stylesheet href=//x.example>", "<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<textarea></textarea><img src=x>",
    "<title></title><svg onload=alert(1)>", "<xmp><img src=x onerror=1></xmp>", "<form action=//x><input formaction=//x value=v>",
    "<img src=//x.example srcset='//x.example 2x' onerror=alert(1)>", "<img src='data:image/svg+xml;base64,AAAA'>",
    "<p style='background:u\\72l(//x.example)'>", "<style>@import '//x.example';</style>", "<body onload=alert(1) background=//x>",
    "<style></sty\0le><script>alert(1)</script>", "<a title='\"><script>alert(1)</script>'>x</a>", "<plaintext><script>",
]  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def require_allowed(html: str) -> None:
    parser = _Tags()
    parser.feed(html)
    for tag, attributes in parser.found:
        assert tag in KEPT | {"img", "html", "head", "body", "meta", "title", "style"}, tag
        for name, value in attributes:
            assert may_have(tag, name) or (tag, name, value) == ("meta", "charset", "utf-8"), (tag, name)
            assert name != "src" or (value or "").startswith("data:image/"), value


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_is_left_of_an_attack(vector: str) -> None:
    html = document(rebuild(f"<p>before</p>{vector}<p>after</p>"), "")
    require_allowed(html)
    assert "before" in html
    assert "url(" not in html
    assert "@import" not in html


@given(
    st.lists(
        st.one_of(st.sampled_from([*VECTORS, "</style>", "<svg>", "<!--", "'", ">"]), st.text(max_size=20)),
        max_size=8,
    )
)
def test_whatever_it_is_made_of_is_allowed(parts: list[str]) -> None:
    require_allowed(document(rebuild("".join(parts)), ""))


@given(st.text(alphabet=st.sampled_from(list("url(@import\\/*'\"<>{};:72 ")), max_size=60))
def test_a_sheet_names_no_address(css: str) -> None:
    sheet = safe_sheet(css).lower()
    assert not {"url(", "@import", "<", "\\"} & {
        each for each in ("url(", "@import", "<", "\\") if each in sheet
    }


def test_text_is_kept_however_deep_it_stands() -> None:
    assert "deep text" in rebuild("<div>" * 50_000 + "deep text").body


@pytest.mark.parametrize("page", ["x" * 5_000_001, "<" * 400_000])
def test_too_much_is_a_sentence(page: str) -> None:
    with pytest.raises(TooMuch, match="too much to be shown"):
        rebuild(page)


def test_utf_7_is_no_encoding() -> None:
    assert "<script>" not in characters(b"\xff+ADw-script+AD4-", "text/html; charset=utf-7")


@pytest.fixture(autouse=True)
def plugin() -> None:
    if not pm.is_registered(archive.browse):
        pm.register(archive.browse, "conflict_archive")


def test_pages_and_their_policy(small_archive: Path) -> None:
    datasette = Datasette([str(small_archive)])

    async def ask(path: str) -> Any:
        return await datasette.client.get(path)

    outer, framed = asyncio.run(ask("/-/replay/1")), asyncio.run(ask("/-/replay/1/page"))
    assert 'href="/-/replay/1?db=archive"' in asyncio.run(ask("/archive/captures/1")).text
    assert outer.status_code == framed.status_code == 200
    assert 'sandbox=""' in outer.text
    assert framed.headers["content-security-policy"] == POLICY
    assert framed.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in framed.headers
    assert "the WARC file is missing: x.warc.gz at byte 0" in framed.text
    assert str(small_archive.parent) not in framed.text
    assert asyncio.run(ask("/-/replay/99")).status_code == 404
    datasette.executor.shutdown()


def test_a_page_is_read_back_from_its_record_or_told_to_be_another(tmp_path: Path) -> None:
    page = b"<p onclick=alert(1)>Report</p><script>alert(1)</script>"
    capture = _captured(tmp_path, page, hashlib.sha256(page).hexdigest())
    assert _payload(tmp_path, capture) == page
    html = _html(tmp_path, capture)
    assert "<p>Report</p>" in html
    assert "alert" not in html
    assert "does not hold what was captured" in _html(tmp_path, capture | {"payload_sha256": "0" * 64})


@pytest.mark.parametrize(("kind", "shown"), [("text/plain", "<pre>&lt;b&gt;"), ("image/png", "download it")])
def test_what_is_no_html_is_text_or_not_shown(tmp_path: Path, kind: str, shown: str) -> None:
    sha256 = hashlib.sha256(b"<b>").hexdigest()
    assert shown in _html(tmp_path, _captured(tmp_path, b"<b>", sha256) | {"content_type": kind})


def _captured(folder: Path, page: bytes, sha256: str) -> dict[str, Any]:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: %d\r\n\r\n"
    (folder / "x.warc").write_bytes(head % len(block) + block + b"\r\n\r\n")
    place = {"warc_file": "x.warc", "warc_offset": 0, "payload_sha256": sha256}
    return {"id": 1, "content_type": "text/html", **place}
