"""The catalogue: one TOML file a source, read, checked, and found again by name or by an article's address."""

from __future__ import annotations

import difflib
import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from archive.urls import bare_host, canonical_url
from crawler.errors import CatalogueError, UnknownSource
from crawler.sources.model import SourceEntry

CATALOGUE_DIR = Path(__file__).parent

# What pydantic calls an error -> what its value must be. The rest is said by the model's own validators.
_MUST_BE = {
    "string_type": "text in quotes",
    "tuple_type": "a list of texts in square brackets",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_too_short": "more than an empty text",
    "too_short": "a list of at least one",
    "string_pattern_mismatch": "of the form {pattern}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every source that can be crawled. Make one with `load_catalogue`.

    entries: by id, in the order of the ids. aliases: other names, to ids. hosts: without `www.`, to ids.
    """

    entries: Mapping[str, SourceEntry]
    aliases: Mapping[str, str]
    hosts: Mapping[str, str]

    def names(self) -> list[str]:
        """Return the ids of all sources, sorted; aliases are not among them."""
        return sorted(self.entries)

    def get(self, name: str) -> SourceEntry:
        """Return the source with this id or alias; raise UnknownSource, which names the nearest ones."""
        entry = self.entries.get(self.aliases.get(name, name))
        if entry is None:
            near = difflib.get_close_matches(name.lower(), [*self.entries, *self.aliases], n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ";"
            raise UnknownSource(f"no source is called {_short(name)}{hint} `scrapy list` shows all")
        return entry

    def for_url(self, url: str) -> SourceEntry | None:
        """Return the source whose article pattern matches `url`, else the one at its host, else None."""
        try:
            address = canonical_url(url)
        except ValueError:
            return None
        for entry in self.entries.values():
            if re.search(entry.article_pattern, address):
                return entry
        source_id = self.hosts.get(_host(address))
        return None if source_id is None else self.entries[source_id]


def load_catalogue(folders: Sequence[Path] = (CATALOGUE_DIR,)) -> Catalogue:
    """Read every `*.toml` of the folders; an entry of a later folder replaces an earlier one of the same id.

    Raises CatalogueError for the first file that can't be used, in one sentence that names the file, the
    key and what is allowed.
    """
    found: dict[str, tuple[Path, SourceEntry]] = {}
    for folder in folders:
        for path in _files(folder):
            entry = load_file(path)
            found[entry.id] = (path, entry)
    found = dict(sorted(found.items()))
    entries = {source_id: entry for source_id, (_, entry) in found.items()}
    return Catalogue(
        MappingProxyType(entries), MappingProxyType(_aliases(found)), MappingProxyType(_hosts(entries))
    )


def load_file(path: Path) -> SourceEntry:
    """Read one entry. Raises CatalogueError, whose sentence begins with the file's name."""
    values = _parsed(path)
    try:
        entry = SourceEntry.model_validate(values)
    except ValidationError as error:
        raise CatalogueError(f"{_shown(path)}: {_sentence(error)}") from None
    if entry.id != path.stem:
        raise CatalogueError(
            f"{_shown(path)}: key 'id' is {_short(entry.id)}, but must be the file's name, {_short(path.stem)}"
        )
    return entry


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CatalogueError(f"{_shown(folder)}: no such folder of sources")
    # Names that begin with a dot are what editors and file managers leave behind.
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        # -sig: Notepad begins a file with a byte order mark, which tomllib refuses.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8, which a TOML file must be"
    except tomllib.TOMLDecodeError as error:
        problem = _toml_problem(str(error))
    except RecursionError:
        problem = "is nested too deep; a source needs lists of texts, and nothing inside them"
    except ValueError as error:  # what tomllib lets through of int(), date() and the like
        problem = f"a value can't be used: {error}"
    raise CatalogueError(f"{_shown(path)}: {problem}")


def _toml_problem(message: str) -> str:
    """Return tomllib's message with the line first, as editors show it."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match is None:
        return f"is not TOML: {message}"
    return f"line {match[2]}, column {match[3]}: {match[1]}"


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with the first key that is. Unknown keys come first: they may be misspelt ones."""
    problems = error.errors(include_url=False)
    problem = next((each for each in problems if each["type"] == "extra_forbidden"), problems[0])
    kind, where, context = problem["type"], problem["loc"], problem.get("ctx", {})
    if kind == "value_error" and not where:
        return str(context["error"])
    key = str(where[0])
    item = f", item {where[1] + 1}" if len(where) > 1 and isinstance(where[1], int) else ""
    if kind == "extra_forbidden":
        return _unknown_key(key)
    if kind == "missing":
        return f"key {key!r} is missing: {SourceEntry.model_fields[key].description}"
    if kind == "value_error":
        return f"key {key!r}{item}: {context['error']}"
    if kind in _MUST_BE:
        must_be = _MUST_BE[kind].format(**context)
        return f"key {key!r}{item} must be {must_be}, not {_short(problem['input'])}"
    return f"key {key!r}{item}: {problem['msg']}"


def _unknown_key(key: str) -> str:
    near = difflib.get_close_matches(key.lower(), SourceEntry.model_fields, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"key {_short(key)} is not known{hint} Allowed: {', '.join(SourceEntry.model_fields)}"


def _aliases(found: Mapping[str, tuple[Path, SourceEntry]]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for source_id, (path, entry) in found.items():
        for alias in entry.aliases:
            holder = alias if alias in found else aliases.get(alias, source_id)
            if holder != source_id:
                where = f"{_shown(path)}: key 'aliases'"
                raise CatalogueError(
                    f"{where}: {_short(alias)} is a name of {_shown(found[holder][0])} already"
                )
            aliases[alias] = source_id
    return aliases


def _hosts(entries: Mapping[str, SourceEntry]) -> dict[str, str]:
    """Return which source is at which host; where two share one, its home page decides, then its id."""
    hosts: dict[str, str] = {}
    for entry in entries.values():
        hosts.setdefault(_host(entry.homepage), entry.id)
    for entry in entries.values():
        for host in (*map(_host, entry.examples), *map(bare_host, entry.domains)):
            hosts.setdefault(host, entry.id)
    return hosts


def _host(url: str) -> str:
    return bare_host(urlsplit(url).hostname or "")


def _shown(path: Path) -> str:
    """Return the path as the user would type it from where they are."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _short(value: object) -> str:
    return reprlib.repr(value)
