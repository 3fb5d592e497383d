"""Measures `archive compact`: the size of packs next to WARC.gz, what they cost, and which bodies zlib packs again.

    python bench/compact.py [PAGES.jsonl] [--days N] [--a-day N] [--nginx PROGRAM]

A month of one site of generated pages, a WARC file a day, is written by the archive's own writer and made a pack: once
with pages that have nothing in common but their markup (`generate.py` as it is), once with the navigation, footer and
scripts of one page on all of them, as a real site has. Each with bodies that came gzipped and that came plain. PAGES.jsonl
(see bench/README.md): the pages of each host with four or more are a month of a site too; and where a line has `date`,
pairs of pages of a host are packed by the age of the one that is the dictionary. Times are those of the processor, as
ratios to gzip level 6 of the same records.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.evidence import dictionaries
from archive.evidence.opening import warc_names
from archive.evidence.packing import Made, write_pack
from archive.evidence.packs import Pack
from archive.evidence.reading import content, read_response
from archive.evidence.recoding import undo
from archive.evidence.warc import WarcFile
from archive.models import RawResponse, StoredCapture
from bench.generate import generate_page

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_FIRST = datetime(2026, 1, 1, 6, tzinfo=UTC)
_MIN_PAGES = 4
_COMMON = re.compile(rb'<nav class="main-navigation">.*?</nav>|<footer.*?</html>', re.DOTALL)
_AGES = (
    (1, "up to a day"),
    (30, "2 to 30 days"),
    (180, "31 to 180 days"),
    (400, "to a year"),
    (10**6, "older"),
)
Days = Sequence[Sequence[tuple[str, bytes]]]  # for each day its pages: address and HTML


@dataclass(frozen=True, slots=True)
class Measured:
    """One month: its pages, bytes, and processor seconds of what was timed."""

    pages: int
    made: Made
    gzip_seconds: float
    write_seconds: float
    compact_seconds: float
    read_gz: float
    read_pack: float

    def line(self) -> str:
        """Return its line of the table."""
        per, done = self.pages, self.made
        return (
            f"{per:>6}{done.before // per:>11,}{done.after // per:>9,}{done.after / done.before:>8.3f}"
            f"{self.write_seconds / self.gzip_seconds:>9.2f}{self.compact_seconds / self.gzip_seconds:>9.2f}"
            f"{self.read_pack / self.read_gz:>8.2f}"
        )


def measure(days: Days, *, is_packed: bool) -> Measured:
    """Write a month as WARC.gz, make it a pack, and read both. is_packed: the bodies come gzipped."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "warc"
        captures = _written(folder, days, is_packed=is_packed)
        names = warc_names(folder)
        read_gz = _timed(lambda: _read(folder, captures))
        target = folder / names[0].replace(".warc.gz", ".warc.zst")
        begin = time.process_time()
        made = write_pack(folder, names, target)
        compact_seconds = time.process_time() - begin
        gzip_seconds, write_seconds = _packing(target)
        for name in names:
            (folder / name).unlink()
        read_pack = _timed(lambda: _read(folder, captures))
    return Measured(len(captures), made, gzip_seconds, write_seconds, compact_seconds, read_gz, read_pack)


def _written(folder: Path, days: Days, *, is_packed: bool) -> list[StoredCapture]:
    captures = []
    for number, pages in enumerate(days):
        at = _FIRST + timedelta(days=number)
        file = WarcFile(folder, "site", at)
        for url, html in pages:
            body = gzip.compress(html, 6, mtime=0) if is_packed else html
            encoding = (("Content-Encoding", "gzip"),) if is_packed else ()
            headers = (
                ("Content-Type", "text/html; charset=utf-8"),
                *encoding,
                ("Content-Length", str(len(body))),
            )
            captures.append(
                file.add(RawResponse(url, 200, "OK", "GET", (("User-Agent", "bench"),), headers, body, at))
            )
        file.close()
    return captures


def _packing(path: Path) -> tuple[float, float]:
    """Return the seconds that gzip takes for the records of a pack, and zstd with the pack's dictionary."""
    pack = Pack(path)
    with path.open("rb") as file:
        records = [pack.kept(file, packed) for held in pack.files.values() for packed in held.records]

    def with_dictionary() -> None:
        known = zstd.ZstdDict(pack.dictionary).as_digested_dict if pack.dictionary else None
        for record in records:
            packer = zstd.ZstdCompressor(dictionaries.LEVEL, zstd_dict=known)
            packer.compress(record, packer.FLUSH_FRAME)

    return _timed(lambda: [gzip.compress(record, 6) for record in records]), _timed(with_dictionary)


def _read(folder: Path, captures: Sequence[StoredCapture]) -> None:
    for capture in captures:
        content(read_response(folder, capture.warc_file, capture.warc_offset, capture.payload_sha256))


