"""What a response, or the lack of one, means for a lead: its outcome, with a sentence for the user."""

from __future__ import annotations

from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from archive.models import Outcome
from crawler.middlewares.backoff import BLOCK
from crawler.middlewares.capture import reason_phrase
from crawler.middlewares.guard import LoginWall, Refused
from crawler.middlewares.pace import LeftAlone
from crawler.middlewares.redirects import LeadsToKnown
from crawler.middlewares.robots import RobotsForbids, RobotsUnavailable

_GONE = frozenset({404, 410})
_BLOCKED = frozenset({401, 402, 403, 405, 406, 407, 429, 451})
_OUTCOMES: tuple[tuple[type[Exception], Outcome], ...] = (
    (LeadsToKnown, Outcome.DUPLICATE),
    (RobotsForbids, Outcome.ROBOTS),
    (RobotsUnavailable, Outcome.FAILED),
    (LoginWall, Outcome.BLOCKED),
    (LeftAlone, Outcome.BLOCKED),
)
_IN_WORDS: dict[type[Exception], str] = {
    DownloadCancelledError: "the answer is larger than allowed (the setting DOWNLOAD_MAXSIZE)",
    DownloadTimeoutError: "the server did not answer in time",
    DownloadConnectionRefusedError: "the server refuses connections",
    ResponseDataLossError: "the answer broke off before its end",
}


def of_status(status: int) -> tuple[Outcome | None, str | None]:
    """Return why a response with this status is no report, and the sentence; (None, None) if it may be."""
    if 200 <= status < 300:
        return None, None
    sentence = f"HTTP {status} {reason_phrase(status)}".rstrip()
    if status in _GONE:
        return Outcome.GONE, sentence
    if status in _BLOCKED:
        return Outcome.BLOCKED, sentence
    return Outcome.FAILED, sentence


def of_response(response: Response) -> tuple[Outcome | None, str | None]:
    """Return why a response is no report, and the sentence; (None, None) if it may be.

    What the site answers instead of a report (a challenge, a login) was recognised on the way here.
    """
    block = response.meta.get(BLOCK)
    return (Outcome.BLOCKED, str(block)) if block else of_status(response.status)


def of_failure(error: BaseException | None) -> tuple[Outcome, str]:
    """Return the outcome of a request that got no response, and the sentence."""
    known = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), None)
    if known is not None:
        return known, str(error)
    if isinstance(error, Refused):
        return Outcome.NOT_ARTICLE, f"refused: {error}"
    if isinstance(error, IgnoreRequest):
        if "max redirections" in str(error):  # Scrapy has no class of its own for it
            return Outcome.FAILED, "it redirects too often"
        return Outcome.NOT_ARTICLE, f"ignored: {error}"
    words = next((words for kind, words in _IN_WORDS.items() if isinstance(error, kind)), None)
    return Outcome.FAILED, words or f"{type(error).__name__}: {error}".rstrip(": ")


def header(response: Response, name: str) -> str | None:
    """Return a response header as text, None if it's absent."""
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")
