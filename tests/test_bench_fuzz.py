"""The mutation fuzzer: that it repeats itself, that it judges, and a few hundred inputs of it."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from archive.models import ArticleText, Extraction
from bench import fuzz
from bench.fuzz_inputs import Corpus, Input, make_input, read_corpus
from bench.fuzz_mutations import LARGE, SMALL
from crawler.extraction.page import Hints


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(None)


@pytest.fixture
def plan(corpus: Corpus, tmp_path: Path) -> fuzz.Plan:
    return fuzz.Plan(
        corpus, seed=7, large_share=0.0, folder=tmp_path / "fuzz", command="python bench/fuzz.py"
    )


def small_input(payload: bytes, number: int = 1) -> Input:
    return Input(number, ("none",), payload, "https://outlet.example/1", "text/html", Hints())


def test_an_input_hangs_on_its_seed_and_number_alone(corpus: Corpus) -> None:
    assert make_input(corpus, 1, 5, 0.0) == make_input(corpus, 1, 5, 0.0)
    assert make_input(corpus, 1, 5, 0.0).payload != make_input(corpus, 2, 5, 0.0).payload
    assert len({make_input(corpus, 1, number, 0.0).payload for number in range(50)}) == 50


def test_every_mutation_is_used_and_makes_something(corpus: Corpus) -> None:
    inputs = [make_input(corpus, 2, number, 0.0) for number in range(120)]
    assert {name for given in inputs for name in given.mutations} == set(SMALL)
    assert {given.template is not None for given in inputs} == {True, False}
    assert any(given.siblings for given in inputs)
    assert make_input(corpus, 2, 1, 1.0).mutations[0] in LARGE


def test_some_inputs_do_no_harm(plan: fuzz.Plan) -> None:
    summary = fuzz.Summary()
    for number in range(50):
        summary.add(fuzz.try_input(make_input(plan.corpus, plan.seed, number, 0.0)))
    assert not summary.failures
    assert len(summary.verdicts) > 3
    assert "50 inputs" in summary.lines(1.0)[0]


@pytest.mark.parametrize("name", sorted(set(LARGE) - {"large_text", "large_attribute"}))
def test_the_large_ones_are_made(corpus: Corpus, name: str) -> None:
    assert len(LARGE[name](random.Random(3), b"<html><p>x</p>")) > 50_000


def test_what_is_wrong_with_a_result() -> None:
    article = ArticleText("Landmine kills two", "Two civilians were killed.")
    assert fuzz.flaw(Extraction(article)) is None
    assert fuzz.flaw(Extraction(None, "empty")) is None
    for found in (None, Extraction(None), Extraction(article, "empty"), Extraction(replace(article, body=" ")),
                  Extraction(replace(article, title="\ud800")), Extraction(replace(article, modified_at=datetime(2026, 1, 1)))):  # noqa: DTZ001 # fmt: skip
        assert fuzz.flaw(found)


def test_exceptions_slowness_and_memory_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*args: object, **kwargs: object) -> Extraction:
        raise RecursionError("too deep")

    monkeypatch.setattr(fuzz, "MOST_SECONDS", -1.0)
    assert fuzz.try_input(small_input(b"<p>x")).verdict == "slow"
    monkeypatch.setattr(fuzz, "extract_article", fall)
    failed = fuzz.try_input(small_input(b"<p>x"))
    assert failed.verdict == "exception"
    assert "too deep" in (failed.failure or "")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
def test_memory_is_what_the_extraction_takes_whatever_was_held_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fuzz, "MOST_MEMORY", 600 * 1024**2)
    held = bytearray(700 * 1024**2)  # as an input that was large to make
    del held

    def greedy(*args: object, **kwargs: object) -> Extraction:
        held = bytearray(700 * 1024**2)
        return Extraction(None, f"empty: {len(held)}")

    assert fuzz.try_input(small_input(b"<p>x")).verdict != "memory"
    monkeypatch.setattr(fuzz, "extract_article", greedy)
    assert fuzz.try_input(small_input(b"<p>x")).verdict == "memory"


def test_a_failing_input_is_kept_with_the_command_that_repeats_it(plan: fuzz.Plan) -> None:
    given = small_input(b"<p>x", number=12)
    path = fuzz.keep(plan, given, fuzz.Result(12, ("none",), 4, 0.1, 1, "slow", "took 9 seconds"))
    told = json.loads(path.read_text())
    assert told["repeat"] == "python bench/fuzz.py --seed 7 --large 0.0 --only 12"
    assert told["failure"] == "took 9 seconds"
    assert gzip.decompress(path.with_name("7-12.html.gz").read_bytes()) == b"<p>x"


@pytest.mark.slow
def test_a_worker_that_dies_or_hangs_costs_one_input(
    plan: fuzz.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fuzz.try_input

    def deadly(given: Input) -> fuzz.Result:
        if given.number == 3:
            os._exit(7)
        if given.number == 6:
            time.sleep(60)
        return real(given)

    monkeypatch.setattr(fuzz, "try_input", deadly)
    monkeypatch.setattr(fuzz, "_KILL_SECONDS", 3.0)
    monkeypatch.setattr(fuzz, "_POLL_SECONDS", 0.2)
    results = {result.number: result for result in fuzz.run(plan, range(10), 2)}
    assert sorted(results) == list(range(10))
    assert "died with status 7" in (results.pop(3).failure or "")
    assert "was killed after 3 seconds" in (results.pop(6).failure or "")
    assert not [result for result in results.values() if result.failure]


def test_the_command(
    corpus: Corpus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "read_corpus", lambda _: corpus)  # which takes a while to learn from
    assert fuzz.main(["--only", "4", "--large", "0"]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
