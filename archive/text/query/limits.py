"""Which reports a query wants at all: by source, language and day."""

from __future__ import annotations

from dataclasses import dataclass

from archive.text.query.model import All, Any, Limit, Negated, Node


@dataclass(frozen=True, slots=True)
class Reported:
    """What of a report its limits look at; published_at: as in the archive. kind, conflict: its source's."""

    source: str
    language: str | None
    published_at: str | None
    kind: str | None
    conflict: str | None


def is_limit(node: Node) -> bool:
    """Say whether a node is a limit by itself."""
    return isinstance(node, Limit)


def only_limits(node: Node) -> bool:
    """Say whether a node consists of limits alone."""
    if isinstance(node, All | Any):
        return all(only_limits(each) for each in node.nodes)
    return only_limits(node.node) if isinstance(node, Negated) else is_limit(node)


def accepts(node: Node, report: Reported) -> bool:
    """Say whether a report is within limits."""
    match node:
        case All():
            return all(accepts(each, report) for each in node.nodes)
        case Any():
            return any(accepts(each, report) for each in node.nodes)
        case Negated():
            return not accepts(node.node, report)
        case Limit():
            return _accepts(node, report)
        case _:
            return True


def of_source(limit: Limit, source: str, kind: str | None, conflict: str | None) -> bool:
    """Say whether a limit by source, kind or conflict lets a source pass.

    A conflict's or kind's name may be one of several with commas between, or the beginning of one.
    """
    if limit.name == "source":
        return source.lower() in limit.values
    said = (kind if limit.name == "kind" else conflict) or ""
    parts = [part.strip().lower() for part in said.split(",")]
    return any(part.startswith(value) for part in (*parts, said.lower()) for value in limit.values)


def _accepts(limit: Limit, report: Reported) -> bool:
    if limit.name == "lang":
        return (report.language or "").lower() in limit.values
    if limit.day is not None:
        if report.published_at is None:
            return False
        day = report.published_at[:10]
        return day >= limit.day.isoformat() if limit.name == "since" else day <= limit.day.isoformat()
    return of_source(limit, report.source, report.kind, report.conflict)
