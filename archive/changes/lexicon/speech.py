"""Words of saying: verbs, phrases that name a source, and what is none of a speaker's name."""

from __future__ import annotations

import re
from functools import lru_cache

from archive.changes.tokens import plain, tokenize

SAYS, CLAIMS, CONFIRMS, DENIES, ADMITS = "says", "claims", "confirms", "denies", "admits"

# Forms that are verbs as they stand, and of verbs with endings the stems: those alone would be nouns (report, rapport).
_WHOLE = {
    "en": {
        SAYS: "said say says told tell tells wrote writes",
        CLAIMS: "insist insists",
        CONFIRMS: "confirm verify",
        DENIES: "deny denies",
        ADMITS: "admit admits concede concedes",
    },
    "fr": {SAYS: "dit disent", CLAIMS: "prétend prétendent", DENIES: "nie nient nié démenti dément", ADMITS: "admis reconnu admet"},
    "es": {SAYS: "dijo dijeron dice dicen dicho escribió", DENIES: "niega niegan", ADMITS: "reconoce"},
    "ru": {SAYS: "говорит говорят пишет пишут", DENIES: "отрицает отрицают"},
    "uk": {SAYS: "каже кажуть пише пишуть"},
    "tr": {SAYS: "dedi dediler", CLAIMS: "sürdü"},
    "ar": {
        SAYS: """قال قالت قالوا يقول تقول أفاد أفادت أفادوا أعلن أعلنت أعلنوا ذكر ذكرت أوضح أوضحت أضاف أضافت صرح صرحت كشف كشفت
            أشار أشارت وثق وثقت رصد رصدت أبلغ أبلغت كتب نشر نشرت أخبر أخبرت تحدث تحدثت أورد أوردت""",
        CLAIMS: "زعم زعمت زعموا ادعى ادعت يزعم تزعم اتهم اتهمت",
        CONFIRMS: "أكد أكدت أكدوا يؤكد تؤكد",
        DENIES: "نفى نفت نفوا ينفي تنفي كذب فند",
        ADMITS: "اعترف اعترفت أقر أقرت",
    },
}  # fmt: skip
_STEMS = {
    "en": (
        {
            SAYS: "stat report announc add not declar reveal explain warn post document record",
            CLAIMS: "claim alleg insist accus",
            CONFIRMS: "confirm",
            DENIES: "deni reject disput",
            ADMITS: "admitt acknowledg conced",
        },
        "ed|es|s",
    ),
    "ru": (
        {
            SAYS: "сообщ заяв рассказ уточн напис отмет добав объяв информир проинформир переда указ подчеркн поясн сказ",
            CLAIMS: "утвержд обвин",
            CONFIRMS: "подтверд",
            DENIES: "опроверг отверг",
            ADMITS: "призна",
        },
        "л|ла|ло|ли|ил|ила|ило|или|ал|ала|али|ул|ула|ули|ает|ают|яет|яют|ит|ят|ет|ют|ует|уют",
    ),
    "uk": (
        {
            SAYS: "повідом заяв розпов уточн напис зазнач дода наголос інформ поінформ сказ пояснн поясн оголос переда вказ",
            CLAIMS: "стверджу звинувати звинувачу",
            CONFIRMS: "підтверд",
            DENIES: "спросту запереч відкин",
            ADMITS: "визна",
        },
        "в|ла|ло|ли|ив|ила|ило|или|ав|ала|али|іла|іли|ів|ує|ують|яє|яють|ляє|ляють|є|ють|ить|ять",
    ),
    "fr": (
        {
            SAYS: "affirm déclar indiqu annonc précis rapport relat ajout signal inform expliqu assur",
            CLAIMS: "accus",
            CONFIRMS: "confirm",
            DENIES: "rejet contest",
            ADMITS: "avou",
        },
        "e|é|ée|és|ent|ait|aient|té",
    ),
    "es": (
        {
            SAYS: "afirm asegur inform anunci declar señal indic precis detall report agreg añad explic notific comunic",
            CLAIMS: "aleg acus denunci",
            CONFIRMS: "confirm",
            DENIES: "neg desmint rechaz",
            ADMITS: "admit reconoc",
        },
        "ó|a|aron|ieron|ió|an|ado|ido",
    ),
    "tr": (
        {
            SAYS: "söyle belirt açıkla duyur bildir kaydet aktar vurgula anlat yaz",
            CLAIMS: "savun suçla",
            CONFIRMS: "doğrula",
            DENIES: "yalanla reddet",
        },
        "di|dı|du|dü|ti|tı|tu|tü|diler|dılar|tiler|tılar|ildi|ıldı|ndı|ndi|uldu|üldü",
    ),
}  # fmt: skip
# Behind these a word is a noun (the report, l'annonce, una denuncia) or passive (was reported).
_DETERMINERS = {
    "en": """the a an this that these those his her its their our no any first initial earlier media news other such of be been
        being was were is are""",
    "fr": "le la les l un une ce cet cette ces son sa ses leur leurs d de",
    "es": "el la los las un una este esta su sus otra otro de",
}
# The source stands behind these ...
_SOURCE_FOLLOWS = {
    "en": "according to; citing; as per; quoting",
    "ar": "وفق; وفقا ل; بحسب; حسب; نقلا عن; نقل عن; نقلت عن; طبقا ل; على لسان; حسبما أفاد; حسبما أفادت; بناء على; استنادا إلى",
    "ru": "по словам; по данным; по информации; по сообщению; по сведениям; по оценке; по оценкам; согласно; со ссылкой на",
    "uk": "за словами; за даними; за інформацією; згідно з; з посиланням на; за оцінками; за оцінкою",
    "fr": "selon; d'après; citant; à en croire; au dire de; de source",
    "es": "según; de acuerdo con; de acuerdo a; citando a; conforme a; en palabras de",
    "tr": "",
}
# ... and before these.
_SOURCE_PRECEDES = {"tr": "göre"}
# Small words that are no part of a speaker, or that say nothing of who it is.
_NOBODY = {
    "en": """the a an its his her their our it he she they we also later earlier meanwhile separately which who that and but as had has have
        was were in on at of for to by from with monday tuesday wednesday thursday friday saturday sunday today yesterday statement
        telegram this it's still not so yes then there again""",
    "ar": "إن أن في من على عن إلى الى هذا هذه كما قد وقد لقد اليوم أمس بيان له لها الذي التي ما لم",
    "ru": """об этом это как также ранее позже он она они его ее их в на что который которая вчера сегодня днем уже и журналистам со ссылкой
        своем своём телеграм канале""",
    "uk": "про це як також раніше пізніше він вона вони його її їх в у на що який яка вчора сьогодні вже і журналістам",
    "fr": """le la les un une des du de d l a ont a été il elle ils elles on se ce qui que en au aux leur son sa ses aussi mardi lundi
        mercredi jeudi vendredi samedi dimanche hier""",
    "es": "el la los las un una de del se que en al lo su sus ha han también él ella ellos ayer hoy este esta",
    "tr": "ve bu da de bir ise ile o onlar için olarak dün bugün yaptığı açıklamada",
}
_GO_ON = {
    "en": "that if whether",
    "ar": "إن أن إنه إنها أنه أنها بأن بأنه إنهم أنهم",
    "ru": "что о об",
    "uk": "що про",
    "fr": "que qu",
    "es": "que",
    "tr": "",
}


