"""Copies of an archive, its database and its WARC files, that belong together and are checked; and the way back.

A backup is a folder that is an archive itself: `archive.db`, `warc/`, and `manifest.json`, which says what each file
has to be. `making` writes one beside a crawl at work, `restoring` makes an archive of one again.
"""
