"""Snowball's stemmers of folded words, with the forms of our field that they miss."""

from __future__ import annotations

import re
from collections.abc import Callable

import Stemmer

from archive.text.stems.endings import KEPT, Changes, rows

_ENGLISH = rows("""
  strike: struck stricken
  fight: fought
  flee: fled
  free: freed
  slay: slain slew
  woman: women
  man: men
  child: children
  shoot: shot
  fall: fell fallen
  take: took taken
  give: gave given
  begin: began begun
  break: broke broken
  blow: blew blown
  burn: burnt
  drive: drove driven
  fly: flew flown
  hold: held
  lead: led
  lose: lost
  meet: met
  send: sent
  steal: stole stolen
  sink: sank sunk
  seek: sought
  sweep: swept
  throw: threw thrown
  overthrow: overthrew overthrown
  withdraw: withdrew withdrawn
  rise: rose risen
  tear: tore torn
  win: won
  speak: spoke spoken
  hide: hid hidden
  foot: feet
  knife: knives
  thief: thieves
  wife: wives
""")
_MEN = re.compile("(?<=...)men$")
_NO_MEN = frozenset({"specimen", "regimen", "abdomen", "yemen", "turkmen", "omen"})
# Words in -ent that are no verbs (ils témoignent) and would be others without it.
_FRENCH_NOUNS = frozenset(
    ["violent", "agent", "argent", "parent", "client", "patient", "content", "talent", "couvent", "souvent", "accident", "incident", "president", "resident", "continent", "urgent", "evident", "orient", "serpent", "absent", "present", "recent", "innocent", "adolescent", "different"]
)  # fmt: skip
_FRENCH = {
    "meur": "mour",
    "meurt": "mour",
    "tien": "ten",
    "vien": "ven",
    "prenn": "prend",
    "pren": "prend",
    "pris": "prend",
}
_FRENCH_CHANGES = Changes(
    ("dr tr du tu", r"(?<=...d)r|(?<=...t)r|(?<=...[dt])u", ""),  # attendre, attendent; abattre, abattu
    ("i", r"(?<=....[bcdfglnprstv])i", ""),  # incendier, incendié
    ("uir uit uis", r"(?<=[dtr])ui(?:r|t|s)", "ui"),  # détruire, détruite
    ("ouvert ouvrir", r"(?<=ouv)ert|(?<=ouvr)ir", "r"),  # découvrir, découverte
)
# The past of "to perish" has two stems in Snowball, and both are what a toll is told in.
_RUSSIAN = {
    "погибл": "погиб",
    "погибш": "погиб",
    "убил": "уби",
    "убит": "уби",
    "детск": "детск",
    "дет": "дет",
}


_RUSSIAN_ENDINGS = (
    ("ива", 4), ("ыва", 4), ("я", 4), ("ят", 4), ("ат", 4), ("ова", 4), ("ен", 3), ("ян", 4), ("ал", 4), ("а", 4),
)  # fmt: skip
# Vowels that are left out before an ending, and sounds that change.
_RUSSIAN_CHANGES = Changes(
    ("т л в ш а", r"^(с|у|раз|по|из|вы|от|за|под)би(?:т|л|в|вш|ва)", r"\1би"),  # сбит, сбили, сбивают
    ("ц", r"[ьй]ц|(?<=..)ец", "ц"),  # жилец, жильца
    ("к", r"(?<=...)[оеё]к", "к"),  # справок, справка
    ("л", r"(?<=.[бвгджзкмпстфхцчшщ])[оеё]л", "л"),  # стёкол, стекло
    ("л", r"(?<=..[бпвмф])л", ""),  # потоплю, потопить
    ("йт", r"(?<=...)йт", ""),
    ("жд", r"(?<=..)жд", "д"),
)


def stemmers() -> dict[str, Callable[[str], str]]:
    """Return the stemmers by language; each has a state of its own, and is for one thread."""
    english, french, spanish, russian = (
        Stemmer.Stemmer(name, 0).stemWord for name in ("english", "french", "spanish", "russian")
    )
    return {
        "en": lambda word: word if word in KEPT else english(_english(word)),
        "fr": lambda word: word if word in KEPT else _french(french(_singular(word))),
        "es": lambda word: word if word in KEPT else _spanish(spanish(word)),
        "ru": lambda word: _russian(
            russian(word[:-1] if word.endswith("пись") else word)
        ),  # подпись is no verb
    }


def _singular(word: str) -> str:
    """Take the s off "détenus", which Snowball leaves behind a vowel, and the second e off "réfugiée"."""
    bare = word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
    if (
        len(bare) >= 6
        and bare.endswith("ent")
        and not bare.endswith(("ment", "aient"))
        and bare not in _FRENCH_NOUNS
    ):
        bare = bare[:-3] if bare.endswith("erent") else bare[:-2]  # ils témoignent, ils témoignèrent
    return bare[:-1] if bare.endswith("ee") else bare


def _french(stem: str) -> str:
    """Join "attendre" with "attendent", and "meurent" with "mourir"."""
    stem = _FRENCH.get(stem, stem)
    return _FRENCH_CHANGES.of(stem)


def _english(word: str) -> str:
    """Return the singular of "gunmen" and the like, and the present of verbs whose past is another word."""
    return _ENGLISH.get(word) or (word if word in _NO_MEN else _MEN.sub("man", word))


def _spanish(stem: str) -> str:
    """Join "ataque" and "atacar", of which one is written with qu."""
    return stem[:-2] + "c" if stem.endswith("qu") else stem


def _russian(stem: str) -> str:
    """Join "раненые" with "ранены", "обстреляли" with "обстрел", and "беженец" with "беженца"."""
    stem = _RUSSIAN.get(stem, stem)
    for ending, least in _RUSSIAN_ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= least:
            stem = stem[: -len(ending)]
    return _RUSSIAN_CHANGES.of(stem)
