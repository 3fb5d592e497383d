"""What Datasette is told of an archive, read from the two TOML files beside this module."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Presentation:
    """Descriptions, facets and order in the form of Datasette's metadata of a database; and canned queries."""

    _metadata: dict[str, Any]
    _queries: dict[str, dict[str, Any]]

    def metadata(self) -> dict[str, Any]:
        """Return a copy: Datasette writes into what it gets."""
        return copy.deepcopy(self._metadata)

    def queries(self) -> dict[str, dict[str, Any]]:
        """Return a copy, in the order in which the database's page is to list them."""
        return copy.deepcopy(self._queries)


def load_presentation() -> Presentation:
    """Read `descriptions.toml` and `queries.toml`."""
    return Presentation(_toml("descriptions.toml"), _toml("queries.toml"))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("archive.browse").joinpath(name).read_text(encoding="utf-8"))
