"""The README cannot rot: what it must name, it names."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive import __version__
from archive.cli import cli
from archive.migrations import migrations
from archive.models import ArticleState, LeadState, Outcome
from crawler import settings
from crawler.sources.model import SourceEntry

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OURS = [
    "ARCHIVE_DB",
    "ARCHIVE_BUSY_TIMEOUT",
    "COMPACT_WARC",
    "SOURCES_DIR",
    "EXTRACTION_WORKERS",
    "EXTRACTION_TIMEOUT",
    "DEMO_EDITION",
    "ALLOW_PRIVATE_HOSTS",
]
QUERIES = tomllib.loads((ROOT / "archive/browse/queries.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_archive_command_is_explained(name: str) -> None:
    assert f"archive {name}" in README


@pytest.mark.parametrize(
    "path", sorted((ROOT / "crawler/commands").glob("[a-z]*.py")), ids=lambda path: path.stem
)
def test_every_scrapy_command_is_explained_and_has_its_stand_in(path: Path) -> None:
    assert f"scrapy {path.stem}" in README
    standin, command = (import_module(f"crawler.{room}.{path.stem}").Command for room in ("cli", "commands"))
    assert standin.summary == command().short_desc()


@pytest.mark.parametrize("key", SourceEntry.model_fields)
def test_every_catalogue_key_is_named(key: str) -> None:
    assert f"`{key}`" in README


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_ours_is_named_and_exists(name: str) -> None:
    assert hasattr(settings, name)
    assert f"`{name}`" in README


def test_every_table_outcome_and_state_is_named() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    tables = {name for name in db.table_names() if not name.startswith(("_", "articles_fts"))}
    db.close()
    for word in (*tables, *Outcome, *LeadState, *ArticleState):
        assert f"`{word}`" in README, word


@pytest.mark.parametrize("name", QUERIES.get("queries", QUERIES))
def test_every_canned_query_is_listed(name: str) -> None:
    assert f"| `{name}` |" in README


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", README)) <= targets


def test_the_package_has_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert settings.USER_AGENT.startswith(f"conflict-archive/{__version__.rpartition('.')[0]}")


def test_no_address_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!-]+", line)] == []
