"""How well changes between revisions are told, and how fast: on edits that a machine makes of real texts.

    python bench/changes.py [pages.jsonl] [--seed 1] [--hostile]

Each text of the file (a line of JSON with `body`; without one, the demo site's reports) is edited in one way at a time,
so that it's known what changed: a figure, a letter, a comma, a capitalised word within a sentence, a sentence or a
paragraph taken out, moved, or split in two. The table says of each way of editing how often exactly the right kinds
were told (of figures and names: a right one), and how often the edit was rightly called substantive or not. What such
edits can't show is how people edit. --hostile times texts of a megabyte that are made to be hard.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.changes.compare import compare
from archive.changes.model import SUBSTANTIVE, Text
from archive.changes.summary import kinds, summary
from archive.changes.texts import diff
from archive.changes.tokens import sentences, tokenize
from crawler.demo.expected import expected_reports

NAMES = ("Kherson", "Nikopol", "Saraqeb", "Goma", "Bukavu", "Petrov", "Mariupol", "Kandahar")
A_NAME = frozenset({"name", "place", "person", "attribution", "date"})
WORD = r"(?<![\w'’-])[^\W\d_A-Z]{%d,}(?![\w'’-])"
_SHORTEST = 600  # characters of a text that is used
_SHOWN = 5  # examples of what was told wrongly

Edit = tuple[str, frozenset[str]]
Editor = Callable[[str, random.Random], Edit | None]


def a_figure(text: str, chance: random.Random) -> Edit | None:
    return _replaced(text, r"(?<![\w.,])\d{1,3}(?![\w.,]\d|\w)", lambda word: str(int(word) + chance.randint(2, 9)),
                     frozenset({"number", "date"}), chance)  # fmt: skip


def two_letters_swapped(text: str, chance: random.Random) -> Edit | None:
    def swapped(word: str) -> str:
        place = chance.randint(1, len(word) - 3)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return _replaced(text, WORD % 6, swapped, frozenset({"typo"}), chance)


def a_letter_dropped(text: str, chance: random.Random) -> Edit | None:
    def dropped(word: str) -> str:
        place = chance.randint(1, len(word) - 2)
        return word[:place] + word[place + 1 :]

    return _replaced(text, WORD % 7, dropped, frozenset({"typo"}), chance)


def a_comma_dropped(text: str, chance: random.Random) -> Edit | None:
    return _replaced(text, r"(?<=\w), ", lambda _: " ", frozenset({"typo"}), chance)


def a_name(text: str, chance: random.Random) -> Edit | None:
    pattern = r"(?<=[a-z,] )[A-Z][a-z]{4,}(?= [a-z]|[.,])"
    return _replaced(text, pattern, lambda _: chance.choice(NAMES), A_NAME, chance)


def a_sentence_removed(text: str, chance: random.Random) -> Edit | None:
    lines = text.split("\n\n")
    long = [place for place, line in enumerate(lines) if len(list(sentences(tokenize(line)))) >= 3]
    if not long:
        return None
    place = chance.choice(long)
    tokens = tokenize(lines[place])
    spans = list(sentences(tokens))
    gone = chance.choice(spans)
    if gone[1] - gone[0] < 6:
        return None
    lines[place] = " ".join(tokens.slice(*span) for span in spans if span != gone)
    return "\n\n".join(lines), frozenset({"removed"})


def a_paragraph_removed(text: str, chance: random.Random) -> Edit | None:
    lines = text.split("\n\n")
    place = chance.randrange(len(lines))
    if len(lines) < 4 or len(lines[place]) < 60:
        return None
    return "\n\n".join(lines[:place] + lines[place + 1 :]), frozenset({"removed"})


def a_paragraph_moved(text: str, chance: random.Random) -> Edit | None:
    lines = text.split("\n\n")
    if len(lines) < 6:
        return None
    place = chance.randrange(len(lines) - 3)
    if len(lines[place]) < 60:
        return None
    lines.insert(place + 2, lines.pop(place))
    return "\n\n".join(lines), frozenset({"moved"})


def a_paragraph_split(text: str, chance: random.Random) -> Edit | None:
    lines = text.split("\n\n")
    long = [place for place, line in enumerate(lines) if len(list(sentences(tokenize(line)))) >= 3]
    if not long:
        return None
    place = chance.choice(long)
    tokens = tokenize(lines[place])
    middle = list(sentences(tokens))[1][0]
    lines[place : place + 1] = [tokens.slice(0, middle), tokens.slice(middle, len(tokens))]
    return "\n\n".join(lines), frozenset({"typo"})


EDITORS: tuple[Editor, ...] = (
    a_figure, a_name, a_sentence_removed, a_paragraph_removed, a_paragraph_moved, a_paragraph_split,
    two_letters_swapped, a_letter_dropped, a_comma_dropped,
)  # fmt: skip


def _replaced(
    text: str, pattern: str, change: Callable[[str], str], expected: frozenset[str], chance: random.Random
) -> Edit | None:
    found = list(re.finditer(pattern, text))
    if not found:
        return None
    chosen = chance.choice(found)
    edited = text[: chosen.start()] + change(chosen[0]) + text[chosen.end() :]
    return (edited, expected) if edited != text else None


def texts(path: Path | None) -> list[str]:
    """Return the texts to be edited."""
    if path is None:
        found = ["\n\n".join(report.paragraphs) for report in expected_reports(1)]
    else:
        with path.open(encoding="utf-8") as file:
            found = [json.loads(line)["body"] for line in file]
    return [text for text in found if len(text) >= _SHORTEST]


def measure(bodies: list[str], seed: int) -> tuple[dict[str, Counter[str]], list[float], list[str]]:
    """Return the counts of each way of editing, the milliseconds of each comparison, and what was told wrongly."""
    chance = random.Random(seed)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    times, wrong = [], []
    for editor in EDITORS:
        name = editor.__name__.replace("_", " ")
        for body in bodies:
            edit = editor(body, chance)
            if edit is None:
                continue
            began = time.process_time()
            found = compare(Text("T", body), Text("T", edit[0]))
            times.append(1000 * (time.process_time() - began))
            told = set(kinds(found))
            is_right = told == edit[1] if len(edit[1]) == 1 else bool(told & edit[1])
            weight = bool(told & SUBSTANTIVE) == bool(edit[1] & SUBSTANTIVE)
            counts[name].update(edits=1, right=is_right, weight=weight)
            if not is_right and sum(line.startswith(name) for line in wrong) < _SHOWN:
                wrong.append(f"{name}: {summary(found)[:160]}")
    return counts, times, wrong


def hostile() -> Iterator[tuple[str, str, str]]:
    """Yield texts of about a megabyte that are hard to compare, by a name."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefgh", k=chance.randint(2, 9))) for _ in range(3_000)]
    long = "\n\n".join(" ".join(chance.choices(words, k=60)) + "." for _ in range(2_500))
    edited = " ".join(chance.choice(words) if chance.random() < 0.05 else word for word in long.split(" "))
    lines = [f"line {number} of a text that is long enough to be moved" for number in range(20_000)]
    yield "one word in twenty changed", long, edited
    yield "the same, in one paragraph", long.replace("\n\n", " "), edited.replace("\n\n", " ")
    yield "one word", "a " * 500_000, "a b " * 250_000
    yield "lines in another order", "\n".join(lines), "\n".join(chance.sample(lines, len(lines)))
    yield (
        "short lines",
        "\n".join(f"a{n % 7}" for n in range(200_000)),
        "\n".join(f"a{n % 11}" for n in range(200_000)),
    )
    many = range(50_000)
    yield (
        "short paragraphs that changed",
        "\n\n".join(f"{n} died in {n}." for n in many),
        "\n\n".join(f"{n} fell in {n + 1}." for n in many),
    )
    yield "no spaces", "東京で7人が死亡した。" * 60_000, "東京で8人が死亡した。" * 60_000
    yield "speakers", "police said " * 80_000, "army said " * 80_000
    yield "numbers in words", "one hundred " * 80_000, "two hundred " * 80_000
    yield "quotations", '". ' * 300_000, '"! ' * 300_000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hostile", action="store_true")
    options = parser.parse_args()
    if options.hostile:
        for name, before, after in hostile():
            began = time.process_time()
            compare(Text("T", before), Text("T", after))
            middle = time.process_time()
            diff(before, after)
            print(
                f"{name:<30}{len(before) / 1e6:5.1f} M characters  told in {middle - began:4.1f} s  shown in {time.process_time() - middle:4.1f} s"
            )
        return
    bodies = texts(options.pages)
    counts, times, wrong = measure(bodies, options.seed)
    print(f"{'edit':<24}{'edits':>6}{'kinds right':>13}{'substantive right':>19}")
    for name, count in counts.items():
        print(
            f"{name:<24}{count['edits']:>6}{count['right'] / count['edits']:>13.3f}{count['weight'] / count['edits']:>19.3f}"
        )
    print(
        f"{len(times)} comparisons of {len(bodies)} texts: {statistics.median(times):.1f} ms (median), {max(times):.0f} ms (the longest)"
    )
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
