"""Lines of a report that are compared in ways of their own: titles, dates, standfirsts, stamps of updates."""

from __future__ import annotations

from archive.changes.model import Kind, Text
from archive.changes.tokens import Tokens, is_word, plain

# What is told of a headline beside the headline itself.
TOLD_OF_TITLES = frozenset(
    {Kind.NUMBER, Kind.PLACE, Kind.PERSON, Kind.NAME, Kind.ATTRIBUTION, Kind.HARM, Kind.NEGATION}
)

_STAMP_WORDS = 12
_STAMPS = (
    "updated", "last updated", "last modified", "published", "posted", "آخر تحديث", "تم التحديث", "تاريخ النشر", "نشر في",
    "обновлено", "обновлен", "опубликовано", "последнее обновление", "оновлено", "опубліковано", "mis à jour", "publié le",
    "modifié le", "dernière mise à jour", "actualizado", "última actualización", "publicado", "güncelleme", "güncellendi",
    "son güncelleme", "yayınlanma",
)  # fmt: skip
_PLAIN_STAMPS = tuple(" ".join(map(plain, stamp.split())) for stamp in _STAMPS)


def is_stamp(tokens: Tokens) -> bool:
    """Tell whether a line says when the page was published or updated, and nothing else."""
    if len(tokens) > 3 * _STAMP_WORDS or not any(word[0].isdecimal() for word in tokens.words):
        return False
    words = [plain(word) for word in tokens.words if is_word(word)]
    return len(words) <= _STAMP_WORDS and " ".join(words).startswith(_PLAIN_STAMPS)


def is_refined(before: str, after: str) -> bool:
    """Tell whether two instants (as the archive writes them) are a day, and a time of that day."""
    midnight = "T00:00:00Z"
    return before[:10] == after[:10] and (before.endswith(midnight) or after.endswith(midnight))


def above(text: Text) -> str:
    """Return the standfirst that is no part of the body, on one line; "" where there is none."""
    standfirst = " ".join((text.standfirst or "").split())
    return "" if is_in(standfirst, text.body) else standfirst


def is_in(line: str, body: str) -> bool:
    """Tell whether a body has this line."""
    return bool(line) and line in " ".join(body[: 4 * len(line) + 4_000].split())
