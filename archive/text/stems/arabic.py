"""A light stemmer of folded Arabic: the article with what stands before it, endings, plurals that break the word, and verbs.

Particles of one letter without the article (وقصف, بقصف) stay unless the rest is a word of the list: a word may begin with
the same letter (وزير). Instead, a search asks for the word with each of them, see `with_particles`. The list of plurals and
verbs that no rule finds is `arabic.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.text.stems.endings import Endings, listed

_ARTICLE = re.compile("[وف]?(?:[بك]?ال|لل)(?=...)")
_PARTICLES = ("و", "ف", "ب", "ل", "ك", "وب", "ول")
_ENDINGS = Endings(
    ("تهما هما تها تهم تان تين ته ها هم ات وا ه ا ت", 3), ("يات ون ين ان ي و نا", 4), ("تنا", 3)
)
# Names that would be other words without their last letter.
_KEPT = frozenset({"صنعا", "درعا", "يافا", "حيفا", "جنينه", "جزاير"})

# Plurals that break the word by a pattern: صواريخ, صاروخ; شوارع, شارع; ذخائر, ذخيرة; صهاريج, صهريج.
_PLURALS = (
    (re.compile("([^متا])وا(.)ي(.)"), r"\1ا\2و\3"), (re.compile("([^متا])وا(..)"), r"\1ا\2"),
    (re.compile("م(.)ا(.)ي(.)"), r"م\1\2و\3"), (re.compile("ا(.)ا(.)ي(.)"), r"ا\1\2و\3"),
    (re.compile("([^م].)اي(.)"), r"\1ي\2"), (re.compile("([^ما].)ا(.)ي(.)"), r"\1\2ي\3"),
    (re.compile("([^مايتن].)ا([^ي].)"), r"\1\2"),
)  # fmt: skip
# Verbs with ن, ت or ست before or in their root, by person, as their noun and as a participle: انفجر, ينفجر, انفجار, منفجر.
_ROOT = "(ن..|.ت.|ست..)"
_VERBS = (
    (re.compile("م(ت...)"), r"\1"),  # متظاهر, تظاهر
    (re.compile(f"ا{_ROOT}ا(.)"), r"\1\2"), (re.compile(f"[ايتم]{_ROOT}(.)"), r"\1\2"),
    (re.compile("[وف]?س?ي([^و]...?)"), r"\1"), (re.compile("[وف]?س?ي([^و].[^ي])"), r"\1"),
)  # fmt: skip
_NO_VERBS = frozenset(
    "يوسف يونس يونيو يوليو يناير يهود يتيم يمين يسار ينبع يعقوب ياسر ياسين يحيي يزيد يافع يرموك".split()  # noqa: SIM905
)


def _lists() -> tuple[dict[str, str], dict[str, str]]:
    """Return what `arabic.txt` says: of nouns and of verbs, what each word is taken for."""
    plurals, verbs = listed("arabic.txt")
    nouns = {word: one for one, *others in reversed(plurals) for word in (one, *others)}
    named = {word: verb for verb, present, *others in reversed(verbs) for word in (verb, present, *others)}
    for verb, present, *_ in verbs:
        for word in _conjugated(verb, present):
            named.setdefault(word, verb)
    return nouns, named


def _conjugated(past: str, present: str) -> Iterator[str]:
    """Give the forms of a verb by person, as they are before a pronoun too; both are given as of "he"."""
    root = past[:-1] if past[-1] in "اي" else past
    yield from (root + ending for ending in ("ت", "وا", "و", "تا", "ن", "نا", "ا", "ته", "تهم"))
    rest = present[1:]
    short = rest[:-1] if rest[-1] in "ايو" else rest
    for person in "يتن" if len(rest) > 2 else "ي":
        yield person + rest
        yield from (person + short + ending for ending in ("ون", "وا", "و", "ان", "ا", "ن", "ين", ""))
        if person != "ن":
            yield "س" + person + rest
            yield "س" + person + short + "ون"


_NOUNS, _CONJUGATED = _lists()
_LISTED = _CONJUGATED | _NOUNS
_PRONOUNS = ("هما", "هم", "ها", "هن", "نا", "كم", "ه")


def stem(word: str) -> str:
    """Return what is left of a folded word without article and endings."""
    bare = word
    while len(bare) > 4 and (found := _ARTICLE.match(bare)):
        bare = bare[found.end() :]
    is_bare = bare == word
    found_as = _listed(bare)
    bare = found_as or bare
    while bare not in _KEPT and (shorter := _shortened(bare)):
        if not found_as and bare[len(shorter) :] not in {"ت", "ي"} and (found_as := _LISTED.get(shorter)):
            shorter = found_as
        bare = shorter
    return bare if found_as else _by_pattern(bare, _VERBS if is_bare or bare[0] != "ي" else _VERBS[:2])


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


def _listed(word: str) -> str | None:
    """Return what a word of the list stands for, also behind a particle, before a pronoun or as a dual."""
    for bare in (word, without_particle(word) or ""):
        if found := _LISTED.get(bare):
            return found
        for pronoun in _PRONOUNS:
            if bare.endswith(pronoun) and len(bare) - len(pronoun) >= 3:
                left = bare[: -len(pronoun)]
                found = _LISTED.get(left) or (_NOUNS.get(left[:-1] + "ه") if left[-1] == "ت" else None)
                if found:
                    return found
        if bare.endswith(("ان", "ين")) and len(bare) >= 5:
            left = bare[:-2]
            if found := _NOUNS.get(left) or (_NOUNS.get(left[:-1] + "ه") if left[-1] == "ت" else None):
                return found
    return None


def _by_pattern(bare: str, verbs: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, to in (*_PLURALS, *verbs):
        if bare not in _NO_VERBS and pattern.fullmatch(bare):
            return pattern.sub(to, bare)
    return bare


def _shortened(word: str) -> str | None:
    if len(word) >= 5 and word.endswith("اء"):  # "صنعاء" is written "صنعا" as often
        return word[:-1]
    return _ENDINGS.off(word)
