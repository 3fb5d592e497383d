"""What zlib packed is unpacked and packed again, bit for bit; what it did not pack is left alone."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.evidence import recoding
from archive.evidence.deflating import deflate
from archive.evidence.recoding import NotRedone, Recipe, Settings, read_recipe, redo, undo

PAGE = b"".join(b"<p>Paragraph %d of a report on %d people.</p>\n" % (n, n * n) for n in range(900))


def packed(
    data: bytes, level: int, window: int, memory: int, *, every: int = 0, how: int = zlib.Z_SYNC_FLUSH
) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, window, memory)
    if not every:
        return packer.compress(data) + packer.flush()
    made = [packer.compress(data[at : at + every]) + packer.flush(how) for at in range(0, len(data), every)]
    return b"".join([*made, packer.flush()])


def redone(body: bytes) -> bytes | None:
    undone = undo(body)
    return None if undone is None else redo(undone[0], read_recipe(str(undone[1])))


@pytest.mark.parametrize("memory", [8, 9])
@pytest.mark.parametrize("window", [31, 15, -15])
@pytest.mark.parametrize("level", [0, 1, 4, 6, 9])
def test_what_web_servers_are_set_to_is_found(level: int, window: int, memory: int) -> None:
    body = packed(PAGE, level, window, memory)
    assert redone(body) == body


@pytest.mark.parametrize("how", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH])
def test_the_places_at_which_a_server_flushed_are_found(how: int) -> None:
    body = packed(PAGE, 6, 31, 9, every=5000, how=how)
    assert redone(body) == body


def test_nginx_makes_the_window_smaller_for_a_small_page() -> None:
    body = packed(PAGE[:5000], 1, 16 + 13, 6)
    assert redone(body) == body


@given(st.binary(min_size=1, max_size=3000), st.sampled_from([1, 6, 9]), st.sampled_from([31, 15, -15]))
@settings(max_examples=60)
def test_any_bytes_that_zlib_packs_are_had_again(data: bytes, level: int, window: int) -> None:
    body = packed(data, level, window, 8)
    assert redone(body) == body


@given(st.binary(max_size=400))
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    for body in (data, b"\x1f\x8b\x08\x1f\0\0\0\0\0\x03" + data, b"\x78\x9c" + data):
        assert redone(body) in {None, body}


def test_a_head_and_a_tail_that_are_not_zlibs_are_kept() -> None:
    body = gzip.compress(PAGE, 6, mtime=1_700_000_000)
    named = body[:3] + b"\x08" + body[4:10] + b"page.html\0" + body[10:]
    wrong_sum = body[:-8] + b"12345678"
    for each in (body, named, wrong_sum, body + b"\0\0"):
        assert redone(each) == each


def test_what_is_cut_short_or_packed_by_something_else_is_left_alone() -> None:
    whole = gzip.compress(PAGE, 6)
    assert undo(whole[:-20]) is None
    packer = zlib.compressobj(6, zlib.DEFLATED, 31, 8, zlib.Z_HUFFMAN_ONLY)
    assert undo(packer.compress(PAGE) + packer.flush()) is None


@pytest.mark.parametrize(
    "text",
    ["", "deflate", "deflate 6.8.15 sync=3,1", "deflate 6.8.15 tail=xyz", "deflate 6.8.15 head=abc", "br 4", "deflate 6.8.15 sync=,",
     "deflate 6.8.15 sync=99999999999"],
)  # fmt: skip
def test_a_recipe_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotRedone):
        read_recipe(text)


@pytest.mark.parametrize(
    "wrong", [Settings(6, 0, 15), Settings(6, 8, 99), Settings(0, 8, 15), Settings(6, 8, 8)]
)
def test_settings_that_zlib_does_not_know_are_refused(wrong: Settings) -> None:
    with pytest.raises(NotRedone):
        redo(b"page", Recipe(wrong))


@given(st.lists(st.integers(0, 0xFFFF), max_size=6))
@settings(max_examples=30)
def test_what_is_only_stored_is_had_again_however_it_was_cut(lengths: list[int]) -> None:
    data, made, at = bytes(sum(lengths) + 5), b"", 0
    for length in lengths:
        made += (
            b"\0"
            + length.to_bytes(2, "little")
            + (length ^ 0xFFFF).to_bytes(2, "little")
            + data[at : at + length]
        )
        at += length
    body = made + b"\x01\x05\0\xfa\xff" + data[at:]
    assert redone(body) == body


def test_a_page_of_many_megabytes_that_is_only_stored() -> None:
    body = gzip.compress(bytes(5_000_000), 0)
    assert redone(body) == body
    for text in ("stored 9", "stored 99999", "stored 1*999999"):
        with pytest.raises(NotRedone):
            redo(b"page", read_recipe(text))


# -- zlib in Python -------------------------------------------------------------------------------------------------

texts = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from([b"a", b"ab", b"the ", b"killed ", b"x" * 300, bytes(range(200))]), max_size=80
    ).map(b"".join),
)


@given(
    texts,
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(9, 15),
    st.lists(st.integers(0, 3000), max_size=3),
    st.booleans(),
)
@settings(max_examples=120)
def test_zlib_in_python_is_zlib(
    data: bytes, level: int, memory: int, window: int, at: list[int], full: bool
) -> None:
    places = sorted({place for place in at if 0 < place <= len(data)})
    packer, begin, made = zlib.compressobj(level, zlib.DEFLATED, -window, memory), 0, b""
    for place in places:
        made += packer.compress(data[begin:place]) + packer.flush(
            zlib.Z_FULL_FLUSH if full else zlib.Z_SYNC_FLUSH
        )
        begin = place
    made += packer.compress(data[begin:]) + packer.flush()
    assert deflate(data, level, memory, window, places=places, full=full) == made


@pytest.mark.parametrize("level", [1, 6])
def test_zlib_in_python_packs_a_page(level: int) -> None:
    """Blocks that are full, and a window that moves on."""
    page = PAGE * 2 + bytes(n * n % 251 for n in range(30_000))
    assert deflate(page, level, 8, 15) == packed(page, level, -15, 8)
    assert deflate(page, level, 1, 9) == packed(page, level, -9, 1)


def test_without_zlib_what_was_packed_is_read_and_nothing_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    body = packed(PAGE, 6, 31, 9, every=9000)
    undone = undo(body)
    assert undone is not None
    assert recoding.is_zlib()
    monkeypatch.setattr(recoding, "is_zlib", lambda: False)
    assert redo(*undone) == body
    assert undo(body) is None
