"""Whether two words are one, spelt otherwise."""

from __future__ import annotations

from archive.changes.tokens import fold

_ONE_SLIP = 5  # letters from which one wrong letter is a slip
_TWO_SLIPS = 10
_LONGEST = 40


def is_same_but_for_spelling(one: str, other: str) -> bool:
    """Tell whether two words differ by accents, case or a slip: a letter too many, too few, wrong, or two swapped.

    The first letter is the same (slips are rare there, and other words differ by it: would, could); of short words
    only two letters that changed places are a slip.
    """
    first, second = fold(one), fold(other)
    if first == second:
        return True
    longest = max(len(first), len(second))
    if longest > _LONGEST or not (first[0].isalpha() and second[0].isalpha()):
        return False
    if (
        len(first) == len(second)
        and sorted(first) == sorted(second)
        and longest >= 3
        and slips(first, second) == 1
    ):
        return True
    if first[0] != second[0]:
        return False
    allowed = 2 if longest >= _TWO_SLIPS else int(longest >= _ONE_SLIP)
    return slips(first, second) <= allowed


def slips(one: str, other: str) -> int:
    """Return how many letters are too many, too few or wrong, or changed places with their neighbour.

    The optimal string alignment distance (Damerau and Levenshtein, no part edited twice).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, another in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != another))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == another:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]
