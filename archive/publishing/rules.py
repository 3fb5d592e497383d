"""What an operator wants left out of a published copy, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

from archive.clock import parse_day
from archive.errors import InvalidInput
from archive.publishing.columns import COLUMNS, REPORT
from archive.publishing.expressions import Expression
from archive.publishing.redacting import Pattern
from archive.publishing.words import Words

REPLACEMENT: Final = "[redacted]"
_TABLES: Final = {
    "sources": ("leave_out", "only"),
    "reports": ("since", "until", "revisions"),
    "columns": ("leave_out",),
}
_PATTERN: Final = ("words", "match", "replace", "whole_words", "leave_out_reports")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is left out, besides what always is.

    only: the sources that are published (None: all), but for those in `without`. since, until: days of publication, included; a
    report without a date is then left out. newest_only: no earlier revisions. columns: names as in COLUMNS.
    """

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    newest_only: bool = False
    columns: frozenset[str] = frozenset()
    patterns: tuple[Pattern, ...] = ()

    @property
    def of_report(self) -> frozenset[str]:
        """Return which columns of a report are left out."""
        return frozenset(name.partition(".")[2] for name in self.columns) & REPORT

    def in_words(self) -> str:
        """Return the rules for whoever reads the copy: without a word of what they keep from him."""
        told = [f"sources: {self._sources()}"]
        if self.since or self.until:
            told.append(
                f"published from {self.since or 'the beginning'} to {self.until or 'the end'}, those without a date left out"
            )
        if self.newest_only:
            told.append("the newest revision of each report only")
        if self.columns:
            told.append(f"columns left out: {', '.join(sorted(self.columns))}")
        count = len(self.patterns)
        told.append(
            f"{count} pattern{'' if count == 1 else 's'} of words" if count else "no words were left out"
        )
        return "; ".join(told)

    def _sources(self) -> str:
        if self.only is not None:
            return "some only"
        return "some left out" if self.without else "all"


def load(path: Path | None) -> Rules:
    """Return the rules in a file; without one, the rules that leave out nothing but what always is.

    Raises InvalidInput, in one sentence that names the key, for what can't be read or is wrong.
    """
    if path is None:
        return Rules()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is no TOML: {error}") from None
    try:
        return _rules(found)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from None


def _rules(found: Mapping[str, Any]) -> Rules:
    _require_known(found, (*_TABLES, "patterns"), "")
    sources, reports, columns = (_table(found, name) for name in _TABLES)
    if "only" in sources and "leave_out" in sources:
        raise InvalidInput("sources.only and sources.leave_out exclude each other: give one of them")
    since, until = _day(reports, "since"), _day(reports, "until")
    if since and until and since > until:
        raise InvalidInput(f"reports.since {since} is after reports.until {until}")
    patterns = _patterns(found.get("patterns", []))
    return Rules(
        only=frozenset(_strings(sources["only"], "sources.only")) if "only" in sources else None,
        without=frozenset(_strings(sources.get("leave_out", []), "sources.leave_out")),
        since=since,
        until=until,
        newest_only=_revisions(reports) == "newest",
        columns=_columns(columns),
        patterns=patterns,
    )


def _table(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise InvalidInput(f"{name} is not a table: write [{name}] on a line, and its keys below")
    _require_known(table, _TABLES[name], f"{name}.")
    return table


def _require_known(found: Mapping[str, Any], known: Sequence[str], before: str) -> None:
    for key in found:
        if key not in known:
            raise InvalidInput(f"there is no key {before}{key}: known are {', '.join(known)}")


def _strings(value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise InvalidInput(f'{key} is not a list of texts: write {key.rpartition(".")[2]} = ["…", "…"]')
    return value


def _day(reports: Mapping[str, Any], name: str) -> date | None:
    value = reports.get(name)
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return parse_day(str(value), f"reports.{name}")


def _revisions(reports: Mapping[str, Any]) -> Literal["all", "newest"]:
    value = reports.get("revisions", "all")
    if value not in ("all", "newest"):
        raise InvalidInput(f'reports.revisions = {value!r} is neither "all" nor "newest"')
    return "newest" if value == "newest" else "all"


def _columns(table: Mapping[str, Any]) -> frozenset[str]:
    names = _strings(table.get("leave_out", []), "columns.leave_out")
    for name in names:
        if name not in COLUMNS:
            raise InvalidInput(
                f"columns.leave_out has {name!r}, which can't be left out: {', '.join(COLUMNS)} can"
            )
    return frozenset(names)


def _patterns(found: object) -> tuple[Pattern, ...]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InvalidInput(
            "patterns is not a list of tables: write [[patterns]] on a line, and its keys below"
        )
    patterns = tuple(_pattern(each, number) for number, each in enumerate(found, start=1))
    for pattern in patterns:
        for other in patterns:
            if other.again and other.finder.spans(pattern.replace):
                raise InvalidInput(
                    f"patterns[{pattern.number}].replace has itself a word of patterns[{other.number}]: replace by another"
                )
    return patterns


def _pattern(found: Mapping[str, Any], number: int) -> Pattern:
    named = f"patterns[{number}]"
    _require_known(found, _PATTERN, f"{named}.")
    if ("words" in found) == ("match" in found):
        raise InvalidInput(f"{named} needs either words or match")
    replace = found.get("replace", REPLACEMENT)
    if not isinstance(replace, str):
        raise InvalidInput(f"{named}.replace is not a text")
    flags = {name: found.get(name, False) for name in ("whole_words", "leave_out_reports")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise InvalidInput(f"{named}.{name} is neither true nor false")
    bars = flags["leave_out_reports"]
    if "match" in found:
        if not isinstance(found["match"], str) or not found["match"]:
            raise InvalidInput(f"{named}.match is not a text")
        if "whole_words" in found:
            raise InvalidInput(f"{named}.whole_words is for words: an expression has \\b")
        finder = Expression(found["match"], named=f"{named}.match")
        return Pattern(number, finder, replace, again=not replace, leaves_out_reports=bars)
    words = _strings(found["words"], f"{named}.words")
    if not words:
        raise InvalidInput(f"{named}.words is empty")
    finds = Words(words, whole_words=flags["whole_words"], named=f"{named}.words")
    return Pattern(number, finds, replace, leaves_out_reports=bars)
