"""Style sheets that ask nobody for anything: what could name an address is taken out, the rest stays.

Allowed is what is known to be harmless, by name: a few functions and at-rules. Backslashes and comments, with which a name
can be written so that only a browser reads it, go first.
"""

from __future__ import annotations

import re

# Characters of one sheet, and of an attribute; what is longer is left out as a whole.
LONGEST_SHEET = 400_000
_LONGEST_ATTRIBUTE = 4_000
_FUNCTIONS = frozenset(
    ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color-mix", "calc", "min", "max", "clamp",
     "repeat", "minmax", "fit-content", "translate", "translatex", "translatey", "translate3d", "scale", "scalex",
     "scaley", "rotate", "skew", "matrix", "cubic-bezier", "steps", "linear-gradient", "radial-gradient", "var", "not",
     "is", "where", "has", "nth-child", "nth-of-type", "nth-last-child", "nth-last-of-type", "lang", "dir", "and",
     "or", "blur", "brightness", "contrast", "grayscale", "opacity", "drop-shadow", "inset", "circle",
     "counter", "selector", "only", "screen", "all", "print"]
)  # fmt: skip
_AT_RULES = frozenset(
    {"@media", "@supports", "@keyframes", "@-webkit-keyframes", "@layer", "@container", "@page"}
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# Every name, with the bracket behind it, if there is one; whatever a browser takes for a name is within it.
_NAME = re.compile(r"[^\s(){}\[\];:,\"'!>+~*/=.#|&$%^`]+\(?")
_AT_WORD = re.compile(r"@[^\s(){};\"']*")


def safe_sheet(css: str) -> str:
    """Return a style sheet without what makes a browser ask for something, and without "<"."""
    return _safe(css) if len(css) <= LONGEST_SHEET else ""


def safe_attribute(css: str) -> str:
    """Return the value of a `style` attribute, likewise; it can't close the rule that it is."""
    return _safe(css.replace("{", "").replace("}", "")) if len(css) <= _LONGEST_ATTRIBUTE else ""


def _safe(css: str) -> str:
    plain = css.replace("\\", "").replace("<", "").replace("\0", "")
    # a space for a comment, so that what stood around it makes no other one
    plain = _AT_WORD.sub(_at_word, _COMMENT.sub(" ", plain))
    return _NAME.sub(_name, plain)


def _at_word(found: re.Match[str]) -> str:
    return found[0] if found[0].lower() in _AT_RULES else "@none"


def _name(found: re.Match[str]) -> str:
    if not found[0].endswith("("):
        return found[0]
    name = found[0][:-1].lower()
    return found[0] if name in _FUNCTIONS or name in _AT_RULES else "none("
