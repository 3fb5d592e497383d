"""What a catalogue entry may say. The key names below are the keys of `crawler/sources/*.toml`."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from archive.models import Source

_HTTP = re.compile(r"^https?://[^\s/]+")


class SourceEntry(BaseModel):
    """One source of the catalogue: who publishes, where reports are found, what their addresses look like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the spider's name, and the file's")
    aliases: tuple[str, ...] = Field(
        default=(), description="other names under which `scrapy crawl` knows it"
    )
    name: str = Field(min_length=1, description="the outlet's name")
    homepage: str = Field(description="where a reader would begin")
    languages: tuple[str, ...] = Field(min_length=1, description="ISO 639-1 codes, the main one first")
    conflict: str = Field(min_length=1, description="the conflict or region that it reports on")
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2 code of where it is made")
    kind: str = Field(min_length=1, description="independent, state media, monitor, wire ...")
    feeds: tuple[str, ...] = Field(default=(), description="RSS and Atom addresses")
    sitemaps: tuple[str, ...] = Field(default=(), description="sitemap and sitemap index addresses")
    listings: tuple[str, ...] = Field(
        default=(), description="listing pages, newest first; {page} is replaced by 1, 2, 3 ..."
    )
    max_pages: int = Field(default=5, ge=1, le=10_000, description="listing pages walked in one run, at most")
    article_pattern: str = Field(description="a regular expression that every article's address matches")
    deny: tuple[str, ...] = Field(default=(), description="regular expressions of addresses never to fetch")
    time_zone: str | None = Field(default=None, description="IANA zone of dates that come without an offset")
    delay: float = Field(default=2.0, ge=0, le=600, description="seconds between two requests, jittered")
    verified: bool = Field(
        default=False, description="true once `scrapy checksource` passed on the live site"
    )
    private: bool = Field(default=False, description="may be at a private or loopback address")
    examples: tuple[str, ...] = Field(default=(), description="article addresses that the pattern must match")
    notes: str = Field(default="", description="what a user of its reports should know")

    @field_validator("article_pattern", "deny")
    @classmethod
    def _compiles(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for pattern in (value,) if isinstance(value, str) else value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return value

    @field_validator("homepage", "feeds", "sitemaps", "listings", "examples")
    @classmethod
    def _is_http(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for url in (value,) if isinstance(value, str) else value:
            if not _HTTP.match(url):
                raise ValueError(f"{url!r} is not an address that begins with http:// or https://")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is not an IANA time zone such as Asia/Damascus") from None
        return value

    def record(self) -> Source:
        """Return the entry as the archive's `sources` row."""
        return Source(
            id=self.id,
            name=self.name,
            homepage=self.homepage,
            languages=self.languages,
            conflict=self.conflict,
            country=self.country,
            kind=self.kind,
            time_zone=self.time_zone,
        )
