"""The ledger: what went in equals what came out, whatever is noted in whichever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.models import Outcome
from crawler.ledger import HashTable, Ledger


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(Outcome))))
def test_the_outcomes_add_up_to_what_was_found(notes: list[tuple[str, Outcome]]) -> None:
    ledger = Ledger()
    for key, outcome in notes:
        ledger.note(key, outcome)
    counts = ledger.counts()
    assert counts["found"] == len({key for key, _ in notes})
    assert counts["found"] == sum(counts[outcome.value] for outcome in Outcome)
    for key, outcome in dict(notes).items():  # the last one counts
        assert ledger.outcome(key) is outcome
        assert key in ledger


def test_a_lead_that_was_not_met_has_no_outcome() -> None:
    assert Ledger().outcome("x") is None
    assert "x" not in Ledger()


def test_a_refused_link_counts_once_a_rule() -> None:
    ledger = Ledger()
    ledger.refuse("vote", ("https://x.example/1/like", "https://x.example/1/like"))
    ledger.refuse("vote", ("https://x.example/1/like", "https://x.example/2/like"))
    ledger.refuse("search", ("https://x.example/search",))
    assert ledger.refused_by_rule() == {"search": 1, "vote": 2}
    assert ledger.counts()["refused"] == 3
    assert ledger.counts()["found"] == 0


def test_refused_links_beyond_those_that_are_named_count_too() -> None:
    ledger = Ledger()
    ledger.refuse("calendar", ("https://x.example/2031/01", "https://x.example/2031/02"), count=5000)
    assert ledger.refused_by_rule() == {"calendar": 5000}


@given(
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 50), st.integers(1, 255)), max_size=3000
    )
)
def test_the_table_holds_what_a_dict_would(puts: list[tuple[int, int]]) -> None:
    table, expected = HashTable(), {}
    for hashed, number in puts:
        table.put(hashed, number)
        expected[hashed] = number
    assert len(table) == len(expected)
    assert {hashed: table.get(hashed) for hashed in expected} == expected
    assert table.get(51) == expected.get(51, 0)


def test_the_table_grows() -> None:
    table = HashTable()
    for hashed in range(0, 5_000_000, 1024):  # all of one slot, at first
        table.put(hashed, 1 + hashed % 255)
    assert all(table.get(hashed) == 1 + hashed % 255 for hashed in range(0, 5_000_000, 1024))
    assert table.get(1) == 0
