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
    "en": ["airstrike airstrikes", "struck strike strikes", "shelling shelled shells", "casualty casualties", "children child"],
    "ar": [
        "قصف القصف القـــصف قَصْفٌ", "إدلب ادلب", "صنعاء صنعا", "غارة غارات الغارات غارته", "شَخْصًا شخص أشخاص", "حماة حماه",
        "مدني مدنيين المدنيون مدنية", "فلسطيني فلسطين الفلسطينيين", "صاروخ صواريخ بالصواريخ", "مستشفى المستشفيات مشفى",
        "نازح النازحين والنازحون", "قذيفة قذائف القذائف", "مصطفى مصطفي", "٢٠٢٦ 2026 ۲۰۲۶", "کتاب كتاب",
    ],
    "fa": ["نیرو نیروها نیروهای", "كودك کودک کودکان", "انفجار انفجارهای", "زن زنان"],
    "ru": ["обстрел обстрела обстрелы обстреляли обстрелян", "ёлка елка", "погибли погибших погибшие", "раненые ранены"],
    "uk": ["обстріл обстрілу обстріли обстріляли", "Київ Києва Києві", "ґрунт грунт", "продавець продавця", "атака атаці"],
    "fr": ["frappe frappes", "réfugié réfugiée refugies", "détenu détenus", "bombardement bombardements bombardé"],
    "es": ["ataque ataques atacaron", "explosión explosiones explosion", "desplazado desplazadas"],
    "tr": ["saldırı saldırısı saldırıları saldirisi SALDIRI", "İdlib idlib IDLIB", "çocuk çocuklar çocuğu"],
    "he": ["עַזָּה עזה"],
}  # fmt: skip
# Words that would be taken for each other by a coarser rule.
APART = {
    "en": [
        "Hama Hamas",
        "Homs home",
        "war ward",
        "university universe",
        "mission missile",
        "police policy",
        "arms army",
    ],
    "ar": [
        "جنين جنينة",
        "صنعاء صناعة",
        "درعا درع",
        "وزير زير",
        "مدن مدني",
        "حمص حماس",
        "سور سورية",
        "لبن لبنان",
    ],
    "fa": ["طالب طالبان", "مین میان", "زن زندان"],
    "ru": ["школа школьник", "город огород", "мирный мир"],
    "uk": ["сила село", "школа шкода"],
    "fr": ["armée armoire", "mine mineur", "camp campagne"],
    "es": ["misa misil", "bomba bombón"],
    "tr": ["Hama Hamas", "ölü oldu"],
}
# Words that are taken for each other and should not be: the price of the rules above, told in the README.
FALSE = {
    "en": ["mine mining", "execute executive", "author authority", "object objective", "human humane"],
    "ar": ["غارة غار", "طالب طالبان", "حرب حربة"],
    "uk": ["мати мат", "міст місто"],
    "fr": ["tué tu", "arme armée", "porte porter"],
    "es": ["muerto muerte", "casa caso"],
    "tr": ["köy koyu", "kara kar"],
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
    pairs = [pair for run in unspaced.RUN.findall(text) for pair in unspaced.pairs(run)]
    own = normalised.removesuffix("".join(f" {pair}" for pair in pairs))
    assert len(own) == len(normalised) - sum(len(pair) + 1 for pair in pairs)
    assert count(tokenizer, own) == count(tokenizer, text)
