"""The invented reports and odd pages of the demo site, read from `reports/*.toml`.

A report's `body` is plain text, its blocks apart by a blank line: `## ` begins a subheading, `- ` a list item,
`| ` a table's row (`| cell | cell |`), `> ` a quoted passage, `! ` a picture by its caption and credit
(`! caption || credit`), `@ ` the entry of a live blog (`@ 14:05 heading`), `+ ` a post of another service
(`+ telegram channel/17 words`); anything else is a paragraph.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent / "reports"
SECTIONS = ("en", "ar", "world", "ru")
BlockKind = Literal["paragraph", "heading", "item", "row", "quote", "picture", "entry", "post"]
_MARKS: dict[str, BlockKind] = {
    "## ": "heading",
    "- ": "item",
    "| ": "row",
    "> ": "quote",
    "! ": "picture",
    "@ ": "entry",
    "+ ": "post",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a report's body. text is without its mark; a row's cells are apart by ` | `.

    note: of a picture its credit, of an entry its time of day ("14:05"), of a post its address within `service`.
    """

    kind: BlockKind
    text: str
    note: str = ""
    service: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the cells of a table's row."""
        return tuple(self.text.split(" | "))


@dataclass(frozen=True, slots=True)
class Report:
    """One invented report as an edition of the site shows it. All moments are aware.

    page: what is odd about how it is served ("slow", "huge", "windows-1256"; "paywall": its beginning only), else
    empty.
    months: which tradition of month names its date is written in ("levant", "gulf", "levant-digits").
    copy_of: the id of the report that this one republishes. new_in, gone_in: editions.
    """

    id: str
    section: str
    language: str
    title: str
    body: tuple[Block, ...]
    published: datetime
    slug: str = ""
    standfirst: str = ""
    author: str = ""
    bio: str = ""
    dateline: str = ""
    agency: str = ""
    category: str = ""
    modified: datetime | None = None
    caption: str = ""
    credit: str = ""
    tweet: str = ""
    infobox: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    page: str = ""
    months: str = "levant"
    copy_of: str = ""
    new_in: int = 1
    gone_in: int | None = None

    @property
    def path(self) -> str:
        """Return the report's address on the site, in the manner of its section."""
        if self.section == "world":
            return f"/world/{self.published:%Y/%m/%d}/{self.slug}/"
        if self.section == "ru":
            return f"/ru/news/{self.id}-{self.slug}.html"
        return f"/{self.section}/news/article/{self.id}" + ("/" if self.section == "en" else "")

    def at(self, time: str) -> datetime:
        """Return the moment of a time of day ("14:05") on the report's day."""
        hour, minute = map(int, time.split(":"))
        return self.published.replace(hour=hour, minute=minute, second=0)

    @property
    def first_votes(self) -> tuple[int, int]:
        """Return the likes and dislikes that the report had before anybody crawled it."""
        seed = sum(self.path.encode())
        return 20 + seed % 90, 20 + seed % 70


@dataclass(frozen=True, slots=True)
class OddPage:
    """An address that looks like a report's and holds none. outcome: what a crawl must count it as.

    texts: a video's description, or the captions of a gallery's pictures.
    """

    path: str
    section: str
    kind: Literal["missing", "soft-404", "empty", "redirect", "forbidden", "robots", "video", "gallery"]
    outcome: str
    title: str
    published: datetime
    target: str = ""
    texts: tuple[str, ...] = ()


def load_reports(edition: int) -> tuple[Report, ...]:
    """Return the reports that an edition of the site shows, newest first."""
    shown = [
        report
        for report in all_reports(edition)
        if report.new_in <= edition and (report.gone_in is None or report.gone_in > edition)
    ]
    return tuple(sorted(shown, key=lambda report: report.published, reverse=True))


def gone_paths(edition: int) -> frozenset[str]:
    """Return the addresses of the reports that were taken down before or in an edition."""
    return frozenset(
        report.path
        for report in all_reports(edition)
        if report.gone_in is not None and report.gone_in <= edition
    )


def all_reports(edition: int) -> list[Report]:
    """Return every report of every edition, with the corrections made up to `edition`."""
    words = load_sections()
    reports: dict[str, Report] = {}
    for section in SECTIONS:
        data = tomllib.loads((FOLDER / f"{section}.toml").read_text(encoding="utf-8"))
        for entry in data["report"]:
            report = _report(entry, section, words[section]["language"], edition, reports)
            reports[report.id] = report
    return list(reports.values())


def load_odd_pages() -> tuple[OddPage, ...]:
    """Return the odd pages, which are the same in every edition."""
    data = tomllib.loads((FOLDER / "odd.toml").read_text(encoding="utf-8"))
    return tuple(OddPage(**entry | {"texts": tuple(entry.get("texts", ()))}) for entry in data["page"])


def load_sections() -> dict[str, Any]:
    """Return the words of each section's layout by section, and the tables `months` and `not_found`."""
    return tomllib.loads((FOLDER / "sections.toml").read_text(encoding="utf-8"))


def _report(
    entry: dict[str, Any], section: str, language: str, edition: int, earlier: dict[str, Report]
) -> Report:
    fields = dict(entry)
    corrected = fields.pop("corrected", None)
    body = fields.pop("body", "")
    blocks = tuple(_block(text) for text in body.strip().split("\n\n") if text)
    if "copy_of" in fields:
        blocks = earlier[fields["copy_of"]].body + blocks
    for name in ("infobox", "tags"):
        fields[name] = tuple(fields.get(name, ()))
    report = Report(**{"section": section, "language": language, "body": blocks} | fields)
    if corrected and corrected["edition"] <= edition:
        return _corrected(report, corrected)
    return report


def _block(text: str) -> Block:
    flat = " ".join(text.split())
    for mark, kind in _MARKS.items():
        if flat.startswith(mark):
            return _marked(kind, flat.removeprefix(mark).removesuffix(" |"))
    return Block("paragraph", flat)


def _marked(kind: BlockKind, text: str) -> Block:
    if kind == "picture":
        caption, _, credit = text.partition(" || ")
        return Block(kind, caption, credit)
    if kind == "entry":
        time, _, heading = text.partition(" ")
        return Block(kind, heading, time)
    if kind == "post":
        service, post, *words = text.split(" ", 2)
        return Block(kind, " ".join(words), post, service)
    return Block(kind, text)


def _corrected(report: Report, correction: dict[str, Any]) -> Report:
    def swapped(text: str) -> str:
        for old, new in correction["swap"]:
            text = text.replace(old, new)
        return text

    return replace(
        report,
        title=swapped(report.title),
        standfirst=swapped(report.standfirst),
        body=tuple(replace(block, text=swapped(block.text)) for block in report.body),
        modified=correction["modified"],
    )
