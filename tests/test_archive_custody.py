"""The custody log: what is done to captures and texts is written down with it, or not done."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from archive.cli import cli
from archive.models import ArticleText, Extraction
from archive.open import connect
from archive.store import Store
from archive.tables import chain, custody
from archive.tables.custody import Action
from archive.tables.reextraction import Reread, of_revisions
from tests import keeping

LINE = {"url": "https://z.example/1", "source": "my-notes", "title": "Raid on Kidal", "body": "Two dead."}


def log(path: Path) -> list[dict[str, Any]]:
    with closing(Database(path)) as db:
        found = [dict(entry) for entry in db.query("select * from custody order by id")]
    before = None
    for entry in found:
        assert (entry["previous_hash"], entry["hash"]) == (before, chain.row_hash(entry))
        before = entry["hash"]
    return found


def imported(path: Path, *lines: bytes) -> None:
    result = CliRunner().invoke(
        cli, ["import", "--jsonl", "-", "--db", str(path)], input=b"\n".join(lines), obj=lambda: keeping.NOW
    )
    assert result.exit_code == 0, result.output


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


# -- imported texts ---------------------------------------------------------------------------------------


def test_a_text_without_a_page_is_logged_as_what_it_is(path: Path) -> None:
    line = json.dumps(LINE).encode()
    imported(path, b"  " + line + b" \r")
    (entry,) = log(path)
    assert {name: value for name, value in entry.items() if value is not None and "hash" not in name} == {
        "id": 1, "at": "2026-01-24T18:00:00Z", "action": "imported", "version": "0.1.0", "source_id": "my-notes",
        "article_id": 1, "items": 1, "sha256": hashlib.sha256(line).hexdigest(),
    }  # fmt: skip


def test_only_what_was_written_is_logged(path: Path) -> None:
    changed = json.dumps(LINE | {"body": "Three dead."}).encode()
    imported(path, json.dumps(LINE).encode(), json.dumps(LINE).encode(), changed, changed)
    assert [entry["sha256"] for entry in log(path)] == [
        hashlib.sha256(each).hexdigest() for each in (json.dumps(LINE).encode(), changed)
    ]


def test_what_was_crawled_is_not_said_to_be_imported(tmp_path: Path) -> None:
    path = keeping.make(tmp_path, reports=1)
    imported(path, json.dumps(LINE | {"url": "https://x.example/news/1", "source": "x"}).encode())
    assert [entry["action"] for entry in log(path)] == ["captured", "captured"]


# -- re-extractions ---------------------------------------------------------------------------------------


def reread(path: Path, revision: int, **text: Any) -> Reread:
    with closing(connect(path)) as conn:
        (page,) = of_revisions(conn, [revision])
    assert page.stored is not None
    stored = page.stored.revision
    article = ArticleText(
        **{"title": stored["title"], "body": stored["body"], "author": stored["author"]} | text
    )
    return Reread(page, Extraction(article, extractor_version="9"))


def test_what_a_re_extraction_wrote_is_logged(tmp_path: Path) -> None:
    path = keeping.make(tmp_path, reports=3)
    with Store(path, clock=lambda: keeping.NOW) as store:
        store.apply_rereads(
            "x", [reread(path, 1, body="Six."), reread(path, 2), reread(path, 3, title="Other")]
        )
        assert store.apply_rereads("x", []) == []
    entry = log(path)[-1]
    assert len(log(path)) == 3
    assert (entry["action"], entry["source_id"], entry["items"]) == ("reextracted", "x", 3)
    read = [{"capture": number, "path": "single"} for number in (2, 4, 6)]
    assert json.loads(entry["details"]) == {
        "corrected": 2, "confirmed": 1, "extractor_version": "9", "captures": read
    }  # fmt: skip


def undone(store: Store, each: Reread) -> None:
    with store.savepoint():
        store.apply_rereads("x", [each])
        raise RuntimeError


def test_what_is_undone_is_not_logged(tmp_path: Path) -> None:
    path = keeping.make(tmp_path, reports=1)
    with Store(path) as store, pytest.raises(RuntimeError):
        undone(store, reread(path, 1, body="Six."))
    assert len(log(path)) == 2


# -- entries ----------------------------------------------------------------------------------------------


def test_each_entry_names_the_last_capture(tmp_path: Path) -> None:
    path = keeping.make(tmp_path, reports=2)
    with closing(sqlite3.connect(path)) as conn:
        hashes = dict(conn.execute("select id, hash from captures"))
    assert [entry["captures_hash"] for entry in log(path)] == [hashes[4], hashes[8]]


def test_the_state_of_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert custody.file_state(tmp_path / "x") == {"bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}
    assert custody.file_state(tmp_path / "y") is None
    assert custody.file_state(tmp_path / "a\0b") is None


def test_every_action_is_described(tmp_path: Path) -> None:
    described = (Path(custody.__file__).parents[1] / "browse/descriptions.toml").read_text(encoding="utf-8")
    (line,) = (line for line in described.splitlines() if line.startswith("action = "))
    assert all(action.value in line for action in Action)
