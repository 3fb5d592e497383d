"""`archive history`, `changes` and `gone`, as a person sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from archive.changes.texts import diff
from archive.cli import cli
from archive.commands.common import Paper
from archive.commands.diffs import DiffPaper
from archive.models import (
    ArticleText,
    Extraction,
    Lead,
    Outcome,
    PublishedDate,
    RawResponse,
    Source,
    StoredCapture,
    Visit,
)
from archive.store import Store

AT = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://x.example/news/1"
ARABIC = "https://x.example/news/2"
ROAD = "The road to the camp was open again in the evening, and lorries with flour arrived."
BEFORE = ArticleText(
    "Strike kills five", f"Five people were killed, police said.\n\n{ROAD}\n\nThe school is shut for now.",
    author="A. Reporter", language="en", published=PublishedDate(AT, "minute", "meta", "now"),
)  # fmt: skip
AFTER = ArticleText(
    "Strike kills nine", f"Nine people were killed, police said.\n\nThe school is shut for now.\n\n{ROAD}",
    author="B. Reporter", language="en", published=PublishedDate(AT + DAY, "minute", "meta", "now"),
)  # fmt: skip
FIVE = ArticleText("قصف مدينة حلب", "قتل 5 مدنيين في القصف على مدينة حلب.", language="ar")
NINE = ArticleText("قصف مدينة حمص", "قتل 9 مدنيين في القصف على مدينة حمص.", language="ar")
Run = Callable[..., Result]


def look(store: Store, url: str, at: datetime, text: ArticleText | None, status: int = 200) -> None:
    run = store.begin_run(Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "wire"), "test")
    response = RawResponse(url, status, "", "GET", (), (), b"<p>", at)
    extraction = Extraction(text, extractor_version="1", path="template") if text else None
    failure = None if text else Outcome.GONE
    visit = Visit(
        Lead(url, "feed"), (response,), url, extraction, failure, None if text else f"HTTP {status}"
    )
    store.record_visit(run, visit, [StoredCapture(response, "ab" * 32, "x.warc.gz", 10 * int(at.day))])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "archive.db"
    with Store(made) as store:
        for url, texts in ((URL, (BEFORE, AFTER)), (ARABIC, (FIVE, NINE))):
            for number, text in enumerate(texts):
                look(store, url, AT + number * DAY, text)
        look(store, URL, AT + 2 * DAY, None, 404)
        look(store, URL, AT + 3 * DAY, None, 410)
        look(store, ARABIC, AT + 3 * DAY, None, 404)
    return made


@pytest.fixture
def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(path.parent)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)

    def invoke(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, args, prog_name="archive")
        assert result.exit_code == code, result.output
        return result

    return invoke


def test_a_history_in_a_pipe(run: Run) -> None:
    assert (
        run("history", "1").output
        == f"""\
Strike kills nine

id 1, X News, 2 revisions
{URL}

revision 1  2026-01-24 18:00:00 UTC  capture 1  read by template  sha256 abababababababab  x.warc.gz:240

revision 2  2026-01-25 18:00:00 UTC  capture 2  read by template  sha256 abababababababab  x.warc.gz:250
  substantive, against revision 1
  - headline: Strike kills five → Strike kills nine
  - kills five → kills nine
  - published: 2026-01-24 18:00 UTC → 2026-01-25 18:00 UTC
  - a paragraph was moved: “The school is shut for now.”
  - author: A. Reporter → B. Reporter
  title
    Strike kills [-five-]{{+nine+}}
  author
    [-A-]{{+B+}}. Reporter
  published
    2026-01-24 18:00:00 UTC → 2026-01-25 18:00:00 UTC
  text
    [-Five-]{{+Nine+}} people were killed, police said.

    (moved: paragraph 2, before 3)
    The school is shut for now.

    … 1 paragraph unchanged …


address
  live     seen 2026-01-24 18:00:00 UTC to 2026-01-25 18:00:00 UTC, capture 1
  gone     seen 2026-01-26 18:00:00 UTC to 2026-01-27 18:00:00 UTC: 410 Gone, capture 5
"""
    )


def test_words_that_run_from_right_to_left_stand_on_lines_of_their_own(run: Run) -> None:
    lines = run("history", "2").output.splitlines()
    assert "    \u200fقتل [-5-]{+9+} مدنيين في القصف على مدينة [-حلب-]{+حمص+}." in lines
    assert "    \u200fقصف مدينة [-حلب-]{+حمص+}" in lines
    assert "  - place: \u200eحلب\u200e → \u200eحمص\u200e" in lines


def test_any_two_revisions_full_or_as_json(run: Run) -> None:
    assert "[-Nine-]{+Five+} people" in run("history", "1", "--from", "2", "--to", "1").output
    full = run("history", "1", "--full").output
    assert f"    {ROAD}\n" in full
    assert "unchanged" not in full
    told = json.loads(run("history", "1", "--json").output)
    assert told["steps"][0]["author"] == [["removed", "A"], ["added", "B"], ["same", ". Reporter"]]
    assert [state["state"] for state in told["states"]] == ["live", "gone"]
    assert told["revisions"][1]["warc_offset"] == 250
    assert "no article has the id 9" in run("history", "9", code=1).output
    assert "article 1 has no revision 7: there is 1 to 2" in run("history", "1", "--to", "7", code=1).output


def test_changes_as_a_person_sees_them(run: Run) -> None:
    assert (
        run("changes", "--limit", "1").output
        == """\
