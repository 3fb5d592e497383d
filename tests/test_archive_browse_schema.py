"""The tables and columns beside the box for SQL, and that Datasette's limits on SQL are as it sets them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browsing import Browser, plugin, text_of

__all__ = ["plugin"]  # a fixture that each test uses


@pytest.fixture
def browser(small_archive: Path) -> Iterator[Browser]:
    browser = Browser(small_archive)
    yield browser
    browser.close()


@pytest.mark.parametrize("url", ["/archive?sql=select+1", "/archive", "/archive/latest"])
def test_the_editor_shows_every_table_and_column(browser: Browser, small_archive: Path, url: str) -> None:
    page = browser.page(url)
    shown = page[
        page.index('<details class="archive-schema">') : page.index(
            "</details>", page.index("archive-schema")
        )
    ]
    with closing(sqlite3.connect(small_archive)) as conn:
        tables = [
            name
            for (name,) in conn.execute("select name from sqlite_master where type = 'table'")
            if not name.startswith(("articles_fts", "_", "sqlite_"))
        ]
        for table in tables:
            assert f'<code class="name">{table}</code> <a href="/archive/{table}">' in shown
            for _, column, *_ in conn.execute("select * from pragma_table_info(?)", [table]):
                assert f'<code class="name">{column}</code>' in shown
    assert "archive_match" in text_of(shown)
    assert re.search(r'<script type="module" src="/-/static-plugins/conflict-archive/schema.js\?\w+">', page)


def test_tables_that_are_denied_are_not_shown(small_archive: Path) -> None:
    block = {"databases": {"archive": {"tables": {"articles": {"allow": False}}}}}
    browser = Browser(small_archive, metadata=block)
    page = browser.page("/archive")
    browser.close()
    assert '<code class="name">sources</code>' in page
    assert not any(
        f'<code class="name">{name}</code>' in page for name in ("articles", "revisions", "changes")
    )


def test_other_databases_have_no_such_list(small_archive: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as conn:
        conn.execute("create table notes (text)")
    browser = Browser(small_archive, tmp_path / "other.db")
    assert "archive-schema" not in browser.page("/other")
    browser.close()


@pytest.mark.parametrize(
    "sql",
    [
        "delete from articles",
        "attach 'x.db' as y",
        "pragma writable_schema = 1",
        "with a as (select 1) insert into sources select * from sources",
        "select 1; select 2",
    ],
)
def test_only_reading_is_allowed(browser: Browser, sql: str) -> None:
    answer = browser.get("/archive.json", status=400, sql=sql)
    assert "error" in answer.json()
    assert browser.rows("/archive", sql="select count(*) as n from articles") == [{"n": 6}]


def test_a_query_without_end_is_stopped(small_archive: Path) -> None:
    browser = Browser(small_archive, settings={"sql_time_limit_ms": 50})
    endless = "with recursive c(n) as (select 1 union all select n + 1 from c) select max(n) from c"
    assert "interrupted" in browser.get("/archive.json", status=400, sql=endless).text.lower()
    browser.close()
