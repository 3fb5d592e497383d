"""Makes one spider a catalogue entry, so that `scrapy list` and `scrapy crawl NAME` just work."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from scrapy import Request, Spider
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from crawler.errors import CatalogueError, UnknownSource
from crawler.sources.loader import CATALOGUE_DIR, Catalogue, load_catalogue
from crawler.spiders.news import NewsSpider, spider_for


class UnknownSpider(UsageError, KeyError):
    """No source has that name: one sentence on the command line, a KeyError for Scrapy's own callers."""


class CatalogueSpiderLoader:
    """Scrapy's SPIDER_LOADER_CLASS; reads the catalogue when it's first asked."""

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._catalogue: Catalogue | None = None

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Make the loader, without reading anything yet."""
        return cls(settings)

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider of a source, by its id or alias; raises UnknownSpider."""
        try:
            return self.spider(spider_name)
        except UnknownSource as error:
            raise UnknownSpider(str(error), print_help=False) from None

    def spider(self, name: str) -> type[NewsSpider]:
        """Return the spider of a source; raises UnknownSource."""
        return spider_for(self.catalogue().get(name))

    def list(self) -> list[str]:
        """Return the ids of all sources."""
        return [*self.catalogue().names()]

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]
        """Return the source whose report or site `request` asks for."""
        entry = self.catalogue().for_url(request.url)
        return [entry.id] if entry else []

    def catalogue(self) -> Catalogue:
        """Return the catalogue; a broken file ends the command with one sentence (UsageError)."""
        if self._catalogue is None:
            try:
                self._catalogue = load_catalogue(catalogue_folders(self._settings))
            except CatalogueError as error:
                raise UsageError(str(error), print_help=False) from None
        return self._catalogue


def catalogue_folders(settings: BaseSettings) -> tuple[Path, ...]:
    """Return the folders that hold TOML files: our own, then those of the setting SOURCES_DIR."""
    own = settings.get("SOURCES_DIR") or ""
    return (CATALOGUE_DIR, *(Path(part) for part in own.split(":") if part))
