import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.bytes_in import MAX_BYTES, charset_of, text_pieces, unpacked
from crawler.errors import DiscoveryError

URL = "https://news.example/x.gz"


@pytest.mark.parametrize(("payload", "content_type", "charset"), [
    (b"plain", None, "utf-8"),
    ("قصف".encode(), "text/html; charset=windows-1256", "utf-8"),
    ("قصف".encode("cp1256"), "text/html; charset=windows-1256", "cp1256"),
    ("قصف".encode("cp1256"), "text/html; charset='windows-1256", "utf-8"),
    (b'<?xml version="1.0" encoding="windows-1251"?>' + "Обстрел".encode("cp1251"), "text/xml", "cp1251"),
    (b"<meta charset=koi8-r>" + "Обстрел".encode("koi8-r"), None, "koi8-r"),
    (b"\xff\xfe<\x00", "text/xml; charset=utf-8", "utf-16"),
    (b"<\x00?\x00", None, "utf-16-le"),
    (b"<\x00\x00\x00?\x00\x00\x00", None, "utf-32-le"),
    (b"\x00\x00\x00<\x00\x00\x00?", None, "utf-32-be"),
    (b"\x00\x80", "text/html; charset=utf-16", "utf-16-le"),
    (b"\xff", "text/html; charset=hex", "utf-8"),
    (b"\xff", "text/html; charset=punycode", "utf-8"),
    (b"\xff", "text/html; charset=unicode_escape", "utf-8"),
    (b"\xff", "text/html; charset=no-such", "utf-8"),
    ("قصف".encode()[:-1], "text/html; charset=windows-1256", "utf-8"),  # cut in the midst of a letter
])  # fmt: skip
def test_the_charset(payload: bytes, content_type: str | None, charset: str) -> None:
    assert charset_of(payload, content_type) == charset


@pytest.mark.parametrize(("text", "charset"), [
    ("قصف جوي على مدينة سراقب", "cp1256"),
    ("Обстріл Херсона: загинули двоє людей", "cp1251"),
    ("Обстрел Херсона: погибли два человека", "koi8-r"),
])  # fmt: skip
@pytest.mark.parametrize("head", ["<rss>", '<?xml version="1.0" encoding="utf-8"?><rss>'])
def test_what_is_not_the_utf_8_that_it_says_is_guessed(text: str, charset: str, head: str) -> None:
    payload = f"{head}{'<item><link>https://news.example/</link></item>' * 500}<title>{text}</title></rss>"
    assert charset_of(payload.encode(charset)).replace("_", "-") == charset


def test_a_payload_cut_off_or_with_a_stray_byte_is_still_utf_8() -> None:
    text = ("قصف على سراقب " * 100).encode()
    assert charset_of(text[:-2]) == "utf-8"
    assert charset_of(text + b"\xff" * 11) == "utf-8"


def test_a_letter_may_lie_on_the_border_of_two_pieces() -> None:
    text = "x" + "ق" * 100_000
    assert "".join(text_pieces(text.encode())) == text


def test_gzip_in_members_and_with_something_after_it() -> None:
    assert unpacked(gzip.compress(b"a") + gzip.compress(b"b"), URL) == (b"ab", None)
    data, broken = unpacked(gzip.compress(b"a") + b"trailing", URL)
    assert data == b"a"
    assert broken is not None


def test_a_small_payload_may_pack_as_it_likes() -> None:
    assert unpacked(gzip.compress(b"\x00" * 2**20), URL) == (b"\x00" * 2**20, None)


def test_a_bomb_is_refused_by_its_ratio() -> None:
    with pytest.raises(DiscoveryError, match=r"x\.gz unpacks to more than"):
        unpacked(gzip.compress(b"\x00" * 20_000_000), URL)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(DiscoveryError, match="more than the 52,428,800 allowed"):
        unpacked(bytes(MAX_BYTES + 1), URL)


@given(st.binary(max_size=3_000), st.integers(0, 3_000))
def test_any_cut_gzip_gives_a_beginning_or_an_error(data: bytes, cut: int) -> None:
    packed = gzip.compress(data)
    try:
        found, broken = unpacked(packed[:cut], URL)
    except DiscoveryError:
        return
    if packed[:cut].startswith(b"\x1f\x8b"):
        assert data.startswith(found)
        assert (broken is None) == (cut >= len(packed))


@given(st.binary(max_size=500), st.text(max_size=40) | st.none())
def test_any_bytes_become_text(payload: bytes, content_type: str | None) -> None:
    "".join(text_pieces(payload, content_type))