def _timed(job: Callable[[], object]) -> float:
    begin = time.process_time()
    job()
    return time.process_time() - begin


# -- pages ------------------------------------------------------------------------------------------------------------


def generated(days: int, a_day: int, *, common: bool) -> Days:
    """Return a month of generated pages; common: all of them have the first one's navigation, footer and scripts."""
    kept = _COMMON.findall(generate_page(0).html)

    def html(number: int) -> bytes:
        parts = iter(kept)
        page = generate_page(number).html
        return _COMMON.sub(lambda _: next(parts), page) if common else page

    return [
        [
            (f"https://observer.example/{number}", html(number))
            for number in range(day * a_day, (day + 1) * a_day)
        ]
        for day in range(days)
    ]


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved page; date: when it was published, where that is known."""

    url: str
    html: bytes
    kind: str
    date: datetime | None

    @property
    def host(self) -> str:
        """Return the URL's host, without "www."."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def read_saved(path: Path) -> list[Saved]:
    """Return the pages that a file lists."""
    pages = []
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            data = (path.parent / row["path"]).read_bytes()
            html = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
            pages.append(
                Saved(row["url"], html, str(row.get("set")), _date(row.get("date") or row.get("crawled")))
            )
    return pages


def _date(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def by_age(pages: Sequence[Saved]) -> dict[str, list[float]]:
    """Return for pairs of a host's pages, by how long one is after the other: its size by that dictionary, to gzip's."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    sites: defaultdict[str, list[Saved]] = defaultdict(list)
    for page in pages:
        if page.date is not None:
            sites[page.host].append(page)
    for site in sites.values():
        for key in site:
            known = zstd.ZstdDict(key.html, is_raw=True).as_digested_dict
            for page in site:
                if page is key or page.date is None or key.date is None or page.date < key.date:
                    continue
                days = (page.date - key.date).total_seconds() / 86400
                packer = zstd.ZstdCompressor(dictionaries.LEVEL, zstd_dict=known)
                size = len(packer.compress(page.html, packer.FLUSH_FRAME))
                name = next(name for most, name in _AGES if days <= most)
                found[name].append(size / len(gzip.compress(page.html, 6)))
    return found


def trained(pages: Sequence[bytes]) -> float:
    """Return the size of a host's pages by a dictionary that zstd trained on a third of them, to that by gzip."""
    taught, rest = pages[::3], [page for number, page in enumerate(pages) if number % 3]
    known = zstd.train_dict(list(taught) * 4, 112_640).as_digested_dict
    packed = 0
    for page in rest:
        packer = zstd.ZstdCompressor(dictionaries.LEVEL, zstd_dict=known)
        packed += len(packer.compress(page, packer.FLUSH_FRAME))
    return packed / sum(len(gzip.compress(page, 6)) for page in rest)


# -- what servers send -----------------------------------------------------------------------------------------------


def _deflated(page: bytes, level: int, memory: int, flush: int = 0) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, 31, memory)
    if not flush:
        return packer.compress(page) + packer.flush()
    made = [
        packer.compress(page[at : at + flush]) + packer.flush(zlib.Z_SYNC_FLUSH)
        for at in range(0, len(page), flush)
    ]
    return b"".join([*made, packer.flush()])


def _unlike(page: bytes) -> bytes:
    """Return what a packer that is not zlib makes: here Intel's, where it's installed."""
    try:
        from isal import isal_zlib  # noqa: PLC0415 - not on every machine
    except ImportError:
        return b""
    packer = isal_zlib.compressobj(2, wbits=31)
    return bytes(packer.compress(page) + packer.flush())


_SERVERS: dict[str, Callable[[bytes], bytes]] = {
    "nginx's default (level 1)": lambda page: _deflated(page, 1, 8),
    "nginx, level 5": lambda page: _deflated(page, 5, 8),
    "nginx, level 6, a flush each 8 KB": lambda page: _deflated(page, 6, 8, 8192),
    "Apache's default (level 6)": lambda page: _deflated(page, 6, 9),
    "Apache, a flush each 8,000 bytes": lambda page: _deflated(page, 6, 9, 8000),
    "level 9": lambda page: _deflated(page, 9, 9),
    "not zlib (ISA-L)": _unlike,
}


def redone(pages: Sequence[bytes]) -> dict[str, float]:
    """Return for each server the share of bodies that are unpacked and packed again, bit for bit."""
    return {
        name: sum(undo(pack(page)) is not None for page in pages) / len(pages)
        for name, pack in _SERVERS.items()
    }


