"""Words that were written so that filters miss them, as one would search for them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.folding import folded_words

LATIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)
ARABIC = st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", min_size=3, max_size=10)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("At least 12 fata*lities.", "fatalities"),
        ("kill_ing and mass·acre", "killing massacre"),
        ("they were k.i.l.l.e.d there", "killed"),
        ("k-i-l-l-e-d", "killed"),
        ("r\u200bape, ra\u2060pe and ra\u00adpe", "rape"),
        ("f@talities", "ftalities fatalities"),
        ("r@pe, k!lled and a$$ault", "rape klled killed aault assault"),
        ("قـتـل خمسة", "قتل"),
        ("قـــصـــف", "قصف"),
        ("ق.ت.ل أمس", "قتل"),
        ("ق_ت_ل، ش*هيد، قـ.ـتل", "قتل شهيد"),
        ("قت.لى", "قتلى"),
        ("قُـتِـل", "قتل"),
        ("الـقصف", "القصف"),
        ("Двое уб*итых и уби\u00adтых", "убитых"),
        ("(mass*acre)", "massacre"),
        ("Waffen\u00adstillstands-ab\u00adkommen", "waffenstillstands abkommen"),
    ],
)
def test_marks_inside_a_word_are_taken_out(text: str, folded: str) -> None:
    assert folded_words(text) == folded


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. and the U.S.S.R., e.g. a.k.a. p.m., i.e. Ph.D.",
        "www.example.org and https://example.org/a_b*c/d.e and example.com",
        "well-known state-of-the-art twenty-five X-ray",
        "3.5 of 1,000 and 12*7, 5-a-side, B-52s",
        "write to first_last@example.org or @first_last, #حلب_تنزف and #free_them",
        "It ended.Then it began...and went on--and on",
        "foo_bar2 2_foo report_final.pdf C:\\a_b",
        "col·lecció paral·lel",
        "می\u200cشود نمی\u200cخواهند",
        "ภาษา\u200bไทย",
        "قتل خمسة.وأصيب عشرة، أ.ف.ب، د.ب.أ، عربي-إسرائيلي، بي-بي-سي",
        "الـ26 و1447 هـ ـــ كبيرـــ مدينةـ",
        "f**k * a * b *** _emphasis_ *strong* -dash- word* *word",
        "don't l’État o'clock",
        "Stop!Then go!!and US$ A$5 5$b hey!Ho",
        "",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert folded_words(text) is None


def test_each_word_comes_once_from_all_texts() -> None:
    assert folded_words("Kil*led", None, "kil*led, wou*nded", "") == "killed wounded"
    assert folded_words(None) is None


@given(LATIN, st.sampled_from("*_·\u200b\u2060\u00ad"), st.data())
def test_a_latin_word_with_a_mark_inside_is_found(word: str, mark: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    shown = f"{word[:at]}{mark}{word[at:]}"
    expected = None if "l·l" in shown else word
    assert folded_words(f"Many {shown} were seen") == expected


@given(ARABIC, st.data())
def test_an_arabic_word_with_tatweel_inside_is_found(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    stretch = "\u0640" * data.draw(st.integers(1, 5))
    assert folded_words(f"كلام {word[:at]}{stretch}{word[at:]} كلام") == word


@given(st.lists(st.one_of(LATIN, ARABIC), max_size=30))
def test_words_without_marks_are_never_folded(words: list[str]) -> None:
    assert folded_words(" ".join(words), "-".join(words[:1])) is None


@given(
    st.text(st.one_of(st.sampled_from("abل ق*_.·-@!$\u0640\u200b\u200c\u00ad\n\u064e#/"), st.characters()))
)
def test_any_text_gives_words_without_marks(text: str) -> None:
    found = folded_words(text)
    assert found is None or (found == found.lower() and not set(found) & set("*_.·•-@\u0640\n"))
    if found:
        assert len(found.split(" ")) == len(set(found.split(" ")))


@pytest.mark.parametrize(
    "piece",
    ["a", "a*", "a.b-", "ا\u0640", "\u0640", "a\u200b", "*", "a_b ", "@", "ق.", "a\u0301", "word*word "],
)
def test_a_hostile_text_takes_time_in_proportion(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        begun = time.process_time()
        folded_words(text)
        return time.process_time() - begun

    assert seconds(400_000) < 3  # it takes a tenth of a second; quadratic would take hours


def test_the_most_words_that_are_kept() -> None:
    words = (
        f"{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}*xyz"
        for number in range(9_000)
    )
    found = folded_words(" ".join(words))
    assert found is not None
    assert 2_000 <= len(found.split()) <= 2_001
