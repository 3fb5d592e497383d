"""Stands for `scrapy importwarc`."""

from crawler.standin import Standin


class Command(Standin):
    """Import the pages of WARC and WACZ files of other programs."""

    summary = "Import WARC and WACZ files of other programs"
