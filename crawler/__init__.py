"""The Scrapy project: from a source's name to a stored report."""
