"""Stands for `scrapy crawl`."""

from crawler.standin import Standin


class Command(Standin):
    """Crawl one source of the catalogue."""

    summary = "Crawl a source into the archive"
