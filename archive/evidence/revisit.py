"""Revisit records: an answer whose payload lies in an earlier record already (WARC 1.1, section 6.7).

Such a record has the head of the new answer as its block, and says where the payload is: by the id, address and date
of the original, as the standard has it, and by the file beside it and the byte at which the original begins, as
Heritrix does (`WARC-Refers-To-Filename`, `WARC-Refers-To-File-Offset`), so that it can be read without any index. An
original is a `response` record always, never a revisit itself. An answer "304 Not Modified" is a revisit of another
profile: the server says that the page is as it was, and sends none, so nothing is read elsewhere for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_IDENTICAL = "/revisit/identical-payload-digest"
_NOT_MODIFIED = "/revisit/server-not-modified"
_PROFILES = "http://netpreserve.org/warc/1.1"
_LONGEST_OFFSET = 15  # digits
# What an imported record calls its address may be anything, and a record's head must stay one that is read back.
_LONGEST_VALUE = 8 * 1024


@dataclass(frozen=True, slots=True)
class Original:
    """The `response` record that holds a payload: its id, address and date as it gives them, and its place.

    offset: of its gzip member, or of the record itself if it's in none (bytes).
    """

    record_id: str
    url: str
    date: str
    warc_file: str
    offset: int


def fields_of(original: Original | None, *, is_not_modified: bool) -> list[tuple[str, str]]:
    """Return the headers that make a record a revisit. original: None where no record is known to have the payload."""
    fields = [("WARC-Profile", _PROFILES + (_NOT_MODIFIED if is_not_modified else _IDENTICAL))]
    if original is not None:
        fields += [
            ("WARC-Refers-To", original.record_id),
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", original.date),
            ("WARC-Refers-To-Filename", original.warc_file),
            ("WARC-Refers-To-File-Offset", str(original.offset)),
        ]
    return [(name, value) for name, value in fields if 0 < len(value) <= _LONGEST_VALUE]


def stands_for_another(headers: Mapping[str, str]) -> bool:
    """Tell whether a record's payload is that of another record. headers: its own, names in lower case."""
    return headers.get("warc-type") == "revisit" and headers.get("warc-profile", "").endswith(_IDENTICAL)


def place_of_original(headers: Mapping[str, str]) -> tuple[str, int] | None:
    """Return in which file beside a revisit's own, and at which byte, its original begins.

    None where it does not say, or names what is no file beside it. headers: its own, names in lower case.
    """
    name, digits = headers.get("warc-refers-to-filename", ""), headers.get("warc-refers-to-file-offset", "")
    if not is_file_beside(name) or not (digits.isascii() and digits.isdigit()):
        return None
    return (name, int(digits)) if len(digits) <= _LONGEST_OFFSET else None


def is_file_beside(name: str) -> bool:
    """Tell whether a name is one of a file in the same folder, rather than a way out of it."""
    return bool(name) and name.isprintable() and Path(name).name == name and name != ".."
