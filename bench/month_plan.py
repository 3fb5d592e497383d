"""How the world of the virtual month is drawn from a seed: who publishes how, and what happens to whom."""

from __future__ import annotations

import random
from datetime import datetime
from itertools import pairwise

from bench.month_world import (
    BACKLOG,
    DAY,
    FIRST_DAY,
    HOUR,
    MAX_PAGES,
    Feed,
    FeedKind,
    Report,
    Site,
    SitemapKind,
    Spell,
    Tags,
    Trouble,
    article_pattern,
    feed_path,
    listing_path,
    sitemap_path,
)

# What a source is listed by: feed, sitemap, listing.
_KINDS: tuple[tuple[FeedKind | None, SitemapKind | None, bool], ...] = (
    ("rss", None, False),
    (None, "months", False),
    (None, None, True),
    ("atom", "flat", False),
    (None, "news", False),
    ("atom", None, False),
    ("rss", None, True),
    ("rss", "months", False),
    (None, "recent", False),
    (None, "news", True),
    ("rss", None, False),
    (None, None, True),
    ("atom", "news", True),
    (None, "months", True),
    ("atom", None, False),
)
_TROUBLES: tuple[Trouble | None, ...] = (
    None,
    Trouble.ERRORS,
    Trouble.OUTAGE,
    Trouble.SILENT,
    Trouble.LIMIT,
    Trouble.BLOCK,
    Trouble.ROBOTS,
    Trouble.MOVES,
    Trouble.REDESIGN,
    None,
    Trouble.LIMIT_DATE,
    Trouble.CHALLENGE,
    Trouble.HANGUP,
    Trouble.SILENT,
    Trouble.QUOTA,
    Trouble.SHELL,
    Trouble.SLOW,
    None,
    Trouble.RESTLESS,
)
_WEEKS = (
    (1.0,) * 7,
    (1.0,) * 7,
    (1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0),  # no Fridays
    (1.2, 1.2, 1.2, 1.2, 1.2, 0.4, 0.4),
    (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0),
)
_TAGS: tuple[Tags, ...] = ("right", "right", "none", "same", "right", "stuck")
_PACES = (None, "Crawl-delay: 0.1", None, None, "Request-rate: 8/1", None)
# How long a spell lasts, in hours; and how many there are in 30 days.
_LENGTHS: dict[Trouble, tuple[float, float, int]] = {
    Trouble.ERRORS: (3, 7, 4),
    Trouble.OUTAGE: (22, 26, 1),
    Trouble.HANGUP: (6, 14, 2),
    Trouble.LIMIT: (2, 5, 4),
    Trouble.LIMIT_DATE: (2, 5, 4),
    Trouble.ROBOTS: (3, 7, 3),
    Trouble.BLOCK: (22, 26, 1),
    Trouble.CHALLENGE: (22, 26, 1),
    Trouble.SHELL: (10, 14, 2),
}
_ALWAYS = frozenset({Trouble.QUOTA, Trouble.SLOW, Trouble.RESTLESS})
_MOST_A_DAY: dict[Trouble | None, float] = {
    Trouble.QUOTA: 12,
    Trouble.SLOW: 12,
    Trouble.RESTLESS: 3,
    Trouble.SILENT: 20,
}


def make_world(seed: int, sources: int, days: int) -> list[Site]:
    """Return the sources, each kind and trouble as evenly spread as their number allows."""
    rng = random.Random(f"world-{seed}")
    kinds = [_KINDS[number % len(_KINDS)] for number in range(sources)]
    rng.shuffle(kinds)
    return [
        _site(number, kinds[number], days, random.Random(f"{seed}-{number}")) for number in range(sources)
    ]


def _site(
    number: int, kind: tuple[FeedKind | None, SitemapKind | None, bool], days: int, rng: random.Random
) -> Site:
    trouble = _TROUBLES[number % len(_TROUBLES)]
    feed, sitemap, has_listing = kind
    if trouble is Trouble.RESTLESS:
        sitemap = "flat"
    tags = _TAGS[number % len(_TAGS)]
    most = min(_MOST_A_DAY.get(trouble, 40), 6 if feed and tags == "stuck" else 40)
    least = 0.7 if trouble is Trouble.SILENT else 0.3
    rate = least * (most / least) ** rng.random()
    week = tuple(rate * share for share in rng.choice(_WEEKS))
    spells = tuple(_spells(trouble, days, rng)) if trouble else ()
    silent = next((s.start for s in spells if s.trouble is Trouble.SILENT), None)
    return Site(
        id=f"s{number + 1:02}",
        style=rng.choice(["dated", "number", "query", "slug"]),
        week=week,
        feed=Feed(feed, rng.choice([10, 15, 20]), tags) if feed else None,
        sitemap=sitemap,
        page_size=rng.choice([10, 15, 20]) if has_listing else 0,
        has_validators=rng.random() < 0.6,
        pace=_PACES[number % len(_PACES)],
        spells=spells,
        reports=tuple(_reports(week, days, silent, rng)),
        knows_domains=number % 2 == 0,
    )


