"""Numbers in words, what makes them vague or larger, and the words before them that say how exact they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from archive.changes.tokens import plain, tokenize

# A line for a value: the number, then its words.
_VALUES = {
    "en": """0 zero; 1 one; 2 two both; 3 three; 4 four; 5 five; 6 six; 7 seven; 8 eight; 9 nine; 10 ten; 11 eleven;
        12 twelve; 13 thirteen; 14 fourteen; 15 fifteen; 16 sixteen; 17 seventeen; 18 eighteen; 19 nineteen; 20 twenty;
        30 thirty; 40 forty; 50 fifty; 60 sixty; 70 seventy; 80 eighty; 90 ninety""",
    "ar": """0 صفر; 1 واحد واحدا واحدة; 2 اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي إثنان إثنين; 3 ثلاثة ثلاث;
        4 أربعة أربع; 5 خمسة خمس; 6 ستة ست; 7 سبعة سبع; 8 ثمانية ثماني ثمان; 9 تسعة تسع; 10 عشرة عشر;
        20 عشرون عشرين; 30 ثلاثون ثلاثين; 40 أربعون أربعين; 50 خمسون خمسين; 60 ستون ستين; 70 سبعون سبعين;
        80 ثمانون ثمانين; 90 تسعون تسعين; 100 مئة مائة مية; 200 مئتان مئتين مائتان مائتين مئتا مئتي مائتي مائتا;
        300 ثلاثمئة ثلاثمائة; 400 أربعمئة أربعمائة; 500 خمسمئة خمسمائة; 600 ستمئة ستمائة; 700 سبعمئة سبعمائة;
        800 ثمانمئة ثمانمائة ثمانيمئة; 900 تسعمئة تسعمائة; 2000 ألفان ألفين ألفي ألفا; 2000000 مليونان مليونين""",
    "ru": """0 ноль нуль; 1 один одна одно одного одной одну; 2 два две двух двое двоих двоим двумя; 3 три трех трое троих троим;
        4 четыре четырех четверо четверых; 5 пять пяти пятеро пятерых; 6 шесть шести шестеро шестерых;
        7 семь семи семеро семерых; 8 восемь восьми восьмеро восьмерых; 9 девять девяти девятеро; 10 десять десяти десятеро;
        11 одиннадцать одиннадцати; 12 двенадцать двенадцати; 13 тринадцать тринадцати; 14 четырнадцать четырнадцати;
        15 пятнадцать пятнадцати; 16 шестнадцать шестнадцати; 17 семнадцать семнадцати; 18 восемнадцать восемнадцати;
        19 девятнадцать девятнадцати; 20 двадцать двадцати; 30 тридцать тридцати; 40 сорок сорока; 50 пятьдесят пятидесяти;
        60 шестьдесят шестидесяти; 70 семьдесят семидесяти; 80 восемьдесят восьмидесяти; 90 девяносто; 100 сто ста;
        200 двести двухсот; 300 триста трехсот; 400 четыреста четырехсот; 500 пятьсот пятисот; 600 шестьсот шестисот;
        700 семьсот семисот; 800 восемьсот восьмисот; 900 девятьсот девятисот""",
    "uk": """0 нуль; 1 один одна одне одного одну однієї; 2 два дві двох двоє двом; 3 три трьох троє; 4 чотири чотирьох четверо;
        5 п'ять п'яти п'ятеро п'ятьох; 6 шість шести шестеро шістьох; 7 сім семи семеро сімох; 8 вісім восьми восьмеро вісьмох;
        9 дев'ять дев'яти дев'ятеро дев'ятьох; 10 десять десяти десятеро десятьох; 11 одинадцять одинадцяти одинадцятеро;
        12 дванадцять дванадцяти дванадцятеро; 13 тринадцять; 14 чотирнадцять; 15 п'ятнадцять; 16 шістнадцять; 17 сімнадцять;
        18 вісімнадцять; 19 дев'ятнадцять; 20 двадцять двадцяти двадцятеро; 30 тридцять тридцяти; 40 сорок сорока;
        50 п'ятдесят; 60 шістдесят; 70 сімдесят; 80 вісімдесят; 90 дев'яносто; 100 сто ста; 200 двісті двохсот; 300 триста;
        400 чотириста; 500 п'ятсот; 600 шістсот; 700 сімсот; 800 вісімсот; 900 дев'ятсот""",
    "fr": """0 zéro; 1 un une; 2 deux; 3 trois; 4 quatre; 5 cinq; 6 six; 7 sept; 8 huit; 9 neuf; 10 dix; 11 onze; 12 douze;
        13 treize; 14 quatorze; 15 quinze; 16 seize; 20 vingt vingts; 30 trente; 40 quarante; 50 cinquante; 60 soixante;
        70 septante; 80 huitante octante; 90 nonante""",
    "es": """0 cero; 1 uno un una; 2 dos ambos ambas; 3 tres; 4 cuatro; 5 cinco; 6 seis; 7 siete; 8 ocho; 9 nueve; 10 diez; 11 once;
        12 doce; 13 trece; 14 catorce; 15 quince; 16 dieciséis; 17 diecisiete; 18 dieciocho; 19 diecinueve; 20 veinte;
        21 veintiuno veintiún veintiuna; 22 veintidós; 23 veintitrés; 24 veinticuatro; 25 veinticinco; 26 veintiséis;
        27 veintisiete; 28 veintiocho; 29 veintinueve; 30 treinta; 40 cuarenta; 50 cincuenta; 60 sesenta; 70 setenta;
        80 ochenta; 90 noventa; 100 cien ciento; 200 doscientos doscientas; 300 trescientos trescientas;
        400 cuatrocientos cuatrocientas; 500 quinientos quinientas; 600 seiscientos seiscientas; 700 setecientos setecientas;
        800 ochocientos ochocientas; 900 novecientos novecientas""",
    "tr": """0 sıfır; 1 bir biri; 2 iki ikisi; 3 üç üçü; 4 dört dördü; 5 beş beşi; 6 altı altısı; 7 yedi yedisi; 8 sekiz sekizi;
        9 dokuz dokuzu; 10 on onu; 20 yirmi; 30 otuz; 40 kırk; 50 elli; 60 altmış; 70 yetmiş; 80 seksen; 90 doksan""",
}
_MULTIPLIERS = {
    "en": "12 dozen; 100 hundred; 1000 thousand; 1000000 million; 1000000000 billion",
    "ar": "100 مئة مائة; 1000 ألف ألفا آلاف; 1000000 مليون مليونا ملايين; 1000000000 مليار مليارات",
    "ru": "1000 тысяча тысячи тысяч тысячу тысячам тыс; 1000000 миллион миллиона миллионов млн; 1000000000 миллиард миллиарда миллиардов млрд",
    "uk": "1000 тисяча тисячі тисяч тисячу тис; 1000000 мільйон мільйона мільйони мільйонів млн; 1000000000 мільярд мільярда мільярдів млрд",
    "fr": "100 cent cents; 1000 mille; 1000000 million millions; 1000000000 milliard milliards",
    "es": "1000 mil; 1000000 millón millones",
    "tr": "12 düzine; 100 yüz; 1000 bin; 1000000 milyon; 1000000000 milyar",
}
# Quantities that have no value; the same label, the same quantity.
_VAGUE = {
    "en": "10+ tens; 12+ dozens; 20+ scores; 100+ hundreds; 1000+ thousands; 1000000+ millions; some several",
    "ar": "10+ عشرات; 100+ مئات مئآت مائات; 1000+ آلاف; 1000000+ ملايين; some عدة بضعة بضع",
    "ru": "10+ десятки десятков; 100+ сотни сотен; 1000+ тысячи; some несколько нескольких",
    "uk": "10+ десятки десятків; 100+ сотні сотень; 1000+ тисячі; some кілька кількох декілька",
    "fr": """10+ dizaines; 12+ douzaines; 100+ centaines; 1000+ milliers; ~10 dizaine; ~12 douzaine; ~15 quinzaine; ~20 vingtaine;
        ~30 trentaine; ~40 quarantaine; ~50 cinquantaine; ~60 soixantaine; ~100 centaine; ~1000 millier; some plusieurs""",
    "es": """10+ decenas; 12+ docenas; 100+ cientos centenares; 1000+ miles millares; ~10 decena; ~12 docena; ~15 quincena; ~20 veintena;
        ~30 treintena; ~50 cincuentena; ~100 centenar; ~1000 millar; some varios varias""",
    "tr": "10+ onlarca; 100+ yüzlerce; 1000+ binlerce; 1000000+ milyonlarca; some birkaç",
}
# Words that are a number only where another one stood, or stands, in their place: articles, pronouns, "no".
_WEAK = {
    "en": "0 no nobody none; 1 one a an single; 2 both",
    "ar": "0 لا; 1 واحد واحدا واحدة",
    "ru": "0 никто нет; 1 один одна одно одного одной одну",
    "uk": "0 ніхто немає; 1 один одна одне одного одну однієї",
    "fr": "0 aucun aucune; 1 un une",
    "es": "0 ningún ninguna ninguno nadie; 1 un una uno; 2 ambos ambas",
    "tr": "0 hiç; 1 bir biri tek",
}
# Arabic says two by the noun's own ending; only forms that are no plural as well.
_DUALS = """قتيلان قتيلين جريحان جريحين شخصان شخصين مدنيان طفلان طفلين طفلتان طفلتين امرأتان امرأتين سيدتان سيدتين
    جنديان جنديين شهيدان شهيدين مصابان رجلان رجلين شابان شابين عنصران عنصرين صحفيان صحافيان مسلحان شقيقان شقيقين
    ضابطان ضابطين غارتان غارتين صاروخان صاروخين قذيفتان قذيفتين مسعفان فتاتان فتاتين عاملان مقاتلان"""

AT_LEAST, MORE, UP_TO, ABOUT, NEARLY, FEWER, BETWEEN = (
    "at least", "more than", "up to", "about", "nearly", "fewer than", "between"
)  # fmt: skip
_BEFORE = {
    "en": {
        AT_LEAST: "at least; no fewer than; no less than; not less than; a minimum of",
        MORE: "more than; over; above; upwards of; in excess of",
        UP_TO: "up to; as many as; at most; no more than; not more than; a maximum of",
        ABOUT: "about; around; roughly; approximately; some; an estimated; estimated",
        NEARLY: "nearly; almost; close to; just under",
        FEWER: "fewer than; less than; under; below",
        BETWEEN: "between",
    },
    "ar": {
        AT_LEAST: "ما لا يقل عن; لا يقل عن; على الأقل",
        MORE: "أكثر من; ما يزيد عن; ما يزيد على; يزيد عن; ما يربو على; أزيد من",
        UP_TO: "ما يصل إلى; حتى; لا يتجاوز; لا يزيد عن; ما لا يزيد عن",
        ABOUT: "نحو; حوالي; حوالى; زهاء; ما يقارب; بحدود",
        NEARLY: "قرابة; ما يقرب من; يقارب; قريب من",
        FEWER: "أقل من; ما دون",
        BETWEEN: "ما بين; بين",
    },
    "ru": {
        AT_LEAST: "не менее; не менее чем; как минимум; по меньшей мере; по крайней мере; минимум; не меньше",
        MORE: "более; более чем; больше; больше чем; свыше",
        UP_TO: "до; не более; не больше; максимум",
        ABOUT: "около; примерно; порядка; приблизительно; ориентировочно",
        NEARLY: "почти",
        FEWER: "менее; меньше",
        BETWEEN: "от",
    },
    "uk": {
        AT_LEAST: "щонайменше; як мінімум; принаймні; не менше; не менш як; мінімум",
        MORE: "понад; більше; більш як; більше ніж",
        UP_TO: "до; не більше; максимум; щонайбільше",
        ABOUT: "близько; приблизно; орієнтовно",
        NEARLY: "майже",
        FEWER: "менше; менш як",
        BETWEEN: "від",
    },
    "fr": {
        AT_LEAST: "au moins; au minimum; pas moins de",
        MORE: "plus de; plus d'",
        UP_TO: "jusqu'à; au plus; au maximum",
        ABOUT: "environ; quelque; autour de; approximativement; à peu près",
        NEARLY: "près de; presque",
        FEWER: "moins de; moins d'",
        BETWEEN: "entre",
    },
    "es": {
        AT_LEAST: "al menos; por lo menos; como mínimo; no menos de",
        MORE: "más de; por encima de",
        UP_TO: "hasta; como máximo; a lo sumo",
        ABOUT: "unos; unas; cerca de; alrededor de; aproximadamente; en torno a",
        NEARLY: "casi",
        FEWER: "menos de",
        BETWEEN: "entre",
    },
    "tr": {
        AT_LEAST: "en az; en azından; asgari",
        UP_TO: "en fazla; en çok",
        ABOUT: "yaklaşık; tahminen; aşağı yukarı",
        NEARLY: "neredeyse",
    },
}  # fmt: skip
_BEHIND = {
    "en": {AT_LEAST: "or more", ABOUT: "or so"},
    "ar": {AT_LEAST: "على الأقل"},
    "ru": {AT_LEAST: "и более; и больше"},
    "uk": {AT_LEAST: "і більше"},
    "fr": {AT_LEAST: "au moins"},
    "es": {AT_LEAST: "al menos; o más"},
    "tr": {
        MORE: "den fazla; dan fazla; ten fazla; tan fazla; den fazlası; dan fazlası; i aşkın; ı aşkın; ü aşkın; u aşkın; yi aşkın; den çok; dan çok",
        ABOUT: "civarında; kadar",
        NEARLY: "e yakın; a yakın; ye yakın; ya yakın",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NumberWords:
    """A language's tables. before, behind: from a phrase's tokens to the qualifier that it is."""

    values: dict[str, int]
    multipliers: dict[str, int]
    vague: dict[str, str]
    weak: dict[str, int]
    duals: frozenset[str]
    before: dict[tuple[str, ...], str]
    behind: dict[tuple[str, ...], str]


@lru_cache(maxsize=8)
def number_words(language: str) -> NumberWords:
    """Return a language's tables; empty ones for one that they don't have."""
    return NumberWords(
        values=_counted(_VALUES.get(language, "")),
        multipliers=_counted(_MULTIPLIERS.get(language, "")),
        vague=_listed(_VAGUE.get(language, "")),
        weak=_counted(_WEAK.get(language, "")),
        duals=frozenset(map(plain, _DUALS.split())) if language == "ar" else frozenset(),
        before=_phrases(_BEFORE.get(language, {})),
        behind=_phrases(_BEHIND.get(language, {})),
    )


def _listed(table: str) -> dict[str, str]:
    lines = (line.split() for line in table.split(";") if line.strip())
    return {plain(word): value for value, *words in lines for word in words}


def _counted(table: str) -> dict[str, int]:
    return {word: int(value) for word, value in _listed(table).items()}


def _phrases(table: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {
        tuple(map(plain, tokenize(phrase.strip()).words)): qualifier
        for qualifier, phrases in table.items()
        for phrase in phrases.split(";")
    }
