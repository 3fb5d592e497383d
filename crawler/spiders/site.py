"""`scrapy crawl site -a url=https://example.org`: the spider of a site that is in no catalogue."""

from __future__ import annotations

from crawler.discovery.unknown.entries import learn, site_entry
from crawler.discovery.unknown.shapes import shape_rules
from crawler.discovery.unknown.survey import Found
from crawler.errors import BadOption, DiscoveryError
from crawler.sources.model import SourceEntry
from crawler.spiders.news import NewsSpider


class SiteSpider(NewsSpider):
    """Crawls a site by what its own survey finds; which links are reports, their shape says."""

    def __init__(self, **given: str) -> None:
        super().__init__(**given)
        self.rules = shape_rules(self.entry.homepage)

    def surveyed(self, found: Found) -> None:
        """Learn from what the survey saw what the site's reports look like; warn if nothing does."""
        try:
            self.rules = shape_rules(found.homepage, learn(found).induced.pattern)
        except DiscoveryError as error:
            self.logger.warning("%s; what does by its shape is fetched all the same", error)
            return
        self._frontier.rules = self.rules


def site_spider(url: str | None) -> type[SiteSpider]:
    """Return the spider of the site at `url`; raises BadOption where there is none."""
    example = "scrapy crawl site -a url=https://example.org"
    if not url:
        raise BadOption(f"`site` needs the address of a home page: {example}")
    try:
        entry: SourceEntry = site_entry(url)
    except ValueError:
        raise BadOption(f"-a url={url!r} is not an address such as https://example.org") from None
    return type(f"{entry.id}-spider", (SiteSpider,), {"name": entry.id, "entry": entry})