2  2026-01-25 18:00:00 UTC  revision 2  substantive  X News
    قصف مدينة حمص
    - headline: \u200eقصف مدينة حلب\u200e → \u200eقصف مدينة حمص\u200e
    - \u200eقتل 5\u200e → \u200eقتل 9 مدنيين\u200e
    - place: \u200eحلب\u200e → \u200eحمص\u200e
    https://x.example/news/2

1 edit; --limit shows more. `archive history ID` shows one word by word.
"""
    )
    assert run("changes", "--kind", "negation").output == "No edit of that kind is known.\n"
    assert len(json.loads(run("changes", "--json").output)["changes"]) == 2
    assert json.loads(run("changes", "--json", "--since", "2026-02-01").output) == {"changes": []}
    assert "no source 'z'" in run("changes", "--source", "z", code=1).output
    assert "is not a date" in run("changes", "--since", "May", code=2).output


def test_all_is_compared_anew_when_asked_for(run: Run, path: Path) -> None:
    db = Database(path)
    db.execute("update changes set kinds = '[]', summary = 'old', version = 0")
    db.conn.commit()
    assert run("changes").output == "No edit of that kind is known.\n"
    assert run("changes", "--recompute").output == "2 edits compared anew (version 1).\n"
    assert "2 edits." in run("changes").output
    db.close()


def test_what_the_web_lost(run: Run) -> None:
    assert (
        run("gone").output
        == f"""\
1  gone: 410 Gone  X News
    Strike kills nine
    {URL}
    published 2026-01-25 18:00 UTC; last seen 2026-01-25 18:00:00 UTC; missed 2026-01-26 18:00:00 UTC, and last 2026-01-27 18:00:00 UTC
    not there: capture 6  sha256 abababababababab  x.warc.gz:270
    the text:  capture 2  sha256 abababababababab  x.warc.gz:250

1 report no longer there.
1 more was missed at the last look, and not for a day yet: --missing lists them.
"""
    )
    assert run("gone", "--missing").output.count("    the text:") == 2
    assert run("gone", "--since", "2026-01-27").output.startswith(
        "Nothing is known to be gone.\n1 more was missed"
    )
    told = json.loads(run("gone", "--json").output)
    assert (told["missing"], [(one["article_id"], one["how"], one["since"]) for one in told["gone"]]) == (
        1, [(1, "410", "2026-01-26T18:00:00Z")],
    )  # fmt: skip
    assert "no source 'z'" in run("gone", "--source", "z", code=1).output


# -- the diff on paper ----------------------------------------------------------------------------------------


def shown(
    before: str, after: str, *, width: int | None = None, bold: bool = False, full: bool = False
) -> list[str]:
    sheet = DiffPaper(Paper(width, bold), full)
    return [
        line for piece in sheet.pieces(diff(before, after), "  ") for line in piece.rstrip("\n").split("\n")
    ]


def test_colours_end_with_each_line_and_go_on_with_the_next() -> None:
    lines = shown("One two six.", "One two three four five six.", width=16, bold=True)
    assert lines == ["  One two \x1b[32;1mthree\x1b[0m", "  \x1b[32;1mfour five\x1b[0m six."]


def test_what_was_replaced_is_kept_apart_by_more_than_colour() -> None:
    assert shown("One two.", "One three.", bold=True) == [
        "  One \x1b[31;9mtwo\x1b[0m \x1b[32;1mthree\x1b[0m."
    ]


def test_nothing_in_a_text_is_a_command() -> None:
    (line,) = shown("Red \x1b[31mone \x0e\x10 \u202e two\x07.", "Red \x1b[31mone \x0e\x10 \u202e six\x07.")
    assert line == "  Red one [-two-]{+six+}."


def test_long_stretches_are_left_out_unless_they_are_wanted() -> None:
    words = [f"w{number}" for number in range(300)]
    before, after = " ".join(words), " ".join([*words[:150], "new", *words[151:]])
    (line,) = shown(before, after)
    assert line.startswith("  (… 125 words …) w125 ")
    assert "[-w150-]{+new+}" in line
    assert line.endswith(" w175 (… 124 words …)")
    (full,) = shown(before, after, full=True)
    assert full.split()[0] == "w0"


def test_a_line_of_arabic_is_marked_even_if_it_begins_with_a_number() -> None:
    lines = shown("12 قتيلا في القصف على المدينة", "13 قتيلا في القصف على المدينة", width=20)
    assert all(line.startswith("  \u200f") for line in lines)


def test_a_paragraph_that_was_split_says_so() -> None:
    lines = shown(f"{ROAD} {ROAD[::-1]}", f"{ROAD}\n\n{ROAD[::-1]}")
    assert lines[0] == "  (only its breaks or its spaces changed)"
