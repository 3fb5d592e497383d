"""Reads the feeds and sitemaps of other parsers' published tests, and says what ours makes of them.

    python bench/wild.py [--cache FOLDER] [--verbose] [PACKAGE ...]

Downloads source distributions with pip, takes every file of their tests that looks like a feed or a sitemap,
and reads it with our parsers and, for comparison, with feedparser. Ends with status 1 if one of our parsers
raised anything but a DiscoveryError, or took more than a second.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import feedparser

from crawler.discovery.feeds import parse_feed
from crawler.discovery.links import web_url
from crawler.discovery.sitemaps import parse_sitemap
from crawler.errors import DiscoveryError

PACKAGES = ("feedparser", "trafilatura", "podcastparser", "reader")  # those whose tests carry files
_URL = "http://wild.example/a/b"  # where each file is said to come from
_SLOW = 1.0  # seconds
_MAX_BYTES = 20 * 2**20
_ENDINGS = frozenset({".xml", ".rss", ".rss2", ".atom", ".rdf", ".cdf", ".gz", ".z", ".feed"})
_FEED = re.compile(rb"<\W?(?:[\w-]+:)?(?:rss|rdf|feed|channel)\b", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:[\w-]+:)?(?:urlset|sitemapindex)\b", re.IGNORECASE)
_HEADER = re.compile(rb"^\s*Header:\s*Content-type:[ \t]*(\S[^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of a package's tests; content_type: of the HTTP header that its comment asks for."""

    name: str
    payload: bytes
    is_sitemap: bool
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one file.

    urls: the addresses that we found; theirs: those that feedparser found, None for a sitemap. refusal: the
    sentence of our DiscoveryError; crash: any other exception, which there must not be.
    """

    name: str
    is_sitemap: bool
    seconds: float
    urls: tuple[str, ...] = ()
    theirs: tuple[str, ...] | None = None
    broken: str | None = None
    refusal: str | None = None
    crash: str | None = None

    @property
    def verdict(self) -> str:
        """Return the row of the table that it belongs to."""
        if self.crash:
            return "CRASHED"
        missing = set(self.theirs or ()) - set(self.urls)
        if self.refusal:
            return (
                "refused, and feedparser finds links in it" if missing else "refused, and no links are lost"
            )
        if missing:
            return "read, but feedparser finds other links"
        return "read as far as it is not broken" if self.broken else "read"


def download(package: str, folder: Path) -> Path:
    """Return the newest source distribution of a package in `folder`, fetched with pip if there is none."""
    pattern = f"{package.replace('-', '[-_]')}-[0-9]*.tar.gz"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", str(folder), package], check=True)
    return max(folder.glob(pattern))


def samples(sdist: Path) -> Iterator[Sample]:
    """Yield the files of a source distribution's tests that look like feeds and sitemaps."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            in_tests = any(part.startswith("test") for part in path.parts[:-1])
            if not (in_tests and member.isfile() and member.size <= _MAX_BYTES):
                continue
            file = archive.extractfile(member)
            payload = file.read() if file else b""
            if _is_sample(path, payload):
                header = _HEADER.search(payload[:2_000])
                yield Sample(
                    name="/".join(path.parts),
                    payload=payload,
                    is_sitemap="sitemap" in path.name or bool(_SITEMAP.search(payload[:4_000])),
                    content_type=header[1].decode("latin-1").strip() if header else None,
                )


def _is_sample(path: PurePosixPath, payload: bytes) -> bool:
    if path.suffix.lower() in _ENDINGS:
        return True
    begins = payload[:4_000].replace(b"\x00", b"")  # of a file in UTF-16 or UTF-32
    return path.suffix != ".py" and bool(_FEED.search(begins) or _SITEMAP.search(begins))


def read(sample: Sample) -> Reading:
    """Read a file with the parser that it is for."""
    parse = parse_sitemap if sample.is_sitemap else parse_feed
    urls: tuple[str, ...] = ()
    broken = refusal = crash = None
    began = time.perf_counter()
    try:
        page = parse(sample.payload, _URL, sample.content_type)
        urls, broken = tuple(lead.url for lead in page.leads), page.broken
        urls += tuple(child.url for child in getattr(page, "children", ()))
    except DiscoveryError as error:
        refusal = str(error)
    except Exception as error:  # noqa: BLE001 - this is what the benchmark looks for
        crash = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - began
    theirs = None if sample.is_sitemap else _by_feedparser(sample)
    return Reading(sample.name, sample.is_sitemap, seconds, urls, theirs, broken, refusal, crash)


def _by_feedparser(sample: Sample) -> tuple[str, ...]:
    """Return the web addresses that feedparser finds for entries."""
    headers = {"content-location": _URL, "content-type": sample.content_type or "application/xml"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = feedparser.parse(sample.payload, response_headers=headers)
    links = (entry.get("feedburner_origlink") or entry.get("link", "") for entry in found["entries"])
    return tuple(url for link in links if (url := web_url(link, _URL, absolute_only=True)))


def reason(sentence: str) -> str:
    """Return a refusal without what differs from file to file."""
    return re.sub(r"\d[\d,]*|line \d+|'[^']*'", "…", sentence.removeprefix(_URL).strip())


def report(readings: Sequence[Reading], *, verbose: bool) -> str:
    """Return the tables: what became of the files, why some were refused, and what was slow."""
    lines = [f"{len(readings)} files"]
    lines += _table("verdict", Counter(reading.verdict for reading in readings))
    refused = [reading for reading in readings if reading.refusal]
    lines += _table("refused because it", Counter(reason(reading.refusal or "") for reading in refused))
    if readings:
        slowest = max(readings, key=lambda reading: reading.seconds)
        lines += ["", f"slowest: {slowest.seconds * 1000:.0f} ms for {slowest.name}"]
    noted = [reading for reading in readings if verbose and reading.verdict != "read"]
    for reading in [reading for reading in readings if reading.crash and not verbose] + noted:
        what = reading.crash or reading.refusal or reading.broken or ""
        lines += ["", f"{reading.name}: {reading.verdict}", f"    {what}".rstrip()]
        if set(reading.theirs or ()) - set(reading.urls):
            lines += [f"    ours: {reading.urls}", f"    feedparser's: {reading.theirs}"]
    return "\n".join(lines)


def _table(title: str, counts: Counter[str]) -> list[str]:
    return ["", title] + [f"{count:>7}  {words}" for words, count in counts.most_common()]


def main(arguments: list[str]) -> int:
    """Read everything and print; 1 if a parser crashed or was slow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="on PyPI, instead of the usual ones")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="keep downloads there, and use what is there"
    )
    parser.add_argument("--verbose", action="store_true", help="list each file that is not simply read")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-wild-") as temporary:
        folder = given.cache or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        readings = []
        for package in given.packages or PACKAGES:
            found = [read(sample) for sample in samples(download(package, folder))]
            print(f"{package}: {len(found)} files", flush=True)
            readings += found
    print(report(readings, verbose=given.verbose))
    return 1 if any(reading.crash or reading.seconds > _SLOW for reading in readings) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
