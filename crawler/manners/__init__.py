"""How to behave at somebody else's site: pure rules, which know neither Scrapy nor the archive."""
