"""What a user types into a search: words, "phrases", AND OR NOT, brackets, prefix*, NEAR(a b, 5), title:word, source:id ...

The one parser of it, without an archive: `parse` makes a Query of a text, `compile_match` an expression for FTS5. What is
no sentence of the language is searched for by its words, and says why.
"""

from __future__ import annotations

from archive.text.query.expression import compile_match
from archive.text.query.limits import Reported, accepts
from archive.text.query.model import MAX_CHARACTERS, Query
from archive.text.query.reading import parse

__all__ = ["MAX_CHARACTERS", "Query", "Reported", "accepts", "compile_match", "parse"]
