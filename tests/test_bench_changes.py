"""Floors under how well the changes between two revisions are told, on edits that a machine makes."""

from __future__ import annotations

from bench.changes import EDITORS, measure, texts


def test_what_a_machine_edits_is_told_rightly() -> None:
    counts, times, wrong = measure(texts(None)[:30], seed=1)
    assert len(counts) == len(EDITORS)
    assert len(times) > 150
    for name, count in counts.items():
        assert count["weight"] >= 0.95 * count["edits"], (name, wrong)
        assert count["right"] >= 0.9 * count["edits"], (name, wrong)
