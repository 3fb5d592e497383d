"""What language a text is in: what the page declares, as long as letters and words agree, else py3langid's guess."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

from crawler.extraction.function_words import languages_instead

_SAMPLE = 2_000  # characters; more changes no answer and costs a millisecond
_LEAST_LETTERS = 20
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("latin", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
    ("arabic", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff"),
    ("cyrillic", "\u0400-\u052f"),
    ("hebrew", "\u0590-\u05ff\ufb1d-\ufb4f"),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("han", "\u3400-\u9fff"),
    ("kana", "\u3040-\u30ff"),
    ("hangul", "\uac00-\ud7af"),
    ("ethiopic", "\u1200-\u139f"),
    ("myanmar", "\u1000-\u109f"),
    ("devanagari", "\u0900-\u097f"),
    ("bengali", "\u0980-\u09ff"),
    ("georgian", "\u10a0-\u10ff"),
    ("armenian", "\u0530-\u058f"),
    ("thai", "\u0e00-\u0e7f"),
)
_PATTERNS = tuple((name, re.compile(f"[{letters}]")) for name, letters in _SCRIPTS)
_COMMON = tuple((name, re.compile(f"[{letters}]+")) for name, letters in _SCRIPTS[:3])
_NO_LETTERS = bytes(number for number in range(128) if not chr(number).isalpha())
# The languages of each script that reports come in; those that have one language need no guess.
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "latin": (
        "en", "fr", "es", "de", "tr", "it", "pt", "nl", "pl", "cs", "sk", "sl", "hr", "bs", "sr", "ro", "hu", "sv", "no",
        "da", "fi", "et", "lv", "lt", "sq", "az", "id", "ms", "vi", "sw", "so", "ha", "af", "zu", "xh", "rw", "ku", "ca",
        "eu", "mg", "uz", "tl", "is", "nb", "nn", "yo", "ig",
    ),
    "arabic": ("ar", "fa", "ur", "ps", "ku", "ug", "sd"),
    "cyrillic": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "uz", "tt"),
    "hebrew": ("he",),
    "greek": ("el",),
    "han": ("zh", "ja"),
    "kana": ("ja",),
    "hangul": ("ko",),
    "ethiopic": ("am", "ti"),
    "myanmar": ("my",),
    "devanagari": ("hi", "mr", "ne"),
    "bengali": ("bn", "as"),
    "georgian": ("ka",),
    "armenian": ("hy",),
    "thai": ("th",),
}  # fmt: skip
# ISO 639-2/3 codes, old codes and names that pages declare.
_ALIASES = {
    "ckb": "ku", "kmr": "ku", "kur": "ku", "prs": "fa", "fas": "fa", "per": "fa", "iw": "he", "in": "id", "ji": "yi",
    "eng": "en", "english": "en", "ara": "ar", "arabic": "ar", "rus": "ru", "russian": "ru", "ukr": "uk", "ua": "uk",
    "ukrainian": "uk", "fra": "fr", "fre": "fr", "french": "fr", "deu": "de", "ger": "de", "german": "de", "spa": "es",
    "spanish": "es", "tur": "tr", "turkish": "tr", "heb": "he", "pus": "ps", "urd": "ur", "zho": "zh", "chi": "zh",
    "jpn": "ja", "nb": "no", "nn": "no", "kp": "ko", "cn": "zh", "jp": "ja", "per-ir": "fa", "sh": "sr",
}  # fmt: skip
_TAG = re.compile(r"^\s*([A-Za-z]{2,9})(?:[-_][A-Za-z0-9]+)*\s*(?:[,;].*)?$", re.DOTALL)
_UKRAINIAN, _RUSSIAN, _BELARUSIAN = re.compile("[іїєґІЇЄҐ]"), re.compile("[ыэъёЫЭЪЁ]"), re.compile("[ўЎ]")
_NOT_ARABIC = re.compile("[پچژگکیڕڵۆێەٹڈےټډړښځ]")


def detect_language(text: str, declared: str | None, expected: tuple[str, ...]) -> str | None:
    """Return the ISO 639-1 code of the language that `text` is in, or None where nothing tells.

    `declared` is what the page says ("en-US", "ar_SY", "Arabic"); it stands where that language is written in
    the text's script (for Russian and Ukrainian, with its letters; in Latin letters, unless the text's small words are
    plainly another language's). Else the source's languages `expected`
    decide if only one of them fits the script, else py3langid among the languages of that script.
    """
    code = language_code(declared)
    sample = text[:_SAMPLE]
    script = main_script(sample)
    if script is None:
        return code or (expected[0] if len(expected) == 1 else None)
    by_letters = _by_letters(sample, script)
    possible = _LANGUAGES[script]
    if code is not None and _fits(code, by_letters, possible, script):
        instead = languages_instead(sample, code) if script == "latin" else None
        return code if instead is None else _one_of(sample, instead, possible) or code
    if by_letters is not None and len(by_letters) == 1:
        return by_letters[0]
    if by_letters is not None:
        possible = by_letters
    likely = [language for language in map(language_code, expected) if language in possible]
    if len(likely) == 1 or len(possible) == 1:
        return (likely or list(possible))[0]
    plain = languages_instead(sample, None) if script == "latin" and not likely else None
    return _one_of(sample, plain or (), tuple(likely) or possible)


def language_code(declared: str | None) -> str | None:
    """Return the ISO 639-1 code in a language tag, locale or name, or None."""
    match = _TAG.match(declared or "")
    if match is None:
        return None
    code = match[1].casefold()
    code = _ALIASES.get(code, code)
    return code if len(code) == 2 else None


def main_script(text: str) -> str | None:
    """Return the script that most letters of `text` are in, or None for too few letters."""
    ascii_letters = len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))
    if ascii_letters > max(len(text) / 2, _LEAST_LETTERS):
        return "latin"
    for name, runs in _COMMON:
        if sum(map(len, runs.findall(text))) > max(len(text) / 2, _LEAST_LETTERS):
            return name  # the usual case, without counting all the others
    counts = Counter({name: len(pattern.findall(text)) for name, pattern in _PATTERNS})
    if counts["kana"] * 10 > counts["han"] + counts["kana"]:
        counts["kana"] += counts["han"]  # Japanese is written in both
    script, most = counts.most_common(1)[0]
    return script if most >= _LEAST_LETTERS else None


def _fits(code: str, by_letters: tuple[str, ...] | None, possible: tuple[str, ...], script: str) -> bool:
    if by_letters is not None:
        return code in by_letters
    known = any(code in languages for languages in _LANGUAGES.values())
    # A rare language that no table has may well be written in Latin letters, and in no others.
    return code in possible or (not known and script == "latin")


def _by_letters(sample: str, script: str) -> tuple[str, ...] | None:
    """Return the languages that a text's letters leave, or None where they tell nothing."""
    if script == "cyrillic":
        ukrainian, russian = len(_UKRAINIAN.findall(sample)), len(_RUSSIAN.findall(sample))
        if len(_BELARUSIAN.findall(sample)) > 2:
            return ("be",)
        if ukrainian > 4 * russian and ukrainian > 2:
            return ("uk",)
        if russian > 4 * ukrainian and russian > 2:
            return tuple(code for code in _LANGUAGES["cyrillic"] if code not in {"uk", "mk", "sr", "be"})
    if script == "arabic":
        others = len(_NOT_ARABIC.findall(sample))
        if others * 100 > len(sample) * 2:
            return tuple(code for code in _LANGUAGES["arabic"] if code != "ar")
        return ("ar",)
    return None


def _one_of(sample: str, plain: tuple[str, ...], possible: tuple[str, ...]) -> str | None:
    return plain[0] if len(plain) == 1 else _guess(sample, plain or possible)


def _guess(sample: str, possible: tuple[str, ...]) -> str | None:
    for code, _ in _identifier().rank(sample):
        found: str = _ALIASES.get(code, code)
        if found in possible:
            return found
    return None


@cache
def _identifier() -> Any:
    """Return py3langid's model, made when first asked for, once a process.

    It takes 0.6 s and 120 MB, most pages declare their language truly, and it never changes: `rank` is used
    and filtered here instead of `set_languages`, which would.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
