"""The database derived anew from WARC files and the custody log; see `archive.rebuilding.engine`."""
