"""From the bytes of a feed, sitemap or listing to leads: pure functions, no Scrapy, no SQLite, no network."""
