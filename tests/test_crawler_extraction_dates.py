"""Dates as machines and people write them: a wall clock, its offset and its precision out."""

# ruff: noqa: DTZ001 - wall clocks whose zone is not yet known are what is tested
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.dates.calendars import (
    ethiopian_to_gregorian,
    lunar_to_gregorian,
    solar_to_gregorian,
)
from crawler.extraction.dates.candidates import Candidate, Finds, Trust
from crawler.extraction.dates.choose import choose_dates
from crawler.extraction.dates.fallback import read_with_dateparser
from crawler.extraction.dates.frame import EARLIEST, make_frame
from crawler.extraction.dates.given import url_day
from crawler.extraction.dates.months import GREGORIAN, OTHERS
from crawler.extraction.dates.relative import read_relative
from crawler.extraction.dates.stamps import Reading, read_stamp
from crawler.extraction.dates.text import Context, read_words
from crawler.extraction.page import Hints

NOW = datetime(2026, 1, 25, 12, 0, tzinfo=UTC)
HERE = Context("en", month_first=False, now=datetime(2026, 1, 25, 12, 0))
AMERICAN = Context("en", month_first=True, now=datetime(2026, 1, 25, 12, 0))

JAN_24 = datetime(2026, 1, 24)
AT_1804 = datetime(2026, 1, 24, 18, 4)


@pytest.mark.parametrize(
    ("text", "local", "hours", "precision"),
    [
        ("2026-01-24T18:04:11+02:00", datetime(2026, 1, 24, 18, 4, 11), 2, "second"),
        ("2026-01-24T18:04:11.123456Z", datetime(2026, 1, 24, 18, 4, 11), 0, "second"),
        ("2026-01-24T18:04:11+0300", datetime(2026, 1, 24, 18, 4, 11), 3, "second"),
        ("2026-01-24 18:04:11", datetime(2026, 1, 24, 18, 4, 11), None, "second"),
        ("2026-01-24T18:04", AT_1804, None, "minute"),
        ("2026-01-24 18:04 EET", AT_1804, 2, "minute"),
        ("2026-01-24", JAN_24, None, "day"),
        ("20260124", JAN_24, None, "day"),
        ("20260124T180411Z", datetime(2026, 1, 24, 18, 4, 11), 0, "second"),
        ("2026-01-24T00:00:00Z", JAN_24, None, "day"),  # how content systems write a day
        ("2026-01-24T00:00:00+02:00", JAN_24, 2, "second"),
        ("Sat, 24 Jan 2026 18:04:11 +0300", datetime(2026, 1, 24, 18, 4, 11), 3, "second"),
        ("1769277851", datetime(2026, 1, 24, 18, 4, 11), 0, "second"),
        ("1769277851000", datetime(2026, 1, 24, 18, 4, 11), 0, "second"),
        ("/Date(1769277851000)/", datetime(2026, 1, 24, 18, 4, 11), 0, "second"),
        ("Sat, 24 Jan 2026 18:04:11 EET", datetime(2026, 1, 24, 18, 4, 11), 2, "second"),
        ("2026-01-24T00:00Z", JAN_24, None, "day"),
        ("2026-01-24T18:04:11+25:00", datetime(2026, 1, 24, 18, 4, 11), None, "second"),  # no such offset
        ("2026-01-24T18:04:11+03:75", datetime(2026, 1, 24, 18, 4, 11), None, "second"),
        ("Sat, 24 Jan 2026 18:04:11 +2300", datetime(2026, 1, 24, 18, 4, 11), None, "second"),
        ("2024-02-29T18:04:11Z", datetime(2024, 2, 29, 18, 4, 11), 0, "second"),
    ],
)
def test_a_stamp_is_read(text: str, local: datetime, hours: int | None, precision: str) -> None:
    offset = None if hours is None else timedelta(hours=hours)
    assert read_stamp(text) == Reading(local, offset, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13-24",
        "2026-01-24T25:00",
        "2026-02-30",
        "2026-02-30T10:00:00Z",
        "2026-02-29",
        "0000-00-00T00:00:00Z",
        "0000-00-00",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31",
        "12345678901234",
        "now",
    ],
)
def test_what_is_no_stamp_is_none(text: str) -> None:
    assert read_stamp(text) is None


