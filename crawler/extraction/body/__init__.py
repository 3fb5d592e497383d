"""The report's text: which blocks of a page are it."""
