"""The ledger of edits in the archive: written with each revision, mended with it, filled in for old archives."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.errors import InvalidInput, NotFound
from archive.migrations import migrations
from archive.models import ArticleText, ImportedArticle, Source
from archive.open import reading
from archive.store import Store
from archive.tables import chain, changelog
from archive.views.gone import lost
from archive.views.history import history, to_dict
from archive.views.ledger import Wanted, edits

AT = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = ArticleText(
    "Strike kills five",
    "Five people were killed in Idlib, police said.\n\nThe road is closed.",
    language="en",
)
SECOND = ArticleText(
    "Strike kills nine",
    "Nine people were killed in Idlib, police said.\n\nThe road is closed.",
    language="en",
)
SLIP = ArticleText(
    "Strike kills nine", "Nine people were killed in Idlib, police said.\n\nThe road is closd.", language="en"
)


def fill(
    path: Path, *texts: ArticleText, source: str = "x", url: str = "https://x.example/1", start: datetime = AT
) -> None:
    """Import a report's texts, one a day."""
    with Store(path) as store:
        store.save_source(
            Source(source, source.upper(), f"https://{source}.example/", ("en",), "Syria", None, "wire")
        )
        for number, text in enumerate(texts):
            store.import_article(ImportedArticle(source, url, text, start + number * DAY))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "archive.db"
    fill(made, FIRST, SECOND, SLIP)
    fill(made, FIRST, SLIP, source="y", url="https://y.example/2")
    return made


def asked(path: Path, **wanted: Any) -> list[tuple[int, int]]:
    with reading(path) as connection:
        return [(edit.article_id, edit.number) for edit in edits(connection, Wanted(**wanted))]


def test_an_edit_is_told_with_its_revision(path: Path) -> None:
    with reading(path) as connection:
        newest, *_, first = edits(connection, Wanted(article=1))
    assert (first.number, first.is_substantive, first.kinds) == (2, True, ("headline", "number"))
    assert first.summary == "headline: Strike kills five → Strike kills nine; kills five → kills nine"
    assert (first.seen_at, first.source_id, first.title) == ("2026-01-25T18:00:00Z", "x", "Strike kills nine")
    (headline, number) = first.details
    assert headline["sentence"] == "headline: Strike kills five → Strike kills nine"
    assert number["figures"] == [{"value": 5, "qualifier": ""}, {"value": 9, "qualifier": ""}]
    assert (number["context"], number["harm"]) == ("Strike kills nine", "killed")
    assert number["is_substantive"]
    assert (newest.number, newest.is_substantive, newest.summary) == (3, False, "typo")


def test_edits_are_asked_for_newest_first(path: Path) -> None:
    assert asked(path) == [(1, 3), (2, 2), (1, 2)]
    assert asked(path, limit=1) == [(1, 3)]
    assert asked(path, substantive=True) == [(2, 2), (1, 2)]
    assert asked(path, source="y") == [(2, 2)]
    assert asked(path, kind="typo") == [(1, 3), (2, 2)]
    assert asked(path, since=(AT + 2 * DAY).date()) == [(1, 3)]
    assert asked(path, until=(AT + DAY).date()) == [(2, 2), (1, 2)]
    assert asked(path, since=(AT + DAY).date(), until=(AT + DAY).date(), source="x") == [(1, 2)]
    with pytest.raises(NotFound, match="no source 'z' in this archive: it has x, y"):
        asked(path, source="z")
    with pytest.raises(InvalidInput, match="since 2026-01-26 is after until 2026-01-25"):
        asked(path, since=(AT + 2 * DAY).date(), until=(AT + DAY).date())


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "changes_seen_at"),
        ({"substantive": True}, "changes_substantive"),
        ({"source": "x"}, "changes_source_id"),
        ({"source": "x", "since": AT.date()}, "changes_source_id"),
    ],
)
def test_the_ledger_is_walked_along_an_index(path: Path, wanted: dict[str, Any], index: str) -> None:
    with reading(path) as connection:
        plans: list[str] = []
        connection.set_trace_callback(plans.append)
        list(edits(connection, Wanted(**wanted, limit=10)))
        connection.set_trace_callback(None)
        (query,) = [plan for plan in plans if "from changes" in plan]
        plan = [row[3] for row in connection.execute(f"explain query plan {query}")]
    assert any(index in step for step in plan), plan
    inner = plan[: next(number for number, step in enumerate(plan) if "articles" in step)]
    assert not any("TEMP B-TREE" in step for step in inner)


def test_a_slip_in_telling_does_not_keep_a_text_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr(changelog, "compare", fail)
    fill(path, FIRST, start=AT + 9 * DAY)
    with reading(path) as connection:
        assert connection.execute("select revision_count from articles where id = 1").fetchone()[0] == 4
        row = connection.execute("select summary, kinds from changes where number = 4").fetchone()
    assert tuple(row) == ("can't be told: RuntimeError('oh')", "[]")
    monkeypatch.undo()
    with Store(path, create=False) as store:
        assert store.recompute_changes() == 4
    with reading(path) as connection:
        row = connection.execute("select kinds from changes where number = 4").fetchone()
    assert json.loads(row[0]) == ["headline", "number", "typo"]


