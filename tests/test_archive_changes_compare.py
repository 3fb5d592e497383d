"""What changed between two revisions, told: the table of edits, and what holds for any two texts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.changes.compare import compare
from archive.changes.model import SUBSTANTIVE, Change, Figure, Kind, Text
from archive.changes.summary import kinds, sentence, summary
from tests.changes_table import PAIRS

TURNED = {Kind.REMOVED: Kind.ADDED, Kind.ADDED: Kind.REMOVED}
BASE = Text(
    "Strike on Kherson kills seven",
    "At least seven people were killed in Kherson.\n\nThe army did not comment.",
    author="A. Reporter",
    published_at="2026-01-24T17:00:00Z",
    language="en",
)


def told(before: str, after: str, language: str = "en") -> list[str]:
    """Return what changed in a body, in sentences."""
    changes = compare(Text("T", before, language=language), Text("T", after, language=language))
    return list(dict.fromkeys(map(sentence, changes)))


@pytest.mark.parametrize(("language", "before", "after", "expected"), PAIRS, ids=range(len(PAIRS)))
def test_the_table_of_edits(language: str, before: str, after: str, expected: str) -> None:
    changes = compare(Text("T", before, language=language), Text("T", after, language=language))
    assert sorted(kinds(changes)) == sorted(expected.split()), summary(changes)
    back = compare(Text("T", after, language=language), Text("T", before, language=language))
    assert Counter(change.kind for change in back) == Counter(
        TURNED.get(change.kind, change.kind) for change in changes
    )


def test_the_table_has_all_languages_and_kinds() -> None:
    assert {language for language, *_ in PAIRS} >= {"en", "ar", "ru", "uk", "fr", "es", "tr"}
    in_table = {kind for *_, expected in PAIRS for kind in expected.split()}
    assert {kind.value for kind in Kind} - in_table == {"headline", "author", "standfirst"}


# -- in words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ("At least 7 were killed.", "At least 12 were killed.", ["At least 7 → At least 12 were killed"]),
        ("They shelled a school in Kherson.", "They shelled a school in Nikopol.", ["place: Kherson → Nikopol"]),
        ("Two died, police said.", "Two died, the army said.", ["attribution: police → the army"]),
        ("Two died, police said.", "Two died.", ["attribution: police → (nothing)"]),
        ("The army said it had hit it.", "The army claimed it had hit it.", ["attribution: The army said → The army claimed"]),
        ("The raid was on Monday.", "The raid was on Friday.", ["Monday → Friday"]),
        ("The strike hit it.", "The strike did not hit it.", ["negation: hit → did not hit"]),
        ("He is recieved.", "He is received.", ["typo"]),
        ("Two fell.\n\nThe rest of the men fled at night.", "Two fell.", ["a paragraph was removed: “The rest of the men fled at night.”"]),
        ("Two fell. The rest of the men fled.", "Two fell.", ["a sentence was removed: “The rest of the men fled.”"]),
        ("Two fell near the old mill.", "Two fell beside the old mill.", ["words: near → beside"]),
    ],
)  # fmt: skip
def test_changes_in_words(before: str, after: str, sentences: list[str]) -> None:
    assert told(before, after) == sentences


def test_an_arrow_keeps_its_direction_between_words_that_run_from_right_to_left() -> None:
    (told_,) = told("قصف مدينة حلب.", "قصف مدينة حمص.", "ar")
    assert told_ == "place: \u200eحلب\u200e → \u200eحمص\u200e"


def test_a_number_has_its_value_its_qualifier_and_what_it_counts() -> None:
    (change,) = compare(
        replace(BASE, title="T"),
        replace(BASE, title="T", body=BASE.body.replace("At least seven", "About 1,200")),
    )
    assert change.kind is Kind.NUMBER
    assert change.figures == (Figure(7, "at least"), Figure(1200, "about"))
    assert (change.harm, change.field) == ("killed", "body")
    assert change.context == "About 1,200 people were killed in Kherson."
    assert change.reversed().figures == (Figure(1200, "about"), Figure(7, "at least"))


def test_a_number_that_changed_in_the_headline_and_the_text_is_told_once() -> None:
    after = replace(BASE, title="Strike on Kherson kills nine", body=BASE.body.replace("seven", "nine"))
    assert kinds(compare(BASE, after)) == ["headline", "number"]
    both = compare(
        replace(BASE, body=BASE.body.replace("At least ", "")),
        replace(after, body=after.body.replace("At least ", "")),
    )
    assert [change.kind for change in both] == [Kind.HEADLINE, Kind.NUMBER]


def test_numbers_that_change_places_are_two_changes() -> None:
    assert told("7 were killed and 12 wounded.", "12 were killed and 7 wounded.") == [
        "7 → 12 were killed", "12 → 7 wounded",
    ]  # fmt: skip


# -- beside the text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"title": "Strike on Nikopol kills seven"}, ["headline", "name"]),
        ({"title": "STRIKE ON KHERSON KILLS SEVEN"}, ["typo"]),
        ({"title": "Strike on Kherson  kills seven"}, []),
        ({"published_at": "2026-01-25T17:00:00Z"}, ["date"]),
        ({"published_at": "2026-01-24T00:00:00Z"}, []),  # the same day, known less well
        ({"published_at": None}, []),
        ({"author": "B. Reporter"}, ["author"]),
        ({"author": None}, ["author"]),
        ({"author": "A Reporter"}, ["typo"]),
        ({"standfirst": "Nobody claimed the attack."}, ["standfirst"]),
        ({"standfirst": "The army did not comment."}, []),  # a paragraph of the body is called one now
        ({"language": "uk"}, []),
    ],
)  # fmt: skip
def test_what_changed_beside_the_text(changed: dict[str, str | None], expected: list[str]) -> None:
    assert kinds(compare(BASE, replace(BASE, **changed))) == expected  # type: ignore[arg-type]


def test_a_name_that_is_still_in_the_text_did_not_go() -> None:
    before = "Petrov spoke on Monday. They heard Petrov at noon."
    assert kinds(compare(Text("T", before), Text("T", before.replace("heard Petrov", "heard him")))) == [
        "words"
    ]
    gone = "They heard Petrov at noon."
    assert kinds(compare(Text("T", gone), Text("T", gone.replace("Petrov", "him")))) == ["name"]


def test_a_number_that_went_to_another_paragraph_did_not_change() -> None:
    before = "The shelling went on for 40 minutes and hit a school, a bridge and two houses.\n\nNobody came to help."
    after = "The shelling went on and hit a school, a bridge and two houses.\n\nNobody came to help.\n\nIt lasted 40 minutes."
    assert kinds(compare(Text("T", before), Text("T", after))) == ["added", "words"]


def test_a_language_that_nobody_declared_is_told_by_its_words() -> None:
    pairs = [(before, after, expected) for language, before, after, expected in PAIRS if language == "ar"]
    for before, after, expected in pairs:
        assert sorted(kinds(compare(Text("", before), Text("", after)))) == sorted(expected.split())


# -- any two texts --------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["killed", "7", "seven", "at", "least", "1,200", "Kherson", "Nikopol", "police", "said", "not", "in", "on", "Monday",
     "a", "dozen", "twenty-five", "according", "to", ".", ",", "“", "”", "-", "\n\n", "\n", "قتل", "سبعة", "في", "مدينة",
     "حلب", "وفق", "ما", "لا", "يقل", "عن", "погибли", "семь", "сообщили", "в", "п'ять", "deux", "cents", "quatre", "vingt",
     "dijo", "mil", "on", "iki", "göre", "'", "東", "京", "\u0301", "\ud800", "\u200f", "", "x" * 60, "9" * 400, "½", "²"]
)  # fmt: skip
BODIES = st.lists(WORDS, max_size=50).map(" ".join) | st.text(max_size=60)
SOME = st.builds(
    Text,
    title=BODIES,
    body=BODIES,
    standfirst=st.none() | BODIES,
    author=st.none() | BODIES,
    published_at=st.sampled_from(
        [None, "2026-01-24T17:00:00Z", "2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z"]
    ),
    language=st.sampled_from([None, "en", "ar", "ru", "uk", "fr", "es", "tr", "fa", "", "xx"]),
)


def turned(changes: tuple[Change, ...]) -> Counter[tuple[object, ...]]:
    back = [change.reversed() for change in changes]
    return Counter((one.kind, one.field, one.before, one.after) for one in back)


@settings(max_examples=150)
@given(SOME, SOME)
def test_the_way_back_is_the_same_way(before: Text, after: Text) -> None:
    there = compare(before, after)
    assert turned(compare(after, before)) == Counter(
        (one.kind, one.field, one.before, one.after) for one in there
    )
    assert len(summary(there)) <= 1_000
    assert all(change.is_substantive == (change.kind in SUBSTANTIVE) for change in there)
    assert len(set(kinds(there))) == len(kinds(there))


@given(SOME)
def test_a_text_has_not_changed_from_itself(text: Text) -> None:
    assert compare(text, text) == ()


@given(SOME, BODIES)
def test_another_body_is_always_told(text: Text, body: str) -> None:
    if body.split() != text.body.split():
        assert compare(text, replace(text, body=body)) != ()


HOSTILE = {
    "numbers in words": ("one hundred " * 8_000, "two hundred " * 8_000),
    "speakers": ("police said " * 8_000, "army said " * 8_000),
    "speakers in sentences": ("Police said. " * 8_000, "Army said. " * 8_000),
    "names": ("Kherson and " * 8_000, "Nikopol and " * 8_000),
    "digits": ("7" * 200_000, "8" * 200_000),
    "quotations": ("\". " * 30_000, "\"! " * 30_000),
    "Arabic": ("وقال " * 20_000, "وقالت " * 20_000),
    "no spaces": ("東京で7人が死亡した。" * 4_000, "東京で8人が死亡した。" * 4_000),
    "paragraphs": ("\n\n".join(f"{n} died in {n}." for n in range(3_000)), "\n\n".join(f"{n} fell in {n}." for n in range(3_000))),
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if "speakers" in name else name for name in HOSTILE]
)
def test_a_hostile_text_takes_a_bounded_time(name: str) -> None:
    before, after = HOSTILE[name]
    began = time.process_time()
    compare(Text("T", before), Text("T", after))
    assert time.process_time() - began < 5


def test_of_very_many_changes_the_substantive_ones_are_kept() -> None:
    before = "\n\n".join(
        f"Village {number} was quiet all through the night of the truce." for number in range(900)
    )
    after = "\n\n".join(
        f"Hamlet {number} was quiet all through the night of the truce." for number in range(899)
    )
    changes = compare(Text("T", before), Text("T", after))
    assert len(changes) == 500
    assert Kind.REMOVED in {change.kind for change in changes}
