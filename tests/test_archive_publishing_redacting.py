"""Words and expressions are found however a text writes them, and nothing but them is taken out of it."""

from __future__ import annotations

import json
import time
import unicodedata
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archive.errors import InvalidInput, NotPublished
from archive.publishing import parts
from archive.publishing.addresses import holds_pattern, is_public
from archive.publishing.expressions import Expression
from archive.publishing.letters import bare
from archive.publishing.redacting import Pattern, Redactor
from archive.publishing.words import Words

REPLACE = "[–]"  # without a letter, so that no word of an example can be in it
UNSEEN = "\u200b\u200c\u200d\u00ad\ufeff\u2060\u202e\u064b\u064e\u0651\u0301\u0640\x00"
TIGHT = "*_·•~^+"
SPACES = " \u00a0\u2009\u202f\t\n"


def redactor(*words: str, whole_words: bool = False, replace: str = REPLACE) -> Redactor:
    return Redactor([Pattern(1, Words(words, whole_words=whole_words), replace)])


def folded(text: str) -> str:
    """A text as a reader would compare it: written anew here, so as not to trust the program."""
    shown = (
        char
        for char in unicodedata.normalize("NFKD", text)
        if unicodedata.category(char) not in ("Mn", "Me", "Cf") and char not in "ـ\x00"
    )
    return " ".join("".join(shown).casefold().split())


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("Ahmad Ali", "AHMAD\u00a0ALI"), ("Ahmad Ali", "Ahmad-Ali"), ("Ahmad Ali", "Ahmad\nAli"), ("Ahmad Ali", "AhmadAli"),
        ("José", "JOSE"), ("Jose", "José"), ("Jose", "Jose\u0301"), ("Jose", "Ｊｏｓｅ"), ("Straße", "STRASSE"),
        ("محمد", "مُحَمَّد"), ("محمد", "محـمـد"), ("محمد", "م.ح.م.د"), ("محمد", "م ح م د"), ("مُحَمَّد", "محمد"), ("أحمد", "احمد"),
        ("محمد", "وبمحمد"), ("محمد", "\ufee3\ufea4\ufee4\ufeaa"), ("فاطمة", "فاطمه"), ("علی", "علي"),
        ("fatalities", "fata*lities"), ("killed", "k!lled"), ("killed", "k-i-l-l-e-d"), ("killed", "k i l l e d"),
        ("killed", "ki\u200blled"), ("killed", "ki\u00adlled"), ("killed", "kіllеd"), ("Иванов", "Ивановым"), ("Семён", "Семен"),
        ("Petrov", "Pet-\nrov"), ("+963 944 123456", "963-944-123-456"), ("963944123456", "963 (944) 123-456"), ("٠٩٤٤", "0944"),
        ("O'Brien", "O’Brien"), ("O'Brien", "OBRIEN"), ("张伟", "记者张伟报道"), ("İbrahim", "ibrahim"), ("ﬁlm", "film"),
        ("a@b.example", "A @ B . example"),
    ],
)  # fmt: skip
def test_a_word_is_found_however_it_is_written(word: str, text: str) -> None:
    made = redactor(word).redact(f"Before, {text}, behind.")
    assert made.text.replace(REPLACE, "").replace("记者", "").replace("报道", "") == "Before, , behind.", (
        made.text
    )


def test_a_word_inside_another_goes_with_it_unless_whole_words_are_asked_for() -> None:
    text = "Ali saw Alice; Salih's; وعليها; علي وعلي"
    assert redactor("Ali", "علي").text(text) == "[–] saw [–]; [–]'s; [–]; [–] [–]"
    assert redactor("Ali", "علي", whole_words=True).text(text) == "[–] saw Alice; Salih's; وعليها; [–] و[–]"


@pytest.mark.parametrize(
    "text", ["al-Idlib", "Al. Iman", "the rest, or ed", "Hal is here", "Al Iman was", "كان. قال"]
)
def test_letters_of_two_words_are_no_word(text: str) -> None:
    assert redactor("Ali", "Hali", "stored", "انقا").text(text) == text


WORD = st.text(st.characters(categories=["L", "Nd"]), min_size=2, max_size=8)
SECRET = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


