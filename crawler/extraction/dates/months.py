"""The names of months in the languages of our sources, and the folding under which they are compared."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import pairwise

# Letters that differ from writer to writer (Arabic against Persian forms, the Turkish dotless i), and
# characters that are only there for the eye: tatweel, zero-width joiners, direction marks.
_SAME = str.maketrans(
    {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ھ": "ه", "ۆ": "و", "ێ": "ي", "ڕ": "ر", "ı": "i", "’": "'"}
    | dict.fromkeys("ـ\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", "")
)  # fmt: skip

# Accents and vowel signs; a set is searched much faster than each character is asked whether it combines.
_MARKS = re.compile(f"[{''.join(filter(unicodedata.combining, map(chr, range(0x300, 0x3100))))}]")

# Twelve names a line, January first; "/" parts spellings, "_" joins the words of one name.
_GREGORIAN = """
january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep october/oct november/nov december/dec
يناير فبراير مارس أبريل/ابريل/إبريل مايو يونيو/يونية يوليو/يولية أغسطس/اغسطس سبتمبر أكتوبر/اكتوبر نوفمبر ديسمبر
كانون_الثاني/كانون_ثاني/كانون_ثان شباط آذار/اذار نيسان أيار/ايار حزيران تموز آب/اب أيلول/ايلول تشرين_الأول/تشرين_أول تشرين_الثاني/تشرين_ثاني/تشرين_ثان كانون_الأول/كانون_أول
جانفي فيفري مارس أفريل/افريل ماي جوان جويلية/جويليه أوت/اوت سبتمبر أكتوبر نوفمبر ديسمبر
يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر
января/январь/янв февраля/февраль/февр/фев марта/март/мар апреля/апрель/апр мая/май июня/июнь/июн июля/июль/июл августа/август/авг сентября/сентябрь/сент/сен октября/октябрь/окт ноября/ноябрь/ноя/нояб декабря/декабрь/дек
січня/січень/січ лютого/лютий/лют березня/березень/бер квітня/квітень/квіт/кві травня/травень/трав червня/червень/черв/чер липня/липень/лип серпня/серпень/серп/сер вересня/вересень/вер жовтня/жовтень/жовт/жов листопада/листопад/лист грудня/грудень/груд/гру
студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня
ocak/oca şubat/şub mart nisan/nis mayıs haziran/haz temmuz/tem ağustos/ağu eylül/eyl ekim/eki kasım/kas aralık/ara
rêbendan/çile/çileya_paşîn/rêbendana sibat/reşemî/reşemiya/sibata adar/adara nîsan/avrêl/nîsana/avrêla gulan/gulana hezîran/pûşper/hezîrana/pûşpera tîrmeh/tîrmeha tebax/gelawêj/tebaxa/gelawêja îlon/rezber/îlona/rezbera cotmeh/kewçêr/çiriya_pêşîn/cotmeha/kewçêra mijdar/sermawez/çiriya_paşîn/mijdara/sermaweza kanûn/berfanbar/çileya_pêşîn/kanûna/berfanbara
کانوونی_دووەم/کانوونی_دووەمی/کانونی_دووەم شوبات/شوباتی ئازار/ئازاری نیسان/نیسانی ئایار/ئایاری حوزەیران/حوزەیرانی تەمموز/تەمموزی/تەممووز/تەممووزی ئاب/ئابی ئەیلوول/ئەیلول/ئەیلوولی تشرینی_یەکەم/تشرینی_یەکەمی تشرینی_دووەم/تشرینی_دووەمی کانوونی_یەکەم/کانوونی_یەکەمی/کانونی_یەکەم
ژانویه فوریه مارس آوریل مه ژوئن ژوئیه/جولای اوت سپتامبر اکتبر نوامبر دسامبر
جنوری فبروری/فروری مارچ اپریل می/مئی جون جولای/جولائی آگست/اگست سپتمبر/سپتامبر اکتوبر/اکتبر نومبر/نوامبر دسمبر/دسامبر
janvier/janv février/févr mars avril/avr mai juin juillet/juil août septembre octobre novembre décembre
enero/ene febrero marzo abril/abr mayo junio julio agosto/ago septiembre/setiembre octubre noviembre diciembre/dic
januar/jänner/jän februar/feber märz/mär april mai juni juli august september oktober/okt november dezember/dez
gennaio/gen febbraio marzo aprile maggio/mag giugno/giu luglio/lug agosto settembre ottobre/ott novembre dicembre
janeiro fevereiro/fev março abril maio/mai junho julho agosto setembro/set outubro/out novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
styczeń/stycznia lutego/luty marca/marzec kwietnia/kwiecień maja/maj czerwca/czerwiec lipca/lipiec sierpnia/sierpień września/wrzesień października/październik listopada/listopad grudnia/grudzień
ledna/leden února/únor března/březen dubna/duben května/květen června/červen července/červenec srpna/srpen září října/říjen listopadu/listopad prosince/prosinec
januar februar mars april maj/mai juni juli august september oktober november desember/december/des
januari februari mars april maj juni juli augusti september oktober november december
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
январа фебруара марта априла маја јуна јула августа септембра октобра новембра децембра
ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba
januari februari maret april mei juni juli agustus september oktober november desember
ינואר/בינואר פברואר/בפברואר מרץ/במרץ/מרס/במרס אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר
"""
# The solar months of Iran and of Afghanistan.
_SOLAR = """
فروردین اردیبهشت خرداد تیر مرداد/امرداد شهریور مهر آبان آذر دی بهمن اسفند
حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت
وری غویی غبرګولی چنګاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب
"""


def fold(text: str) -> str:
    """Return `text` in lower case, without accents and marks, look-alike letters made one."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_SAME)


def _table(lines: str) -> dict[str, int]:
    return {
        fold(name.replace("_", " ")): number
        for line in reversed(lines.strip().splitlines())  # an earlier line wins
        for number, names in enumerate(line.split(), start=1)
        for name in names.split("/")
    }


GREGORIAN = _table(_GREGORIAN)
SOLAR = {name: month for name, month in _table(_SOLAR).items() if name not in GREGORIAN}


def month_names(words: list[str]) -> dict[int, tuple[int, int]]:
    """Return where months stand in a list of folded words: index → (month, words that its name takes).

    Months of the solar calendar are counted from 101.
    """
    found: dict[int, tuple[int, int]] = {}
    for index, pair in enumerate(pairwise(words)):
        month = GREGORIAN.get(" ".join(pair))
        if month is not None:
            found[index] = (month, 2)
    for index, word in enumerate(words):
        if index in found or (index - 1 in found and found[index - 1][1] == 2):
            continue
        month = GREGORIAN.get(word) or (SOLAR.get(word, 0) + 100 if word in SOLAR else None)
        if month is not None:
            found[index] = (month, 1)
    return found


def solar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date of a Solar Hijri one (Iran, Afghanistan), or None if there is no such day.

    Source: the 33-year arithmetic rule of jdf.scr.ir, exact from 1178 to 1633.
    """
    if not (1178 <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return None
    shifted = year + 1595
    days = -355668 + 365 * shifted + shifted // 33 * 8 + (shifted % 33 + 3) // 4 + day
    days += (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    return date.fromordinal(days - 365)
