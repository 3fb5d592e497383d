"""Matched words on their way from the index to a reader, between two control characters.

Reports hold `<b>` and `[` of their own; they hold no U+0002, and one that does can only make a false mark.
"""

from __future__ import annotations

import html
import re

START = "\x02"
END = "\x03"

_MARKED = re.compile(f"{START}([^{START}{END}]*){END}")
_STRAY = {ord(START): None, ord(END): None}


def render(text: str, start: str, end: str) -> str:
    """Return `text` with `start` and `end` about each marked stretch; a mark without its fellow goes."""
    # a function, since a replacement string would be read for backslashes
    return _MARKED.sub(lambda match: f"{start}{match[1]}{end}", text).translate(_STRAY)


def as_html(text: str) -> str:
    """Return `text` safe to be put into a page, the marked stretches in `<b>`."""
    return render(html.escape(text), "<b>", "</b>")
