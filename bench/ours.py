"""The real crawl, `scrapy crawl` with the project's own settings, for a source that is a loopback server."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_ENTRY = """\
id = "{id}"
name = "Benchmark"
homepage = "{sitemap}"
languages = ["en"]
conflict = "none"
kind = "benchmark"
sitemaps = ["{sitemap}"]
article_pattern = '^https?://'
delay = 0
private = true
"""


@dataclass(frozen=True, slots=True)
class Crawl:
    """How to start the crawl of a source: the command, its environment and where the archive will be."""

    command: list[str]
    archive: Path
    env: dict[str, str] = field(default_factory=dict)


def crawl_of(sitemap: str, folder: Path, *, source_id: str, options: tuple[str, ...] = ()) -> Crawl:
    """Write a source of one sitemap, whose every address is a report, into `folder`; return its crawl."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    (sources / f"{source_id}.toml").write_text(_ENTRY.format(id=source_id, sitemap=sitemap))
    archive = folder / "archive.db"
    command = [sys.executable, "-m", "scrapy", "crawl", source_id, "--db", str(archive), *options]
    return Crawl(command, archive, environment() | {"SOURCES_DIR": str(sources)})


def environment() -> dict[str, str]:
    """Return this process's environment, with the project importable and no proxy between us and loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}
