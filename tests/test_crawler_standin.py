"""A command costs what it needs, and nothing for the commands beside it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler import settings
from crawler.standin import Standin

NAMES = sorted(path.stem for path in Path(str(settings.__file__)).parent.joinpath("cli").glob("[a-z]*.py"))
# what a look at the commands must not import, and what the crawl of an ordinary source can do without
HEAVY = {
    "import crawler.cli; _get_commands_from_module('crawler.cli', True)": (
        "crawler.commands", "crawler.spiders", "crawler.middlewares", "archive.store",
    ),
    "import crawler.commands.crawl, crawler.pipelines, crawler.extensions": (
        "crawler.demo.pages", "crawler.discovery.unknown.survey", "crawler.extraction.article", "jinja2",
        "rich", "trafilatura",
    ),
    "import crawler.extraction.serving, crawler.extraction.article, crawler.discovery.reading": (
        "pydantic", "scrapy", "twisted",
    ),
}  # fmt: skip


def standin(name: str) -> Standin:
    made: Standin = import_module(f"crawler.cli.{name}").Command()
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_stand_in_becomes_its_command_when_it_is_used(name: str) -> None:
    command = import_module(f"crawler.commands.{name}").Command
    one = standin(name)
    assert one.requires_project
    assert one.syntax() == command().syntax()
    assert type(one) is command
    one.settings = Settings()
    one.add_options(argparse.ArgumentParser(conflict_handler="resolve"))


def test_a_stand_in_that_is_run_at_once_is_the_command_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr("crawler.commands.crawl.Command.run", lambda _, args, __: asked.append(args))
    standin("crawl").run(["x"], argparse.Namespace())
    assert asked == [["x"]]


@pytest.mark.parametrize("statement", HEAVY)
def test_what_is_not_needed_is_not_imported(statement: str) -> None:
    code = f"import sys; from scrapy.cmdline import _get_commands_from_module; {statement}"
    if "serving" in statement:
        code = f"import sys; {statement}"
    found = subprocess.run(
        [sys.executable, "-c", f"{code}; print('\\n'.join(sys.modules))"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {name for name in found if name.startswith(HEAVY[statement])}
