"""Who is asking: no site is crawled by somebody who can't be written to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from archive import __version__
from crawler.errors import BadOption
from crawler.sources.model import SourceEntry

# What robots.txt files name us by.
PRODUCT = "conflict-archive"
_MOST = 200  # characters
_MAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d{1,5})?(?:/[!-'*-~]*)?")


class Settings(Protocol):
    """The part of Scrapy's settings that is needed here."""

    def __getitem__(self, name: str) -> object:
        """Return a setting's value, None if there is none."""

    def set(self, name: str, value: object, priority: str) -> None:
        """Set a setting."""


def user_agent(contact: str) -> str:
    """Return how we introduce ourselves to sites: product, version, and where to complain.

    contact: an e-mail address, or the http(s) address of a page; else BadOption.
    """
    given = contact.strip()
    if len(given) > _MOST or not (_MAIL.fullmatch(given) or _ADDRESS.fullmatch(given)):
        raise BadOption(
            f"CONTACT={contact[:_MOST]!r} is neither an e-mail address (you@example.org) nor a web address"
            " (https://example.org/crawler)"
        )
    return f"{PRODUCT}/{__version__} (+{given})"


def check_contact(contact: str, entry: SourceEntry) -> None:
    """Raise BadOption if there is no usable contact, unless the source is at an address of one's own."""
    if entry.private:
        return
    if not contact.strip():
        raise BadOption(
            f"{entry.id} is somebody's site, and they must be able to write to you: `export CONTACT=you@example.org`"
            " first, or add -s CONTACT=you@example.org"
        )
    user_agent(contact)


def set_user_agent(settings: Settings, entries: Iterable[SourceEntry]) -> None:
    """Check the setting CONTACT for the sources about to be crawled, and put it into USER_AGENT.

    Every command that asks sites calls this before it starts. Raises BadOption as `check_contact` does.
    """
    contact = str(settings["CONTACT"] or "")
    for entry in entries:
        check_contact(contact, entry)
    if contact.strip():
        settings.set("USER_AGENT", user_agent(contact), priority="cmdline")
