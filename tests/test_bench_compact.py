"""The benchmark of packs on a handful of pages: that it runs, and counts what it should."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bench import compact
from bench.compact import Saved


def test_generated_pages_of_one_layout_have_its_furniture() -> None:
    (day,) = compact.generated(1, 3, common=True)
    menus = {html[html.index(b"<nav") : html.index(b"</nav>")] for _, html in day}
    assert len(menus) == 1
    assert len({html for _, html in day}) == 3


def test_pairs_are_told_by_age() -> None:
    page = b"<p>Shelling of a town.</p>" * 50
    pages = [
        Saved(f"https://x.example/{day}", page + bytes([day]), "a", datetime(2026, 1, day, tzinfo=UTC))
        for day in (1, 2, 20)
    ]
    found = compact.by_age(pages)
    assert {name: len(ratios) for name, ratios in found.items()} == {"up to a day": 1, "2 to 30 days": 2}


def test_which_servers_bodies_are_redone() -> None:
    (day,) = compact.generated(1, 1, common=False)
    shares = compact.redone([day[0][1][:60_000]])
    assert shares.pop("not zlib (ISA-L)") == 0
    assert set(shares.values()) == {1}


@pytest.mark.slow
def test_a_month_is_measured() -> None:
    days = compact.generated(2, 3, common=True)
    measured = compact.measure(days, is_packed=True)
    assert measured.pages == 6
    assert measured.made.after < measured.made.before
    assert measured.made.counts.redone == {"gzip": 6}
    assert len(measured.line().split()) == 7
