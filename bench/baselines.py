"""What our crawl is measured against: Scrapy alone, and what a user would write by hand with trafilatura.

    python bench/baselines.py fetch SITEMAP
    python bench/baselines.py handwritten SITEMAP DB

Both obey robots.txt, find the pages in the sitemap, and fetch them with as many connections and as little
delay as ours. The hand-written one extracts in the callback and commits each item, as tutorials have it.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from trafilatura.settings import Document

_SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}
_TABLE = "create table articles (url text primary key, title text, author text, published_at text, body text)"


class FetchSpider(scrapy.Spider):
    """Fetches every page of a sitemap, and does nothing with it."""

    name = "fetch"

    def __init__(self, sitemap: str) -> None:
        super().__init__()
        self._sitemap = sitemap

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask for the sitemap."""
        yield scrapy.Request(self._sitemap, self.parse_sitemap)

    def parse_sitemap(self, response: Response) -> Iterator[scrapy.Request]:
        """Ask for its pages."""
        for url in re.findall(r"<loc>(.*?)</loc>", response.text):
            yield scrapy.Request(url.replace("&amp;", "&"), self.parse)

    def parse(self, response: Response) -> Iterator[dict[str, str | None]]:
        """Count a page."""
        if response.status == 200:
            self.crawler.stats.inc_value("bench/pages")
        yield from ()


class HandwrittenSpider(FetchSpider):
    """Extracts each page in the callback."""

    name = "handwritten"

    def parse(self, response: Response) -> Iterator[dict[str, str | None]]:
        """Yield the page's article."""
        yield from super().parse(response)
        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        if isinstance(found, Document):
            yield {
                "url": response.url,
                "title": found.title,
                "author": found.author,
                "published_at": found.date,
                "body": found.text,
            }


class SqlitePipeline:
    """One insert and one commit an item."""

    def __init__(self, crawler: scrapy.crawler.Crawler) -> None:
        self._path = crawler.settings["DB"]

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler) -> SqlitePipeline:
        """Make the pipeline."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Open the database."""
        self._conn = sqlite3.connect(self._path)
        self._conn.execute(_TABLE)

    def close_spider(self) -> None:
        """Close the database."""
        self._conn.close()

    def process_item(self, item: dict[str, str | None]) -> dict[str, str | None]:
        """Store an item."""
        self._conn.execute("insert into articles values (:url, :title, :author, :published_at, :body)", item)
        self._conn.commit()
        return item


def main(kind: str, sitemap: str, db: str | None = None) -> None:
    """Crawl, and print how many pages were fetched."""
    pipelines = {} if db is None else {"ITEM_PIPELINES": {SqlitePipeline: 100}, "DB": db}
    process = CrawlerProcess(_SETTINGS | pipelines)
    crawler = process.create_crawler({"fetch": FetchSpider, "handwritten": HandwrittenSpider}[kind])
    process.crawl(crawler, sitemap=sitemap)
    process.start()
    print(crawler.stats.get_value("bench/pages", 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
