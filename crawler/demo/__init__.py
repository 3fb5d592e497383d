"""The embedded site: our own pages, with invented reports, as awkward as the outlets that the crawler meets."""
