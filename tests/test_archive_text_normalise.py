"""Words in the forms of the index: which are joined, which stay apart, and that none is lost or added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.text import unspaced
from archive.text.letters import fold, script
from archive.text.normalise import Normaliser

NORMALISER = Normaliser()

# Words that people use for each other; each row is one form.
ALIKE = {
    "en": ["gunman gunmen", "shot shooting shoots", "withdrew withdrawn withdraws", "thieves thief", "airstrike airstrikes", "struck strike strikes", "shelling shelled shells", "casualty casualties", "children child"],
    "ar": ["اعتقل يعتقل الاعتقالات معتقلين", "انفجر انفجارات ينفجر", "شارع شوارع", "قافلة قوافل وقوافل", "استهدف يستهدفون استهدافهم", "منزل منازلهم", "مراكز مركز", "متظاهر المتظاهرين", "دفتر دفاتر", "سيطروا يسيطر", "قتيلان قتلى وقتلى", "محكمة المحاكم",
        "قصف القصف القـــصف قَصْفٌ", "إدلب ادلب", "صنعاء صنعا", "غارة غارات الغارات غارته", "شَخْصًا شخص أشخاص", "حماة حماه",
        "مدني مدنيين المدنيون مدنية", "فلسطيني فلسطين الفلسطينيين", "صاروخ صواريخ بالصواريخ", "مستشفى المستشفيات مشفى",
        "نازح النازحين والنازحون", "قذيفة قذائف القذائف", "مصطفى مصطفي", "٢٠٢٦ 2026 ۲۰۲۶", "کتاب كتاب",
    ],
    "fa": ["قربانی قربانیان", "منطقه مناطق", "کشتند کشته", "پناهنده پناهندگان", "مدارس مدرسه", "نیرو نیروها نیروهای", "كودك کودک کودکان", "انفجار انفجارهای", "زن زنان"],
    "ru": ["беженец беженцы", "стекло стёкол", "обстреливать обстрел обстреляли", "сбили сбит сбивают", "справка справок", "боец бойцы", "обстрел обстрела обстрелы обстреляли обстрелян", "ёлка елка", "погибли погибших погибшие", "раненые ранены"],
    "uk": ["ніч ночі", "рука руці", "дорога дорозі", "затримали затримано затриманий", "зруйнувати зруйновано зруйнує зруйнований", "поранення поранено поранив", "викрасти викрали викрадено", "убити вбито вбивство", "повернувся повернулися", "смерть смертю", "загиблий загинули загинув", "війна воєн", "обʼєкт обʼєкти", "прибув прибули прибути", "область області", "солдат солдати", "обстріл обстрілу обстріли обстріляли", "Київ Києва Києві", "ґрунт грунт", "продавець продавця", "атака атаці"],
    "fr": ["témoigner témoignent témoignèrent", "attendre attendent", "détruire détruites", "abattu abattre", "mourir meurent", "frappe frappes", "réfugié réfugiée refugies", "détenu détenus", "bombardement bombardements bombardé"],
    "es": ["ataque ataques atacaron", "explosión explosiones explosion", "desplazado desplazadas"],
    "tr": ["şehir şehri şehirler", "vurdu vuruldu", "yaralı yaralandı yaralanan", "kaybetti kaybeden", "mayın mayınlı mayınlar", "kitap kitabı", "ölü ölenler ölüm", "saldırı saldırısı saldırıları saldirisi SALDIRI", "İdlib idlib IDLIB", "çocuk çocuklar çocuğu"],
    "he": ["עַזָּה עזה"],
}  # fmt: skip
# Words that would be taken for each other by a coarser rule.
APART = {
    "en": [
        "shot shut",
        "men mine",
        "Hama Hamas",
        "Homs home",
        "war ward",
        "university universe",
        "mission missile",
        "police policy",
        "arms army",
    ],
    "ar": [
        "يمن منى",
        "مقاتل مقتل",
        "قصف قصة",
        "صحفي صحيفة",
        "جنين جنينة",
        "صنعاء صناعة",
        "درعا درع",
        "وزير زير",
        "مدن مدني",
        "حمص حماس",
        "سور سورية",
        "لبن لبنان",
    ],
    "fa": ["کشتی کشت", "استان است", "خانه خان", "طالب طالبان", "مین میان", "زن زندان"],
    "ru": [
        "страна сторона",
        "мир мэр",
        "война воин",
        "рука рукав",
        "школа школьник",
        "город огород",
        "мирный мир",
    ],
    "uk": [
        "громадянин громада",
        "світло світ",
        "рік річ",
        "військо війна",
        "мина міна",
        "лікар лікарня",
        "правда право",
        "солдат сіль",
        "сила село",
        "школа шкода",
    ],
    "fr": [
        "agent âge",
        "violent violer",
        "parent parer",
        "guerre guérir",
        "armée armoire",
        "mine mineur",
        "camp campagne",
    ],
    "es": ["guerra guerrero", "misa misil", "bomba bombón"],
    "tr": [
        "mayın Mayıs",
        "olan ölen",
        "asker ask",
        "yara yaz",
        "kara kar",
        "kan kanal",
        "Hama Hamas",
        "ölü oldu",
    ],
}
# Words that are taken for each other and should not be: the price of the rules above, told in the README.
FALSE = {
    "en": ["mine mining", "execute executive", "author authority", "object objective", "human humane"],
    "ar": ["نبات نبأ", "جزيرة الجزائر", "مدافع مدفع", "غارة غار", "طالب طالبان", "حرب حربة"],
    "uk": ["дорога дорогий", "ріка рік", "військо військовий", "мати мат", "міст місто"],
    "fr": ["tente tenter", "tué tu", "arme armée", "porte porter"],
    "es": ["puerta puerto", "muerto muerte", "casa caso"],
    "tr": ["köy koyu", "araba Arap"],
}


def pairs(rows: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, row) for language, each in rows.items() for row in each]


def forms(language: str, row: str) -> set[str | None]:
    return {NORMALISER.text(word, language) for word in row.split()}


@pytest.mark.parametrize(("language", "row"), pairs(ALIKE))
def test_words_that_mean_the_same_are_joined(language: str, row: str) -> None:
    assert len(forms(language, row)) == 1


@pytest.mark.parametrize(("language", "row"), pairs(APART))
def test_words_that_do_not_stay_apart(language: str, row: str) -> None:
    assert len(forms(language, row)) == len(row.split())


@pytest.mark.parametrize(("language", "row"), pairs(FALSE))
def test_false_merges_are_known(language: str, row: str) -> None:
    assert len(forms(language, row)) == 1


def test_a_word_is_stemmed_as_the_reports_language_and_script_say() -> None:
    assert NORMALISER.text("The attacks القصف Обстрелы", "en") == "the attack قصف обстрел"
    assert NORMALISER.text("القصف attacks", "ar") == "قصف attack"
    assert NORMALISER.text("Die attacks", "de") == "die attacks"
    assert NORMALISER.text("attacks", None) == "attack"
    assert (NORMALISER.text("", "en"), NORMALISER.text(None, "en")) == ("", None)


def test_scripts_without_spaces_are_indexed_in_pairs_behind_the_text() -> None:
    assert NORMALISER.text("空袭造成12人", "zh") == "\ue00012\ue000 空袭 袭造 造成 人"
    assert NORMALISER.text("a_b snake_Cases", "en") == "a_b snake_case"


@given(st.text())
def test_folding_is_done_once(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert script(fold(word)) in {None, "latin", "cyrillic", "arabic", "hebrew"}


@pytest.fixture(scope="module")
def tokenizer() -> Iterator[sqlite3.Connection]:
    """A table that tells which words SQLite sees."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(
            "create virtual table seen using fts5(text,"
            " tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\")"
        )
        conn.execute("create virtual table words using fts5vocab(seen, instance)")
        yield conn


