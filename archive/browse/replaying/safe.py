"""A page's HTML rebuilt, piece by piece, of elements and attributes that are allowed by name (`archive.browse.replaying.allowed`).

lxml's parser is listened to rather than asked for a tree: so time grows with the page's length whatever is in it (a tree's
grows with the square of an element's attributes, and is cut off where elements are nested deeply), and what is written is
our own, not a tree that a browser might read otherwise. Text and values are escaped; no element is written inside which
a browser reads by other rules (script, svg, math, template, noscript, textarea ...), but for one style sheet without "<".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml.etree import HTMLParser, LxmlError
from markupsafe import escape

from archive.browse.replaying.allowed import CHANGED, DROPPED, KEPT, NOTED, VOID, may_have, value_of
from archive.browse.replaying.characters import clean
from archive.browse.replaying.styles import LONGEST_SHEET, safe_attribute, safe_sheet
from archive.errors import ArchiveError

# Characters of a page: some hundred times what a report has.
LONGEST = 5_000_000
_MOST_PIECES = 300_000  # tags, and texts between them
_DEEPEST = 200  # elements in each other; browsers stop at 512
_PIECE = 65_536
_WIDTH = re.compile(r"[01](?:px)?")
_SHOWN_INPUTS = frozenset(
    {"", "text", "search", "submit", "button", "reset", "email", "url", "tel", "number", "date"}
)
# What of a page stands around its text.
_FRAME = frozenset({"html", "head", "body"})


class TooMuch(ArchiveError):
    """A page is too large to be shown."""


@dataclass(slots=True)
class Rebuilt:
    """What a page is made of: its title, style sheets, the attributes of its body, and the HTML of what is in it."""

    title: str = ""
    language: str = ""
    direction: str = ""
    sheets: list[str] = field(default_factory=list)
    body: str = ""
    body_attributes: str = ""


def rebuild(text: str) -> Rebuilt:
    """Return what a page may be shown as. Raises TooMuch for one that is too long or has too many elements."""
    if len(text) > LONGEST:
        raise TooMuch(
            f"the page has more than {LONGEST // 1_000_000} million characters, which is too much to be shown"
        )
    builder = _Builder()
    _feed(builder, text)
    return builder.result()


def document(rebuilt: Rebuilt, own_sheet: str) -> str:
    """Return the whole of a page in HTML. own_sheet: rules of ours, that come before the page's."""
    sheets = "\n".join([own_sheet, *rebuilt.sheets])
    named = (("lang", rebuilt.language or "und"), ("dir", rebuilt.direction))
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in named if value)
    return (
        f'<!DOCTYPE html>\n<html{attributes}>\n<head>\n<meta charset="utf-8">\n<title>{escape(rebuilt.title)}</title>\n'
        f"<style>{sheets}</style>\n</head>\n<body{rebuilt.body_attributes}>\n{rebuilt.body}\n</body>\n</html>\n"
    )


def _feed(builder: _Builder, text: str) -> None:
    parser = HTMLParser(target=builder, encoding="utf-8", no_network=True)  # type: ignore[arg-type]  # it hears text only
    data = clean(text).encode("utf-8", "replace")
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
            if builder.is_over:
                raise TooMuch(
                    f"the page is made of more than {_MOST_PIECES:,} pieces, which is too much to be shown"
                )
        parser.close()
    except (LxmlError, AssertionError):  # nothing that could be parsed; what was heard of it stands
        return


