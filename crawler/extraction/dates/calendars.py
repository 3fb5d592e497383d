"""Other calendars made Gregorian: the solar years of Iran and Afghanistan, the lunar ones of Islam, Ethiopia's."""

from __future__ import annotations

from datetime import date, timedelta

# Years in which news on the web may be dated. A bare number can't say whose calendar it is of, its size does.
SOLAR_YEARS = range(1373, 1415)
LUNAR_YEARS = range(1415, 1466)
ETHIOPIAN_YEARS = range(1987, 2093)

# Umm al-Qura, the civil calendar of Saudi Arabia: a year a number, a bit a month, the highest the first; set where
# the month has 30 days, else it has 29. The numbers are those of ICU (islamcal.cpp, UMALQURA_MONTHLENGTH).
_FIRST_DAY = date(1994, 6, 11)  # 1 Muharram 1415
_MONTHS = """
52b a95 b2a b55 55c 4bd 23d 91d a95 b4a b5a 56d 2b6 93b 49b 655 6a9 754 b6a 56c aad 555 b29 b92 ba9 5d4
ada 55a aab 595 749 764 baa 5b5 2b6 a56 e4d b25 b52 b6a 5ad 2ae 92f 497 64b 6a5 6ac ad6 55d 49d a4d
"""
_LENGTHS = [
    [30 if int(year, 16) >> 11 - month & 1 else 29 for month in range(12)] for year in _MONTHS.split()
]
_ETHIOPIAN_EPOCH = 2796  # the proleptic Gregorian ordinal of 1 Meskerem 1


def to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date of a numeric solar or lunar one, told apart by the year, or None if there is none."""
    return (
        solar_to_gregorian(year, month, day) if year in SOLAR_YEARS else lunar_to_gregorian(year, month, day)
    )


def solar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date of a Solar Hijri one (Iran, Afghanistan), or None if there is no such day.

    Source: the 33-year arithmetic rule of jdf.scr.ir, exact from 1178 to 1633.
    """
    if not (1178 <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return None
    passed = (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    found = _new_years_day(year) + passed + day - 1
    return date.fromordinal(found) if found < _new_years_day(year + 1) else None


def lunar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date of a Hijri one of 1415 to 1465 by Umm al-Qura, or None if there is no such day.

    Where months begin by sighting the moon, a date may be a day off.
    """
    if year not in LUNAR_YEARS or not 1 <= month <= 12:
        return None
    lengths = _LENGTHS[year - LUNAR_YEARS.start]
    if not 1 <= day <= lengths[month - 1]:
        return None
    before = sum(map(sum, _LENGTHS[: year - LUNAR_YEARS.start])) + sum(lengths[: month - 1])
    return _FIRST_DAY + timedelta(days=before + day - 1)


def ethiopian_to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date of an Ethiopian one, or None if there is no such day.

    Twelve months of 30 days and one of five, six every fourth year. Source: Dershowitz and Reingold,
    Calendrical Calculations, chapter 4.
    """
    last = 30 if month < 13 else 6 if year % 4 == 3 else 5
    if year not in ETHIOPIAN_YEARS or not (1 <= month <= 13 and 1 <= day <= last):
        return None
    return date.fromordinal(_ETHIOPIAN_EPOCH + 365 * (year - 1) + year // 4 + 30 * (month - 1) + day - 1)


def _new_years_day(year: int) -> int:
    """Return the ordinal of 1 Farvardin of a solar year."""
    shifted = year + 1595
    return -356032 + 365 * shifted + shifted // 33 * 8 + (shifted % 33 + 3) // 4
