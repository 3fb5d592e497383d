"""Hostile XML as a stream of events: no tree, no entities, no DTD, no depth; broken XML is read as far as it goes.

libxml2 in recovery mode drops an `&` that begins no entity, and with it the next parameter of an unescaped link,
stops for good at a `<` that begins no tag, and takes quadratic time over tags that never end. All three are
mended in the text before it sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any, Protocol, cast

from lxml import etree

from crawler.discovery.bytes_in import text_pieces
from crawler.errors import DiscoveryError

MAX_TAGS = 4_000_000  # some three seconds of reading; 50,000 URLs with a few pictures each have a million
_CDATA = "<![CDATA["
_LONGEST_REFERENCE = 12
_LONGEST_TAG = 2**17
MAX_DEPTH = 256  # libxml2's own bound, which it doesn't keep when it is fed piece by piece
_MARKUP = re.compile(r"&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7});|(\w{1,10});)?|<(?![!?]|[A-Za-z_:/][^<>]*>)")
# As numbers: after its first error libxml2 drops every reference by name, even &amp;.
_BY_NUMBER = {"amp": "&#38;", "lt": "&#60;", "gt": "&#62;", "quot": "&#34;", "apos": "&#39;"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST_NAME = re.compile(r"<(?:[\w.-]{1,100}:)?([\w.-]{1,100})")
_ROOT_TAG = re.compile(r"""<[^\s<>"'/]+((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_HTML_ROOTS = frozenset({"html", "head", "body", "script", "meta", "div", "p", "center", "br", "b", "h1"})
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,200})", re.IGNORECASE)


class Target(Protocol):
    """What is told of each element as it is read. Names are "{namespace}name"; `full` stops the reading."""

    @property
    def full(self) -> str | None:
        """Say in a few words why enough was read, or None to go on."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def data(self, text: str) -> None:
        """Take a piece of text."""

    def close(self) -> None:
        """Take the end of the document."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of document: its name in a sentence, the names of its root, and whether a DOCTYPE may stand.

    prefixes: namespaces by the prefix under which they are often used without being declared.
    """

    name: str
    roots: frozenset[str]
    doctype_allowed: bool = False
    prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prolog:
    root: str
    doctype: str
    rest: str


def local_name(tag: str) -> str:
    """Return a tag's name in lower case without its namespace, or its prefix if that was never declared."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def read_xml(payload: bytes, url: str, kind: Kind, target: Target, content_type: str | None) -> str | None:
    """Tell `target` of every element of a payload, and return a clause that says what is broken, if anything.

    Raises DiscoveryError, in a sentence that names `url`, for what is not XML of that kind or carries a DTD.
    """
    pieces = text_pieces(payload, content_type)
    prolog = _prolog(next(pieces), url, kind)
    _check(prolog, url, kind)
    return _parsed(_mended(_chained(_with_prefixes(prolog.rest, kind.prefixes), pieces)), target)


def _check(prolog: _Prolog, url: str, kind: Kind) -> None:
    named_html = prolog.doctype.lower() == "html" and prolog.root not in kind.roots  # some feeds carry it too
    if named_html or prolog.root in _HTML_ROOTS:
        title = _TITLE.search(prolog.rest[:20_000])
        named = f" titled {' '.join(title[1].split())!r}" if title else ""
        raise DiscoveryError(f"{url} is an HTML page{named}, not {kind.name}")
    if prolog.root not in kind.roots:
        raise DiscoveryError(f"{url} is XML whose root is <{prolog.root}>, not {kind.name}")
    if prolog.doctype and not kind.doctype_allowed:
        raise DiscoveryError(f"{url} carries a document type declaration, which {kind.name} never needs")


