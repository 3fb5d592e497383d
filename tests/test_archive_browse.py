"""Browsing an archive in Datasette, through the plugin's hooks alone: no metadata file, no settings."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

import archive
from archive.browse import cells
from archive.browse.match import Matcher
from archive.browse.presentation import load_presentation
from archive.migrations import migrations
from archive.models import BlockKind, TextBlock
from archive.open import reading
from archive.search import search
from archive.tables import blocks, chain, changelog
from tests.browsing import Browser, plugin, text_of
from tests.tampering import unlock

__all__ = ["plugin"]  # a fixture that each test uses

REPOSITORY = Path(archive.__file__).parents[1]
BROKEN = [
    '"open quote',
    "AND AND",
    "a*b(",
    "(((",
    "nosuchcolumn:x",
    "*",
    "-",
    "NEAR(",
    "it's \"so",
    ":",
    "^",
]


@pytest.fixture
def browser(small_archive: Path) -> Iterator[Browser]:
    browser = Browser(small_archive)
    yield browser
    browser.close()


# what it is


def test_every_table_and_column_is_described_and_nothing_else() -> None:
    with closing(Database(memory=True)) as db:
        migrations.apply(db)
        schema = {table.name: set(table.columns_dict) for table in db.tables if "_fts" not in table.name}
    described = load_presentation().metadata()["tables"]
    assert described.keys() == schema.keys()
    assert described.pop("_sqlite_migrations") == {"hidden": True}
    for name, table in described.items():
        assert table["columns"].keys() == schema[name], name
        assert all(text.strip() for text in [table["description"], *table["columns"].values()])


def test_presentation_refers_to_existing_columns_only() -> None:
    for name, table in load_presentation().metadata()["tables"].items():
        facets = [next(iter(f.values())) if isinstance(f, dict) else f for f in table.get("facets", [])]
        named = {table[key] for key in ("label_column", "sort", "sort_desc") if key in table} | set(facets)
        assert named <= table.get("columns", {}).keys(), name


def test_front_page_says_what_it_is(browser: Browser) -> None:
    assert "Archive of conflict reporting" in browser.page("/")


def test_database_page_lists_tables_and_queries_and_hides_machinery(browser: Browser) -> None:
    page = browser.page("/archive")
    assert "Archive of conflict reporting" in page
    for table in ("articles", "captures", "endpoints", "leads", "revisions", "runs", "sources"):
        assert f'<h3><a href="/archive/{table}">' in page
    assert "/archive/articles_fts" not in page
    assert "_sqlite_migrations" not in page
    for name, query in load_presentation().queries().items():
        assert f'href="/archive/{name}"' in page
        assert query["title"] in text_of(page)
        assert query["description"]


def test_table_page_describes_its_columns(browser: Browser) -> None:
    text = text_of(browser.page("/archive/articles"))
    assert "one row each, with the text as last seen" in text
    assert "When it was published (UTC); empty if the page doesn't say" in text


def test_other_databases_beside_an_archive_stay_as_they_are(small_archive: Path, tmp_path: Path) -> None:
    with closing(Database(tmp_path / "other.db")) as db:
        db["articles"].insert(
            {"id": 1, "title": "Theirs", "body": "x " * 400, "url": "https://theirs.example/"}
        )
    browser = Browser(small_archive, tmp_path / "other.db")
    page = browser.page("/other")
    assert "/other/latest" not in page
    assert "Archive of conflict reporting" not in page
    browser.get("/other/latest", status=404)
    articles = browser.page("/other/articles")
    assert browser.datasette.setting("suggest_facets")
    assert "x " * 400 in articles
    assert "archive.css" not in articles
    assert 'dir="auto"' not in browser.page("/other/articles/1")
    assert "archive-row" not in browser.page("/other/articles/1")
    assert "Archive of conflict reporting" not in browser.page("/")
    assert "Archive of conflict reporting" in browser.page("/archive")
    browser.close()


def test_a_file_of_any_name_is_an_archive(small_archive: Path) -> None:
    browser = Browser(small_archive.rename(small_archive.with_name("syria, 2026.sqlite")))
    name = next(name for name in browser.datasette.databases if name.startswith("syria"))
    assert len(browser.rows(browser.datasette.urls.query(name, "latest"))) == 6
    browser.close()


# the articles table


def test_articles_are_sorted_newest_first_and_faceted(browser: Browser) -> None:
    answer = browser.get("/archive/articles.json", _shape="objects").json()
    assert [row["id"] for row in answer["rows"]] == [5, 4, 2, 1, 3, 6]
    facets = {
        name: {result["value"]: result["count"] for result in facet["results"]}
        for name, facet in answer["facet_results"].items()
    }
    assert facets["source_id"] == {"ukrinform-en": 2, "zamanalwsl-en": 2, "dabanga-en": 1, "zamanalwsl-ar": 1}
    assert facets["language"] == {"en": 4, "ar": 1, "uk": 1}
    assert facets["published_at"] == {"2026-01-24": 2, "2026-01-25": 1, "2026-01-26": 1, "2026-01-27": 1}
    assert [row["id"] for row in browser.rows("/archive/articles", published_at__date="2026-01-24")] == [1, 3]


def test_search_box_finds_words_of_any_script(browser: Browser) -> None:
    for words, found in {"saraqeb": 1, "سراقب": 3, "Херсона": 4, "херсона": 4, "kherson": 5}.items():
        assert [row["id"] for row in browser.rows("/archive/articles", _search=words)] == [found], words
    for words, found in {
        "airstrikes": 1,
        "القصف": 3,
        "обстрілу": 4,
        "shells market": 2,
        "source:x": None,
    }.items():
        rows = browser.rows("/archive/articles", _search=words)
        assert [row["id"] for row in rows] == ([found] if found else []), words
    assert 'type="search"' in browser.page("/archive/articles")


def test_broken_syntax_never_fails(browser: Browser) -> None:
    for words in BROKEN:
        browser.get("/archive/articles.json", _search=words, _nosuggest="1", _nofacet="1")
        assert browser.get("/archive/search.json", q=words).json()["ok"], words
    browser.page("/archive/articles", _search=BROKEN[0])
    assert "message-error" not in browser.page("/archive/search", q=BROKEN[0] + "\0")


def test_no_further_facets_are_suggested(browser: Browser) -> None:
    assert "Suggested facets" not in browser.page("/archive/articles")
    assert browser.get("/archive/articles.json").json()["suggested_facets"] == []


def test_facets_show_names_and_row_labels_titles(browser: Browser) -> None:
    assert "Dabanga-En</a>" in browser.page("/archive/articles")
    assert "Airstrike on Saraqeb kills five</a>" in browser.page("/archive/revisions")


def test_every_other_table_opens(browser: Browser) -> None:
    for table in ("sources", "runs", "endpoints", "leads", "captures", "revisions"):
        page = browser.page(f"/archive/{table}")
        assert "facets-timed-out" not in page, table
        assert "message-error" not in page, table


# canned queries


def test_latest(browser: Browser) -> None:
    assert [row["article_id"] for row in browser.rows("/archive/latest")] == [5, 4, 2, 1, 3, 6]


def test_search_ranks_and_highlights(browser: Browser) -> None:
    rows = browser.rows("/archive/search", q="idlib OR saraqeb")
    assert {row["article_id"] for row in rows} == {1, 2}
    page = browser.page("/archive/search", q="saraqeb")
    assert "airstrike on <mark>Saraqeb</mark>." in page
    assert '<a href="/archive/articles/1">Airstrike on <mark>Saraqeb</mark> kills five</a>' in page
    best = browser.rows("/archive/search", q="shelling")
    assert [row["article_id"] for row in best] == [5, 2]  # the shorter report first, as bm25 has it


def test_search_ranks_as_the_command_line_does(small_archive: Path, browser: Browser) -> None:
    for words in ("kherson OR strike OR market", "airport OR people", '"open quote shelling'):
        with reading(small_archive) as connection:
            expected = [(hit.id, hit.snippet) for hit in search(connection, words, marks=("⟦", "⟧"))]
        rows = browser.rows("/archive/search", q=words)
        assert [(row["article_id"], row["snippet"]) for row in rows] == expected


def test_search_options(browser: Browser) -> None:
    cases: list[tuple[dict[str, str], set[int]]] = [
        ({"q": "shelling"}, {2, 5}),
        ({"q": "shelling", "source": "ukrinform-en"}, {5}),
        ({"q": "shelling", "since": "2026-01-26"}, {5}),
        ({"q": "shelling", "until": "2026-01-25"}, {2}),
        ({"q": "shelling", "since": "2026-01-26", "until": "2026-01-26"}, set()),
        ({"q": "кількість OR загинули", "language": "uk"}, {4}),
        ({"q": "قصف"}, {3}),
        ({"q": "title: strike OR khartoum"}, {6}),
        ({"q": '"khartoum airport'}, {6}),
        ({"q": "airstrike AND"}, {1}),
        ({"q": ""}, set()),
        ({"q": " -- "}, set()),
        ({"q": "shelling source:ukrinform-en"}, {5}),
        ({"q": "shelling NOT source:ukrinform-en until:2026"}, {2}),
        ({"q": "shelled kind:independent (conflict:syria OR lang:fr)"}, {2, 5}),
    ]
    for params, found in cases:
        rows = browser.rows("/archive/search", **params)
        assert {row["article_id"] for row in rows} == found, params


def test_reports_per_day(browser: Browser) -> None:
    rows = browser.rows("/archive/reports_per_day")
    assert [row["day"] for row in rows] == [
        "2026-01-27",
        "2026-01-26",
        "2026-01-25",
        "2026-01-24",
        "2026-01-24",
    ]
    assert {(row["source_id"], row["reports"]) for row in rows[3:]} == {
        ("zamanalwsl-ar", 1),
        ("zamanalwsl-en", 1),
    }
    since = browser.rows("/archive/reports_per_day", source="ukrinform-en", since="2026-01-27")
    assert since == [{"day": "2026-01-27", "source_id": "ukrinform-en", "reports": 1}]


def test_sources_heard_counts_silent_sources_too(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        db["sources"].insert({"id": "mute", "name": "Mute", "homepage": "https://mute.example/"})
        db["leads"].update(1, {"state": "failed"})
        db["runs"].insert({"source_id": "zamanalwsl-en", "started_at": "2026-02-01T00:00:00Z", "version": "0",
                           "finish_reason": "shutdown", "stored": 0})  # fmt: skip
    browser = Browser(small_archive)
    rows = {row["source_id"]: row for row in browser.rows("/archive/sources_heard")}
    browser.close()
    assert next(iter(rows)) == "mute"
    assert rows["mute"]["reports"] == rows["mute"]["crawls"] == 0
    heard = rows["zamanalwsl-en"]
    assert (heard["reports"], heard["crawls"], heard["leads_failed"]) == (2, 2, 1)
    assert heard["last_published_at"] == "2026-01-25T09:00:00Z"
    assert heard["last_new_report_at"] == "2026-01-28T00:02:00Z"
    assert (heard["last_crawl_at"], heard["last_crawl_ended"]) == ("2026-02-01T00:00:00Z", "shutdown")


def test_corrections_gone_and_history(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        first = next(db.query("select * from revisions where article_id = 1"))
        captures = [
            {**next(db.query("select * from captures where id = 1")), "id": number, "fetched_at": f"2026-01-{day}T00:00:00Z"}
            for number, day in ((7, 29), (8, 30))
        ]  # fmt: skip
        for capture in captures:
            chain.append(db.conn, "captures", capture)
        db.conn.commit()
        db["revisions"].insert(
            {**first, "id": 7, "number": 2, "capture_id": 8, "title": "Airstrike kills six"}
        )
        db["articles"].update(2, {"state": "gone"})
    browser = Browser(small_archive)
    (correction,) = browser.rows("/archive/corrections")
    assert (correction["title_before"], correction["title"]) == (first["title"], "Airstrike kills six")
    assert [row["article_id"] for row in browser.rows("/archive/gone")] == [2]
    history = [(row["capture_id"], row["revision"]) for row in browser.rows("/archive/history", article="1")]
    browser.close()
    assert history == [(1, 1), (7, None), (8, 2)]  # the capture between showed no change


def test_edits_and_states_are_shown_for_people(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        first = next(db.query("select * from revisions where article_id = 1"))
        db["revisions"].insert({**first, "id": 7, "number": 2, "seen_at": "2026-01-30T00:00:00Z",
                                "body": str(first["body"]).replace("Five", "Nine") + "<b>"})  # fmt: skip
        changelog.write(db.conn, 7)
        db.conn.commit()
        db["articles"].update(2, {"state": "gone"})
        for state, since, until in (("live", "01-28", "01-29"), ("gone", "01-29", None)):
            db["article_states"].insert({
                "article_id": 2, "state": state, "since": f"2026-{since}T00:00:00Z", "how": "404", "capture_id": 2,
                "last_confirmed_at": "2026-01-30T00:00:00Z", "until": until and f"2026-{until}T00:00:00Z",
            })  # fmt: skip
    browser = Browser(small_archive)
    (edit,) = browser.rows("/archive/changes")
    assert (edit["article_id"], edit["revision"], edit["is_substantive"]) == (1, 2, 1)
    assert edit["summary"].startswith("Five → Nine civilians were killed")
    for asked, count in (({"kind": "number"}, 1), ({"kind": "place"}, 0), ({"substantive": "1"}, 1),
                         ({"since": "2026-01-31"}, 0), ({"source": "dabanga-en"}, 0)):  # fmt: skip
        assert len(browser.rows("/archive/changes", **asked)) == count
    (gone,) = browser.rows("/archive/gone")
    assert (gone["article_id"], gone["how"], gone["missed_at"]) == (2, "404", "2026-01-29T00:00:00Z")
    assert browser.rows("/archive/gone", source="dabanga-en") == []
    page = browser.page("/archive/changes/1")
    assert "<b>" not in page.replace("<b>Advanced", "")
    assert "were killed" in page
    browser.close()


@pytest.fixture
def cited(small_archive: Path) -> Iterator[Browser]:
    """Report 1 with all that an extraction may say; report 2 cut short."""
    with closing(Database(small_archive)) as db:
        body = next(db.query("select body from articles where id = 1"))["body"]
        quoted = TextBlock(
            BlockKind.EMBED, body.split("\n\n")[1], in_body=True, url="https://x.com/a/status/1"
        )
        post = TextBlock(BlockKind.EMBED, "<b>Post</b>", in_body=False, url="https://t.me/s/x/1")
        caption = TextBlock(BlockKind.CAPTION, 'not "kind":"embed"', in_body=False)
        db["articles"].update(1, {"agency": "AFP", "tags": '["Syria","Idlib"]',
                                  "blocks": blocks.to_json([post, quoted, caption], body)})  # fmt: skip
        db["articles"].update(2, {"agency": "Reuters", "tags": '["Syria"]', "is_truncated": 1,
                                  "blocks": blocks.to_json([caption], body)})  # fmt: skip
    browser = Browser(small_archive)
    yield browser
    browser.close()


def test_reports_by_agency(cited: Browser) -> None:
    def found(**params: str) -> list[int]:
        return [row["article_id"] for row in cited.rows("/archive/by_agency", **params)]

    assert found() == [2, 1]
    assert found(agency="afp") == [1]
    assert found(since="2026-01-25") == [2]
    assert found(until="2026-01-24") == [1]


def test_truncated_reports(cited: Browser) -> None:
    assert [row["article_id"] for row in cited.rows("/archive/truncated")] == [2]


def test_embedded_posts_with_their_text_in_the_body_or_beside_it(cited: Browser) -> None:
    rows = cited.rows("/archive/embedded_posts")
    assert [(row["article_id"], row["post_url"], row["post_text"]) for row in rows] == [
        (1, "https://t.me/s/x/1", "<b>Post</b>"),
        (1, "https://x.com/a/status/1", "The toll is expected to rise."),
    ]
    only = cited.rows("/archive/embedded_posts", service="t.me", source="zamanalwsl-en")
    assert [row["post_url"] for row in only] == ["https://t.me/s/x/1"]
    page = cited.page("/archive/embedded_posts")
    assert "&lt;b&gt;Post&lt;/b&gt;" in page
    assert "<b>Post" not in page


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("by_agency", "articles_agency"),
        ("truncated", "articles_truncated"),
        ("embedded_posts", "articles_with_posts"),
    ],
)
def test_rare_reports_are_found_by_their_index(small_archive: Path, query: str, index: str) -> None:
    sql = load_presentation().queries()[query]["sql"]
    parameters = dict.fromkeys(["agency", "since", "until", "service", "source"], "")
    with reading(small_archive) as connection:
        plan = [row["detail"] for row in connection.execute(f"explain query plan {sql}", parameters)]
    assert any(index in step for step in plan), plan


def test_tags_can_be_counted(cited: Browser) -> None:
    answer = cited.get("/archive/articles.json", _facet_array="tags").json()
    counts = {each["value"]: each["count"] for each in answer["facet_results"]["tags"]["results"]}
    assert counts == {"Syria": 2, "Idlib": 1}


def test_json_is_short_in_a_list_and_in_lines_on_a_reports_page(cited: Browser) -> None:
    listed = cited.page("/archive/articles")
    assert "https://x.com/a/status/1" not in listed
    page = cited.page("/archive/articles/1")
    assert '<pre class="data">' in page
    assert "&#34;url&#34;: &#34;https://x.com/a/status/1&#34;" in page
    assert "<b>Post" not in page


def test_every_query_opens_without_parameters(browser: Browser) -> None:
    for query in load_presentation().queries():
        assert "message-error" not in browser.page(f"/archive/{query}"), query


# archive_match


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("folded_words: fatalities", '(folded_words : ("fatal" OR "fatalit" OR "fataliti" OR "fatalities"))'),
        ("kherson", '"kherson"'),
        ('"open quote', '("open" AND ("quot" OR "quote"))'),
        ("AND AND", '("and" AND "and")'),
        ("", '""'),
        (None, '""'),
        ("...", '""'),
        ("source:sana", '""'),
        (2014, '"2014"'),
    ],
)
def test_queries_are_asked_for_in_the_forms_of_the_index(typed: object, query: str) -> None:
    assert Matcher().match(typed) == query


@pytest.fixture(scope="module")
def index() -> Iterator[Database]:
    with closing(Database(memory=True)) as db:
        migrations.apply(db)
        yield db


@given(
    typed=st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from(list('"*():^-+{}ANDORT \0'))), max_size=60
    )
)
def test_no_query_ever_fails(index: Database, typed: str) -> None:
    index.execute(
        "select rowid from articles_fts where articles_fts match ?", [Matcher().match(typed)]
    ).fetchall()


# how it is shown


def test_nothing_stored_is_served_as_live_html(small_archive: Path) -> None:
    attack = '<script>alert("x")</script> ⟦<img src=x onerror=alert(1)>⟧ kherson'
    with closing(Database(small_archive)) as db:
        for table in ("articles", "revisions"):
            db[table].update(
                5, dict.fromkeys(["title", "standfirst", "body", "author", "dateline", "section"], attack)
            )
        db["articles"].update(5, {"url": "javascript:alert(1)", "state": "gone"})
        unlock(db.conn)
        db["captures"].update(
            5, {"url": ' https://a.example/"onclick="alert(1)', "final_url": "JavaScript:alert(1)"}
        )
        db["leads"].update(5, {"url": 'https://a.example/"onclick="alert(1)', "last_error": attack})
        db["sources"].update("ukrinform-en", {"name": attack, "homepage": "data:text/html,x"})
    browser = Browser(small_archive)
    urls = [
        f"/archive/{table}{row}"
        for table in ("articles", "revisions", "captures", "leads")
        for row in ("", "/5")
    ]
    urls += ["/archive/sources", "/archive/sources/ukrinform-en", "/archive/search?q=kherson"]
    urls += [f"/archive/{query}" for query in load_presentation().queries()]
    for url in urls:
        page = browser.page(url)
        assert "<script>alert" not in page, url
        assert "<img" not in page, url
        assert not re.search(r'<[^>]*\sonclick="?alert', page), url
        assert not re.search(r"""href=["']?\s*(javascript|data):""", page, re.IGNORECASE), url
    assert "javascript:alert(1)" in text_of(browser.page("/archive/articles/5"))
    browser.close()


