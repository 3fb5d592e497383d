"""Language: what a page declares, as long as its letters agree; else what the letters and py3langid say."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.function_words import languages_instead
from crawler.extraction.language import detect_language, language_code, main_script

ENGLISH = "Five civilians were killed when shells hit a market in the north of the country on Friday, rescuers said."
ARABIC = "قتل خمسة مدنيين وأصيب عشرة آخرون في قصف استهدف سوقا شعبيا في ريف إدلب الجنوبي صباح الجمعة بحسب الدفاع المدني."
PERSIAN = "پنج غیرنظامی در حمله هوایی به یک بازار کشته شدند و ده نفر دیگر زخمی گردیدند، مقام های محلی می گویند که گزارش شد."
RUSSIAN = "Пять мирных жителей погибли при обстреле рынка, сообщили спасатели. Ещё десять человек были ранены, это подтвердили."
UKRAINIAN = "П'ятеро мирних жителів загинули внаслідок обстрілу ринку, повідомили рятувальники. Ще десятеро поранені, їх лікують."
FRENCH = "Cinq civils ont été tués lorsque des obus ont frappé un marché dans le nord du pays, ont annoncé les secours vendredi."
TURKISH = "Cuma günü ülkenin kuzeyindeki bir pazara düşen top mermileri nedeniyle beş sivil hayatını kaybetti, on kişi yaralandı."
HEBREW = "חמישה אזרחים נהרגו בהפגזה על שוק בצפון המדינה ביום שישי, כך מסרו כוחות ההצלה במקום."


@pytest.mark.parametrize(
    ("text", "declared", "expected", "language"),
    [
        (ENGLISH, "en-US", (), "en"),
        (ENGLISH, "en_GB", ("ar", "en"), "en"),
        (ARABIC, "ar", (), "ar"),
        (ARABIC, "en", ("en",), "ar"),  # a template's leftover must not win
        (RUSSIAN, "en-US", ("en", "ru"), "ru"),
        (UKRAINIAN, "ru", ("ru", "uk"), "uk"),
        (RUSSIAN, "uk", ("uk", "ru"), "ru"),
        (ENGLISH, "ar", ("ar", "en"), "en"),
        (PERSIAN, "ar", ("fa", "ar"), "fa"),
        (PERSIAN, "prs", (), "fa"),
        (ARABIC, "fa", (), "ar"),
        (ENGLISH, "zu", (), "zu"),  # a Latin script says no more than that
        (HEBREW, None, (), "he"),
        (HEBREW, "en", (), "he"),
        ("", "ar-SY", (), "ar"),
        ("5", None, ("ar",), "ar"),
        ("5", None, ("ar", "en"), None),
        ("", None, (), None),
    ],
)
def test_a_declared_language_stands_where_the_letters_agree(
    text: str, declared: str | None, expected: tuple[str, ...], language: str | None
) -> None:
    assert detect_language(text, declared, expected) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [(ENGLISH, "en"), (FRENCH, "fr"), (TURKISH, "tr"), (ARABIC, "ar"), (PERSIAN, "fa"), (RUSSIAN, "ru"), (UKRAINIAN, "uk")],
)  # fmt: skip
def test_an_undeclared_language_is_found_in_the_text(text: str, language: str) -> None:
    assert detect_language(text, None, ()) == language
    assert detect_language(text, "x-default", ("en", "fr", "tr", "ar", "fa", "ru", "uk")) == language


LONG_FRENCH = (
    "Cinq civils ont été tués lorsque des obus ont frappé un marché dans le nord du pays, ont annoncé les secours. Les "
    "habitants de la ville disent que les tirs ont duré plus de deux heures et que les blessés sont dans un hôpital."
)
LONG_ENGLISH = (
    "Five civilians were killed when shells hit a market in the north of the country, rescuers said. They said that "
    "the shelling had lasted for two hours, and that ten of the wounded were in a hospital of the province."
)
LONG_SPANISH = (
    "Cinco civiles murieron cuando varios proyectiles alcanzaron un mercado en el norte del país, según los equipos de "
    "rescate. Los vecinos dicen que los disparos duraron más de dos horas y que los heridos están en un hospital."
)
LONG_TURKISH = (
    "Kurtarma ekipleri, ülkenin kuzeyindeki bir pazara düşen top mermileri nedeniyle beş sivilin öldüğünü ve on kişinin "
    "yaralandığını bildirdi. Bölge sakinleri saldırının iki saat kadar sürdüğünü, bu sırada çok daha fazla kişinin kaçtığını ve yaralıların hastanede olduğunu söyledi."
)
TABLE = "Idlib 12 Aleppo 4 Homs 3 Hama 9 Raqqa 1 Deraa 2 Latakia 5 Tartus 8 " * 12


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (LONG_FRENCH, "en", "fr"),
        (LONG_SPANISH, "en-US", "es"),
        (LONG_SPANISH, "fr", "es"),
        (LONG_TURKISH, "en", "tr"),
        (LONG_ENGLISH, "zu", "en"),
        (LONG_ENGLISH, "en", "en"),
        (LONG_FRENCH, "fr", "fr"),
        (LONG_TURKISH, "tr", "tr"),
        (LONG_SPANISH, "gl", "gl"),  # a near relative's small words: as declared
        (FRENCH[:60], "en", "en"),  # too short to tell
        (LONG_FRENCH, None, "fr"),
    ],
)
def test_a_declared_language_whose_small_words_are_absent_is_not_believed(
    text: str, declared: str | None, language: str
) -> None:
    assert detect_language(text, declared, ()) == language


def test_small_words_name_the_languages_that_a_text_may_be_in() -> None:
    assert languages_instead(LONG_FRENCH, "fr") is None
    assert languages_instead(LONG_FRENCH, "en") == ("fr",)
    assert languages_instead(TABLE, "en") == ()  # long, and none of them: to be guessed
    assert languages_instead(TABLE, "xx") is None
    assert languages_instead("", None) is None


def test_the_sources_only_language_of_a_script_needs_no_guess() -> None:
    assert detect_language(TURKISH, None, ("tr", "ar")) == "tr"


@pytest.mark.parametrize(
    ("declared", "code"),
    [("en", "en"), ("EN-us", "en"), ("ar_SY", "ar"), ("Arabic", "ar"), ("ckb", "ku"), ("ua", "uk"), ("en, ar", "en"),
     ("iw", "he"), ("", None), (None, None), ("x", None), ("123", None), ("klingon", None)],
)  # fmt: skip
def test_a_tag_locale_or_name_becomes_a_code(declared: str | None, code: str | None) -> None:
    assert language_code(declared) == code


def test_japanese_is_told_from_chinese_by_its_kana() -> None:
    assert main_script("小笠原諸島の警察無線「不感地帯」を解消したと発表した。住民から安堵の声") == "kana"
    assert main_script("促进航天技术更好惠及人民习近平主席向首届合作论坛致贺信为中拉深化航天") == "han"


@settings(deadline=None)
@given(st.text(max_size=300), st.one_of(st.none(), st.text(max_size=12)))
def test_no_text_raises(text: str, declared: str | None) -> None:
    found = detect_language(text, declared, ("en", "ar"))
    assert found is None or len(found) == 2


def test_the_model_is_loaded_only_when_it_is_asked() -> None:
    import subprocess  # noqa: PLC0415 - only this test starts a process

    code = (
        "import sys; from crawler.extraction.language import detect_language as d;"
        f"d({ARABIC!r}, 'ar', ()); d({ENGLISH!r}, 'en', ()); assert 'py3langid' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