DAYS = [
    "24 января 2026", "24 січня 2026 року", "24 كانون الثاني 2026", "24 يناير 2026", "٢٤ يناير ٢٠٢٦",
    "السبت 24 جانفي 2026", "24 كانون الثاني/يناير 2026", "24 يناير / كانون الثاني 2026", "۴ بهمن ۱۴۰۴", "1404/11/04",
    "شنبه ۲۴ ژانویه ۲۰۲۶", "4 دلو 1404", "24 جنوری 2026", "24ê Rêbendana 2026an", "24 Çile 2026",
    "24ی کانوونی دووەمی 2026", "24 Ocak 2026 Cumartesi", "24 janvier 2026", "sábado, 24 de enero de 2026",
    "sáb, 24 ene 2026", "24. Januar 2026", "24. Jänner 2026", "January 24, 2026", "Jan. 24th, 2026", "24 Jan 2026",
    "Sat Jan 24 2026", "24/01/2026", "24.01.2026", "24-01-2026", "24/January/2026", "24.1.26", "2026/01/24", "2026年1月24日", "24 stycznia 2026",
    "24 ledna 2026", "24 gennaio 2026", "24 de janeiro de 2026", "24 januari 2026", "24 Januari 2026",
    "Published: January 24, 2026", "نشر في: 24 يناير 2026", "24 студзеня 2026",
    "၂၄ ရက် ဇန်နဝါရီလ ၂၀၂၆", "၂၀၂၆ ခုနှစ် ဇန်နဝါရီလ ၂၄ ရက်", "ဇန်နဝါရီ ၂၄၊ ၂၀၂၆", "24 जनवरी 2026", "२४ जनवरी २०२६", "24 ינואר 2026",
    "ב-24 בינואר 2026", "ጃንዩወሪ 24 2026", "ጥር 16 ቀን 2018 ዓ.ም", "24 Jannaayo 2026", "24 Janairu, 2026", "2026. január 24.",
    "24 հունվարի 2026", "24 იანვარი 2026", "24 yanvar 2026", "24 януари 2026", "24 جنوری 2026",
    "5 شعبان 1447", "السبت ٥ شعبان ١٤٤٧ هـ", "1447/08/05", "05-08-1447", "5 شعبان 1447هـ الموافق 24 يناير 2026م",
    "6 شعبان 1447هـ - 24 يناير 2026م", "24 يناير 2026 - 6 شعبان 1447", "1447/08/06 - 2026/01/24", "24 January 2026 (1447/08/06)",
]  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_in_each_language(text: str) -> None:
    assert read_words(text, HERE) == Reading(JAN_24, None, "day")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24 января 2026, 18:04", None),
        ("18:04, 24 января 2026", None),
        ("18:04 | 24.01.2026", None),
        ("24 января 2026, 18:04 МСК", 3),
        ("Friday, January 24, 2026 - 6:04 PM GMT+3", 3),
        ("Jan 24, 2026 at 6:04 p.m. EST", -5),
        ("24/01/2026 18:04", None),
        ("٢٤ كانون الثاني ٢٠٢٦ - ٠٦:٠٤ مساءً", None),
        ("24 يناير 2026 - 06:04 م بتوقيت غرينتش", 0),
        ("24 يناير 2026 - 18:04 بتوقيت مكة المكرمة", 3),
        ("24 января 2026 18:04 по мск", 3),
        ("24 Ocak 2026 06:04 ÖS", None),
        ("24 ene 2026, 6:04 p. m.", None),
        ("24 Jannaayo 2026 6:04 galabnimo", None),
        ("۴ بهمن ۱۴۰۴ - ۱۸:۰۴", None),
        ("24 janvier 2026 à 18h04", None),
        ("24. Januar 2026, 18.04 Uhr", None),
        ("24.01.2026 - 18:04", None),
        ("24 Ocak 2026 18:04", None),
        ("2026年1月24日 下午6:04", None),
        ("24 January 2026 18:04 UTC+02:00", 2),
    ],
)
def test_a_day_and_its_time_are_read(text: str, hours: int | None) -> None:
    offset = None if hours is None else timedelta(hours=hours)
    assert read_words(text, HERE) == Reading(AT_1804, offset, "minute")