def test_links_tell_nothing_of_the_reader(browser: Browser) -> None:
    page = browser.page("/archive/articles")
    away = re.findall(r'<a [^>]*href="https?://[^"]*\.example[^>]*>', page)
    assert len(away) == 6
    assert all('rel="nofollow noopener noreferrer"' in link for link in away)


def test_body_is_short_in_the_table_and_whole_on_its_page(small_archive: Path) -> None:
    body = "قصف جوي " * 100 + "\n\nThe <b>end</b>."
    with closing(Database(small_archive)) as db:
        db["articles"].update(3, {"body": body})
    browser = Browser(small_archive)
    table, row = browser.page("/archive/articles"), browser.page("/archive/articles/3")
    browser.close()
    (short,) = re.findall(r'<td class="col-body[^>]*><div dir="auto">(قصف[^<]*)</div>', table)
    assert 280 < len(short) <= 301
    assert short.endswith("…")
    assert '<p dir="auto">The &lt;b&gt;end&lt;/b&gt;.</p>' in row
    assert text_of(row).count("قصف جوي") >= 100


def test_a_row_links_to_its_sources_revisions_and_captures(browser: Browser) -> None:
    article = browser.page("/archive/articles/1")
    assert 'href="/archive/sources/zamanalwsl-en"' in article
    assert 'href="/archive/revisions?article_id=1"' in article
    assert 'href="/archive/history?article=1"' in article
    revision = browser.page("/archive/revisions/1")
    assert 'href="/archive/articles/1"' in revision
    assert 'href="/archive/captures/1"' in revision
    capture = browser.page("/archive/captures/1")
    assert 'href="/archive/revisions?capture_id=1"' in capture
    assert 'href="/archive/leads/1"' in capture
    assert 'href="/archive/runs/1"' in capture
    assert 'href="/archive/captures/1"' in browser.page("/archive/history", article="1")


