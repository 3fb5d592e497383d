"""An archive that others may look at: who is let in, under which address, from a file that nothing can write to."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.plugins import pm
from sqlite_utils import Database

import archive.browse
from archive.browse import permissions
from archive.browse.security import PAGE
from archive.errors import InvalidInput

PAGES = ("/", "/-/archive")


@pytest.fixture(autouse=True)
def plugin() -> Iterator[None]:
    """Load the plugin where the package isn't installed, and so its entry point is unknown."""
    if pm.is_registered(archive.browse):
        yield
        return
    pm.register(archive.browse, "conflict_archive")
    yield
    pm.unregister(archive.browse)


@contextmanager
def published(*files: Path, **options: Any) -> Iterator[Datasette]:
    """Open files as `datasette serve` would."""
    datasette = Datasette([str(file) for file in files], **options)
    yield datasette
    datasette.executor.shutdown()
    for database in datasette.databases.values():
        database.close()


def get(datasette: Datasette, url: str, **options: Any) -> Any:
    """Ask for a page, as nobody in particular without a cookie."""
    return asyncio.run(datasette.client.get(url, **options))


@pytest.mark.parametrize(
    "block",
    [
        {"allow": False},
        {"allow": {"id": "*"}},
        {"databases": {"archive": {"allow": {"id": "*"}}}},
        {"databases": {"archive": {"tables": {"articles": {"allow": {"id": "*"}}}}}},
    ],
)
@pytest.mark.parametrize("url", PAGES)
def test_who_may_not_see_the_reports_sees_no_page_of_them(
    small_archive: Path, url: str, block: dict[str, Any]
) -> None:
    with published(small_archive, metadata=block) as datasette:
        answer = get(datasette, url)
        assert answer.status_code == 403
        assert "Saraqeb" not in answer.text


@pytest.mark.parametrize("url", PAGES)
def test_who_is_logged_in_sees_them(small_archive: Path, url: str) -> None:
    with published(small_archive, metadata={"allow": {"id": "reader"}}) as datasette:
        for name, status in (("reader", 200), ("somebody", 403)):
            cookie = datasette.sign({"a": {"id": name}}, "actor")
            assert get(datasette, url, cookies={"ds_actor": cookie}).status_code == status


@pytest.mark.parametrize("url", PAGES)
def test_under_a_proxy_all_links_keep_its_prefix(small_archive: Path, url: str) -> None:
    with published(small_archive, settings={"base_url": "/reporting/"}) as datasette:
        page = get(datasette, url).text
    local = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert len(local) > 10
    assert all(link.startswith("/reporting/") for link in local), local


@pytest.mark.parametrize("url", PAGES)
def test_a_copy_is_read_as_a_file_that_never_changes(small_archive: Path, tmp_path: Path, url: str) -> None:
    copy = tmp_path / "public.db"
    with closing(Database(small_archive)) as db:
        db.enable_wal()
        db.execute("vacuum into ?", [str(copy)])
    copy.chmod(0o444)
    with published(immutables=[str(copy)]) as datasette:
        answer = get(datasette, url)
        assert answer.status_code == 200
        assert "Airstrike on Saraqeb kills five" in answer.text
        found = get(datasette, "/public/search.json?q=saraqeb&_shape=array").json()
        assert found
    assert not list(tmp_path.glob("public.db-*"))  # no journal beside it


def test_a_copy_is_not_downloaded_where_that_is_off(small_archive: Path) -> None:
    for allowed, status in ((True, 200), (False, 403)):
        with published(immutables=[str(small_archive)], settings={"allow_download": allowed}) as datasette:
            assert get(datasette, "/archive.db").status_code == status


DENIED = [
    "/archive.json?sql=select+title+from+articles",
    "/archive.json?sql=select+1",
    "/archive/latest.json",
    "/archive/history.json?article=1",
    "/archive/articles.json",
    "/archive/articles/1.json",
    "/archive/articles.csv",
    "/archive/search_pending.json",
    "/archive/revisions.json?_labels=on",
    "/archive/changes.json?_labels=on",
    "/archive/custody.json?_labels=on",
    "/archive/articles_fts.json",
    "/archive/articles_fts_data.json",
    "/-/reports?q=strike",
    "/-/reports.csv",
    "/-/report/1",
    "/-/changes",
]


@pytest.mark.parametrize("allow", [False, {"id": "reader"}])
def test_a_denied_table_is_not_to_be_had_by_another_way(small_archive: Path, allow: Any) -> None:
    block = {"databases": {"archive": {"tables": {"articles": {"allow": allow}}}}}
    with published(small_archive, metadata=block) as datasette:
        for url in DENIED:
            assert get(datasette, url).status_code == 403, url
        for open_ in ("/archive/sources.json", "/archive/paused.json", "/archive"):
            assert get(datasette, open_).status_code == 200
        assert not any(
            title in get(datasette, "/archive").text for title in ("Latest reports", "/archive/articles_fts")
        )


def test_another_table_denied_leaves_what_does_not_read_it(small_archive: Path) -> None:
    block = {"databases": {"archive": {"tables": {"runs": {"allow": False}}}}}
    with published(small_archive, metadata=block) as datasette:
        for url, status in (
            ("/archive/latest.json", 200), ("/-/reports?q=strike", 200), ("/archive/sources_heard.json", 403),
            ("/archive/runs.json", 403), ("/archive.json?sql=select+1", 403),
        ):  # fmt: skip
            assert get(datasette, url).status_code == status, url


def test_what_shows_articles_is_known(small_archive: Path) -> None:
    """A table that a later migration adds, and that points to `articles`, has to be named as well."""
    with closing(sqlite3.connect(small_archive)) as conn:
        tables = [
            name for (name,) in conn.execute("select name from sqlite_master where type in ('table', 'view')")
        ]
        for table in tables:
            targets = {row[2] for row in conn.execute("select * from pragma_foreign_key_list(?)", [table])}
            assert permissions.shows_articles(table) or not targets & {"articles", "revisions"}, table
        columns = {
            table: {row[1] for row in conn.execute("select * from pragma_table_info(?)", [table])}
            for table in tables
        }
    titled = {table for table, names in columns.items() if names & {"title", "body"}} - {"articles"}
    assert all(map(permissions.shows_articles, titled))


@pytest.mark.parametrize(
    ("setting", "has", "has_not"),
    [
        (None, "'sha256-", "unsafe-eval"),
        (True, "'sha256-", "unsafe-eval"),
        ("plugins", "'unsafe-eval'", "https:"),
        (False, None, None),
    ],
)
def test_the_policy_of_datasettes_own_pages_is_a_setting_and_that_of_ours_is_not(
    small_archive: Path, setting: object, has: str | None, has_not: str | None
) -> None:
    plugins = {} if setting is None else {"conflict-archive": {"content_security_policy": setting}}
    with published(small_archive, metadata={"plugins": plugins}) as datasette:
        policy = get(datasette, "/archive/articles").headers.get("content-security-policy")
        ours = get(datasette, "/-/reports").headers["content-security-policy"]
    assert (policy is None) == (has is None)
    if policy and has and has_not:
        assert "default-src 'none'" in policy
        assert has in policy
        assert has_not not in policy
    assert ours == PAGE


def test_a_policy_that_there_is_not_is_a_sentence(small_archive: Path) -> None:
    metadata = {"plugins": {"conflict-archive": {"content_security_policy": "lax"}}}
    with pytest.raises(InvalidInput, match=r"'lax': write true, .plugins. or false"):
        Datasette([str(small_archive)], metadata=metadata)