def test_half_a_surrogate_pair_is_no_obstacle(path: Path) -> None:
    told = changelog._told(changelog.Text("T", "A \ud83d man."), changelog.Text("T", "A \ud83d woman."), 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("select ?, ?", [told["summary"], told["details"]])


def test_an_archive_of_an_earlier_version_gets_its_ledger(path: Path, tmp_path: Path) -> None:
    with closing(Database(path)) as db:
        expected = [dict(row) for row in db["changes"].rows]
    old = tmp_path / "old.db"
    with closing(Database(old)) as db:
        migrations.apply(db, stop_before="006_changes")
        db.attach("new", path)
        for table in ("sources", "articles", "revisions"):
            columns = ", ".join(row[1] for row in db.execute(f"pragma main.table_info({table})"))
            db.execute(f"insert into main.{table} ({columns}) select {columns} from new.{table}")  # noqa: S608 - ours
        db.conn.commit()
    with reading(old) as connection:
        assert [dict(row) for row in connection.execute("select * from changes order by id")] == sorted(
            (
                {**row, "id": number}
                for number, row in enumerate(sorted(expected, key=lambda row: row["revision_id"]), 1)
            ),
            key=lambda row: row["id"],
        )


@pytest.mark.parametrize(
    ("statuses", "state", "rows"),
    [
        ([(1, 404)], "live", [("live", None), ("missing", "404")]),
        ([(1, 404), (20, 404)], "live", [("live", None), ("missing", "404")]),
        ([(1, 404), (26, 410), (51, 410)], "gone", [("live", None), ("gone", "410")]),
        ([(1, 500), (2, 404), (26, 404)], "gone", [("live", None), ("gone", "404")]),
        ([], "gone", [("live", None), ("gone", None)]),  # nothing tells better
    ],
)
def test_what_was_called_gone_for_one_404_is_looked_into(
    tmp_path: Path, statuses: list[tuple[int, int]], state: str, rows: list[tuple[str, str | None]]
) -> None:
    path = tmp_path / "archive.db"
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="006_changes")
        db["sources"].insert({"id": "x", "name": "X", "homepage": "https://x.example/"})
        db["runs"].insert({"source_id": "x", "started_at": "2026-01-01T00:00:00Z", "version": "0"})
        db["leads"].insert(
            {"source_id": "x", "url": "u", "url_key": "k", "via": "feed", "first_seen_at": "2026"}
        )
        text = {"title": "T", "body": "B", "content_sha256": "s"}
        db["articles"].insert(text | {"source_id": "x", "url": "u", "url_key": "k", "word_count": 1, "state": "gone",
                                      "first_seen_at": "2026-01-01T00:00:00Z", "last_seen_at": "2026-01-01T00:00:00Z"})  # fmt: skip
        db["revisions"].insert(
            text | {"article_id": 1, "number": 1, "seen_at": "2026", "extractor_version": "0"}
        )
        for hours, status in statuses:
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
            chain.append(db.conn, "captures", {"run_id": 1, "lead_id": 1, "url": "u", "final_url": "u", "status": status,
                                   "fetched_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "payload_sha256": "a", "payload_bytes": 1,
                                   "warc_file": "x", "warc_offset": 0})  # fmt: skip
        db.conn.commit()
    with reading(path) as connection:
        assert connection.execute("select state from articles").fetchone()[0] == state
        found = [
            tuple(row) for row in connection.execute("select state, how from article_states order by id")
        ]
        gone = [one.state for one in lost(connection, missing=True)]
    assert found == rows
    assert gone == [rows[-1][0]]


# -- the history of one report --------------------------------------------------------------------------------


def test_each_revision_is_compared_with_the_one_before(path: Path) -> None:
    with reading(path) as connection:
        found = history(connection, 1)
    assert [(step.before["number"], step.after["number"]) for step in found.steps] == [(1, 2), (2, 3)]
    first = found.steps[0]
    assert first.lines == {"title": (("same", "Strike kills "), ("removed", "five"), ("added", "nine"))}
    assert [piece.status.value for piece in first.pieces] == ["changed", "same"]
    assert first.is_substantive
    assert not found.steps[1].is_substantive


def test_any_two_revisions_can_be_compared(path: Path) -> None:
    with reading(path) as connection:
        (step,) = history(connection, 1, 3, 1).steps
        assert (step.before["number"], step.after["number"]) == (3, 1)
        (step,) = history(connection, 1, first=2).steps
        assert (step.before["number"], step.after["number"]) == (2, 3)
        (step,) = history(connection, 1, last=2).steps
        assert (step.before["number"], step.after["number"]) == (1, 2)
        with pytest.raises(NotFound, match="article 1 has no revision 4: there is 1 to 3"):
            history(connection, 1, 1, 4)
        with pytest.raises(NotFound, match="no article has the id 9"):
            history(connection, 9)


def test_a_history_for_programs(path: Path) -> None:
    with reading(path) as connection:
        told = json.loads(json.dumps(to_dict(history(connection, 1))))
    assert told["article"]["revision_count"] == 3
    assert [revision["number"] for revision in told["revisions"]] == [1, 2, 3]
    step = told["steps"][0]
    assert (step["from"], step["to"], step["is_substantive"], step["kinds"]) == (
        1,
        2,
        True,
        ["headline", "number"],
    )
    assert step["title"] == [["same", "Strike kills "], ["removed", "five"], ["added", "nine"]]
    assert step["paragraphs"][0]["words"][:2] == [["removed", "Five "], ["added", "Nine "]]
