"""Lines of an import that other processes make ready: the same as without them, whatever happens to these."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive import preparing
from archive.importer import MAX_LINE_BYTES, Line, read_lines
from archive.preparing import Ready, made_ready
from archive.tables.articles import text_columns
from archive.text.normalise import Normaliser
from tests.keeping import NOW

LINES = 60


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_BY_ITSELF", 10)
    monkeypatch.setattr(preparing, "_LINES", 4)


def lines() -> Iterator[Line]:
    for number in range(LINES):
        report = {"url": f"https://x.example/{number}", "source": "x", "title": f"Обстріл {number}", "body": "قصف. Shells fell.",
                  "language": ("uk", "ar", "en", None)[number % 4], "colour": "red"}  # fmt: skip
        if number % 7 == 0:
            del report["title"]
        yield from read_lines(io.BytesIO(json.dumps(report).encode()))
    yield Line(LINES + 1, None)


def without_extras(ready: list[Ready]) -> list[Ready]:
    return [replace(each, columns=None, forms=None) for each in ready]


def test_lines_come_in_their_order_as_they_would_without_processes() -> None:
    alone, beside = list(made_ready(lines(), NOW, 0)), list(made_ready(lines(), NOW, 2))
    assert without_extras(beside) == alone
    assert alone[-1].problem == f"the line is longer than {MAX_LINE_BYTES // 1024**2} MB"
    assert sum(each.parsed is None for each in alone) == LINES // 7 + 2
    made = [each for each in beside if each.columns is not None]
    assert len(made) > LINES // 2
    for each in made:
        assert each.parsed is not None
        assert each.parsed.content == each.line.content
        assert each.columns == text_columns(each.parsed.imported.article)
        assert each.forms == Normaliser().forms(each.columns)


def test_a_process_that_dies_costs_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    alone, beside = list(made_ready(lines(), NOW, 0)), []
    made = made_ready(lines(), NOW, 1)
    workers: list[preparing._Worker] = []
    enter = preparing._Worker.__enter__
    monkeypatch.setattr(preparing._Worker, "__enter__", lambda self: workers.append(self) or enter(self))
    for ready in made:
        beside.append(ready)
        if len(beside) == 20:
            workers[0]._process.kill()
            workers[0]._process.join()
    assert without_extras(beside) == alone
    assert beside[-2].columns is None


def test_a_few_lines_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_BY_ITSELF", LINES + 10)
    monkeypatch.setattr(preparing, "_Worker", None)
    assert len(list(made_ready(lines(), NOW, 2))) == LINES + 1
