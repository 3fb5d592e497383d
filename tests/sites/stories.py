"""Stories of sites over days, told together: all sites of a round are crawled by one `scrapy crawlall`.

A story is a generator. It lays out its site, yields the hour at which it wants to be crawled, and looks at what
came of it; then it yields the next hour, or ends. Stories that want the same hour share a process, as a user's
sources do, and must not disturb each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.sites.awkward import Answer, Asked, Site, report, serving
from tests.sites.crawling import rows, run, write_source

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
"""Hour 0 of every story."""


@dataclass(frozen=True)
class Stage:
    """A story's site, and what the archive says of its source; `base` is the site's public address."""

    name: str
    site: Site
    folder: Path

    @property
    def base(self) -> str:
        return f"http://{self.name}.example"

    def urls(self, *numbers: int) -> list[str]:
        """Return the addresses of reports."""
        return [f"{self.base}/news/{number}" for number in numbers]

    def source(self, **keys: object) -> None:
        """Write the source's entry; see `write_source`."""
        write_source(self.folder, self.name, homepage=f"{self.base}/", **keys)

    def asked(self) -> list[str]:
        """Return what was asked for since the last call, in order."""
        found = self.site.paths()
        self.site.forget()
        return found

    def asked_reports(self) -> list[str]:
        """Return the reports that were asked for since the last call, sorted."""
        return sorted(path for path in self.asked() if path.startswith("/news/"))

    def rows(self, table: str) -> list[Any]:
        """Return the source's rows of a table, the oldest first."""
        query = f"select * from {table} where source_id = ? order by id"  # noqa: S608 - a test's own words
        return rows(self.folder, query, self.name)

    def by_path(self, table: str) -> dict[str, Any]:
        """Return the source's leads, endpoints or articles by the path of their URL."""
        return {"/" + row["url"].split("/", 3)[3]: row for row in self.rows(table)}

    def outcomes(self) -> dict[str, str | None]:
        return {path: row["outcome"] for path, row in self.by_path("leads").items()}

    def states(self, path: str) -> list[tuple[str, str | None]]:
        """Return how the report at a path answered over time, and how that was seen."""
        query = "select s.state, s.how from article_states s join articles a on a.id = article_id where a.url = ? order by s.id"
        return [(row["state"], row["how"]) for row in rows(self.folder, query, self.base + path)]

    def paused_until(self) -> str | None:
        until: str | None = rows(self.folder, "select paused_until from sources where id = ?", self.name)[0][
            "paused_until"
        ]
        return until


Story = Callable[[Stage], Iterator[float]]


def report_anywhere(asked: Asked) -> Answer:
    """Return a report for every address but robots.txt's."""
    if asked.target == "/robots.txt":
        return Answer(b"", 404)
    return Answer(report(f"Village {asked.target.rpartition('/')[2]}"))


def tell(stories: tuple[Story, ...], folder: Path, *options: str) -> dict[str, BaseException | None]:
    """Tell stories to their ends; returns by name what each of them raised. options: of every `crawlall`."""
    ended: dict[str, BaseException | None] = {}
    waiting: dict[str, tuple[Iterator[float], float]] = {}
    with ExitStack() as stack:
        stages = {
            story.__name__: Stage(
                story.__name__.replace("_", "-"), stack.enter_context(serving(Site())), folder
            )
            for story in stories
        }
        host_map = json.dumps({f"{stage.name}.example": stage.site.url for stage in stages.values()})
        for story in stories:
            _go_on(story.__name__, story(stages[story.__name__]), waiting, ended)
        while waiting:
            hour = min(hour for _, hour in waiting.values())
            due = {name: story for name, (story, when) in waiting.items() if when == hour}
            done = run(
                folder, "crawlall", "--db", str(folder / "archive.db"), "-s", f"HOST_MAP={host_map}", *options,
                "-s", f"NOW={NOON + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}",
                "--source", *(stages[name].name for name in due),
            )  # fmt: skip
            assert done.returncode in {0, 1}, done.stderr
            assert "Traceback" not in done.stderr, done.stderr
            for name, story in due.items():
                _go_on(name, story, waiting, ended)
    return ended


def _go_on(
    name: str,
    story: Iterator[float],
    waiting: dict[str, tuple[Iterator[float], float]],
    ended: dict[str, BaseException | None],
) -> None:
    waiting.pop(name, None)
    try:
        waiting[name] = (story, next(story))
    except StopIteration:
        ended[name] = None
    except Exception as error:  # noqa: BLE001 - told by the test of this story
        ended[name] = error
