"""`archive templates`: what was learned of each site, in words."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from archive.cli import cli


@pytest.fixture
def run(small_archive):
    """Run `archive ...` on the small archive."""

    def invoke(*args, code=0):
        result = CliRunner().invoke(cli, ["--db", str(small_archive), *args], prog_name="archive")
        assert result.exit_code == code, result.output
        return result

    return invoke


TEMPLATE = {
    "layouts": [{
        "name": "div.entry", "pages": 4, "path": ["html", "body", "div.entry"],
        "standfirsts": [{"label": "p.lead", "parent": "header", "pages": 4}],
        "kinds": [
            {"chain": "p < div.entry", "kept": 9500.0, "dropped": 12.4, "blocks": 40, "pages": 5, "example": "Five died"},
            {"chain": "li:links < ul < div.entry", "kept": 0, "dropped": 80, "blocks": 1, "pages": 1, "example": ""},
            *({"chain": f"p.x{n} < div.entry", "kept": 5, "dropped": 0, "blocks": 1, "pages": 1, "example": "e"}
              for n in range(20)),
        ],
    }],
    "repeats": [{"text": "follow \x1b[2Jus", "pages": 5}],
}  # fmt: skip


@pytest.fixture
def taught(small_archive):
    insert = (
        "insert into site_templates (source_id, version, learned_at, page_count, score, replaced_at, template)"
        " values ('ukrinform-en', ?, ?, ?, ?, ?, ?)"
    )
    with closing(sqlite3.connect(small_archive)) as writer, writer:
        writer.execute(insert, [1, "2026-01-01T00:00:00Z", 5, None, "2026-01-28T00:00:00Z", "{}"])
        writer.execute(insert, [2, "2026-01-28T00:00:00Z", 12, 0.9814, None, json.dumps(TEMPLATE)])
        writer.execute("update revisions set extraction_path = 'template' where id = 4")
        writer.execute("update revisions set extraction_path = 'single' where id = 5")


def test_templates(run, taught):
    assert run("templates").stdout.splitlines() == [
        "source        version  learned     pages  layouts  score  fast  of texts  layout",
        "ukrinform-en        2  2026-01-28     12        1  0.981  50 %         2  div.entry",
    ]
    (only,) = json.loads(run("templates", "--json").stdout)["templates"]
    assert (only["version"], only["layouts"]) == (2, ["div.entry"])
    assert only["recent"] == {"template": 1, "mixed": 0, "single": 1}


def test_a_template_in_words(run, taught):
    lines = run("templates", "ukrinform-en").stdout.splitlines()
    assert lines[:13] == [
        "ukrinform-en: version 2 of 2",
        "learned     2026-01-28 00:00:00 UTC, from 12 pages",
        "in use      now",
        "score       0.981, reading each page by what the others teach (1 is best)",
        "last texts  1 of 2 by the template alone (50 %), 0 with help, 1 without it",
        "",
        "layout div.entry, on 4 pages",
        "  the report is in html > body > div.entry",
        "  a standfirst is p.lead in header",
        "  kept",
        "    p in div.entry: 40 blocks on 5 pages, 9,500 characters for it, 12 against",
        "        “Five died”",
        "    p.x0 in div.entry: 1 block on 1 page, 5 characters for it, 0 against",
    ]
    assert lines[-6:] == [
        "    and 6 more: --json has them all",
        "  dropped",
        "    li (mostly links) in ul in div.entry: 1 block on 1 page, 0 characters for it, 80 against",
        "",
        "on several pages, so part of no report",
        "  5 pages: follow us",
    ]
    whole = json.loads(run("templates", "ukrinform-en", "--json").stdout)
    assert whole["document"] == TEMPLATE
    assert len(whole["layouts"][0]["kinds"]) == 22


def test_an_earlier_version_of_a_template(run, taught):
    lines = run("templates", "ukrinform-en", "--version", "1").stdout.splitlines()
    assert lines[0] == "ukrinform-en: version 1 of 2"
    assert lines[2:4] == [
        "in use      until 2026-01-28 00:00:00 UTC",
        "score       none: too few pages to hold one back",
    ]


def test_what_was_not_learned_is_said(run, taught):
    assert "no version 3 of the template of ukrinform-en: there is 1, 2" in run(
        "templates", "ukrinform-en", "--version", "3", code=1
    ).stderr  # fmt: skip
    assert "nothing was learned of dabanga-en yet" in run("templates", "dabanga-en", code=1).stderr
    assert "no source 'nowhere'" in run("templates", "nowhere", code=1).stderr
    assert "--version is for one source" in run("templates", "--version", "1", code=2).stderr


def test_no_templates_at_all(run):
    assert run("templates").stdout.startswith("Nothing was learned yet")
    assert json.loads(run("templates", "--json").stdout) == {"templates": []}