@lru_cache(maxsize=8)
def _verbs(language: str) -> tuple[dict[str, str], re.Pattern[str] | None]:
    table = _WHOLE.get(language, {})
    whole = {plain(word): stance for stance, words in table.items() for word in words.split()}
    if language not in _STEMS:
        return whole, None
    stances, endings = _STEMS[language]
    branches = [f"(?P<{stance}>{'|'.join(map(plain, stems.split()))})" for stance, stems in stances.items()]
    return whole, re.compile(f"(?:{'|'.join(branches)})(?:{plain(endings)})")


@lru_cache(maxsize=4_096)
def stance_of(word: str, language: str) -> str | None:
    """Return how a verb (as `plain` has it) says what is said; None for what is no verb of saying."""
    whole, pattern = _verbs(language)
    forms = (word, word[1:]) if language == "ar" and word[:1] in {"و", "ف"} else (word,)
    for form in forms:
        if form in whole:
            return whole[form]
        if pattern and (found := pattern.fullmatch(form)):
            return found.lastgroup
    return None


@lru_cache(maxsize=8)
def determiners(language: str) -> frozenset[str]:
    """Return words behind which a verb's form is a noun."""
    return frozenset(map(plain, _DETERMINERS.get(language, "").split()))


@lru_cache(maxsize=8)
def source_follows(language: str) -> dict[tuple[str, ...], str]:
    """Return the phrases, as plain tokens, behind which a source is named."""
    return _phrases(_SOURCE_FOLLOWS.get(language, ""))


@lru_cache(maxsize=8)
def source_precedes(language: str) -> dict[tuple[str, ...], str]:
    """Return the phrases, as plain tokens, before which a source is named."""
    return _phrases(_SOURCE_PRECEDES.get(language, ""))


def _phrases(table: str) -> dict[tuple[str, ...], str]:
    return {tuple(map(plain, tokenize(phrase).words)): SAYS for phrase in table.split(";") if phrase.strip()}


@lru_cache(maxsize=8)
def nobody(language: str) -> frozenset[str]:
    """Return words that name no speaker."""
    return frozenset(map(plain, _NOBODY.get(language, "").split()))


@lru_cache(maxsize=8)
def go_on(language: str) -> frozenset[str]:
    """Return words with which what is said begins."""
    return frozenset(map(plain, _GO_ON.get(language, "").split()))
