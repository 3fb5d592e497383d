"""What the crawler made of the virtual month: the world and the server's record against the archive.

Terms, as the table uses them:

- A report is *expected* if at 24 or more of the month's full hours before its last day it was listed in an
  endpoint of the catalogue entry (a feed's last N, a sitemap, the first MAX_PAGES pages of a listing) while its
  host answered, its page could be had, and robots.txt could be had and allowed it. Recall is the share of the
  expected reports that are in the archive, by the name that each carries in its headline.
- A *duplicate fetch* is an answer 200 to the address of a report that answered 200 before, with the same text
  and the same lastmod. What never arrived as the report (errors, closed connections, challenges, empty shells)
  counts on neither side; a 304 is no duplicate. Their share is of all answers 200 to reports.
- A *trap* is any address that votes, comments, shares, prints, searches, logs in, or belongs to the calendar;
  or an address inside the crawler's own network.
- *Delay*: two requests to a host less than the catalogue's delay, or what robots.txt asks, apart, by the time
  of their arrival, with 5 ms of tolerance. *Robots*: a request for what is disallowed, or to a host whose
  robots.txt was not had in the 24 hours before, or was refused with 5xx, 429 or no answer when last asked.
  *Too early*: a request to a host before the end of the Retry-After that it gave.
- An edit is expected to be noticed if for 24 full hours it was told (lastmod, updated) by a host that answered; a
  deletion if the report was gone from a sitemap that lists everything for 72 such hours, since it takes two looks a
  day apart.
- A silent source, of those that fall silent after KNOWN_AFTER, is detected in time if the first `archive health`
  after two of its expected intervals calls it silent. An interval is the time in which its weekly pattern brings
  one report, but at least a day, since health is looked at once a day.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bench import month_pages as pages
from bench.month_server import Asked
from bench.month_world import DAY, FIRST_DAY, HOUR, Report, Site, Trouble

ENOUGH = 24  # full hours
ENOUGH_TO_BE_GONE = 72  # until a tick has missed a report, a day has passed, and another tick has come
KNOWN_AFTER = 10 * DAY  # from then on a source's two weeks are known, the backlog's days among them
_TOLERANCE = 0.005  # seconds
_EDITION = re.compile(r"This is edition (\d+) of the report (s\d+-\d+),")
_NO_ROBOTS = frozenset({0, 429})
_SHOWN = 40  # examples of each complaint

# (when, by source the verdict of `archive health`)
Health = Sequence[tuple[datetime, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Archived:
    """What the archive holds, by the names of the reports."""

    states: dict[str, str]
    bodies: dict[str, str]
    editions: frozenset[tuple[str, int]]
    rows: int
    runs: dict[str, int]


@dataclass(slots=True)
class Judgement:
    """The figures, and a sentence for each thing that is not as it should be (some of each kind)."""

    figures: dict[str, object] = field(default_factory=dict)
    complaints: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def complain(self, about: str, sentence: str) -> None:
        """Keep a sentence if there are not too many of its kind."""
        if len(self.complaints[about]) < _SHOWN:
            self.complaints[about].append(sentence)


def judge(world: list[Site], asked: list[Asked], archive: Path, health: Health, end: datetime) -> Judgement:
    """Return the figures of a month that ended at `end`."""
    held = read_archive(archive)
    found = Judgement()
    _judge_recall(world, held, archive, found, end)
    _judge_edits(world, held, found, end)
    _judge_deletions(world, held, found, end)
    _judge_fetches(asked, found)
    sites = {host: site for site in world for host in (site.host, site.new_host)}
    _judge_delays(asked, sites, found)
    _judge_robots(asked, found)
    _judge_silence(world, health, found, end)
    found.figures |= {"articles": held.rows, "runs": held.runs}
    return found


def read_archive(archive: Path) -> Archived:
    """Return what an archive holds."""
    states: dict[str, str] = {}
    bodies: dict[str, str] = {}
    with closing(sqlite3.connect(archive)) as conn:
        rows = 0
        for title, state, body in conn.execute("select title, state, body from articles"):
            rows += 1
            for name in pages.names_in(title):
                # of a report under two addresses, the one that was looked at last: it was left behind at the other
                if states.get(name, "moved") == "moved":
                    states[name], bodies[name] = state, body
        texts = (row[0] for row in conn.execute("select body from revisions"))
        editions = {(match[2], int(match[1])) for text in texts for match in _EDITION.finditer(text)}
        columns = (
            "stored, changed, unchanged, duplicate, not_an_article, robots, blocked, gone, failed, waiting"
        )
        sums = ", ".join(f"total({column})" for column in columns.split(", "))
        counts = conn.execute(f"select {sums} from runs").fetchone()  # noqa: S608 - our own column names
    runs = {name: int(count) for name, count in zip(columns.split(", "), counts, strict=True)}
    return Archived(states, bodies, frozenset(editions), rows, runs)


# -- recall -----------------------------------------------------------------------------------------------


def hours(end: datetime) -> Iterable[datetime]:
    """Yield the full hours of the month before its last day."""
    count = int((end - DAY - FIRST_DAY) / HOUR)
    return (FIRST_DAY + number * HOUR for number in range(count))


def expected(site: Site, end: datetime) -> list[Report]:
    """Return the reports that a site showed for long enough."""
    seen: Counter[int] = Counter()
    for now in hours(end):
        if site.is_reachable(now):
            seen.update(site.listed(now))
    reports = (site.reports[number] for number in sorted(seen) if seen[number] >= ENOUGH)
    return [report for report in reports if report.snare is None and not report.forbidden]


def _judge_recall(world: list[Site], held: Archived, archive: Path, found: Judgement, end: datetime) -> None:
    total, missing, partial = 0, 0, 0
    by_site: dict[str, str] = {}
    with closing(sqlite3.connect(archive)) as conn:
        for site in world:
            reports = expected(site, end)
            lost = [report for report in reports if pages.name_of(site, report) not in held.states]
            total, missing = total + len(reports), missing + len(lost)
            if lost:
                by_site[site.id] = f"{len(lost)} of {len(reports)}"
            for report in lost:
                found.complain("missing", _why_missing(conn, site, report))
            for report in reports:
                if not _is_complete(site, report, held):
                    partial += 1
                    found.complain("partial", f"{site.id}{site.address(report)} lacks some of its text")
    found.figures |= {
        "expected": total,
        "missing": missing,
        "recall": round(100 * (1 - missing / total), 3) if total else None,
        "missing_by_source": by_site,
        "partial": partial,
    }


def _is_complete(site: Site, report: Report, held: Archived) -> bool:
    body = held.bodies.get(pages.name_of(site, report))
    if body is None:
        return True  # missing, which is another figure
    return all(text in body for text in pages.paragraphs_of(site, report, 0)[:-1])


def _why_missing(conn: sqlite3.Connection, site: Site, report: Report) -> str:
    """Return what the archive knows of a report that it does not hold."""
    paths = [site.address(report), site.address(report, second=True)]
    rows = [
        row
        for path in paths
        for row in conn.execute(
            "select url, state, outcome, attempts, first_seen_at, last_attempt_at, next_attempt_at, last_error"
            " from leads where source_id = ? and url like ?",
            [site.id, f"%{path}"],
        )
    ]
    troubles = ", ".join(f"{s.trouble} {s.start:%d %H:%M}-{s.end:%d %H:%M}" for s in site.spells)
    about = f"{site.id}{paths[0]} published {report.published:%d %H:%M} (site: {troubles or 'no trouble'})"
    return f"{about}: {'; '.join(map(repr, rows)) if rows else 'no lead'}"


# -- edits and deletions ----------------------------------------------------------------------------------


def _judge_edits(world: list[Site], held: Archived, found: Judgement, end: datetime) -> None:
    total = noticed = 0
    for site in world:
        told: Counter[tuple[int, int]] = Counter()
        if site.sitemap or (site.feed and site.feed.kind == "atom"):
            for now in hours(end):
                if site.is_reachable(now):
                    numbers = site.announced(now)
                    told.update((number, site.reports[number].version(now)) for number in numbers)
        for (number, version), count in sorted(told.items()):
            report = site.reports[number]
            if version == 0 or count < ENOUGH or report.snare or report.forbidden:
                continue
            total += 1
            if (pages.name_of(site, report), version) in held.editions:
                noticed += 1
            else:
                when = f"{report.edits[version - 1]:%d %H:%M}"
                found.complain(
                    "edits", f"{site.id}{site.address(report)} edition {version} of {when} not seen"
                )
    found.figures |= {"edits": total, "edits_noticed": noticed}


def _judge_deletions(world: list[Site], held: Archived, found: Judgement, end: datetime) -> None:
    total = noticed = wrongly = 0
    for site in world:
        for report in site.reports:
            state = held.states.get(pages.name_of(site, report))
            if state == "gone" and report.is_up(end):
                wrongly += 1
                found.complain("wrongly gone", f"{site.id}{site.address(report)} is there, but called gone")
            if report.deleted is None or state is None or site.sitemap not in {"months", "flat"}:
                continue
            after = sum(now >= report.deleted and site.is_reachable(now) for now in hours(end))
            if after < ENOUGH_TO_BE_GONE:
                continue
            total += 1
            noticed += state == "gone"
            if state != "gone":
                when = f"{report.deleted:%d %H:%M}"
                found.complain(
                    "deletions", f"{site.id}{site.address(report)} deleted {when} is called {state}"
                )
    found.figures |= {"deletions": total, "deletions_noticed": noticed, "wrongly_gone": wrongly}


# -- manners ----------------------------------------------------------------------------------------------


def _judge_fetches(asked: list[Asked], found: Judgement) -> None:
    last: dict[tuple[str, str], Asked] = {}
    fetched = twice = 0
    for one in asked:
        if one.what in {"trap", "inside", "unknown"}:
            found.complain("unknown addresses" if one.what == "unknown" else "traps", _line(one))
        if one.what == "report" and one.status == 200 and one.version >= 0:
            fetched += 1
            before = last.get((one.host, one.target))
            if before is not None and (before.version, before.lastmod) == (one.version, one.lastmod):
                twice += 1
                found.complain("duplicates", f"{_line(one)}, first fetched {before.now:%d %H:%M}")
            last[one.host, one.target] = one
    kinds = Counter(one.what for one in asked)
    unchanged = sum(one.status == 304 for one in asked)
    conditional = Counter((one.what, one.status == 304) for one in asked if one.status in {200, 304})
    found.figures |= {
        "fetched": fetched,
        "duplicates": twice,
        "duplicate_share": round(100 * twice / fetched, 3) if fetched else None,
        "traps": kinds["trap"] + kinds["inside"],
        "requests": len(asked),
        "requests_by_kind": dict(kinds.most_common()),
        "statuses": dict(Counter(one.status for one in asked).most_common()),
        "not_modified_share": round(100 * unchanged / len(asked), 1) if asked else None,
        "not_modified_by_kind": {
            what: f"{conditional[what, True]} of {conditional[what, True] + conditional[what, False]}"
            for what in ("feed", "sitemap", "listing", "report")
        },
    }


def _judge_delays(asked: list[Asked], sites: Mapping[str, Site], found: Judgement) -> None:
    last: dict[str, Asked] = {}
    wait: dict[str, datetime] = {}
    paced: dict[str, int] = {}  # the tick in which a host said what pace it wants
    too_close = too_early = 0
    for one in asked:
        site = sites.get(one.host)
        if site is None:
            continue
        before = last.get(one.host)
        if before is not None and before.tick == one.tick:
            gap, least = (
                one.at - before.at,
                site.seconds_between if paced.get(one.host) == one.tick else site.delay,
            )
            if gap < least - _TOLERANCE:
                too_close += 1
                told = f"{gap * 1000:.0f} ms after {before.target}, not {least * 1000:.0f}"
                found.complain("delays", f"{_line(one)}, {told}")
        last[one.host] = one
        if one.what == "robots" and one.status == 200:
            paced[one.host] = one.tick
        if one.host in wait and one.now < wait[one.host]:
            too_early += 1
            found.complain("too early", f"{_line(one)}, told to wait until {wait[one.host]:%d %H:%M:%S}")
        elif one.wait_until is not None:
            wait[one.host] = one.wait_until
    found.figures |= {"delay_violations": too_close, "too_early": too_early}


def _judge_robots(asked: list[Asked], found: Judgement) -> None:
    robots: dict[str, Asked] = {}
    count = 0
    for one in asked:
        if not one.site:
            continue
        if one.what == "robots":
            robots[one.host] = one
            continue
        about = _robots_complaint(one, robots.get(one.host))
        if about:
            count += 1
            found.complain("robots", f"{_line(one)}, {about}")
    found.figures["robots_violations"] = count


def _robots_complaint(one: Asked, robots: Asked | None) -> str | None:
    if one.what == "forbidden":
        return "which robots.txt disallows"
    if robots is None or one.now - robots.now > DAY:
        return "without a look at robots.txt in the last day"
    if robots.status >= 500 or robots.status in _NO_ROBOTS:
        return f"though robots.txt gave {robots.status} at {robots.now:%d %H:%M:%S}"
    return None


def _line(one: Asked) -> str:
    return f"{one.now:%d %H:%M:%S} tick {one.tick} {one.host}{one.target} -> {one.status}"


# -- health -----------------------------------------------------------------------------------------------


def due_after(site: Site, since: datetime, intervals: int = 2) -> datetime:
    """Return when so many of a site's expected intervals have passed: each the time of one report, or a day."""
    now, owed = since, 0.0
    while owed < intervals:
        now += HOUR
        owed += site.week[now.weekday()] / 24
    return max(now, since + intervals * DAY)


