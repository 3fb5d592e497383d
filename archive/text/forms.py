"""The forms of a report's words, made where its text was made, to be carried to the search index with it.

They are found by the very text and language that they are forms of, and by nothing else: however they come to the index,
it can't be given the words of another text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# What of a report is indexed, by its columns.
COLUMNS = ("title", "standfirst", "body", "author", "folded_words")


@dataclass(frozen=True, slots=True)
class Forms:
    """What is to be indexed of some texts in one language (ISO 639-1; None if it isn't known).

    version: of the normaliser that made it. by_text: of each text. Both strings of a text that is the same in the index
    are one, so that little of it is to be sent.
    """

    version: str
    language: str | None
    by_text: Mapping[str, str] = field(repr=False)