def _spells(trouble: Trouble, days: int, rng: random.Random) -> list[Spell]:
    end = FIRST_DAY + days * DAY
    if trouble in _ALWAYS:
        return [Spell(trouble, FIRST_DAY - BACKLOG * DAY, end)]
    if trouble not in _LENGTHS:  # from one day on
        return [Spell(trouble, FIRST_DAY + rng.uniform(0.45, 0.6) * days * DAY, end)]
    shortest, longest, count = _LENGTHS[trouble]
    parts = max(1, round(count * days / 30))
    found = []
    for part in range(parts):
        start = FIRST_DAY + (part + rng.uniform(0.2, 0.6)) * days * DAY / parts
        found.append(Spell(trouble, start, start + rng.uniform(shortest, longest) * HOUR))
    return found


def _reports(week: tuple[float, ...], days: int, silent: datetime | None, rng: random.Random) -> list[Report]:
    moments: list[datetime] = []
    owed = rng.random()
    for number in range(-BACKLOG, days):
        day = FIRST_DAY + number * DAY
        owed += week[day.weekday()] * rng.uniform(0.6, 1.4)
        moments += [day + rng.triangular(0, 24, 13) * HOUR for _ in range(int(owed))]
        owed -= int(owed)
    moments = sorted(moment.replace(microsecond=0) for moment in moments if silent is None or moment < silent)
    # a second apart, so that "newest first" has one meaning
    apart = [moment for before, moment in pairwise([FIRST_DAY - 99 * DAY, *moments]) if moment > before]
    return [_report(number, moment, rng) for number, moment in enumerate(apart)]


def _report(number: int, published: datetime, rng: random.Random) -> Report:
    """Return a report with at most one thing that is out of the common."""
    chance = rng.random()
    for share, make in _LIVES:
        chance -= share
        if chance < 0:
            return make(number, published, rng)
    return Report(number, published)


def _edited(number: int, published: datetime, rng: random.Random) -> Report:
    edits = [published + rng.uniform(0.5, 60) * HOUR]
    if rng.random() < 0.2:
        edits.append(edits[0] + rng.uniform(1, 48) * HOUR)
    return Report(number, published, tuple(edit.replace(microsecond=0) for edit in edits))


def _deleted(number: int, published: datetime, rng: random.Random) -> Report:
    return Report(number, published, deleted=published + rng.uniform(36, 240) * HOUR)


def _fleeting(number: int, published: datetime, rng: random.Random) -> Report:
    return Report(number, published, deleted=published + rng.uniform(10, 55) * HOUR / 60)


def _moved(number: int, published: datetime, rng: random.Random) -> Report:
    return Report(number, published, moved=published + rng.uniform(24, 120) * HOUR)


def _snared(number: int, published: datetime, rng: random.Random) -> Report:
    return Report(number, published, snare=rng.choice(["metadata", "loopback", "login"]))


def _forbidden(number: int, published: datetime, rng: random.Random) -> Report:  # noqa: ARG001 - as the others
    return Report(number, published, forbidden=True)


_LIVES = (
    (0.06, _edited),
    (0.015, _deleted),
    (0.01, _fleeting),
    (0.01, _moved),
    (0.006, _snared),
    (0.01, _forbidden),
)


def catalogue_entry(site: Site) -> dict[str, object]:
    """Return the keys of the source's catalogue entry."""
    base = f"http://{site.host}"
    entry: dict[str, object] = {
        "id": site.id,
        "name": f"The {site.id.upper()} Observer",
        "homepage": f"{base}/",
        "languages": ["en"],
        "conflict": "Simulated",
        "kind": "simulated",
        "article_pattern": article_pattern(site),
        "delay": site.delay,
        "max_pages": MAX_PAGES,
        # what is judged is what feeds and sitemaps announce: a look at every report by its age would hide a miss
        "revisit": [],
    }
    if site.feed:
        entry["feeds"] = [base + feed_path(site.feed)]
    if site.sitemap:
        entry["sitemaps"] = [base + sitemap_path(site.sitemap)]
    if site.page_size:
        entry["listings"] = [base + listing_path(site)]
    if site.knows_domains and site.spell(Trouble.MOVES):
        entry["domains"] = [site.new_host]
    return entry
