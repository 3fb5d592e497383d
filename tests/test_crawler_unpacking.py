"""A gzipped body gives what Scrapy would make of it, a bomb nothing, and whatever strangers send no surprise."""

from __future__ import annotations

import gzip
import pickle
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils.gz import gunzip

from crawler.errors import CrawlerError, ExtractionError, PackedTooWell
from crawler.unpacking import Packed, Unpacking, is_gzipped

PAGE = b"<p>" + b"The convoy was hit at dawn. " * 5_000 + b"</p>"
LIMIT = 1024 * 1024


def test_a_page_is_unpacked_whole_or_its_beginning() -> None:
    packed = Packed(gzip.compress(PAGE), LIMIT)
    assert packed.unpacked() == PAGE
    unpacking = Unpacking(packed)
    assert unpacking.read(1_000) == PAGE[:1_000]
    assert unpacking.read(10 * len(PAGE)) == PAGE[1_000:]
    assert unpacking.read(1) == b""
    assert unpacking.whole() == PAGE
    assert pickle.loads(pickle.dumps(packed)) == packed  # noqa: S301 - our own


def test_a_page_may_be_exactly_as_long_as_allowed() -> None:
    assert Packed(gzip.compress(PAGE), len(PAGE)).unpacked() == PAGE
    with pytest.raises(PackedTooWell, match="unpacks to more than allowed"):
        Packed(gzip.compress(PAGE), len(PAGE) - 1).unpacked()


def test_a_bomb_is_not_unpacked() -> None:
    bomb = Packed(gzip.compress(bytes(50 * LIMIT)), LIMIT)
    assert len(Unpacking(bomb).read(64)) == 64
    with pytest.raises(PackedTooWell, match=f"its body of {len(bomb.data)} bytes"):
        bomb.unpacked()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(PAGE)[:-8],  # no end
        gzip.compress(PAGE)[:-4] + b"\0\0\0\0",  # another length than it says
        gzip.compress(PAGE)[:-8] + bytes(8),  # another checksum
        gzip.compress(PAGE) + b"<!-- served from the cache -->",
        gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]),
        gzip.compress(PAGE)[: len(gzip.compress(PAGE)) // 2],
    ],
)
def test_what_is_damaged_is_read_as_far_as_scrapy_reads_it(data: bytes) -> None:
    unpacked = Packed(data, LIMIT).unpacked()
    assert unpacked == Packed(data, LIMIT).unpacked(in_worker=True) == gunzip(data, max_size=LIMIT)
    assert PAGE.startswith(unpacked[:100])


def test_what_is_not_gzipped_says_so() -> None:
    packed = Packed(b"\x1f\x8b\x08 and then prose", LIMIT)
    assert Unpacking(packed).read(100) == b""
    with pytest.raises(ExtractionError, match="says that it is packed with gzip, and is not"):
        packed.unpacked()


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (b"gzip", gzip.compress(PAGE), True),
        (b" X-GZIP", gzip.compress(PAGE), True),
        (b"gzip,gzip", gzip.compress(PAGE), False),
        (b"deflate", zlib.compress(PAGE), False),
        (b"gzip", PAGE, False),
        (b"", gzip.compress(PAGE), False),
    ],
)
def test_only_what_is_gzipped_once_is_left_packed(encoding: bytes, body: bytes, *, expected: bool) -> None:
    assert is_gzipped(encoding, body) is expected


@given(noise=st.binary(max_size=300), cut=st.integers(0, 400), at=st.integers(0, 400))
def test_no_body_is_an_unexpected_error(noise: bytes, cut: int, at: int) -> None:
    packed = gzip.compress(PAGE[:600])
    for data in (noise, packed[:cut] + noise, packed[:at] + noise + packed[at:]):
        held = Packed(data, LIMIT)
        Unpacking(held).read(64)
        found: list[bytes | str] = []
        for in_worker in (False, True):
            try:
                found.append(held.unpacked(in_worker=in_worker))
            except CrawlerError as error:
                found.append(str(error))
        assert found[0] == found[1]
        assert len(found[0]) <= LIMIT
