"""Stands for `scrapy crawlall`."""

from crawler.standin import Standin


class Command(Standin):
    """Crawl all sources, or those that are wanted."""

    summary = "Crawl many sources side by side"
