"""What `scrapy crawl` and `scrapy crawlall` are made of."""
