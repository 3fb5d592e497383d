"""What `scrapy extract` does: read saved pages, learn from them, extract them."""
