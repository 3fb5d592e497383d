"""Stands for `scrapy newsource`."""

from crawler.standin import Standin


class Command(Standin):
    """Draft an entry."""

    summary = "Draft a catalogue entry for a site that is in none"
