"""What `scrapy reextract` is made of."""
