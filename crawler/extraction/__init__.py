"""From the bytes of a page to its report: pure functions, no Scrapy, no SQLite, no network, no clock."""