def test_how_long_a_text_takes_to_read_is_no_time_of_day() -> None:
    assert read_words("24.01.2026 | 03:15 min", HERE) == Reading(JAN_24, None, "day")


def test_day_or_month_first_is_the_pages_manner_unless_impossible() -> None:
    assert read_words("02/03/2025", HERE) == Reading(datetime(2025, 3, 2), None, "day")
    assert read_words("02/03/2025", AMERICAN) == Reading(datetime(2025, 2, 3), None, "day")
    assert (
        read_words("01/24/2026", HERE) == read_words("24/01/2026", AMERICAN) == Reading(JAN_24, None, "day")
    )
    # The other way about it would be in the future.
    assert read_words("01/12/2026", HERE) == Reading(datetime(2026, 1, 12), None, "day")


def test_a_day_without_a_year_is_the_last_such_day() -> None:
    assert read_words("24 December", HERE) == Reading(datetime(2025, 12, 24), None, "day", guessed=True)
    assert read_words("24 января, 18:04", HERE) == Reading(AT_1804, None, "minute", guessed=True)
    assert read_words("What is new in version 24 (January pack) of all programs", HERE) is None  # prose


def test_a_spanish_month_is_not_the_end_of_an_english_phrase() -> None:
    assert read_words("1 day ago", HERE) is None
    spanish = Context("es", month_first=False, now=HERE.now)
    assert read_words("24 ago", spanish) == Reading(datetime(2025, 8, 24), None, "day", guessed=True)
    assert read_words("24 ago 2025", HERE) == Reading(datetime(2025, 8, 24), None, "day")


@pytest.mark.parametrize(
    "text",
    ["", "24", "2026", "Tuesday", "may have killed 20 people", "1.2.3.4", "31 February 2026", "32/13/2026",
     "Read in 5 min", "x" * 200 + " 24 January 2026", "24 هزار"],
)  # fmt: skip
def test_what_names_no_day_is_none(text: str) -> None:
    assert read_words(text, HERE) is None


@pytest.mark.parametrize(
    ("text", "local", "precision"),
    [
        ("5 minutes ago", datetime(2026, 1, 25, 11, 55), "minute"),
        ("قبل 5 دقائق", datetime(2026, 1, 25, 11, 55), "minute"),
        ("منذ دقيقتين", datetime(2026, 1, 25, 11, 58), "minute"),
        ("5 минут назад", datetime(2026, 1, 25, 11, 55), "minute"),
        ("5 хвилин тому", datetime(2026, 1, 25, 11, 55), "minute"),
        ("منذ ساعتين", datetime(2026, 1, 25), "day"),
        ("منذ يوم", datetime(2026, 1, 24), "day"),
        ("13 hours ago", datetime(2026, 1, 24), "day"),
        ("2 saat önce", datetime(2026, 1, 25), "day"),
        ("il y a 3 jours", datetime(2026, 1, 22), "day"),
        ("vor 2 Wochen", datetime(2026, 1, 11), "day"),
        ("сегодня, 11:04", datetime(2026, 1, 25, 11, 4), "minute"),
        ("أمس 18:04", AT_1804, "minute"),
        ("yesterday at 6:04 pm", AT_1804, "minute"),
        ("2 hours ago", datetime(2026, 1, 25), "day"),
        ("3h ago", datetime(2026, 1, 25), "day"),
        ("3 часа назад", datetime(2026, 1, 25), "day"),
        ("2 години тому", datetime(2026, 1, 25), "day"),
        ("il y a 2 heures", datetime(2026, 1, 25), "day"),
        ("hace 2 horas", datetime(2026, 1, 25), "day"),
        ("há 2 horas", datetime(2026, 1, 25), "day"),
        ("vor 2 Stunden", datetime(2026, 1, 25), "day"),
        ("לפני 2 שעות", datetime(2026, 1, 25), "day"),
        ("۲ ساعت پیش", datetime(2026, 1, 25), "day"),
        ("1 day ago", JAN_24, "day"),
    ],
)
def test_a_relative_date_is_told_from_the_fetch(text: str, local: datetime, precision: str) -> None:
    assert read_relative(text, HERE) == Reading(local, None, precision, guessed=True)


