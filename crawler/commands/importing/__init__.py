"""What `scrapy importwarc` is made of."""
