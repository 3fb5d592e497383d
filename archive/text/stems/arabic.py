"""A light stemmer of folded Arabic: the article with what stands before it, endings, and plurals that break the word.

Particles of one letter without the article (وقصف, بقصف) stay: a word may begin with the same letter (وزير). Instead, a
search asks for the word with each of them, see `with_particles`.
"""

from __future__ import annotations

import re

from archive.text.stems.endings import by_last_letter

_ARTICLE = re.compile("[وف]?(?:[بك]?ال|لل)(?=...)")
_PARTICLES = ("و", "ف", "ب", "ل", "ك", "وب", "ول")
# The ending, and the least number of letters that must be left.
_ENDINGS = (
    ("تهما", 3), ("هما", 3), ("تها", 3), ("تهم", 3), ("تان", 3), ("تين", 3), ("يات", 4), ("ته", 3), ("ها", 3), ("هم", 3), ("ات", 3), ("ون", 4), ("ين", 4), ("ان", 4), ("ه", 3), ("ي", 4),
    ("ا", 3),
)  # fmt: skip

# Names that would be other words without their last letter.
_KEPT = frozenset({"صنعا", "درعا", "يافا", "حيفا", "جنينه"})

# Plurals that break the word by a pattern: ذخائر, ذخيرة; صهاريج, صهريج.
_PATTERNS = ((re.compile("(..)اي(.)"), r"\1ي\2"), (re.compile("(..)ا(.)ي(.)"), r"\1\2ي\3"))
# A plural is joined with its singular where reports use both for the same thing.
_BROKEN = {
    "شهداء": "شهيد", "شهدا": "شهيد", "قتلي": "قتيل", "جرحي": "جريح", "اسري": "اسير", "صواريخ": "صاروخ", "قذايف": "قذيفه",
    "مدارس": "مدرسه", "مساجد": "مسجد", "منازل": "منزل", "اطفال": "طفل", "مدن": "مدينه", "قري": "قريه", "هجمات": "هجوم",
    "ضحايا": "ضحيه", "جنود": "جندي", "براميل": "برميل", "الغام": "لغم", "كتايب": "كتيبه", "فصايل": "فصيل", "حواجز": "حاجز",
    "مشافي": "مستشفي", "مشفي": "مستشفي", "مستشفيات": "مستشفي", "طرق": "طريق", "احياء": "حي", "احيا": "حي", "اسواق": "سوق",
    "قوات": "قوه", "رهاين": "رهينه", "جثث": "جثه", "مخيمات": "مخيم", "معارك": "معركه", "قنابل": "قنبله", "خيام": "خيمه",
    "سجون": "سجن", "مقابر": "مقبره", "عبوات": "عبوه", "دبابات": "دبابه", "رجال": "رجل", "نساء": "امراه", "نسا": "امراه",
    "اشخاص": "شخص", "حرايق": "حريق", "جيوش": "جيش", "حروب": "حرب", "مواقع": "موقع", "مناطق": "منطقه", "شوارع": "شارع",
    "مباني": "مبني", "ابنيه": "مبني", "قاده": "قايد", "عناصر": "عنصر", "مرضي": "مريض", "اطباء": "طبيب",
    "اطبا": "طبيب", "مسعفون": "مسعف", "عواصف": "عاصفه", "جسور": "جسر", "مزارع": "مزرعه", "حقول": "حقل", "قوارب": "قارب",
    "مهاجمون": "مهاجم", "مسيرات": "مسيره", "مجازر": "مجزره", "ايتام": "يتيم", "لجان": "لجنه", "تقارير": "تقرير", "ادله": "دليل",
}  # fmt: skip
_BY_LETTER = by_last_letter(_ENDINGS)


def stem(word: str) -> str:
    """Return what is left of a folded word without article and endings."""
    bare = word
    while len(bare) > 4 and (found := _ARTICLE.match(bare)):
        bare = bare[found.end() :]
    bare = _BROKEN.get(bare) or _BROKEN.get(without_particle(bare) or "") or bare
    while bare not in _KEPT and (shorter := _shortened(bare)):
        bare = shorter
    for plural, singular in _PATTERNS:
        if plural.fullmatch(bare):
            return plural.sub(singular, bare)
    return bare


def without_article(word: str) -> str:
    """Return a folded word, or the beginning of one, without the article."""
    return _ARTICLE.sub("", word, count=1) if _ARTICLE.match(word) else word


def with_particles(word: str) -> tuple[str, ...]:
    """Return a folded word, and the words that it makes with the particles that are written in one with it."""
    bare = without_article(word)
    return word, *(particle + bare for particle in _PARTICLES if len(bare) >= 2)


def without_particle(word: str) -> str | None:
    """Return a folded word without a particle before it, if it may have one."""
    for particle in reversed(_PARTICLES):
        if word.startswith(particle) and len(word) - len(particle) >= 3:
            return word[len(particle) :]
    return None


def _shortened(word: str) -> str | None:
    if len(word) >= 5 and word.endswith("اء"):  # "صنعاء" is written "صنعا" as often
        return word[:-1]
    for ending, least in _BY_LETTER.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None
