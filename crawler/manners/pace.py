"""How long to wait between two requests to a host."""

from __future__ import annotations

import math
from collections.abc import Callable


def asked_delay(crawl_delay: float | None, request_rate: tuple[int, int] | None) -> float:
    """Return the seconds between two requests that a robots.txt asks for; 0 if it asks for none.

    crawl_delay: seconds. request_rate: so many requests in so many seconds; whatever time of day it is said
    for, it's kept all day. Of the two the slower one counts.
    """
    delays = [0.0]
    if crawl_delay is not None and math.isfinite(crawl_delay):
        delays.append(crawl_delay)
    if request_rate is not None and request_rate[0] > 0:
        requests, seconds = request_rate
        delays.append(seconds / requests)
    return max(delays)


def lengthened(delay: float, jitter: float, random: Callable[[], float]) -> float:
    """Return a delay (seconds) made longer by up to the share `jitter` of it, never shorter.

    random: gives a number from 0 to 1. Jitter keeps the crawls of many sources from falling into step; one
    that could shorten would break the delay that a site asks for.
    """
    return delay * (1 + jitter * random())
