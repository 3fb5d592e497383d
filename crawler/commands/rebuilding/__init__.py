"""What `archive rebuild` asks of the crawler."""
