"""Words for days and months: capitalised in some languages, and yet no names."""

from __future__ import annotations

from functools import lru_cache

from archive.changes.tokens import plain

_DAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow",
    "ar": "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد أمس اليوم غدا",
    "ru": """понедельник понедельника вторник вторника среду среда среды четверг четверга пятницу пятница пятницы субботу суббота
        субботы воскресенье воскресенья вчера сегодня завтра накануне""",
    "uk": """понеділок понеділка вівторок вівторка середу середа середи четвер четверга п'ятницю п'ятниця п'ятниці суботу субота
        суботи неділю неділя неділі вчора сьогодні завтра напередодні""",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche hier demain",
    "es": "lunes martes miércoles jueves viernes sábado domingo ayer hoy",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar dün bugün yarın",
}
_MONTHS = {
    "en": """january february march april may june july august september october november december jan feb mar apr jun jul aug sep
        sept oct nov dec""",
    "ar": """يناير فبراير مارس أبريل إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر شباط آذار نيسان أيار حزيران تموز آب
        أيلول""",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
}
# Small words that are months only beside a number: "may", "mars", "kasım".
AMBIGUOUS = frozenset(
    {"may", "march", "mars", "mar", "mai", "mart", "marta", "ocak", "ekim", "mayo", "sept", "dec", "jan"}
)
_PARTS = {
    "en": "morning afternoon evening night dawn dusk midnight noon",
    "ar": "صباح صباحا مساء ليلة ليل فجر فجرا ظهر ظهرا عصر",
    "ru": "утром утро вечером вечера ночью ночь днем полдень",
    "uk": "вранці ранку ввечері вечора вночі ніч вдень",
    "fr": "matin soir nuit après-midi aube midi minuit",
    "es": "mañana tarde noche madrugada mediodía medianoche",
    "tr": "sabah akşam gece öğle öğleden",
}


@lru_cache(maxsize=8)
def days(language: str) -> frozenset[str]:
    """Return the days of the week, and words such as yesterday."""
    return frozenset(map(plain, _DAYS.get(language, "").split()))


@lru_cache(maxsize=8)
def months(language: str) -> frozenset[str]:
    """Return the months' names, as they stand beside a day."""
    return frozenset(map(plain, _MONTHS.get(language, "").split()))


@lru_cache(maxsize=8)
def parts_of_the_day(language: str) -> frozenset[str]:
    """Return words such as morning."""
    return frozenset(map(plain, _PARTS.get(language, "").split()))
