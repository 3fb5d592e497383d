"""Hostile pages for `bench/fuzz.py`: real ones, mangled in ways that a seed and a number decide."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.fuzz_mutations import LABELS, LARGE, SMALL
from bench.fuzz_text import TITLES
from bench.generate import generate_page
from crawler.demo.site import Site
from crawler.extraction.article import extract_article
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.templates.teacher import learn_template

FETCHED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
# A site's template is learned from so many pages at most, and at least.
_TAUGHT = 3
_MIN_TAUGHT = 3
# Shares of all inputs: pages from which a template is learned first, and whole pages rather than pieces.
_LEARNING = 0.01
_WHOLE = 0.02
_SLICE = (1_000, 30_000)
_URLS = (
    "https://outlet.example/news/2026/11/20/shelling-hits-market", "https://outlet.example/", "http://outlet.example/?id=1",
    "https://outlet.example/2026/13/45/x", "https://outlet.example/20261120999999/" + "9" * 3_000, "https://xn--80ak6aa92e.example/a",
    "https://outlet.example/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7/%FF%FE", "https://outlet.example/" + "a-" * 2_000, "https://[::1]:8/x",
    "https://outlet.example/tag/" + "x/" * 900, "https://outlet.example/videos/7#" + "#" * 99,
)  # fmt: skip
_ZONES = (None, "UTC", "Asia/Damascus", "Europe/Kyiv", "America/New_York", "Pacific/Kiritimati")
_LANGUAGES = ((), ("en",), ("ar", "en"), ("ru",), ("fa",), ("uk", "ru"), ("tr",), ("ckb",), ("fr",))


@dataclass(frozen=True, slots=True)
class Input:
    """One page for the extraction, and what was done to it.

    template: of the site whose page it was. siblings: pages of that site, mangled too, to learn one from first.
    """

    number: int
    mutations: tuple[str, ...]
    payload: bytes = field(repr=False)
    url: str
    content_type: str | None
    hints: Hints
    template: KnownTemplate | None = None
    siblings: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The pages to mangle, each with its site's name, and the templates that sites' pages have taught."""

    pages: Sequence[tuple[str, bytes]] = field(repr=False)
    templates: Mapping[str, KnownTemplate]


def read_corpus(path: Path | None) -> Corpus:
    """Return the pages to start from: those that a JSONL file lists (`path` beside it, `url`), or our own."""
    if path is None:
        site = Site(edition=1)
        reports = [(report.section, site.answer(report.path).body) for report in site.pages.reports]
        pages = [("generated", generate_page(number).html) for number in range(6)]
        pages += [(section, page) for section, page in reports if page]
    else:
        with path.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        pages = [(urlsplit(row["url"]).netloc, _read(path.parent / row["path"])) for row in rows]
    return Corpus(pages, _templates(pages))


def _read(file: Path) -> bytes:
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def _templates(pages: Sequence[tuple[str, bytes]]) -> dict[str, KnownTemplate]:
    """Return the template of each site that has enough pages, as it was learned from a few of them."""
    sites = defaultdict(list)
    for site, page in pages:
        sites[site].append(page)
    found = {}
    for site, its_pages in sites.items():
        lessons = [lesson for page in its_pages[:_TAUGHT] if (lesson := lesson_of(page)) is not None]
        if len(lessons) >= _MIN_TAUGHT:
            found[site] = KnownTemplate(learn_template(lessons).document)
    return found


def lesson_of(page: bytes) -> bytes | None:
    """Return what a page teaches of its site's template, or None where it holds no report."""
    found = extract_article(
        page, url=_URLS[0], content_type=None, fetched_at=FETCHED_AT, hints=Hints(), teach=True
    )
    return found.lesson.lesson if found.lesson else None


def make_input(corpus: Corpus, seed: int, number: int, large_share: float) -> Input:
    """Return input `number` of a seed; the same arguments give the same bytes.

    large_share: how many of all are large, up to 50 MB; the others are some KB.
    """
    rng = random.Random(f"{seed}-{number}")
    site, page = rng.choice(corpus.pages)
    if rng.random() < large_share:
        names: tuple[str, ...] = (rng.choice(sorted(LARGE)),)
        payload = LARGE[names[0]](rng, _slice(rng, page))
    else:
        names, payload = _mangled(rng, page)
    labels = LABELS if rng.random() < 0.3 else LABELS[:4]
    template = corpus.templates.get(site) if rng.random() < 0.7 else None
    siblings: tuple[bytes, ...] = ()
    if rng.random() < _LEARNING:
        others = [one for name, one in corpus.pages if name == site]
        siblings = tuple(_mangled(rng, rng.choice(others))[1] for _ in range(rng.randint(1, 4)))
    return Input(
        number, names, payload, rng.choice(_URLS), rng.choice(labels), _hints(rng), template, siblings
    )


def _mangled(rng: random.Random, page: bytes) -> tuple[tuple[str, ...], bytes]:
    if rng.random() > _WHOLE:
        page = _slice(rng, page)
    names = tuple(rng.choices(sorted(SMALL), k=rng.choice((1, 1, 2, 3, 5))))
    for name in names:
        page = SMALL[name](rng, page)
    return names, page


def _hints(rng: random.Random) -> Hints:
    dated = rng.random() < 0.3
    return Hints(
        source_name=rng.choice((None, "The Outlet", "زمان", "(" * 50)),
        time_zone=rng.choice(_ZONES),
        languages=rng.choice(_LANGUAGES),
        title=rng.choice((None, None, "Shelling hits market", *TITLES)),
        published_at=datetime(rng.randint(1, 9_999), 12, 31, 23, 59, tzinfo=UTC) if dated else None,
        modified_at=datetime(rng.randint(1, 9_999), 1, 1, tzinfo=UTC) if dated else None,
        via=rng.choice((None, "feed", "sitemap", "listing", "manual")),
    )


def _slice(rng: random.Random, page: bytes) -> bytes:
    """Return a piece of a page, mostly with its head and some of its text."""
    size = rng.randint(*_SLICE)
    if rng.random() < 0.5:
        start = rng.randrange(max(len(page) - size, 1))
        return page[start : start + size]
    body = max(page.find(b"<p"), 0)
    return page[: size // 3] + b"</script></style></head><body>" + page[body : body + size]
