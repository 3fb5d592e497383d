"""When a source is to be left alone, and for how long."""

from __future__ import annotations

from datetime import timedelta

from archive.tables.leads import RETRY_AFTER
from crawler.manners.blocks import Block
from crawler.manners.standing import Standing, pause_length

HARD, SOFT = Block("refused", "HTTP 403 Forbidden"), Block("shell", "an empty shell")


def told(standing: Standing, *blocks: Block) -> list[bool]:
    return [standing.blocked(block, f"https://a.example/{number}") for number, block in enumerate(blocks)]


def test_two_addresses_are_enough_where_nothing_was_ever_answered() -> None:
    standing = Standing()
    assert not standing.blocked(HARD, "https://a.example/feed")
    assert not standing.blocked(HARD, "https://a.example/feed")
    assert standing.blocked(HARD, "https://a.example/")


def test_three_in_a_row_are_enough_of_a_source_that_has_answered() -> None:
    standing = Standing()
    standing.answered()
    assert told(standing, HARD, HARD) == [False, False]
    standing.answered()
    assert told(standing, HARD, HARD, HARD) == [False, False, True]


def test_shells_and_logins_may_be_the_lot_of_one_section() -> None:
    standing = Standing()
    standing.answered()
    assert told(standing, *[SOFT] * 10) == [False] * 9 + [True]
    standing.answered()
    assert told(standing, SOFT, HARD, SOFT, HARD, SOFT, HARD) == [False] * 5 + [True]


def test_pauses_become_longer() -> None:
    lengths = [pause_length(before, RETRY_AFTER) for before in range(7)]
    assert lengths[:3] == [timedelta(hours=1), timedelta(hours=6), timedelta(days=1)]
    assert lengths[4:] == [timedelta(days=7)] * 3