def test_times_are_readable_and_no_more_exact_than_known(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        db["articles"].update(5, {"published_at_precision": "day"})
    browser = Browser(small_archive)
    known, day = browser.page("/archive/articles/1"), browser.page("/archive/articles/5")
    table = browser.page("/archive/articles")
    browser.close()
    assert '<time datetime="2026-01-24T16:04:11Z" title="UTC">2026-01-24 16:04:11</time>' in known
    assert '<time datetime="2026-01-27" title="UTC">2026-01-27</time>' in day
    assert '<time datetime="2026-01-27" title="UTC">2026-01-27</time>' in table


@given(
    st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(list("⟦⟧<>&\"'"))), max_size=80)
)
def test_cells_hold_only_escaped_text(value: str) -> None:
    for column in ("title", "snippet", "body", "url"):
        shown = str(cells.text(value, column, None, day_only=False) or "")
        bare = re.sub(r'</?(div|p|mark)( (dir="auto"|class="report"))?>', "", shown)
        if shown.startswith("<a "):
            bare = re.sub(r'^<a class="away" rel="[a-z ]+" href="[^"<>]*">|</a>$', "", shown)
        assert not set("<>\"'") & set(bare)


# on a real file, in a real process


def test_pages_are_served_while_a_writer_is_at_work(small_archive: Path) -> None:
    with closing(sqlite3.connect(small_archive, isolation_level=None)) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("begin immediate")
        writer.execute("update articles set title = 'half-written'")
        browser = Browser(small_archive)
        assert "half-written" not in browser.page("/archive/articles")
        assert len(browser.rows("/archive/latest")) == 6
        writer.execute("commit")
        assert "half-written" in browser.page("/archive/articles")
        browser.close()


