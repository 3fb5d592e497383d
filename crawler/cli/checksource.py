"""Stands for `scrapy checksource`."""

from crawler.standin import Standin


class Command(Standin):
    """Check a source."""

    summary = "Try a source's robots.txt, feeds, sitemaps, listings and five reports"