@given(st.text(max_size=60), SECRET, st.text(max_size=60), st.booleans())
@settings(max_examples=200)
def test_no_text_has_the_word_afterwards_and_the_rest_stands(
    before: str, secret: str, behind: str, is_in: bool
) -> None:
    assume(len(bare(secret)) >= 2)
    text = before + (secret if is_in else "") + behind
    made = redactor(secret).redact(text)
    assert folded(secret) not in folded(made.text.replace(REPLACE, " – "))
    assert not redactor(secret).redact(made.text).cuts
    gone = {place for cut in made.cuts for place in range(cut.start, cut.end)}
    for place, char in enumerate(text):
        if place not in gone:
            assert made.text[made.moved(place)] == char
    assert len(made.text) == len(text) - len(gone) + len(made.cuts) * len(REPLACE)


@given(
    st.lists(st.text(st.sampled_from("abcxyzابتد"), min_size=2, max_size=6), min_size=1, max_size=3),
    st.data(),
)
@settings(max_examples=100)
def test_no_way_of_writing_it_escapes(words: list[str], data: st.DataObject) -> None:
    def dressed(word: str) -> str:
        return "".join(
            data.draw(st.sampled_from((char, char.upper()))) + data.draw(st.text(st.sampled_from(UNSEEN), max_size=2))
            + data.draw(st.sampled_from(("", "", "", *TIGHT)))
            for char in word
        ).rstrip(TIGHT)  # fmt: skip

    space = data.draw(st.text(st.sampled_from(SPACES), min_size=1, max_size=3))
    written = space.join(map(dressed, words))
    made = redactor(" ".join(words)).redact(f"1 – {written} – 2")
    assert made.text == f"1 – {REPLACE} – 2"


@given(st.lists(st.text(st.sampled_from("ab x-*\u200b"), max_size=20), min_size=1, max_size=6))
@settings(max_examples=200)
def test_blocks_cut_the_same_words_out_of_the_redacted_body(paragraphs: list[str]) -> None:
    body, blocks, start = "\n\n".join(paragraphs), [], 0
    for paragraph in paragraphs:
        blocks.append({"kind": "paragraph", "start": start, "end": start + len(paragraph)})
        start += len(paragraph) + 2
    asked = redactor("ab", "xb a")
    made = asked.redact(body)
    new = json.loads(parts.blocks(json.dumps(blocks), made, asked, without=frozenset()) or "[]")
    untouched = [
        block for block in blocks
        if not any(cut.start < block["end"] and block["start"] < cut.end for cut in made.cuts) and block["start"] < block["end"]
    ]  # fmt: skip
    slices = [made.text[block["start"] : block["end"]] for block in new]
    for block in untouched:
        assert body[block["start"] : block["end"]] in slices
    assert all(one["end"] <= other["start"] for one, other in pairwise(new))
    assert not asked.redact("\n\n".join(slices)).cuts


def test_words_that_stand_together_only_after_something_went_are_taken_out_too() -> None:
    asked = Redactor([Pattern(1, Words(["Abel"]), "[red]"), Pattern(2, Words(["x red"]), "[red]")])
    assert asked.text("x Abel y") == "[red] y"
    long = "x " * 5_000 + "Abel"
    began = time.process_time()
    assert asked.text(long) == "[red]"
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "text",
    [
        f"see https://t.example/{quote('محمد الغريب')}/x", f"see https://t.example/{quote(quote('محمد-الغريب'))}/x",
        f"see https://t.example/{quote('محمد_الغريب', encoding='cp1256')}/x", "Yusuf&nbsp;Khal&#100;un", "Yu&shy;suf Khaldun",
        "&#1605;&#1581;&#1605;&#1583; &#x627;لغريب", r"\u0645\u062d\u0645\u062f الغريب", "Yusuf%20Khaldun", "yusuf%2Bkhaldun",
    ],
)  # fmt: skip
def test_letters_that_are_written_by_their_numbers_are_letters(text: str) -> None:
    made = redactor("Yusuf Khaldun", "محمد الغريب").redact(f"Before {text} behind").text
    assert made in ("Before [–] behind", "Before see https://t.example/[–]/x behind"), made
    assert redactor("Yusuf").text("100% of &amp; %zz &nosuch; 50%25") == "100% of &amp; %zz &nosuch; 50%25"