@pytest.mark.parametrize(
    "text", ["", "today", "اليوم السابع", "years ago", "long ago they came " * 9, "999999 days ago"]
)
def test_what_tells_no_relative_date_is_none(text: str) -> None:
    assert read_relative(text, HERE) is None


def test_dateparser_reads_what_our_tables_do_not_and_is_not_let_to_guess() -> None:
    vietnamese = Context("vi", month_first=False, now=HERE.now)
    text = "24 Tháng 1 2026"
    assert read_words(text, vietnamese) is None
    assert read_with_dateparser(text, vietnamese) == Reading(JAN_24, None, "day")
    assert read_with_dateparser("the 24 dead of 2026", HERE) is None
    assert read_with_dateparser(text, Context("xx", month_first=False, now=HERE.now)) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2026/01/24/shelling", (2026, 1, 24)),
        ("https://a.example/news/2026-01-24-shelling", (2026, 1, 24)),
        ("https://a.example/news/20260124/shelling", (2026, 1, 24)),
        ("https://a.example/n1/2026/0124/c1001.html", (2026, 1, 24)),
        ("https://a.example/2026/1/4/x", (2026, 1, 4)),
        ("https://a.example/2026/01/shelling", (2026, 1, None)),
        ("https://a.example/news4/2020/Aug/179408/x.aspx", (2020, 8, None)),
        ("https://a.example/news/article/121515/", None),
        ("https://a.example/id/2026013299", None),
        ("https://[bad", None),
    ],
)
def test_an_address_tells_a_day_or_a_month(url: str, expected: tuple[int, int, int | None] | None) -> None:
    assert url_day(url) == expected


def test_solar_dates_are_exact() -> None:
    assert solar_to_gregorian(1404, 11, 4) == date(2026, 1, 24)
    assert solar_to_gregorian(1399, 12, 30) == date(2021, 3, 20)  # a leap year's last day
    assert solar_to_gregorian(1400, 1, 1) == date(2021, 3, 21)
    assert solar_to_gregorian(1403, 3, 23) == date(2024, 6, 12)
    assert solar_to_gregorian(1404, 7, 31) is None
    assert solar_to_gregorian(1400, 12, 30) is None  # no leap year


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        (1444, 9, 1, date(2023, 3, 23)),
        (1445, 9, 1, date(2024, 3, 11)),
        (1446, 9, 1, date(2025, 3, 1)),
        (1446, 10, 1, date(2025, 3, 30)),
        (1447, 1, 1, date(2025, 6, 26)),
        (1436, 5, 14, date(2015, 3, 5)),
        (1447, 9, 31, None),
        (1414, 1, 1, None),
        (1466, 1, 1, None),
    ],
)
def test_lunar_dates_are_those_of_umm_al_qura(year: int, month: int, day: int, expected: date | None) -> None:
    assert lunar_to_gregorian(year, month, day) == expected


def test_ethiopian_years_begin_in_september() -> None:
    assert ethiopian_to_gregorian(2000, 1, 1) == date(2007, 9, 12)
    assert ethiopian_to_gregorian(2016, 1, 1) == date(2023, 9, 12)
    assert ethiopian_to_gregorian(2015, 13, 6) == date(2023, 9, 11)  # a leap year's last day
    assert ethiopian_to_gregorian(2016, 13, 6) is None


@given(st.integers(1415, 1465), st.integers(1, 12), st.integers(1, 29))
def test_each_lunar_day_follows_the_one_before(year: int, month: int, day: int) -> None:
    found, before = lunar_to_gregorian(year, month, day), lunar_to_gregorian(year, month, max(1, day - 1))
    assert found is not None
    assert before is not None
    assert found - before == timedelta(days=min(1, day - 1))


