"""What the addresses of one family have in common, as a regular expression: segment by segment."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crawler.discovery.unknown.segments import DATES, IDS, Kind, Segment, Shape, shape_of

_ANYTHING = "[^/?#]+"
_SECTIONS = ("[a-z-]+", "[a-z0-9-]+", "[A-Za-z0-9_-]+")
_CODES = ("[0-9a-f]", "[0-9a-z]", "[0-9A-Za-z]", "[0-9a-f-]", "[0-9A-Za-z-]")
# No section of reports, on any site; said where a pattern takes any section.
_NO_SECTION = r"(?!(?:tags?|categor(?:y|ies)|authors?|topics?|page)/)"
_COLLECTION = re.compile(r"(?:tags?|categor(?:y|ies)|authors?|topics?|page)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
_SEPARATORS = "-_,.~+"
_MOST_SECTIONS = 20


@dataclass(frozen=True, slots=True)
class Level:
    """How far to generalise: any section or those seen; how much shorter than any seen a number or slug may be."""

    any_section: bool
    spare_digits: int
    spare_words: int


LEVELS = (Level(True, 2, 1), Level(True, 1, 0), Level(False, 1, 0), Level(False, 0, 0))
_Texts: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Member:
    """A canonical address in its parts. prefix: a language or index.php in front, without which it may be found too.

    query: what of the query its identity is in. extra: names in a query that says nothing of the report.
    """

    url: str
    shape: Shape
    prefix: str
    segments: tuple[Segment, ...]
    query: tuple[tuple[str, str], ...]
    extra: tuple[str, ...]

    @property
    def family(self) -> tuple[object, ...]:
        """Return what it has in common with the others of its family."""
        kinds = tuple(segment.kind for segment in self.segments)
        return kinds, self.shape.ending.lower(), tuple(name for name, _ in self.query)


def member_of(url: str) -> Member:
    """Return a canonical address in its parts. Raises ValueError for what is no http(s) URL."""
    shape = shape_of(url)
    lead = 0
    while lead < len(shape.segments) - 1 and _is_prefix(shape.segments[lead]):
        lead += 1
    prefix = "".join(f"{segment.text}/" for segment in shape.segments[:lead])
    path_tells = _path_tells(shape.segments)
    query = () if path_tells else shape.query
    extra = tuple(name for name, _ in shape.query) if path_tells else ()
    return Member(url, shape, prefix, shape.segments[lead:], query, extra)


def _is_prefix(segment: Segment) -> bool:
    return segment.kind is Kind.LANGUAGE or segment.text == "index.php"


def _path_tells(segments: tuple[Segment, ...]) -> bool:
    """Tell whether the path alone says which report it is."""
    kinds = [segment.kind for segment in segments]
    if any(kind in IDS for kind in kinds) or any(s.kind is Kind.SLUG and s.words() >= 3 for s in segments):
        return True
    return sum(kind in DATES for kind in kinds) >= 2 and kinds[-1] is Kind.SLUG


def host_pattern(hosts: Collection[str]) -> str:
    """Return a pattern of hosts (without `www.`), with and without `www.`; subdomains of one another together."""
    bases: dict[str, list[str]] = {}
    for host in sorted(hosts, key=lambda host: (len(host), host)):
        base = next((base for base in bases if host.endswith(f".{base}")), None)
        if base is None:
            bases[host] = ["www."]
        else:
            bases[base].append(host.removesuffix(base))
    patterns = [f"(?:{'|'.join(map(escape, subs))})?{escape(base)}" for base, subs in bases.items()]
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


def family_pattern(members: Sequence[Member], level: Level) -> str:
    """Return the pattern of a family's path and query, from the slash after the host on."""
    columns = list(zip(*(member.segments for member in members), strict=True))
    segments = [_column(place, columns, level) for place in range(len(columns))]
    prefix = _prefixes({member.prefix for member in members}, level) if segments else ""
    endings = sorted({member.shape.ending for member in members})
    ending = _either(endings) if endings[0] else ""
    path = f"/{prefix}{'/'.join(segments)}{ending}" if segments else ""
    return path + ("" if ending else "/?") + _query(members)


