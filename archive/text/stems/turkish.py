"""A light stemmer of folded Turkish (ı is i, ş is s ...): number, case, possession, and the endings of verbs.

Endings are taken off until none is left. Which may stand behind a letter is what tells them from the ends of words: a
buffer (y, n, s) stands behind a vowel only, t behind a voiceless consonant only. What a name gets behind an apostrophe
(Halep'te) is a word of its own to the index, and needs no stemming.
"""

from __future__ import annotations

import re

from archive.text.stems.endings import KEPT

_VOICELESS = "cfhkpst"
_VOWEL, _CONSONANT, _NARROW = "aeiou", "bcdfghjklmnprstvyz", "iu"
_LEAST = 3
# Words end in these more often than others: one letter more must be left.
_RISKY = frozenset(
    "l s an en ir ur er ar il ul al el ilir ip up m im um se sa le la ten tan te ta ti tu a e".split()  # noqa: SIM905
)

# Endings by the letters that they stand behind.
_BEHIND = (
    (
        _VOWEL,
        "yi yu ye ya yle yla nin nun si su yor yorlar yordu yen yan yecek yacak yip yup yerek yarak m miz muz niz nuz",
    ),
    (_NARROW, "s ni nu ne na nde nda nden ndan ndeki ndaki nca nce"),
    (
        _CONSONANT,
        (
            "i u e a in un im um imiz umuz iniz unuz iyor uyor iyorlar uyorlar iyordu uyordu en an ecek acak eceg acag"
            " erek arak ip up ince unca ir ur er ar il ul al el ilir"
            " uldu ildi ulan ilen ulmus ilmis ulacak ilecek uluyor iliyor ulma ilme ulmasi ilmesi ulmak ilmek"
        ),
    ),
    (_CONSONANT, "li lu l"),
    (_VOICELESS, "te ta ten tan teki taki ti tu tik tuk tig tug tir tur tim tum tiler tular"),
    (
        _VOWEL + _CONSONANT,
        (
            "ler lar leri lari de da den dan deki daki le la di du dik duk dig dug dir dur dim dum diler dular"
            " mis mus mek mak me ma mesi masi meli mali se sa"
        ),
    ),
)
_NAMES = KEPT | {"mayis"}  # May, which is no mine
_LETTERS = {"b": "p", "g": "k", "d": "t"}  # kitap, kitabi; cocuk, cocugu


def _by_ending() -> dict[str, tuple[str, int]]:
    """Return what each ending may stand behind, and the least number of letters that must be left."""
    found: dict[str, tuple[str, int]] = {}
    for behind, endings in _BEHIND:
        for ending in endings.split():
            found[ending] = (found.get(ending, ("", 0))[0] + behind, _LEAST + (ending in _RISKY))
    return found


_ENDINGS = _by_ending()
_LONGEST = max(map(len, _ENDINGS))
_FINAL_Y = re.compile("(?<=..[aeiou])y$")  # kuzeyi, kuzey
# Words that lose a vowel before an ending: şehir, şehri.
_FUSED = re.compile("(kayb|katl|redd|hiss|aff|emr|kesf|zann)e[dt].*")  # kaybetti, kaybeden
_DEATH = re.compile(
    "olum?(?:ler.*|u|un|unu|une|unde|unden|su)?|ole(?:n|bil|ce[gk]|rek).*"
)  # ölü, ölüm, ölenler; of "to be", olan
_HOUSE = re.compile("ev(?:ler.*|[ie]n?|de|den|deki|ini|ine|inde|inden|inin)")
_FULL = {
    "sehr": "sehir", "nehr": "nehir", "ism": "isim", "resm": "resim", "akl": "akil", "vakt": "vakit", "fikr": "fikir",
    "emr": "emir", "omr": "omur", "agz": "agiz", "boyn": "boyun", "kayp": "kayip", "asr": "asir", "devr": "devir",
    "kism": "kisim", "haps": "hapis", "metn": "metin", "zulm": "zulum", "izn": "izin", "ogl": "ogul",
    "gogs": "gogus", "beyn": "beyin", "kabr": "kabir", "hukm": "hukum", "kavm": "kavim", "sabr": "sabir",
    "zehr": "zehir", "nakl": "nakil", "kesf": "kesif",
}  # fmt: skip


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    if fused := _FUSED.fullmatch(word):
        return fused[1] + "et"
    if _HOUSE.fullmatch(word):
        return "ev"
    if _DEATH.fullmatch(word):
        return "olum"
    bare = "mayis" if word.startswith("mayis") else word
    while bare not in _NAMES and (shorter := _shortened(bare)):
        bare = shorter
    bare = _FINAL_Y.sub("", bare)
    bare = bare[:-1] + _LETTERS.get(bare[-1], bare[-1]) if len(bare) >= 4 else bare
    return _FULL.get(bare, bare)


def _shortened(word: str) -> str | None:
    length = len(word)
    for size in range(min(_LONGEST, length - _LEAST), 0, -1):
        behind, least = _ENDINGS.get(word[-size:], ("", 0))
        if behind and length - size >= least and word[-size - 1] in behind:
            return word[:-size]
    return None
