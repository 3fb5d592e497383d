"""The names of months in the languages of our sources, and the folding under which they are compared."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Letters that differ from writer to writer (Arabic against Persian forms, the Turkish dotless i), and
# characters that are only there for the eye: tatweel, zero-width joiners, direction marks.
_SAME = str.maketrans(
    {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ھ": "ه", "ۆ": "و", "ێ": "ي", "ڕ": "ر", "ڵ": "ل", "ı": "i", "’": "'"}
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
جنوری فبروری/فروری مارچ اپریل می/مئی جون جولای/جولائی آگست/اگست سپتمبر/سپتامبر/ستمبر اکتوبر/اکتبر نومبر/نوامبر دسمبر/دسامبر
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
հունվարի/հունվար փետրվարի/փետրվար մարտի/մարտ ապրիլի/ապրիլ մայիսի/մայիս հունիսի/հունիս հուլիսի/հուլիս օգոստոսի/օգոստոս սեպտեմբերի/սեպտեմբեր հոկտեմբերի/հոկտեմբեր նոյեմբերի/նոյեմբեր դեկտեմբերի/դեկտեմբեր
იანვარი/იანვარს/იან თებერვალი/თებერვალს/თებ მარტი/მარტს/მარ აპრილი/აპრილს/აპრ მაისი/მაისს/მაი ივნისი/ივნისს/ივნ ივლისი/ივლისს/ივლ აგვისტო/აგვისტოს/აგვ სექტემბერი/სექტემბერს/სექ ოქტომბერი/ოქტომბერს/ოქტ ნოემბერი/ნოემბერს/ნოე დეკემბერი/დეკემბერს/დეკ
yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr
януари февруари март април май юни юли август септември октомври ноември декември
január február március április május június július augusztus szeptember október november december
jannaayo/janaayo/janaayi febraayo/feberaayo/feberweri maarso/maarij abriil/abril maajo/meey juun/juunyo luuliyo/luulyo/julaay ogoosto/agoosto sebteembar/sebtembar/sebtember oktoobar/oktoober/oktobar nofeembar/nofembar/nofember diseembar/disembar/disember
janairu fabrairu/faburairu maris afrilu mayu yuni yuli agusta satumba oktoba nuwamba disamba
zanwiye feburuye marisi awirili mɛ zuwɛn zuluye uti sɛtanburu ɔkutɔburu nowanburu desanburu
जनवरी फ़रवरी/फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर
ဇန်နဝါရီ/ဇန်နဝါရီလ ဖေဖော်ဝါရီ/ဖေဖော်ဝါရီလ မတ်/မတ်လ ဧပြီ/ဧပြီလ မေ/မေလ ဇွန်/ဇွန်လ ဇူလိုင်/ဇူလိုင်လ ဩဂုတ်/ဩဂုတ်လ/သြဂုတ်/သြဂုတ်လ စက်တင်ဘာ/စက်တင်ဘာလ အောက်တိုဘာ/အောက်တိုဘာလ နိုဝင်ဘာ/နိုဝင်ဘာလ ဒီဇင်ဘာ/ဒီဇင်ဘာလ
ጃንዩወሪ/ጃንዋሪ ፌብሩወሪ/ፌብሩዋሪ ማርች ኤፕሪል ሜይ ጁን ጁላይ ኦገስት ሴፕቴምበር/ሴፕተምበር ኦክቶበር ኖቬምበር ዲሴምበር/ዲሰምበር
ינואר/בינואר פברואר/בפברואר מרץ/במרץ/מרס/במרס אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר
"""
# The solar months of Iran and of Afghanistan.
_SOLAR = """
فروردین اردیبهشت خرداد تیر مرداد/امرداد شهریور مهر آبان آذر دی بهمن اسفند
حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت
وری غویی غبرګولی چنګاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب
"""
# The lunar months of Islam, in Arabic, Persian and Latin letters.
_LUNAR = """
محرم/المحرم صفر ربيع_الأول/ربيع_أول/ربیع‌الاول ربيع_الآخر/ربيع_الثاني/ربيع_ثاني/ربیع‌الثانی جمادى_الأولى/جمادى_الأول/جمادی‌الاول جمادى_الآخرة/جمادى_الثانية/جمادى_الثاني/جمادی‌الثانی رجب شعبان رمضان شوال ذو_القعدة/ذي_القعدة/ذوالقعدة/ذیقعده ذو_الحجة/ذي_الحجة/ذوالحجة/ذیحجه
muharram safar rabi_i rabi_ii jumada_i jumada_ii rajab shaban/sha_ban ramadan/ramazan shawwal dhul_qadah/dhu_alqidah dhul_hijjah/dhu_alhijjah
"""
# Thirteen months, the last of five days or six.
_ETHIOPIAN = """
መስከረም ጥቅምት ኅዳር/ህዳር ታኅሣሥ/ታህሳስ/ታህሣሥ/ታኅሳስ ጥር የካቲት መጋቢት ሚያዝያ/ሚያዚያ ግንቦት ሰኔ ሐምሌ/ሀምሌ ነሐሴ/ነሀሴ ጳጉሜን/ጳጉሜ/ጷግሜ
"""
_NOT_ALNUM = re.compile(r"[\W_]+")
_BETWEEN = {number: None for number in range(128) if not chr(number).isalnum()}
SOLAR, LUNAR, ETHIOPIAN = 100, 200, 300  # added to the months of other calendars


def fold(text: str) -> str:
    """Return `text` in lower case, without accents and marks, look-alike letters made one."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_SAME)


def fold_key(text: str) -> str:
    """Return the letters and digits of `text`, folded: what names are compared by, however they are spaced and spelt."""
    if text.isascii():
        return text.lower().translate(_BETWEEN)
    return _NOT_ALNUM.sub("", fold(text))


def _table(lines: str) -> dict[str, int]:
    return {
        fold(name.replace("_", " ")): number
        for line in reversed(lines.strip().splitlines())  # an earlier line wins
        for number, names in enumerate(line.split(), start=1)
        for name in names.split("/")
    }


GREGORIAN = _table(_GREGORIAN)
OTHERS = {
    name: calendar + month
    for calendar, lines in ((SOLAR, _SOLAR), (LUNAR, _LUNAR), (ETHIOPIAN, _ETHIOPIAN))
    for name, month in _table(lines).items()
    if name not in GREGORIAN
}


def month_names(words: list[str]) -> dict[int, tuple[int, int]]:
    """Return where months stand in a list of folded words: index → (month, words that its name takes).

    Months of another calendar are counted from SOLAR, LUNAR or ETHIOPIAN on.
    """
    found: dict[int, tuple[int, int]] = {}
    for index, pair in enumerate(pairwise(words)):
        name = " ".join(pair)
        month = GREGORIAN.get(name) or OTHERS.get(name)
        if month is not None:
            found[index] = (month, 2)
    for index, word in enumerate(words):
        if index in found or (index - 1 in found and found[index - 1][1] == 2):
            continue
        month = GREGORIAN.get(word) or OTHERS.get(word)
        if month is not None:
            found[index] = (month, 1)
    return found
