"""Which encoding a page is in, judged by its letters: where nothing is declared, or what is declared is a lie.

Each candidate decodes the same words, and gets points for the letters that its languages use most, and loses some
for what no writer does: capitals inside words, box drawings inside words, long runs of accented letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charset_normalizer import from_bytes

# Letters in the order of how often their languages use them, by general letter counts.
_CYRILLIC = "оаеинтсрвлкмдпуяіызьбгчйхжшюїєцщэфёъґў"
_ARABIC = "اليمونرتبةدعسهفکكقیأحجشطىخپصذإءگئچغضظثزؤآژ"
_HEBREW = "יוהלארתבשמםנדחקפעכטגסזןצךץף"
_GREEK = "αοιετσνηυρπκμλςωίάόέδγχήθύφώβξζψϊ"
_WESTERN = "éáíóäöüñàèçúßãêåøæâîôõûùëïìòœþð"
_TURKISH = "ışüçğöâîû"
_CENTRAL = "áéíóęąłżśćńšžčřěýůúőűăşţđäöüâîôźțșĺľŕ"
# The first of two that can't be told apart wins.
_ALPHABETS: tuple[tuple[str, str], ...] = (
    ("cp1251", _CYRILLIC), ("koi8-r", _CYRILLIC), ("koi8-u", _CYRILLIC), ("iso8859-5", _CYRILLIC),
    ("mac-cyrillic", _CYRILLIC), ("cp866", _CYRILLIC), ("cp1256", _ARABIC), ("iso8859-6", _ARABIC),
    ("cp1255", _HEBREW), ("iso8859-8", _HEBREW), ("cp1253", _GREEK), ("iso8859-7", _GREEK),
    ("cp1252", _WESTERN), ("cp1254", _TURKISH), ("iso8859-9", _TURKISH), ("cp1250", _CENTRAL),
    ("iso8859-2", _CENTRAL),
)  # fmt: skip
# Characters that make up 30 % of any text in these languages, and 4 % of what else is taken for it.
_KANA = "のにはをたがでてとしれさいるなっかもこらうりん"
_HANGUL = "이다의에는을가고하지로한은도사기를어대서인일"
_SIMPLE = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会主年动同发政说民军"
_TRADITIONAL = "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會主年動同發政說民軍"
_CHARACTERS: tuple[tuple[str, str], ...] = (
    ("cp932", _KANA), ("euc_jp", _KANA), ("cp949", _HANGUL), ("gb18030", _SIMPLE), ("big5hkscs", _TRADITIONAL),
)  # fmt: skip
_USUAL_SHARE = 0.3
_GLUED = re.compile("[a-z][\u3000-\uffff]")

_TAGS = re.compile(rb"<[^<>]*>")
_MARKUP_BYTES = 262_144
_SAMPLE_BYTES = 16_384
# A stretch of a word from its first byte beyond ASCII to its last.
_STRETCH = re.compile(rb"[\x80-\xff]+(?:[A-Za-z]+[\x80-\xff]+)*")
_MOST_BYTES = 2_400
# Dashes, quotation marks, ellipses and the like stand at words in any encoding.
_NEUTRAL = frozenset("\xa0«»„“”‘’‚‹›–—…·•№§°×،؛؟ـ\u200c\u200d\u200e\u200f\xad")
_LONGEST_ACCENTED = 3
_SHOUTING = 0.3
# What text of the candidate's languages does not fall below; and how far behind the best a declared encoding may be,
# with few letters to go by (so much divided by their number) and with many.
_CREDIBLE = 0.2
_SLACK = 8.0
_MARGINS = (0.04, 0.35)


@dataclass(frozen=True, slots=True)
class _Words:
    """Stretches of bytes beyond ASCII: those that are words, and those that are parts of words with ASCII letters."""

    whole: bytes
    parts: bytes


def guess(payload: bytes, declared: Iterable[str] = ()) -> str:
    """Return the encoding that the text of `payload` is most likely in, as Python calls it.

    declared: what the page is said to be in, by Python's names, the most trusted first; believed unless another
    encoding fits clearly better. Meant for pages that are not UTF-8; a page without any letter beyond ASCII is
    "cp1252", as in browsers. Takes some milliseconds, whatever the size.
    """
    sample = _TAGS.sub(b" ", payload[:_MARKUP_BYTES])[:_SAMPLE_BYTES]
    if sample.isascii():
        sample = payload
    words = _words(sample)
    size = len(words.whole) + len(words.parts)
    scores = {name: _alphabet_score(words, name, letters) for name, letters in _ALPHABETS}
    scores |= {name: _character_score(sample[:_SAMPLE_BYTES], name, usual) for name, usual in _CHARACTERS}
    best = max(scores, key=lambda name: scores[name])
    least = scores[best] - min(max(_SLACK / max(size, 1), _MARGINS[0]), _MARGINS[1])
    for name in declared:
        # Of an encoding that is not among the candidates there is nothing to say against its own word.
        if scores.get(name, 1.0) >= least:
            return name
    if scores[best] >= _CREDIBLE:
        return best
    found = from_bytes(sample[:_SAMPLE_BYTES]).best()
    return found.encoding if found else "cp1252"


def _words(sample: bytes) -> _Words:
    whole: list[bytes] = []
    parts: list[bytes] = []
    size = 0
    for match in _STRETCH.finditer(sample):
        around = sample[max(match.start() - 1, 0) : match.start()] + sample[match.end() : match.end() + 1]
        (parts if any(chr(byte).isalpha() for byte in around) else whole).append(match[0])
        size += len(match[0])
        if size > _MOST_BYTES:
            break
    return _Words(b"\n".join(whole)[: 2 * _MOST_BYTES], b"\n".join(parts)[: 2 * _MOST_BYTES])


def _alphabet_score(words: _Words, encoding: str, letters: str) -> float:
    """Return how well the letters of an encoding fit: 1 is perfect, 0 is chance."""
    is_latin = letters in {_WESTERN, _TURKISH, _CENTRAL}
    # The letters with accents are few of a text's, and all of those that can be seen here.
    steepness = 1 if is_latin else 2
    weights = {letter: 1 - steepness * rank / len(letters) for rank, letter in enumerate(letters)}
    points, count = 0.0, 0
    texts = [(words.whole, False)] + [(words.parts, True)] * bool(words.parts)
    for data, is_part in texts:
        for word in data.decode(encoding, "replace").split("\n"):
            accented = is_latin and len(word) > _LONGEST_ACCENTED and not any(map(str.isascii, word))
            alien = accented or (is_part and not is_latin)
            for place, letter in enumerate(word):
                if letter not in _NEUTRAL and not letter.isascii():
                    count += 1
                    points += -1.0 if alien else _points(letter, place, word, weights)
    return points / count if count else 0.0


def _points(letter: str, place: int, word: str, weights: Mapping[str, float]) -> float:
    if place and letter.isupper():
        return weights.get(letter.lower(), -1.5) - _SHOUTING if word.isupper() else -1.0
    if "\u064b" <= letter <= "\u0652":  # vowel signs, which few write
        return 0.0
    return weights.get(letter, weights.get(letter.lower(), -1.5))


def _character_score(sample: bytes, encoding: str, usual: str) -> float:
    """Return how well a multibyte encoding's characters fit: 1 is perfect, 0 is none of the usual ones."""
    text = sample.decode(encoding, "replace")
    found = [letter for letter in text if letter > "\u2fff"]
    beyond = len(sample) - len(sample.decode("ascii", "ignore"))
    # Most was no such character, or was glued to a word of other letters, as the accents of such a word would be.
    if not found or len(found) * 3 < beyond or len(_GLUED.findall(text)) * 2 > len(found):
        return -1.0
    hits = sum(letter in usual for letter in found) / len(found)
    return min(1.0, hits / _USUAL_SHARE) - 20 * found.count("\ufffd") / len(found)
