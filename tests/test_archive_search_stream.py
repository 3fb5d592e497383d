"""Every match of a search, one after the other: complete, in order, and never many at once."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.cli import cli
from archive.models import ArticleText, ImportedArticle, PublishedDate, Source
from archive.open import connect
from archive.search import Hit, search, showing, stream
from archive.store import Store
from archive.text.query import parse
from tests.keeping import NOW

REPORTS = 90
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")
QUERIES = [
    "shelling",
    "shel*",
    "shelling NOT seven",
    "lang:en",
    "since:2000 OR NOT since:2000",
    '"shells fell"',
    "nothing*",
]


def write(store: Store, numbers: range) -> None:
    chance = random.Random(numbers.start)
    for number in numbers:
        text = ArticleText(
            f"=Shelling {number}", f"Shells fell on {chance.choice(['seven', 'eight'])} villages.", language=chance.choice(["en", "uk"]),
            published=PublishedDate(NOW, "second", "meta", "x") if number % 4 else None,
        )  # fmt: skip
        store.import_article(ImportedArticle("x", f"https://x.example/{number}", text, NOW))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stream") / "archive.db"
    with Store(made) as store:
        store.save_source(SOURCE)
        write(store, range(REPORTS))
    return made


@pytest.fixture
def archive(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        yield connection


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Steps of 25 ids and portions of 7; return how many reports were held at a time."""
    held: list[int] = []

    def counted(*arguments: object) -> tuple[Hit, ...]:
        found = hits(*arguments)  # type: ignore[arg-type]
        held.append(len(found))
        return found

    hits = showing.hits
    monkeypatch.setattr(stream, "_IDS", 25)
    monkeypatch.setattr(stream, "_ROWS", 7)
    monkeypatch.setattr(showing, "hits", counted)
    return held


@pytest.mark.parametrize("typed", QUERIES)
def test_a_stream_has_what_a_search_finds_as_it_was_archived(
    archive: sqlite3.Connection, small_steps: list[int], typed: str
) -> None:
    streamed = list(stream.begin(archive, parse(typed)).hits(archive))
    assert max(small_steps, default=0) <= 7
    found = sorted(search(archive, typed, limit=1_000), key=lambda hit: hit.id)
    assert [(hit.id, hit.marked_title, hit.snippet) for hit in streamed] == [
        (hit.id, hit.marked_title, hit.snippet) for hit in found
    ]


def test_what_is_archived_meanwhile_is_not_in_it(path: Path, tmp_path: Path, small_steps: list[int]) -> None:
    copy = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    with closing(connect(copy)) as connection:
        hits = stream.begin(connection, parse("shel*")).hits(connection)
        first = next(hits)
        assert small_steps == [7]  # no more is read than is asked for
        with Store(copy) as store:
            write(store, range(REPORTS, REPORTS + 40))
        assert [first.id, *(hit.id for hit in hits)] == list(range(1, REPORTS + 1))


def run(path: Path, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["search", *arguments, "--db", str(path)], prog_name="archive")
    assert result.exit_code == code, result.output
    return result


def test_on_the_command_line_as_json_lines_and_csv(path: Path) -> None:
    lines = run(path, "shelling", "--all", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, REPORTS + 1))
    (hit,) = json.loads(run(path, '"shelling 5"', "--json").stdout)["hits"]
    assert json.loads(run(path, '"shelling 5"', "--all", "--json").stdout) == hit | {"rank": 0.0}
    rows = list(csv.reader(run(path, "shelling lang:en", "--all", "--csv").stdout.splitlines()))
    assert rows[0][:2] == ["id", "published_at"]
    assert len(rows) == 1 + json.loads(run(path, "shelling lang:en", "--json").stdout)["total"]
    assert all(row[5].startswith("'=Shelling") for row in rows[1:])
    assert "its words are searched for" in run(path, "shelling (", "--all", "--json").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--all is for --json and --csv"),
        (["--json", "--limit", "5"], "--limit is not for --all"),
        (["--csv", "--sort", "newest"], "--sort is not for --all"),
        (["--json", "--page", "newest.3.1"], "--page is not for --all"),
        (["--json", "--facets"], "--facets is not for --all"),
    ],
)
def test_what_does_not_go_with_all(path: Path, arguments: list[str], said: str) -> None:
    assert said in run(path, "shelling", "--all", *arguments, code=2).stderr
