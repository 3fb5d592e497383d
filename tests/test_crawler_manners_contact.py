"""Who asks: the user agent, and the refusal to ask as nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego
from scrapy.settings import Settings

from archive import __version__
from crawler import settings as ours
from crawler.errors import BadOption
from crawler.manners.contact import PRODUCT, check_contact, set_user_agent, user_agent
from crawler.sources.loader import load_file
from crawler.sources.model import SourceEntry
from tests.sites.crawling import write_source


@pytest.fixture
def real(tmp_path: Path) -> SourceEntry:
    return load_file(write_source(tmp_path, "real", private=False, feeds=["https://real.example/feed"]))


@pytest.fixture
def own(tmp_path: Path) -> SourceEntry:
    return load_file(write_source(tmp_path, "own", feeds=["http://127.0.0.1/feed"]))


@pytest.mark.parametrize(
    "contact",
    [
        "you@example.org",
        " a.b+c@mail.example.org ",
        "https://example.org/crawler",
        "http://example.org",
        "https://example.org/?p=2",
    ],
)
def test_a_contact_is_in_the_user_agent(contact: str) -> None:
    assert user_agent(contact) == f"conflict-archive/{__version__} (+{contact.strip()})"


@pytest.mark.parametrize(
    "contact",
    ["", "me", "you@localhost", "a@b@example.org", "ftp://example.org", "you@example.org\r\nX-Evil: 1", "https://example.org/(x)",
     "https://example.org/a b", "you@example.org" * 50, "https://", "ä@example.org"],
)  # fmt: skip
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(BadOption, match="neither an e-mail address"):
        user_agent(contact)


@given(st.text(max_size=40))
def test_no_contact_breaks_a_header(contact: str) -> None:
    try:
        made = user_agent(contact)
    except BadOption:
        return
    assert made.isascii()
    assert made.isprintable()
    assert made.count("(") == made.count(")") == 1


def test_a_source_of_others_needs_one(real: SourceEntry, own: SourceEntry) -> None:
    with pytest.raises(BadOption, match="export CONTACT=you@") as caught:
        check_contact(" ", real)
    assert "real" in str(caught.value)
    assert "-s CONTACT=you@example.org" in str(caught.value)
    check_contact("you@example.org", real)
    check_contact("", own)
    with pytest.raises(BadOption):
        check_contact("nonsense", real)


def test_it_is_set_for_all_sources_at_once(real: SourceEntry, own: SourceEntry) -> None:
    settings = Settings({"CONTACT": "", "USER_AGENT": "before"})
    set_user_agent(settings, [own])
    assert settings["USER_AGENT"] == "before"
    with pytest.raises(BadOption):
        set_user_agent(settings, [own, real])
    settings.set("CONTACT", "you@example.org", priority="cmdline")
    set_user_agent(settings, [own, real])
    assert settings["USER_AGENT"] == user_agent("you@example.org")


def test_robots_txt_knows_us_by_our_product() -> None:
    robots = Protego.parse(
        "User-agent: conflict-archive\nDisallow: /a\nCrawl-delay: 7\n\nUser-agent: *\nDisallow: /\n"
    )
    assert robots.crawl_delay(PRODUCT) == 7
    assert robots.can_fetch("https://real.example/b", ours.ROBOTSTXT_USER_AGENT)
    assert ours.ROBOTSTXT_USER_AGENT == ours.BOT_NAME == PRODUCT
    assert user_agent("you@example.org").startswith(PRODUCT)
