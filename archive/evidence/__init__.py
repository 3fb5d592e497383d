"""What proves that a capture is what a site sent: the WARC files."""