def count(conn: sqlite3.Connection, text: str) -> int:
    conn.execute("delete from seen")
    conn.execute("insert into seen (rowid, text) values (1, ?)", [text])
    return int(conn.execute("select coalesce(max(offset), -1) + 1 from words").fetchone()[0])


LETTERS = st.one_of(
    st.sampled_from(
        "aZéıİßﬁœ_-'’. \u0301\u064b\u0640\u200c\u200dقصفةىأپچکی٣ґёїйЁ空袭人ရန်ကုန်ไทยשלוםּ½²ª𝐀\ue000"
    ),
    st.characters(exclude_categories=["Cs"]),
)


@settings(max_examples=400)
@given(
    text=st.text(LETTERS, max_size=40),
    language=st.sampled_from(["en", "ar", "fa", "ru", "uk", "tr", "zh", "de", None]),
)
def test_a_text_keeps_its_words_in_number(
    tokenizer: sqlite3.Connection, text: str, language: str | None
) -> None:
    text = text.replace("\0", " ")
    normalised = NORMALISER.text(text, language) or ""
    found = unspaced.RUN.findall(text) if unspaced.PLACEHOLDER in normalised else []  # not for a mark alone
    pairs = [pair for run in found for pair in unspaced.pairs(run)]
    own = normalised.removesuffix("".join(f" {pair}" for pair in pairs))
    assert len(own) == len(normalised) - sum(len(pair) + 1 for pair in pairs)
    assert count(tokenizer, own) == count(tokenizer, text)
