"""What the progress display shows, on a terminal and elsewhere."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scrapy.settings import Settings

from crawler.commands.crawling.together import display_for
from crawler.progress import Board, Lines, LiveTable, NoDisplay, SourceProgress, display_on, line, table

COUNTS = {"found": 120, "stored": 34, "changed": 2, "unchanged": 80, "failed": 1, "blocked": 0, "waiting": 3}


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


def board_of(time: Time, *sources: str) -> Board:
    board = Board(sources, now=time)
    for source in sources:
        board.begin(source, lambda: COUNTS, lambda: "fetches news/1")
    return board


def drawn(board: Board, *, height: int = 24, width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as capture:
        console.print(table(board, height))
    return capture.get().splitlines()


# -- lines ------------------------------------------------------------------------------------------------


def test_a_line_a_minute_and_source_and_one_at_the_end(time: Time) -> None:
    out = io.StringIO()
    board = board_of(time, "sana", "snhr")
    lines = Lines(board, out)
    for _ in range(130):
        lines.tick()
        time.seconds += 1
    counts = "120 found, 34 new, 2 changed, 80 unchanged, 1 failed, 3 waiting"
    assert out.getvalue().splitlines() == [
        f"{source}: {counts} after {minute}:00; fetches news/1"
        for minute in (1, 2)
        for source in ("sana", "snhr")
    ]
    board.end("sana", "finished")
    lines.ended("sana")
    assert out.getvalue().splitlines()[-1] == f"[1/2] sana: {counts} after 2:10; finished"


def test_of_one_source_alone_the_summary_says_how_it_ended(time: Time) -> None:
    out = io.StringIO()
    board = board_of(time, "sana")
    lines = Lines(board, out)
    board.end("sana", "finished")
    lines.ended("sana")
    assert out.getvalue() == ""


def test_one_that_never_began_has_no_figures() -> None:
    row = SourceProgress("sana", "ended", "is being crawled by another process")
    assert line(row) == "sana: is being crawled by another process"


def test_long_crawls_are_told_in_hours() -> None:
    assert " after 27:46:39;" in line(SourceProgress("sana", "crawling", seconds=99_999.9))


# -- the board ----------------------------------------------------------------------------------------------


def test_what_a_crawl_came_to_stays_when_it_has_ended(time: Time) -> None:
    board = Board(["sana"], now=time)
    counts = dict(COUNTS)
    board.begin("sana", lambda: counts, lambda: "reads and stores")
    time.seconds += 30
    board.end("sana", "finished")
    counts["found"] = 999
    time.seconds += 30
    board.update()
    row = board.rows["sana"]
    assert (row.state, row.doing, row.seconds, row.counts["found"]) == ("ended", "finished", 30, 120)


# -- the table ----------------------------------------------------------------------------------------------


def test_the_table_has_a_row_a_source_and_the_sums(time: Time) -> None:
    board = board_of(time, "sana", "snhr")
    board.end("snhr", "finished")
    time.seconds += 65
    board.update()
    head, first, second, foot = drawn(board)
    assert head.split() == ["source", "found", "new", "changed", "unchanged", "failed", "waiting", "time"]
    assert first.split() == ["sana", "120", "34", "2", "80", "1", "3", "1:05", "fetches", "news/1"]
    assert second.split() == ["snhr", "120", "34", "2", "80", "1", "3", "0:00", "finished"]
    assert foot == "1 being crawled, 0 to come, 1 ended; 68 new in 1:05"


def test_a_low_terminal_shows_who_is_being_crawled(time: Time) -> None:
    names = [f"source-{number}" for number in range(66)]
    board = Board(names, now=time)
    board.note("source-9", "waits for another process")
    for name in names[10:20]:
        board.begin(name, lambda: COUNTS, lambda: "")
    for name in names[20:66]:
        board.end(name, "finished")
    lines = drawn(board, height=20)
    assert len(lines) <= 20
    assert [text.split()[0] for text in lines[1:12]] == [*names[10:20], "source-9"]
    assert lines[-1].startswith("10 being crawled, 10 to come, 46 ended; ")


@given(st.text(), st.integers(20, 200), st.integers(1, 60))
def test_no_text_of_strangers_moves_the_cursor_or_breaks_the_table(
    text: str, width: int, height: int
) -> None:
    board = Board(["sana"], now=lambda: 0.0)
    board.begin("sana", lambda: COUNTS, lambda: text)
    board.update()
    lines = drawn(board, width=width, height=height)
    assert not any(char in "".join(lines) for char in "\x1b\x07\x08\r")
    assert line(board.rows["sana"]).isprintable()


def test_markup_is_shown_as_it_is(time: Time) -> None:
    board = board_of(time, "sana")
    board.begin("sana", lambda: COUNTS, lambda: "fetches [red]x[/red]/[/bold]")
    board.update()
    assert drawn(board)[1].rstrip().endswith("fetches [red]x[/red]/[/bold]")


# -- where it's shown -----------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, io.TextIOWrapper]]:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as out:
        yield ours, out
    os.close(ours)


def everything(terminal: int) -> str:
    """Return all that was written to the other end, which is closed."""
    parts = []
    with contextlib.suppress(OSError):  # EIO: that's how a terminal ends
        while part := os.read(terminal, 65536):
            parts.append(part)
    return b"".join(parts).decode()


def test_a_terminal_gets_the_table_and_is_left_as_it_was(
    terminal: tuple[int, io.TextIOWrapper], time: Time
) -> None:
    ours, out = terminal
    board = board_of(time, "sana")
    display = display_on(board, out)
    assert isinstance(display, LiveTable)
    display.tick()
    logging.StreamHandler(sys.stderr).emit(
        logging.makeLogRecord({"msg": "a warning"})
    )  # goes above the table
    display.tick()
    display.close()
    out.close()
    shown = everything(ours)
    assert "fetches news/1" in shown
    assert shown.index("a warning") < shown.rindex("fetches news/1")
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is back
    assert type(sys.stderr).__module__ != "rich.file_proxy"


def test_a_file_or_a_pipe_gets_lines(tmp_path: Path, time: Time) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as out:
        assert isinstance(display_on(board_of(time, "sana"), out), Lines)


@pytest.mark.parametrize(
    ("settings", "is_shown"),
    [
        ({}, True),
        ({"PROGRESS": "0"}, False),
        ({"LOG_LEVEL": "INFO"}, False),
        ({"LOG_LEVEL": "DEBUG"}, False),
        ({"LOG_LEVEL": "DEBUG", "LOG_FILE": "crawl.log"}, True),
        ({"LOG_LEVEL": "INFO", "LOG_ENABLED": False}, True),
    ],
)
def test_it_is_off_where_it_is_not_wanted_or_the_log_says_it_all(
    settings: dict[str, object], is_shown: bool, time: Time
) -> None:
    chosen = display_for(Settings({"LOG_LEVEL": "WARNING"} | settings), board_of(time, "sana"))
    assert isinstance(chosen, NoDisplay) is not is_shown


def test_nothing_shows_nothing() -> None:
    display = NoDisplay()
    display.tick()
    display.ended("sana")
    display.close()