def _prolog(text: str, url: str, kind: Kind) -> _Prolog:
    """Skip what stands before the first element, which has to begin within the first piece of text."""
    position, doctype = 0, ""
    while (position := text.find("<", position)) >= 0:
        if text.startswith("<!--", position):
            closing = "-->"
        elif text.startswith("<?", position):
            closing = "?>"
        elif text.startswith("<!", position):
            closing = ">"
        elif name := _FIRST_NAME.match(text, position):
            return _Prolog(name[1].lower(), doctype, text[position:])
        else:
            position += 1
            continue
        end = text.find(closing, position)
        if end < 0:
            break
        if text[position : position + 9].upper() == "<!DOCTYPE":
            doctype = _doctype(text[position + 9 : end], url)
        position = end + len(closing)
    raise DiscoveryError(f"{url} is not XML, so not {kind.name}: no element in it begins")


def _doctype(declaration: str, url: str) -> str:
    # An internal subset is where entities are declared; its own ">" ends the declaration as cut out here.
    if "[" in declaration:
        raise DiscoveryError(f"{url} declares entities of its own, which is how XML bombs are built")
    return (declaration.split() or ["unnamed"])[0]


def _with_prefixes(text: str, prefixes: Mapping[str, str]) -> str:
    """Declare on the root element what a sloppy generator forgot to."""
    root = _ROOT_TAG.match(text)
    if root is None:
        return text
    missing = [
        f' xmlns:{prefix}="{uri}"' for prefix, uri in prefixes.items() if f"xmlns:{prefix}" not in root[1]
    ]
    return text[: root.start(1)] + "".join(missing) + text[root.start(1) :]


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _parsed(pieces: Iterable[str], target: Target) -> str | None:
    parser = etree.XMLParser(
        target=cast("Any", target), encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False,
    )  # fmt: skip
    tags = 0
    try:
        for piece in pieces:
            parser.feed(piece.encode("utf-8"))
            tags += piece.count("<")
            if target.full or tags > MAX_TAGS:
                return target.full or f"only its first {MAX_TAGS:,} tags were read"
        parser.close()
    except etree.XMLSyntaxError as error:
        return f"the XML is broken ({error.msg})"
    # an element whose prefix nobody declared is read like any other
    serious = (entry for entry in parser.feed_error_log if entry.domain_name != "NAMESPACE")
    if first := next(serious, None):
        return f"the XML is broken ({first.message.strip()}, line {first.line})"
    return target.full


def _mended(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text in which every `&` outside CDATA begins a reference that XML knows, without control characters.

    A piece never ends inside a reference, a tag or a CDATA mark: such an end waits for the next piece.
    """
    waiting, in_cdata = "", False
    for piece in pieces:
        text = waiting + _CONTROL.sub("", piece)
        done, position = [], 0
        while True:
            mark = text.find("]]>" if in_cdata else _CDATA, position)
            stop = mark if mark >= 0 else _safe_end(text, position)
            done.append(text[position:stop] if in_cdata else _MARKUP.sub(_legal, text[position:stop]))
            position = stop
            if mark < 0:
                break
            in_cdata = not in_cdata
            done.append("]]>" if not in_cdata else _CDATA)
            position += len(done[-1])
        waiting = text[position:]
        yield "".join(done)
    yield waiting if in_cdata else _MARKUP.sub(_legal, waiting)


def _safe_end(text: str, position: int) -> int:
    tail = max(position, len(text) - _LONGEST_REFERENCE)
    cuts = [cut for character in "&]" if (cut := text.find(character, tail)) >= 0]
    tag = text.rfind("<", max(position, len(text) - _LONGEST_TAG))
    if tag >= 0 and text.find(">", tag) < 0:
        cuts.append(tag)
    return min(cuts, default=len(text))


def _legal(match: re.Match[str]) -> str:
    number, name = match[1], match[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        legal = code in {9, 10, 13} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
        return match[0].replace("X", "x", 1) if legal or 0x10000 <= code <= 0x10FFFF else ""
    if name is None:
        return _BY_NUMBER["amp" if match[0] == "&" else "lt"]
    return _BY_NUMBER.get(name) or html5.get(f"{name};", f"&#38;{name};")
