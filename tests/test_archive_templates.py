"""What was learned of a site: stored, read back, and told in words."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.errors import NotFound
from archive.models import (
    ArticleText,
    Extraction,
    ExtractionPath,
    Lead,
    RawResponse,
    SiteTemplate,
    Source,
    StoredCapture,
    TemplateLesson,
    Visit,
)
from archive.open import reading
from archive.store import Store
from archive.tables import templates
from archive.views import learned

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCES = [
    Source(name, name, f"https://{name}.example/", ("en",), "Syria", None, "independent") for name in "xy"
]
FIRST = SiteTemplate("x", 1, NOW, page_count=5, score=0.97, document="{}")
SECOND = SiteTemplate("x", 2, NOW + timedelta(days=30), page_count=9, score=None, document='{"pages": 9}')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "archive.db", clock=lambda: NOW) as made:
        for source in SOURCES:
            made.save_source(source)
        yield made


def lesson(url: str, source_id: str = "x", layout: str = "article") -> TemplateLesson:
    return TemplateLesson(source_id, url, layout, NOW, zlib.compress(url.encode()))


def visit(store: Store, source: Source, path: ExtractionPath | None, number: int) -> None:
    run = store.begin_run(source, "0")
    url = f"{source.homepage}{number}"
    response = RawResponse(url, 200, "OK", "GET", (), (), b"x", NOW + timedelta(minutes=number))
    article = ArticleText("Title", f"Body {number}") if path else None
    extraction = Extraction(article, extractor_version="1", path=path or "single")
    made = Visit(Lead(url, via="feed"), (response,), url=url, extraction=extraction)
    store.record_visit(run, made, [StoredCapture(response, "ab", "x.warc.gz", 0)])


# -- storing ----------------------------------------------------------------------------------------------


def test_the_last_version_is_in_use_and_the_one_before_is_kept(store: Store) -> None:
    first = store.save_template(FIRST)
    second = store.save_template(SECOND)
    store.save_template(replace(FIRST, source_id="y"))
    store.commit()
    with reading(store.path) as conn:
        assert templates.current(conn, "x") == replace(SECOND, id=second)
        assert templates.current(conn, "z") is None
    with closing(Database(store.path)) as db:
        kept = list(db.query("select id, replaced_at from site_templates where source_id = 'x'"))
    assert kept == [{"id": first, "replaced_at": "2026-02-23T18:00:00Z"}, {"id": second, "replaced_at": None}]


def test_lessons_are_replaced_as_a_whole_and_by_source(store: Store) -> None:
    store.keep_lessons("x", [lesson("https://x.example/1"), lesson("https://x.example/2", layout="live")])
    store.keep_lessons("y", [lesson("https://y.example/1", "y")])
    again = replace(lesson("https://x.example/3"), seen_at=NOW + timedelta(days=1))
    store.keep_lessons("x", [again, lesson("https://x.example/2"), lesson("https://x.example/2")])
    store.commit()
    with reading(store.path) as conn:
        assert templates.lessons(conn, "x") == [lesson("https://x.example/2"), again]
        assert templates.lessons(conn, "y") == [lesson("https://y.example/1", "y")]
        assert templates.lessons(conn, "z") == []


def test_recent_paths_are_the_newest_texts_of_the_source(store: Store) -> None:
    paths: list[ExtractionPath | None] = ["single", "template", None, "mixed", "template"]
    store.save_template(replace(FIRST, learned_at=NOW))
    store.save_template(replace(SECOND, learned_at=NOW + timedelta(minutes=3)))
    visit(store, SOURCES[0], "single", -1)  # before there was a template
    for number, path in enumerate(paths):
        visit(store, SOURCES[0], path, number)
        visit(store, SOURCES[1], "single", number)
    visit(store, SOURCES[0], "template", 4)  # seen again, nothing new
    store.commit()
    with reading(store.path) as conn:
        assert templates.recent_paths(conn, "x", 10) == ["template", "mixed", "template", "single"]
        assert templates.recent_paths(conn, "x", 2) == ["template", "mixed"]
        assert templates.recent_paths(conn, "y", 2) == []  # nothing was learned of it
        assert templates.recent_paths(conn, "z", 2) == []
        assert learned.recent_paths(conn, "x") == {"template": 2, "mixed": 1, "single": 1}


def test_recent_paths_go_along_indexes(store: Store) -> None:
    store.commit()
    with reading(store.path) as conn:
        plan = [
            row["detail"]
            for row in conn.execute(
                f"explain query plan {templates._RECENT_PATHS}", {"source": "x", "limit": 5}
            )
        ]
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan


# -- taking a template apart ------------------------------------------------------------------------------


def kind(chain: str, kept: float, dropped: float) -> dict[str, Any]:
    return {
        "chain": chain,
        "kept": kept,
        "dropped": dropped,
        "blocks": 4,
        "pages": 2,
        "example": "Five civilians",
    }


DOCUMENT = {
    "format": 1,
    "pages": 5,
    "vocabulary": ["post"],
    "repeats": [{"text": "follow us on", "pages": 5, "example": "Follow us on Telegram"}, {"text": "about", "pages": 3}],
    "layouts": [
        {
            "name": "article.post",
            "pages": 4,
            "path": ["html", "body", "article.post"],
            "standfirsts": [{"label": "p.lead", "parent": "div.head", "pages": 3}],
            "kinds": [
                kind("p", 950.0, 60.0),
                kind("p < div.box", 10.0, 500.0),
                kind("p < div.new", 0.0, 20.0),
                kind("p < article.post", 940.0, 10.0),
                kind("li:links < ul.share < article.post", 0.0, 80.0),
            ],
            "new": 1,
        },
        {"name": "div.live", "pages": 1, "path": ["html", "div.live"], "standfirsts": [], "kinds": []},
    ],
}  # fmt: skip


def test_a_document_is_taken_apart(store: Store) -> None:
    store.save_template(FIRST)
    store.save_template(replace(SECOND, document=json.dumps(DOCUMENT)))
    store.commit()
    with reading(store.path) as conn:
        old, new = learned.versions(conn, "x")
        assert learned.in_use(conn) == [new]
    assert (old.version, old.replaced_at, old.layouts, old.document) == (1, "2026-02-23T18:00:00Z", (), {})
    post, live = new.layouts
    assert (post.name, post.pages, post.standfirsts) == ("article.post", 4, (("p.lead", "div.head"),))
    assert [(each.labels[0], len(each.labels), each.is_kept) for each in post.kinds] == [
        ("p", 2, True), ("p", 2, False), ("li:links", 3, False), ("p", 2, True),
    ]  # fmt: skip
    # of the last too little is known: it's judged as its element is elsewhere
    assert (live.standfirsts, live.kinds) == ((), ())
    assert new.repeats == (("follow us on", 5), ("about", 3))


def test_what_is_not_there_is_said(store: Store) -> None:
    store.commit()
    with reading(store.path) as conn:
        assert learned.in_use(conn) == []
        with pytest.raises(NotFound, match="nothing was learned of x yet"):
            learned.versions(conn, "x")
        with pytest.raises(NotFound, match="no source 'nowhere'"):
            learned.versions(conn, "nowhere")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "layouts",
                    "kinds",
                    "repeats",
                    "path",
                    "standfirsts",
                    "name",
                    "pages",
                    "kept",
                    "chain",
                    "text",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(JSON.map(json.dumps) | st.text(max_size=20) | st.just("[" * 50_000))
def test_any_document_is_shown_as_far_as_it_goes(document: str) -> None:
    row = ("x", 1, "2026-01-24T18:00:00Z", None, 5, None, document)
    shown = learned._learned(row)
    for layout in shown.layouts:
        assert isinstance(layout.name, str)
        assert all(isinstance(label, str) for label in layout.path)
