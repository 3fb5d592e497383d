"""Stands for `scrapy extract`."""

from crawler.standin import Standin


class Command(Standin):
    """Extract saved pages."""

    summary = "Extract the reports of saved pages"
