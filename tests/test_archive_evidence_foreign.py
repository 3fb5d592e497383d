"""WARC files of other programs: each record comes out, and what is broken costs itself alone."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.evidence.foreign import (
    MAX_BLOCK,
    Broken,
    Head,
    Kept,
    NoWarc,
    Passed,
    Piece,
    read_answer,
    read_date,
    read_foreign,
)
from tests.warcs import Rec, records, story, trained, warc, zst

RECS = [Rec(f"https://herald.example/news/{number}", story(number)) for number in range(1, 8)]


def wanted(head: Head) -> str | None:
    return None if head.kind in {"response", "revisit"} else head.kind


def read(data: bytes, start: int = 0) -> list[Piece]:
    return list(read_foreign(BytesIO(data), wanted, start=start))


def bodies(pieces: list[Piece]) -> list[bytes]:
    answers = [read_answer(piece.block) for piece in pieces if isinstance(piece, Kept)]
    return [answer.body for answer in answers if answer]


def broken(pieces: list[Piece]) -> list[Broken]:
    return [piece for piece in pieces if isinstance(piece, Broken)]


DICTIONARY = trained(RECS)
FORMS = {
    "gzip": warc(RECS),
    "plain": warc(RECS, gzipped=False),
    "1.1": warc(RECS, version="1.1"),
    "0.18": warc(RECS, gzipped=False).replace(b"WARC/1.0", b"WARC/0.18"),
    "one member": gzip.compress(warc(RECS, gzipped=False)),
    "zstd": zst(RECS),
    "zstd with dictionary": zst(RECS, dictionary=DICTIONARY),
    "zstd with packed dictionary": zst(RECS, dictionary=DICTIONARY, packed=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_every_record(form: str) -> None:
    pieces = read(FORMS[form])
    assert bodies(pieces) == [rec.body for rec in RECS]
    assert [type(piece) for piece in pieces] == [Passed, *[Kept] * len(RECS)]
    kept = pieces[1]
    assert isinstance(kept, Kept)
    assert kept.head.url == RECS[0].url


@pytest.mark.parametrize("form", FORMS)
def test_reading_begins_again_where_a_record_begins(form: str) -> None:
    offsets = [piece.head.offset for piece in read(FORMS[form]) if isinstance(piece, Kept)]
    rest = bodies(read(FORMS[form], start=offsets[4]))
    assert rest[-3:] == [rec.body for rec in RECS[-3:]]
    assert len(rest) == (7 if form == "one member" else 3)


def test_a_member_comes_with_its_record_if_it_holds_nothing_else() -> None:
    made = records(RECS)
    kept = [piece for piece in read(b"".join(made)) if isinstance(piece, Kept)]
    assert [piece.member for piece in kept] == made[1:]
    assert {piece.member for piece in read(FORMS["one member"]) if isinstance(piece, Kept)} == {None}


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_broken_record_costs_itself_alone(gzipped: bool) -> None:
    made = records(RECS, gzipped=gzipped)
    cut = made[3][: len(made[3]) // 2]
    pieces = read(b"".join([*made[:3], cut, *made[4:]]))
    if gzipped:
        assert bodies(pieces) == [rec.body for rec in RECS if rec is not RECS[2]]
    else:  # the next one's beginning was taken for its body
        assert bodies(pieces)[-3:] == [rec.body for rec in RECS[-3:]]
    (told,) = broken(pieces)
    assert told.offset == sum(map(len, made[:3]))


@pytest.mark.parametrize("form", ["gzip", "plain", "zstd"])
def test_a_file_that_ends_too_soon_gives_what_it_has(form: str) -> None:
    pieces = read(FORMS[form][:-30])
    assert bodies(pieces) == [rec.body for rec in RECS[:-1]]
    assert len(broken(pieces)) == 1


def test_junk_between_records_is_told_of_once() -> None:
    made = records(RECS)
    pieces = read(b"".join([*made[:3], b"junk" * 100_000, *made[3:]]))
    assert len(bodies(pieces)) == len(RECS)
    assert len(broken(pieces)) == 1


def test_a_payload_of_100_megabytes_is_passed_by() -> None:
    recs = [Rec("https://herald.example/big", bytes(100 * 1024**2)), *RECS]
    made = records(recs)
    pieces = read(b"".join(made))
    assert pieces[1] == Passed(len(made[0]), "too large")
    assert len(bodies(pieces)) == len(RECS)


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.evidence.units._BOMB_BYTES", 32 * 1024**2)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    length = 20 * 1024**3
    head = f"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {length}\r\n\r\n"
    bomb = packer.compress(head.encode()) + b"".join(packer.compress(bytes(1024**2)) for _ in range(100))
    bomb += packer.flush()
    pieces = read(bomb + warc(RECS))
    assert len(bodies(pieces)) == len(RECS)
    assert "unpack to more than" in broken(pieces)[0].problem


def test_no_warc_file() -> None:
    with pytest.raises(NoWarc):
        read(b"<html>no</html>")
    with pytest.raises(NoWarc, match="dictionary"):
        read(b"\x5d\x2a\x4d\x18\x08\x00\x00\x00\x28\xb5\x2f\xfdxxxx" + zst(RECS))
    assert read(b"") == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-01T10:00:00Z", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03-01T10:00:00.123456Z", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03", datetime(2025, 3, 1, tzinfo=UTC)),
        ("20250301100000", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-02-30T10:00:00Z", None),
        ("yesterday", None),
        ("1601-01-01T00:00:00Z", None),
    ],
)
def test_dates(text: str, moment: datetime | None) -> None:
    assert read_date(text) == moment


SMALL = [Rec(f"https://herald.example/{number}", b"<p>%d</p>" % number) for number in range(3)]
SMALL_FORMS = [warc(SMALL), warc(SMALL, gzipped=False), zst(SMALL), zst(SMALL, dictionary=DICTIONARY)]


@settings(max_examples=300)
@given(st.sampled_from(SMALL_FORMS), st.data())
def test_whatever_is_broken_nothing_is_raised(data: bytes, draw: st.DataObject) -> None:
    spoilt = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(spoilt) - 1))
        what = draw.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
        if what == "flip":
            spoilt[at] ^= draw.draw(st.integers(1, 255))
        elif what == "cut":
            del spoilt[at : at + draw.draw(st.integers(1, 200))]
        elif what == "insert":
            spoilt[at:at] = draw.draw(st.binary(max_size=50))
        else:
            spoilt += spoilt[at:]
        spoilt = spoilt or bytearray(b"x")
    try:
        pieces = read(bytes(spoilt))
    except NoWarc:
        return
    assert all(len(piece.block) <= MAX_BLOCK for piece in pieces if isinstance(piece, Kept))
