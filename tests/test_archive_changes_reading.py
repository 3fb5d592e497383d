"""What a passage says, as it is read: its numbers, who says it, the names and days in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.changes.lexicon.languages import KNOWN, language_of
from archive.changes.moments import moments
from archive.changes.names import Capitals, Name, is_same_name, names
from archive.changes.numbers import numbers, value_of_digits
from archive.changes.reading import Passage
from archive.changes.speech import attributions
from archive.changes.spelling import is_same_but_for_spelling, slips
from archive.changes.tokens import fold, plain, tokenize


def passage(text: str, language: str) -> Passage:
    return Passage(tokenize(text), language)


@pytest.mark.parametrize(
    ("language", "text", "value", "qualifier", "harm"),
    [
        ("en", "At least 1,200 people were killed", 1200, "at least", "killed"),
        ("en", "more than two hundred and six", 206, "more than", None),
        ("en", "twenty-five wounded", 25, "", "wounded"),
        ("en", "tens of thousands fled", "10+*1000", "", "displaced"),
        ("en", "two dozen houses", 24, "", None),
        ("en", "dozens of houses", "12+", "", None),
        ("en", "killing nearly 1.5 million", 1_500_000, "nearly", "killed"),
        ("en", "12 or more detained", 12, "at least", "detained"),
        ("ar", "قتل ما لا يقل عن ٧ أشخاص", 7, "at least", "killed"),
        ("ar", "خمسة وعشرون جريحا", 25, "", "wounded"),
        ("ar", "ثلاثة عشر طفلا", 13, "", None),
        ("ar", "مئة وخمسة أشخاص", 105, "", None),
        ("ar", "أكثر من ثلاثة آلاف نازح", 3000, "more than", "displaced"),
        ("ar", "عشرات الآلاف", "10+*1000", "", None),
        ("ar", "قتيلان", 2, "", "killed"),
        ("ar", "مقتل ل12 شخصا", 12, "", "killed"),
        ("ru", "не менее двадцати семи раненых", 27, "at least", "wounded"),
        ("ru", "около 1 200 человек", 1200, "about", None),
        ("ru", "две тысячи триста", 2300, "", None),
        ("ru", "3 тыс. человек", 3000, "", None),
        ("ru", "свыше двухсот", 200, "more than", None),
        ("uk", "щонайменше двадцять п’ять поранених", 25, "at least", "wounded"),
        ("uk", "понад 1\u00a0200 осіб", 1200, "more than", None),
        ("fr", "au moins quatre-vingt-dix-sept morts", 97, "at least", "killed"),
        ("fr", "soixante et onze", 71, "", None),
        ("fr", "vingt et un", 21, "", None),
        ("fr", "une vingtaine de blessés", "~20", "", "wounded"),
        ("fr", "près de deux mille trois cents", 2300, "nearly", None),
        ("es", "al menos treinta y cinco muertos", 35, "at least", "killed"),
        ("es", "dos mil trescientos", 2300, "", None),
        ("es", "decenas de miles", "10+*1000", "", None),
        ("tr", "en az yüz yirmi beş kişi öldü", 125, "at least", "killed"),
        ("tr", "20'den fazla yaralı", 20, "more than", "wounded"),
        ("tr", "onlarca kişi", "10+", "", None),
        ("fa", "۱٬۲۰۰ نفر", 1200, "", None),
        ("hi", "१२ लोग", 12, "", None),
    ],
)
def test_numbers_in_seven_languages_and_digits_of_any_script(
    language: str, text: str, value: float | str, qualifier: str, harm: str | None
) -> None:
    (found,) = [number for number in numbers(passage(text, language)) if not number.is_weak]
    assert (found.value, found.qualifier, found.harm) == (value, qualifier, harm)


def test_two_and_three_are_two_numbers() -> None:
    assert [number.value for number in numbers(passage("two and three, six seven", "en"))] == [2, 3, 6, 7]
    assert [number.value for number in numbers(passage("قتل 7 وأصيب 12", "ar"))] == [7, 12]


@pytest.mark.parametrize(
    ("digits", "value"), [("7", 7), ("1,200", 1200), ("3.5", 3.5), ("1.234.567", 1234567), ("٧٥", 75), ("9" * 40, "9" * 40), ("x", None)]
)  # fmt: skip
def test_values_of_digits(digits: str, value: float | str | None) -> None:
    assert value_of_digits(digits) == value


@pytest.mark.parametrize(
    ("language", "text", "speaker", "stance"),
    [
        ("en", "Seven people died in Kherson, police said.", "police", "says"),
        ("en", "According to the Syrian Observatory, it was a drone.", "the Syrian Observatory", "says"),
        ("en", "The mayor, Ivan Petrov, said that it was.", "Ivan Petrov", "says"),
        ("en", "“We saw it,” said a doctor.", "a doctor", "says"),
        ("en", "On Monday the army denied it.", "On Monday the army", "denies"),
        ("ar", "قال المتحدث باسم الجيش إن سبعة قتلوا.", "المتحدث باسم الجيش", "says"),
        ("ar", "وبحسب مصادر طبية، قتل سبعة.", "مصادر طبية", "says"),
        ("ar", "أعلنت وزارة الصحة عن مقتل اثنين.", "وزارة الصحة", "says"),
        ("ar", "زعم الجيش أن الهدف مستودع.", "الجيش", "claims"),
        ("ru", "Погибли семеро, сообщили в полиции.", "в полиции", "says"),
        ("ru", "Об этом заявил губернатор Иванов.", "губернатор Иванов", "says"),
        ("ru", "По словам очевидцев, стреляли дважды.", "очевидцев", "says"),
        ("ru", "Армия подтвердила удар.", "Армия", "confirms"),
        ("uk", "Поліція повідомила, що дорогу закрито.", "Поліція", "says"),
        ("uk", "За словами очевидців, було тихо.", "очевидців", "says"),
        ("fr", "Selon l'armée, le village est repris.", "l'armée", "says"),
        ("fr", "Le village est repris, a déclaré la police.", "la police", "says"),
        ("es", "Según la policía, no hubo heridos.", "la policía", "says"),
        ("es", "El Ejército informó que no.", "El Ejército", "says"),
        ("tr", "Görgü tanıklarına göre yol kapalı.", "Görgü tanıklarına", "says"),
        ("tr", "Yol kapalı, valilik açıkladı.", "valilik", "says"),
    ],
)
def test_who_says_it(language: str, text: str, speaker: str, stance: str) -> None:
    (found,) = attributions(passage(text, language))
    assert (tokenize(text).slice(found.start, found.end), found.stance) == (speaker, stance)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The report names nobody."),
        ("en", "He said so."),
        ("fr", "Le rapport est long."),
        ("fa", "پلیس گفت."),
    ],
)
def test_nobody_says_it(language: str, text: str) -> None:
    assert attributions(passage(text, language)) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "They met President Ivan Petrov in El Obeid on Monday.", [("person", "President Ivan Petrov"), ("place", "El Obeid")]),
        ("en", "Rescuers came. They were late.", []),
        ("en", "THE LAST HOUSES OF THE OLD TOWN BURN", []),
        ("ru", "Снаряд попал в дом под Херсоном.", [("place", "Херсоном")]),
        ("fr", "Ils ont fui vers Goma.", [("place", "Goma")]),
        ("tr", "Kiev'de patlama oldu.", [("place", "Kiev")]),
        ("ar", "سقطت القذائف على بلدة سرمين قرب حلب.", [("place", "سرمين"), ("place", "حلب")]),
        ("ar", "استقبل الرئيس أحمد منصور في بغداد وفدا.", [("person", "أحمد منصور"), ("place", "بغداد")]),
    ],
)  # fmt: skip
def test_names(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    read = passage(text, language)
    found = names(read, Capitals.of([read]))
    assert [(name.label, read.tokens.slice(name.start, name.end)) for name in found] == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zelensky", "Volodymyr Zelensky", True),
        ("Херсоне", "Херсона", True),
        ("Ukraine", "Ukrainian", False),  # it may be: an adjective whose beginning is another
        ("Syria", "Syrian", True),
        ("Sudan", "South Sudan", False),
        ("Niger", "Nigeria", False),
        ("Iran", "Iraq", False),
        ("Kherson", "Nikopol", False),
    ],
)
def test_when_two_names_are_one(one: str, other: str, same: bool) -> None:
    pair = [Name(0, 1, "name", tuple(map(plain, words.split()))) for words in (one, other)]
    assert is_same_name(*pair) == is_same_name(*pair[::-1]) == same


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "On Tuesday, 12 December 2025, at 9:40 in the morning", ["Tuesday", "12 December 2025", "9:40", "morning"]),
        ("en", "It may rain in March 2025; they may march.", ["March 2025"]),
        ("ar", "يوم الثلاثاء 12 ديسمبر", ["الثلاثاء", "12 ديسمبر"]),
        ("ru", "Во вторник, 3 мая, в 14:05", ["вторник", "3 мая", "14:05"]),
        ("es", "el 12 de diciembre de 2025", ["12 de diciembre de 2025"]),
        ("xx", "2025-12-12 and 12.12.2025, but not 3.5 or 20-30", ["2025-12-12", "12.12.2025"]),
    ],
)  # fmt: skip
def test_days_and_times(language: str, text: str, expected: list[str]) -> None:
    read = passage(text, language)
    assert [read.tokens.slice(one.start, one.end) for one in moments(read)] == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("recieved", "received", True), ("teh", "the", True), ("cafe", "café", True), ("Kramatrosk", "Kramatorsk", True),
        ("Zaporizhia", "Zaporizhzhia", True), ("could", "would", False), ("Iran", "Iraq", False), ("dead", "deed", False),
        ("Slovakia", "Slovenia", False), ("إلى", "الى", True), ("يقلّ", "يقل", True), ("ещё", "еще", True), ("12", "13", False),
    ],
)  # fmt: skip
def test_slips_of_the_pen(one: str, other: str, same: bool) -> None:
    assert is_same_but_for_spelling(one, other) == is_same_but_for_spelling(other, one) == same


def test_slips_are_counted() -> None:
    assert [slips("abcd", other) for other in ("abcd", "abc", "abdc", "xbcd", "dcba")] == [0, 1, 1, 1, 3]


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("ar-SY", "", "ar"), ("fa", "قتل", ""), (None, "قتل خمسة", "ar"), (None, "کشته شدند پنج", ""),
        (None, "Погибли семь человек", "ru"), (None, "Загинули п'ять людей і діти", "uk"),
        (None, "Sept personnes dans les rues de la ville", "fr"), (None, "Siete personas en las calles de la ciudad", "es"),
        (None, "Yedi kişi öldü ve bir ev yıkıldı", "tr"), (None, "Seven people in the streets of the town", "en"),
        (None, "", ""), (None, "東京", ""),
    ],
)  # fmt: skip
def test_languages(declared: str | None, text: str, language: str) -> None:
    assert language_of(declared, [tokenize(text)]) == language


@given(st.text(max_size=60), st.sampled_from([*KNOWN, ""]))
def test_whatever_is_read_stands_in_the_passage(text: str, language: str) -> None:
    read = passage(text, language)
    mentions = [*numbers(read), *attributions(read), *moments(read), *names(read, Capitals.of([read]))]
    assert all(0 <= one.start < one.end <= len(read) for one in mentions)
    assert "".join(read.tokens.words) == "".join(text.split())


@given(st.text(min_size=1, max_size=20))
def test_folding_is_done_once_for_all(text: str) -> None:
    for word in tokenize(text).words:
        assert plain(word)
        assert fold(fold(word)) == fold(word)