def test_datasette_itself_loads_the_plugin_through_its_entry_point(
    small_archive: Path, tmp_path: Path
) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    metadata = tmp_path / "site" / "conflict_archive-0.dist-info"  # as an installation would leave it
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0\n")
    entries = [f"{name} = {module}" for name, module in project["entry-points"]["datasette"].items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[datasette]", *entries]))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(metadata.parent), str(REPOSITORY)])}
    command = [sys.executable, "-m", "datasette", str(small_archive), "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        try:
            log = []
            for line in process.stderr or []:
                log.append(line)
                if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                    break
            else:
                pytest.fail("".join(log))
            page = fetch(address[0] + "/archive/articles")
            assert "Airstrike on Saraqeb kills five" in page
            assert "one row each, with the text as last seen" in page
            (css,) = re.findall(r'href="(/-/static-plugins/conflict_archive/[^"]*)"', page)
            assert "unicode-bidi" in fetch(address[0] + css)
        finally:
            process.terminate()


def fetch(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as response:
        return str(response.read().decode())


def test_who_first_gives_the_first_report_of_each_source(browser: Browser) -> None:
    found = browser.rows("/archive/who_first", q="killed OR wounded OR shelling")
    assert found
    assert [row["published_at"] for row in found] == sorted(row["published_at"] for row in found)
    assert len({row["source_id"] for row in found}) == len(found)
    again = browser.rows("/archive/who_first", q="killed OR wounded OR shelling", since="2030-01-01")
    assert again == []


def test_captures_of_an_address(browser: Browser) -> None:
    ((url,),) = (row.values() for row in browser.rows("/archive", sql="select url from captures limit 1"))
    found = browser.get(f"/archive/captures_of.json?_shape=array&url={url}").json()
    assert [row["url"] for row in found] == [url]
