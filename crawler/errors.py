"""Everything that the crawler raises on purpose.

CrawlerError
├── CatalogueError      a source's TOML file is broken: names the file, the key and what is allowed
├── UnknownSource       no catalogue entry has that name
├── BadOption           a `-a name=value` of a spider or an option of a command can't be used
├── SourceLocked        (crawler.locks) another process is crawling the source
├── DiscoveryError      a feed, sitemap or listing can't be read
├── ExtractionError     the extraction of a page was given up (time, memory, a crashed worker)
└── PackedTooWell       a page's body would unpack to more than is allowed

Each message is one sentence that says what is wrong and where, fit to be shown to a user as it is.
"""


class CrawlerError(Exception):
    """The root: catch this to catch whatever the crawler says is wrong."""


class CatalogueError(CrawlerError):
    """A source's TOML file can't be used."""


class UnknownSource(CrawlerError, KeyError):
    """No catalogue entry has that name (a KeyError too: Scrapy's spider loader expects one)."""

    def __str__(self) -> str:
        """Return the sentence as it was given (KeyError would put it in quotes)."""
        return str(self.args[0])


class BadOption(CrawlerError):
    """An option of a spider or a command can't be used as given."""


class DiscoveryError(CrawlerError):
    """A feed, sitemap or listing can't be read."""


class ExtractionError(CrawlerError):
    """The extraction of a page was given up."""


class PackedTooWell(CrawlerError):
    """A body that would unpack to more than is allowed is not unpacked."""