_CONF = """
daemon off; pid {home}/pid; error_log {home}/error.log; worker_processes 1; events {{ }}
http {{ access_log off; types {{ text/html html; }} gzip on; gzip_min_length 1; gzip_http_version 1.0;
  client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c; uwsgi_temp_path {home}/d;
  scgi_temp_path {home}/e;
  server {{ listen 127.0.0.1:{front}; root {home}/pages; {levels}
    location /proxied/ {{ gzip_proxied any; proxy_pass http://127.0.0.1:{front}/plain/; }}
    location /live/ {{ gzip_proxied any; proxy_buffering off; proxy_pass http://127.0.0.1:{front}/plain/; }}
    location /plain/ {{ gzip off; alias {home}/pages/; }} }} }}
"""


def redone_of_nginx(program: str, pages: Sequence[bytes], port: int = 18_481) -> dict[str, float]:
    """Return the same of what nginx itself sends: from files at each level, and from behind a proxy."""
    with tempfile.TemporaryDirectory() as home, _nginx(program, Path(home), pages, port):
        found = {}
        for place in (*(f"level{level}" for level in range(1, 10)), "proxied", "live"):
            bodies = [
                _fetched(f"http://127.0.0.1:{port}/{place}/{number}.html") for number in range(len(pages))
            ]
            found[place] = sum(undo(body) is not None for body in bodies) / len(bodies)
    return found


@contextmanager
def _nginx(program: str, home: Path, pages: Sequence[bytes], port: int) -> Iterator[None]:
    (home / "pages").mkdir()
    for number, page in enumerate(pages):
        (home / f"pages/{number}.html").write_bytes(page)
    levels = " ".join(
        f"location /level{level}/ {{ gzip_comp_level {level}; alias {home}/pages/; }}"
        for level in range(1, 10)
    )
    home.chmod(0o755)
    (home / "conf").write_text(_CONF.format(home=home, front=port, levels=levels))
    server = subprocess.Popen([program, "-c", str(home / "conf"), "-p", str(home)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def _fetched(url: str) -> bytes:
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
        if answer.headers["Content-Encoding"] != "gzip":
            raise ValueError(f"{url} was not sent gzipped")
        return bytes(answer.read())


# -- the tables ---------------------------------------------------------------------------------------------------------


_HEAD = f"{'':<42}{'pages':>6}{'.gz/page':>11}{'packed':>9}{'ratio':>8}{'write':>9}{'all':>9}{'read':>8}"


def _print_months(options: argparse.Namespace) -> None:
    print(
        "Sizes in bytes a page; write, all (checks included) and read as ratios of processor time, to gzip and WARC.gz"
    )
    print(_HEAD)
    for common in (True, False):
        days = generated(options.days, options.a_day, common=common)
        for is_packed in (True, False):
            name = f"generated, {'one layout' if common else 'as they are'}, {'gzipped' if is_packed else 'plain'}"
            print(f"{name:<42}{measure(days, is_packed=is_packed).line()}", flush=True)


def _print_saved(pages: Sequence[Saved]) -> None:
    sites: defaultdict[tuple[str, str], list[Saved]] = defaultdict(list)
    for page in pages:
        sites[page.kind, page.host].append(page)
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    for (kind, host), site in sorted(sites.items()):
        if len(site) < _MIN_PAGES:
            continue
        measured = measure([[(page.url, page.html) for page in site]], is_packed=True)
        by_training = trained([page.html for page in site])
        ratios[kind].append(measured.made.after / measured.made.before)
        print(f"{f'{kind} {host}, gzipped':<42}{measured.line()}   trained {by_training:.3f}", flush=True)
    for kind, found in ratios.items():
        print(
            f"{kind}: median {statistics.median(found):.3f} of WARC.gz, {len(found)} hosts, the dictionary included"
        )
    print(
        "\nA page by one dictionary page of its host, by the age of that page (to gzip, the dictionary not counted)"
    )
    ages = by_age(pages)
    for _, name in _AGES:
        if ages.get(name):
            print(f"  {name:<16}{len(ages[name]):>5} pairs, median {statistics.median(ages[name]):.3f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure archive compact.")
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--a-day", type=int, default=6)
    parser.add_argument("--nginx", metavar="PROGRAM", help="also ask nginx itself, such as /usr/sbin/nginx")
    options = parser.parse_args()
    _print_months(options)
    saved = read_saved(options.pages) if options.pages else []
    if saved:
        _print_saved(saved)
    sample = [page.html for page in saved[::10]] or [generate_page(number).html for number in range(6)]
    print(f"\nBodies that are packed again bit for bit, of {len(sample)} pages")
    for name, share in redone(sample).items():
        print(f"  {name:<40}{share:>6.0%}")
    if options.nginx:
        for name, share in redone_of_nginx(options.nginx, sample).items():
            print(f"  {'nginx itself, ' + name:<40}{share:>6.0%}")


if __name__ == "__main__":
    main()
