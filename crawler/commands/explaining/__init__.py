"""What `scrapy explain` is made of."""
