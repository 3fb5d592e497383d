"""Numbers with the word for what they count."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return the number, its thousands apart, and the word; many: of more or none, if it does not just end in s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
