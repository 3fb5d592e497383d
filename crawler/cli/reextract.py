"""Stands for `scrapy reextract`."""

from crawler.standin import Standin


class Command(Standin):
    """Extract the stored captures anew."""

    summary = "Extract the archive's captures anew, and correct its reports"
