"""Words of harm: what was done to people, as the beginnings of words in each language."""

from __future__ import annotations

from functools import lru_cache

from archive.changes.tokens import plain

KILLED, WOUNDED, MISSING, DISPLACED, DETAINED, ABDUCTED = (
    "killed", "wounded", "missing", "displaced", "detained", "abducted"
)  # fmt: skip

# A word that ends in "." is meant whole.
_STEMS = {
    "en": {
        KILLED: "kill die. died. dies. dying. dead. deadly. death slain. fatalit martyred. murder massacre",
        WOUNDED: "wound injur hurt.",
        MISSING: "missing.",
        DISPLACED: "displac fled. flee. fleeing. evacuat refugee",
        DETAINED: "detain detention arrest captur",
        ABDUCTED: "abduct kidnap hostage",
    },
    "ar": {
        KILLED: "قتل قتيل قتلى مقتل شهيد شهداء استشهد استشهاد وفاة توفي مصرع لقي. جثة جثث",
        WOUNDED: "جرح جريح جرحى أصيب إصاب مصاب جراح",
        MISSING: "مفقود فقدان فقد. فقدوا.",
        DISPLACED: "نازح نزح نزوح تهجير هجر مهجر لاجئ إجلاء",
        DETAINED: "معتقل اعتقل اعتقال محتجز احتجز احتجاز أسير أسرى توقيف موقوف",
        ABDUCTED: "مخطوف اختطف اختطاف خطف رهين رهائن",
    },
    "ru": {
        KILLED: "погиб убит убил убив смерт умер гибел скончал",
        WOUNDED: "ранен. ранены. ранена. раненых. ранение. ранения. ранения. раненые. раненым. пострадавш пострадал травм",
        MISSING: "пропал пропавш",
        DISPLACED: "эвакуир эвакуац переселен беженц",
        DETAINED: "задерж арест плен. плену. пленны",
        ABDUCTED: "похищ похит заложник",
    },
    "uk": {
        KILLED: "загиб загин убит вбит убив вбив смерт помер",
        WOUNDED: "поранен постражда травм ранен",
        MISSING: "зник",
        DISPLACED: "евакуй евакуац переселен біжен",
        DETAINED: "затрим заарешт арешт полон",
        ABDUCTED: "викрад викрал заручник",
    },
    "fr": {
        KILLED: "tué tuer. tue. tuent. tuant. mort morte. mortes. morts. décéd décès péri. péri cadavre abattu assassin",
        WOUNDED: "bless",
        MISSING: "disparu",
        DISPLACED: "déplac fui. fuient. évacu réfugi",
        DETAINED: "arrêté arrestation détenu interpell captur incarcér",
        ABDUCTED: "enlevé enlève kidnapp otage",
    },
    "es": {
        KILLED: "muert murió. murieron. muere. mueren. mató. mataron. mata. matado. matar. asesin falleci cadáver",
        WOUNDED: "herid hirió. hirieron. lesionad lesiones.",
        MISSING: "desaparec",
        DISPLACED: "desplaza huyó. huyeron. huido. huidos. evacua refugiad",
        DETAINED: "detenid deten detuv arrest captur",
        ABDUCTED: "secuestr rehén. rehenes. rapta",
    },
    "tr": {
        KILLED: "öldü ölen ölü öldür hayatını. hayatlarını. yaşamını. şehit ceset cesed katled katliam",
        WOUNDED: "yaral",
        MISSING: "kayıp. kaybol",
        DISPLACED: "yerinden. yerlerinden. tahliye. mülteci göç.",
        DETAINED: "gözaltı tutukla esir",
        ABDUCTED: "kaçırıl kaçırd rehin",
    },
}  # fmt: skip
_NEGATIONS = {
    "en": "not t never neither nor without",
    "ar": "لم لن ليس ليست غير دون",
    "ru": "не ни нет без",
    "uk": "не ні немає без",
    "fr": "ne n pas jamais aucun sans",
    "es": "no nunca sin",
    "tr": "değil yok",
}
# Small words that come and go with them.
_AUXILIARIES = {
    "en": "do does did is are was were be been being has have had will would can could to any a the",
    "fr": "a ont été est sont était y il en de",
    "es": "se ha han fue fueron es",
    "ru": "был была было были",
    "uk": "був була було були",
    "ar": "قد كان كانت يكن تكن",
    "tr": "",
}
_SHORTEST = 3  # letters of an Arabic word behind its prefix
_PREFIXES = ("وال", "بال", "لل", "ال", "و", "ف", "ب", "ل")


@lru_cache(maxsize=8)
def _table(language: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    whole, stems = {}, []
    for harm, words in _STEMS.get(language, {}).items():
        for word in words.split():
            if word.endswith("."):
                whole[plain(word[:-1])] = harm
            else:
                stems.append((plain(word), harm))
    return whole, tuple(stems)


@lru_cache(maxsize=4_096)
def harm_of(word: str, language: str) -> str | None:
    """Return what a word (as `plain` has it) says was done to people; None for any other word."""
    whole, stems = _table(language)
    for form in bare_forms(word) if language == "ar" else (word,):
        if form in whole:
            return whole[form]
        for stem, harm in stems:
            if form.startswith(stem):
                return harm
    return None


def bare_forms(word: str) -> tuple[str, ...]:
    """Return an Arabic word, and what is left of it without the and, the, by, for that may be written into it."""
    fit = (prefix for prefix in _PREFIXES if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST)
    return (word, *(word[len(prefix) :] for prefix in fit))


@lru_cache(maxsize=8)
def negations(language: str) -> frozenset[str]:
    """Return the words of a language that deny."""
    return frozenset(map(plain, _NEGATIONS.get(language, "").split()))


@lru_cache(maxsize=8)
def auxiliaries(language: str) -> frozenset[str]:
    """Return the small words of a language that come and go with a denial."""
    return frozenset(map(plain, _AUXILIARIES.get(language, "").split()))
