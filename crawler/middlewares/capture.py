"""Keeps every exchange of a lead as it was received: retries, redirects, errors and the page itself."""

from __future__ import annotations

from http import HTTPStatus

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from archive.clock import Clock
from archive.models import RawResponse
from crawler.clock import clock_from

LEAD = "lead"
CAPTURES = "captures"


class CaptureMiddleware:
    """Stands next to the downloader, where bodies are still content-encoded.

    Requests with a lead in `meta` carry a list from retry to retry and from redirect to redirect (Scrapy
    copies `meta`); each response is appended to it. Feeds, sitemaps, listings and robots.txt have none.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        """Make the middleware; the clock is the run's, once there is one."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Append the exchange to the lead's list."""
        captures = request.meta.get(CAPTURES)
        if captures is not None:
            captures.append(
                RawResponse(
                    url=response.url,
                    status=response.status,
                    reason=reason_phrase(response.status),
                    request_method=request.method,
                    request_headers=_pairs(request.headers),
                    response_headers=_pairs(response.headers),
                    body=response.body,
                    fetched_at=clock_of(self._crawler)(),
                    protocol=response.protocol or "HTTP/1.1",
                    ip_address=str(response.ip_address) if response.ip_address else None,
                )
            )
        return response


def clock_of(crawler: Crawler) -> Clock:
    """Return the clock of the crawler's run; for a spider without a run, the one that the settings ask for."""
    run = getattr(crawler.spider, "run", None)
    clock: Clock = clock_from(crawler.settings["NOW"]) if run is None else run.clock
    return clock


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Return headers one by one. Scrapy has normalised their names' case, and drops hop-by-hop ones."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def reason_phrase(status: int) -> str:
    """Return the standard words for an HTTP status; Scrapy does not keep the server's own."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
