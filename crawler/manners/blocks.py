"""Answers that are no answers: refusals, challenges, captchas, login walls and empty shells.

Called for every response where nothing else can run meanwhile, so it looks for bytes, at the beginning of the
page, and closer only where a page has next to no text. Doubt speaks for the page: what is taken for a block
wrongly makes a source look as if it refused us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Literal, Protocol
from urllib.parse import urlsplit

from crawler.manners.block_marks import CAPTCHAS, PHRASES, TITLES, WARDENS

Kind = Literal["refused", "withheld", "challenge", "login", "shell"]

LOOK = 64 * 1024  # bytes of a page in which marks are looked for
_STEP = 16 * 1024  # bytes by which a page is read on, until it has shown that it is none of these
# A page this long is no challenge; nor is a shell, whose text comes later, larger than this.
_LONGEST = 512 * 1024
_REFUSED = frozenset({401, 402, 403, 405, 406, 407, 429, 451})
# Said of a page rather than of a visitor: a login, a payment, a court's order.
_WITHHELD = frozenset({401, 402, 451})
# A page with as many paragraphs or links is not suspicious, whatever scripts it has.
_PARAGRAPHS = 8
_LINKS = 30
# Bytes of visible text, below which a page is ...
_THIN = 1_500  # ... a challenge, if a known warden's mark is in it, or its title says so
_BARE = 600  # ... a captcha or a login, if it has such a form and nothing that calls itself an article
_EMPTY = 100  # ... an empty shell, if it has scripts
_LOGIN_PATH = re.compile(
    r"/(?:[a-z]{2}/)?(?:[\w-]+/){0,3}(?:log-?in|sign-?in|wp-login\.php|sso|auth|account/login|session/new)"
    r"(?:\.\w{2,5})?/?",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"""type\s{0,3}=\s{0,3}["']?password""")
_ARTICLE = re.compile(
    rb"""<article[\s>]|newsarticle|["']og:type["']\s{1,3}content\s{0,3}=\s{0,3}["']article|articlebody"""
)
_TITLE = re.compile(rb"<title[^<>]{0,200}>([^<]{0,300})")
_TITLE_PARTS = re.compile(r"\s+[-–—|»«•:]+\s+|[|»«•]")
_TAG = re.compile(rb"<[^<>]*>")
# The beginning of what a browser does not show: a comment, or one of these elements.
_UNSEEN = re.compile(rb"<(?:(!--)|(script|style|noscript|template|svg|title)(?![a-z0-9]))")
_PARAGRAPH, _LINK = re.compile(rb"<p[ >]"), re.compile(rb"<a[ >]")
# Text between two tags, if it's more than a word or two.
_PIECE = re.compile(rb">([^<>]{16,})<")


@dataclass(frozen=True, slots=True)
class Block:
    """Why a response is no answer, with the sentence for a person."""

    kind: Kind
    sentence: str

    @property
    def is_soft(self) -> bool:
        """Tell whether it may be the lot of one part of a site only."""
        return self.kind in ("withheld", "login", "shell")


class Body(Protocol):
    """A body that is no longer content-encoded, or will not be as far as it's read."""

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, or as many as are left."""

    def whole(self) -> bytes:
        """Return all of it, from its beginning; asked for seldom."""


class _Plain(BytesIO):
    """A body that is there."""

    def whole(self) -> bytes:
        return self.getvalue()


def recognise(
    status: int, headers: Mapping[str, str], body: bytes | Body, url: str, requested_url: str
) -> Block | None:
    """Return how a response refuses us, or None if it does not.

    headers: by lower-cased name. url: where the answer came from, and requested_url what was asked for first.
    Raises nothing but what the body raises.
    """
    by = _said_by_header(headers)
    if by is not None:
        return Block("challenge", f"{by} asks visitors to prove that they are human")
    body = _Plain(body) if isinstance(body, bytes) else body
    if status in _REFUSED:
        return _refusal(status, headers, body.read(LOOK).lower())
    if 200 <= status < 300 and _is_login(url) and not _is_login(requested_url):
        return Block("login", f"it leads to a login page, {url}")
    if not (200 <= status < 300 or status == 503):
        return None
    beginning = _Beginning(body)
    if not _is_html(headers, beginning.page) or beginning.grows_full():
        return None
    page = body.whole()
    return None if len(page) > _LONGEST else _of_thin_page(status, page.lower())


def _refusal(status: int, headers: Mapping[str, str], head: bytes) -> Block:
    try:
        sentence = f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        sentence = f"HTTP {status}"
    warden = _warden(head) or ("DDoS-Guard" if headers.get("server", "").lower() == "ddos-guard" else None)
    if warden is None:
        return Block("withheld" if status in _WITHHELD else "refused", sentence)
    return Block("challenge", f"{sentence}: {warden} stands in the way")


def _of_thin_page(status: int, page: bytes) -> Block | None:
    length = _text_length(page, _THIN)
    if length >= _THIN:
        return None
    head, is_article = page[:LOOK], _ARTICLE.search(page) is not None
    if length < _BARE or not is_article:
        warden = _warden(head)
        if warden is not None:
            return Block("challenge", f"{warden} asks visitors to prove that they are human")
        if _says_so(head):
            return Block("challenge", "it asks visitors to prove that they are human, or refuses access")
    return None if is_article or status == 503 else _of_bare_page(length, head)


def _of_bare_page(length: int, head: bytes) -> Block | None:
    if length >= _BARE:
        return None
    if any(mark in head for mark in CAPTCHAS):
        return Block("challenge", "it asks for a captcha")
    if _PASSWORD.search(head):
        return Block("login", "it asks for a login")
    if length < _EMPTY and b"<script" in head:
        return Block("shell", "it is an empty shell that only scripts would fill")
    return None


def _said_by_header(headers: Mapping[str, str]) -> str | None:
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return "Cloudflare"
    if headers.get("x-vercel-mitigated", "").lower() in ("challenge", "deny"):
        return "Vercel"
    if headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        return "AWS WAF"
    return None


def _warden(head: bytes) -> str | None:
    return next((name for name, marks in WARDENS if any(mark in head for mark in marks)), None)


def _says_so(head: bytes) -> bool:
    """Tell whether the page's title is that of a challenge, or a phrase in it that nothing else has."""
    found = _TITLE.search(head)
    title = " ".join(found[1].decode("utf-8", "replace").split()) if found else ""
    if any(TITLES.fullmatch(part) for part in (title, *_TITLE_PARTS.split(title))):
        return True
    text = head.decode("utf-8", "replace").lower()  # bytes have no lower case but in ASCII
    return any(phrase in text for phrase in PHRASES)


