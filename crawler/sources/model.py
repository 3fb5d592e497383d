"""What a catalogue entry may say. The key names below are the keys of `crawler/sources/*.toml`."""

from __future__ import annotations

import re
import warnings
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from archive.models import Source
from archive.tables.revisits import USUAL_AGES, read_ages
from archive.urls import bare_host, canonical_url, url_key

_HTTP = re.compile(r"https?://[^\s/]\S*")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class SourceEntry(BaseModel):
    """One source of the catalogue: who publishes, where reports are found, what their addresses look like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the spider's name, and the file's")
    aliases: tuple[str, ...] = Field(
        default=(), description="other names under which `scrapy crawl` knows it"
    )
    name: str = Field(min_length=1, description="the outlet's name")
    homepage: str = Field(description="where a reader would begin")
    languages: tuple[Language, ...] = Field(
        min_length=1, description="ISO 639 codes of what the pattern admits, the main one first"
    )
    conflict: str = Field(min_length=1, description="the conflict or region that it reports on")
    country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code of where it is made"
    )
    kind: str = Field(min_length=1, description="independent, state media, monitor, wire ...")
    feeds: tuple[str, ...] = Field(default=(), description="RSS and Atom addresses")
    sitemaps: tuple[str, ...] = Field(default=(), description="sitemap and sitemap index addresses")
    listings: tuple[str, ...] = Field(
        default=(), description="listing pages, newest first; {page} is replaced by 1, 2, 3 ..."
    )
    max_pages: int = Field(
        default=5, ge=1, le=10_000, strict=True, description="listing pages walked in one run, at most"
    )
    article_pattern: str = Field(
        min_length=1, description="a regular expression that every article's address matches"
    )
    deny: tuple[str, ...] = Field(default=(), description="regular expressions of addresses never to fetch")
    domains: tuple[str, ...] = Field(
        default=(), description="other hosts at which the same reports are: mirrors and former names"
    )
    identity: str | None = Field(
        default=None,
        description="a regular expression whose groups, with the host, tell a report from all others of the source; "
        "searched for in the address without https://, www., trackers and final slash",
    )
    time_zone: str | None = Field(default=None, description="IANA zone of dates that come without an offset")
    delay: float = Field(
        default=2.0, ge=0, le=600, strict=True, description="seconds between two requests, jittered"
    )
    hours: str | None = Field(
        default=None,
        pattern=r"^([01]\d|2[0-3])-([01]\d|2[0-4])$",
        description="hours of the day to crawl in, in time_zone (or UTC): 22-06",
    )
    run_budget: int = Field(
        default=5_000, ge=1, strict=True, description="reports fetched in one run, at most"
    )
    day_budget: int = Field(default=20_000, ge=1, strict=True, description="requests in one UTC day, at most")
    revisit: tuple[str, ...] = Field(
        default=USUAL_AGES,
        description="ages at which a report is looked at again, hours or days, the youngest first; [] for never",
    )
    verified: bool = Field(
        default=False, strict=True, description="true once `scrapy checksource` passed on the live site"
    )
    private: bool = Field(default=False, strict=True, description="may be at a private or loopback address")
    examples: tuple[str, ...] = Field(default=(), description="article addresses that the pattern must match")
    notes: str = Field(default="", description="what a user of its reports should know")

    @field_validator("article_pattern", "deny")
    @classmethod
    def _compiles(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for pattern in (value,) if isinstance(value, str) else value:
            _compile(pattern)
        return value

    @field_validator("homepage", "feeds", "sitemaps", "listings", "examples")
    @classmethod
    def _is_http(cls, value: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        for url in (value,) if isinstance(value, str) else value:
            _check_address(url)
            if "{page}" in url and info.field_name != "listings":
                raise ValueError(f"{url!r} has a {{page}}, which only listings may have")
        return value

    @field_validator("examples")
    @classmethod
    def _are_articles(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        pattern, deny = info.data.get("article_pattern"), info.data.get("deny")
        if pattern is None or deny is None:
            return value  # what is wrong with these is said already
        for url in value:
            # The crawler compares canonical addresses; people paste them as the browser shows them.
            for spelling in {url, canonical_url(url)}:
                if not re.search(pattern, spelling):
                    raise ValueError(f"{spelling!r} does not match article_pattern")
                refused = next((rule for rule in deny if re.search(rule, spelling)), None)
                if refused is not None:
                    raise ValueError(f"{spelling!r} is denied by {refused!r}")
        return value

    @field_validator("domains")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        seen = {bare_host(urlsplit(info.data.get("homepage", "")).hostname or "")}
        for domain in value:
            if not _HOST.fullmatch(domain):
                raise ValueError(
                    f"{domain!r} is not a host such as news.example.org, in lower case, without https://"
                )
            if bare_host(domain) in seen:
                raise ValueError(
                    f"{domain!r} is there already: www., m. and amp. need no entry, nor the home page's host"
                )
            seen.add(bare_host(domain))
        return value

    @field_validator("identity")
    @classmethod
    def _has_groups(cls, value: str | None) -> str | None:
        if value is not None:
            _compile(value)
            if re.compile(value).groups == 0:
                raise ValueError(f"{value!r} has no group (...) around what tells a report from the others")
        return value

    @field_validator("revisit")
    @classmethod
    def _are_ages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        read_ages(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones such as "Asia"
            raise ValueError(f"{value!r} is not an IANA time zone such as Asia/Damascus") from None
        return value

    @model_validator(mode="after")
    def _tells_examples_apart(self) -> Self:
        if self.identity is None and not self.domains:
            return self
        identity = self.record().identifier()
        keys: dict[str, str] = {}
        for url in self.examples:
            other = keys.setdefault(identity.key(url), url)
            if url_key(other) != url_key(url):
                raise ValueError(f"key 'identity' or 'domains' makes one report of {other!r} and {url!r}")
        if self.identity and self.examples and not any("#" in key for key in keys):
            raise ValueError(f"key 'identity': {self.identity!r} is found in none of the examples")
        return self

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
            domains=self.domains,
            identity=self.identity,
            revisit=self.revisit,
        )


def _compile(pattern: str) -> None:
    """Raise ValueError for what is no regular expression, or one whose meaning Python will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None


def _check_address(url: str) -> None:
    """Raise ValueError for what is no http(s) address that can be fetched."""
    try:
        parts = urlsplit(url)
        fetchable = bool(_HTTP.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:
        fetchable = False
    if not fetchable:
        raise ValueError(f"{url!r} is not an address that begins with http:// or https://")
