"""The archive: one SQLite file of conflict reports, written by one module and read by many."""

__version__ = "0.1.0"
