"""Commands of our own, as `scrapy NAME`."""