class _Builder:
    """Hears of a page's elements and text in their order, and writes down what may stay."""

    def __init__(self) -> None:
        self._out: list[str] = []
        # of each open element its name, and what closes it
        self._open: list[tuple[str, str]] = []
        self._dropped: list[str] = []
        self._held: list[str] = []
        self._pieces = self._styles = 0
        self._rebuilt = Rebuilt()
        self.is_over = False

    # -- what lxml calls ------------------------------------------------------------------------------------

    def start(self, name: object, attributes: Mapping[str, str]) -> None:
        """Hear of a start tag."""
        tag = str(name).lower()
        self._count()
        if self.is_over or (self._dropped and tag not in DROPPED):
            self._open.append((tag, ""))
            return
        if tag in DROPPED:
            self._dropped.append(tag)
        closing = ""
        if tag in _FRAME:
            self._frame(tag, attributes)
        else:
            closing = self._element(tag, attributes)
        self._open.append((tag, closing))

    def end(self, name: object) -> None:
        """Hear of an end tag, written or not."""
        tag = str(name).lower()
        if not self._open or self._open[-1][0] != tag:
            return
        _, closing = self._open.pop()
        if self._dropped and self._dropped[-1] == tag:
            self._dropped.pop()
            self._keep_held(tag)
        self._out.append(closing)

    def data(self, text: str) -> None:
        """Hear of text."""
        self._count()
        if self._dropped:
            self._held.append(text)
        elif not self.is_over:
            self._out.append(_escaped(text))

    def close(self) -> None:
        """Hear of the end."""

    def _count(self) -> None:
        self._pieces += 1
        self.is_over = self._pieces > _MOST_PIECES

    # -- what is made of it ---------------------------------------------------------------------------------

    def result(self) -> Rebuilt:
        """Return what was written, all elements closed."""
        if self._dropped:
            self._keep_held(self._dropped[-1])
        self._out += [closing for _, closing in reversed(self._open)]
        self._open.clear()
        self._rebuilt.body = "".join(self._out)
        return self._rebuilt

    def _frame(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "html":
            self._rebuilt.language = (attributes.get("lang") or "")[:35]
            self._rebuilt.direction = value_of("dir", attributes.get("dir") or "") or ""
        elif tag == "body":
            self._rebuilt.body_attributes = _attributes("body", attributes)

    def _element(self, tag: str, attributes: Mapping[str, str]) -> str:
        """Write an element's beginning, and return its end."""
        if tag in NOTED:
            self._note(NOTED[tag], attributes.get("src") or attributes.get("data"))
        elif tag == "img":
            self._picture(attributes)
        elif tag == "input":
            self._input(attributes)
        elif tag == "a":
            return self._written("a", _anchor(attributes))
        elif tag == "details":
            return self._written("details", {**attributes, "open": ""})
        elif tag in KEPT or tag in CHANGED:
            return self._written(CHANGED.get(tag, tag), attributes)
        elif "-" in tag:
            return self._written("span", attributes)
        return ""

    def _written(self, tag: str, attributes: Mapping[str, str]) -> str:
        if len(self._open) > _DEEPEST:
            return ""
        self._out.append(f"<{tag}{_attributes(tag, attributes)}>")
        return "" if tag in VOID else f"</{tag}>"

    def _note(self, what: str, address: str | None) -> None:
        self._out.append(f'<span class="conflict-archive-note"{_titled(address)}>[{what}]</span>')

    def _picture(self, attributes: Mapping[str, str]) -> None:
        if value_of("src", attributes.get("src") or ""):
            self._written("img", attributes)
            return
        if any(_WIDTH.fullmatch((attributes.get(side) or "").strip()) for side in ("width", "height")):
            return  # a counter
        words = attributes.get("alt")
        if words is None or words.strip():
            shown = f"[picture: {_escaped(words)}]" if words else "[picture]"
            address = _titled(attributes.get("data-src") or attributes.get("src"))
            self._out.append(f'<span class="conflict-archive-note"{address}>{shown}</span>')

    def _input(self, attributes: Mapping[str, str]) -> None:
        if (attributes.get("type") or "").lower() in _SHOWN_INPUTS:
            words = attributes.get("value") or attributes.get("placeholder") or ""
            self._out.append(f"<span>{_escaped(words)}</span>")

    def _keep_held(self, tag: str) -> None:
        held, self._held = "".join(self._held), []
        if tag == "style":
            self._styles += len(held) + 1_000
            if held.strip() and self._styles < 2 * LONGEST_SHEET:
                self._rebuilt.sheets.append(safe_sheet(held))
        elif tag == "title" and not self._rebuilt.title:
            self._rebuilt.title = " ".join(clean(held).split())[:1_000]


def _anchor(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of a link that leads nowhere, and says where it led."""
    said = [attributes.get("title"), attributes.get("href")]
    title = " — ".join(each.strip() for each in said if each and each.strip())
    return {**attributes, "title": title} if title else dict(attributes)


def _attributes(tag: str, attributes: Mapping[str, str]) -> str:
    written = []
    for name, given in attributes.items():
        if not may_have(tag, name):
            continue
        value = safe_attribute(clean(given or "")) if name == "style" else value_of(name, clean(given or ""))
        if value is not None:
            written.append(f' {name}="{escape(value)}"')
    return "".join(written)


def _titled(address: str | None) -> str:
    return f' title="{escape(clean(address)[:2_000])}"' if address else ""


def _escaped(text: str) -> str:
    return str(escape(clean(text)))
