"""Explaining a stored capture in a worker process, where a hostile page costs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import ExtractionError
from crawler.rereading import Task, Unreadable, payload_of

if TYPE_CHECKING:  # what it imports takes a third of a second, and only a worker needs it
    from crawler.extraction.explain import Explanation


def explain_capture(task: Task) -> Explanation:
    """Return what the extraction makes of a capture's lines; raises ExtractionError if its bytes can't be had."""
    from crawler.extraction.explain import explain  # noqa: PLC0415 - see above

    payload = payload_of(task)
    if isinstance(payload, Unreadable):
        raise ExtractionError(payload.sentence)
    return explain(payload, **task.known())
