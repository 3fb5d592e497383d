"""The query language, without an archive."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.text.names import Names, load_names
from archive.text.normalise import Normaliser
from archive.text.query import Reported, accepts, compile_match, parse
from archive.text.query.model import COLUMNS, LIMITS, All, Any, Limit, Near, Negated, Node, Word
from tests.searching import forms

NORMALISER = Normaliser()
NAMES = Names(load_names(), NORMALISER)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("a b", All((Word("a"), Word("b")))),
        ("a AND b", All((Word("a"), Word("b")))),
        ("a OR b c", Any((Word("a"), All((Word("b"), Word("c")))))),
        ("(a OR b) c", All((Any((Word("a"), Word("b"))), Word("c")))),
        ("a NOT b", All((Word("a"), Negated(Word("b"))))),
        ("a AND NOT (b OR c)", All((Word("a"), Negated(Any((Word("b"), Word("c"))))))),
        ('"a b"', All((Word("a b", is_phrase=True),))),
        ("“a b” «c»", All((Word("a b", is_phrase=True), Word("c", is_phrase=True)))),
        ("shell*", All((Word("shell", is_prefix=True),))),
        ("title:a", All((Word("a", column="title"),))),
        ("title: (a OR b)", All((Any((Word("a", column="title"), Word("b", column="title"))),))),
        ("NEAR(a b, 3)", All((Near((Word("a"), Word("b")), 3),))),
        ('NEAR("a b" c)', All((Near((Word("a b", is_phrase=True), Word("c")), 10),))),
        ("a - b &", All((Word("a"), Word("b")))),
        ("and or not", All((Word("and"), Word("or"), Word("not")))),
        ("https://x.example", All((Word("https://x.example"),))),
        ("9:40", All((Word("9:40"),))),
    ],
)
def test_what_is_meant(typed: str, words: Node) -> None:
    query = parse(typed)
    assert query.words == (words if isinstance(words, All) else All((words,)))
    assert query.problem is None
    assert query.limits == ()


@pytest.mark.parametrize(
    ("typed", "limits"),
    [
        ("source:sana", (Limit("source", ("sana",)),)),
        ("source:Sana,enab", (Limit("source", ("sana", "enab")),)),
        ('conflict:"DR Congo"', (Limit("conflict", ("dr congo",)),)),
        ("since:2020", (Limit("since", ("2020",), date(2020, 1, 1)),)),
        ("until:2020-02", (Limit("until", ("2020-02",), date(2020, 2, 29)),)),
        ("LANGUAGE:ar NOT kind:NGO", (Limit("lang", ("ar",)), Negated(Limit("kind", ("ngo",))))),
        ("(lang:ar OR lang:en)", (Any((Limit("lang", ("ar",)), Limit("lang", ("en",)))),)),
    ],
)
def test_limits(typed: str, limits: object) -> None:
    assert parse(typed).limits == parse(f"{typed} a").limits == limits
    assert parse(typed).words is None
    assert parse(f"a {typed}").words == All((Word("a"),))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ('"open', "a quote is not closed"),
        ("(a", "a bracket is not closed"),
        ("a)", "a bracket is closed that was not opened"),
        ("a AND", "a word is missing at the end"),
        ("OR a", "a word is missing before OR"),
        ("NOT a", "NOT leaves nothing to search for"),
        ("a OR NOT b", "NOT has nothing before it to take something from"),
        ("a OR lang:ar", "can't stand in one bracket or OR with words"),
        ("foo:bar", "there is no field 'foo'"),
        ("a title:", "nothing stands behind title:"),
        ("since:yesterday", "since:yesterday is not a day"),
        ("until:2020-13", "until:2020-13 is not a day"),
        ("since:0000", "since:0000 is not a day"),
        ("(" * 30 + "a" + ")" * 30, "more than 20 brackets"),
    ],
)
def test_what_is_no_query_is_searched_for_by_its_words_and_says_why(typed: str, problem: str) -> None:
    query = parse(typed)
    assert query.by_words
    assert problem in str(query.problem)
    assert query.limits == ()
    assert isinstance(query.words, All)
    assert all(isinstance(word, Word) and not word.is_prefix for word in query.words.nodes)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("القصف", ['"قصف"']),  # of the list of verbs: without particles in the index too
        ("الزهور", ['"زهور"', '"وزهور"', '"بزهور"']),
        ("وقصف", ['"قصف"']),
        ("Saraqeb's", ['"saraqeb"', '"saraqeb s"']),
        ("l'armée", ['"arme"']),
        ("Halep’te", ['"halep"']),
        ("cease-fire", ['"cease fire"', '"ceasefir"']),
        ("fata*lities", ['"fatal"']),
        ("حمله‌های", ['"حمل"']),
        ("空袭造成", ['"空袭 袭造 造成"']),
        ("shelli*", ['"shelli" *', '"shell"']),
        ("обстріл*", ['"обстріл" *', '"обстр"']),
        ("сім'ї", ['"сім ї"', '"сімʼ"', '"сім я"']),
        ("title:x", ['(title : "x")']),
    ],
)
def test_a_word_is_asked_for_in_each_form_that_it_may_have(typed: str, found: list[str]) -> None:
    assert [form for form in found if form not in forms(typed)] == []


def test_the_languages_that_are_searched_limit_the_forms() -> None:
    query = parse("attaques")
    assert compile_match(query, NORMALISER, ["fr"]) == '"attaqu"'
    assert "attac" not in str(compile_match(query, NORMALISER, ["fr"]))


def test_limits_of_a_single_report() -> None:
    report = Reported("sana", "ar", "2020-06-01T10:00:00Z", "state media", "Syria, Global")
    within = "source:sana lang:ar since:2020-06-01 until:2020-06-01 kind:state conflict:global"
    assert all(accepts(limit, report) for limit in parse(within).limits)
    for beyond in (
        "source:x",
        "lang:en",
        "since:2020-06-02",
        "until:2020-05",
        "kind:ngo",
        "conflict:yemen",
        "NOT lang:ar",
    ):
        assert not all(accepts(limit, report) for limit in parse(beyond).limits), beyond
    undated = Reported("x", None, None, None, None)
    assert not accepts(parse("since:2000").limits[0], undated)
    assert accepts(parse("NOT since:2000").limits[0], undated)


@pytest.fixture(scope="module")
def judge() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(f"create virtual table articles_fts using fts5({', '.join(COLUMNS)})")
        yield conn


PIECES = st.sampled_from(
    [*'"*():^+-{},.“”«» \0\n\'', "AND", "OR", "NOT", "NEAR(", "NEAR(a b, 5)", "a", "shells", "قصف", "title:", "source:x", "é",
     "since:2020", "foo:", "\ud800", "空袭", "2,000", "ез-зор", "'; drop table articles --", "\u200c", "fata*lities", "aa*"]
)  # fmt: skip
TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=30).map(" ".join),
    st.lists(PIECES, max_size=30).map("".join),
)
QUOTED = re.compile(r'"[^"]*"')
BARE = re.compile(rf"(?:AND|OR|NOT|NEAR|{'|'.join(COLUMNS)}|[0-9]+|[(): ,*])*")


@settings(max_examples=300)
@given(typed=TYPED)
def test_nothing_typed_raises_or_gets_out_of_the_quotes(judge: sqlite3.Connection, typed: str) -> None:
    try:
        query = parse(typed)
    except InvalidInput:  # no word in it
        return
    for each in (query, NAMES.widened(query)):
        match = compile_match(each, NORMALISER)
        if match is None:
            assert each.limits
            continue
        judge.execute("select 1 from articles_fts where articles_fts match ?", [match]).fetchall()
        assert BARE.fullmatch(QUOTED.sub("", match))
        assert all(not set(quoted[1:-1]) & set('"()*:;') for quoted in QUOTED.findall(match))


def test_a_query_as_long_as_may_be_is_asked(judge: sqlite3.Connection) -> None:
    for typed in (
        "قصف " * 500,
        "a NOT " * 333 + "b",
        "(a OR " * 19 + "b" + ")" * 19,
        "x* " * 666,
        '"' + "a " * 990 + '"',
    ):
        match = compile_match(parse(typed[:2000]), NORMALISER)
        judge.execute("select 1 from articles_fts where articles_fts match ?", [match]).fetchall()
    with pytest.raises(InvalidInput, match="2,001 characters"):
        parse("x" * 2_001)


# -- names ------------------------------------------------------------------------------------------------


def test_there_are_names_of_every_conflict_and_none_is_there_twice() -> None:
    names = load_names()
    assert sum(name.kind in {"places", "groups"} for name in names) >= 150
    assert {name.kind for name in names} == {"places", "groups", "terms"}
    for name in names:
        assert len(set(name.spellings)) == len(name.spellings) > 0, name.spellings[0]
    firsts = [name.spellings[0] for name in names]
    assert len(set(firsts)) == len(firsts)


def test_no_spelling_means_two_things() -> None:
    assert [key for key, names in NAMES._spelt.items() if len(names) > 1] == []


@pytest.mark.parametrize(
    ("typed", "also"),
    [
        ("Deir ez-Zor", "دير الزور"), ("deir azzor shelling", "Deir ez-Zor"), ("دير الزور", "Deir ez-Zor"), ("HTS", "هيئة تحرير الشام"),
        ("هيئة تحرير الشام", "HTS"), ('"Hayat Tahrir al-Sham"', "HTS"), ("title:Aleppo", "حلب"), ("Идлибе", "Idlib"), ("raid NOT Aleppo", "Halab"),
        ("缅甸", "Myanmar"), ("air strikes", "airstrike"), ("(Kharkov OR Odessa) school", "Харків"),
    ],
)  # fmt: skip
def test_a_name_is_searched_for_in_each_spelling(typed: str, also: str) -> None:
    assert also in NAMES.widened(parse(typed)).also


@pytest.mark.parametrize("typed", ["is", "ypg", "shelling", "hama*", "lang:ar", "NEAR(deir zor)"])
def test_other_words_are_left_as_they_are(typed: str) -> None:
    assert NAMES.widened(parse(typed)) == parse(typed)


def test_every_limit_and_column_is_in_the_help_of_an_unknown_field() -> None:
    problem = str(parse("foo:bar").problem)
    assert all(name in problem for name in (*COLUMNS, *LIMITS))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Dozens killed in Khartoum, volunteers said since Friday", ["Khartoum"]),
        ("Удар по Харькову: трое погибших в Херсоне", ["Kharkiv", "Kherson"]),
        ("قتلى في دير الزور وحلب", ["Deir ez-Zor", "Aleppo"]),
        ("shells on khan younis", []),
        ("Shells on Khan Younis and the Gaza Strip", ["Khan Younis", "Gaza Strip"]),
        ("Da'esh and HTS", []),
        ("", []),
    ],
)
def test_the_places_that_a_text_names(text: str, places: list[str]) -> None:
    assert [place.spellings[0] for place in NAMES.places_in(text)] == places
