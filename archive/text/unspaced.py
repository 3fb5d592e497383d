"""Scripts that are written without spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer.

To the index's tokenizer a stretch of such letters is one word. So each pair of neighbours is indexed as a word, and what
is searched for is the pairs in a row, which finds any stretch wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Of blocks that SQLite's tables of Unicode have had from the beginning.
_BLOCKS = (
    (0x0E01, 0x0E3A), (0x0E40, 0x0E4E), (0x0E81, 0x0EDD), (0x1000, 0x103F), (0x1050, 0x108F), (0x1780, 0x17D3),
    (0x3041, 0x3096), (0x30A1, 0x30FA), (0x30FC, 0x30FE), (0x3400, 0x4DB5), (0x4E00, 0x9FCB), (0xF900, 0xFA2D),
)  # fmt: skip
_WHOLE = 0x3000  # from here on, blocks hold letters only


def _class() -> str:
    small = "".join(
        chr(code)
        for first, last in _BLOCKS
        if first < _WHOLE
        for code in range(first, last + 1)
        if unicodedata.category(chr(code)) in {"Lo", "Lm", "Mn", "Mc"}
    )
    return small + "".join(f"{chr(first)}-{chr(last)}" for first, last in _BLOCKS if first >= _WHOLE)


FIRST = "\u0e01"
LETTERS = _class()
RUN = re.compile(f"[{LETTERS}]+")
# Stands in the index for a stretch of them: one letter of private use, which the tokenizer takes for a word.
PLACEHOLDER = "\ue000"


def pairs(run: str) -> Iterator[str]:
    """Give each two letters of a stretch that stand side by side; the letter itself if it's alone."""
    if len(run) == 1:
        yield run
    for at in range(len(run) - 1):
        yield run[at : at + 2]
