"""Encodings: our own sentences in each, with no declaration, the right one and wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.extraction.decode import page_text

ARABIC = "قصف جوي على مدينة سراقب في ريف إدلب أدى إلى مقتل خمسة مدنيين وجرح تسعة آخرين، وفرق الإنقاذ تبحث عن مفقودين."
RUSSIAN = "Обстрел города привел к гибели пяти мирных жителей, еще девять человек ранены. Спасатели разбирают завалы."
UKRAINIAN = "Унаслідок обстрілу міста загинули п'ятеро мирних жителів, ще дев'ятеро людей поранені, є зниклі безвісти."
PERSIAN = "در حمله هوائي به شهر پنج نفر كشته و نه نفر زخمي شدند و گروههاي نجات در حال جستجو هستند. چهار خانه ويران شد."
HEBREW = "חמישה אזרחים נהרגו בהפצצה על העיר ותשעה נפצעו, כוחות ההצלה ממשיכים לחפש נעדרים תחת ההריסות."
TURKISH = (
    "Kente düzenlenen hava saldırısında beş sivil öldü, dokuz kişi yaralandı. Arama çalışmaları sürüyor."
)
FRENCH = "Cinq civils ont été tués dans un bombardement près de l'hôpital, où des blessés étaient soignés à la hâte."
SPANISH = (
    "Cinco civiles murieron en un bombardeo según las autoridades; más de nueve niños resultaron heridos."
)
GREEK = (
    "Πέντε άμαχοι σκοτώθηκαν από βομβαρδισμό στην πόλη και εννέα τραυματίστηκαν, ενώ συνεχίζονται οι έρευνες."
)
POLISH = (
    "Pięciu cywilów zginęło w ostrzale miasta, dziewięć osób zostało rannych. Służby wciąż przeszukują gruzy."
)
CHINESE = "星期五的空袭造成五名平民死亡，另有九人受伤。救援人员说，他们还在倒塌的房屋下寻找失踪者。"
JAPANESE = (
    "金曜日の空爆で市民五人が死亡し、九人が負傷した。救助隊は倒壊した建物の下で行方不明者の捜索を続けている。"
)
KOREAN = "금요일 공습으로 민간인 다섯 명이 숨지고 아홉 명이 다쳤다. 구조대는 무너진 건물 아래에서 실종자를 찾고 있다고 밝혔다."

IN_EACH = [
    *((ARABIC, codec) for codec in ("windows-1256", "iso-8859-6")),
    *((RUSSIAN, codec) for codec in ("windows-1251", "koi8-r", "iso-8859-5", "mac-cyrillic", "cp866")),
    *((UKRAINIAN, codec) for codec in ("windows-1251", "koi8-u", "iso-8859-5", "mac-cyrillic")),
    (PERSIAN, "windows-1256"),
    *((HEBREW, codec) for codec in ("windows-1255", "iso-8859-8")),
    *((TURKISH, codec) for codec in ("windows-1254", "iso-8859-9")),
    (FRENCH, "windows-1252"), (SPANISH, "iso-8859-1"),
    *((GREEK, codec) for codec in ("windows-1253", "iso-8859-7")),
    *((POLISH, codec) for codec in ("windows-1250", "iso-8859-2")),
    *((CHINESE, codec) for codec in ("gb18030", "gb2312", "big5")),
    *((JAPANESE, codec) for codec in ("shift_jis", "euc-jp", "iso-2022-jp")),
    (KOREAN, "euc-kr"),
]  # fmt: skip
# Not a codec of text, one that takes ages, and what no page is in.
NONSENSE = ("base64", "punycode", "idna", "unicode_escape", "utf-7", "utf-16", "x-unknown")
WRONG = (
    "utf-8",
    "windows-1251",
    "windows-1252",
    "windows-1256",
    "koi8-r",
    "gb2312",
    "shift_jis",
    "euc-kr",
    *NONSENSE,
)


def html(text: str, head: str = "") -> str:
    return f"<html><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(("text", "codec"), IN_EACH)
def test_an_encoding_that_is_declared_or_not_or_wrongly(text: str, codec: str) -> None:
    page = html(
        " ".join([text] * 3)
        if codec != "big5"
        else "的一是在不了有和人這中大為上個國我以要他時來用們生到作地"
    )
    payload = page.encode(codec)
    assert page_text(payload, f"text/html; charset={codec}")[0].decode() == page
    if codec == "iso-2022-jp":  # escapes are not looked for unless they are declared
        return
    assert page_text(payload, None)[0].decode() == page
    for label in WRONG:
        assert page_text(payload, f"text/html; charset={label}")[0].decode() == page, label


@pytest.mark.parametrize(
    "text", [ARABIC, RUSSIAN, UKRAINIAN, PERSIAN, HEBREW, TURKISH, SPANISH, CHINESE, JAPANESE, KOREAN]
)
def test_utf_8_under_any_label(text: str) -> None:
    payload = html(text).encode()
    for label in WRONG:
        assert page_text(payload, f"text/html; charset={label}") == (payload, "utf-8"), label
        meta = html(text, f'<meta charset="{label}">').encode()
        assert page_text(meta, None) == (meta, "utf-8"), label
    assert page_text(b"\xef\xbb\xbf" + payload, "text/html; charset=koi8-r") == (payload, "utf-8")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(codec: str) -> None:
    payload = html(ARABIC).encode(codec)
    for label in (None, "text/html; charset=utf-16", "text/html; charset=utf-8"):
        assert page_text(payload, label) == (html(ARABIC).encode(), codec)


def test_one_broken_character_in_utf_8_under_another_label() -> None:
    payload = html(ARABIC + "@").encode().replace(b"@", b"\xff")
    found, encoding = page_text(payload, "text/html; charset=windows-1256")
    assert ARABIC in found.decode()
    assert encoding == "utf-8"


def test_few_words_in_an_encoding_that_is_declared() -> None:
    payload = html("联通").encode("gb2312")
    assert page_text(payload, "text/html; charset=gb2312") == (html("联通").encode(), "gb18030")


def test_letters_far_down_count() -> None:
    page = "<p>" + "five killed " * 40_000 + RUSSIAN
    assert page_text(page.encode("koi8-r"), None) == (page.encode(), "koi8-r")


def test_what_is_no_text_in_any_encoding_is_read_somehow() -> None:
    for payload in (
        bytes(range(128, 256)) * 100,
        b"\xff" * 5_000,
        b"<p>\x81\x8d\x8f\x90\x9d",
        b"\xe9",
        b"\xfe\xff",
        b"\0\0\0",
    ):
        assert isinstance(page_text(payload, "text/html; charset=base64")[0].decode(), str)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"<p>five\x00 killed\x1b\x7f</p>", b"<p>five killed</p>"),
        (b"<p>five\x0ckilled&#12;here&#x0C;now</p>", b"<p>five killed here now</p>"),
        (b"<p>&#1;&#x1f;&#XFFFE;&#0000;&#127;&#65535;x</p>", b"<p>x</p>"),
        (b"<p>&#10;&#x9;&#128;&#1234;&#x1F600;&#120;</p>", b"<p>&#10;&#x9;&#128;&#1234;&#x1F600;&#120;</p>"),
        (b"<p>&#&#1;1;x</p>", b"<p> x</p>"),
        ("<p>five\ufffe \uffffkilled 😀</p>".encode(), "<p>five killed 😀</p>".encode()),
    ],
)
def test_what_no_tree_can_hold_goes(payload: bytes, expected: bytes) -> None:
    assert page_text(payload, "text/html; charset=utf-8") == (expected, "utf-8")


@pytest.mark.parametrize("attribute", ["a%d=1 ", "a%d ", "a%d='x y'", 'a%d="1"/'])
def test_an_element_of_a_million_attributes_loses_them(attribute: str) -> None:
    tag = "<div " + "".join(attribute % number for number in range(30_000)) + ">"
    found = page_text(f"<p>five</p>{tag}killed</div>".encode(), None)[0]
    assert found == b"<p>five</p><div>killed</div>"


def test_an_attribute_of_megabytes_goes() -> None:
    found = page_text(b"<p>five</p><div class='" + b"x" * 2_000_000 + b"'>killed</div>", None)[0]
    assert found == b"<p>five</p><div>killed</div>"


def test_a_long_attribute_stays() -> None:
    for value in ("x" * 50_000, "x " * 50_000):
        payload = f"<p>five</p><div title='{value}' class=x>killed</div>".encode()
        assert page_text(payload, None)[0] == payload
    script = f"<script>var a = 1 <b {'x ' * 50_000}</script>".encode()
    assert b"</script>" in page_text(script, None)[0]


@given(st.binary(max_size=300), st.sampled_from([None, *(f"x; charset={label}" for label in WRONG)]))
@example(b"\xb4\xaa", "x; charset=gb2312")
def test_any_bytes_give_text_that_a_tree_can_hold(payload: bytes, content_type: str | None) -> None:
    text = page_text(payload, content_type)[0].decode()
    assert not {*"\x00\x01\x08\x0b\x0c\x1f\x7f\ufffe\uffff"} & set(text)
