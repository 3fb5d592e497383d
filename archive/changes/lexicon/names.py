"""What stands before a place's name or a person's, and places that scripts without capitals don't give away."""

from __future__ import annotations

from functools import lru_cache

from archive.changes.tokens import plain

# Words right before a place. Those of the second line say so whatever follows, in any script.
_PLACE_CUES = {
    "en": "in near at around outside towards toward from to into across over inside north south east west",
    "ru": "в во под из около возле у на близ к от",
    "uk": "в у під з із біля поблизу на до від",
    "fr": "à en vers depuis dans",
    "es": "en hacia desde a",
    "tr": "",
    "ar": "",
}
_PLACE_NOUNS = {
    "en": "city town village region province district governorate camp neighbourhood neighborhood state county capital oblast",
    "ru": "город городе село селе села поселок поселке посёлке область области районе район деревня деревне г н.п. селу",
    "uk": "місто місті міста село селі села селище область області район районі громада громаді",
    "fr": "ville village province région camp territoire localité quartier département",
    "es": "ciudad pueblo provincia región campamento barrio departamento municipio localidad",
    "tr": "kenti ilçesi köyü",
    "ar": """مدينة بلدة قرية محافظة حي مخيم منطقة ريف قضاء مديرية ولاية شارع معبر بلدات مدينتي بلدتي مطار قاعدة ميناء
        إقليم جزيرة سهل جبل وادي حاجز""",
}
_PERSON_CUES = {
    "en": """mr mrs ms dr president minister spokesman spokeswoman spokesperson general colonel mayor governor commander sheikh king prime
        lieutenant captain prof professor sir""",
    "ru": "президент министр губернатор мэр глава генерал полковник доктор пресс-секретарь начальник представитель господин",
    "uk": "президент міністр губернатор мер голова генерал полковник доктор начальник речник очільник пан",
    "fr": "m mme dr président présidente ministre général colonel maire gouverneur porte-parole",
    "es": "presidente presidenta ministro ministra general coronel alcalde alcaldesa gobernador portavoz señor",
    "tr": "başkanı bakanı sayın general albay vali sözcüsü cumhurbaşkanı başbakan",
    "ar": """الرئيس الوزير وزير الجنرال العميد اللواء العقيد الدكتور السيد القائد الشيخ محافظ رئيس الملك الأمير
        المقدم الرائد النقيب الطبيب الصحفي الناشط المبعوث""",
}
# Words that open a sentence, or are capital, and are nobody's name.
_NO_NAMES = {
    "en": """the a an it he she they we i you his her their its this that these those there here one two three four five six seven eight nine
        ten in on at of for to by from with as if when while where who what which why how after before during since until although though
        but and or so yet no not more most many some several dozens hundreds thousands all both each every other another at least about
        around nearly over under according earlier later meanwhile however also still only just now then updated""",
    "ru": """в во на по с со из у к о об от до за под при для и а но или не ни что как так это этот эта эти там тут он она они мы вы я его
        ее их когда если после перед ранее позже также еще уже только более менее около все всего по меньшей как минимум при этом""",
    "uk": """в у на по з зі із до о об від за під при для і й та а але чи не ні що як так це цей ця ці там тут він вона вони ми ви я його
        її їх коли якщо після перед раніше пізніше також ще вже лише тільки більше менше близько усі всі всього щонайменше при цьому""",
    "fr": """le la les l un une des du de d au aux à a en et ou mais où qui que quoi dont ce cet cette ces il elle ils elles on nous vous je
        son sa ses leur leurs après avant pendant depuis selon plus moins environ près dans par pour sur sans avec tous toutes au moins
        plusieurs des deux trois""",
    "es": """el la los las un una unos unas de del al a en y o pero que quien quién donde cuando si este esta estos estas ese esa él ella ellos
        ellas nosotros yo su sus tras después antes durante desde según más menos unos cerca por para sobre sin con todos todas al menos
        varios dos tres""",
    "tr": """bir bu şu o ve ile da de ki ama için en az çok daha kadar sonra önce göre olarak her tüm iki üç dört beş altı yedi sekiz dokuz on
        yaklaşık ancak ise""",
}
# Which of two places is meant hangs on these.
TELLING = frozenset(
    ["south", "north", "east", "west", "southern", "northern", "eastern", "western", "new", "upper", "lower", "central", "sud", "nord", "est", "ouest", "sur", "norte", "este", "oeste", "southeast", "northwest", "northeast", "southwest", "южный", "северный", "восточный", "западный", "південний", "північний", "східний", "західний", "güney", "kuzey", "doğu", "batı"]
)  # fmt: skip

# Without those that are common words as well (الباب, صور, مدني ...).
_ARABIC_PLACES = """سوريا دمشق حلب حمص حماة إدلب درعا السويداء القنيطرة اللاذقية طرطوس الرقة الحسكة القامشلي منبج عفرين جرابلس أعزاز
    سراقب أريحا الغوطة داريا كوباني الميادين البوكمال العراق بغداد الموصل البصرة كركوك أربيل السليمانية الأنبار
    الفلوجة الرمادي تكريت سامراء ديالى النجف كربلاء سنجار تلعفر نينوى لبنان بيروت صيدا النبطية طرابلس بعلبك
    الهرمل فلسطين غزة رفح جباليا النصيرات البريج المغازي الضفة القدس نابلس جنين الخليل طولكرم قلقيلية بيت
    إسرائيل حيفا عكا الأردن عمان مصر القاهرة سيناء العريش السودان الخرطوم أمدرمان الفاشر نيالا الجنينة زالنجي
    كادوقلي سنار كسلا بورتسودان دارفور كردفان كوستي اليمن صنعاء عدن تعز الحديدة مأرب صعدة ذمار حضرموت المكلا
    شبوة أبين لحج الضالع المخا ليبيا بنغازي مصراتة سبها درنة تونس الجزائر المغرب موريتانيا الصومال مقديشو إيران
    طهران أصفهان الأهواز تركيا أنقرة إسطنبول أفغانستان كابول قندهار باكستان روسيا موسكو أوكرانيا كييف خاركيف
    خيرسون أوديسا دونيتسك السعودية الرياض قطر الدوحة الإمارات الكويت البحرين الهند الصين أمريكا فرنسا بريطانيا
    ألمانيا إثيوبيا تشاد النيجر نيجيريا"""


@lru_cache(maxsize=8)
def place_cues(language: str) -> frozenset[str]:
    """Return the words behind which a capitalised word is a place's name."""
    return _words(_PLACE_CUES, language) | _words(_PLACE_NOUNS, language)


@lru_cache(maxsize=8)
def place_nouns(language: str) -> frozenset[str]:
    """Return words such as city: what follows is a place's name."""
    return _words(_PLACE_NOUNS, language)


@lru_cache(maxsize=8)
def person_cues(language: str) -> frozenset[str]:
    """Return titles and offices, behind which a person's name stands."""
    return _words(_PERSON_CUES, language)


@lru_cache(maxsize=8)
def no_names(language: str) -> frozenset[str]:
    """Return words that are capitalised where a sentence begins, and are nobody's name."""
    return _words(_NO_NAMES, language)


@lru_cache(maxsize=1)
def arabic_places() -> frozenset[str]:
    """Return names of countries and towns, as one word, in Arabic."""
    return frozenset(map(plain, _ARABIC_PLACES.split()))


def _words(table: dict[str, str], language: str) -> frozenset[str]:
    return frozenset(map(plain, table.get(language, "").split()))
