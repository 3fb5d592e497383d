"""Sites that refuse, ask for time, drip or explode, each under a public name of its own; and a crawl of them all.

`python -m tests.sites.rude FOLDER NOW HOST_MAP SOURCE...` crawls sources side by side in one process.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from crawler.run import Workshop
from crawler.spiders.loader import CatalogueSpiderLoader
from tests.sites.awkward import Answer, Page, Site, report, rss
from tests.sites.crawling import ROOT

CHALLENGE = (
    b"<!doctype html><html lang=en><head><title>Just a moment...</title></head><body>"
    b"<noscript>Enable JavaScript and cookies to continue</noscript><script>window._cf_chl_opt = {};</script></body></html>"
)
SHELL = b'<!doctype html><html><head><title>News</title></head><body><div id=root></div><script src="/app.js"></script></body></html>'


def in_turn(*answers: Answer) -> Callable[[], Answer]:
    """Return a page that gives these answers one after the other, and then the last one for ever."""
    turns = count()
    return lambda: answers[min(next(turns), len(answers) - 1)]


def refusing(status: int, retry_after: str | None = None) -> Answer:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Answer(b"<h1>No</h1>", status, headers=headers)


def outlet(name: str, reports: int = 3, *, robots: str = "", **pages: Page) -> Site:
    """Return a site at `name`.example with a feed of reports; `pages`: what a path (without /) gives instead."""
    urls = [f"/news/{number}" for number in range(1, reports + 1)]
    made: dict[str, Page] = {url: Answer(report(f"Village {url[6:]} of {name}")) for url in urls}
    made["/robots.txt"] = Answer(f"User-agent: *\n{robots}\n".encode(), content_type="text/plain")
    made["/feed.xml"] = rss(*((f"http://{name}.example{url}", None) for url in urls))
    return Site(made | {"/" + path: page for path, page in pages.items()})


class _Drip(StreamRequestHandler):
    """Has no robots.txt, answers /headers with headers that never end, and all else with a body that doesn't."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, DrippingServer)
        path = self.rfile.readline().split(b" ")[1]
        start = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        with contextlib.suppress(OSError):
            if path == b"/robots.txt":
                self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            self.wfile.write(start if path == b"/headers" else start + b"\r\n<p>")
            while not server.stopping.wait(0.05):
                self.wfile.write(b"x")


class DrippingServer(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Drip)
        self.stopping = Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def dripping() -> Iterator[DrippingServer]:
    server = DrippingServer()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def crawl(folder: Path, now: str, host_map: dict[str, str], *source_ids: str) -> float:
    """Crawl sources of `folder` side by side at the instant `now`; return when that began (time.monotonic)."""
    command = [sys.executable, "-m", "tests.sites.rude", str(folder), now, json.dumps(host_map), *source_ids]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return began


def main(folder: Path, now: str, host_map: str, *source_ids: str) -> None:
    settings = get_project_settings()
    settings.setmodule("crawler.settings")
    given = {
        "SOURCES_DIR": str(folder), "ARCHIVE_DB": str(folder / "archive.db"), "NOW": now, "HOST_MAP": host_map,
        "EXTRACTION_WORKERS": 1, "DOWNLOAD_TIMEOUT": 2, "RETRY_TIMES": 1, "RETRY_AFTER_MAX_WAIT": 5,
        "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    settings.setdict(given, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    loader = CatalogueSpiderLoader.from_settings(settings)
    workshop = Workshop.from_settings(settings)
    for source_id in source_ids:
        crawler = process.create_crawler(loader.spider(source_id))
        crawler.workshop = workshop  # type: ignore[attr-defined]
        process.crawl(crawler)
    process.start()
    workshop.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
