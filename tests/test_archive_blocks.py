"""Blocks and dates as JSON, and back."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ArchiveUnreadable
from archive.models import BlockKind, DateCandidate, TextBlock
from archive.tables import blocks, candidates

AT = datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
BODY = "Five civilians were killed.\n\nقتل خمسة 😀 مدنيين.\n\nFive civilians were killed."
MOMENTS = st.integers(-60_000_000_000, 250_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BLOCKS = st.builds(
    TextBlock,
    kind=st.sampled_from(BlockKind),
    text=TEXTS,
    in_body=st.booleans(),
    url=st.none() | TEXTS,
    at=st.none() | MOMENTS,
)
CANDIDATES = st.builds(
    DateCandidate,
    role=st.sampled_from(["published", "modified"]),
    moment=st.none() | MOMENTS,
    precision=st.sampled_from(["second", "minute", "day"]),
    origin=TEXTS,
    text=TEXTS,
    verdict=TEXTS | st.just("chosen"),
)


def paragraphs() -> list[TextBlock]:
    return [TextBlock(BlockKind.PARAGRAPH, part, in_body=True) for part in BODY.split("\n\n")]


def test_blocks_of_the_body_are_places_in_it_that_sql_reads_too() -> None:
    text = blocks.to_json(paragraphs(), BODY)
    assert text is not None
    assert json.loads(text)[1] == {"kind": "paragraph", "start": 29, "end": 47}
    assert " " not in text
    sql = """
        select substr(:body, json_extract(value, '$.start') + 1,
            json_extract(value, '$.end') - json_extract(value, '$.start')) from json_each(:blocks)
    """
    with closing(sqlite3.connect(":memory:")) as conn:
        found = conn.execute(sql, {"body": BODY, "blocks": text}).fetchall()
    assert [part for (part,) in found] == BODY.split("\n\n")


def test_what_is_beside_the_body_has_its_text_and_where_it_stood() -> None:
    first, second, third = paragraphs()
    post = TextBlock(BlockKind.EMBED, "A post.", in_body=False, url="https://t.me/s/x/1")
    entry = TextBlock(BlockKind.LIVE_ENTRY, "18:04", in_body=False, at=AT)
    text = blocks.to_json([entry, first, post, second, third], BODY)
    rows = json.loads(text or "")
    assert rows[0] == {"kind": "live_entry", "offset": 0, "text": "18:04", "at": "2026-01-24T16:04:11Z"}
    assert rows[2] == {"kind": "embed", "offset": 27, "text": "A post.", "url": "https://t.me/s/x/1"}
    assert blocks.from_json(text, BODY) == (entry, first, post, second, third)


def test_a_block_that_the_body_does_not_have_keeps_its_text() -> None:
    first, second, third = paragraphs()
    lost = TextBlock(BlockKind.QUOTE, "Nowhere.", in_body=True)
    text = blocks.to_json([first, lost, second, third], BODY)
    assert json.loads(text or "")[1] == {"kind": "quote", "offset": 27, "text": "Nowhere.", "in_body": True}
    assert blocks.from_json(text, BODY) == (first, lost, second, third)


def test_a_block_out_of_order_is_not_taken_for_an_earlier_one() -> None:
    first, second, _ = paragraphs()
    assert blocks.from_json(blocks.to_json([second, first], BODY), BODY) == (second, first)
    rows = json.loads(blocks.to_json([second, first, first], BODY) or "")
    assert [(row.get("start"), row.get("offset")) for row in rows] == [(29, None), (49, None), (None, 76)]


def test_no_blocks_are_null() -> None:
    assert blocks.to_json([], "x") is None
    assert blocks.from_json(None, "x") == ()
    assert candidates.to_json([]) is None
    assert candidates.from_json(None) == ()


@pytest.mark.parametrize("text", ["{", "3", "[3]", '[{"kind": "poem"}]', '[{"kind": "quote"}]', "[" * 50_000])
def test_what_somebody_else_wrote_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ArchiveUnreadable, match="blocks are not as this program writes them"):
        blocks.from_json(text, "")
    with pytest.raises(ArchiveUnreadable, match="dates are not as this program writes them"):
        candidates.from_json(text)


@given(st.lists(BLOCKS, max_size=12), st.randoms())
def test_any_blocks_come_back_whatever_the_body(made: list[TextBlock], random: st.random.Random) -> None:
    parts = [block.text for block in made if block.in_body and random.random() < 0.8]
    if random.random() < 0.2:
        random.shuffle(parts)
    body = "\n\n".join(parts)
    assert blocks.from_json(blocks.to_json(made, body), body) == tuple(made)


@pytest.mark.parametrize("text", ["", "a", "no", "x" * 50])
def test_a_page_of_blocks_takes_neither_time_nor_room(text: str) -> None:
    body = "a" * 1_000_000
    begun = time.process_time()
    written = blocks.to_json(
        (TextBlock(BlockKind.PARAGRAPH, text, in_body=True) for _ in range(1_000_000)), body
    )
    assert time.process_time() - begun < 5
    assert len(json.loads(written or "")) == 20_000


@given(st.lists(CANDIDATES, max_size=8))
def test_any_dates_come_back(made: list[DateCandidate]) -> None:
    assert candidates.from_json(candidates.to_json(made)) == tuple(made)


def test_of_many_dates_the_chosen_one_is_kept_in_its_place() -> None:
    other = DateCandidate("published", None, "day", "text", "x" * 10_000, "not a date")
    chosen = DateCandidate(
        "published", AT, "second", "json-ld:datePublished", "2026-01-24T16:04:11Z", "chosen"
    )
    found = candidates.from_json(candidates.to_json([other] * 5_000 + [chosen]))
    assert len(found) <= 100
    assert found[-1] == chosen
    assert len(found[0].text) == 300
