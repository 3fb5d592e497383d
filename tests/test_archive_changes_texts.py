"""Two texts side by side: paragraphs first, then the words inside."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.changes.texts import Piece, Status, diff
from archive.changes.tokens import paragraphs, sentences, tokenize

ROAD = "The road to the camp was open again in the evening, and four lorries with flour arrived."
CLINIC = "A clinic in the old town was hit by two shells at noon; nobody was inside, a nurse said."
WATER = "Water is brought by tanker to the northern quarters, where the pumps have stood still since May."
WORDS = st.sampled_from(
    [*"ab.,?()“”€東京\n", "\n\n", "7", "12", "1,200", "Kherson", "قتل", "سبعة", "ва", "не", "said",
     "é", "\u0301", "\u200f", "\ud800", "killed", "x" * 50]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80)


def statuses(before: str, after: str) -> list[str]:
    return [piece.status.value for piece in diff(before, after)]


def shown(pieces: tuple[Piece, ...]) -> list[str]:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return [
        " ".join(marks[status].format(text.strip()) for status, text in piece.words()) for piece in pieces
    ]


def joined(*lines: str) -> str:
    return "\n\n".join(lines)


def test_words_that_changed_are_shown_in_their_paragraph() -> None:
    found = diff(joined(ROAD, CLINIC), joined(ROAD, CLINIC.replace("two shells", "three shells")))
    assert shown(found) == [
        ROAD,
        "A clinic in the old town was hit by [-two-] {+three+} shells at noon; nobody was inside, a nurse said.",
    ]


def test_a_paragraph_that_stands_elsewhere_was_moved() -> None:
    assert statuses(joined(ROAD, CLINIC, WATER), joined(CLINIC, WATER, ROAD)) == ["same", "same", "moved"]


def test_a_paragraph_that_was_moved_and_changed_is_both() -> None:
    (*_, last) = diff(
        joined(ROAD, CLINIC, WATER, "End."), joined(CLINIC, WATER, "End.", ROAD.replace("four", "five"))
    )
    assert (last.status, last.place, last.new_place) == (Status.MOVED, 1, 4)
    assert ("removed", "four ") in list(last.words())


def test_what_was_removed_stands_behind_what_it_followed() -> None:
    assert statuses(joined(ROAD, CLINIC, WATER), joined(ROAD, WATER)) == ["same", "removed", "same"]
    assert statuses(joined(ROAD, WATER), joined(ROAD, CLINIC, WATER)) == ["same", "added", "same"]


def test_another_paragraph_is_no_changed_one() -> None:
    assert statuses(joined(ROAD, CLINIC), joined(ROAD, WATER)) == ["same", "removed", "added"]


def test_a_paragraph_that_was_split_is_one_whose_words_are_the_same() -> None:
    (found,) = diff(f"{ROAD} {CLINIC}", joined(ROAD, CLINIC))
    assert (found.status, found.regions) == (Status.CHANGED, ())
    (back,) = diff(joined(ROAD, CLINIC), f"{ROAD} {CLINIC}")
    assert (back.status, back.regions) == (Status.CHANGED, ())


def test_an_inserted_sentence_is_put_where_it_begins() -> None:
    before = "Two men were killed. Three men were wounded."
    after = "Two men were killed. Five men were arrested. Three men were wounded."
    (found,) = diff(before, after)
    assert [part for part in found.words() if part[0] == "added"] == [("added", "Five men were arrested. ")]


def test_items_of_a_list_are_compared_by_themselves() -> None:
    assert statuses("Day | Town\n3 May | Kosti\n4 May | Sennar", "Day | Town\n4 May | Sennar") == [
        "same", "removed", "same",
    ]  # fmt: skip


def test_right_to_left_and_unspaced_scripts_are_compared_word_by_word() -> None:
    (arabic,) = diff("قتل خمسة مدنيين في القصف.", "قتل سبعة مدنيين في القصف.")
    assert ("removed", "خمسة ") in list(arabic.words())
    (japanese,) = diff("東京で7人が死亡した。", "東京で12人が死亡した。")
    assert [part for part in japanese.words() if part[0] != "same"] == [("removed", "7"), ("added", "12")]


@given(TEXTS, TEXTS)
def test_the_words_are_both_texts_again(before: str, after: str) -> None:
    found = diff(before, after)
    for key, text, gone in (("place", before, "added"), ("new_place", after, "removed")):
        pieces = sorted(
            (piece for piece in found if getattr(piece, key)), key=lambda piece: getattr(piece, key)
        )
        words = [
            tokenize("".join(part for status, part in piece.words() if status != gone)).words
            for piece in pieces
        ]
        assert [word for one in words for word in one] == [
            word for line in paragraphs(text) for word in tokenize(line).words
        ]


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert {piece.status for piece in diff(text, text)} <= {Status.SAME}


@given(TEXTS, TEXTS)
def test_the_way_back_adds_what_the_way_there_removes(before: str, after: str) -> None:
    turned = {"removed": "added", "added": "removed"}
    there = sorted(turned.get(status, status) for status in statuses(before, after))
    assert sorted(statuses(after, before)) == there


CHANCE = random.Random(7)
SOME_WORDS = ["".join(CHANCE.choices("abcdefgh", k=CHANCE.randint(2, 9))) for _ in range(2_000)]
LONG = "\n\n".join(" ".join(CHANCE.choices(SOME_WORDS, k=60)) + "." for _ in range(300))
EDITED = " ".join(CHANCE.choice(SOME_WORDS) if CHANCE.random() < 0.02 else word for word in LONG.split(" "))
HOSTILE = {
    "edits all over": (LONG, EDITED),
    "one paragraph": (LONG.replace("\n\n", " "), EDITED.replace("\n\n", " ")),
    "one word": ("a " * 30_000, "a b " * 15_000),
    "lines in any order": (
        "\n".join(f"line {number} of a text that may be moved about" for number in range(3_000)),
        "\n".join(f"line {number} of a text that may be moved about" for number in CHANCE.sample(range(3_000), 3_000)),
    ),
    "short lines": ("\n".join(f"a{n % 7}" for n in range(8_000)), "\n".join(f"a{n % 11}" for n in range(8_000))),
    "no words": ("ab" * 30_000, "ac" * 30_000),
    "marks": ("\u0301" * 30_000, "a\u0301" * 30_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_or_hostile_text_takes_a_bounded_time(name: str) -> None:
    began = time.process_time()
    diff(*HOSTILE[name])
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He came. She went.", ["He came.", "She went."]),
        (
            "Mr. Smith and J. R. Smith came. 3.5 tons fell.",
            ["Mr. Smith and J. R. Smith came.", "3.5 tons fell."],
        ),
        ("“Go.” He went.", ["“Go.”", "He went."]),
        ("قتل سبعة. وجرح تسعة؟ نعم.", ["قتل سبعة.", "وجرح تسعة؟", "نعم."]),
        ("7人が死亡した。東京。", ["7人が死亡した。", "東京。"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    tokens = tokenize(text)
    assert [tokens.slice(*span) for span in sentences(tokens)] == expected