def test_texts_of_strangers_take_time_in_proportion() -> None:
    asked = redactor("Abel", "aaaaaaaab", "Kain Abel")
    for text in (
        "Abel " * 10_000,
        "a" * 100_000,
        "A*" * 100_000,
        "\u200b" * 100_000,
        "Kain " * 40_000,
        "%41" * 30_000,
        "&amp;" * 40_000,
        "%25" * 30_000,
    ):
        began = time.process_time()
        asked.redact(text)
        assert time.process_time() - began < 5


# -- expressions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "text", "left"),
    [
        (r"\bstreet \d+", "In Street 12, on STREET\u00a07.", "In –, on –."),
        (r"José \w+", "José Paz and Jose\u0301 Paz", "– and –"),
        (r"محمد \w+", "قال مُحَمَّد الغريب هنا", "قال – هنا"),
        (r"0\d{3}", "call 09\u200b44", "call –"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9", "–"),
        (r"(?<=call )\d+", "call 12", "call –"),
    ],
)
def test_an_expression_is_tried_on_every_form_of_a_text(expression: str, text: str, left: str) -> None:
    pattern = Pattern(1, Expression(expression, named="x"), "–", again=False)
    assert Redactor([pattern]).text(text) == left


def test_an_expression_that_takes_too_long_is_given_up() -> None:
    expression = Expression("(a|a)+c", named="patterns[3].match", seconds=0.1)
    with pytest.raises(
        NotPublished, match=r"patterns\[3\]\.match takes more than 0\.1 seconds for one text of 60 characters"
    ):
        expression.spans("a" * 60)
    with pytest.raises(InvalidInput, match="is no regular expression"):
        Expression("[", named="x")


# -- addresses -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/2026/01/24/strike-kills-three/", "https://a.example/spip.php?article46716",
        "http://a.example/news?id=123&lang=ar", "https://a.example/%D9%82%D8%B5%D9%81", "https://a.example/?p=12",
        "https://a.example/5f3a9c8e7d6b5a4938271605/x",
        "https://a.example/news/id=12", "https://a.example/?code=1234",
    ],
)  # fmt: skip
def test_a_reports_address_is_public(url: str) -> None:
    assert is_public(url, is_report=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw@a.example/", "https://user@a.example/", "https://a.example/feed?token=x", "https://a.example/?api_key=1",
        "https://a.example/?sid=1", "https://a.example/token=1/x", "https://a.example/?code=x12", "https://a.example/?x=5f3a9c8e7d6b5a4938271605", "ftp://a.example/", "javascript:alert(1)",
        "https://a.example/#secret", "https://a.example/x;jsessionid=12", "file:///etc/passwd", "http://[::1", "//a.example/",
        "https://a.example/?q=a&X-Amz-Signature=1", "https://a.example/?accessToken=1", "",
    ],
)  # fmt: skip
def test_an_address_with_a_key_in_it_is_not(url: str) -> None:
    assert not is_public(url, is_report=True)


def test_the_path_of_a_feed_may_be_its_key() -> None:
    assert not is_public("https://a.example/feeds/5f3a9c8e7d6b5a4938271605/rss", is_report=False)
    assert is_public("https://a.example/feeds/news.xml", is_report=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/yusuf-khaldun-speaks", "https://a.example/Yusuf_Khaldun", "https://a.example/yusufkhaldun/",
        "https://a.example/?q=yusuf+khaldun", "https://a.example/%79usuf%20khaldun", "https://a.example/%2579usuf-khaldun",
        f"https://a.example/{quote('محمد-الغريب')}", f"https://a.example/{quote('مُحَمَّد الغريب')}",
        f"https://a.example/{quote('محمد_الغريب', encoding='cp1256')}", f"https://{'مليسيا'.encode('idna').decode()}.example/",
    ],
)  # fmt: skip
def test_a_name_in_an_address_is_found_as_it_is_written_there(url: str) -> None:
    asked = redactor("Yusuf Khaldun", "محمد الغريب", "مليسيا")
    assert holds_pattern(url, asked) == 1
    assert holds_pattern("https://a.example/news/strike-on-market-kills-three", asked) is None
