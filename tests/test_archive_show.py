from __future__ import annotations

import pytest
from sqlite_utils import Database

from archive.errors import NotFound
from archive.open import reading
from archive.tables import chain
from archive.views.show import report


def test_a_report_with_its_source_captures_and_revisions(small_archive):
    with reading(small_archive) as connection:
        found = report(connection, 3)
    assert found.article["title"] == "قصف جوي على سراقب"
    assert found.source["name"] == "Zamanalwsl-Ar"
    assert [capture["id"] for capture in found.captures] == [3]
    assert [(revision["number"], revision["capture_id"]) for revision in found.revisions] == [(1, 3)]


def test_later_looks_at_the_address_are_captures_too(small_archive):
    db = Database(small_archive)
    row = next(db.query("select * from captures where id = 1"))
    looks = (
        {"id": 90, "lead_id": 1, "url": "https://elsewhere.example/", "fetched_at": "2026-01-27T00:00:00Z"},
        {"id": 91, "lead_id": None, "url": row["url"], "fetched_at": "2026-01-30T00:00:00Z"},
        {"id": 92, "lead_id": None, "url": "https://other.example/", "fetched_at": "2026-01-30T00:00:00Z"},
    )
    for look in looks:
        chain.append(db.conn, "captures", row | look)
    db.conn.commit()
    db.close()
    with reading(small_archive) as connection:
        assert [capture["id"] for capture in report(connection, 1).captures] == [90, 1, 91]


def test_no_such_report(small_archive):
    with reading(small_archive) as connection, pytest.raises(NotFound, match="no article has the id 99"):
        report(connection, 99)
