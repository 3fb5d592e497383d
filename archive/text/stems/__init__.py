"""What words of one language have in common under their endings, so that `обстрел` finds `обстрела`.

Each stemmer takes a folded word (see `archive.text.letters`) and returns one, never empty. Stemming a folded word rather
than the spelled one loses little, and lets people type without accents. English, French, Spanish and Russian are Snowball's
with what it misses of our field; Arabic, Persian, Ukrainian and Turkish are light ones of our own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib.metadata import version

from archive.text.stems import arabic, persian, snowball, turkish, ukrainian

Stemmer = Callable[[str], str]

# Bump it with every change of `letters`, `normalise` or a stemmer: what was indexed before is then made anew.
_OURS = 2
_KEYS = 1  # of archive.text.keys

STEMMED = ("en", "fr", "es", "tr", "ru", "uk", "ar", "fa")
# One language without a stemmer for each script: of these, words differ in their script only.
UNSTEMMED = ("de", "bg", "ur", "he", "zh")

# Endings that a word may get which a stemmer takes off again, with part of the word before.
_COMPLETIONS = {
    "en": ("ing", "ed", "es", "ies", "ation", "ement"),
    "fr": ("ement", "ements", "ation", "ations", "es", "ees"),
    "es": ("acion", "aciones", "ados", "adas", "amiento", "as", "os"),
    "tr": ("lari", "leri", "lar", "ler", "nin", "si"),
    "ru": ("ами", "ого", "ены", "ения", "ов", "ах"),
    "uk": ("ами", "ого", "ених", "ення", "ів", "ах"),
    "ar": ("ات", "ون", "ين", "يه"),
    "fa": ("هاي", "ها", "ان"),
}

# The script that each language is written in; any other is taken to be written in Latin letters.
_WRITTEN = {
    "arabic": ("ar", "fa", "ps", "ur", "ckb", "ug", "sd"),
    "cyrillic": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn"),
    "hebrew": ("he", "yi"),
    "other": ("zh", "ja", "ko", "th", "my", "km", "lo", "hi", "bn", "ta", "am", "ti", "ka", "hy", "el"),
}
_SCRIPT = {language: script for script, languages in _WRITTEN.items() for language in languages}
# What words of a script are taken for in a report that is not of that script.
_GUEST = {"latin": "en", "cyrillic": "ru", "arabic": "ar"}


def stemmers() -> Mapping[str, Stemmer]:
    """Return a stemmer for each language (ISO 639-1) that has one."""
    return snowball.stemmers() | {
        "ar": arabic.stem, "fa": persian.stem, "uk": ukrainian.stem, "tr": turkish.stem,
    }  # fmt: skip


def completed(folded: str, language: str) -> tuple[str, ...]:
    """Return words of a language that a beginning may be of, where they end in the middle of an ending."""
    return tuple(
        folded + ending[length:]
        for ending in _COMPLETIONS.get(language, ())
        for length in range(1, len(ending))
        if folded.endswith(ending[:length])
    )


def script_of(language: str) -> str:
    """Return which script a language is written in: arabic, cyrillic, hebrew, latin or other."""
    return _SCRIPT.get(language, "latin")


def language_of_word(script: str, language: str | None) -> str | None:
    """Return as a word of which language a word of `script` is to be stemmed in a report in `language`, if at all."""
    if language is not None and script_of(language) == script:
        return language
    return _GUEST.get(script)


@functools.cache
def normaliser_version() -> str:
    """Return what an index was made with, as text: two indexes of the same version hold the same forms."""
    return f"{_OURS}, keys {_KEYS}, PyStemmer {version('PyStemmer')}"
