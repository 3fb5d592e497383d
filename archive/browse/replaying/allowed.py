"""What a replayed page may be made of, by name. Nothing that asks for anything, runs, or is parsed by rules of its own."""

from __future__ import annotations

import re
from typing import Final

# Elements that stay what they are.
KEPT: Final = frozenset(
    ["a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite",
     "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
     "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "i", "ins", "kbd", "li", "main", "mark",
     "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong",
     "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
     "wbr"]
)  # fmt: skip
# Elements of which another is made, that does nothing.
CHANGED: Final = {
    "button": "span", "dialog": "div", "dir": "ul", "fieldset": "div", "form": "div", "label": "span", "legend": "div",
    "listing": "pre", "menu": "ul", "option": "div", "optgroup": "div", "plaintext": "pre", "search": "div",
    "select": "span", "textarea": "pre", "xmp": "pre", "frameset": "div",
}  # fmt: skip
VOID: Final = frozenset({"br", "col", "hr", "img", "wbr"})
# What stands in them is no text of the page.
DROPPED: Final = frozenset({"iframe", "noembed", "script", "style", "title"})
# Instead of them, a note of what was there.
NOTED: Final = {
    "applet": "program", "audio": "sound", "embed": "embedded", "frame": "frame", "iframe": "frame", "object": "embedded",
    "video": "video",
}  # fmt: skip
_ANYWHERE: Final = frozenset({"class", "dir", "id", "lang", "style", "title"})
_OF_ELEMENT: Final[dict[str, frozenset[str]]] = {
    "a": frozenset({"name"}),
    "col": frozenset({"span", "width"}),
    "colgroup": frozenset({"span"}),
    "del": frozenset({"datetime"}),
    "details": frozenset({"open"}),
    "font": frozenset({"color", "face", "size"}),
    "img": frozenset({"alt", "height", "src", "width"}),
    "ins": frozenset({"datetime"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "table": frozenset({"border", "cellpadding", "cellspacing", "width"}),
    "td": frozenset({"align", "colspan", "height", "rowspan", "valign", "width"}),
    "th": frozenset({"align", "colspan", "height", "rowspan", "scope", "valign", "width"}),
    "time": frozenset({"datetime"}),
}
_NONE: Final[frozenset[str]] = frozenset()
# Characters of an attribute's value; a longer one is cut off, and an address or a picture left out.
_LONGEST: Final = 2_000
_LONGEST_PICTURE: Final = 200_000
_PICTURE: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/\s]+={0,2}\s*")
_DIRECTIONS: Final = frozenset({"ltr", "rtl", "auto"})


def may_have(element: str, attribute: str) -> bool:
    """Tell whether an element of a replayed page may have an attribute, both in lower case."""
    return attribute in _ANYWHERE or attribute in _OF_ELEMENT.get(element, _NONE)


def value_of(attribute: str, value: str) -> str | None:
    """Return the value that an attribute may have, None if it may not be there. Styles are seen to elsewhere."""
    if attribute == "src":
        is_picture = len(value) <= _LONGEST_PICTURE and _PICTURE.fullmatch(value)
        return value if is_picture else None
    if attribute == "dir":
        return value.lower() if value.lower() in _DIRECTIONS else None
    return value[:_LONGEST]