def _judge_silence(world: list[Site], health: Health, found: Judgement, end: datetime) -> None:
    total = in_time = false = 0
    for site in world:
        spell = site.spell(Trouble.SILENT)
        last = max(_shown(site), default=FIRST_DAY)
        if spell is not None and spell.start - FIRST_DAY >= KNOWN_AFTER:
            deadline = due_after(site, last)
            checks = [at for at, _ in health if at >= deadline]
            if checks:
                total += 1
                first = next(
                    (at for at, verdicts in health if at > last and verdicts.get(site.id) == "silent"), None
                )
                in_time += first is not None and first <= checks[0]
                if first is None or first > checks[0]:
                    told = f"{first:%d %H:%M}" if first else f"not by {end:%d %H:%M}"
                    found.complain(
                        "silence", f"{site.id} silent since {last:%d %H:%M}, due {deadline:%d %H:%M}: {told}"
                    )
        for at, verdicts in health:
            if verdicts.get(site.id) == "silent" and not _is_quiet(site, at):
                false += 1
                found.complain("false alarms", f"{site.id} called silent at {at:%d %H:%M}")
    found.figures |= {"silent": total, "silent_in_time": in_time, "false_alarms": false}
    found.figures["verdicts"] = _verdicts(world, health)


def _shown(site: Site) -> list[datetime]:
    """Return when the reports were published that one could have: not taken down at once, not forbidden."""
    return [
        report.published
        for report in site.reports
        if not report.forbidden
        and report.snare is None
        and (report.deleted is None or report.deleted - report.published > DAY)
    ]


def _is_quiet(site: Site, at: datetime) -> bool:
    """Tell whether a reader too would say that nothing came for two intervals, or that nothing more will come."""
    if site.has(Trouble.SILENT, at):
        return True
    shown = [moment for moment in _shown(site) if moment <= at]
    return not shown or due_after(site, shown[-1]) <= at


def _verdicts(world: list[Site], health: Health) -> dict[str, dict[str, int]]:
    """Return what was said of sources, by the trouble that they had had in the day before."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for at, verdicts in health:
        for site in world:
            on = {
                spell.trouble.value
                for spell in site.spells
                if spell.start < at and spell.end > at - timedelta(hours=6)
            }
            said[", ".join(sorted(on)) or "none"][verdicts.get(site.id, "not listed")] += 1
    return {trouble: dict(counts.most_common()) for trouble, counts in sorted(said.items())}
