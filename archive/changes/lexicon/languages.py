"""Which of the languages that the tables know a text is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archive.changes.tokens import Tokens

KNOWN = ("en", "ar", "ru", "uk", "fr", "es", "tr")
_LATIN = {
    "en": "the of and in to was were that by on at from has have said with is for",
    "fr": "le la les des et dans du une est par pour sur que qui au aux ont été",
    "es": "el la los las de y en que por una con del se al para fue ha",
    "tr": "ve bir bu da de için ile olan göre kişi oldu edildi ise çok daha",
}
_ENOUGH = 400  # tokens; a language shows in so many


def language_of(declared: str | None, texts: Sequence[Tokens]) -> str:
    """Return one of KNOWN, or "" for any other: the declared one, or else what the letters and small words tell.

    Persian, Urdu, Kurdish, Hebrew ... are none of them: what their numbers in digits say is read without words.
    """
    code = (declared or "").lower().replace("_", "-").partition("-")[0]
    if code:
        return code if code in KNOWN else ""
    words = [word for tokens in texts for word in tokens.folded[:_ENOUGH]][:_ENOUGH]
    letters = Counter(_script(word[0]) for word in words)
    script = max(letters, key=lambda one: (letters[one], one), default="")
    if script == "cyrillic":
        return "uk" if any(set("іїєґ") & set(word) for word in words) else "ru"
    if script == "arabic":
        return "" if any(set("پچژگ") & set(word) for word in words) else "ar"
    return _latin(words) if script == "latin" else ""


def _script(letter: str) -> str:
    if "\u0400" <= letter < "\u0530":
        return "cyrillic"
    if "\u0620" <= letter < "\u0700":
        return "arabic"
    return "latin" if letter.isalpha() and letter < "\u0250" else ""


def _latin(words: Sequence[str]) -> str:
    counts = Counter(words)
    scores = {code: sum(counts[word] for word in small.split()) for code, small in _LATIN.items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] else ""
