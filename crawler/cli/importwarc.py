"""Stands for `scrapy importwarc`."""

from crawler.standin import Standin


class Command(Standin):
    """Import the pages of WARC and WACZ files of other programs."""

    summary = "Take in the pages of WARC and WACZ files (CC-NEWS and others)"
