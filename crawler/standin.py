"""Commands that are imported when they are used.

Scrapy imports all commands of a project, and whatever they need, before it looks which of them is meant: that took a
fifth of a second each time. So it finds stand-ins (crawler/cli/), which know the name and the line of `scrapy -h` only.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import ClassVar

from scrapy.commands import ScrapyCommand

from crawler.extraction.worker import start_server

# Scrapy's way to name a deprecated class looks up each caller's module among all that are imported, three times over.
# Here the callers are few and so are the modules; where a crawl needs these at first, it takes a tenth of a second.
_BEFORE_ALL_ELSE = ("scrapy.core.downloader.tls", "scrapy.core.downloader.contextfactory")


class Standin(ScrapyCommand):
    """Stands for the command of the same name in crawler/commands/, and becomes it when it's used."""

    requires_project = True
    summary: ClassVar[str]

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return self.summary

    def syntax(self) -> str:
        """Become the command, since Scrapy asks for this of the one that it is about to use; return its usage line."""
        self._become()
        return self.syntax()

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Become the command and run it."""
        self._become()
        self.run(args, opts)

    def _become(self) -> None:
        start_server()  # all our commands read pages; what that needs is imported while we import the command
        for name in _BEFORE_ALL_ELSE:
            import_module(name)
        name = self.__module__.rpartition(".")[2]
        self.__class__ = import_module(f"crawler.commands.{name}").Command