def _prefixes(found: Collection[str], level: Level) -> str:
    given = sorted(filter(None, found))
    if not given:
        return ""
    languages = all(len(prefix) == 3 for prefix in given)
    any_language = languages and len(given) > 1 and level.any_section
    pattern = "[a-z]{2}/" if any_language else _either(given)
    if "" in found:
        return f"{pattern}?" if pattern.startswith("(?:") else f"(?:{pattern})?"
    return pattern


def _query(members: Sequence[Member]) -> str:
    names = members[0].query
    if not names:
        extra = sorted({name for member in members for name in member.extra})
        return rf"(?:\?{_either(extra)}=?[^#]*)?" if extra else ""
    parts = [
        _parameter(name, [member.query[place][1] for member in members])
        for place, (name, _) in enumerate(names)
    ]
    return rf"\?{'&'.join(parts)}(?:&[^#]*)?"


def _parameter(name: str, values: _Texts) -> str:
    escaped, equals = (
        escape(name),
        "=?" if len({value[:1] == "=" for value in values}) > 1 else values[0][:1],
    )
    equals = equals if equals in {"=", "=?"} else ""
    bare = [value.removeprefix("=") for value in values]
    if all(re.fullmatch(r"\d+", value, re.ASCII) for value in bare):
        return rf"{escaped}{equals}\d+"
    if len(set(bare)) == 1 and _is_plain(bare[0]):
        return f"{escaped}{equals}{escape(bare[0])}"
    if all(re.match(r"\d", value, re.ASCII) for value in bare):
        return rf"{escaped}{equals}\d[^&#]*"
    return f"{escaped}{equals}[^&#]*"


# -- one segment --------------------------------------------------------------------------------------------------


def _column(place: int, columns: Sequence[tuple[Segment, ...]], level: Level) -> str:
    kind, texts = columns[place][0].kind, [segment.text for segment in columns[place]]
    if kind is Kind.SLUG:
        words = min(segment.words() for segment in columns[place])
        pattern = _slug(texts, _least_words(words, columns[:place], level))
    elif kind is Kind.WORD:
        pattern = _section(texts, level, is_open=_is_open(place, columns))
    else:
        pattern = _BY_KIND[kind](texts, level)
    return pattern if all(re.fullmatch(pattern, text) for text in texts) else _ANYTHING


def _is_open(place: int, columns: Sequence[tuple[Segment, ...]]) -> bool:
    """Tell whether only its name says that a segment is a section of reports: no date follows, no section precedes."""
    if place == len(columns) - 1 or sum(column[0].kind in DATES for column in columns) >= 2:
        return False
    return all(column[0].kind is not Kind.WORD for column in columns[:place])


def _least_words(words: int, before: Sequence[tuple[Segment, ...]], level: Level) -> int:
    """Return how many words a slug must have: the fewer, the more of the address before it says that it's a report."""
    kinds = [column[0].kind for column in before]
    if sum(kind in DATES for kind in kinds) >= 2 or any(kind in IDS for kind in kinds):
        return 1
    least = words if words <= 3 else max(3, min(words, 4) - level.spare_words)
    fixed = any(column[0].kind is Kind.WORD and len({s.text for s in column}) == 1 for column in before)
    return min(least, 2) if fixed and level.spare_words else least


def _slug(texts: _Texts, words: int) -> str:
    if words <= 1:
        return _ANYTHING
    marks = [mark for mark in _SEPARATORS if any(mark in text for text in texts)] or ["-"]
    # the hyphen first: elsewhere in a class it would mean a range
    inside = "".join(re.escape(mark) if mark in "-+." and len(marks) > 1 else mark for mark in marks)
    one = inside if len(marks) == 1 and inside not in {".", "+"} else f"[{inside}]"
    step = f"[^/?#{inside}]+{one}+"
    # a fixed count, and then anything: so that matching never has two ways to divide a slug
    return f"{step}{_ANYTHING}" if words == 2 else f"(?:{step}){{{words - 1}}}{_ANYTHING}"


def _section(texts: _Texts, level: Level, *, is_open: bool) -> str:
    values = sorted(set(texts))
    if all(map(_is_plain, values)) and (
        len(values) == 1 or (not level.any_section and len(values) <= _MOST_SECTIONS)
    ):
        return _either(values)
    pattern = _narrowest(_SECTIONS, values)
    if not is_open or any(_COLLECTION.fullmatch(value) for value in values):
        return pattern
    return f"{_NO_SECTION}{pattern}"