def _is_login(url: str) -> bool:
    try:
        return _LOGIN_PATH.fullmatch(urlsplit(url).path[:500]) is not None
    except ValueError:
        return False


def _is_html(headers: Mapping[str, str], head: bytes) -> bool:
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return True
    # an endpoint of XML or JSON that says so is for its parser to judge
    return "html" in headers.get("content-type", "").lower() and not start.startswith(
        (b"<?xml", b"<rss", b"{", b"[")
    )


class _Beginning:
    """The beginning of a page, in small letters, and at least how much it shows."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._at = 0  # the text before it is counted
        self._closing = b""  # what ends the unseen thing that _at is in
        self._text = self._links = self._paragraphs = 0
        self.page = body.read(_STEP).lower()

    def grows_full(self) -> bool:
        """Tell whether the page, read on step by step, turns out to be no thin one, or too long for one."""
        known = 0
        while True:
            self._count_tags(max(0, known - 2), min(len(self.page), LOOK))  # one may have been cut in two
            self._count_text()
            if self._text >= _THIN or self._links >= _LINKS or self._paragraphs >= _PARAGRAPHS:
                return True
            known = len(self.page)
            self.page += self._body.read(_STEP).lower()
            if len(self.page) == known or known > _LONGEST:
                return known > _LONGEST

    def _count_tags(self, begin: int, end: int) -> None:
        self._links += len(_LINK.findall(self.page, begin, end))
        self._paragraphs += len(_PARAGRAPH.findall(self.page, begin, end))

    def _count_text(self) -> None:
        """Count what `_text_length` counts, and never more; only what stands in one piece, which takes half the time."""
        while self._text < _THIN:
            at = self.page.find(self._closing, self._at)
            if at < 0:
                self._at = max(self._at, len(self.page) - len(self._closing))
                return
            unseen = _UNSEEN.search(self.page, at)
            end = unseen.start() if unseen else len(self.page)
            words = b" ".join(_PIECE.findall(self.page, at, end)).replace(b"&nbsp;", b" ").split()
            self._text += sum(map(len, words)) + len(words)
            if unseen is None or unseen.end() == len(self.page):  # the rest of it may come with the next step
                self._at, self._closing = max(at, self.page.rfind(b"<"), self.page.rfind(b">", 0, end)), b""
                return
            self._at, self._closing = unseen.end(), b"</" + unseen[2] if unseen[2] else b"-->"


def _text_length(page: bytes, enough: int) -> int:
    """Return how many bytes of a lower-cased page a browser would show as text; stops counting at `enough`.

    Each byte is looked at once, whatever the page. A closing tag that never comes takes the rest with it.
    """
    length = at = 0
    while length < enough and at >= 0:
        unseen = _UNSEEN.search(page, at)
        seen = page[at : unseen.start() if unseen else len(page)].removeprefix(b"-->")
        words = _TAG.sub(b" ", seen).replace(b"&nbsp;", b" ").split()
        length += sum(map(len, words)) + len(words)
        if unseen is None:
            break
        at = page.find(b"</" + unseen[2] if unseen[2] else b"-->", unseen.end())
    return length
