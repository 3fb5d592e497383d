"""Stands for `scrapy explain`."""

from crawler.standin import Standin


class Command(Standin):
    """Say why the lines of a page are in its report or not."""

    summary = "Say why each line of a page is in its report, or was left out"