def _number(texts: _Texts, level: Level) -> str:
    return _digits(min(map(len, texts)), level)


def _digits(shortest: int, level: Level) -> str:
    least = max(1, shortest - level.spare_digits)
    return r"\d+" if least == 1 else rf"\d{{{least},}}"


def _id_slug(texts: _Texts, level: Level) -> str:
    found = [re.match(r"(\d+)(.)", text, re.ASCII | re.DOTALL) for text in texts]
    marks = "".join(sorted({match[2] for match in found if match}))
    shortest = min((len(match[1]) for match in found if match), default=1)
    return f"{_digits(shortest, level)}{_one_of(marks)}{_ANYTHING}"


def _slug_id(texts: _Texts, level: Level) -> str:
    found = [re.search(r"([^\d])(\d+)$", text, re.ASCII) for text in texts]
    marks = "".join(sorted({match[1] for match in found if match}))
    shortest = min((len(match[2]) for match in found if match), default=1)
    return f"{_ANYTHING}{_one_of(marks)}{_digits(shortest, level)}"


def _prefix_id(texts: _Texts, level: Level) -> str:
    prefixes = {text.rstrip("0123456789") for text in texts}
    shortest = min(len(text) - len(text.rstrip("0123456789")) for text in texts)
    prefix = prefixes.pop() if len(prefixes) == 1 else ""
    return (escape(prefix) if _is_plain(prefix) else r"[^/?#\d]+") + _digits(shortest, level)


def _code(texts: _Texts, _: Level) -> str:
    letters = next(
        (each for each in _CODES if all(re.fullmatch(f"{each}+", text) for text in texts)), "[^/?#]"
    )
    lengths = {len(text) for text in texts}
    return f"{letters}{{{min(lengths)}}}" if len(lengths) == 1 else f"{letters}{{{min(lengths)},}}"


def _month(texts: _Texts, _: Level) -> str:
    if any(text[0].isalpha() for text in texts):
        return "[A-Za-z]{3,9}" if all(text[0].isalpha() for text in texts) else "[A-Za-z0-9]{1,9}"
    padded = all(len(text) == 2 for text in texts) and any(text[0] == "0" for text in texts)
    return r"\d{2}" if padded else r"\d{1,2}"


def _date(texts: _Texts, _: Level) -> str:
    with_hyphens = ["-" in text for text in texts]
    if all(with_hyphens):
        return r"\d{4}-\d{1,2}-\d{1,2}"
    return r"[\d-]{8,10}" if any(with_hyphens) else r"\d{8}"


def _language(texts: _Texts, level: Level) -> str:
    values = sorted(set(texts))
    if len(values) > 1 and level.any_section:
        return "[a-z]{2}"
    return _either(values)


_BY_KIND: dict[Kind, Callable[[_Texts, Level], str]] = {
    Kind.YEAR: lambda _texts, _level: r"\d{4}",
    Kind.MONTH: _month,
    Kind.DAY: _month,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.LANGUAGE: _language,
    Kind.ID_SLUG: _id_slug,
    Kind.SLUG_ID: _slug_id,
    Kind.PREFIX_ID: _prefix_id,
    Kind.CODE: _code,
}


# -- spelling -----------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Escape what means something in a regular expression, and leave the rest for a person to read."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def _is_plain(text: str) -> bool:
    """Tell whether a text is written alike in every spelling of an address, so that it may stand as it is."""
    return _PLAIN.fullmatch(text) is not None


def _either(texts: Sequence[str]) -> str:
    return escape(texts[0]) if len(texts) == 1 else f"(?:{'|'.join(map(escape, texts))})"


def _one_of(marks: str) -> str:
    if len(marks) <= 1:
        return escape(marks)
    return f"[{''.join(sorted(marks, key=lambda mark: mark == '-'))}]"


def _narrowest(classes: Sequence[str], texts: _Texts) -> str:
    return next((each for each in classes if all(re.fullmatch(each, text) for text in texts)), _ANYTHING)
