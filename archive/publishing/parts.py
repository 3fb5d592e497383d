"""The parts of a report that are JSON, made anew of what is known of their form: blocks, tags, candidates of dates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from archive.models import BlockKind
from archive.publishing.addresses import holds_pattern, is_public
from archive.publishing.redacting import Redacted, Redactor

_KINDS: Final = frozenset(kind.value for kind in BlockKind)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_ROLES: Final = frozenset({"published", "modified"})
_PRECISIONS: Final = frozenset({"second", "minute", "day"})


def blocks(text: object, body: Redacted, redactor: Redactor, *, without: frozenset[str]) -> str | None:
    """Return a report's blocks for its redacted body: those of the body still cut the same words out of it.

    without: kinds of blocks that are left out, unless they are part of the body.
    """
    made = [_block(each, body, redactor) for each in _objects(text)]
    return _json([each for each in made if each and not ("text" in each and each["kind"] in without)])


def tags(text: object, redactor: Redactor) -> str | None:
    """Return a report's tags, each once."""
    found = (redactor.text(tag) for tag in _list(text) if isinstance(tag, str))
    return _json(list(dict.fromkeys(filter(None, found))))


def candidates(text: object, redactor: Redactor, *, without_address: bool) -> str | None:
    """Return a report's candidates of dates. without_address: not those that stand in its address."""
    made = [_candidate(each, redactor) for each in _objects(text)]
    return _json([each for each in made if each and not (without_address and "url" in each["origin"])])


def texts_of(value: object) -> Iterator[str]:
    """Give every text in what JSON gave, but for names of keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)


def redacted(value: Any, redactor: Redactor) -> Any:
    """Return what JSON gave with every text in it redacted, but for names of keys."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, list):
        return [redacted(each, redactor) for each in value]
    if isinstance(value, dict):
        return {name: redacted(each, redactor) for name, each in value.items()}
    return value


def _block(given: dict[str, Any], body: Redacted, redactor: Redactor) -> dict[str, Any] | None:
    kind, text = given.get("kind"), given.get("text")
    if not isinstance(kind, str) or kind not in _KINDS:
        return None
    made: dict[str, Any] = {"kind": kind}
    if isinstance(text, str):
        offset = given.get("offset")
        made["offset"] = body.moved(offset) if isinstance(offset, int) else 0
        made["text"] = redactor.text(text)
        if given.get("in_body") is True:
            made["in_body"] = True
    elif (place := _place(given, body)) is not None:
        made["start"], made["end"] = place
    else:
        return None
    url, at = given.get("url"), given.get("at")
    if isinstance(url, str) and is_public(url, is_report=True) and holds_pattern(url, redactor) is None:
        made["url"] = url
    if isinstance(at, str) and _INSTANT.fullmatch(at):
        made["at"] = at
    return made


def _place(given: dict[str, Any], body: Redacted) -> tuple[int, int] | None:
    start, end = given.get("start"), given.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        return None
    new = body.moved(start), body.moved(end)
    return new if new[0] < new[1] <= len(body.text) else None


def _candidate(given: dict[str, Any], redactor: Redactor) -> dict[str, Any] | None:
    role, moment, precision = (given.get(name) for name in ("role", "moment", "precision"))
    if role not in _ROLES or precision not in _PRECISIONS:
        return None
    is_moment = isinstance(moment, str) and _INSTANT.fullmatch(moment)
    words = {name: redactor.text(str(given.get(name) or "")) for name in ("origin", "text", "verdict")}
    if (number := holds_pattern(words["text"], redactor)) is not None:  # a part of an address may stand there
        redactor.note_address(number)
        words["text"] = ""
    return {
        "role": role, "moment": moment if is_moment else None, "precision": precision, "origin": words["origin"],
        "text": words["text"], "verdict": words["verdict"],
    }  # fmt: skip


def _objects(text: object) -> Iterator[dict[str, Any]]:
    return (each for each in _list(text) if isinstance(each, dict))


def _list(text: object) -> list[Any]:
    try:
        found = json.loads(text) if isinstance(text, str) and text else []
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _json(rows: list[Any]) -> str | None:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else None