def test_no_name_means_two_months() -> None:
    assert set(GREGORIAN.values()) == set(range(1, 13))
    assert {month // 100 for month in OTHERS.values()} == {1, 2, 3}
    assert not GREGORIAN.keys() & OTHERS.keys()


FORMS = [
    ("en", "{day} {name} {year}, {hour:02d}:{minute:02d}", "January February March April May June July August September October November December"),
    ("ru", "{day} {name} {year}, {hour:02d}:{minute:02d}", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
    ("uk", "{day} {name} {year} року, {hour:02d}:{minute:02d}", "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"),
    ("ar", "{day} {name} {year} - {hour:02d}:{minute:02d}", "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول"),
    ("ar", "{hour:02d}:{minute:02d} {day} {name} {year}", "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
    ("tr", "{day} {name} {year} {hour:02d}:{minute:02d}", "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"),
    ("fr", "{day} {name} {year} à {hour:02d}h{minute:02d}", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    ("es", "{day} de {name} de {year} {hour:02d}:{minute:02d}", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    ("de", "{day}. {name} {year}, {hour:02d}:{minute:02d} Uhr", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    ("fa", "{day} {name} {year} {hour:02d}:{minute:02d}", "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر"),
    ("ku", "{day}'ê {name} {year} {hour:02d}:{minute:02d}", "Çile Sibat Adar Nîsan Gulan Hezîran Tîrmeh Tebax Îlon Cotmeh Mijdar Kanûn"),
    ("ckb", "{day}ی {name}ی {year} {hour:02d}:{minute:02d}", "کانوونی_دووەم شوبات ئازار نیسان ئایار حوزەیران تەمموز ئاب ئەیلوول تشرینی_یەکەم تشرینی_دووەم کانوونی_یەکەم"),
    ("*", "{year}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}", " ".join("x" * 12)),
    ("*", "{day:02d}/{month:02d}/{year} {hour:02d}:{minute:02d}", " ".join("x" * 12)),
]  # fmt: skip
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2026, 1, 24))


@settings(max_examples=300, deadline=None)
@given(MOMENTS, st.sampled_from(FORMS), st.booleans())
def test_what_was_written_is_read_back(
    moment: datetime, form: tuple[str, str, str], arabic_digits: bool
) -> None:
    _, pattern, names = form
    text = pattern.format(
        name=names.split()[moment.month - 1].replace("_", " "), year=moment.year, month=moment.month, day=moment.day,
        hour=moment.hour, minute=moment.minute,
    )  # fmt: skip
    if arabic_digits:
        text = text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    read = read_words(text, HERE)
    assert read == Reading(moment.replace(second=0, microsecond=0), None, "minute"), text


PIECES = st.sampled_from(
    [*list(GREGORIAN)[::9], *list(OTHERS)[::5], "ago", "منذ", "назад", "yesterday", "pm", "م", "GMT+3", "24", "2026", "1404",
     "18:04", "/", ".", "-", "99", "0", "²", "①", "٢٤", ":", "+14:00", "T", "Z", "00:00:00", "9999", "0000", "0001", "31", "30", "29", "février", "+25:00",
     "1447", "2018"]
)  # fmt: skip
GARBAGE = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=8).map(" ".join),
    st.lists(PIECES, max_size=8).map("".join),
    st.datetimes(timezones=st.sampled_from([timezone(timedelta(hours=h)) for h in (-12, 0, 14)])).map(
        datetime.isoformat
    ),
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(GARBAGE, max_size=3),
    st.sampled_from([None, "Asia/Damascus", "Pacific/Kiritimati"]),
    st.booleans(),
    st.sampled_from(list(Trust)),
)
def test_no_text_raises_or_leads_out_of_bounds(
    texts: list[str], zone: str | None, american: bool, trust: Trust
) -> None:
    context = AMERICAN if american else HERE
    candidates = tuple(
        Candidate(read, "text", trust, text)
        for text in texts
        for read in (read_stamp(text), read_words(text, context), read_relative(text, context))
    )
    finds = Finds(candidates, candidates)
    chosen = choose_dates(finds, make_frame(NOW, Hints(time_zone=zone), "https://a.example/x", finds))
    for moment in (chosen.published and chosen.published.moment, chosen.modified_at):
        if moment is not None:
            assert EARLIEST <= moment <= NOW + timedelta(hours=24)
            assert moment.utcoffset() == timedelta(0)
    assert all(found.verdict for found in chosen.candidates)


@settings(max_examples=40, deadline=None)  # dateparser builds its tables at the first call
@given(GARBAGE, st.sampled_from(["en", "ar", "fa", "ru", "vi"]))
def test_the_fallback_never_raises(text: str, language: str) -> None:
    read_with_dateparser(text, Context(language, month_first=False, now=HERE.now))
